"""RFC 7643, requirement by requirement: S- of rows.toml, each shown in full where other rows show a part of it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx2
import pytest
from support.caller import ENTERPRISE, GROUP, NOBODY, USER, assert_error
from support.typed import EXTENSION, TEST, made, refused, resource

row = pytest.mark.row
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@row("S-02")
def test_text_follows_case_exact(typed):
    """The same text in two attributes that differ in nothing but caseExact, by every operator that compares text."""
    one = made(typed, "one", caseExactString="Ärger", caseInsensitiveString="Ärger")["id"]
    two = made(typed, "two", caseExactString="ärger", caseInsensitiveString="ärger")["id"]

    def find(filter):
        page = typed.get(f"/TestResources?filter={quote(filter)}&attributes=id")
        return {found["id"] for found in page["Resources"]}

    for op, value in (("eq", "Ärger"), ("sw", "Är"), ("co", "Ä"), ("co", "Ärg"), ("le", "Ärger")):
        assert find(f'caseInsensitiveString {op} "{value}"') == {one, two}, op
        assert find(f'caseExactString {op} "{value}"') == {one}, op
    assert find('caseInsensitiveString eq "ÄRGER"') == {one, two} and find('caseExactString eq "ÄRGER"') == set()
    assert find('caseInsensitiveString ew "GER"') == {one, two} and find('caseExactString ew "GER"') == set()
    assert find('caseInsensitiveString ne "ÄRGER"') == set() and find('caseExactString ne "Ärger"') == {two}


def lists_with_primary(world):
    """Every attribute of users that has several values, one of which is the primary one."""
    for attribute in world.get(f"/Schemas/{USER}")["attributes"]:
        parts = {part["name"]: part for part in attribute.get("subAttributes", [])}
        if attribute["multiValued"] and "primary" in parts and "value" in parts and attribute["mutability"] == "readWrite":
            yield attribute["name"], parts["value"]["type"]


def values_of(kind):
    """Two values of this type."""
    return {"binary": ["MIIBCgKC", "MIIBCgKD"], "reference": ["https://x.test/1", "https://x.test/2"]}.get(kind, ["a", "b"])


@row("S-08")
def test_one_primary_in_every_list(world):
    seen = []
    for name, kind in lists_with_primary(world):
        first, second = values_of(kind)
        both = [{"value": first, "primary": True}, {"value": second, "primary": True}]
        body = {"schemas": [USER], "userName": world.name(name), name: both}
        user = world.call("POST", "/Users", body, expect=201)
        at = f"/Users/{user['id']}"
        for answer in (
            user,
            world.call("PUT", at, body | {name: both[::-1]}),
            world.call.patch(at, {"op": "replace", "path": name, "value": both}, expect=200),
            world.call.patch(at, {"op": "add", "path": name, "value": [both[1]]}, expect=200),
            world.get(at),
        ):
            assert len(answer[name]) == 2 and [value.get("primary") for value in answer[name]].count(True) == 1, answer
        seen.append(name)
    assert {"emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates"} <= set(seen)


@row("S-09")
def test_no_value_twice(world):
    """A type and a value are there once, however often and by whatever verb they are said."""
    for name, kind in lists_with_primary(world):
        first, second = values_of(kind)
        value, other = {"value": first, "type": "work"}, {"value": second, "type": "work"}
        body = {"schemas": [USER], "userName": world.name(name), name: [value, value]}
        user = world.call("POST", "/Users", body, expect=201)
        assert user[name] == [value], name
        at = f"/Users/{user['id']}"
        assert world.call("PUT", at, body | {name: [value, other, value, other]})[name] == [value, other]
        assert world.call.patch(at, {"op": "add", "path": name, "value": [other, value]}, expect=200)[name] == [value, other]
        # The same value of another type is another one.
        home = value | {"type": "home"}
        assert world.call.patch(at, {"op": "add", "path": name, "value": [home, home]}, expect=200)[name] == [value, other, home]


@row("S-11")
def test_schemas_say_what_is_there(world):
    """Known URNs only, each once; in a body their order, and what it leaves out or has too much, says nothing."""
    for number, schemas in enumerate(([ENTERPRISE, USER], [USER, USER, ENTERPRISE], [USER], [USER, ENTERPRISE, "urn:x:unknown"])):
        body = {"schemas": schemas, "userName": world.name(f"s{number}"), ENTERPRISE: {"department": "Ops"}}
        user = world.call("POST", "/Users", body, expect=201)
        assert user["schemas"] == [USER, ENTERPRISE], schemas
        # Stated, and nothing of it there.
        bare = {"schemas": schemas, "userName": body["userName"]}
        assert world.call("PUT", f"/Users/{user['id']}", bare)["schemas"] == [USER]
        for shown in ("attributes=userName", "excludedAttributes=schemas", ""):
            assert world.get(f"/Users/{user['id']}?{shown}")["schemas"] == [USER]
    assert world.get(f"/Groups/{world.g1}")["schemas"] == [GROUP]
    assert all(found["schemas"] for found in world.get("/Users?attributes=id")["Resources"])


@row("S-12")
def test_ids_are_the_servers(typed):
    ids = set()

    def take(answer):
        assert uuid.UUID(answer["id"]) and answer["id"] not in ids and "bulkid" not in answer["id"].lower()
        ids.add(answer["id"])
        return answer["id"]

    for endpoint, body in (
        ("/Users", {"schemas": [USER], "userName": typed.name("ida")}),
        ("/Groups", {"schemas": [GROUP], "displayName": "Ids"}),
        ("/TestResources", resource(typed)),
    ):
        first = take(typed.call("POST", endpoint, body | {"id": "mine"}, expect=201))
        assert typed.call("PUT", f"{endpoint}/{first}", body | {"id": NOBODY})["id"] == first
        typed.call("DELETE", f"{endpoint}/{first}", expect=204)
        # The same again, also by the id it had.
        second = take(typed.call("POST", endpoint, body | {"id": first}, expect=201))
        typed.call("GET", f"{endpoint}/{first}", expect=404)
        typed.call("DELETE", f"{endpoint}/{second}", expect=204)
        operation = {"method": "POST", "path": endpoint, "bulkId": "mine", "data": body | {"id": "mine"}}
        [done] = typed.call("POST", "/Bulk", {"schemas": [BULK], "Operations": [operation]})["Operations"]
        take({"id": done["location"].rsplit("/", 1)[1]})


@row("S-15")
def test_every_answer_says_where_its_resource_is(typed):
    for endpoint, body, change in (
        ("/Users", {"schemas": [USER], "userName": typed.name("loc")}, ("title", "T")),
        ("/Groups", {"schemas": [GROUP], "displayName": "Loc"}, ("displayName", "Loc 2")),
        ("/TestResources", resource(typed), ("integerAttr", 1)),
    ):
        first = typed.call("POST", endpoint, body, expect=201)
        at = f"{endpoint}/{first['id']}"
        place = typed.source.base_url + at
        assert first["meta"]["location"] == typed.call.last.headers["location"] == place
        operation = {"op": "replace", "path": change[0], "value": change[1]}
        for answer in (typed.get(at), typed.call("PUT", at, body), typed.call.patch(at, operation, expect=200)):
            assert answer["meta"]["location"] == typed.call.last.headers["content-location"] == place
        listed = [found for found in typed.get(endpoint)["Resources"] if found["id"] == first["id"]]
        assert [found["meta"]["location"] for found in listed] == [place]
        headers = {"Authorization": f"Bearer {typed.source.token}"}
        assert httpx2.get(place, headers=headers).json()["id"] == first["id"], "it leads there"


@row("S-22")
def test_values_come_back_as_they_came(world):
    odd = {
        "displayName": "  Two  blanks ",
        "locale": "EN_us",
        "timezone": "america/Los_Angeles",
        "preferredLanguage": "DA, en-GB;q=0.8",
        "profileUrl": "HTTPS://X.test:443/a/../b",
        "emails": [{"value": "Bob.X@EXAMPLE.Test", "type": "Work"}],
        "phoneNumbers": [{"value": "+1 (555) 010-9999 ext. 4", "type": "WORK"}],
        "addresses": [{"country": "Deutschland", "postalCode": "01 099", "type": "work"}],
    }
    user = world.call("POST", "/Users", {"schemas": [USER], "userName": world.name("Odd")} | odd, expect=201)
    at = f"/Users/{user['id']}"
    assert {name: user[name] for name in odd} == odd and user["userName"] == world.name("Odd")
    for name, value in odd.items():
        operation = {"op": "replace", "path": name, "value": value}
        assert world.call.patch(at, operation, expect=200)[name] == value
    assert world.get(at)["meta"]["version"] == user["meta"]["version"], "the same, letter by letter"


@row("S-24")
def test_a_manager_is_an_object_with_an_id(world):
    boss, reference = world.u1, f"{world.source.base_url}/Users/{world.u1}"
    whole = {"value": boss, "$ref": reference}
    for number, said in enumerate((boss, {"value": boss}, {"value": boss, "displayName": "Forged", "$ref": "https://evil.test/"})):
        body = {"schemas": [USER, ENTERPRISE], "userName": world.name(f"m{number}"), ENTERPRISE: {"manager": said}}
        user = world.call("POST", "/Users", body, expect=201)
        at = f"/Users/{user['id']}"
        for answer in (user, world.call("PUT", at, body), world.get(at)):
            assert answer[ENTERPRISE]["manager"] == whole, said
    assert world.call.http.get(reference).json()["id"] == boss
    world.call("DELETE", f"/Users/{boss}", expect=204)
    assert ENTERPRISE not in world.get(at), "nobody reports to who is gone"


@row("S-28")
def test_schemas_show_every_characteristic(typed):
    types = {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}

    def check(attribute, path):
        assert attribute["type"] in types, path
        for flag in ("multiValued", "required"):
            assert type(attribute[flag]) is bool, path
        assert attribute["mutability"] in ("readOnly", "readWrite", "immutable", "writeOnly"), path
        assert attribute["returned"] in ("always", "never", "default", "request"), path
        assert type(attribute["name"]) is str and type(attribute["description"]) is str, path
        if attribute["type"] in ("string", "reference", "binary"):
            assert type(attribute["caseExact"]) is bool, path
        if attribute["type"] != "complex":
            assert attribute["uniqueness"] in ("none", "server", "global"), path
        if attribute["type"] == "reference":
            assert attribute["referenceTypes"], path
        assert attribute.get("canonicalValues", True), f"{path}: never empty"
        assert bool(attribute.get("subAttributes")) == (attribute["type"] == "complex"), path
        for part in attribute.get("subAttributes", []):
            # Only the schema of schemas describes attributes that have attributes.
            assert part["type"] != "complex" or path.startswith("urn:ietf:params:scim:schemas:core:2.0:Schema:"), path
            check(part, f"{path}.{part['name']}")

    for schema in typed.get("/Schemas")["Resources"]:
        assert schema["id"].startswith("urn:") and schema["name"] and schema["attributes"], schema["id"]
        names = [attribute["name"].lower() for attribute in schema["attributes"]]
        assert len(names) == len(set(names)), schema["id"]
        for attribute in schema["attributes"]:
            check(attribute, f"{schema['id']}:{attribute['name']}")
    # What was defined is what is shown.
    shown = {attribute["name"]: attribute for attribute in typed.get(f"/Schemas/{TEST}")["attributes"]}
    for name, characteristic, value in (
        ("identifier", "required", True),
        ("identifier", "uniqueness", "server"),
        ("caseExactString", "caseExact", True),
        ("readOnlyAttr", "mutability", "readOnly"),
        ("immutableAttr", "mutability", "immutable"),
        ("writeOnlyAttr", "mutability", "writeOnly"),
        ("writeOnlyAttr", "returned", "never"),
        ("requestOnlyAttr", "returned", "request"),
        ("alwaysReturnedAttr", "returned", "always"),
        ("multiStrings", "multiValued", True),
        ("referenceAttr", "referenceTypes", ["uri"]),
    ):
        assert shown[name][characteristic] == value, name


@row("S-30")
def test_what_is_unique_is_unique_when_fifty_come_at_once(typed):
    """Also an attribute that an administrator defined, and by every verb."""
    headers = {"Authorization": f"Bearer {typed.source.token}", "Content-Type": "application/scim+json"}

    def post(number):
        body = resource(typed, identifier=typed.name(f"u{number}"), uniqueString="Only-One")
        return httpx2.post(f"{typed.source.base_url}/TestResources", json=body, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = sorted(pool.map(post, range(50)))
    assert answers == [201] + [409] * 49
    other = made(typed, "other", uniqueString="another")
    at = f"/TestResources/{other['id']}"
    for taken in ("Only-One", "only-one"):
        operation = {"op": "replace", "path": "uniqueString", "value": taken}
        assert_error(typed.call.patch(at, operation, expect=409), 409, "uniqueness")
        body = resource(typed, identifier=typed.name("other"), uniqueString=taken)
        assert_error(typed.call("PUT", at, body, expect=409), 409, "uniqueness")
    assert typed.get(at) == other
    # It is free again when its holder gives it up.
    [holder] = typed.call.find("/TestResources", 'uniqueString eq "only-one"')
    typed.call.patch(f"/TestResources/{holder['id']}", {"op": "remove", "path": "uniqueString"})
    assert typed.call.patch(at, operation, expect=200)["uniqueString"] == "only-one"


@row("S-31")
def test_what_is_required_is_required(typed):
    """On create, on replace, and against every way to take it away; also in an extension."""
    body = resource(typed)
    user = made(typed, "there")
    at = f"/TestResources/{user['id']}"
    without = {name: value for name, value in body.items() if name != "identifier"}
    for less in (without, body | {"identifier": None}, body | {"identifier": ""}, body | {EXTENSION: {"extRequired": None}}):
        assert_error(typed.call("POST", "/TestResources", less, expect=400), 400, "invalidValue")
        assert_error(typed.call("PUT", at, less, expect=400), 400, "invalidValue")
    for path in ("identifier", f"{EXTENSION}:extRequired"):
        assert_error(typed.call.patch(at, {"op": "remove", "path": path}, expect=400), 400, "mutability")
        for nothing in (None, ""):
            operation = {"op": "replace", "path": path, "value": nothing}
            assert_error(typed.call.patch(at, operation, expect=400), 400, "invalidValue")
    assert "extRequired" in refused(typed, **{EXTENSION: {"extString": "x"}})
    assert typed.get(at) == user
