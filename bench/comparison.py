"""What is measured, in which order. Results are dictionaries as `load` prints them, keyed by scenario and server."""

import json
import os
import statistics
import subprocess
import sys
import time

import servers
from servers import LABELS, Cluster, LockstepTarget, ThirdParty, cpu_seconds, databases, resident_bytes

READS = [("read",), ("filter",), ("page", "--position", "first"), ("page", "--position", "middle"),
         ("page", "--position", "last")]  # fmt: skip
CLIENTS = [1, 16, 100]
THIRD_PARTIES = ["scimmy", "scim2-server"]


class Comparison:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        quick = options.quick
        self.sizes = [200, 600] if quick else [10_000, 100_000]
        self.seconds = 0.4 if quick else 3
        self.warm_up = 0.1 if quick else 1
        self.budget = 5 if quick else 60  # seconds to fill a third-party server
        self.groups = [10, 200] if quick else [10, 10_000]
        self.pushes = [50] if quick else [1_000]
        self.people_in_loop = 2_000 if quick else 30_000
        self.cluster = Cluster(os.environ["LOCKSTEP_TEST_POSTGRES"])
        self.raws = 0
        self.notes = []

    def run(self):
        results = {
            "postgres": self.cluster.version,
            "sizes": self.sizes,
            "groups": self.groups,
            "flush_ms": self.flush_ms(),
            "reads": {},
            "creates": {},
            "raw": {},
            "members": {},
            "outbound": {},
            "life": {},
            "notes": self.notes,
        }
        say("raw commits")
        for clients in CLIENTS:
            results["raw"][clients] = {engine: self.raw(engine, clients) for engine in LABELS}
        self.directories(results)
        results["outbound"]["loop"] = self.loop()
        for engine in LABELS:
            self.outbound(results["outbound"], engine)
        return results

    # Servers with people in them

    def directories(self, results):
        targets = []
        try:
            for database in databases.DATABASES.values():
                targets.append(LockstepTarget(database(), self.folder / database.name, self.cluster))
            time.sleep(0.5 if self.options.quick else 5)  # idle
            for target in targets:
                life = results["life"].setdefault(target.name, {})
                life["start empty"] = target.started_in
                life["idle"] = resident_bytes(target.server.pid)
            targets.append(servers.minimal(self.options.programs, self.folder / "minimal"))
            for name in THIRD_PARTIES:
                targets.append(ThirdParty(name, self.folder / name))
            for size in self.sizes:
                say(f"{size} users")
                for target in list(targets):
                    if not self.fill(target, size):
                        target.stop()
                        targets.remove(target)
                results["reads"][size] = self.reads(targets)
                if size == self.sizes[0]:
                    self.creates(targets, results["creates"])
                    # Groups go to the third-party servers while they are still there.
                    self.members([t for t in targets if isinstance(t, ThirdParty)], results["members"])
            self.members([t for t in targets if not isinstance(t, ThirdParty)], results["members"])
            for target in targets:
                if isinstance(target, LockstepTarget):
                    target.settle()
                    life = results["life"][target.name]
                    life["in use"] = resident_bytes(target.server.pid)
                    life["start full"] = target.restart()
        finally:
            for target in targets:
                target.stop()

    def fill(self, target, size):
        """Create people until the server holds `size`; false when that is likely too much for a third-party server."""
        third = isinstance(target, ThirdParty)
        wanted = size - target.held
        likely = target.filled_in * (size / target.held) ** 2 if target.held else 0
        if third and likely > self.budget:
            self.notes.append(
                f"`{target.name}` took {target.filled_in:.1f} s for {target.held:,} users; {size:,} were not tried: a "
                f"server that searches all it holds at every create would take some {likely:,.0f} s"
            )
            return False
        seen = self.load(
            target,
            *("create", "--from", target.held, "--people", target.people, "--requests", wanted, "--clients", 32),
            seconds=self.budget if third else 3600,
        )
        target.held += seen["requests"]
        target.filled_in = seen["seconds"]
        if target.held < size:
            self.notes.append(f"`{target.name}` took {target.held:,} users in {self.budget} s and was left at that")
        target.settle()
        return True

    def reads(self, targets):
        found = {}
        for scenario in [*READS, ("patch-user",)]:
            for target in targets:
                people = [] if scenario[0] == "page" else ["--people", target.people]
                seen = self.load(target, *scenario, *people, *self.patience(target, scenario))
                found.setdefault(seen["scenario"], {})[target.name] = seen
                if scenario[0] == "patch-user":
                    target.settle()
        return {"held": {target.name: target.held for target in targets}, "seen": found}

    def patience(self, target, scenario):
        """A third-party server may take seconds for a page or a big group: it is asked one thing at a time."""
        slow = isinstance(target, ThirdParty) and scenario[0] in ("page", "patch-member")
        return ["--clients", 1] if slow else []

    def creates(self, targets, found):
        """At 1, 16 and 100 clients. These people have numbers of their own, so that `fill` can go on counting."""
        for clients in CLIENTS:
            for target in targets:
                start = 10_000_000 + clients * 1_000_000
                seen = self.load(target, "create", "--from", start, "--people", target.people, "--clients", clients)
                found.setdefault(clients, {})[target.name] = seen
                target.settle()

    def members(self, targets, found):
        for size in self.groups:
            for target in targets:
                # Someone outside the group is needed for each client.
                if len(target.people.read_text().splitlines()) < size + 16:
                    continue
                who = ["--members", size, "--people", target.people]
                group = self.tool("group", *who, "--url", target.url, "--token", target.token, name=target.name)["id"]
                target.settle()
                scenario = ["patch-member", *who, "--group", group]
                clients = self.patience(target, scenario) or ["--clients", 16]
                seen = self.load(target, *scenario, *clients)
                found.setdefault(size, {})[target.name] = seen
                target.settle()

    # No server, or Lockstep as the client

    def raw(self, engine, clients):
        self.raws += 1
        database = databases.DATABASES[engine]()
        url = database.url or f"sqlite:{self.folder / f'raw{self.raws}'}"
        pids = ["--pid", self.cluster.pid] if database.url else []
        try:
            limits = ["--clients", clients, "--seconds", self.seconds]
            return self.tool("raw", "--database", url, *limits, *pids, name=f"raw, {LABELS[engine]}")
        finally:
            database.drop()
            servers.remove(self.folder / f"raw{self.raws}")

    def outbound(self, found, engine):
        """People from a source, through Lockstep, into the sink."""
        for people in self.pushes:
            say(f"{people} people outbound from {LABELS[engine]}")
            folder = self.folder / f"outbound-{engine}-{people}"
            folder.mkdir()
            sink = servers.sink(self.options.programs, folder / "sink")
            target = LockstepTarget(databases.DATABASES[engine](), folder / "lockstep", self.cluster)
            try:
                target.people = folder / "people"
                self.load(target, "create", "--requests", people, "--clients", 16, seconds=3600)
                target.settle()
                lockstep = target.server
                app = lockstep.add_app("sink", sink.url, sink.token)
                lockstep.cli("assign", app, "--everyone")
                lockstep.cli("app", "publish", app)
                target.settle()
                cpu = {name: cpu_seconds(pid) for name, pid in target.processes.items()}
                start = time.monotonic()
                lockstep.cli("app", "activate", app)
                self.until_pushed(sink, people)
                seconds = time.monotonic() - start
                target.settle()
                used = {name: cpu_seconds(pid) - cpu[name] for name, pid in target.processes.items()}
                requests = servers.httpx2.get(sink.origin + "/stats").json()["requests"]
                posts = requests.get("POST Users", 0)
                if posts != people:
                    raise RuntimeError(f"{posts} POSTs for {people} people: {requests}")
                found[f"{target.name}, {people:,} people"] = {
                    "people": people,
                    "seconds": seconds,
                    "per_second": people / seconds,
                    "cpu": used,
                    "per_cpu_second": people / max(sum(used.values()), 0.01),
                    "requests": requests,
                }
                say(f"  {found[f'{target.name}, {people:,} people']}")
            finally:
                target.stop()
                sink.stop()

    def loop(self):
        """A bare client that posts people to the sink, 8 at a time."""
        sink = servers.sink(self.options.programs, self.folder / "sink")
        try:
            return self.load(sink, "create", "--requests", self.people_in_loop, "--clients", 8, seconds=600)
        finally:
            sink.stop()

    def until_pushed(self, sink, people):
        """Until the sink holds everybody. Without progress for a minute the run ends."""
        held, moved = -1, time.monotonic()
        with servers.httpx2.Client() as client:
            while True:
                now = client.get(sink.origin + "/stats").json()["users"]
                if now >= people:
                    return
                if now != held:
                    held, moved = now, time.monotonic()
                elif time.monotonic() - moved > 60:
                    raise TimeoutError(f"the sink still holds {held} of {people} people")
                time.sleep(0.01)

    def flush_ms(self):
        """The median time of writing 4 kB and flushing it, at the place where the databases are."""
        times = []
        with open(self.folder / "flush", "wb") as file:
            for _ in range(100):
                file.write(b"x" * 4096)
                file.flush()
                start = time.monotonic()
                os.fdatasync(file.fileno())
                times.append(time.monotonic() - start)
        return statistics.median(times) * 1000

    # The load generator

    def load(self, target, *arguments, seconds=None):
        pids = [word for pid in target.processes.values() for word in ("--pid", pid)]
        limits = ["--seconds", seconds or self.seconds, "--warm-up", self.warm_up]
        seen = self.tool(*arguments, "--url", target.url, "--token", target.token, *limits, *pids, name=target.name)
        if seen["requests"] == 0:
            raise RuntimeError(f"{target.name}: no request succeeded: {seen['first_failure']}")
        if seen["failed"]:
            self.notes.append(
                f"`{target.name}`, {seen['scenario']}: {seen['failed']:,} requests failed, the first with "
                f"`{seen['first_failure']}`"
            )
        return seen

    def tool(self, *arguments, name):
        command = [str(self.options.programs / "load"), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {' '.join(command)}: {done.stderr.strip()}")
        seen = json.loads(done.stdout)
        if "requests" not in seen:
            return seen
        say(
            f"  {name:22} {seen['scenario']:20} {seen['clients']:4} clients {seen['per_second']:10,.0f}/s "
            f"{seen['per_cpu_second'] or 0:10,.0f}/CPU-s  p99 {seen['p99_ms'] or 0:8.1f} ms"
            + (f"  FAILED {seen['failed']}: {seen['first_failure']}" if seen["failed"] else "")
        )
        return seen


def say(line):
    print(line, file=sys.stderr, flush=True)
