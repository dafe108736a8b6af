"""Lists, pages, projection, sorting, searches, bulk and entity tags: T60-T68, T76 of rows.toml."""

import re
import threading

import pytest
from support.caller import ENTERPRISE, GROUP, LIST, USER, assert_error

row = pytest.mark.row
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def people(world, count):
    return [world.user(f"p{number:04}") for number in range(count)]


@row("T60", "C16", "C17")
def test_numbers_out_of_range(world):
    ids = people(world, 11)
    for query, start, found in (
        ("", 1, ids),
        ("startIndex=-5", 1, ids),
        ("startIndex=0", 1, ids),
        ("startIndex=1&count=1", 1, ids[:1]),
        ("startIndex=6&count=5", 6, ids[5:10]),
        ("startIndex=11&count=5", 11, ids[10:]),
        ("startIndex=12", 12, []),
        ("startIndex=4000000000", 4_000_000_000, []),
        ("count=0", 1, []),
        ("count=-1", 1, []),
        ("count=100000", 1, ids),
    ):
        page = world.get(f"/Users?{query}")
        assert page["schemas"] == [LIST] and page["totalResults"] == 11, query
        assert (page["startIndex"], page["itemsPerPage"]) == (start, len(found)), query
        assert [user["id"] for user in page["Resources"]] == found, query
    for query in ("startIndex=abc", "count=abc", "count=1.5"):
        assert_error(world.call("GET", f"/Users?{query}", expect=400), 400, "invalidValue")


@row("T61")
def test_pages_while_others_change(world):
    ids = people(world, 1_000)
    stop = threading.Event()

    def disturb():
        with world.source.client() as http:
            n = 0
            while not stop.is_set():
                n += 1
                body = {"Operations": [{"op": "replace", "path": "title", "value": f"{n}"}]}
                assert http.patch(f"/Users/{ids[(n * 37) % 50]}", json=body).status_code == 200

    others = threading.Thread(target=disturb)
    others.start()
    try:
        seen = []
        for start in range(1, 1_001, 100):
            seen += [user["id"] for user in world.get(f"/Users?startIndex={start}&count=100")["Resources"]]
        assert seen == ids
        seen, cursor = [], ""
        while cursor is not None:
            page = world.get(f"/Users?count=100&cursor={cursor}")
            seen += [user["id"] for user in page["Resources"]]
            cursor = page.get("nextCursor")
        assert seen == ids
    finally:
        stop.set()
        others.join()


@row("T62", "C21")
def test_projection(world):
    at, group = f"/Users/{world.u1}", f"/Groups/{world.g1}"
    whole = world.get(at)
    always = {"schemas", "id"}

    def every_verb(query):
        """The same resource from every verb that shows it."""
        user = {k: v for k, v in whole.items() if k not in ("meta", "groups")}
        yield world.get(f"{at}?{query}")
        yield world.get(f"/Users?{query}&filter=id%20eq%20%22{world.u1}%22")["Resources"][0]
        yield world.call("PUT", f"{at}?{query}", user)
        yield world.call.patch(f"{at}?{query}", {"op": "replace", "path": "displayName", "value": "Bob B"}, expect=200)
        body = user | {"userName": world.name("new"), "externalId": "new"}
        made = world.call("POST", f"/Users?{query}", body, expect=201)
        yield made
        world.call("DELETE", f"/Users/{made['id']}", expect=204)
        search = {"schemas": [SEARCH], "filter": f'id eq "{world.u1}"'}
        search |= {name: value.split(",") for name, value in [query.split("=")]}
        yield world.call("POST", "/Users/.search", search)["Resources"][0]

    for query, shown in (
        ("attributes=userName", always | {"userName"}),
        ("attributes=name.givenName", always | {"name"}),
        ("attributes=USERNAME,active", always | {"userName", "active"}),
        (f"attributes={USER}:userName", always | {"userName"}),
        ("attributes=nosuch", always),
        ("excludedAttributes=id,emails,schemas", set(whole) - {"emails", "groups"} | {"groups"}),
    ):
        for answer in every_verb(query):
            assert set(answer) - {"groups"} == shown - {"groups"}, query
            if "name.givenName" in query:
                assert answer["name"] == {"givenName": "Bob"}
    assert set(world.get(f"{group}?excludedAttributes=members")) == set(world.get(group)) - {"members"}
    for target in (at, "/Users", group):
        refused = world.call("GET", f"{target}?attributes=id&excludedAttributes=meta", expect=400)
        assert_error(refused, 400, "invalidValue")


@row("T63")
def test_cursors(world):
    ids = people(world, 25)
    seen, page = [], world.get("/Users?cursor&count=10")
    assert "previousCursor" not in page and "startIndex" not in page
    while True:
        assert page["itemsPerPage"] == len(page["Resources"]) <= 10
        seen += [user["id"] for user in page["Resources"]]
        if "nextCursor" not in page:
            break
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", page["nextCursor"])
        page = world.get(f"/Users?cursor={page['nextCursor']}&count=10")
    assert seen == ids
    assert world.get("/Users?cursor&count=0")["totalResults"] == 25
    plain = world.get("/Users")
    assert plain["startIndex"] == 1 and "nextCursor" not in plain
    body = {"schemas": [SEARCH], "cursor": "", "count": 20}
    first = world.call("POST", "/Users/.search", body)
    last = world.call("POST", "/Users/.search", body | {"cursor": first["nextCursor"]})
    assert [user["id"] for user in first["Resources"] + last["Resources"]] == ids and "nextCursor" not in last


@row("T63b")
def test_cursors_that_are_no_good(world):
    people(world, 3)
    cursor = world.get("/Users?cursor&count=1")["nextCursor"]
    other = "b" if cursor[-1] != "b" else "c"
    details = set()
    for call, query in (
        (world.call, "count=1&cursor=AAAA"),
        (world.call, f"count=1&cursor={cursor[:-1]}{other}"),
        (world.call, f"count=1&cursor={cursor}&filter=active%20eq%20true"),
        (world.other, f"count=1&cursor={cursor}"),
    ):
        refused = call("GET", f"/Users?{query}", expect=400)
        assert_error(refused, 400, "invalidCursor")
        details.add(refused["detail"])
    assert len(details) == 1
    assert_error(world.call("GET", f"/Users?count=2&cursor={cursor}", expect=400), 400, "invalidCount")
    assert world.get(f"/Users?count=1&cursor={cursor}")["Resources"]
    # The client's token is revoked between two pages. (That old ones are `expiredCursor` shows
    # `cursors_expire` of the server's tests, whose clock can be moved.)
    made = world.lockstep.api("POST", f"/sources/{world.source.id}/tokens", {})
    with world.source.client(Authorization=f"Bearer {made['token']}") as http:
        assert http.get(f"/Users?count=1&cursor={cursor}").status_code == 200
        world.lockstep.api("DELETE", f"/sources/{world.source.id}/tokens/{made['id']}")
        assert_error(http.get(f"/Users?count=1&cursor={cursor}").json(), 401, None)


@row("T64", "C22")
def test_search(world):
    assert world.u1 and world.u2
    body = {"schemas": [SEARCH], "filter": "name pr", "attributes": ["userName"], "startIndex": 2, "count": 1}
    body |= {"sortBy": "userName", "sortOrder": "descending"}
    found = world.call("POST", "/Users/.search", body)
    query = "filter=name%20pr&attributes=userName&startIndex=2&count=1&sortBy=userName&sortOrder=descending"
    assert found == world.get(f"/Users?{query}")
    assert [user["id"] for user in found["Resources"]] == [world.u2] and found["totalResults"] == 2
    for wrong in ([USER], [], None, ["urn:ietf:params:scim:api:messages:2.0:SearchRequests"]):
        refused = world.call("POST", "/Users/.search", body | {"schemas": wrong}, expect=400)
        assert_error(refused, 400, "invalidSyntax")
    groups = world.call("POST", "/Groups/.search", {"schemas": [SEARCH], "filter": f'members eq "{world.u1}"'})
    assert groups["totalResults"] == 0 and world.g1


@row("T65", "C23")
def test_sorting(world):
    names = {"a": "zeta", "b": "Alpha", "c": None, "d": "beta"}
    ids = {key: world.user(key, name={"familyName": name} if name else None) for key, name in names.items()}
    assert "".join(ids) == "abcd"

    def order(query):
        by_id = {id: key for key, id in ids.items()}
        return "".join(by_id[user["id"]] for user in world.get(f"/Users?{query}")["Resources"])

    assert order("sortBy=name.familyName") == "bdac"
    assert order("sortBy=name.familyName&sortOrder=ascending") == "bdac"
    assert order("sortBy=name.familyName&sortOrder=descending") == "cadb"
    assert order("sortBy=NAME.FAMILYNAME&startIndex=2&count=2") == "da"
    assert order("sortBy=nosuch") == order("") == "abcd"
    assert order("sortBy=userName&sortOrder=descending") == "dcba"


@row("T67", "C38")
def test_bulk(world):
    def bulk(*operations, **more):
        return world.call("POST", "/Bulk", {"schemas": [BULK], "Operations": list(operations)} | more)["Operations"]

    def user(name, **more):
        data = {"schemas": [USER], "userName": world.name(name)} | more
        return {"method": "POST", "path": "/Users", "bulkId": name, "data": data}

    crew = {"schemas": [GROUP], "displayName": "Crew", "members": [{"value": "bulkId:ann"}, {"value": "bulkId:inner"}]}
    inner = {"schemas": [GROUP], "displayName": "Inner"}
    answers = bulk(
        {"method": "POST", "path": "/Groups", "bulkId": "crew", "data": crew},
        user("ann"),
        {"method": "POST", "path": "/Groups", "bulkId": "inner", "data": inner},
        {"method": "PATCH", "path": "/Groups/bulkId:crew", "data": {"Operations": [{"op": "replace", "path": "displayName", "value": "Club"}]}},
    )
    assert [answer["status"] for answer in answers] == ["201", "201", "201", "200"]
    assert [answer.get("bulkId") for answer in answers] == ["crew", "ann", "inner", None]
    ids = [answer["location"].rsplit("/", 1)[1] for answer in answers]
    assert world.call.members(ids[0]) == {ids[1], ids[2]}
    assert world.get(f"/Groups/{ids[0]}")["displayName"] == "Club" and ids[3] == ids[0]

    # Managers in a circle.
    answers = bulk(
        user("bea", **{ENTERPRISE: {"manager": {"value": "bulkId:cem"}}}),
        user("cem", **{ENTERPRISE: {"manager": {"value": "bulkId:bea"}}}),
    )
    bea, cem = (world.get(answer["location"].removeprefix(world.source.base_url)) for answer in answers)
    assert (bea[ENTERPRISE]["manager"]["value"], cem[ENTERPRISE]["manager"]["value"]) == (cem["id"], bea["id"])

    before = world.get("/Users")["totalResults"]
    answers = bulk(user("ann"), user("dan"), failOnErrors=1)
    assert [answer["status"] for answer in answers] == ["409"]
    assert_error(answers[0]["response"], 409, "uniqueness")
    assert world.get("/Users")["totalResults"] == before
    assert [answer["status"] for answer in bulk(user("ann"), user("dan"))] == ["409", "201"]


@row("T68", "C38")
def test_bulk_over_its_limits(world):
    limits = world.get("/ServiceProviderConfig")["bulk"]
    operation = {"method": "DELETE", "path": "/Users/1"}
    body = {"schemas": [BULK], "Operations": [operation] * (limits["maxOperations"] + 1)}
    refused = world.call("POST", "/Bulk", body, expect=413)
    assert_error(refused, 413, None)
    assert str(limits["maxOperations"]) in refused["detail"]
    empty = f'{{"schemas":["{BULK}"],"Operations":[]}}'
    world.call("POST", "/Bulk", empty + " " * (limits["maxPayloadSize"] - len(empty)))
    refused = world.call("POST", "/Bulk", empty + " " * (limits["maxPayloadSize"] - len(empty) + 1), expect=413)
    assert_error(refused, 413, None)
    assert str(limits["maxPayloadSize"]) in refused["detail"]


@row("T76", "C37", "C36")
def test_entity_tags(world):
    for at, name in ((f"/Users/{world.u1}", "title"), (f"/Groups/{world.g1}", "displayName")):
        old = world.get(at)["meta"]["version"]
        assert old.startswith('W/"') and world.call.last.headers["etag"] == old
        assert world.call("GET", at, expect=304, headers={"If-None-Match": old}) is None
        operation = {"op": "replace", "path": name, "value": "New"}
        world.call.patch(at, operation)
        new = world.get(at)["meta"]["version"]
        assert new != old and world.call.last.headers["etag"] == new
        world.call("GET", at, headers={"If-None-Match": old})
        stale, body = {"If-Match": old}, {"Operations": [operation | {"value": "Newer"}]}
        for method, sent in (("PATCH", body), ("PUT", world.get(at)), ("DELETE", None)):
            assert_error(world.call(method, at, sent, expect=412, headers=stale), 412, None)
        assert world.get(at)["meta"]["version"] == new
        world.call("PATCH", at, body, headers={"If-Match": new}, expect=(200, 204))
        world.call("PUT", at, world.get(at), headers={"If-Match": "*"})
        world.call("DELETE", at, headers={"If-Match": world.get(at)["meta"]["version"]}, expect=204)



@row("C12", "X01")
def test_what_is_hidden_takes_its_urn_with_it(world):
    """An extension of which an answer shows nothing is not in its `schemas` either."""
    at = f"/Users/{world.user('eve', **{ENTERPRISE: {'department': 'Ops'}}, password='s3cretS3cret')}"
    assert world.get(at)["schemas"] == [USER, ENTERPRISE]
    for query in (f"excludedAttributes={ENTERPRISE}", f"excludedAttributes={ENTERPRISE}:department", "attributes=userName"):
        seen = world.get(f"{at}?{query}")
        assert seen["schemas"] == [USER] and ENTERPRISE not in seen, query
    for query in ("attributes=password", f"attributes={USER}:password,userName", "excludedAttributes=userName"):
        assert "password" not in world.get(f"{at}?{query}"), query
    seen = world.get(f"{at}?attributes={ENTERPRISE}:department")
    assert seen["schemas"] == [USER, ENTERPRISE] and seen[ENTERPRISE] == {"department": "Ops"}
