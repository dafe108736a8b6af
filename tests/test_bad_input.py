"""Hostile and bad input over raw sockets: trust.md section 5, the table in bad_input.toml.

Each case asks for the exact status and scimType, an Error body of the right shape, and a database that is the
same as before unless the answer is 2xx. One Lockstep serves all cases of a database; each case has a source of
its own.
"""

import json
import socket
import threading
import time
import tomllib
from pathlib import Path
from string import Template

import pytest
from support.caller import GROUP, NOBODY, USER, Caller, assert_error
from support.databases import DATABASES
from support.lockstep import Lockstep
from support.raw import exchange, read_answer, request_bytes

CASES = tomllib.loads(Path(__file__).with_name("bad_input.toml").read_text())["case"]


@pytest.fixture(scope="module", params=DATABASES)
def world(request, tmp_path_factory):
    """A Lockstep for all cases, with a source that is not theirs."""
    database = DATABASES[request.param]()
    server = Lockstep(tmp_path_factory.mktemp("bad") / "data", database)
    server.data_dir.mkdir()
    try:
        server.start()
        yield World(server)
        assert server.is_running(), f"a case ended Lockstep:\n{server.log_tail()}"
        server.stop()
    finally:
        if server.is_running():
            server.kill()
        database.drop()


class World:
    def __init__(self, server):
        self.server = server
        self.count = 0
        self.other = server.add_source("other")
        with self.other.client() as http:
            call = Caller(http)
            self.foreign = call("POST", "/Users", user("foreign", "other"), expect=201)["id"]
            self.foreign_group = call("POST", "/Groups", {"schemas": [GROUP], "displayName": "Other"}, expect=201)["id"]

    def names(self):
        """A source for one case, and everything a case can name."""
        self.count += 1
        source = self.server.add_source(f"case-{self.count}")
        with source.client() as http:
            call = Caller(http)
            bob = call("POST", "/Users", user("bob", "e-bob"), expect=201)["id"]
            ann = call("POST", "/Users", user("ann", "e-ann") | {"active": False}, expect=201)["id"]
            members = [{"value": bob}, {"value": ann}]
            crew = call("POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew", "members": members}, expect=201)["id"]
            club = {"schemas": [GROUP], "displayName": "Club", "members": [{"value": crew}]}
            club = call("POST", "/Groups", club, expect=201)["id"]
        token = source.token
        middle = len(token) // 2
        return source, {
            "bob": bob,
            "ann": ann,
            "crew": crew,
            "club": club,
            "foreign": self.foreign,
            "foreign_group": self.foreign_group,
            "foreign_token": self.other.token,
            "nobody": NOBODY,
            "source": source.id,
            "token": token,
            "token_wrong_end": token[:-1] + other_letter(token[-1]),
            "token_wrong_secret": token[:middle] + other_letter(token[middle]) + token[middle + 1 :],
        }


def user(name, external):
    return {"schemas": [USER], "userName": f"{name}@x.test", "externalId": external, "active": True}


def other_letter(letter):
    return "a" if letter != "a" else "b"


@pytest.mark.parametrize("case", CASES, ids=[f"{case['row']}-{case['name']}" for case in CASES])
def test_bad_input(world, case):
    source, names = world.names()
    port = world.server.port
    if "settings" in case:
        world.server.settle(source, json.loads(case["settings"]))
    filled = names | {key: text * times for key, (text, times) in case.get("fill", {}).items()}

    def fill(text):
        return Template(text).substitute(filled)

    base = "/" + source.base_url.split("/", 3)[3]
    with source.client() as http:
        call = Caller(http)
        for line in case.get("before", []):
            method, target, body = line.split(" ", 2)
            call(method, target, fill(body), expect=(200, 201, 204))

        method, target = case["request"].split(" ", 1)
        target = fill(target)
        target = target[1:] if target.startswith("=") else base + target
        body = fill(case["body"]).encode() if "body" in case else None
        headers = {"Host": f"127.0.0.1:{port}", "Authorization": f"Bearer {source.token}", "Connection": "close"}
        if body is not None:
            headers |= {"Content-Type": "application/scim+json", "Content-Length": str(len(body))}
        headers |= {name: fill(value) for name, value in case.get("headers", {}).items()}
        headers = {name: value for name, value in headers.items() if value != "-"}

        same = call("GET", fill(case["same"])) if "same" in case else None
        world.server.wait_idle()
        before = world.server.dump()
        answer = exchange(port, request_bytes(method, target, headers, body or b""))
        assert answer is not None, "closed without an answer"
        shown = f"{answer.status} {answer.body[:300]!r}"

        status = case["status"] if isinstance(case["status"], list) else [case["status"]]
        assert answer.status in status, shown
        if answer.status >= 400:
            assert answer.headers["content-type"] == "application/scim+json", shown
            assert_error(answer.json(), answer.status, case["scimType"] or None)
            secrets = (source.token, "SELECT ", "INSERT ", "sqlx", "/src/", ".rs:")
            assert not [s for s in secrets if s in answer.json()["detail"]], shown
            assert ("www-authenticate" in answer.headers) == (answer.status == 401), answer.headers
            assert case.get("says", "") in answer.json()["detail"], shown
            if case.get("challenge"):
                assert answer.headers["www-authenticate"].startswith("Bearer"), answer.headers
            world.server.wait_idle()
            after = world.server.dump()
            assert after == before, f"{shown} and yet: {sorted(set(after) ^ set(before))[:10]}"
            return

        if answer.body:
            seen = answer.json()
            assert_subset(substitute(case.get("answer", {}), fill), seen)
            if "items" in case:
                items = [(item["status"], item["response"]) for item in seen["Operations"]]
                for (status, error), (wanted, scim_type) in zip(items, case["items"], strict=True):
                    assert status == str(wanted), shown
                    assert_error(error, wanted, scim_type or None)
                world.server.wait_idle()
                assert world.server.dump() == before, shown
            for attribute in case.get("forbid", []):
                assert attribute not in seen, shown
            if answer.status == 201:
                assert seen["id"] not in names.values() and answer.headers["location"].startswith(source.base_url), shown
            if "primary" in case:
                assert [m["value"] for m in seen["emails"] if m.get("primary")] == [case["primary"]], shown
        if "after" in case:
            wanted = substitute(case["after"], fill)
            assert_subset(wanted, call("GET", wanted.pop("get")))
        for group, members in substitute(case.get("members", {}), fill).items():
            assert call.members(group) == set(members)
        if same:
            now = call("GET", fill(case["same"]))
            assert now["meta"] == same["meta"], f"{now['meta']} was {same['meta']}"


def substitute(value, fill):
    """`${…}` replaced everywhere inside a value from the table."""
    return json.loads(fill(json.dumps(value)))


def assert_subset(wanted, seen):
    for key, value in wanted.items():
        if key != "get":
            assert seen.get(key) == value, f"{key}: {seen.get(key)!r} is not {value!r}"


def test_row_9_a_foreign_id_looks_like_no_id(world):
    """What another source holds answers exactly as what nobody holds, in every verb."""
    source, names = world.names()
    with source.client() as http:
        call = Caller(http)
        body = {"schemas": [USER], "userName": "x@x.test"}
        for method, content in (("GET", None), ("PUT", body), ("DELETE", None)):
            answers = []
            for id in (names["foreign"], NOBODY):
                answers.append(str(call(method, f"/Users/{id}", content, expect=404)).replace(id, "ID"))
            assert answers[0] == answers[1]
        group = {"schemas": [GROUP], "displayName": "New"}
        shown = []
        for id in (names["foreign"], names["foreign_group"], NOBODY):
            made = call("POST", "/Groups", group | {"members": [{"value": id}]}, expect=201)
            call("DELETE", f"/Groups/{made['id']}", expect=204)
            shown.append(str(made["members"]).replace(id, "ID"))
        assert len(set(shown)) == 1, "awaited in the same way"
        world.server.settle(source, {"unknownMembers": "refuse"})
        details = []
        for id in (names["foreign"], names["foreign_group"], NOBODY):
            refused = call("POST", "/Groups", group | {"members": [{"value": id}]}, expect=400)
            details.append(refused["detail"].replace(id, "ID"))
        assert len(set(details)) == 1, "refused in the same words"


def test_row_7_credentials_of_one_kind_open_nothing_else(world):
    """An administrator's token is nothing to SCIM, a source's token nothing to the administration."""
    source, _ = world.names()
    admin = {"Authorization": f"Bearer {world.server.token}"}
    with source.client() as http:
        call = Caller(http)
        assert_error(call("GET", "/Users", expect=401, headers=admin), 401, None)
        http.base_url = world.server.url
        refused = http.get("/api/v1/sources")
        assert refused.status_code == 401, refused.text
        assert http.get("/api/v1/sources", headers=admin).status_code == 200


def test_a_request_has_one_host(world):
    """None, two, and one that is none: RFC 9112 section 3.2."""
    source, _ = world.names()
    base = "/" + source.base_url.split("/", 3)[3]
    rest = f"Authorization: Bearer {source.token}\r\nConnection: close\r\n\r\n"
    for hosts, status in (([], 400), (["a.test", "a.test"], 400), (["a b"], 400), (["a.test"], 200)):
        head = "".join(f"Host: {host}\r\n" for host in hosts)
        request = f"GET {base}/Users HTTP/1.1\r\n{head}{rest}".encode()
        answer = exchange(world.server.port, request)
        assert answer.status == status, f"{hosts}: {answer.body}"
        if status == 400:
            assert "one Host" in answer.json()["detail"]


def test_row_3_wrong_tokens_are_told_nothing(world):
    """An unknown token, a wrong secret and a broken one get the same words."""
    source, names = world.names()
    bodies = set()
    with source.client() as http:
        for token in (names["token_wrong_end"], names["token_wrong_secret"], "x", names["foreign_token"]):
            answer = http.get("/Users", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401
            bodies.add(answer.text)
    assert len(bodies) == 1


def test_row_52_cursors_are_good_for_one_question_of_one_source(world):
    """Another source's cursor and another question's get the words that a made-up one gets."""
    source, _ = world.names()
    with source.client() as http, world.other.client() as foreign:
        call = Caller(http)
        cursor = call("GET", "/Users?count=1&cursor")["nextCursor"]
        assert call("GET", f"/Users?count=1&cursor={cursor}")["Resources"]
        details = set()
        for client, query in (
            (http, "count=1&cursor=AAAA"),
            (http, f"count=1&cursor={cursor[:-1]}{other_letter(cursor[-1])}"),
            (http, f"count=1&cursor={cursor}&filter=active%20eq%20true"),
            (foreign, f"count=1&cursor={cursor}"),
        ):
            refused = client.get(f"/Users?{query}")
            assert_error(refused.json(), 400, "invalidCursor")
            details.add(refused.text)
        assert len(details) == 1
        assert_error(call("GET", f"/Users?count=2&cursor={cursor}", expect=400), 400, "invalidCount")


@pytest.mark.parametrize("name", DATABASES)
def test_row_56_a_token_has_its_rate(tmp_path, name):
    """With the rates of a fresh installation: T72, and a failed guess too many."""
    database = DATABASES[name]()
    server = Lockstep(tmp_path / "data", database, settings={})
    server.data_dir.mkdir()
    try:
        server.start()
        source, other = server.add_source("idp"), server.add_source("other")

        def ask(count, source, token=None):
            with source.client(**({"Authorization": f"Bearer {token}"} if token else {})) as http:
                for _ in range(count):
                    answers.append(http.get("/Users?count=0"))

        answers = []
        began = time.monotonic()
        while time.monotonic() < began + 15 and not any(answer.status_code == 429 for answer in answers):
            threads = [threading.Thread(target=ask, args=(25, source)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        took = time.monotonic() - began
        refused = [answer for answer in answers if answer.status_code == 429]
        if refused:  # a machine that can't send more than 50 in a second is refused nothing
            assert len(answers) - len(refused) >= 200
        assert len(answers) - len(refused) <= 201 + 50 * took
        for answer in refused:
            assert_error(answer.json(), 429, None)
            assert int(answer.headers["retry-after"]) >= 1
        answers = []
        ask(20, other)
        assert {answer.status_code for answer in answers} == {200}

        answers = []
        began = time.monotonic()
        ask(30, source, token="wrong")
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 30 - len(refused) <= 11 + (time.monotonic() - began)
        assert {answer.status_code for answer in answers} <= {401, 429} and len(answers) - len(refused) >= 10
        for answer in refused:
            assert_error(answer.json(), 429, None)
            assert int(answer.headers["retry-after"]) >= 1
        server.stop()
    finally:
        if server.is_running():
            server.kill()
        database.drop()


def test_row_15_a_body_without_end(world):
    """A chunked body that never stops is cut off at the limit, not read to the end."""
    source, _ = world.names()
    head = request_bytes(
        "POST",
        "/" + source.base_url.split("/", 3)[3] + "/Users",
        {
            "Host": "127.0.0.1",
            "Authorization": f"Bearer {source.token}",
            "Content-Type": "application/scim+json",
            "Transfer-Encoding": "chunked",
        },
    )

    def pieces():
        yield head
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        for _ in range(1024):  # 64 MiB
            yield chunk

    answer = exchange(world.server.port, pieces())
    assert answer is not None and answer.status == 413, answer
    assert_error(answer.json(), 413, None)


def test_row_16_slow_senders_are_cut_off(world):
    """A header that comes byte by byte is closed within 10 s, a body that never comes answered 408 within 30 s."""
    source, _ = world.names()
    took = {}

    def drip():
        with socket.create_connection(("127.0.0.1", world.server.port), timeout=20) as connection:
            start = time.monotonic()
            connection.settimeout(1)
            for byte in b"GET /scim/v2/" + b"x" * 1000:
                try:
                    connection.sendall(bytes([byte]))
                    if connection.recv(4096) == b"":
                        break
                except TimeoutError:
                    pass
                except OSError:
                    break
                if time.monotonic() - start > 15:
                    return
            took["header"] = time.monotonic() - start

    def starve():
        with socket.create_connection(("127.0.0.1", world.server.port), timeout=45) as connection:
            start = time.monotonic()
            connection.sendall(
                request_bytes(
                    "POST",
                    "/" + source.base_url.split("/", 3)[3] + "/Users",
                    {
                        "Host": "127.0.0.1",
                        "Authorization": f"Bearer {source.token}",
                        "Content-Type": "application/scim+json",
                        "Content-Length": "100",
                    },
                    b"{",
                )
            )
            try:
                answer = read_answer(connection)
            except TimeoutError:
                return
            took["body"] = time.monotonic() - start
            took["status"] = answer and answer.status

    threads = [threading.Thread(target=slow) for slow in (drip, starve)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert took.get("header", 99) <= 11.5, took
    assert took.get("body", 99) <= 31.5 and took["status"] == 408, took
