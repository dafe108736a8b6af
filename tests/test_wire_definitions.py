"""Attributes of an administrator's own: what nobody may read and what can be set only once (T18, C12, X01)."""

import json

import pytest
from support.caller import USER, assert_error

row = pytest.mark.row
SECRET = "urn:acme:2.0:Secret"
BADGE = "urn:acme:2.0:Badge"


@pytest.fixture
def defined(world):
    """The source of a tenant whose users may have a PIN that nobody reads and a badge that is given once."""
    pin = {"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never"}
    badge = {"name": "number", "type": "string", "mutability": "immutable"}
    known = {schema["id"] for schema in world.lockstep.api("GET", "/schemas")["items"]}
    for urn, attribute in ((SECRET, pin), (BADGE, badge)):
        if urn not in known:
            world.lockstep.api("POST", "/schemas", {"id": urn, "name": urn, "attributes": [attribute]})
    kind = world.lockstep.api("GET", "/resource-types/User")
    extensions = kind["schemaExtensions"] + [{"schema": urn, "required": False} for urn in (SECRET, BADGE)]
    if not any(extension["schema"] == SECRET for extension in kind["schemaExtensions"]):
        world.lockstep.api("PUT", "/resource-types/User", kind | {"schemaExtensions": extensions})
    return world


@row("X01", "C12")
def test_never_returned(defined):
    body = {"schemas": [USER, SECRET], "userName": defined.name("bob"), SECRET: {"pin": "1234-s3cret"}}
    made = defined.call("POST", "/Users", body, expect=201)
    at = f"/Users/{made['id']}"
    seen = [made, defined.call("PUT", at, body | {"title": "T"})]
    seen.append(defined.call.patch(at, {"op": "replace", "path": f"{SECRET}:pin", "value": "5678-s3cret"}, expect=200))
    for query in ("", f"?attributes={SECRET}", f"?attributes={SECRET}:pin", "?excludedAttributes=userName"):
        seen.append(defined.get(at + query))
        seen.append(defined.get("/Users" + query)["Resources"][0])
    for answer in seen:
        assert answer["schemas"] == [USER] and SECRET not in answer and "s3cret" not in json.dumps(answer)
    for filter in (f'{SECRET}:pin eq "5678-s3cret"', f"{SECRET}:pin pr"):
        defined.call.find("/Users", filter, expect=(400, 403))


@row("T18")
def test_set_only_once(defined):
    body = {"schemas": [USER, BADGE], "userName": defined.name("bob"), BADGE: {"number": "7"}}
    made = defined.call("POST", "/Users", body, expect=201)
    at = f"/Users/{made['id']}"
    for other in (body | {BADGE: {"number": "8"}}, {"schemas": [USER], "userName": defined.name("bob")}):
        assert_error(defined.call("PUT", at, other, expect=400), 400, "mutability")
    for operation in (
        {"op": "replace", "path": f"{BADGE}:number", "value": "8"},
        {"op": "remove", "path": f"{BADGE}:number"},
        {"op": "replace", "value": {BADGE: {"number": "8"}}},
    ):
        assert_error(defined.call.patch(at, operation, expect=400), 400, "mutability")
    assert defined.get(at) == made
    assert defined.call("PUT", at, body | {"title": "T"})[BADGE] == {"number": "7"}
    without = defined.user("amy")
    seen = defined.call.patch(f"/Users/{without}", {"op": "add", "path": f"{BADGE}:number", "value": "9"}, expect=200)
    assert seen[BADGE] == {"number": "9"} and seen["schemas"] == [USER, BADGE]
