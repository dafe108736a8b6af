"""kill -9 in the middle of a sync, again and again: issue 2, section 8.3, invariants 1 and 3 of the design.

The application lets two accounts share a userName, so a request that Lockstep repeats without looking is seen.
"""

import os
import random
import threading
import time

import httpx2
from support.apps import scimmy
from support.waiting import until

PEOPLE = 1000
KILLS = 22
WRITERS = 4


class Gate:
    """How many of the people have arrived so far: people keep coming for as long as Lockstep is being killed."""

    def __init__(self):
        self.open = 0

    def wait(self, number):
        until(lambda: number < self.open, f"person {number} arrives", timeout=120)


class Writer(threading.Thread):
    """An identity provider's worker: creates its share of the people, then keeps changing their titles.

    It repeats a request until it is answered, as Okta and Entra do, and keeps what was acknowledged.
    """

    def __init__(self, source, numbers, gate, seed):
        super().__init__(daemon=True)
        self.gate = gate
        self.numbers = numbers
        self.random = random.Random(seed)
        self.http = source.client()
        self.ids, self.titles = {}, {}
        self.failure = None
        self.stopping = threading.Event()

    def run(self):
        try:
            for number in self.numbers:
                self.gate.wait(number)
                self._create(number)
            while not self.stopping.wait(self.random.uniform(0, 0.1)):
                self._retitle(self.random.choice(self.numbers))
        except BaseException as error:  # shown by the test
            self.failure = error

    def _create(self, number):
        name, title = f"crash{number:04}@company.test", "new"
        answer = self._send(
            "POST",
            "/Users",
            {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "externalId": f"crash-{number}",
                "userName": name,
                "title": title,
                "active": True,
                "name": {"givenName": "Crash", "familyName": f"N{number}"},
                "emails": [{"value": name, "type": "work", "primary": True}],
            },
        )
        if answer.status_code == 409:
            # An earlier try was carried out, and its answer was lost: take what is there.
            found = self._send("GET", f'/Users?filter=userName eq "{name}"').json()
            assert found["totalResults"] == 1, found
            self.ids[number] = found["Resources"][0]["id"]
        else:
            assert answer.status_code == 201, f"{answer.status_code} {answer.text}"
            self.ids[number] = answer.json()["id"]
        self.titles[number] = title

    def _retitle(self, number):
        title = f"title {self.random.randrange(10**6)}"
        answer = self._send(
            "PATCH",
            f"/Users/{self.ids[number]}",
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": "title", "value": title}],
            },
        )
        assert answer.status_code in (200, 204), f"{answer.status_code} {answer.text}"
        self.titles[number] = title

    def _send(self, method, path, body=None):
        """Send until answered; an overloaded or starting server (503) counts as not answered."""
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = self.http.request(method, path, json=body)
                if answer.status_code != 503:
                    return answer
            except httpx2.TransportError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path} was not answered for a minute")
            time.sleep(0.02)


def test_nothing_is_lost_or_doubled_by_kill_9(lockstep, source):
    seed = int(os.environ.get("LOCKSTEP_TEST_SEED") or time.time_ns() % 10**9)
    print(f"seed {seed} (set LOCKSTEP_TEST_SEED to use it again)")
    chance = random.Random(seed)
    app = scimmy("--allow-duplicates", "--delay", "20")
    try:
        lockstep.add_app("app", app.base_url, app.token)
        lockstep.cli("assign", "app", "--everyone")
        lockstep.cli("app", "publish", "app")
        lockstep.cli("app", "activate", "app")
        lockstep.token  # made now: the moments of the kills are for the sync

        gate = Gate()
        writers = [Writer(source, range(i, PEOPLE, WRITERS), gate, seed + i) for i in range(WRITERS)]
        for writer in writers:
            writer.start()

        kills_before_the_end = 0
        for kill in range(KILLS):
            # Spread over the sync: each kill waits for its share of the accounts, then for a random moment,
            # with a good hundred people always on their way.
            share = PEOPLE * kill // KILLS
            gate.open = share + 4 * PEOPLE // KILLS
            until(
                lambda: accounts_made(app) >= share or any(w.failure for w in writers),
                f"{share} accounts are made",
                timeout=120,
            )
            time.sleep(chance.uniform(0, 0.25))
            kills_before_the_end += accounts_made(app) < min(gate.open, PEOPLE)
            lockstep.kill()
            lockstep.start()

        gate.open = PEOPLE
        # Everybody has been created and acknowledged before the writers are told to stop changing titles.
        until(
            lambda: all(len(w.ids) == len(w.numbers) or w.failure for w in writers), "all created", timeout=120
        )
        for writer in writers:
            writer.stopping.set()
        for writer in writers:
            writer.join(90)
            assert not writer.is_alive() and writer.failure is None, writer.failure
        lockstep.wait_idle(timeout=120)

        acknowledged = {n: (w.ids[n], w.titles[n]) for w in writers for n in w.numbers}
        held, accounts = records(source), app.all("/Users")
        print(f"{KILLS} kills, {kills_before_the_end} of them with people still on their way; {app.writes()}")

        # No acknowledged request is lost.
        assert len(acknowledged) == PEOPLE
        for number, (id, title) in acknowledged.items():
            assert held.get(id, {}).get("title") == title, f"seed {seed}: {number} {held.get(id)}"
        assert len(held) == PEOPLE, f"seed {seed}: {len(held)} records"

        # No account is missing, none is there twice, each is as it was last acknowledged.
        names = [account["userName"] for account in accounts]
        twice = sorted({name for name in names if names.count(name) > 1})
        assert not twice, f"seed {seed}: held twice {twice}"
        titles = {account["userName"]: account.get("title") for account in accounts}
        wanted = {f"crash{n:04}@company.test": title for n, (_, title) in acknowledged.items()}
        assert titles == wanted, f"seed {seed}: {set(wanted.items()) ^ set(titles.items())}"
        assert kills_before_the_end >= 20, "the kills came too late to prove anything: raise the delay"
    finally:
        app.stop()


def accounts_made(app):
    return app.writes().get("POST /Users 201", 0)


def records(source):
    """Every record of the source by id, page by page."""
    found, start = {}, 1
    with source.client() as http:
        while True:
            page = http.get("/Users", params={"startIndex": str(start), "count": "100"}).json()
            for record in page["Resources"]:
                assert record["id"] not in found, "a record came on two pages"
                found[record["id"]] = record
            start += len(page["Resources"])
            if start > page["totalResults"] or not page["Resources"]:
                return found


LEAVERS = 1500
STAYERS = 100
REMOVAL_KILLS = 6


def bulk(source, operations):
    """Send operations as bulk requests; all of them succeed. The id of each."""
    ids = []
    with source.client() as http:
        for start in range(0, len(operations), 500):
            body = {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": operations[start : start + 500],
            }
            answer = http.post("/Bulk", json=body, timeout=120)
            assert answer.status_code == 200, answer.text
            for done in answer.json()["Operations"]:
                assert done["status"] == "201", done
                ids.append(done["location"].rsplit("/", 1)[-1])
    return ids


def post(kind, number, **attributes):
    schema = f"urn:ietf:params:scim:schemas:core:2.0:{kind}"
    data = {"schemas": [schema], **attributes}
    return {"method": "POST", "path": f"/{kind}s", "bulkId": f"b{number}", "data": data}


def people(lockstep):
    """Every user's name in the directory."""
    found, after = set(), ""
    while True:
        page = lockstep.api("GET", f"/users?limit=200{after}")
        names = [user["userName"] for user in page["items"]]
        assert not found & set(names), "a user came on two pages"
        found |= set(names)
        if not page.get("next"):
            return found
        after = f"&after={page['next']}"


def removed(lockstep, source):
    """How many people the removal of a source has come past; None when the source is gone."""
    still = [one for one in lockstep.api("GET", "/sources")["items"] if one["id"] == source.id]
    return still[0]["removal"]["done"] if still else None


def until_past(lockstep, source, done):
    """Wait until the removal has come past more people; how many, or None when the source is gone."""
    seen = []

    def goes_on():
        seen.append(removed(lockstep, source))
        return seen[-1] is None or seen[-1] > done

    until(goes_on, f"the removal goes on after {done} people", timeout=90)
    return seen[-1]


def test_the_removal_of_a_source_survives_kill_9(lockstep, source):
    """Its people go in steps behind the answer. Wherever those are broken off, they go on after the next start, nobody
    is left over, nobody goes who belongs to another source too, and the application follows."""
    seed = int(os.environ.get("LOCKSTEP_TEST_SEED") or time.time_ns() % 10**9)
    print(f"seed {seed} (set LOCKSTEP_TEST_SEED to use it again)")
    chance = random.Random(seed)
    app = scimmy()
    try:
        lockstep.add_app("app", app.base_url, app.token)
        names = [f"leaver{n:04}@company.test" for n in range(LEAVERS)]
        ids = bulk(source, [post("User", n, userName=name) for n, name in enumerate(names)])
        members = [{"value": id} for id in ids[:300]]
        bulk(source, [post("Group", "g", displayName="Team", members=members)])
        other = lockstep.add_source("other")
        stay = set(names[::LEAVERS // STAYERS])
        bulk(other, [post("User", n, userName=name) for n, name in enumerate(sorted(stay))])
        everybody = people(lockstep)
        assert everybody == set(names)
        # A few have accounts, so that the end of the removal is seen from outside too.
        some = [names[1], names[2], names[LEAVERS // STAYERS]]
        for name in some:
            lockstep.cli("assign", "app", "--user", name)
        lockstep.cli("app", "publish", "app")
        lockstep.cli("app", "activate", "app")
        lockstep.wait_idle()
        assert {account["userName"] for account in app.all("/Users")} == set(some)

        lockstep.api("DELETE", f"/sources/{source.id}", {"confirm": "idp", "people": "delete"})
        kills, done = 0, [0]
        while kills < REMOVAL_KILLS:
            # A node that died keeps its lane until its lease ends, so each life is given the time to get somewhere.
            now = until_past(lockstep, source, done[-1])
            if now is None:
                break
            done.append(now)
            time.sleep(chance.uniform(0, 0.1))
            lockstep.kill()
            lockstep.start()
            kills += 1
            with source.client() as http:
                assert http.get("/Users").status_code == 401, "its token died with the answer"
            now = removed(lockstep, source)
            assert now is None or now >= done[-1], f"seed {seed}: what was done is done again: {done}, {now}"
        print(f"{kills} kills, after so many people: {done[1:]}")
        assert kills >= 3, f"seed {seed}: the kills came too late to prove anything: {done}"
        until(lambda: removed(lockstep, source) is None, "the removal comes to its end", timeout=120)
        lockstep.wait_idle()
        assert people(lockstep) == stay
        assert {account["userName"] for account in app.all("/Users")} == set(some) & stay
        assert not [group for group in lockstep.api("GET", "/groups")["items"] if group.get("displayName") == "Team"]
        ended = [one for one in lockstep.api("GET", "/changes?objectKind=source&action=delete")["items"]]
        assert len(ended) == 1, "told once, however often it was broken off"
    finally:
        app.stop()
