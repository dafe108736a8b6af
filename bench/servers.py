"""The servers that are measured, each with a base URL, a token, and the processes whose CPU time it costs."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import httpx2  # noqa: E402
from support import apps, databases  # noqa: E402
from support.lockstep import Lockstep, binary  # noqa: E402
from support.waiting import free_port, until  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of a process, of its children and of those that have ended, as `load --pid` counts it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (OSError, IndexError):
                continue
            parents[int(entry.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    return sum(ticks for child, (parent, ticks) in parents.items() if pid in (child, parent)) / TICKS


def resident_bytes(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


class Cluster:
    """The throw-away PostgreSQL of tests/with-postgres, started again with fsync: there it does without."""

    def __init__(self, url):
        def ask(sql):
            return databases._psql(url, sql).strip()

        folder = ask("SHOW data_directory")
        tools = ask("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
        self.version = ask("SHOW server_version")
        port, sockets = ask("SHOW port"), ask("SHOW unix_socket_directories")
        options = f"-p {port} -k '{sockets}' -c listen_addresses=127.0.0.1 -c max_connections=200"
        command = [f"{tools}/pg_ctl", "--pgdata", folder, "--wait", "--silent", "--options", options, "restart"]
        # The server refuses to run as root.
        as_owner = ["runuser", "-u", Path(folder).owner(), "--"] if os.getuid() == 0 else []
        # A new session, so that Ctrl-C reaches us and not the server; with-postgres stops it.
        subprocess.run(
            [*as_owner, *command, "--log", str(Path(folder).parent / "server.log")],
            check=True,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            cwd=Path(folder).parent,
        )
        assert ask("SHOW fsync") == ask("SHOW synchronous_commit") == "on", "PostgreSQL must be durable here"
        self.pid = int(Path(folder, "postmaster.pid").read_text().split()[0])


class Target:
    """A running server. `processes`: name → pid."""

    def __init__(self, name, url, token, processes, people):
        self.name, self.url, self.token, self.processes, self.people = name, url, token, processes, people
        self.held = 0  # people created in order, numbered from 0
        self.filled_in = 0  # seconds that the last of them took

    def settle(self):
        """Wait until nothing is going on in the background."""

    def stop(self):
        """End it."""


class LockstepTarget(Target):
    """Lockstep with one source."""

    def __init__(self, database, folder, cluster):
        folder.mkdir()
        self.server = Started(folder / "data", database)
        self.server.data_dir.mkdir()
        self.server.start()
        self.started_in = self.server.started_in
        self.cluster = cluster if database.url else None
        source = self.server.add_source("bench")
        super().__init__(f"Lockstep, {LABELS[database.name]}", source.base_url, source.token, {}, folder / "people")
        self._name_processes()

    def _name_processes(self):
        self.processes = {"lockstep": self.server.pid}
        if self.cluster:
            self.processes["postgres"] = self.cluster.pid

    def settle(self):
        self.server.wait_idle(timeout=900)

    def restart(self):
        """Stop and start; the seconds until it was ready."""
        self.server.restart()
        self._name_processes()
        return self.server.started_in

    def stop(self):
        self.server.stop()
        self.server.database.drop()


LABELS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


class Started(Lockstep):
    """Lockstep, with the time it took to be ready."""

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        with open(self.log_path, "ab") as log:
            began = time.monotonic()
            self._process = subprocess.Popen(
                [
                    *(binary(), "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", str(self.data_dir)),
                    *("--allow-outbound", "127.0.0.0/8", *self._database_arguments()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                cwd=ROOT,
            )
        with httpx2.Client() as client:
            # Steps of 2 ms: the start itself is measured.
            while not self._answers(client):
                time.sleep(0.002)
                if time.monotonic() - began > 60:
                    raise TimeoutError(f"Lockstep is not ready after 60 s:\n{self.log_tail()}")
        self.started_in = time.monotonic() - began
        return self

    def _answers(self, client):
        if self._process.poll() is not None:
            raise RuntimeError(f"Lockstep ended with {self._process.returncode}:\n{self.log_tail()}")
        try:
            return client.get(f"{self.url}/readyz").status_code == 200
        except httpx2.TransportError:
            return False


class Program(Target):
    """One of this folder's servers."""

    def __init__(self, name, folder, program, prefix, *arguments):
        folder.mkdir()
        port = free_port()
        self._log = open(folder / "log", "wb")
        self._process = subprocess.Popen(
            [program, "--listen", f"127.0.0.1:{port}", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        self.origin = f"http://127.0.0.1:{port}"
        super().__init__(name, self.origin + prefix, "bench", {name: self._process.pid}, folder / "people")
        until(self._listens, f"{name} listens")

    def _listens(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {Path(self._log.name).read_text()}")
        try:
            return httpx2.get(self.origin, timeout=5) is not None
        except httpx2.TransportError:
            return False

    def stop(self):
        self._process.terminate()
        self._process.wait(10)
        self._log.close()


class ThirdParty(Target):
    """A third-party server of the end-to-end tests."""

    def __init__(self, name, folder):
        folder.mkdir()
        self._app = apps.APPS[name]()
        super().__init__(name, self._app.base_url, self._app.token, {name: self._app._process.pid}, folder / "people")

    def stop(self):
        # A server that is still busy with an abandoned request may not listen to a polite one.
        try:
            self._app.stop()
        except subprocess.TimeoutExpired:
            self._app._process.kill()
            self._app._process.wait()


def minimal(programs, folder):
    return Program(
        "minimal", folder, str(programs / "minimal"), "", "--data-dir", str(folder / "data"), "--token", "bench"
    )


def sink(programs, folder):
    return Program("sink", folder, str(programs / "sink"), "/scim/v2")


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
