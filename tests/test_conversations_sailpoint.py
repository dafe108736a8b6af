"""SailPoint's conversation (wire.md 1.3): aggregation by index, then changes by PATCH that rely on merging."""

from urllib.parse import quote

import pytest
from support.caller import ENTERPRISE, GROUP, LIST, PATCH, USER, Caller
from support.exact import Exact, meta


@pytest.fixture
def sailpoint(source):
    with source.client(**{"Content-Type": "application/scim+json"}) as http:
        yield Exact(Caller(http))


def patch(*operations):
    return {"schemas": [PATCH], "Operations": list(operations)}


def test_sailpoint(sailpoint):
    # Test connection and schema discovery.
    assert sailpoint("GET", "/ServiceProviderConfig")["patch"] == {"supported": True}
    assert {schema["id"] for schema in sailpoint("GET", "/Schemas")["Resources"]} >= {USER, GROUP, ENTERPRISE}
    kinds = sailpoint("GET", "/ResourceTypes")["Resources"]
    assert [(kind["id"], kind["endpoint"]) for kind in kinds if kind["id"] in ("User", "Group")] == [("User", "/Users"), ("Group", "/Groups")]
    # Account aggregation of nobody.
    page = {"schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []}
    assert sailpoint("GET", "/Users?startIndex=1&count=100") == page

    # Create, then attribute by attribute: replace of a complex attribute that is there merges, of an absent one adds.
    body = {"schemas": [USER], "userName": "ada", "name": {"givenName": "Ada", "familyName": "Lovelace"}, "active": True}
    made = sailpoint("POST", "/Users", body, expect=201)
    user = body | {"id": "ID1", "meta": meta("User", "ID1")}
    assert made == user
    merged = sailpoint("PATCH", "/Users/ID1", patch({"op": "replace", "path": "name", "value": {"givenName": "Augusta"}}))
    user |= {"name": {"givenName": "Augusta", "familyName": "Lovelace"}, "meta": meta("User", "ID1", 2)}
    assert merged == user
    address = {"type": "work", "locality": "London"}
    added = sailpoint(
        "PATCH",
        "/Users/ID1",
        patch(
            {"op": "replace", "path": "addresses", "value": [address]},
            {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Engines"},
            {"op": "replace", "path": "title", "value": "Countess"},
        ),
    )
    user |= {"schemas": [USER, ENTERPRISE], "addresses": [address], "title": "Countess", ENTERPRISE: {"department": "Engines"}}
    user["meta"] = meta("User", "ID1", 3)
    assert added == user

    # Entitlements are groups: given and taken away at the group.
    group = sailpoint("POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew"}, expect=201)
    crew = {"schemas": [GROUP], "id": "ID2", "displayName": "Crew", "meta": meta("Group", "ID2")}
    assert group == crew
    given = sailpoint("PATCH", "/Groups/ID2", patch({"op": "add", "path": "members", "value": [{"value": "ID1"}]}))
    member = {"value": "ID1", "$ref": "BASE/Users/ID1", "type": "User"}
    assert given == crew | {"members": [member], "meta": meta("Group", "ID2", 2)}
    user["groups"] = [{"value": "ID2", "$ref": "BASE/Groups/ID2", "display": "Crew", "type": "direct"}]
    assert sailpoint("GET", "/Users/ID1") == user
    taken = sailpoint("PATCH", "/Groups/ID2", patch({"op": "remove", "path": 'members[value eq "ID1"]'}))
    assert taken == crew | {"meta": meta("Group", "ID2", 3)}
    del user["groups"]

    # Disable, enable; aggregation shows the result; delete.
    for version, active in ((4, False), (5, True)):
        user |= {"active": active, "meta": meta("User", "ID1", version)}
        assert sailpoint("PATCH", "/Users/ID1", patch({"op": "replace", "path": "active", "value": active})) == user
    assert sailpoint("GET", "/Users?startIndex=1&count=100") == page | {"totalResults": 1, "itemsPerPage": 1, "Resources": [user]}
    assert sailpoint("GET", "/Users?filter=" + quote('userName eq "ada"'))["Resources"] == [user]
    assert sailpoint("DELETE", "/Users/ID1", expect=204) is None
    assert sailpoint("GET", "/Users/ID1", expect=404)["status"] == "404"
