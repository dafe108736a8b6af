"""Every switch of a source's tolerance, both ways (wire.md 1.5), and what no switch changes."""

import copy

import pytest
from support.caller import ENTERPRISE, GROUP, NOBODY, PATCH, USER, assert_error

MAIL = 'emails[type eq "work"].value'
MANAGER = f"{ENTERPRISE}:manager"


def replace(path, value, op="replace"):
    return {"op": op, "path": path, "value": value}


# A switch; what is sent to a user; what is shown of it where the switch is on; the scimType where it is off (None: it
# passes, and what is shown is in the last column).
PATCHES = [
    ("opCase", replace("title", "T", "Replace"), {"title": "T"}, "invalidSyntax", None),
    ("boolStrings", replace("active", "False"), {"active": False}, "invalidValue", None),
    ("dottedKeys", {"op": "replace", "value": {"name.givenName": "R"}}, {"name": {"givenName": "R", "familyName": "Builder"}}, "invalidSyntax", None),
    ("urnKeys", {"op": "replace", "value": {f"{ENTERPRISE}:department": "Ops"}}, {ENTERPRISE: {"department": "Ops"}}, "invalidSyntax", None),
    ("valuepathKeys", {"op": "replace", "value": {MAIL: "n@x.test"}}, {"emails": [{"type": "work", "primary": True, "value": "n@x.test"}]}, "invalidSyntax", None),
    ("jsonStringValue", {"op": "replace", "value": '{"title":"T"}'}, {"title": "T"}, "invalidValue", None),
    ("valuepathAutocreate", replace('phoneNumbers[type eq "fax"].value', "1"), {"phoneNumbers": [{"type": "fax", "value": "1"}]}, "noTarget", None),
    ("managerShapes", replace(MANAGER, NOBODY), {ENTERPRISE: {"manager": {"value": NOBODY}}}, "invalidValue", None),
    ("managerShapes", replace("manager", {"value": NOBODY}), {ENTERPRISE: {"manager": {"value": NOBODY}}}, "invalidPath", None),
    ("primaryFirst", replace("emails", [{"value": "a@x.test", "primary": True}, {"value": "b@x.test", "primary": True}]),
     {"emails": [{"value": "a@x.test", "primary": True}, {"value": "b@x.test", "primary": False}]}, "invalidValue", None),
    ("pathlessOperations", {"op": "replace", "value": {"title": "T"}}, {"title": "T"}, "noTarget", None),
    ("complexMerge", replace("name", {"givenName": "R"}), {"name": {"givenName": "R", "familyName": "Builder"}}, None, {"name": {"givenName": "R"}}),
]


def without_references(user):
    """As it is shown, but for what the server adds: the manager's $ref."""
    user = copy.deepcopy(user)
    user.get(ENTERPRISE, {}).get("manager", {}).pop("$ref", None)
    return user


def only(switch, on):
    """Everything strict but this switch, or everything tolerant but this switch."""
    return {"tolerance": SWITCHES["strict" if on else "tolerant"] | {switch: on}}


BOOLEAN = [
    "opCase", "boolStrings", "dottedKeys", "urnKeys", "valuepathKeys", "jsonStringValue", "valuepathAutocreate",
    "memberRemoveByValue", "managerShapes", "schemasRepair", "filterLenient", "primaryFirst",
]  # fmt: skip
RFC = {"pathlessOperations": True, "complexMerge": True, "fullFilters": True}
SWITCHES = {
    "tolerant": dict.fromkeys(BOOLEAN, True) | RFC | {"unknownAttributes": "ignore", "putOmitted": "clearOwned"},
    "strict": dict.fromkeys(BOOLEAN, False) | RFC | {"unknownAttributes": "reject", "putOmitted": "clearAll"},
    "interop": dict.fromkeys([*BOOLEAN, *RFC], False) | {"unknownAttributes": "reject", "putOmitted": "clearAll"},
}


@pytest.mark.parametrize("switch, operation, shown, scim_type, shown_off", PATCHES, ids=[f"{p[0]}-{n}" for n, p in enumerate(PATCHES)])
def test_switches_of_patch(world, switch, operation, shown, scim_type, shown_off):
    at = f"/Users/{world.u1}"
    # Off, with all others on.
    world.settle(only(switch, False))
    if scim_type:
        before = world.get(at)
        # An unknown name is ignored where unknown attributes are: that is another switch.
        strict_names = {"tolerance": SWITCHES["tolerant"] | {switch: False, "unknownAttributes": "reject"}}
        world.settle(strict_names)
        assert_error(world.call.patch(at, operation, expect=400), 400, scim_type)
        assert world.get(at) == before
    else:
        seen = without_references(world.call.patch(at, operation, expect=200))
        assert {name: seen.get(name) for name in shown_off} == shown_off
        world.call("PUT", at, {k: v for k, v in before_of(world).items()})
    # On, with all others off.
    world.settle(only(switch, True))
    seen = without_references(world.call.patch(at, operation, expect=200))
    assert {name: seen.get(name) for name in shown} == shown


def before_of(world):
    name = {"givenName": "Bob", "familyName": "Builder"}
    return {"schemas": [USER], "userName": world.name("bob"), "name": name}


def test_member_remove_by_value(world):
    at = f"/Groups/{world.g1}"
    operation = replace("members", [{"value": world.u1}], "remove")
    world.settle(only("memberRemoveByValue", False))
    assert_error(world.call.patch(at, operation, expect=400), 400, "invalidValue")
    assert world.call.members(world.g1) == {world.u1, world.u2}
    world.settle(only("memberRemoveByValue", True))
    world.call.patch(at, operation)
    assert world.call.members(world.g1) == {world.u2}


def test_schemas_repair(world):
    body = {"schemas": [USER], "userName": world.name("x"), ENTERPRISE: {"department": "Ops"}}
    world.settle(only("schemasRepair", False))
    assert_error(world.call("POST", "/Users", body, expect=400), 400, "invalidSyntax")
    world.settle(only("schemasRepair", True))
    assert world.call("POST", "/Users", body, expect=201)["schemas"] == [USER, ENTERPRISE]


def test_filter_lenient(world):
    assert world.u1
    filters = ("externalId eq e1", f'emails eq "{world.name("bob")}"', f'emails[type eq "work"].value eq "{world.name("bob")}"')
    world.settle(only("filterLenient", False))
    for filter in filters:
        assert_error(world.call.find("/Users", filter, expect=400), 400, "invalidFilter")
    world.settle(only("filterLenient", True))
    for filter in filters:
        assert world.call.one("/Users", filter)["id"] == world.u1


def test_unknown_attributes(world):
    unknown = {"shoe": 43, "urn:acme:2.0:User": {"badge": {"color": "red"}}, ENTERPRISE: {"floor": 7}}
    body = {"schemas": [USER], "userName": world.name("x")} | unknown

    world.settle({"tolerance": {"unknownAttributes": "ignore"}})
    made = world.call("POST", "/Users", body, expect=201)
    at = f"/Users/{made['id']}"
    assert not set(unknown) & set(made)
    for operation in (replace("shoe", 44), {"op": "add", "value": {"shoe": 44}}, {"op": "remove", "path": "shoe"}):
        assert world.call.patch(at, operation, expect=200) == made

    world.settle({"tolerance": {"unknownAttributes": "reject"}})
    for sent in ("shoe", "urn:acme:2.0:User", ENTERPRISE):
        part = {"schemas": [USER, ENTERPRISE] if sent == ENTERPRISE else [USER], "userName": world.name("x"), sent: unknown[sent]}
        assert_error(world.call("PUT", at, part, expect=400), 400, "invalidSyntax")
    assert_error(world.call.patch(at, replace("shoe", 44), expect=400), 400, "invalidPath")
    assert_error(world.call.patch(at, {"op": "add", "value": {"shoe": 44}}, expect=400), 400, "invalidSyntax")

    world.settle({"tolerance": {"unknownAttributes": "store"}})
    seen = world.call("PUT", at, body)
    assert {name: seen[name] for name in unknown} == unknown and world.get(at) == seen
    assert world.call("PUT", at, seen)["meta"] == seen["meta"]
    for operation, name, value in (
        (replace("Shoe", 44), "shoe", 44),
        ({"op": "add", "value": {"shoe": None, "hat": "L"}}, "hat", "L"),
        (replace("urn:acme:2.0:User:badge", "blue"), "urn:acme:2.0:User", {"badge": "blue"}),
        ({"op": "remove", "path": f"{ENTERPRISE}:floor"}, ENTERPRISE, None),
        ({"op": "remove", "path": "urn:acme:2.0:User"}, "urn:acme:2.0:User", None),
        ({"op": "remove", "path": "hat"}, "hat", None),
    ):
        seen = world.call.patch(at, operation, expect=200)
        assert seen.get(name) == value, operation
    assert not set(unknown) & set(seen)
    assert_error(world.call.patch(at, replace("hat.size", "L"), expect=400), 400, "invalidPath")
    # Nothing can be asked of them.
    assert_error(world.call.find("/Users", "shoe eq 43", expect=400), 400, "invalidFilter")
    twice = body | {"Shoe": 1}
    assert_error(world.call("PUT", at, twice, expect=400), 400, "invalidSyntax")


def test_put_omitted(world):
    full = {"schemas": [USER], "title": "T", "nickName": "N", "name": {"givenName": "G"}, ENTERPRISE: {"department": "Ops", "division": "EU"}}
    at = f"/Users/{world.u1}"
    bob = {"schemas": [USER], "userName": world.name("bob")}

    def put(**more):
        world.settle({"tolerance": {"putOmitted": "clearOwned"}})
        world.call("PUT", at, bob | full | {"active": False})
        world.settle({"tolerance": {"putOmitted": mode}})
        return world.call("PUT", at, bob | more)

    mode = "clearOwned"
    seen = put(nickName="M")
    assert (seen["nickName"], seen["active"]) == ("M", False) and not {"title", "name", ENTERPRISE} & set(seen)
    mode = "clearAll"
    seen = put(nickName="M")
    assert not {"title", "name", ENTERPRISE, "active"} & set(seen)
    user = world.lockstep.api("GET", f"/users/{world.name('bob')}")
    assert user["active"] is False, "nobody comes back by not being mentioned"
    mode = "keep"
    seen = put(nickName="M", title=None, **{ENTERPRISE: {"division": ""}})
    assert (seen["nickName"], seen["active"], seen["name"]) == ("M", False, {"givenName": "G"})
    assert "title" not in seen and seen[ENTERPRISE] == {"department": "Ops"} and seen["schemas"] == [USER, ENTERPRISE]
    assert put(**{k: v for k, v in full.items() if k != "schemas"})["title"] == "T"

    group, body = f"/Groups/{world.g1}", {"schemas": [GROUP], "displayName": "Sales"}
    for mode, members, external in (("keep", 2, "g1"), ("clearOwned", 2, None), ("clearAll", 0, None)):
        world.settle({"tolerance": {"putOmitted": mode}})
        seen = world.call("PUT", group, body)
        assert (len(seen.get("members", [])), seen.get("externalId")) == (members, external), mode


def test_unknown_members(world):
    at, add = f"/Groups/{world.g1}", replace("members", [{"value": NOBODY}], "add")
    world.settle({"unknownMembers": "refuse"})
    assert_error(world.call.patch(at, add, expect=400), 400, "invalidValue")
    world.settle({"unknownMembers": "pending"})
    world.call.patch(at, add)
    assert NOBODY in world.call.members(world.g1)


@pytest.mark.parametrize("profile", SWITCHES)
def test_profiles(world, profile):
    """A profile is what its switches say, by name and one by one."""
    for given in (profile, SWITCHES[profile]):
        world.settle({"tolerance": given})
        settings = world.lockstep.api("GET", f"/sources/{world.source.id}")["settings"]
        assert settings["tolerance"] == SWITCHES[profile]
    other = SWITCHES[profile] | {"opCase": not SWITCHES[profile]["opCase"]}
    world.settle({"tolerance": other})
    assert world.lockstep.api("GET", f"/sources/{world.source.id}")["settings"]["tolerance"] == other


def test_settings_that_are_not(world):
    for wrong in ("lax", {"opCases": True}, {"opCase": "yes"}, {"unknownAttributes": "drop"}, 1):
        answer = world.lockstep.refused("PUT", f"/sources/{world.source.id}/settings", {"tolerance": wrong})
        assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("profile", SWITCHES)
def test_what_no_switch_changes(world, profile):
    """(always): names without case, media types, junk in the query, unknown attributes in filters."""
    world.settle({"tolerance": profile})
    at = f"/Users/{world.u1}"
    body = {"schemas": [PATCH], "operations": [{"OP": "replace", "Path": "TITLE", "VALUE": "T"}]}
    for kind in ("application/json", "application/scim+json; charset=utf-8"):
        assert world.call("PATCH", f"{at}?aadOptscim062020&", body, headers={"Content-Type": kind})["title"] == "T"
    assert_error(world.call.find("/Users", 'nosuch eq "x"', expect=400), 400, "invalidFilter")
    made = world.call("POST", "/Users", {"schemas": [USER], "USERNAME": world.name("y"), "password": "s3cretS3cret"}, expect=201)
    assert "password" not in made and made["userName"] == world.name("y")


def test_full_filters(world):
    """Without the switch, which only `interop` turns off, filters are `eq` joined by `and`."""
    world.u2
    name = world.name("bob")
    plain = (f'userName eq "{name}"', f'userName eq "{name}" and externalId eq "e1"', f'emails[value eq "{name}" and type eq "work"]')
    more = (
        "externalId pr", f'userName sw "{name}"', f'userName eq "{name}" or externalId eq "e1"',
        f'not (userName eq "x")', 'emails[type sw "w"]', f'userName eq "{name}" and externalId ne "e9"',
    )  # fmt: skip
    world.u1
    for settings in (only("fullFilters", False), {"tolerance": "interop"}):
        world.settle(settings)
        for filter in plain:
            assert world.call.one("/Users", filter)["id"] == world.u1
        for filter in more:
            assert_error(world.call.find("/Users", filter, expect=400), 400, "invalidFilter")
    for settings in (only("fullFilters", True), {"tolerance": "strict"}):
        world.settle(settings)
        for filter in (*plain, *more):
            assert world.u1 in [row["id"] for row in world.call.find("/Users", filter)], filter


def test_a_deleted_user_is_restored_inside(world):
    """Tombstones of users (`delete_user` in wire.md 1.5) are the source's `onDelete`: gone outside, the name free, and
    inside the same person as before once a record fits again."""
    world.settle({"onDelete": "deactivate"})
    at, name = f"/Users/{world.u1}", world.name("bob")
    group = world.group("Kept", world.u1)
    before = world.lockstep.api("GET", f"/users/{name}")
    world.call("DELETE", at, expect=204)
    world.call("GET", at, expect=404)
    world.call.none("/Users", f'userName eq "{name}"')
    kept = world.lockstep.api("GET", f"/users/{name}")
    assert (kept["id"], kept["state"], kept["kept"]) == (before["id"], "deactivated", True)
    again = world.user("bob")
    assert again != world.u1, "ids are never used twice"
    back = world.lockstep.api("GET", f"/users/{name}")
    assert (back["id"], back["state"], back["kept"]) == (before["id"], "active", False)
    assert world.call.members(group) == set(), "a membership goes with the record; its client sends it again"
