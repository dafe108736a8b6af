"""Lockstep as a process: started, asked through its command line, killed, started again."""

import json
import os
import signal
import subprocess
from pathlib import Path

import httpx2

from .waiting import free_port, until

ROOT = Path(__file__).resolve().parents[2]


def binary():
    """The program under test: LOCKSTEP_BINARY, or the debug build."""
    path = Path(os.environ.get("LOCKSTEP_BINARY", "target/debug/lockstep"))
    path = path if path.is_absolute() else ROOT / path
    if not path.exists():
        raise RuntimeError(f"{path} does not exist: build it first (cargo build)")
    return str(path)


class CommandFailed(AssertionError):
    """A `lockstep …` command ended with another exit status than 0."""


class Source:
    """A source as `lockstep source add` gave it: where its client sends to, and with which token."""

    def __init__(self, answer):
        self.id = answer["id"]
        self.base_url = answer["base_url"]
        self.token = answer["token"]

    def client(self, **headers):
        """An HTTP client below the base URL that carries the token."""
        return httpx2.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json", **headers},
            timeout=30,
        )

    def scim_client(self):
        """The third-party client `scim2-client`, told by the source itself what it serves."""
        from scim2_client.engines.httpx2 import SyncSCIMClient

        scim = SyncSCIMClient(
            httpx2.Client(
                base_url=self.base_url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30
            )
        )
        scim.discover()
        return scim


class Lockstep:
    """One Lockstep with its data directory and database, on one port for all its lives."""

    # Tests push all their load through one token, and wrong tokens from one address, on purpose.
    UNLIMITED = {"LOCKSTEP_SCIM_RATE": "0", "LOCKSTEP_SCIM_FAILURES": "0"}

    def __init__(self, data_dir, database, settings=UNLIMITED):
        """`settings`: the environment of the process beside what its flags say."""
        self.data_dir = Path(data_dir)
        self.database = database
        self.settings = settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = self.data_dir.with_name(self.data_dir.name + ".log")
        self._process = None
        self._token = None

    # Life

    def start(self):
        """Start and wait until it answers that it is ready."""
        assert self._process is None, "already running"
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [
                    binary(),
                    "serve",
                    "--listen",
                    f"127.0.0.1:{self.port}",
                    "--data-dir",
                    str(self.data_dir),
                    "--allow-outbound",
                    "127.0.0.0/8",
                    *self._database_arguments(),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                cwd=ROOT,
            )
        until(self.is_ready, "Lockstep is ready", timeout=60)
        return self

    def is_ready(self):
        if self._process.poll() is not None:
            status = self._process.returncode
            self._process = None
            raise RuntimeError(f"Lockstep ended with {status}:\n{self.log_tail()}")
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def stop(self, timeout=30):
        """End it as an operator would (SIGTERM) and return the exit status."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        process.terminate()
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"Lockstep did not end within {timeout} s:\n{self.log_tail()}") from None

    def kill(self):
        """End it at once, wherever it is (SIGKILL)."""
        process, self._process = self._process, None
        process.send_signal(signal.SIGKILL)
        process.wait()

    def restart(self):
        if self._process is not None:
            self.stop()
        return self.start()

    def log_tail(self, lines=60):
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def dump(self):
        """What the database holds, as sorted lines."""
        return self.database.dump(self.data_dir)

    # Command line

    @property
    def token(self):
        """An administrator's token, made on the machine itself at the first use."""
        if self._token is None:
            self._token = self._run(
                "admin",
                "token",
                "--data-dir",
                str(self.data_dir),
                *self._database_arguments(),
                "--role",
                "administrator",
            ).strip()
        return self._token

    def cli(self, *arguments, timeout=120):
        """Run `lockstep ARGUMENTS… --json` against this server and return what it says, as Python values."""
        text = self._run(*arguments, "--json", token=self.token, timeout=timeout)
        return json.loads(text) if text.strip() else None

    def wait_idle(self, timeout=60):
        """Wait until nothing is pending."""
        return self._run("wait", "--idle", "--timeout", f"{timeout}s", token=self.token, timeout=timeout + 30)

    def add_source(self, name="idp", settings=None):
        """A fresh source; `settings` as the admin API takes them."""
        if settings is None:
            return Source(self.cli("source", "add", name))
        made = self.api("POST", "/sources", {"name": name, "settings": settings})
        return Source({"id": made["id"], "base_url": made["baseUrl"], "token": made["token"]})

    def settle(self, source, settings):
        """Decide about a source; what `settings` leave out gets its default."""
        return self.api("PUT", f"/sources/{source.id}/settings", settings)

    def anonymous(self, url):
        """What somebody without credentials reads."""
        return httpx2.get(url, timeout=30)

    def api(self, method, path, body=None):
        """The answer of the admin API, which must be a success."""
        answer = self._ask(method, path, body)
        assert answer.is_success, f"{method} {path} -> {answer.status_code} {answer.text[:400]}"
        return answer.json() if answer.content else None

    def refused(self, method, path, body=None):
        """The refusal of the admin API."""
        answer = self._ask(method, path, body)
        assert answer.is_client_error, f"{method} {path} -> {answer.status_code} {answer.text[:400]}"
        return answer

    def _ask(self, method, path, body):
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=30)

    def add_app(self, name, base_url, token, match="userName"):
        return self.cli("app", "add", name, "--base-url", base_url, "--token", token, "--match", match)["id"]

    def _database_arguments(self):
        return ["--database-url", self.database.url] if self.database.url else []

    def _environment(self):
        """Ours without any setting of Lockstep's: only what a test says counts."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith("LOCKSTEP_") and k != "DATABASE_URL"}
        return ours | self.settings

    def _run(self, *arguments, token=None, timeout=120):
        environment = self._environment() | {"LOCKSTEP_URL": self.url}
        if token:
            environment["LOCKSTEP_TOKEN"] = token
        done = subprocess.run(
            [binary(), *arguments],
            capture_output=True,
            text=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            cwd=ROOT,
        )
        if done.returncode != 0:
            raise CommandFailed(
                f"lockstep {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
                f"\n--- server log ---\n{self.log_tail(20)}"
            )
        return done.stdout
