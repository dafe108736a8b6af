"""Okta's conversations: wire.md 1.2 (O01-O19), 1.4 (W06-W09), tests T73 and T73b."""

import time
import uuid

import pytest
from support.caller import GROUP, NOBODY, USER, Caller, assert_error

AGENT = {"User-Agent": "Okta SCIM Client 1.0.0"}


@pytest.fixture
def okta(source):
    with source.client(**AGENT, Accept="application/scim+json") as http:
        yield Caller(http)


def new_user(name="t@x.test"):
    """W06"""
    return {
        "schemas": [USER],
        "userName": name,
        "name": {"givenName": "T", "familyName": "U"},
        "emails": [{"primary": True, "value": name, "type": "work"}],
        "displayName": "T U",
        "locale": "en-US",
        "externalId": f"00u-{name}",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
    }


@pytest.mark.row("T73")
def test_spec_test(okta, source):
    """T73: the twelve steps of Okta's published test, on a source with one user."""
    okta("POST", "/Users", new_user("first@x.test"), expect=201)

    # 1. Users exist and look like users.
    page = okta("GET", "/Users?count=1&startIndex=1")
    assert type(page["itemsPerPage"]) is int and type(page["startIndex"]) is int
    first = page["Resources"][0]
    assert first["id"] and first["userName"] and first["active"] is True and first["emails"][0]["value"]
    assert first["name"]["givenName"] and first["name"]["familyName"]
    # 2. by id
    assert okta("GET", f"/Users/{first['id']}")["userName"] == "first@x.test"
    # 3. a filter that finds nobody
    okta.none("/Users", f'userName eq "{uuid.uuid4()}"')
    # 4. an id that is nobody's
    assert_error(okta("GET", f"/Users/{uuid.uuid4()}", expect=404), 404, None)
    # 5. create
    name = f"Runscope{uuid.uuid4().hex[:8]}@x.test"
    kind = {"Content-Type": "application/json", "Accept": "application/scim+json; charset=utf-8"}
    made = okta("POST", "/Users", new_user(name), expect=201, headers=kind)
    assert made["active"] is True and made["id"] and made["schemas"] == [USER]
    assert made["name"] == {"familyName": "U", "givenName": "T"} and made["userName"] == name
    # 6. and read
    assert okta("GET", f"/Users/{made['id']}")["userName"] == name
    # 7. twice
    assert_error(okta("POST", "/Users", new_user(name), expect=409, headers=kind), 409, "uniqueness")
    # 8. a filter in capitals
    assert okta.one("/Users", f'userName eq "{name.upper()}"')["id"] == made["id"]
    # 9. groups, quickly
    start = time.monotonic()
    okta("GET", "/Groups")
    assert time.monotonic() - start < 0.6
    # 10. no token worth the name
    refused = okta("GET", "/Groups", expect=401, headers={"Authorization": "non-token"})
    assert_error(refused, 401, None)
    assert "www-authenticate" in okta.last.headers
    # 11., 12. ids that are nobody's, again
    for target in (f"/Users/{NOBODY}", f"/Groups/{NOBODY}"):
        assert_error(okta("GET", target, expect=404), 404, None)


@pytest.mark.row("T73b", "T10", "T52", "T53")
def test_application_made_with_the_wizard(okta):
    """T73b in the PUT dialect: O01-O06, O08-O10. One id throughout, in the end inactive."""
    for target in ("/Users?startIndex=1&count=2", "/Groups?startIndex=1&count=100"):  # O01
        page = okta("GET", target)
        assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (0, 0, 1)
        assert page["Resources"] == []
    assert okta("GET", "/Users?filter=userName%20eq%20%22t%40x.test%22&startIndex=1&count=100")["totalResults"] == 0

    made = okta("POST", "/Users", new_user(), expect=201)  # O03
    id = made["id"]
    assert "password" not in made and made["externalId"] == "00u-t@x.test"  # O04
    assert okta.last.headers["location"] == made["meta"]["location"]

    # O10: after a timeout the create comes again, with less in it; what is there stays.
    again = {"schemas": [USER], "userName": "T@x.test"}
    assert_error(okta("POST", "/Users", again, expect=409), 409, "uniqueness")
    assert okta("GET", f"/Users/{id}") == made

    # O05: the whole object comes back changed, with everything the server owns in it.
    body = okta("GET", f"/Users/{id}")
    body["name"]["givenName"] = "Tom"
    body["groups"] = [{"value": NOBODY, "display": "nope"}]
    body["urn:okta:unknown"] = {"x": 1}
    changed = okta("PUT", f"/Users/{id}", body)
    assert changed["id"] == id and changed["name"]["givenName"] == "Tom" and not changed.get("groups")
    assert changed["meta"]["created"] == made["meta"]["created"]
    assert changed["meta"]["version"] != made["meta"]["version"]

    # O06, O08: inactive, and still found.
    assert okta("PUT", f"/Users/{id}", changed | {"active": False})["active"] is False
    found = okta.one("/Users", 'userName eq "t@x.test"')
    assert found["id"] == id and found["active"] is False
    assert okta("PUT", f"/Users/{id}", found | {"active": True})["active"] is True
    assert okta("PUT", f"/Users/{id}", found | {"active": False})["active"] is False
    assert okta("GET", "/Users")["totalResults"] == 1


@pytest.mark.row("T73b", "T22", "T16")
def test_catalogue_application(okta):
    """T73b in the PATCH dialect: O02, O03, O04, O07, O08."""
    id = okta("POST", "/Users", new_user(), expect=201)["id"]
    okta.patch(f"/Users/{id}", {"op": "replace", "value": {"name": {"givenName": "Tim"}}})
    user = okta("GET", f"/Users/{id}")
    assert user["name"] == {"givenName": "Tim", "familyName": "U"}
    for active in (False, True, False):  # W07
        okta.patch(f"/Users/{id}", {"op": "replace", "value": {"active": active}})
        assert okta("GET", f"/Users/{id}")["active"] is active
    okta.patch(f"/Users/{id}", {"op": "replace", "value": {"password": "x9!Secret"}})
    assert "password" not in okta("GET", f"/Users/{id}?attributes=password,userName")
    found = okta.one("/Users", 'userName eq "t@x.test"')
    assert found["id"] == id and found["active"] is False


def test_import_sees_everybody_once(okta):
    """O09, O17: all pages of users and groups, in an order that stays."""
    for number in range(25):
        okta("POST", "/Users", new_user(f"import{number}@x.test"), expect=201)
        okta("POST", "/Groups", {"schemas": [GROUP], "displayName": f"Group {number}", "members": []}, expect=201)
    for endpoint in ("/Users", "/Groups"):
        walks = []
        for _ in range(2):
            ids, start = [], 1
            while True:
                page = okta("GET", f"{endpoint}?startIndex={start}&count=10")
                assert page["startIndex"] == start and page["totalResults"] == 25
                assert page["itemsPerPage"] == len(page["Resources"])
                ids += [resource["id"] for resource in page["Resources"]]
                start += 10
                if start > page["totalResults"]:
                    break
            assert len(ids) == len(set(ids)) == 25
            walks.append(ids)
        assert walks[0] == walks[1]
        assert okta("GET", f"{endpoint}?startIndex=26&count=10")["Resources"] == []


@pytest.mark.row("T54", "T55", "T58")
def test_group_push(okta):
    """O11-O16, T54, T55: a pushed group from its creation to its end, in both dialects."""
    u1, u2, u3 = (okta("POST", "/Users", new_user(f"u{n}@x.test"), expect=201)["id"] for n in (1, 2, 3))
    group = okta("POST", "/Groups", {"schemas": [GROUP], "displayName": "X", "members": []}, expect=201)  # O11
    id = group["id"]
    at = f"/Groups/{id}"

    # O12 / W08: sent right after the create, and again with every change of membership.
    okta.patch(at, {"op": "replace", "value": {"id": id, "displayName": "X"}})
    assert okta("GET", at)["meta"]["version"] == group["meta"]["version"]
    okta.patch(at, {"op": "replace", "value": {"id": id, "displayName": "New"}})
    assert okta("GET", at)["displayName"] == "New"
    wrong = okta.patch(at, {"op": "replace", "value": {"id": u1, "displayName": "No"}}, expect=400)
    assert_error(wrong, 400, "mutability")
    assert okta("GET", at)["displayName"] == "New"

    # O13 / W09: removals and additions in one request.
    add = {"op": "add", "path": "members", "value": [{"value": u1, "display": "u1@x.test"}]}
    okta.patch(at, add)
    okta.patch(
        at,
        {"op": "remove", "path": f'members[value eq "{u1}"]'},
        {"op": "add", "path": "members", "value": [{"value": u2, "display": "u2@x.test"}]},
    )
    assert okta.members(id) == {u2}
    # O14: all at once.
    okta.patch(at, {"op": "replace", "path": "members", "value": [{"value": u1}, {"value": u3}]})
    assert okta.members(id) == {u1, u3}
    # Retried: no change.
    version = okta("GET", at)["meta"]["version"]
    okta.patch(at, {"op": "replace", "path": "members", "value": [{"value": u3}, {"value": u1}]})
    assert okta("GET", at)["meta"]["version"] == version

    # O15: PUT with the whole list; without the key `members` it is a rename and empties nothing.
    okta("PUT", at, {"schemas": [GROUP], "id": id, "displayName": "New", "members": [{"value": u2}]})
    assert okta.members(id) == {u2}
    okta("PUT", at, {"schemas": [GROUP], "id": id, "displayName": "Renamed"})
    assert okta.members(id) == {u2} and okta("GET", at)["displayName"] == "Renamed"
    okta("PUT", at, {"schemas": [GROUP], "id": id, "displayName": "Renamed", "members": []})
    assert okta.members(id) == set()

    # O16
    assert okta("DELETE", at, expect=204) is None
    okta("GET", at, expect=404)
    okta("DELETE", at, expect=404)
    okta("POST", "/Groups", {"schemas": [GROUP], "displayName": "Renamed", "members": []}, expect=201)
