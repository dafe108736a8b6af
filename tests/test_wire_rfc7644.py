"""RFC 7644, requirement by requirement: P- of rows.toml, each shown in full where other rows show a part of it."""

import unicodedata
from urllib.parse import quote

import pytest
from support.caller import ENTERPRISE, ERROR, GROUP, LIST, NOBODY, PATCH, USER, assert_error
from support.typed import made, resource

row = pytest.mark.row
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
SEARCH, BULK = f"{MESSAGES}:SearchRequest", f"{MESSAGES}:BulkRequest"


@row("P-01")
def test_the_challenge_shows_every_scheme(world):
    def challenge():
        answer = world.lockstep.anonymous(f"{world.source.base_url}/Users")
        assert answer.status_code == 401
        assert_error(answer.json(), 401, None)
        return answer.headers["www-authenticate"]

    def schemes():
        return {scheme["type"] for scheme in world.get("/ServiceProviderConfig")["authenticationSchemes"]}

    assert challenge().startswith("Bearer") and "Basic" not in challenge()
    assert schemes() == {"oauthbearertoken"}
    world.lockstep.api("POST", f"/sources/{world.source.id}/tokens", {"kind": "basic"})
    assert challenge().startswith("Bearer") and 'Basic realm="' in challenge()
    assert schemes() == {"oauthbearertoken", "httpbasic"}


@row("P-02")
def test_a_client_changes_nothing_of_another(world):
    """By every verb, in a bulk request too, and whatever it knows of the other's ids and versions."""
    user = world.other("POST", "/Users", {"schemas": [USER], "userName": world.name("theirs")}, expect=201)
    group = world.other("POST", "/Groups", {"schemas": [GROUP], "displayName": "Theirs", "members": [{"value": user["id"]}]}, expect=201)
    for kind, name, theirs in (("Users", "displayName", user), ("Groups", "displayName", group)):
        at = f"/{kind}/{theirs['id']}"
        before = world.other("GET", at)
        match = {"If-Match": before["meta"]["version"]}
        operation = {"op": "replace", "path": name, "value": "Mine"}
        body = {"schemas": [PATCH], "Operations": [operation]}
        world.call("PUT", at, before | {name: "Mine"}, headers=match, expect=404)
        world.call("PATCH", at, body, headers=match, expect=404)
        world.call("DELETE", at, headers=match, expect=404)
        operations = [
            {"method": "PUT", "path": at, "data": before | {name: "Mine"}},
            {"method": "PATCH", "path": at, "data": body},
            {"method": "DELETE", "path": at},
        ]
        answers = world.call("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})["Operations"]
        assert [answer["status"] for answer in answers] == ["404"] * 3
        search = {"schemas": [SEARCH], "filter": f'id eq "{theirs["id"]}"'}
        for target in ("/.search", f"/{kind}/.search"):
            assert world.call("POST", target, search)["totalResults"] == 0
        assert world.other("GET", at) == before


@row("P-04")
def test_messages_have_urns_of_their_own(world, strict):
    listed = {schema["id"].lower() for schema in world.get("/Schemas")["Resources"]}
    assert listed and not [urn for urn in listed if "api:messages" in urn]
    answers = {
        LIST: world.get("/Users"),
        ERROR: world.call("GET", f"/Users/{NOBODY}", expect=404),
        f"{MESSAGES}:BulkResponse": world.call("POST", "/Bulk", {"schemas": [BULK], "Operations": []}),
    }
    for urn, answer in answers.items():
        assert answer["schemas"] == [urn] and urn.startswith("urn:ietf:params:scim:api:messages:2.0:")
    for urn in (*answers, PATCH, SEARCH, BULK):
        world.call("GET", f"/Schemas/{urn}", expect=404)
        refused = strict.call("POST", "/Users", {"schemas": [urn], "userName": strict.name("x")}, expect=400)
        assert_error(refused, 400, "invalidSyntax")
    for target, body in (("/Bulk", {"Operations": []}), ("/.search", {}), ("/Users/.search", {})):
        for wrong in ([PATCH], [USER], []):
            assert_error(world.call("POST", target, body | {"schemas": wrong}, expect=400), 400, "invalidSyntax")


@row("P-06", "P-08")
def test_every_type_is_made_alike(typed):
    for kind, body in (
        ("User", {"schemas": [USER], "userName": typed.name("made"), "groups": [{"value": NOBODY}]}),
        ("Group", {"schemas": [GROUP], "displayName": "Made"}),
        ("TestResource", resource(typed, readOnlyAttr="mine")),
    ):
        forged = {"id": "x", "meta": {"resourceType": "Robot", "version": "9", "location": "https://evil.test/"}}
        first = typed.call("POST", f"/{kind}s", body | forged, expect=201)
        at = f"/{kind}s/{first['id']}"
        assert typed.call.last.headers["location"] == first["meta"]["location"] == typed.source.base_url + at
        assert first["meta"]["resourceType"] == kind and not {"groups", "readOnlyAttr"} & set(first)
        assert typed.get(at) == first
        changed = typed.call("PUT", at, body | forged)
        assert changed["meta"]["resourceType"] == kind and changed["id"] == first["id"]
        refused = typed.call.patch(at, {"op": "replace", "path": "meta.resourceType", "value": "Robot"}, expect=400)
        assert_error(refused, 400, "mutability")
        assert [found["meta"]["resourceType"] for found in typed.get(f"/{kind}s")["Resources"]] == [kind]


@row("P-10")
def test_lists_are_list_responses(typed):
    counters = {"schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"}
    nobody = quote('id eq "x"')
    for endpoint in ("/Users", "/Groups", "/TestResources", "/"):
        empty = {"schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []}
        assert typed.get(endpoint) == empty
        assert typed.get(f"{endpoint}?filter={nobody}") == empty
        assert typed.call("POST", f"{endpoint.rstrip('/')}/.search", {"schemas": [SEARCH]}) == empty
    assert typed.g1 and made(typed, "one")
    for endpoint, total in (("/Users", 2), ("/Groups", 1), ("/TestResources", 1), ("/", 4)):
        page = typed.get(endpoint)
        assert set(page) == counters and page["schemas"] == [LIST]
        assert page["totalResults"] == page["itemsPerPage"] == len(page["Resources"]) == total


@row("P-11")
def test_unknown_parameters_are_ignored_by_every_verb(world):
    at, junk = f"/Users/{world.u1}", "foo=bar&aadOptscim062020&%24select=id&=&api-version=2"
    user = world.get(at)
    assert world.get(f"{at}?{junk}") == user
    assert world.call("PUT", f"{at}?{junk}", user) == user
    same = {"op": "replace", "path": "displayName", "value": user["displayName"]}
    assert world.call.patch(f"{at}?{junk}", same, expect=200) == user
    assert world.call("POST", f"/Users/.search?{junk}", {"schemas": [SEARCH]}) == world.get("/Users")
    assert world.call("POST", f"/Bulk?{junk}", {"schemas": [BULK], "Operations": []})["Operations"] == []
    for target in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        assert world.get(f"{target}?{junk}") == world.get(target)
    body = {"schemas": [USER], "userName": world.name("new")}
    new = world.call("POST", f"/Users?{junk}", body, expect=201)["id"]
    world.call("DELETE", f"/Users/{new}?{junk}", expect=204)


@row("P-14")
def test_operators_have_no_case(world):
    assert world.u1 and world.u2 and world.u3
    for filter in (
        'userName eq "{bob}"',
        'userName ne "{bob}"',
        'userName co "ob@"',
        'userName sw "b"',
        'userName ew ".x.test"',
        "name pr",
        'userName gt "b"',
        'userName ge "{bob}"',
        'userName lt "{bob}"',
        'userName le "{bob}"',
        'name pr and userName sw "b"',
        'userName sw "a" or userName sw "b"',
        "not (name pr)",
        'emails[type eq "work" and value sw "b"]',
    ):
        words = filter.replace("{bob}", world.name("bob")).split(" ")
        as_it_is = {found["id"] for found in world.call.find("/Users", " ".join(words))}
        assert as_it_is, f"{filter} says nothing when it finds nobody"
        known = {"eq", "ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le", "and", "or", "not"}
        for spell in (str.upper, str.title, str.swapcase):
            spelled = " ".join(spell(word) if word in known else word for word in words)
            assert {found["id"] for found in world.call.find("/Users", spelled)} == as_it_is, spelled


@row("P-16")
def test_truth_and_bytes_have_no_order(typed):
    value = {"schemas": [USER], "userName": typed.name("cert"), "x509Certificates": [{"value": "MIIBCgKC"}]}
    user = typed.call("POST", "/Users", value, expect=201)["id"]
    made(typed, "bytes", binaryAttr="MIIBCgKC", booleanAttr=True)
    for op in ("gt", "ge", "lt", "le"):
        for endpoint, filter in (
            ("/Users", f"active {op} true"),
            ("/Users", f'x509Certificates.value {op} "MIIB"'),
            ("/Users", f'x509Certificates[value {op} "MIIB"]'),
            ("/Users", f'emails[primary {op} false]'),
            ("/TestResources", f"booleanAttr {op} false"),
            ("/TestResources", f'binaryAttr {op} "MIIB"'),
        ):
            assert_error(typed.call.find(endpoint, filter, expect=400), 400, "invalidFilter")
    # What can be asked of them is answered.
    assert typed.call.one("/Users", 'x509Certificates.value eq "MIIBCgKC"')["id"] == user
    assert len(typed.call.find("/TestResources", "booleanAttr eq true")) == 1
    assert len(typed.call.find("/TestResources", 'binaryAttr eq "MIIBCgKC"')) == 1


@row("P-18")
def test_complex_attributes_are_asked_by_part(typed):
    ids = {
        short: made(typed, short, **attributes)["id"]
        for short, attributes in {
            "first": {"complexAttr": {"sub1": "a", "sub3": False}},
            "second": {"complexAttr": {"sub2": 7}, "multiComplex": [{"type": "x"}]},
            "third": {"multiComplex": [{"value": "v", "type": "y"}]},
            "none": {},
        }.items()
    }
    for filter, found in {
        'complexAttr.sub1 eq "a"': "first",
        "complexAttr.sub2 gt 6": "second",
        "complexAttr.sub3 eq false": "first",
        "complexAttr pr": "first second",
        "complexAttr.sub1 pr": "first",
        "not (complexAttr pr)": "none third",
        "multiComplex pr": "second third",
        "multiComplex.value pr": "third",
        'multiComplex[type eq "y" and value pr]': "third",
    }.items():
        rows = {row["id"] for row in typed.call.find("/TestResources", filter)}
        assert rows == {ids[short] for short in found.split()}, filter


@row("P-27")
def test_operations_run_in_order(world):
    """Each sees what the one before it left: the same operations, turned round, come to something else."""
    at = f"/Users/{world.u1}"
    say = lambda op, path, value=None: {"op": op, "path": path} | ({} if op == "remove" else {"value": value})  # noqa: E731
    seen = world.call.patch(at, say("replace", "title", "A"), say("replace", "title", "B"), expect=200)
    assert seen["title"] == "B"
    assert "title" not in world.call.patch(at, say("add", "title", "C"), say("remove", "title"), expect=200)
    assert world.call.patch(at, say("remove", "title"), say("add", "title", "C"), expect=200)["title"] == "C"
    home = say("add", "emails", [{"type": "home", "value": "h@x.test"}])
    change = say("replace", 'emails[type eq "home"].value', "i@x.test")
    drop = say("remove", 'emails[type eq "home"]')
    assert world.call.patch(at, home, change, expect=200)["emails"][-1] == {"type": "home", "value": "i@x.test"}
    assert len(world.call.patch(at, home, change, drop, expect=200)["emails"]) == 1
    group, member = f"/Groups/{world.g1}", [{"value": world.u3}]
    add, remove = say("add", "members", member), say("remove", f'members[value eq "{world.u3}"]')
    world.call.patch(group, add, remove)
    assert world.call.members(world.g1) == {world.u1, world.u2}
    world.call.patch(group, remove, add)
    assert world.call.members(world.g1) == {world.u1, world.u2, world.u3}
    world.call.patch(group, say("remove", "members"), add)
    assert world.call.members(world.g1) == {world.u3}


@row("P-28")
def test_a_patch_keeps_to_the_schema(typed):
    resource = made(typed, "kept", integerAttr=1, complexAttr={"sub1": "a"})
    at = f"/TestResources/{resource['id']}"
    for path, wrong in (
        ("integerAttr", "seven"),
        ("integerAttr", 1.5),
        ("booleanAttr", "perhaps"),
        ("dateTimeAttr", "yesterday"),
        ("binaryAttr", "é"),
        ("complexAttr", "a"),
        ("complexAttr.sub2", "x"),
        ("caseExactString", {"x": 1}),
        ("multiStrings", [1, {"x": 1}]),
        ("multiComplex", [{"primary": "perhaps"}]),
    ):
        for op in ("add", "replace"):
            refused = typed.call.patch(at, {"op": op, "path": path, "value": wrong}, expect=400)
            assert_error(refused, 400, "invalidValue")
            refused = typed.call.patch(at, {"op": op, "value": {path: wrong}}, expect=400)
            assert_error(refused, 400, "invalidValue")
    assert typed.get(at) == resource


@row("P-32")
def test_replace_in_all_its_ways(typed):
    at = f"/TestResources/{made(typed, 'ways')['id']}"

    def replace(path, value):
        return typed.call.patch(at, {"op": "replace", "path": path, "value": value}, expect=200)

    assert replace("multiStrings", ["a", "b"])["multiStrings"] == ["a", "b"], "where nothing was"
    assert replace("multiStrings", ["c"])["multiStrings"] == ["c"], "a list, whole"
    assert "multiStrings" not in replace("multiStrings", []), "by nothing"
    one, two, three = ({"value": value, "type": kind} for value, kind in (("1", "x"), ("2", "x"), ("3", "y")))
    replace("multiComplex", [one, two, three])
    seen = replace('multiComplex[type eq "x"].type', "z")["multiComplex"]
    assert seen == [one | {"type": "z"}, two | {"type": "z"}, three], "all that fit, and no other"
    seen = replace('multiComplex[value eq "3"]', {"value": "4", "type": "w"})["multiComplex"]
    assert seen == [one | {"type": "z"}, two | {"type": "z"}, {"value": "4", "type": "w"}]
    replace("complexAttr", {"sub1": "a", "sub2": 1})
    assert replace("complexAttr.sub2", 2)["complexAttr"] == {"sub1": "a", "sub2": 2}, "a part"
    seen = typed.call.patch(at, {"op": "replace", "value": {"integerAttr": 5, "multiStrings": ["d"]}}, expect=200)
    assert (seen["integerAttr"], seen["multiStrings"], seen["complexAttr"]) == (5, ["d"], {"sub1": "a", "sub2": 2})
    refused = typed.call.patch(at, {"op": "replace", "path": 'multiComplex[value co "zz"].type', "value": "x"}, expect=400)
    assert_error(refused, 400, "noTarget")


@row("P-34")
def test_a_patch_of_a_large_group_answers_nothing(world):
    """200 with the resource, or 204 without one, as the members of more than a hundred are not read for it."""
    large = world.group("Large", *(f"later-{number}" for number in range(101)))
    at, rename = f"/Groups/{large}", {"op": "replace", "path": "displayName", "value": "Larger"}
    assert world.call.patch(at, rename, expect=204) is None and world.call.last.content == b""
    version = world.version(at)[0]
    assert world.call.last.headers["etag"] == version
    part = world.call.patch(f"{at}?attributes=displayName", rename, expect=200)
    assert part == {"schemas": [GROUP], "id": large, "displayName": "Larger"}
    less = world.call.patch(f"{at}?excludedAttributes=members", rename, expect=200)
    assert "members" not in less and less["displayName"] == "Larger"
    small = world.call.patch(f"/Groups/{world.g1}", {"op": "replace", "path": "displayName", "value": "Small"}, expect=200)
    assert small == world.get(f"/Groups/{world.g1}")


NO_PATHS = ["emails[", "emails]", "a..b", ".title", "title.", "name..givenName", "urn:", f"{USER}:", "title title", "title,name", "[]"]
NO_PATHS += ['emails[type eq "work"', 'emails[type eq "work"]value', 'emails[type eq "work"].', 'emails[type eq "work"].value.x']
NO_FILTERS = ["emails[]", "emails[type eq]", 'emails[type xx "a"].value']


@row("P-35")
@pytest.mark.parametrize("path", NO_PATHS + NO_FILTERS)
def test_paths_that_cannot_be_used(world, path):
    """What is wrong with the filter in a path is `invalidFilter` (RFC 7644 table 9)."""
    at = f"/Users/{world.u1}"
    before = world.get(at)
    for op in ("add", "replace", "remove"):
        operation = {"op": op, "path": path} | ({} if op == "remove" else {"value": "x"})
        keyword = "invalidFilter" if path in NO_FILTERS else "invalidPath"
        assert_error(world.call.patch(at, operation, expect=400), 400, keyword)
    assert world.get(at) == before


@row("P-40")
def test_attributes_by_their_urn_everywhere(world):
    at = f"/Users/{world.u1}"
    world.call.patch(at, {"op": "add", "path": f"{ENTERPRISE}:department", "value": "Ops"})
    for urn in (USER, USER.upper()):
        assert world.get(f"{at}?attributes={urn}:userName") == world.get(f"{at}?attributes=userName")
        assert world.get(f"{at}?attributes={urn}:name.givenName")["name"] == {"givenName": "Bob"}
        assert world.get(f"{at}?excludedAttributes={urn}:emails") == world.get(f"{at}?excludedAttributes=emails")
        assert world.call.one("/Users", f'{urn}:userName eq "{world.name("bob")}"')["id"] == world.u1
        assert world.call.one("/Users", f'{urn}:emails[type eq "work"].value eq "{world.name("bob")}"')["id"] == world.u1
        world.call.patch(at, {"op": "replace", "path": f"{urn}:name.familyName", "value": urn[-4:]})
        assert world.get(at)["name"]["familyName"] == urn[-4:]
    shown = world.get(f"{at}?attributes={ENTERPRISE}:department")
    assert shown == {"schemas": [USER, ENTERPRISE], "id": world.u1, ENTERPRISE: {"department": "Ops"}}
    assert ENTERPRISE not in world.get(f"{at}?excludedAttributes={ENTERPRISE}:department")
    assert world.call.one("/Users", f'{ENTERPRISE}:department eq "ops"')["id"] == world.u1
    assert world.u2
    first = world.get(f"/Users?sortBy={ENTERPRISE}:department&attributes=id")["Resources"][0]
    assert first["id"] == world.u1, "who has none comes last"


@row("P-45")
def test_names_are_prepared(world):
    """Spellings that look the same are the same name: by POST, by PUT, in a filter."""
    name = world.name("Zoë Åse")
    user = world.call("POST", "/Users", {"schemas": [USER], "userName": name}, expect=201)
    other = world.user("other")
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in name)
    spellings = {unicodedata.normalize("NFD", name), unicodedata.normalize("NFKD", name), name.upper(), name.lower(), wide}
    assert len(spellings - {name}) >= 4
    for spelling in spellings:
        body = {"schemas": [USER], "userName": spelling}
        assert_error(world.call("POST", "/Users", body, expect=409), 409, "uniqueness")
        assert_error(world.call("PUT", f"/Users/{other}", body, expect=409), 409, "uniqueness")
        assert world.call.one("/Users", f'userName eq "{spelling}"')["id"] == user["id"], spelling
    assert world.get(f"/Users/{user['id']}")["userName"] == name, "kept as it was sent"
