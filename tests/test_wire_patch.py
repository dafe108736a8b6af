"""PATCH of users: T22, T30-T39, T46-T48, T57 of rows.toml."""

import pytest
from support.caller import ENTERPRISE, NOBODY, PATCH, USER, assert_error

row = pytest.mark.row
MANAGER = f"{ENTERPRISE}:manager"


def mails(user):
    return {mail.get("type"): {k: v for k, v in mail.items() if k != "type"} for mail in user.get("emails", [])}


@row("T46", "C27", "C26")
def test_keys_that_are_paths(world):
    at = f"/Users/{world.u1}"
    seen = world.call.patch(  # W04
        at,
        {
            "op": "replace",
            "value": {
                "displayName": "Rob B",
                "name.givenName": "Rob",
                "active": False,
                'emails[type eq "work"].value': "n@x.test",
                f"{ENTERPRISE}:department": "Ops",
            },
        },
        expect=200,
    )
    assert (seen["displayName"], seen["active"]) == ("Rob B", False)
    assert seen["name"] == {"givenName": "Rob", "familyName": "Builder"}
    assert mails(seen)["work"]["value"] == "n@x.test" and seen[ENTERPRISE] == {"department": "Ops"}
    assert set(seen) == {"schemas", "id", "externalId", "userName", "displayName", "active", "name", "emails", "meta", ENTERPRISE}
    assert seen["schemas"] == [USER, ENTERPRISE]


@row("T47", "V12")
def test_booleans_as_text(world):
    at = f"/Users/{world.u1}"
    for text, value in (("False", False), ("true", True), ("FALSE", False), ("True", True)):
        operations = (
            {"op": "Replace", "path": "active", "value": text},
            {"op": "replace", "value": {"active": text}},
            {"op": "Add", "path": "active", "value": text},
        )
        for operation in operations:
            assert world.call.patch(at, operation, expect=200)["active"] is value
    seen = world.call.patch(  # W03
        at,
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "n@x.test"},
        {"op": "Replace", "path": "name.givenName", "value": "Rob"},
        {"op": "Add", "path": f"{ENTERPRISE}:employeeNumber", "value": "7"},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Replace", "path": 'emails[type eq "work"].primary', "value": "True"},
        expect=200,
    )
    assert seen["active"] is False and seen[ENTERPRISE] == {"employeeNumber": "7"}
    assert mails(seen)["work"] == {"value": "n@x.test", "primary": True}
    for wrong in ("no", "", "1", 1, 0, "yes", [True]):
        refused = world.call.patch(at, {"op": "replace", "path": "active", "value": wrong}, expect=400)
        assert_error(refused, 400, "invalidValue")


@row("T47")
def test_a_strict_source_wants_booleans(strict):
    for text in ("False", "true", "FALSE", "no"):
        operation = {"op": "replace", "path": "active", "value": text}
        assert_error(strict.call.patch(f"/Users/{strict.u1}", operation, expect=400), 400, "invalidValue")
        body = {"schemas": [USER], "userName": strict.name("x"), "active": text}
        assert_error(strict.call("POST", "/Users", body, expect=400), 400, "invalidValue")


@row("T48")
def test_json_in_a_text(world):
    at = f"/Users/{world.u1}"
    assert world.call.patch(at, {"op": "replace", "value": '{"active":"false"}'}, expect=200)["active"] is False
    for wrong in ("{", '{"active":', "[1]", "active"):
        assert_error(world.call.patch(at, {"op": "replace", "value": wrong}, expect=400), 400, "invalidValue")


@row("T22", "C27", "C34")
def test_inactive_without_a_path(world):
    seen = world.call.patch(f"/Users/{world.u1}", {"op": "replace", "value": {"active": False}}, expect=200)
    assert seen["active"] is False and world.get(f"/Users/{world.u1}") == seen


@row("T30", "C26", "X07")
def test_paths_with_urns(world):
    at, new = f"/Users/{world.u1}", world.name("new")
    seen = world.call.patch(at, {"op": "replace", "path": f"{USER}:userName", "value": new}, expect=200)
    assert seen["userName"] == new and seen["schemas"] == [USER]
    assert world.call.patch(at, {"op": "add", "path": f"{USER}:name.givenName", "value": "R"}, expect=200)["name"]["givenName"] == "R"
    seen = world.call.patch(at, {"op": "add", "path": f"{ENTERPRISE}:employeeNumber", "value": "7"}, expect=200)
    assert seen["schemas"] == [USER, ENTERPRISE] and seen[ENTERPRISE] == {"employeeNumber": "7"}
    seen = world.call.patch(at, {"op": "remove", "path": f"{ENTERPRISE}:employeeNumber"}, expect=200)
    assert seen["schemas"] == [USER] and ENTERPRISE not in seen
    # A whole extension by its URN.
    value = {"department": "Ops", "manager": {"value": world.u2}}
    seen = world.call.patch(at, {"op": "add", "path": ENTERPRISE, "value": value}, expect=200)
    assert seen[ENTERPRISE]["department"] == "Ops" and seen["schemas"] == [USER, ENTERPRISE]
    seen = world.call.patch(at, {"op": "replace", "value": {ENTERPRISE: {"department": "R&D"}}}, expect=200)
    assert seen[ENTERPRISE]["department"] == "R&D"
    seen = world.call.patch(at, {"op": "remove", "path": ENTERPRISE}, expect=200)
    assert seen["schemas"] == [USER] and ENTERPRISE not in seen


@row("T31", "C32", "V13")
def test_managers(world):
    at, boss = f"/Users/{world.u1}", world.u2
    setting = (  # W05, and the RFC's
        {"op": "Add", "path": "manager", "value": [{"$ref": f"https://x.test/Users/{boss}", "value": boss}]},
        {"op": "Replace", "path": MANAGER, "value": boss},
        {"op": "Replace", "path": f"{MANAGER}.value", "value": boss},
        {"op": "replace", "path": MANAGER, "value": {"value": boss}},
        {"op": "replace", "value": {MANAGER: boss}},
    )
    clearing = (
        {"op": "Replace", "path": MANAGER, "value": ""},
        {"op": "Remove", "path": MANAGER},
        {"op": "remove", "path": f'manager[value eq "{boss}"]'},
        {"op": "replace", "path": MANAGER, "value": {"value": ""}},
        {"op": "replace", "path": MANAGER, "value": None},
    )
    for set_it, clear_it in zip(setting, clearing, strict=True):
        seen = world.call.patch(at, set_it, expect=200)
        assert seen[ENTERPRISE]["manager"] == {"value": boss, "$ref": f"{world.source.base_url}/Users/{boss}"}, set_it
        seen = world.call.patch(at, clear_it, expect=200)
        assert ENTERPRISE not in seen and seen["schemas"] == [USER], clear_it
    world.call.patch(at, {"op": "replace", "path": MANAGER, "value": boss})
    world.call.patch(at, {"op": "replace", "path": MANAGER, "value": world.u3})
    assert world.get(at)[ENTERPRISE]["manager"]["value"] == world.u3
    for unknown in ("404", NOBODY):
        seen = world.call.patch(at, {"op": "replace", "path": MANAGER, "value": unknown}, expect=200)
        assert seen[ENTERPRISE]["manager"]["value"] == unknown


@row("T32")
def test_complex_attributes_are_merged(world):
    at = f"/Users/{world.u1}"
    for operation in (
        {"op": "replace", "path": "name", "value": {"givenName": "R"}},
        {"op": "replace", "value": {"name": {"givenName": "S"}}},
        {"op": "add", "path": "name", "value": {"givenName": "T"}},
    ):
        seen = world.call.patch(at, operation, expect=200)
        assert seen["name"]["familyName"] == "Builder" and seen["name"]["givenName"] in "RST"
    # SailPoint: replace where there is nothing adds.
    assert world.call.patch(f"/Users/{world.u3}", operation, expect=200)["name"] == {"givenName": "T"}
    world.settle({"tolerance": "interop"})
    seen = world.call.patch(at, {"op": "replace", "path": "name", "value": {"givenName": "R"}}, expect=200)
    assert seen["name"] == {"givenName": "R"}
    world.call.patch(at, {"op": "add", "path": "name", "value": {"familyName": "B"}})
    seen = world.call.patch(at, {"op": "replace", "path": "name.givenName", "value": "Q"}, expect=200)
    assert seen["name"] == {"givenName": "Q", "familyName": "B"}


def with_two_mails(world):
    work = {"value": "w@x.test", "type": "work", "primary": True, "display": "Work"}
    home = {"value": "h@x.test", "type": "home"}
    return f"/Users/{world.user('two', emails=[work, home])}"


@row("T33", "C28")
def test_one_address_of_two(world):
    at = with_two_mails(world)
    for path, value in (('emails[type eq "work"].value', "n@x.test"), ("emails[primary eq true].value", "m@x.test")):
        seen = mails(world.call.patch(at, {"op": "replace", "path": path, "value": value}, expect=200))
        assert seen == {"work": {"value": value, "primary": True, "display": "Work"}, "home": {"value": "h@x.test"}}


@row("T34", "C30", "C14")
def test_a_new_primary_address(world):
    at = with_two_mails(world)
    third = {"value": "o@x.test", "type": "other", "primary": True}
    for operation, primary in (
        ({"op": "add", "path": "emails", "value": [third]}, "other"),
        ({"op": "replace", "path": 'emails[type eq "home"].primary', "value": True}, "home"),
        ({"op": "add", "path": "emails", "value": {"value": "f@x.test", "type": "fourth", "primary": True}}, "fourth"),
    ):
        seen = world.call.patch(at, operation, expect=200)
        assert [mail["type"] for mail in seen["emails"] if mail.get("primary")] == [primary]


@row("T35", "C28")
def test_elements_are_made(world):
    at = with_two_mails(world)
    for op in ("Add", "Replace"):
        seen = world.call.patch(at, {"op": op, "path": 'emails[type eq "other"].value', "value": "o@x.test"}, expect=200)
        assert mails(seen)["other"] == {"value": "o@x.test"} and len(seen["emails"]) == 3
        world.call.patch(at, {"op": "remove", "path": 'emails[type eq "other"]'})
    refused = world.call.patch(at, {"op": "replace", "path": 'emails[value co "zz"].type', "value": "x"}, expect=400)
    assert_error(refused, 400, "noTarget")
    assert len(world.get(at)["emails"]) == 2


@row("T35", "C28")
def test_a_strict_source_makes_no_elements(strict):
    at = with_two_mails(strict)
    for path in ('emails[type eq "other"].value', 'emails[value co "zz"].type'):
        refused = strict.call.patch(at, {"op": "replace", "path": path, "value": "o@x.test"}, expect=400)
        assert_error(refused, 400, "noTarget")


@row("T36", "C31")
def test_all_or_nothing(world):
    at = f"/Users/{world.u1}"
    before = world.get(at)
    first = {"op": "replace", "path": "displayName", "value": "X"}
    second = {"op": "add", "path": "emails", "value": [{"value": "x@x.test"}]}
    for third in (
        {"op": "replace", "path": "emails[", "value": "x"},
        {"op": "replace", "path": "id", "value": NOBODY},
        {"op": "replace", "path": "active", "value": "no"},
        {"op": "remove"},
        {"op": "replace", "path": 'phoneNumbers[value co "zz"].value', "value": "x"},
    ):
        world.call.patch(at, first, second, third, expect=400)
        assert world.get(at) == before
    group = f"/Groups/{world.g1}"
    before = world.get(group)
    gone = {"op": "remove", "path": "members"}
    world.call.patch(group, gone, first, {"op": "replace", "path": "id", "value": NOBODY}, expect=400)
    assert world.get(group) == before


@row("T37", "C27", "C29", "X03")
def test_what_cannot_be_changed(world):
    at = f"/Users/{world.u1}"
    before = world.get(at)
    for operation in (
        {"op": "replace", "path": "id", "value": NOBODY},
        {"op": "replace", "path": "meta.created", "value": "2020-01-01T00:00:00Z"},
        {"op": "replace", "path": "groups", "value": []},
        {"op": "remove", "path": "groups"},
        {"op": "remove", "path": "userName"},
        {"op": "remove", "path": "id"},
    ):
        assert_error(world.call.patch(at, operation, expect=400), 400, "mutability")
    for empty in ("", None):
        refused = world.call.patch(at, {"op": "replace", "path": "userName", "value": empty}, expect=400)
        assert_error(refused, 400, "invalidValue")
    same = world.call.patch(at, {"op": "replace", "value": {"id": world.u1, "userName": before["userName"]}}, expect=200)
    assert same == before
    refused = world.call.patch(at, {"op": "replace", "value": {"id": NOBODY, "title": "x"}}, expect=400)
    assert_error(refused, 400, "mutability")
    assert world.get(at) == before


MALFORMED = [
    ({"schemas": [PATCH]}, "invalidSyntax"),
    ({"schemas": [PATCH], "Operations": []}, "invalidSyntax"),
    ({"schemas": [PATCH], "Operations": {}}, "invalidSyntax"),
    ({"schemas": [PATCH], "Operations": [{"op": "move", "path": "title", "value": "x"}]}, "invalidSyntax"),
    ({"schemas": [PATCH], "Operations": [{"path": "title", "value": "x"}]}, "invalidSyntax"),
    ({"schemas": [PATCH], "Operations": [{"op": "add", "path": "title"}]}, "invalidValue"),
    ({"schemas": [PATCH], "Operations": [{"op": "add"}]}, "invalidValue"),
    ({"schemas": [PATCH], "Operations": [{"op": "add", "path": "emails[", "value": "x"}]}, "invalidPath"),
    ({"schemas": [PATCH], "Operations": [{"op": "add", "path": "a..b", "value": "x"}]}, "invalidPath"),
    ({"schemas": [PATCH], "Operations": [{"op": "remove"}]}, "noTarget"),
    ({"schemas": [USER], "Operations": [{"op": "add", "path": "title", "value": "x"}]}, "invalidSyntax"),
    ("not JSON", "invalidSyntax"),
    ([], "invalidSyntax"),
    ("", "invalidSyntax"),
]


@row("T38", "C25", "C29", "C10")
@pytest.mark.parametrize("body, scim_type", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed(world, body, scim_type):
    assert_error(world.call("PATCH", f"/Users/{world.u1}", body, expect=400), 400, scim_type)


@row("T38")
def test_unknown_paths(world):
    at = f"/Users/{world.u1}"
    before = world.get(at)
    operation = {"op": "add", "path": "nosuch", "value": "x"}
    assert world.call.patch(at, operation, expect=200) == before, "ignored"
    world.settle({"tolerance": "strict"})
    assert_error(world.call.patch(at, operation, expect=400), 400, "invalidPath")


@row("T39", "C21")
def test_answers(world):
    at = f"/Users/{world.u1}"
    whole = world.call.patch(at, {"op": "replace", "path": "title", "value": "x"}, expect=200)
    assert whole == world.get(at)
    part = world.call.patch(f"{at}?attributes=active", {"op": "replace", "path": "active", "value": False}, expect=200)
    assert part == {"schemas": [USER], "id": world.u1, "active": False}


@row("T57")
def test_roles_in_a_text(world):
    at = f"/Users/{world.u1}"
    packed = '{"id":"1","value":"Admin","displayName":"Admin"}'
    for operation in (
        {"op": "Add", "path": "roles", "value": [{"value": packed}]},
        {"op": "Add", "path": "roles", "value": [{"value": packed}]},
        {"op": "Replace", "path": "roles", "value": [{"value": packed}]},
    ):
        seen = world.call.patch(at, operation, expect=200)
        assert seen["roles"] == [{"value": "Admin", "display": "Admin"}]
    world.call.patch(at, {"op": "Remove", "path": "roles"})
    seen = world.call.patch(at, {"op": "Replace", "path": 'roles[primary eq "True"].value', "value": packed}, expect=200)
    assert seen["roles"] == [{"primary": True, "value": "Admin", "display": "Admin"}]


@row("C30", "T45")
def test_adding_what_is_there(world):
    at = with_two_mails(world)
    before = world.get(at)
    for operation in (
        {"op": "add", "path": "emails", "value": [{"value": "h@x.test", "type": "home"}]},
        {"op": "add", "path": "userName", "value": before["userName"]},
        {"op": "replace", "value": {"emails": before["emails"]}},
    ):
        assert world.call.patch(at, operation, expect=200) == before


@row("C26")
def test_every_kind_of_attribute(world):
    """add, replace and remove of a simple attribute, a part, a list and an extension's attribute."""
    at = f"/Users/{world.u3}"
    for path, first, second in (
        ("nickName", "a", "b"),
        ("name.middleName", "a", "b"),
        ("phoneNumbers", [{"value": "1", "type": "work"}], [{"value": "2", "type": "home"}]),
        (f"{ENTERPRISE}:costCenter", "a", "b"),
        (f"{ENTERPRISE}:manager.value", world.u1, world.u2),
    ):
        def value(user, path=path):
            if path.startswith(ENTERPRISE):
                user, path = user.get(ENTERPRISE, {}), path.removeprefix(f"{ENTERPRISE}:")
            for part in path.split("."):
                user = user.get(part, {})
            return user or None

        before = world.get(at)
        assert value(world.call.patch(at, {"op": "add", "path": path, "value": first}, expect=200)) == first
        assert value(world.call.patch(at, {"op": "replace", "path": path, "value": second}, expect=200)) == second
        after = world.call.patch(at, {"op": "remove", "path": path}, expect=200)
        assert value(after) is None
        assert {k: v for k, v in after.items() if k != "meta"} == {k: v for k, v in before.items() if k != "meta"}


@row("V10", "V15")
def test_several_operations(world):
    at = f"/Users/{world.u1}"
    attributes = {"title": "T", "nickName": "N", "locale": "en-GB", "timezone": "Europe/Berlin", "preferredLanguage": "de"}
    for op in ("Add", "Replace"):
        seen = world.call.patch(
            at, *({"op": op, "path": name, "value": f"{value}"} for name, value in attributes.items()), expect=200
        )
        assert {name: seen[name] for name in attributes} == attributes
        attributes = {name: value.swapcase() for name, value in attributes.items()}
    seen = world.call.patch(at, *({"op": "Replace", "path": "title", "value": f"T{n}"} for n in range(3)), expect=200)
    assert seen["title"] == "T2"
