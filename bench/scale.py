"""A small and a large directory side by side, on both databases: does a request cost what it changes, or what is there?"""

import os
import time

from comparison import Comparison, say
from copies import STORES, Copies, record_id
from servers import LABELS, Cluster, LockstepTarget, databases, resident_bytes

# Names, families and departments of people come again after so many; see person.rs.
KINDS = 960
# The numbers of those whom the API makes, of their copies, and of others: seven digits, the first two alike modulo KINDS.
MODELS, COPIES, OTHERS = 9_000_000, 1_000_320, 5_000_000
SCENARIOS = [
    ("read",), ("filter",), ("filter", "--by", "external-id"), ("filter", "--by", "email"),
    ("page", "--position", "first"), ("page", "--position", "middle"), ("page", "--position", "last"),
    ("patch-user",),
]  # fmt: skip


class Scale(Comparison):
    """Takes how to ask the load generator from the comparison with other servers."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.sizes = [2_000, 10_000] if options.quick else [10_000, options.people]
        self.groups = [10, 1_000] if options.quick else [10, min(100_000, self.sizes[-1] // 2)]
        self.seconds, self.warm_up = (0.5, 0.1) if options.quick else (5, 2)
        self.changes = 100 if options.quick else 1_000
        self.cluster = Cluster(os.environ["LOCKSTEP_TEST_POSTGRES"])
        self.notes = []

    def run(self):
        found = {"postgres": self.cluster.version, "flush_ms": self.flush_ms(), "sizes": self.sizes}
        found |= {"groups": self.groups, "notes": self.notes, "load": [os.getloadavg()[2]]}
        found |= {"seen": {}, "members": {}, "life": {}}
        targets = {}
        try:
            for engine, database in databases.DATABASES.items():
                for size in self.sizes:
                    targets[engine, size] = self.filled(engine, database(), size, found["life"])
            self.requests(targets, found["seen"])
            for engine in databases.DATABASES:
                self.members(targets[engine, self.sizes[-1]], engine, found["members"])
            for key, target in targets.items():
                target.settle()
                found["life"][key]["memory"] = resident_bytes(target.server.pid)
        finally:
            for target in targets.values():
                target.stop()
        found["load"].append(os.getloadavg()[2])
        return found

    def filled(self, engine, database, size, life):
        """A server with so many people, nearly all of them copies."""
        target = LockstepTarget(database, self.folder / f"{engine}-{size}", self.cluster)
        target.name = f"{LABELS[engine]}, {size:,}"
        models = self.create(target, "models", MODELS, KINDS)
        target.server.stop()
        began = time.monotonic()
        store = STORES[engine](target.server)
        count = size - KINDS - 1
        Copies(store).make(models, COPIES, count)
        seconds, size_on_disk = time.monotonic() - began, store.size()
        store.close()
        life[engine, size] = {"copied in": seconds, "bytes": size_on_disk, "start": target.restart()}
        people = [(number, record_id(number)) for number in range(COPIES, COPIES + count)]
        target.people.write_text("".join(f"{number} {id}\n" for number, id in people))
        self.check(engine, target, people[count // 2])
        say(f"  {target.name}: copied in {seconds:.0f} s, {size_on_disk / 1e9:.2f} GB")
        return target

    def check(self, engine, target, copy):
        """That a copy is stored as somebody is whom the API makes: one with the same name and department."""
        number = OTHERS + (int(copy[0]) - OTHERS) % KINDS
        [made] = self.create(target, "one", number, 1)
        store = STORES[engine](target.server)
        copies = Copies(store)
        ours, theirs = copies.rows_of(*copy), copies.rows_of(*made)
        store.close()
        if ours != theirs:
            raise RuntimeError("a copy is no person:\n" + "\n".join(ours) + "\n\n" + "\n".join(theirs))

    def create(self, target, name, first, count):
        """Make people through the API; their numbers and ids."""
        file = target.people.with_name(name)
        self.load(target, *("create", "--from", first, "--people", file, "--requests", count, "--clients", 16), seconds=3600)
        target.settle()
        return [line.split() for line in file.read_text().splitlines()]

    def requests(self, targets, found):
        for scenario in SCENARIOS:
            for key, target in targets.items():
                people = [] if scenario[0] == "page" else ["--people", target.people]
                seen = self.load(target, *scenario, *people)
                found.setdefault(seen["scenario"], {})[key] = seen
                target.settle()
        for key, target in targets.items():
            rounds = max(1, 20_000 // key[1]) if self.options.quick else max(1, 200_000 // key[1])
            walk = self.tool("walk", "--rounds", rounds, "--url", target.url, "--token", target.token, name=target.name)
            ends = walk["first"]["p99_ms"], walk["last"]["p99_ms"]
            say(f"  {target.name:22} {walk['pages']:,} pages by cursor: p99 {ends[0]} ms at first, {ends[1]} ms at last")
            for part in ("first", "last"):
                found.setdefault(f"{part} tenth", {})[key] = walk[part]
        for key, target in targets.items():
            found.setdefault("create", {})[key] = self.load(target, "create", "--from", OTHERS + KINDS)
            target.settle()

    def members(self, target, engine, found):
        """A small and a large group in the large directory, one change after the other."""
        for size in self.groups:
            who = ["--members", size, "--people", target.people]
            group = self.tool("group", *who, "--url", target.url, "--token", target.token, name=target.name)["id"]
            target.settle()
            change = ["change-members", *who, "--group", group, "--clients", 1, "--requests", self.changes]
            # As many leave as came: time ends neither.
            for scenario, seconds in [(change, 900), ([*change, "--remove"], 900), (["read-group", "--group", group], None)]:
                seen = self.load(target, *scenario, seconds=seconds)
                found.setdefault(seen["scenario"], {})[engine, size] = seen
                target.settle()
