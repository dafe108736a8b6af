"""Microsoft Entra ID's conversations: wire.md 1.1 (E01-E37), 1.4 (W01-W05), tests T74 and T74b.

Both dialects reach the same endpoint: `default` (title-case operations, booleans as strings) and the compliant
one that the flag `aadOptscim062020` asks for, which stays in the query string.
"""

import uuid
from urllib.parse import quote

import pytest
from support.caller import ENTERPRISE, GROUP, USER, Caller, assert_error

MS_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
HEADERS = {"Content-Type": "application/scim+json; charset=utf-8", "ADSCIMVersion": "6.0"}


@pytest.fixture
def entra(source):
    with source.client(**HEADERS) as http:
        yield Caller(http)


@pytest.fixture(params=["default", "aadOptscim062020"])
def dialect(request):
    return Dialect(request.param == "aadOptscim062020")


class Dialect:
    """How one of the two engines words the same change; PATHS gives short names to long paths."""

    def __init__(self, flag):
        self.flag = flag

    def query(self, target):
        """The administrator's tenant URL ends in `?aadOptscim062020`, and so do all requests."""
        if not self.flag:
            return target
        return target + ("&" if "?" in target else "?") + "aadOptscim062020"

    @property
    def more(self):
        """What follows a filter."""
        return "&aadOptscim062020" if self.flag else ""

    def replace(self, **attributes):
        """The operations that replace these attributes."""
        if self.flag:
            return [{"op": "replace", "value": {PATHS.get(k, k): v for k, v in attributes.items()}}]
        strings = {True: "True", False: "False"}
        return [
            {"op": "Replace", "path": PATHS.get(k, k), "value": strings.get(v, v) if isinstance(v, bool) else v}
            for k, v in attributes.items()
        ]

    def add_member(self, id):
        return {"op": "add" if self.flag else "Add", "path": "members", "value": [{"$ref": None, "value": id}]}

    def remove_member(self, id):
        if self.flag:  # E22
            return {"op": "remove", "path": f'members[value eq "{id}"]'}
        return {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": id}]}  # E21


PATHS = {
    "work_mail": 'emails[type eq "work"].value',
    "given_name": "name.givenName",
    "department": f"{ENTERPRISE}:department",
    "manager": f"{ENTERPRISE}:manager",
}


def new_user(name="bob@x.test", external="0a21"):
    """W01"""
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": external,
        "userName": name,
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": name}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Bob B", "familyName": "B", "givenName": "Bob"},
        "roles": [],
    }


def new_group(name="Sales", external="8aa1"):
    """W02"""
    return {
        "schemas": [GROUP, MS_GROUP],
        "externalId": external,
        "displayName": name,
        "meta": {"resourceType": "Group"},
    }


@pytest.mark.row("T74", "V01", "V02", "V03", "V04", "V05", "V06", "V07", "V08", "V09", "V10", "V11", "V12", "V13", "V14", "V15", "V16")
def test_validator(entra, dialect):
    """T74: the published order of Entra's validator (E36), in both dialects."""
    q = dialect.query

    # Users
    bob = entra("POST", q("/Users"), new_user(), expect=201)
    at = q(f"/Users/{bob['id']}")
    assert_error(entra("POST", q("/Users"), new_user(), expect=409), 409, "uniqueness")
    assert entra.one("/Users", 'userName eq "bob@x.test"', dialect.more)["id"] == bob["id"]
    entra.none("/Users", f'userName eq "{uuid.uuid4()}"')
    assert entra.one("/Users", 'userName eq "BOB@X.TEST"')["id"] == bob["id"]
    entra.patch(at, *dialect.replace(given_name="Rob", work_mail="rob@x.test", displayName="Rob B", department="Ops"))
    seen = entra("GET", at)
    assert seen["name"]["givenName"] == "Rob" and seen["displayName"] == "Rob B"
    assert seen["emails"] == [{"primary": True, "type": "work", "value": "rob@x.test"}]
    assert seen[ENTERPRISE] == {"department": "Ops"} and ENTERPRISE in seen["schemas"]
    assert "name.givenName" not in seen and PATHS["department"] not in seen
    entra.patch(at, {"op": "Add", "path": "title", "value": "Boss"}, {"op": "Add", "path": "nickName", "value": "B"})
    assert entra("GET", at)["title"] == "Boss"
    entra.patch(at, *dialect.replace(userName="bobby@x.test"))
    assert entra.one("/Users", 'userName eq "bobby@x.test"')["id"] == bob["id"]
    entra.patch(at, *dialect.replace(active=False))
    assert entra("GET", at)["active"] is False
    entra.patch(at, {"op": "Add", "path": 'roles[primary eq "True"].value', "value": "Admin"})

    # Manager: add, replace, remove
    boss, chief = (entra("POST", q("/Users"), new_user(f"{n}@x.test", n), expect=201)["id"] for n in ("boss", "chief"))
    entra.patch(at, {"op": "Add", "path": PATHS["manager"], "value": boss})
    assert entra("GET", at)[ENTERPRISE]["manager"]["value"] == boss
    entra.patch(at, *dialect.replace(manager=chief))
    assert entra("GET", at)[ENTERPRISE]["manager"]["value"] == chief
    entra.patch(at, {"op": "Remove", "path": PATHS["manager"]})
    assert "manager" not in entra("GET", at).get(ENTERPRISE, {})

    # Groups
    sales = entra("POST", q("/Groups"), new_group(), expect=201)
    group = q(f"/Groups/{sales['id']}")
    assert_error(entra("POST", q("/Groups"), new_group(external="other"), expect=409), 409, "uniqueness")
    assert "members" not in entra("GET", f"/Groups/{sales['id']}?excludedAttributes=members")
    row = entra.one("/Groups", 'displayName eq "Sales"', "&excludedAttributes=members")
    assert row["id"] == sales["id"] and "members" not in row
    entra.patch(group, *dialect.replace(displayName="Selling"))
    entra.none("/Groups", 'displayName eq "Sales"', "&excludedAttributes=members")
    entra.patch(group, *dialect.replace(externalId="8aa2"))
    assert entra.one("/Groups", 'externalId eq "8aa2"')["displayName"] == "Selling"
    entra.patch(group, dialect.add_member(bob["id"]))
    entra.patch(group, dialect.add_member(boss))
    assert entra.members(sales["id"]) == {bob["id"], boss}
    entra.patch(group, dialect.remove_member(bob["id"]))
    assert entra.members(sales["id"]) == {boss}

    # Ends: once, and what is not there
    for target in (group, at):
        entra("DELETE", target, expect=204)
        entra("GET", target, expect=404)
        entra("DELETE", target, expect=404)
    entra("DELETE", q(f"/Users/{uuid.uuid4()}"), expect=404)


@pytest.mark.row("T74b")
def test_incremental_cycle(entra, dialect):
    """T74b: one person and one group through a provisioning cycle, with the statuses of every step."""
    q = dialect.query
    entra.none("/Users", 'userName eq "bob@x.test"')
    bob = entra("POST", q("/Users"), new_user(), expect=201)["id"]
    boss = entra("POST", q("/Users"), new_user("boss@x.test", "0a22"), expect=201)["id"]
    entra("GET", q(f"/Users/{bob}"))
    entra.patch(q(f"/Users/{bob}"), *dialect.replace(manager=boss))
    entra.none("/Groups", 'displayName eq "Sales"', "&excludedAttributes=members")
    sales = entra("POST", q("/Groups"), new_group(), expect=201)["id"]
    entra.patch(q(f"/Groups/{sales}"), dialect.add_member(bob))
    row = entra.one("/Groups", f'id eq "{sales}" and members eq "{bob}"', "&attributes=id")
    assert row["id"] == sales and not {"displayName", "members"} & set(row)
    entra.patch(q(f"/Groups/{sales}"), dialect.remove_member(bob))
    entra.none("/Groups", f'id eq "{sales}" and members eq "{bob}"', "&attributes=id")
    entra.patch(q(f"/Users/{bob}"), {"op": "Replace", "path": "active", "value": "False"})
    assert entra("GET", q(f"/Users/{bob}"))["active"] is False
    entra("DELETE", q(f"/Users/{bob}"), expect=204)
    entra("GET", q(f"/Users/{bob}"), expect=404)


def test_matching(entra):
    """E01-E08, E33: the questions asked before anything is written."""
    empty = entra("GET", f"/Users?filter=userName+eq+%22{uuid.uuid4()}%22")  # E01, with + for a blank
    assert empty["Resources"] == [] and empty["totalResults"] == 0 and empty["itemsPerPage"] == 0
    entra("GET", f"/Groups?filter=displayName%20eq%20%22{uuid.uuid4()}%22&excludedAttributes=members")
    bob = entra("POST", "/Users", new_user(), expect=201)["id"]
    amy = entra("POST", "/Users", new_user("amy@x.test", "0a22"), expect=201)["id"]
    for filter in (  # E02, E03
        'userName eq "bob@x.test"',
        'externalId eq "0a21"',
        'emails[type eq "work"].value eq "bob@x.test"',
        'emails[type eq "work"] eq "bob@x.test"',
        "externalId eq 0a21",
        f'id eq "{bob}"',
        'userName eq "bob@x.test" and active eq "True"',
    ):
        assert entra.one("/Users", filter)["id"] == bob, filter
    entra.none("/Users", 'externalId eq "0A21"')

    sales = entra("POST", "/Groups", new_group(), expect=201)["id"]
    entra("POST", "/Groups", new_group("Other", "8aa2"), expect=201)
    assert entra.one("/Groups", 'displayName eq "Sales"', "&excludedAttributes=members")["id"] == sales  # E04
    assert entra.one("/Groups", 'displayName eq "SALES"', "&excludedAttributes=members")["id"] == sales
    entra.patch(f"/Groups/{sales}", {"op": "Add", "path": "members", "value": [{"$ref": None, "value": bob}]})
    assert "members" not in entra("GET", f"/Groups/{sales}?excludedAttributes=members")  # E05

    entra.patch(f"/Users/{bob}", {"op": "Add", "path": "manager", "value": [{"$ref": f"/Users/{amy}", "value": amy}]})
    for filter in (f'id eq "{bob}" and manager eq "{amy}"', f'manager eq "{amy}" and id eq "{bob}"'):  # E06
        row = entra.one("/Users", filter, "&attributes=id")
        assert row["id"] == bob and "userName" not in row
    entra.none("/Users", f'id eq "{bob}" and manager eq "{bob}"', "&attributes=id")
    for filter in (  # E07
        f'id eq "{sales}" and members eq "{bob}"',
        f'members eq "{bob}" and id eq "{sales}"',
        f'id eq "{sales}" and members.value eq "{bob}"',
        f'id eq "{sales}" and members[value eq "{bob}"]',
    ):
        assert entra.one("/Groups", filter, "&attributes=id")["id"] == sales, filter
    entra.none("/Groups", f'id eq "{sales}" and members eq "{amy}"', "&attributes=id")

    schemas = entra("GET", "/Schemas")  # E33
    assert {s["id"] for s in schemas["Resources"]} >= {USER, GROUP, ENTERPRISE}


def test_junk_in_the_query(entra):
    """T04: the tenant URL may carry a query of its own; empty parts and unknown names mean nothing."""
    bob = entra("POST", "/Users?aadOptscim062020", new_user(), expect=201)["id"]
    filter = quote('userName eq "bob@x.test"')
    for target in (
        f"/Users?aadOptscim062020&filter={filter}",
        f"/Users/?filter={filter}",
        f"/Users?filter={filter}&",
        f"/Users?foo=1&filter={filter}",
        f"/Users?&&filter={filter}",
    ):
        assert [row["id"] for row in entra("GET", target)["Resources"]] == [bob], target


def test_create_shapes(entra):
    """E10-E13: what is in the body of a create, and how it reads afterwards."""
    body = new_user("Mixed.Case@X.Test") | {
        "displayName": "  spaces  inside  ",
        "addresses": None,
        "phoneNumbers": None,
        "title": None,
        "roles": [],
        ENTERPRISE: {"department": "Ops", "manager": None},
    }
    made = entra("POST", "/Users", body, expect=201)
    again = entra("GET", f"/Users/{made['id']}")
    assert again == made
    assert again["userName"] == "Mixed.Case@X.Test" and again["displayName"] == "  spaces  inside  "  # E10
    assert not {"addresses", "phoneNumbers", "title", "roles"} & set(again)  # E12
    assert again[ENTERPRISE] == {"department": "Ops"}
    assert again["meta"]["created"] == again["meta"]["lastModified"]

    # E11: the extension is in the body while its URN is missing from `schemas`, or is malformed there.
    for number, schemas in enumerate(([USER], [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"])):
        body = new_user(f"e11-{number}@x.test", f"e11-{number}") | {"schemas": schemas, ENTERPRISE: {"costCenter": "7"}}
        made = entra("POST", "/Users", body, expect=201)
        assert sorted(made["schemas"]) == sorted([USER, ENTERPRISE]) and made[ENTERPRISE] == {"costCenter": "7"}

    group = entra("POST", "/Groups", new_group(), expect=201)  # E13
    assert group["schemas"] == [GROUP] and not group.get("members") and group["externalId"] == "8aa1"


def test_update_shapes(entra):
    """E14-E16 as they are on the wire: W03, W04, and value paths without an element."""
    bob = entra("POST", "/Users", new_user(), expect=201)["id"]
    at = f"/Users/{bob}"
    entra.patch(  # W03
        at,
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "n@x.test"},
        {"op": "Replace", "path": "name.givenName", "value": "Rob"},
        {"op": "Add", "path": f"{ENTERPRISE}:employeeNumber", "value": "7"},
        {"op": "Replace", "path": "active", "value": "False"},
    )
    seen = entra("GET", at)
    assert seen["emails"] == [{"primary": True, "type": "work", "value": "n@x.test"}]
    assert seen["name"] == {"formatted": "Bob B", "familyName": "B", "givenName": "Rob"}
    assert seen["active"] is False and seen[ENTERPRISE] == {"employeeNumber": "7"}

    entra.patch(  # W04
        at,
        {
            "op": "replace",
            "value": {
                "displayName": "Rob B",
                "name.givenName": "Robert",
                "active": True,
                'emails[type eq "work"].value': "m@x.test",
                f"{ENTERPRISE}:department": "Ops",
            },
        },
    )
    seen = entra("GET", at)
    assert (seen["displayName"], seen["name"]["givenName"], seen["active"]) == ("Rob B", "Robert", True)
    assert seen["emails"][0]["value"] == "m@x.test"
    assert seen[ENTERPRISE] == {"employeeNumber": "7", "department": "Ops"}

    # E16: the element is made, its siblings stay.
    entra.patch(at, {"op": "Add", "path": 'emails[type eq "home"].value', "value": "h@x.test"})
    entra.patch(at, {"op": "Replace", "path": 'emails[type eq "other"].value', "value": "o@x.test"})
    entra.patch(at, {"op": "Replace", "path": 'emails[type eq "home"].display', "value": "Home"})
    mails = {m["type"]: m for m in entra("GET", at)["emails"]}
    assert mails["home"] == {"type": "home", "value": "h@x.test", "display": "Home"}
    assert mails["other"] == {"type": "other", "value": "o@x.test"}
    assert mails["work"]["value"] == "m@x.test" and mails["work"]["primary"] is True
    entra.patch(at, {"op": "Add", "path": 'emails[type eq "home"].primary', "value": "True"})
    assert [m["type"] for m in entra("GET", at)["emails"] if m.get("primary")] == ["home"]

    # E37: the mail and the name change, the person stays.
    entra.patch(
        at,
        {"op": "Replace", "path": "userName", "value": "new@x.test"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "new@x.test"},
    )
    entra.none("/Users", 'userName eq "bob@x.test"')
    assert entra.one("/Users", 'userName eq "new@x.test"')["id"] == bob


@pytest.mark.row("T31", "C32")
def test_manager_shapes(entra):
    """E17, E18, W05: every way to set and to clear the manager."""
    bob = entra("POST", "/Users", new_user(), expect=201)["id"]
    boss = entra("POST", "/Users", new_user("boss@x.test", "b"), expect=201)["id"]
    at = f"/Users/{bob}"
    setting = [
        {"op": "Add", "path": "manager", "value": [{"$ref": f"https://x.test/Users/{boss}", "value": boss}]},
        {"op": "Replace", "path": PATHS["manager"], "value": boss},
        {"op": "Replace", "path": PATHS["manager"] + ".value", "value": boss},
        {"op": "replace", "value": {PATHS["manager"]: boss}},
    ]
    clearing = [
        {"op": "Replace", "path": PATHS["manager"], "value": ""},
        {"op": "Remove", "path": PATHS["manager"]},
        {"op": "remove", "path": f'manager[value eq "{boss}"]'},
        {"op": "Replace", "path": PATHS["manager"], "value": {"value": ""}},
    ]
    for set_it, clear_it in zip(setting, clearing, strict=True):
        entra.patch(at, set_it)
        manager = entra("GET", at)[ENTERPRISE]["manager"]
        assert isinstance(manager, dict) and manager["value"] == boss, set_it
        entra.patch(at, clear_it)
        assert "manager" not in entra("GET", at).get(ENTERPRISE, {}), clear_it


@pytest.mark.row("T57")
def test_roles(entra):
    """E19, T57: roles as JSON inside a string, and a boolean as a string inside a filter."""
    bob = entra("POST", "/Users", new_user(), expect=201)["id"]
    at = f"/Users/{bob}"
    packed = '{"id":"1","value":"Admin","displayName":"Admin"}'
    for _ in range(2):
        entra.patch(at, {"op": "Add", "path": "roles", "value": [{"value": packed}]})
        roles = entra("GET", at)["roles"]
        assert [(r["value"], r.get("display")) for r in roles] == [("Admin", "Admin")]
    entra.patch(at, {"op": "Replace", "path": "roles", "value": []})
    assert not entra("GET", at).get("roles")
    entra.patch(at, {"op": "Replace", "path": 'roles[primary eq "True"].value', "value": "Reader"})
    assert entra("GET", at)["roles"] == [{"primary": True, "value": "Reader"}]
    body = new_user("role@x.test", "r") | {"roles": [{"primary": "True", "value": "Admin"}]}
    assert entra("POST", "/Users", body, expect=201)["roles"] == [{"primary": True, "value": "Admin"}]


@pytest.mark.row("T42", "T53")
def test_membership_and_restore(entra):
    """E20-E26: members one by one, and what a switched-off person keeps."""
    u1, u2, u3 = (entra("POST", "/Users", new_user(f"u{n}@x.test", f"u{n}"), expect=201)["id"] for n in (1, 2, 3))
    sales = entra("POST", "/Groups", new_group(), expect=201)["id"]
    at = f"/Groups/{sales}"
    entra.patch(  # E20: several operations on members in one request
        at,
        {"op": "Add", "path": "members", "value": [{"$ref": None, "value": u1}]},
        {"op": "Add", "path": "members", "value": [{"$ref": None, "value": u2}, {"$ref": None, "value": u3}]},
    )
    version = entra("GET", at)["meta"]["version"]
    entra.patch(at, {"op": "Add", "path": "members", "value": [{"$ref": None, "value": u1}]})
    assert entra("GET", at)["meta"]["version"] == version
    entra.patch(at, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": u1}]})  # E21
    assert entra.members(sales) == {u2, u3}
    for _ in range(2):  # E22, and again when it is gone
        entra.patch(at, {"op": "remove", "path": f'members[value eq "{u2}"]'})
        assert entra.members(sales) == {u3}
    entra.patch(at, {"op": "Replace", "path": "displayName", "value": "New"})  # E23
    assert entra.members(sales) == {u3}

    entra.patch(f"/Users/{u3}", {"op": "Replace", "path": "active", "value": "False"})  # E24
    assert entra("GET", f"/Users/{u3}")["active"] is False
    assert entra.one("/Users", 'userName eq "u3@x.test"')["active"] is False
    assert entra.members(sales) == {u3}
    entra.patch(f"/Users/{u3}", {"op": "Replace", "path": "active", "value": "True"})  # E26
    assert entra.members(sales) == {u3} and entra("GET", f"/Users/{u3}")["active"] is True

    entra("DELETE", f"/Users/{u3}", expect=204)  # E25
    for method in ("GET", "DELETE"):
        entra(method, f"/Users/{u3}", expect=404)
    assert entra.members(sales) == set()
    assert entra("POST", "/Users", new_user("u3@x.test", "u3"), expect=201)["id"] != u3


@pytest.mark.row("C32", "C13")
def test_two_phase_null(entra):
    """Microsoft's gallery validation: PATCH "" and then null leave an attribute unset."""
    bob = entra("POST", "/Users", new_user() | {"title": "T", "nickName": "N"}, expect=201)["id"]
    at = f"/Users/{bob}"
    entra.patch(at, {"op": "Replace", "path": "title", "value": ""})
    assert not entra("GET", at).get("title")
    entra.patch(at, {"op": "Replace", "path": "title", "value": None})
    assert "title" not in entra("GET", at) and entra("GET", at)["nickName"] == "N"


@pytest.mark.row("C17")
def test_account_discovery(entra):
    """E34: eleven people, five to a page."""
    ids = {entra("POST", "/Users", new_user(f"d{n}@x.test", f"d{n}"), expect=201)["id"] for n in range(11)}
    seen = []
    for start, size in ((1, 5), (6, 5), (11, 1), (12, 0)):
        page = entra("GET", f"/Users?startIndex={start}&count=5")
        assert (page["startIndex"], page["itemsPerPage"], page["totalResults"]) == (start, size, 11)
        seen += [row["id"] for row in page["Resources"]]
    assert len(seen) == 11 and set(seen) == ids
