"""OneLogin, JumpCloud, authentik, the Keycloak extensions, Salesforce and Rauthy (wire.md 1.3)."""

import time

import pytest
from support.caller import GROUP, USER, Caller


@pytest.fixture
def call(client):
    return Caller(client)


def people(call, *names):
    made = (
        call("POST", "/Users", {"schemas": [USER], "userName": f"{n}@x.test", "externalId": n}, expect=201)
        for n in names
    )
    return [user["id"] for user in made]


def group_of(call, *members, name="Crew"):
    body = {"schemas": [GROUP], "displayName": name, "externalId": "g1", "members": [{"value": m} for m in members]}
    return call("POST", "/Groups", body, expect=201)["id"]


@pytest.mark.row("T28")
def test_onelogin(call):
    """T28: old URNs, a trailing `&`, an empty query, no User-Agent worth the name; groups by PATCH."""
    odd = {"Content-Type": "application/json", "User-Agent": ""}
    empty = call("GET", "/Users?filter=userName+eq+%22probe%22&", headers=odd)
    assert empty["totalResults"] == 0 and empty["Resources"] == []
    body = {
        "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
        "userName": "one@x.test",
        "name": {"givenName": "One", "familyName": "Login"},
        "emails": [{"value": "one@x.test", "type": "work", "primary": True}],
        "urn:scim:schemas:extension:enterprise:2.0": {"department": "Ops"},
    }
    made = call("POST", "/Users", body, expect=201, headers=odd)
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    assert sorted(made["schemas"]) == [USER, enterprise] and made[enterprise] == {"department": "Ops"}
    changed = call("PUT", f"/Users/{made['id']}?", body | {"title": "Boss"}, headers=odd)
    assert changed["title"] == "Boss" and changed["id"] == made["id"]
    crew = call("POST", "/Groups", {"schemas": ["urn:scim:schemas:core:2.0"], "displayName": "Crew"}, expect=201)
    call.patch(f"/Groups/{crew['id']}", {"op": "add", "path": "members", "value": [{"value": made["id"]}]})
    assert call.members(crew["id"]) == {made["id"]}
    call("DELETE", f"/Users/{made['id']}", expect=204)
    assert call.members(crew["id"]) == set()


@pytest.mark.row("T77")
def test_jumpcloud(call):
    """T77: its connection test leaves nothing behind and can be run again."""
    for _ in range(2):
        (user,) = people(call, "jumpcloud-test")
        group = call("POST", "/Groups", {"schemas": [GROUP], "displayName": "jumpcloud-test"}, expect=201)["id"]
        call.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]})
        call("DELETE", f"/Groups/{group}", expect=204)
        call("DELETE", f"/Users/{user}", expect=204)
        for endpoint in ("/Users", "/Groups"):
            assert call("GET", endpoint)["totalResults"] == 0


@pytest.mark.row("T77b", "T49")
@pytest.mark.parametrize("older", [False, True])
def test_authentik(call, older):
    """T77b: the whole group as the value of a path-less replace (W11), then one operation for each member."""
    u1, u2 = people(call, "u1", "u2")
    group = group_of(call, u1)
    at = f"/Groups/{group}"
    call.patch(
        at,
        {
            "op": "replace",
            "value": {"schemas": [GROUP], "id": group, "externalId": "g1", "displayName": "Renamed"},
        },
    )
    assert call.members(group) == {u1} and call("GET", at)["displayName"] == "Renamed"
    remove = {"op": "remove", "path": "members", "value": [{"value": u1}]}
    if not older:
        remove = {"op": "remove", "path": f'members[value eq "{u1}"]'}
    call.patch(at, {"op": "add", "path": "members", "value": [{"value": u2}]})
    call.patch(at, remove)
    assert call.members(group) == {u2}
    # On 409 it looks for the user, in old versions without quotes, and adopts.
    call("POST", "/Users", {"schemas": [USER], "userName": "u1@x.test"}, expect=409)
    assert call.one("/Users", "userName eq u1@x.test")["id"] == u1
    config = call("GET", "/ServiceProviderConfig")
    assert type(config["bulk"]["maxOperations"]) is int


@pytest.mark.row("T77b")
def test_keycloak_mitodl(call):
    """T77b: PATCH with `value: null` for "all of them", everything within 5 s."""
    u1, u2 = people(call, "u1", "u2")
    group = group_of(call, u1)
    at = f"/Groups/{group}"
    start = time.monotonic()
    call.patch(
        at,
        {"op": "replace", "path": "displayName", "value": "Renamed"},
        {"op": "replace", "path": "externalId", "value": "kc-1"},
        {"op": "replace", "path": "members", "value": [{"value": u2}]},
    )
    assert time.monotonic() - start < 5
    assert call.members(group) == {u2} and call("GET", at)["externalId"] == "kc-1"
    call.patch(at, {"op": "remove", "path": "members", "value": None})
    assert call.members(group) == set()


@pytest.mark.row("T77b", "T48")
def test_scim_for_keycloak(call):
    """T77b, W12: a path-less replace whose value is a string that holds JSON."""
    u1, u2 = people(call, "u1", "u2")
    group = group_of(call, u1)
    call.patch(f"/Users/{u1}", {"op": "replace", "value": '{"active":"false"}'})
    assert call("GET", f"/Users/{u1}")["active"] is False
    call.patch(f"/Groups/{group}", {"op": "replace", "value": f'{{"members":[{{"value":"{u2}"}}]}}'})
    assert call.members(group) == {u2}


@pytest.mark.row("T13b", "T42")
def test_wrapped_members(call):
    """W13, W10: Salesforce's way to add, and every shape of removal."""
    u1, u2, u3 = people(call, "u1", "u2", "u3")
    group = group_of(call)
    at = f"/Groups/{group}"
    everybody = [{"value": u} for u in (u1, u2, u3)]
    shapes = [
        ({"op": "remove", "path": f'members[value eq "{u1}"]'}, {u2, u3}),
        ({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": u1}]}, {u2, u3}),
        ({"op": "remove", "path": "members", "value": {"value": u1}}, {u2, u3}),
        ({"op": "remove", "path": "members", "value": [u1]}, {u2, u3}),
        ({"op": "remove", "path": "members", "value": u1}, {u2, u3}),
        ({"op": "remove", "value": {"members": [{"value": u1}]}}, {u2, u3}),
        ({"op": "remove", "path": f'members[value eq "{u1}" or value eq "{u2}"]'}, {u3}),
        ({"op": "remove", "path": "members", "value": []}, {u1, u2, u3}),
        ({"op": "remove", "path": "members"}, set()),
    ]
    for operation, left in shapes:
        call.patch(at, {"op": "add", "value": {"members": everybody}})
        assert call.members(group) == {u1, u2, u3}
        call.patch(at, operation)
        assert call.members(group) == left, operation


@pytest.mark.row("T78")
def test_rauthy(call):
    """T78: all groups page by page until a short page; externalId is kept, returned, and can be cleared."""
    (u1,) = people(call, "u1")
    for number in range(250):
        call("POST", "/Groups", {"schemas": [GROUP], "displayName": f"g{number}", "externalId": f"e{number}"}, expect=201)
    seen, sizes, start = {}, [], 1
    while True:
        rows = call("GET", f"/Groups?startIndex={start}&count=100")["Resources"]
        sizes.append(len(rows))
        seen |= {row["id"]: row["externalId"] for row in rows}
        start += len(rows)
        if len(rows) < 100:
            break
    assert sizes == [100, 100, 50] and len(seen) == 250
    group = call.one("/Groups", 'displayName eq "g7"')["id"]
    call.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": u1}]})
    user = call.one("/Users", 'externalId eq "u1"')
    # Without `groups` in every user answer Rauthy never takes a member out.
    assert [g["value"] for g in user["groups"]] == [group]
    call.patch(f"/Groups/{group}", {"op": "remove", "path": "members", "value": [{"value": u1}]})
    assert not call.one("/Users", 'externalId eq "u1"').get("groups")
    for target in (f"/Groups/{group}", f"/Users/{u1}"):
        call.patch(target, {"op": "remove", "path": "externalId"})
        assert "externalId" not in call("GET", target)
