"""Users made, read, replaced and removed: T08-T21, T50-T53, T58, T59 of rows.toml."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx2
import pytest
from support.caller import ENTERPRISE, GROUP, NOBODY, USER, Caller, assert_error
from support.databases import DATABASES
from support.lockstep import Lockstep, Source
from support.waiting import until

row = pytest.mark.row


@row("T10", "C11", "V08")
def test_a_second_post_changes_nothing(world):
    body = {  # W06
        "schemas": [USER],
        "userName": world.name("t"),
        "name": {"givenName": "T", "familyName": "U"},
        "emails": [{"primary": True, "value": world.name("t"), "type": "work"}],
        "displayName": "T U",
        "locale": "en-US",
        "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
    }
    made = world.call("POST", "/Users", body, expect=201)
    for again in (body, {"schemas": [USER], "userName": world.name("t").upper()}):
        assert_error(world.call("POST", "/Users", again, expect=409), 409, "uniqueness")
        assert world.get(f"/Users/{made['id']}") == made
    assert world.get("/Users")["totalResults"] == 1


@row("T11", "C07", "C08", "C09")
def test_what_the_server_decides(world):
    forged = {
        "schemas": [USER],
        "id": "x",
        "userName": world.name("bob"),
        "meta": {"resourceType": "Robot", "created": "1999-01-01T00:00:00Z", "location": "https://evil.test/", "version": "9"},
        "groups": [{"value": NOBODY}],
    }
    made = world.call("POST", "/Users", forged, expect=201)
    assert uuid.UUID(made["id"]) and "bulkId" not in made["id"]
    meta = made["meta"]
    assert meta["resourceType"] == "User" and not meta["created"].startswith("1999")
    assert meta["location"] == f"{world.source.base_url}/Users/{made['id']}"
    assert meta["location"].startswith("http") and meta["version"].startswith('W/"')
    assert world.call.last.headers["location"] == meta["location"]
    assert world.call.last.headers["etag"] == meta["version"]
    assert "externalId" not in made and "groups" not in made
    assert world.get(f"/Users/{made['id']}") == made
    assert world.call.last.headers["content-location"] == meta["location"]


@row("T12", "C08")
@pytest.mark.parametrize("database", DATABASES)
def test_dates_and_places(tmp_path, database):
    made_in = DATABASES[database]()
    outside = "https://id.example.test/lockstep"
    server = Lockstep(tmp_path / "data", made_in, settings=Lockstep.UNLIMITED | {"LOCKSTEP_PUBLIC_URL": outside})
    server.data_dir.mkdir()
    try:
        server.start()
        source = server.add_source()
        assert source.base_url.startswith(f"{outside}/scim/v2/")
        inside = Source({"id": source.id, "base_url": source.base_url.replace(outside, server.url), "token": source.token})
        # A proxy of somebody's has no say in it.
        with inside.client(**{"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "ftp"}) as http:
            call = Caller(http)
            made = call("POST", "/Users", {"schemas": [USER], "userName": "bob", "title": "T"}, expect=201)
            at = f"/Users/{made['id']}"
            assert made["meta"]["location"] == source.base_url + at
            for word in ("created", "lastModified"):
                assert datetime.fromisoformat(made["meta"][word]).tzinfo is not None
            assert made["meta"]["created"] == made["meta"]["lastModified"]
            time.sleep(0.01)
            call.patch(at, {"op": "replace", "path": "title", "value": "T"})
            assert call("GET", at)["meta"] == made["meta"]
            call.patch(at, {"op": "replace", "path": "title", "value": "U"})
            after = call("GET", at)["meta"]
            assert after["created"] == made["meta"]["created"] and after["version"] != made["meta"]["version"]
            moved = [datetime.fromisoformat(after[word]) for word in ("created", "lastModified")]
            assert moved[1] > moved[0]
        assert server.stop() == 0
    finally:
        if server.is_running():
            server.kill()
        made_in.drop()


@row("T14")
def test_external_ids_are_a_sources_own(world):
    u1 = world.get(f"/Users/{world.u1}")
    theirs = {"schemas": [USER], "userName": world.name("theirs"), "externalId": "e1"}
    world.other("POST", "/Users", theirs, expect=201)
    refused = world.call("POST", "/Users", theirs, expect=409)
    assert_error(refused, 409, "uniqueness")
    assert "externalId" in refused["detail"]
    assert_error(world.call("PUT", f"/Users/{world.u2}", u1 | {"userName": "x"}, expect=409), 409, "uniqueness")
    assert world.call("POST", "/Users", theirs | {"externalId": "E1"}, expect=201)["externalId"] == "E1"


@row("T15", "C10")
def test_names_are_required(world):
    for body in ({}, {"userName": "  "}, {"userName": ""}, {"userName": None}):
        assert_error(world.call("POST", "/Users", {"schemas": [USER]} | body, expect=400), 400, "invalidValue")
        refused = world.call("PUT", f"/Users/{world.u1}", {"schemas": [USER]} | body, expect=400)
        assert_error(refused, 400, "invalidValue")
    for body in ({}, {"displayName": " "}, {"displayName": None}):
        assert_error(world.call("POST", "/Groups", {"schemas": [GROUP]} | body, expect=400), 400, "invalidValue")
    for body in ('{"userName":"x"}', '{"schemas":[],"userName":"x"}', "", "{", "[]", '"x"', "null", '{"a":1}}'):
        refused = world.call("POST", "/Users", body, expect=400)
        assert_error(refused, 400, "invalidSyntax")


@row("T16", "C12")
def test_passwords_are_nowhere(world):
    secret = f"s3cret-{uuid.uuid4().hex}"
    body = {"schemas": [USER], "userName": world.name("bob"), "password": secret}
    made = world.call("POST", "/Users", body, expect=201)
    at = f"/Users/{made['id']}"
    world.call("PUT", at, body | {"title": "T"})
    world.call.patch(at, {"op": "replace", "path": "password", "value": secret})
    world.call.patch(at, {"op": "add", "value": {"password": secret, "title": "U"}})
    for target in (at, f"{at}?attributes=password", "/Users", "/Users?attributes=password,userName"):
        answer = world.get(target)
        assert secret not in json.dumps(answer) and "password" not in json.dumps(answer), target
    for filter in ("password%20pr", f"password%20eq%20%22{secret}%22", "password%20sw%20%22s%22"):
        assert_error(world.call("GET", f"/Users?filter={filter}", expect=(400, 403)), world.call.last.status_code)
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "password pr"}
    assert_error(world.call("POST", "/Users/.search", search, expect=400), 400, "invalidFilter")
    world.lockstep.wait_idle()
    log = f"/sources/{world.source.id}/requests"
    requests = until(lambda: world.lockstep.api("GET", log)["items"], "the request log is written")
    assert secret not in json.dumps(requests)
    assert secret not in json.dumps(world.lockstep.api("GET", "/changes"))
    assert not [line for line in world.lockstep.dump() if secret in line]
    assert secret not in world.lockstep.log_tail(10_000)


def echo(user, **more):
    return {name: value for name, value in user.items() if name != "meta"} | more


@row("T17", "C09", "X03")
def test_what_a_user_cannot_say(world):
    at = f"/Users/{world.u1}"
    before = world.get(f"/Groups/{world.g1}")
    nine = world.group("Nine")
    put = world.call("PUT", at, echo(world.get(at), groups=[{"value": nine}]))
    assert [group["value"] for group in put["groups"]] == [world.g1]
    operation = {"op": "replace", "value": {"groups": [{"value": nine}], "meta": {"created": "x"}, "schemas": ["x"], "title": "T"}}
    seen = world.call.patch(at, operation, expect=200)
    assert seen["title"] == "T" and [group["value"] for group in seen["groups"]] == [world.g1]
    for path, value in (("groups", [{"value": nine}]), ("meta.created", "2020-01-01T00:00:00Z"), ("id", NOBODY)):
        assert_error(world.call.patch(at, {"op": "replace", "path": path, "value": value}, expect=400), 400, "mutability")
    assert world.get(f"/Groups/{world.g1}") == before


@row("T17")
def test_what_a_user_cannot_say_to_a_strict_source(strict):
    at = f"/Users/{strict.u1}"
    operation = {"op": "replace", "value": {"groups": [{"value": NOBODY}]}}
    assert_error(strict.call.patch(at, operation, expect=400), 400, "mutability")
    assert strict.call.patch(at, {"op": "replace", "value": {"id": strict.u1}}, expect=200)["id"] == strict.u1


@row("T19", "C11", "X06")
def test_one_name_is_one_user(world):
    body = {"schemas": [USER], "userName": world.name("Straße")}

    def post(_):
        headers = {"Authorization": f"Bearer {world.source.token}", "Content-Type": "application/scim+json"}
        return httpx2.post(f"{world.source.base_url}/Users", json=body, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = sorted(pool.map(post, range(50)))
    assert answers == [201] + [409] * 49
    full_width = "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalpha() else c for c in "bob")
    world.user("bob")
    for name in (world.name("BOB"), world.name(full_width), world.name("Bob")):
        assert_error(world.call("POST", "/Users", {"schemas": [USER], "userName": name}, expect=409), 409, "uniqueness")
    assert world.get("/Users")["totalResults"] == 2


OLD = "urn:scim:schemas:core:2.0"
OLD_ENTERPRISE = "urn:scim:schemas:extension:enterprise:2.0"
BROKEN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"
SCHEMAS = [
    ([USER], ENTERPRISE),
    ([USER, BROKEN], ENTERPRISE),
    ([USER, BROKEN], BROKEN),
    ([OLD, OLD_ENTERPRISE], OLD_ENTERPRISE),
    ([OLD], ENTERPRISE),
    ([USER, ENTERPRISE, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/User"], ENTERPRISE),
]


@row("T08", "C15")
@pytest.mark.parametrize("schemas, container", SCHEMAS)
def test_schemas_are_mended(world, schemas, container):
    body = {"schemas": schemas, "userName": world.name("bob"), container: {"department": "Ops"}}
    made = world.call("POST", "/Users", body, expect=201)
    assert made["schemas"] == [USER, ENTERPRISE] and made[ENTERPRISE] == {"department": "Ops"}
    assert world.get(f"/Users/{made['id']}") == made


@row("T08")
@pytest.mark.parametrize("schemas, container", SCHEMAS)
def test_a_strict_source_wants_schemas_as_they_are(strict, schemas, container):
    body = {"schemas": schemas, "userName": strict.name("bob"), container: {"department": "Ops"}}
    assert_error(strict.call("POST", "/Users", body, expect=400), 400, "invalidSyntax")
    body = {"schemas": [ENTERPRISE, USER], "userName": strict.name("bob"), ENTERPRISE: {"department": "Ops"}}
    strict.call("POST", "/Users", body, expect=201)


@row("T09", "C13")
def test_no_value(world):
    nothing = {"addresses": None, "phoneNumbers": [], "title": None, "nickName": "", ENTERPRISE: {"manager": None}}
    body = {"schemas": [USER], "userName": world.name("bob"), "name": {"givenName": "Bob", "familyName": "B"}} | nothing
    made = world.call("POST", "/Users", body, expect=201)
    at = f"/Users/{made['id']}"
    assert not set(nothing) & set(made) and made["schemas"] == [USER]
    seen = world.call.patch(at, {"op": "replace", "path": "name", "value": {"familyName": None}}, expect=200)
    assert seen["name"] == {"givenName": "Bob"}
    seen = world.call("PUT", at, body | {"name": None})
    assert "name" not in seen
    assert not [value for value in seen.values() if value in (None, "", [])]


@row("T20", "C24")
def test_put_makes_nothing(world):
    for id in (str(uuid.uuid4()), NOBODY):
        body = {"schemas": [USER], "id": id, "userName": world.name("new")}
        assert_error(world.call("PUT", f"/Users/{id}", body, expect=404), 404, None)
    assert world.get("/Users")["totalResults"] == 0


@row("T18", "C24")
def test_put_of_what_was_read(world):
    at, group = f"/Users/{world.u1}", f"/Groups/{world.g1}"
    for target in (at, group):
        seen = world.get(target)
        assert world.call("PUT", target, seen) == seen
        assert world.call("PUT", target, seen | {"id": "other"}) == seen
    member = f'members[value eq "{world.u1}"].value'
    for path, value in ((member, world.u3), (f'members[value eq "{world.u1}"].type', "Group")):
        refused = world.call.patch(group, {"op": "replace", "path": path, "value": value}, expect=400)
        assert_error(refused, 400, "mutability")


@row("C24")
def test_put_replaces(world):
    at = f"/Users/{world.u1}"
    before = world.get(at)
    after = world.call("PUT", at, {"schemas": [USER], "userName": before["userName"], "title": "T"})
    assert set(after) == {"schemas", "id", "userName", "title", "active", "meta"}
    assert after["meta"]["created"] == before["meta"]["created"]
    assert after["meta"]["lastModified"] > before["meta"]["lastModified"]


@row("T52", "T53", "C34", "V12")
def test_inactive_and_back(world):
    at, filter = f"/Users/{world.u1}", f'userName eq "{world.name("bob")}"'
    assert world.u1 in world.call.members(world.g1)
    off = [
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "value": {"active": False}},
        {"op": "Replace", "path": "active", "value": "False"},
    ]
    for operation in off:
        world.call.patch(at, operation)
        assert world.get(at)["active"] is False
        assert world.call.one("/Users", filter)["active"] is False
        world.call.one("/Users", f'{filter} and active eq false')
        assert [u["active"] for u in world.get("/Users")["Resources"] if u["id"] == world.u1] == [False]
        world.call.patch(at, json.loads(json.dumps(operation).replace("false", "true").replace("False", "True")))
        seen = world.get(at)
        assert seen["active"] is True and [g["value"] for g in seen["groups"]] == [world.g1]
    user = echo(world.get(at))
    assert world.call("PUT", at, user | {"active": False})["active"] is False
    assert world.call("PUT", at, user | {"active": True})["active"] is True
    assert world.call.members(world.g1) == {world.u1, world.u2}


@row("T50", "T51", "C35", "V14")
def test_deleted_and_made_again(world):
    boss, at = world.u3, f"/Users/{world.u3}"
    world.call.patch(f"/Users/{world.u1}", {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": boss}})
    world.call.patch(f"/Groups/{world.g1}", {"op": "add", "path": "members", "value": [{"value": boss}]})
    assert world.call("DELETE", at, expect=204) is None
    body = {"schemas": [USER], "userName": world.name("cem")}
    world.call("GET", at, expect=404)
    world.call("PUT", at, body, expect=404)
    world.call.patch(at, {"op": "replace", "path": "title", "value": "x"}, expect=404)
    world.call("DELETE", at, expect=404)
    assert boss not in [user["id"] for user in world.get("/Users")["Resources"]]
    world.call.none("/Users", f'userName eq "{world.name("cem")}"')
    assert world.call.members(world.g1) == {world.u1, world.u2}
    assert ENTERPRISE not in world.get(f"/Users/{world.u1}")
    again = world.call("POST", "/Users", body | {"externalId": "e3"}, expect=201)["id"]
    assert again != boss
    assert world.call.members(world.g1) == {world.u1, world.u2}


@row("T59", "V11")
def test_another_name_and_address(world):
    at, old, new = f"/Users/{world.u1}", world.name("bob"), world.name("robert")
    world.call.patch(
        at,
        {"op": "Replace", "path": "userName", "value": new},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": new},
    )
    seen = world.get(at)
    assert (seen["id"], seen["userName"], seen["active"]) == (world.u1, new, True)
    assert [mail["value"] for mail in seen["emails"]] == [new]
    world.call.none("/Users", f'userName eq "{old}"')
    world.call.none("/Users", f'emails.value eq "{old}"')
    assert world.call.one("/Users", f'userName eq "{new}"')["id"] == world.u1


@row("T58", "X02", "V04")
def test_names_are_unique_by_every_verb(world):
    assert world.g1
    other = world.group("Other")
    for name in ("Sales", "SALES", "sales"):
        refused = world.call("POST", "/Groups", {"schemas": [GROUP], "displayName": name}, expect=409)
        assert_error(refused, 409, "uniqueness")
        refused = world.call("PUT", f"/Groups/{other}", {"schemas": [GROUP], "displayName": name}, expect=409)
        assert_error(refused, 409, "uniqueness")
        rename = {"op": "replace", "path": "displayName", "value": name}
        assert_error(world.call.patch(f"/Groups/{other}", rename, expect=409), 409, "uniqueness")
    assert world.get(f"/Groups/{other}")["displayName"] == "Other"


@row("C11", "X02")
def test_a_user_name_is_unique_by_every_verb(world):
    at, taken = f"/Users/{world.u1}", world.name("AMY")
    assert world.u2
    refused = world.call("PUT", at, echo(world.get(at), userName=taken), expect=409)
    assert_error(refused, 409, "uniqueness")
    for operation in ({"op": "replace", "path": "userName", "value": taken}, {"op": "add", "value": {"userName": taken}}):
        assert_error(world.call.patch(at, operation, expect=409), 409, "uniqueness")
    assert world.get(at)["userName"] == world.name("bob")


@row("C33")
def test_old_faults_elsewhere_do_not_matter(world):
    """A record made while the source was tolerant is patched after it became strict."""
    world.settle({"tolerance": {"unknownAttributes": "store"}})
    made = world.call("POST", "/Users", {"schemas": [USER], "userName": world.name("bob"), "shoe": 43}, expect=201)
    world.settle({"tolerance": "strict"})
    seen = world.call.patch(f"/Users/{made['id']}", {"op": "replace", "path": "title", "value": "T"}, expect=200)
    assert seen["title"] == "T" and seen["shoe"] == 43


@row("X08")
def test_null_in_a_list(world):
    body = {"schemas": [USER], "userName": world.name("bob"), "emails": [{"value": "a@x.test"}, None]}
    assert_error(world.call("POST", "/Users", body, expect=400), 400, "invalidValue")
    operation = {"op": "add", "path": "emails", "value": [None]}
    assert_error(world.call.patch(f"/Users/{world.u1}", operation, expect=400), 400, "invalidValue")


@row("C14")
def test_one_primary_and_no_value_twice(world):
    mails = [
        {"value": "a@x.test", "type": "work", "primary": True},
        {"value": "b@x.test", "type": "home", "primary": True},
        {"value": "a@x.test", "type": "work"},
    ]
    made = world.call("POST", "/Users", {"schemas": [USER], "userName": world.name("bob"), "emails": mails}, expect=201)
    assert [(mail["value"], mail["primary"]) for mail in made["emails"]] == [("a@x.test", True), ("b@x.test", False)]


@row("C15")
def test_names_have_no_case(world):
    body = {
        "SCHEMAS": [USER.upper()],
        "USERNAME": world.name("Bob"),
        "DisplayName": "McBob",
        "eMails": [{"Value": "Bob@X.test", "TYPE": "work", "Primary": True}],
        ENTERPRISE.lower(): {"Department": "Ops"},
    }
    made = world.call("POST", "/Users", body, expect=201)
    assert (made["userName"], made["displayName"]) == (world.name("Bob"), "McBob")
    assert made["emails"] == [{"value": "Bob@X.test", "type": "work", "primary": True}]
    assert made[ENTERPRISE] == {"department": "Ops"} and made["schemas"] == [USER, ENTERPRISE]


@row("T21")
def test_put_takes_away_what_its_source_stated(world):
    """What another source entered by hand or by SCIM states stays: a record holds only what its own source said."""
    bob = {"schemas": [USER], "userName": world.name("bob")}
    mine = world.call("POST", "/Users", bob | {"title": "Engineer", "active": True}, expect=201)
    theirs = world.other("POST", "/Users", bob | {"nickName": "Bobby", "title": "Boss"}, expect=201)

    def profile():
        user = world.lockstep.api("GET", f"/users/{world.name('bob')}")
        return user["profile"]

    assert (profile()["nickName"], profile()["title"]) == ("Bobby", "Engineer")
    seen = world.call("PUT", f"/Users/{mine['id']}", echo(mine, active=False))
    assert (profile()["nickName"], profile()["active"]) == ("Bobby", False)
    seen = world.call("PUT", f"/Users/{mine['id']}", bob)
    assert "title" not in seen and seen["active"] is False
    assert (profile()["nickName"], profile()["title"], profile()["active"]) == ("Bobby", "Boss", False)
    assert world.other("GET", f"/Users/{theirs['id']}")["nickName"] == "Bobby"
