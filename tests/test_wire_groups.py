"""Groups and their members: T13, T13b, T42-T45, T49, T54-T56, T75, T79, T80 of rows.toml."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from support.caller import GROUP, NOBODY, PATCH, assert_error

row = pytest.mark.row


def removals(u1, u2):
    """W10: each way to remove U1, and what is left of U1, U2 and U3."""
    one = {"value": u1}
    return {
        "a": ({"op": "remove", "path": f'members[value eq "{u1}"]'}, "23"),
        "b": ({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": u1}]}, "23"),
        "c object": ({"op": "remove", "path": "members", "value": one}, "23"),
        "c texts": ({"op": "remove", "path": "members", "value": [u1]}, "23"),
        "c text": ({"op": "remove", "path": "members", "value": u1}, "23"),
        "d": ({"op": "remove", "value": {"members": [one]}}, "23"),
        "e": ({"op": "remove", "path": f'members[value eq "{u1}" or value eq "{u2}"]'}, "3"),
        "f": ({"op": "remove", "path": "members"}, ""),
        "f null": ({"op": "remove", "path": "members", "value": None}, ""),
        "empty": ({"op": "remove", "path": "members", "value": []}, "123"),
        "nobody": ({"op": "remove", "path": f'members[value eq "{NOBODY}"]'}, "123"),
        "not a member": ({"op": "remove", "path": 'members[value eq "x"]'}, "123"),
    }


@row("T42", "C29", "V06")
@pytest.mark.parametrize("shape", removals("", ""))
def test_removals(world, shape):
    people = {"1": world.u1, "2": world.u2, "3": world.u3}
    at = f"/Groups/{world.group('Crew', *people.values())}"
    version = world.version(at)
    operation, left = removals(world.u1, world.u2)[shape]
    world.call.patch(at, operation)
    assert world.call.members(at.rsplit("/", 1)[1]) == {people[number] for number in left}
    assert (world.version(at) == version) == (left == "123")


@row("T42", "C29")
def test_a_strict_source_takes_no_value_with_a_removal(strict):
    at = f"/Groups/{strict.g1}"
    for shape in ("b", "c object", "c texts", "c text", "d"):
        operation, _ = removals(strict.u1, strict.u2)[shape]
        strict.call.patch(at, operation | {"op": "remove"}, expect=400)
    assert strict.call.members(strict.g1) == {strict.u1, strict.u2}


@row("T43")
def test_several_removals(world):
    people = [world.user(f"p{number}") for number in range(5)]
    group = world.group("Crew", *people)
    gone = [{"op": "remove", "path": f'members[value eq "{id}"]'} for id in people[1:4]]
    world.call.patch(f"/Groups/{group}", *gone)
    assert world.call.members(group) == {people[0], people[4]}


def unknown(world):
    theirs = {"schemas": [GROUP], "displayName": "Theirs"}
    return {
        "nobody": NOBODY,
        "an address": world.name("bob"),
        "another source's group": world.other("POST", "/Groups", theirs, expect=201)["id"],
        "text": "x",
    }


@row("T44")
def test_unknown_members_refused(world):
    assert world.u1
    world.settle({"unknownMembers": "refuse"})
    at, details = f"/Groups/{world.g1}", set()
    before = world.get(at)
    for value in unknown(world).values():
        members = [{"value": world.u3}, {"value": value}]
        for answer in (
            world.call.patch(at, {"op": "add", "path": "members", "value": members}, expect=400),
            world.call("PUT", at, {"schemas": [GROUP], "displayName": "x", "members": members}, expect=400),
            world.call("POST", "/Groups", {"schemas": [GROUP], "displayName": "x", "members": members}, expect=400),
        ):
            assert_error(answer, 400, "invalidValue")
            details.add(answer["detail"].replace(value, "it"))
    assert len(details) == 1 and world.get(at) == before


@row("T44")
def test_unknown_members_awaited(world):
    at, names = f"/Groups/{world.g1}", unknown(world)
    address = names.pop("an address")  # of Bob, who is a member already
    add = [{"op": "add", "path": "members", "value": [{"value": value} for value in (*names.values(), address)]}]
    seen = world.call.patch(at, *add, expect=200)
    assert {member["value"] for member in seen["members"]} == {world.u1, world.u2, *names.values()}
    assert [member for member in seen["members"] if member["value"] in names.values() and "$ref" in member] == []
    group = world.lockstep.api("GET", f"/groups/{world.lockstep_group('Sales')}")
    assert (group["memberCount"]["count"], group["pendingMembers"]) == (2, 3)
    x = world.user("late", externalId="x")
    after = {member["value"]: member for member in world.get(at)["members"]}
    assert after["x"]["$ref"].endswith(f"/Users/{x}")
    assert world.get(f"/Users/{x}")["groups"][0]["value"] == world.g1
    for wrong in ("", "  ", {"id": "x"}, "y" * 513, 5):
        operation = {"op": "add", "path": "members", "value": [{"value": wrong}]}
        assert_error(world.call.patch(at, operation, expect=400), 400, "invalidValue")


@row("T45", "X05", "V06")
def test_a_member_once(world):
    at = f"/Groups/{world.g1}"
    before = world.get(at)
    for value in ({"value": world.u1}, {"value": world.u1, "display": "Bob"}, {"value": world.u1, "type": "User"}):
        assert world.call.patch(at, {"op": "add", "path": "members", "value": [value, value]}, expect=200) == before
    twice = [{"value": world.u3}, {"value": world.u3, "display": "Cem"}]
    made = world.call("POST", "/Groups", {"schemas": [GROUP], "displayName": "Twice", "members": twice}, expect=201)
    assert [member["value"] for member in made["members"]] == [world.u3]
    put = world.call("PUT", f"/Groups/{made['id']}", {"schemas": [GROUP], "displayName": "Twice", "members": twice * 2})
    assert put == made


@row("T49", "C27")
def test_the_whole_group_as_a_value(world):
    value = {"schemas": [GROUP], "id": world.g1, "externalId": "ak-1", "displayName": "Renamed"}  # W11
    seen = world.call.patch(f"/Groups/{world.g1}", {"op": "replace", "value": value}, expect=200)
    assert (seen["displayName"], seen["externalId"]) == ("Renamed", "ak-1")
    assert world.call.members(world.g1) == {world.u1, world.u2}


@row("T54", "C27", "V05")
def test_a_rename_with_an_id(world):
    made = world.call("POST", "/Groups", {"schemas": [GROUP], "displayName": "X", "members": []}, expect=201)
    at = f"/Groups/{made['id']}"
    for name in ("X", "New", "New"):
        seen = world.call.patch(at, {"op": "replace", "value": {"id": made["id"], "displayName": name}}, expect=200)
        assert seen["displayName"] == name
    refused = world.call.patch(at, {"op": "replace", "value": {"id": NOBODY, "displayName": "No"}}, expect=400)
    assert_error(refused, 400, "mutability")
    world.call.patch(at, {"op": "Replace", "path": "externalId", "value": "g9"})
    assert world.call.one("/Groups", 'externalId eq "g9"')["displayName"] == "New"


@row("T55")
def test_put_and_members(world):
    at, body = f"/Groups/{world.g1}", {"schemas": [GROUP], "displayName": "Sales"}
    world.call("PUT", at, body | {"members": [{"value": world.u2}]})
    assert world.call.members(world.g1) == {world.u2}
    seen = world.call("PUT", at, body | {"displayName": "Selling"})
    assert seen["displayName"] == "Selling" and world.call.members(world.g1) == {world.u2}
    assert "members" not in world.call("PUT", at, body | {"members": []})


@row("T55", "C24")
def test_put_and_members_of_a_strict_source(strict):
    body = {"schemas": [GROUP], "displayName": "Sales"}
    seen = strict.call("PUT", f"/Groups/{strict.g1}", body)
    assert "members" not in seen and strict.call.members(strict.g1) == set()


@row("T56")
def test_five_thousand_at_once(world):
    members = [{"value": f"m{number}"} for number in range(4_998)] + [{"value": world.u1}, {"value": world.u2}]
    at = f"/Groups/{world.g1}"
    everybody = {"op": "replace", "path": "members", "value": members}
    world.call.patch(at, everybody, expect=204)
    version = world.version(at)
    world.call.patch(at, everybody, expect=204)
    world.call.patch(at, everybody | {"value": members[::-1]}, expect=204)
    assert world.version(at) == version
    assert len(world.get(at)["members"]) == 5_000


@row("T13b")
def test_wrapped_members(world):
    group = world.group("Crew")
    world.call.patch(f"/Groups/{group}", {"op": "add", "value": {"members": [{"value": world.u1}]}})
    world.call.patch(f"/Groups/{group}", {"op": "Add", "value": {"members": {"value": world.u2}}})
    assert world.call.members(group) == {world.u1, world.u2}


@row("T13")
def test_references(world):
    outer = world.group("Outer", world.g1)
    for group, kind in ((world.g1, "User"), (outer, "Group")):
        for member in world.get(f"/Groups/{group}")["members"]:
            assert member["type"] == kind
            target = member["$ref"].removeprefix(world.source.base_url)
            assert world.get(target)["id"] == member["value"]
            assert world.get(target)["meta"]["location"] == member["$ref"]


@row("T75")
def test_a_large_group_costs_what_a_small_one_does(world):
    """10,000 members against 10: a change of one member, and a look without members."""
    people = [world.user(f"p{number}") for number in range(15)]
    sizes = {}
    for size in (10, 10_000):
        members = [{"value": f"{size}-{number}"} for number in range(size)]
        body = {"schemas": [GROUP], "displayName": f"{size}", "members": members}
        sizes[size] = world.call("POST", "/Groups?attributes=id", body, expect=201)["id"]
    took = {(what, size): [] for what in ("add", "remove", "look") for size in sizes}
    for id in people:
        for size, group in sizes.items():
            for what, send in (
                ("add", {"op": "add", "path": "members", "value": [{"value": id}]}),
                ("remove", {"op": "remove", "path": f'members[value eq "{id}"]'}),
                ("look", None),
            ):
                began = time.perf_counter()
                if send:
                    world.call.patch(f"/Groups/{group}?attributes=id", send)
                else:
                    world.get(f"/Groups/{group}?excludedAttributes=members")
                took[what, size].append(time.perf_counter() - began)
    for what in ("add", "remove", "look"):
        small, large = (statistics.median(took[what, size]) for size in sizes)
        assert large < 3 * small + 0.005, (what, small, large)
    assert len(world.get(f"/Groups/{sizes[10_000]}")["members"]) == 10_000


@row("T79")
def test_no_circles(world):
    inner = world.group("Inner")
    outer = world.group("Outer", inner)
    outermost = world.group("Outermost", outer)
    for member in (outer, outermost, inner):
        operation = {"op": "add", "path": "members", "value": [{"value": member}]}
        assert_error(world.call.patch(f"/Groups/{inner}", operation, expect=400), 400, "invalidValue")
    # Nor by waiting for one.
    waiting = world.group("Waiting", "later")
    body = {"schemas": [GROUP], "displayName": "Later", "externalId": "later", "members": [{"value": waiting}]}
    assert_error(world.call("POST", "/Groups", body, expect=400), 400, "invalidValue")
    assert world.call.members(inner) == set()


@row("T80")
def test_twenty_at_once(world):
    people = [world.user(f"p{number}") for number in range(20)]
    group = world.group("Crew", *people[:10])

    def change(id):
        add = {"op": "add", "path": "members", "value": [{"value": id}]}
        remove = {"op": "remove", "path": f'members[value eq "{id}"]'}
        body = {"schemas": [PATCH], "Operations": [remove if id in people[:10] else add]}
        headers = {"Authorization": f"Bearer {world.source.token}", "Content-Type": "application/scim+json"}
        url = f"{world.source.base_url}/Groups/{group}"
        return httpx2.patch(url, json=body, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(change, people)) <= {200, 204}
    assert world.call.members(group) == set(people[10:])


@row("V01", "V02", "V03", "V04", "V05", "V07", "V16", "C35")
def test_a_groups_life_as_the_validator_has_it(world):
    at, group = f"/Groups/{world.g1}", world.get(f"/Groups/{world.g1}")
    assert "members" not in world.get(f"{at}?excludedAttributes=members")
    assert world.call.one("/Groups", 'displayName eq "Sales"') == group
    assert "members" not in world.call.one("/Groups", 'displayName eq "SALES"', "&excludedAttributes=members")
    world.call.none("/Groups", 'displayName eq "Nobody"')
    body = {"schemas": [GROUP], "displayName": "Sales"}
    assert_error(world.call("POST", "/Groups", body, expect=409), 409, "uniqueness")
    seen = world.call.patch(
        at,
        {"op": "Replace", "path": "displayName", "value": "New"},
        {"op": "Replace", "path": "externalId", "value": "new"},
        {"op": "Replace", "path": "displayName", "value": "Newer"},
        expect=200,
    )
    assert (seen["displayName"], seen["externalId"]) == ("Newer", "new")
    world.call("DELETE", at, expect=204)
    world.call("GET", at, expect=404)
    world.call("DELETE", at, expect=404)
    assert "groups" not in world.get(f"/Users/{world.u1}")
