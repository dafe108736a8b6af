"""PingFederate's and PingOne's conversations (wire.md 1.3): users by PUT only, groups by PATCH or by PUT."""

from urllib.parse import quote

import pytest
from support.caller import ENTERPRISE, GROUP, LIST, PATCH, USER, Caller
from support.exact import Exact, meta

NOBODY = {"schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []}


@pytest.fixture
def ping(source):
    with source.client(**{"Content-Type": "application/scim+json", "Accept": "application/scim+json"}) as http:
        yield Exact(Caller(http))


def one(resource):
    return {"schemas": [LIST], "totalResults": 1, "startIndex": 1, "itemsPerPage": 1, "Resources": [resource]}


def ada(**more):
    return {
        "schemas": [USER],
        "userName": "ada@x.test",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@x.test", "type": "work"}],
        "active": True,
    } | more


@pytest.mark.row("T29")
def test_pingfederate(ping):
    """A channel of PingFederate: the template's filter, create, update and disable by PUT, delete."""
    looked_up = quote('username Eq "ada@x.test"')
    assert ping("GET", f"/Users?filter={looked_up}") == NOBODY
    made = ping("POST", "/Users", ada(), expect=201)
    assert made == ada() | {"id": "ID1", "meta": meta("User", "ID1")}
    assert ping("GET", f"/Users?filter={looked_up}") == one(made)
    for filter in ('emails eq "ADA@x.test"', 'username Eq "ada@x.test" And active eq true'):
        assert ping("GET", "/Users?filter=" + quote(filter)) == one(made)

    # The whole user each time; what is gone at its side is left out.
    changed = ping("PUT", "/Users/ID1", ada(title="Countess", **{ENTERPRISE: {"department": "Engines"}}))
    assert changed == {
        **ada(title="Countess"),
        "schemas": [USER, ENTERPRISE],
        ENTERPRISE: {"department": "Engines"},
        "id": "ID1",
        "meta": meta("User", "ID1", 2),
    }
    changed = ping("PUT", "/Users/ID1", ada())
    assert changed == ada() | {"id": "ID1", "meta": meta("User", "ID1", 3)}
    # Remove action "Disable", and back; then "Delete".
    assert ping("PUT", "/Users/ID1", ada(active=False)) == ada(active=False) | {"id": "ID1", "meta": meta("User", "ID1", 4)}
    assert ping("GET", f"/Users?filter={looked_up}")["Resources"][0]["active"] is False
    assert ping("PUT", "/Users/ID1", ada()) == ada() | {"id": "ID1", "meta": meta("User", "ID1", 5)}
    assert ping("DELETE", "/Users/ID1", expect=204) is None
    assert ping("GET", f"/Users?filter={looked_up}") == NOBODY


@pytest.mark.parametrize("membership", ["merge", "overwrite"])
def test_groups_of_ping(ping, membership):
    """All groups are read to find the one; then members come and go by PATCH ("merge") or PUT ("overwrite")."""
    for number in range(3):
        ping("POST", "/Users", ada(userName=f"u{number}", emails=[]), expect=201)
    assert ping("GET", "/Groups?startIndex=1&count=100") == NOBODY
    made = ping("POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew", "members": [{"value": "ID1"}]}, expect=201)

    def crew(version, *members):
        shown = [{"value": id, "$ref": f"BASE/Users/{id}", "type": "User"} for id in members]
        group = {"schemas": [GROUP], "id": "ID4", "displayName": "Crew", "members": shown}
        return {k: v for k, v in group.items() if v != []} | {"meta": meta("Group", "ID4", version)}

    assert made == crew(1, "ID1")
    assert ping("GET", "/Groups?startIndex=1&count=100") == one(made)
    if membership == "merge":
        add = {"op": "add", "path": "members", "value": [{"value": "ID2"}, {"value": "ID3"}]}
        assert ping("PATCH", "/Groups/ID4", {"schemas": [PATCH], "Operations": [add]}) == crew(2, "ID1", "ID2", "ID3")
        remove = {"op": "remove", "path": 'members[value eq "ID1"]'}
        assert ping("PATCH", "/Groups/ID4", {"schemas": [PATCH], "Operations": [remove]}) == crew(3, "ID2", "ID3")
    else:
        body = {"schemas": [GROUP], "displayName": "Crew"}
        three = [{"value": id} for id in ("ID1", "ID2", "ID3")]
        assert ping("PUT", "/Groups/ID4", body | {"members": three}) == crew(2, "ID1", "ID2", "ID3")
        assert ping("PUT", "/Groups/ID4", body | {"members": three[1:]}) == crew(3, "ID2", "ID3")
    assert ping("PUT", "/Groups/ID4", {"schemas": [GROUP], "displayName": "Crew", "members": []}) == crew(4)
    assert ping("DELETE", "/Groups/ID4", expect=204) is None


def test_pingone(ping):
    """PingOne looks by the address, sends back what it read with everything the server owns in it, and a 409 is
    answered by another look."""
    looked_up = quote('emails.value eq "ada@x.test"')
    assert ping("GET", f"/Users?filter={looked_up}") == NOBODY
    body = ada(externalId="p1", locale="en", preferredLanguage="en")
    made = ping("POST", "/Users", body, expect=201)
    assert made == body | {"id": "ID1", "meta": meta("User", "ID1")}
    taken = ping("POST", "/Users", body, expect=409)
    assert (taken["status"], taken["scimType"]) == ("409", "uniqueness")
    assert ping("GET", f"/Users?filter={looked_up}") == one(made)
    echo = made | {"locale": "de", "population": {"id": "x"}, "groups": [{"value": "ID1"}]}
    assert ping("PUT", "/Users/ID1", echo) == body | {"locale": "de", "id": "ID1", "meta": meta("User", "ID1", 2)}
    assert ping("PUT", "/Users/ID1", echo)["meta"] == meta("User", "ID1", 2)
