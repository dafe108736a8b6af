"""Filters: T05-T07, T23-T27, T29, T41, T66 of rows.toml."""

import statistics
import time
from urllib.parse import quote

import pytest
from support.caller import ENTERPRISE, GROUP, NOBODY, PATCH, USER, assert_error

row = pytest.mark.row
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@row("T05", "C18", "V09")
def test_letter_case(world):
    bob = world.name("bob")
    assert world.u1 and world.u2
    for filter in (
        f'userName eq "{bob.upper()}"',
        f'USERNAME eq "{bob}"',
        f'username EQ "{bob.title()}"',
        f'emails.value eq "{bob.upper()}"',
        f'emails[TYPE Eq "WORK" AND Value Eq "{bob.upper()}"]',
        'name.familyName eq "BUILDER"',
        'externalId eq "e1"',
        f'id eq "{world.u1}"',
    ):
        assert world.call.one("/Users", filter)["id"] == world.u1, filter
    for filter in ('externalId eq "E1"', f'id eq "{world.u1.upper()}"'):
        world.call.none("/Users", filter)


@row("T06", "C19")
def test_the_grammar(world):
    """Who is found by which filter. Ann's work address and her x.test address are different ones."""
    quoted = 'and (x) ] " é'
    people = {
        "ann": {
            "name": {"givenName": "Rita", "familyName": "A"},
            "emails": [{"value": "ann@y.test", "type": "work"}, {"value": "ann@x.test", "type": "home"}],
            "title": "a",
        },
        "ben": {
            "name": {"givenName": "Ben", "familyName": "B"},
            "emails": [{"value": "ben@x.test", "type": "work"}],
            "title": "b",
            "active": False,
            "nickName": quoted,
        },
        "cid": {"title": "c", "displayName": quoted, "emails": None, ENTERPRISE: {"department": "Ops"}},
    }
    ids = {world.user(name, **more): name for name, more in people.items()}
    escaped = quoted.replace('"', '\\"')
    date = world.get(f"/Users/{next(iter(ids))}")["meta"]["created"]
    for filter, found in {
        'title eq "a" or title eq "b" and active eq true': "ann",
        'title eq "b" and active eq true or title eq "a"': "ann",
        '(title eq "a" or title eq "b") and active eq true': "ann",
        '(title eq "a" or (title eq "b" or title eq "c")) and (active eq true)': "ann cid",
        'not (title eq "a")': "ben cid",
        'not (title eq "a") and not (active eq false)': "cid",
        'title ne "a"': "ben cid",
        'emails[type eq "work" and value ew "x.test"]': "ben",
        'emails.type eq "work" and emails.value ew "x.test"': "ann ben",
        "name pr": "ann ben",
        "emails pr": "ann ben",
        "not (name pr)": "cid",
        'name.givenName sw "R"': "ann",
        'name.givenName sw "r"': "ann",
        'emails.value co "@X."': "ann ben",
        "active eq true": "ann cid",
        "active eq false": "ben",
        f'nickName eq "{escaped}"': "ben",
        f'displayName eq "{escaped}" or nickName eq "{escaped}"': "ben cid",
        f'{ENTERPRISE}:department eq "Ops"': "cid",
        f'{USER}:title eq "a"': "ann",
        'title gt "a"': "ben cid",
        'title ge "b" and title lt "c"': "ben",
        'title le "a"': "ann",
        'meta.lastModified gt "2026-01-01T00:00:00Z"': "ann ben cid",
        f'meta.created ge "{date}"': "ann ben cid",
        f'meta.lastModified lt "{date}"': "",
        'meta.resourceType eq "User"': "ann ben cid",
    }.items():
        rows = world.call.find("/Users", filter)
        assert sorted(ids[row["id"]] for row in rows) == found.split(), filter


BROKEN = [
    'userName xx "a"',
    "userName eq",
    'eq "a"',
    "active gt true",
    "active ge false",
    'nosuch eq "a"',
    "nosuch pr",
    'userName eq "a',
    'emails[type eq "work"',
    'emails type eq "work"]',
    '(userName eq "a"',
    'userName eq "a")',
    ")(",
    'userName eq "a" and',
    'userName = "a"',
    "not userName pr",
    'userName eq "' + "a" * 20_000 + '"',
    "(" * 2_000 + 'userName eq "a"' + ")" * 2_000,
    "emails[" * 2_000,
    'meta.created gt "yesterday"',
    'userName.x eq "a"',
    " ",
]


@row("T07", "C20", "X04")
@pytest.mark.parametrize("filter", BROKEN, ids=range(len(BROKEN)))
def test_broken_filters(world, filter):
    assert world.u1
    assert_error(world.call("GET", f"/Users?filter={quote(filter, safe='')}", expect=400), 400, "invalidFilter")
    search = {"schemas": [SEARCH], "filter": filter}
    assert_error(world.call("POST", "/Users/.search", search, expect=400), 400, "invalidFilter")


@row("T23", "C19")
def test_external_id(world):
    assert world.u1 and world.u2 and world.g1
    assert world.call.one("/Users", 'externalId eq "e1"')["id"] == world.u1
    assert world.call.one("/Groups", 'externalId eq "g1"')["id"] == world.g1
    world.call.none("/Groups", 'externalId eq "e1"')


def by_mail(name):
    return [
        f'emails[type eq "work"].value eq "{name}"',
        f'emails[type eq "work" and value eq "{name}"]',
        f'emails.value eq "{name}"',
        f'emails eq "{name}"',
    ]


@row("T24", "C19")
def test_addresses(world):
    assert world.u1 and world.u2
    for filter in (*by_mail(world.name("bob")), f'emails[type eq "work"] eq "{world.name("bob")}"'):
        assert world.call.one("/Users", filter)["id"] == world.u1, filter
    for filter in by_mail(world.name("nobody")):
        world.call.none("/Users", filter)


@row("T24")
def test_addresses_asked_of_a_strict_source(strict):
    assert strict.u1
    first, second, third, fourth = by_mail(strict.name("bob"))
    for filter in (second, third):
        assert strict.call.one("/Users", filter)["id"] == strict.u1
    for filter in (first, fourth, "externalId eq e1", 'active eq "True"'):
        assert_error(strict.call.find("/Users", filter, expect=400), 400, "invalidFilter")


@row("T25")
def test_managers(world):
    boss = {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": world.u2}}
    world.call.patch(f"/Users/{world.u1}", boss)
    for filter in (f'id eq "{world.u1}" and manager eq "{world.u2}"', f'manager eq "{world.u2}" and id eq "{world.u1}"'):
        found = world.call.one("/Users", filter, "&attributes=id")
        assert found == {"schemas": [USER], "id": world.u1}
    for wrong in (world.u1, world.u3, NOBODY, "x"):
        world.call.none("/Users", f'id eq "{world.u1}" and manager eq "{wrong}"', "&attributes=id")


@row("T26", "V06")
def test_members(world):
    world.group("Other", world.u3)
    for filter in (f'members eq "{world.u1}"', f'members.value eq "{world.u1}"', f'members[value eq "{world.u1}"]'):
        for whole in (f'id eq "{world.g1}" and {filter}', f'{filter} and id eq "{world.g1}"', filter):
            assert world.call.one("/Groups", whole, "&attributes=id") == {"schemas": [GROUP], "id": world.g1}, whole
    for nobody in (world.u3, NOBODY, "x"):
        world.call.none("/Groups", f'id eq "{world.g1}" and members eq "{nobody}"')
    # Who has not arrived is found as it is shown.
    world.call.patch(f"/Groups/{world.g1}", {"op": "add", "path": "members", "value": [{"value": "later"}]})
    assert world.call.one("/Groups", 'members eq "later"')["id"] == world.g1


@row("T27")
def test_a_large_group_by_name(world):
    """Its members are not read: it costs what a small group costs."""
    ids = [{"value": f"member-{number}"} for number in range(10_000)]
    world.call("POST", "/Groups?attributes=id", {"schemas": [GROUP], "displayName": "Large", "members": ids}, expect=201)
    world.group("Small")
    took = {"Large": [], "Small": []}
    for _ in range(15):
        for name, times in took.items():
            began = time.perf_counter()
            found = world.call.one("/Groups", f'displayName eq "{name}"', "&excludedAttributes=members")
            times.append(time.perf_counter() - began)
            assert "members" not in found
    large, small = (statistics.median(took[name]) for name in ("Large", "Small"))
    assert large < 3 * small + 0.005, took


@row("T29")
def test_pings_template(world):
    assert world.u1 and world.u2
    assert world.call.one("/Users", f'username Eq "{world.name("bob")}"')["id"] == world.u1


@row("T41", "C25", "C15")
def test_nothing_has_a_case(world):
    at = f"/Users/{world.u1}"
    for number, (operations, op, path, value) in enumerate(
        (
            ("Operations", "op", "path", "value"),
            ("operations", "OP", "Path", "VALUE"),
            ("OPERATIONS", "Op", "PATH", "Value"),
        )
    ):
        for name, verb in (("title", "replace"), ("TITLE", "Replace"), (f"{USER.upper()}:Title", "REPLACE")):
            text = f"{number} {name}"
            body = {"schemas": [PATCH], operations: [{op: verb, path: name, value: text, "name": "extra"}]}
            assert world.call("PATCH", at, body)["title"] == text
    for filter in ('TITLE eq "2 title"', f'{USER.upper()}:title EQ "2 TITLE"', 'title Sw "2" AND NOT (title eq "x") OR title PR'):
        world.call.find("/Users", filter)


@row("T66", "C22")
def test_users_and_groups_together(world):
    world.call.patch(f"/Users/{world.u1}", {"op": "replace", "path": "displayName", "value": "Sales"})
    assert world.g1
    found = world.call.find("/", 'displayName eq "sales"')
    assert [row["meta"]["resourceType"] for row in found] == ["User", "Group"]
    # What one of the types does not have is no value there.
    assert [row["id"] for row in world.call.find("/", f'userName eq "{world.name("bob")}"')] == [world.u1]
    assert [row["id"] for row in world.call.find("/", f'members eq "{world.u1}"')] == [world.g1]
    world.call.none("/", 'nosuch eq "x"')
    search = {"schemas": [SEARCH], "filter": 'displayName eq "Sales"', "count": 1, "startIndex": 2}
    page = world.call("POST", "/.search", search)
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (2, 1, 2)
    assert [row["id"] for row in page["Resources"]] == [world.g1]
