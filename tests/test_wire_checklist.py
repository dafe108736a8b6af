"""What no other test shows of the RFCs' requirements: S- and P- of rows.toml. More of them: test_wire_rfc7643.py, test_wire_rfc7644.py."""

import json
from urllib.parse import quote

import httpx2
import pytest
from support.caller import ENTERPRISE, GROUP, PATCH, USER, assert_error
from support.typed import EXTENSION, refused, resource

row = pytest.mark.row


@row("S-03")
def test_integers_are_whole(typed):
    made = typed.call("POST", "/TestResources", resource(typed, integerAttr=-7), expect=201)
    assert made["integerAttr"] == -7 and type(made["integerAttr"]) is int
    for wrong in (1.5, 1.0, "7", True, 2**63):
        assert "integerAttr" in refused(typed, integerAttr=wrong)
    exponent = json.dumps(resource(typed, integerAttr=7)).replace('"integerAttr": 7', '"integerAttr": 7e0')
    assert_error(typed.call("POST", "/TestResources", exponent, expect=400), 400, "invalidValue")


@row("S-04")
def test_times_have_an_offset(typed):
    for right in (
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00+02:00",
        "2026-01-31T12:00:00.123Z",
        "9999-12-31T23:59:59Z",
    ):
        body = resource(typed, identifier=typed.name(right), dateTimeAttr=right)
        assert typed.call("POST", "/TestResources", body, expect=201)["dateTimeAttr"] == right
    for wrong in ("2026-01-31", "12:00:00Z", "2026-01-31T12:00:00", "2026-02-31T12:00:00Z", "yesterday", 1769860800):
        assert "dateTimeAttr" in refused(typed, dateTimeAttr=wrong)
    # Moments, but no xsd:dateTime: whoever reads them back could not.
    for wrong in ("20260131T120000Z", "2026-01-31 12:00:00Z", "2026-01-31T12:00Z", "2026-01-31T12:00:00+0200"):
        assert "dateTimeAttr" in refused(typed, dateTimeAttr=wrong)
    never = quote('meta.lastModified lt "9999-12-31T23:59:59Z"')
    assert typed.get(f"/TestResources?filter={never}")["totalResults"] > 0
    early = quote('dateTimeAttr lt "2026-01-31T11:00:00+00:00"')
    assert len(typed.get(f"/TestResources?filter={early}")["Resources"]) == 1, "compared as moments"


@row("S-05")
def test_bytes_are_base64(typed):
    body = {"schemas": [USER], "userName": typed.name("cert"), "x509Certificates": [{"value": "MIIBCgKC"}]}
    made = typed.call("POST", "/Users", body, expect=201)
    assert made["x509Certificates"] == [{"value": "MIIBCgKC"}]
    for wrong in ("-----BEGIN CERTIFICATE-----\nMIIBCgKC\n-----END CERTIFICATE-----", "é", "a", 5):
        again = body | {"userName": typed.name("other"), "x509Certificates": [{"value": wrong}]}
        assert_error(typed.call("POST", "/Users", again, expect=400), 400, "invalidValue")
        assert "binaryAttr" in refused(typed, binaryAttr=wrong)


@row("S-06")
def test_references_are_uris(typed):
    for right in ("https://x.test/1", "../Users/2", "urn:x:y"):
        body = resource(typed, identifier=typed.name(right), referenceAttr=right)
        assert typed.call("POST", "/TestResources", body, expect=201)["referenceAttr"] == right
    for wrong in (5, {"value": "https://x.test"}, ["https://x.test"]):
        assert "referenceAttr" in refused(typed, referenceAttr=wrong)
    manager = {"schemas": [USER], "userName": typed.name("m"), ENTERPRISE: {"manager": {"value": typed.u1}}}
    made = typed.call("POST", "/Users", manager, expect=201)
    reference = made[ENTERPRISE]["manager"]["$ref"]
    assert typed.call.http.get(reference).json()["id"] == typed.u1


@row("S-07")
def test_nothing_complex_inside_something_complex(typed):
    inner = {"name": "inner", "type": "complex", "subAttributes": [{"name": "leaf", "type": "string"}]}
    outer = {"name": "outer", "type": "complex", "subAttributes": [inner]}
    deep = {"id": "urn:acme:2.0:Deep", "name": "Deep", "attributes": [outer]}
    answer = typed.lockstep.refused("POST", "/schemas", deep)
    assert answer.status_code == 400 and "inner" in answer.text
    assert "sub1" in refused(typed, complexAttr={"sub1": {"x": 1}})
    # The order in which attributes come says nothing.
    body = resource(typed, multiStrings=["a"], integerAttr=1)
    made = typed.call("POST", "/TestResources", dict(reversed(body.items())), expect=201)
    at = f"/TestResources/{made['id']}"
    version = made["meta"]["version"]
    assert typed.call("PUT", at, body)["meta"]["version"] == version, "the same, in another order"


@row("S-23")
def test_a_member_is_what_it_is(world):
    at = f"/Groups/{world.g1}"
    for part, value in (("value", world.u3), ("type", "Group")):
        operation = {"op": "replace", "path": f'members[value eq "{world.u1}"].{part}', "value": value}
        assert_error(world.call.patch(at, operation, expect=400), 400, "mutability")
    assert world.call.members(world.g1) == {world.u1, world.u2}
    shown = world.get(at)["members"]
    assert all(member["type"] == "User" for member in shown)


@row("S-27")
def test_required_extensions_are_required(typed):
    body = resource(typed)
    for less in (
        {name: value for name, value in body.items() if name != EXTENSION},
        body | {EXTENSION: {"extString": "x"}},
        body | {EXTENSION: {}},
    ):
        assert_error(typed.call("POST", "/TestResources", less, expect=400), 400, "invalidValue")
    made = typed.call("POST", "/TestResources", body, expect=201)
    operation = {"op": "remove", "path": EXTENSION}
    assert_error(typed.call.patch(f"/TestResources/{made['id']}", operation, expect=400), 400, "mutability")


@row("S-29")
def test_characteristics_hold(typed):
    body = resource(
        typed, readOnlyAttr="mine", immutableAttr="once", writeOnlyAttr="hush", requestOnlyAttr="asked", alwaysReturnedAttr="a"
    )
    made = typed.call("POST", "/TestResources", body, expect=201)
    at = f"/TestResources/{made['id']}"
    assert "readOnlyAttr" not in made and "writeOnlyAttr" not in made
    assert made["requestOnlyAttr"] == "asked", "shown to the one who just set it"
    assert "requestOnlyAttr" not in typed.get(at)
    assert typed.get(f"{at}?attributes=requestOnlyAttr")["requestOnlyAttr"] == "asked"
    for query in ("?attributes=identifier", "?excludedAttributes=alwaysReturnedAttr"):
        assert typed.get(at + query)["alwaysReturnedAttr"] == "a"
    for path in ("readOnlyAttr", "immutableAttr"):
        operation = {"op": "replace", "path": path, "value": "other"}
        assert_error(typed.call.patch(at, operation, expect=400), 400, "mutability")
    for way in (f"attributes=writeOnlyAttr", "attributes=identifier,writeOnlyAttr"):
        assert "hush" not in json.dumps(typed.get(f"{at}?{way}"))
    typed.call.find("/TestResources", 'writeOnlyAttr eq "hush"', expect=403)


@row("P-12")
def test_a_question_to_all_types(world):
    world.g1
    find = lambda filter, expect=200: world.call("GET", f"/?filter={quote(filter)}&attributes=id", expect=expect)  # noqa: E731
    ids = lambda filter: {row["id"] for row in find(filter)["Resources"]}  # noqa: E731
    assert ids(f'userName eq "{world.name("bob")}"') == {world.u1}
    assert ids('displayName eq "Sales"') == {world.g1}
    assert world.u1 in ids("not (members pr)") and world.g1 not in ids("not (members pr)")
    assert ids('nosuch eq "x"') == set() and {world.u1, world.g1} <= ids('nosuch ne "x"')
    assert_error(find("displayName xx 1", expect=400), 400, "invalidFilter")
    assert_error(find("active gt true", expect=400), 400, "invalidFilter")


@row("P-17")
def test_what_no_document_holds_is_not_asked_for(world):
    """The server writes where things are into each answer. To say that nobody is there would be wrong."""
    place = world.get(f"/Users/{world.u1}")["meta"]["location"]
    for endpoint, filter in (
        ("/Users", f'meta.location eq "{place}"'),
        ("/Groups", f'members.$ref eq "{place}"'),
        ("/Groups", f'members[$ref eq "{place}"]'),
        ("/Users", f'{ENTERPRISE}:manager.$ref pr'),
    ):
        assert_error(world.call.find(endpoint, filter, expect=400), 400, "invalidFilter")


@row("P-20")
def test_lists_sort_by_their_primary_value(world):
    for short, emails in (
        ("a", [{"value": "1@x.test"}, {"value": "9@x.test", "primary": True}]),
        ("b", [{"value": "5@x.test"}, {"value": "0@x.test"}]),
        ("c", []),
    ):
        world.user(short, emails=emails)
    for by in ("emails", "emails.value", f"{USER}:Emails.Value"):
        page = world.get(f"/Users?sortBy={by}&attributes=userName")
        assert [row["userName"][0] for row in page["Resources"]] == ["b", "a", "c"], by
        page = world.get(f"/Users?sortBy={by}&sortOrder=descending&attributes=userName")
        assert [row["userName"][0] for row in page["Resources"]] == ["c", "a", "b"], by


@row("P-23")
def test_a_list_in_several_parameters(world):
    at = f"/Users/{world.u1}"
    shown = world.get(f"{at}?attributes=userName&attributes=displayName")
    assert set(shown) == {"schemas", "id", "userName", "displayName"}
    hidden = world.get(f"{at}?excludedAttributes=userName&excludedAttributes=emails,name")
    assert not {"userName", "emails", "name"} & set(hidden) and "displayName" in hidden
    page = world.get("/Users?attributes=userName&attributes=displayName")
    assert {"userName", "displayName", "schemas", "id"} == set().union(*page["Resources"])


@row("P-36")
def test_a_removal_is_always_accepted(world):
    """Also when what another source says of the person is somebody else's name by now."""
    number, ana, bea = f"n{world.number}", world.name("ana"), world.name("bea")
    hr = world.caller(world._source("hr", {"join": "externalId"}))
    first = world.user("ana", externalId=number)
    theirs = hr("POST", "/Users", {"schemas": [USER], "userName": bea, "externalId": number}, expect=201)["id"]
    second = world.user("bea")
    user = world.lockstep.api("GET", f"/users/{ana}")
    world.call("DELETE", f"/Users/{first}", expect=204)
    left = world.lockstep.api("GET", f"/users/{ana}")
    assert (left["id"], left["wantedUserName"]) == (user["id"], bea), "known by the present name, until the other is free"
    assert hr.patch(f"/Users/{theirs}", {"op": "replace", "path": "title", "value": "T"}, expect=200)["title"] == "T"
    world.call("DELETE", f"/Users/{second}", expect=204)
    named = world.lockstep.api("GET", f"/users/{bea}")
    assert (named["id"], named["wantedUserName"]) == (user["id"], None)


@row("P-38")
def test_every_letter_comes_back(world):
    name = world.name("Žofie-日本-🦀-ﷺ")
    body = {"schemas": [USER], "userName": name, "displayName": "e\u0301 \u202e ß"}
    made = world.call("POST", "/Users", json.dumps(body, ensure_ascii=False).encode(), expect=201)
    assert (made["userName"], made["displayName"]) == (name, body["displayName"])
    assert world.call.one("/Users", f'userName eq "{name}"')["id"] == made["id"]
    assert "Žofie" in world.call.last.content.decode()


@row("P-42")
def test_another_version(world):
    base = world.source.base_url.replace("/scim/v2/", "/scim/v1/")
    answer = httpx2.get(f"{base}/Users", headers={"Authorization": f"Bearer {world.source.token}"})
    assert answer.status_code == 400
    assert_error(answer.json(), 400, "invalidVers")


@row("P-43")
def test_conditions_on_writes(world):
    at = f"/Users/{world.u1}"
    version, _ = world.version(at)
    retitle = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "T"}]}
    for met in ("*", version, f'"nonsense", {version}'):
        assert_error(world.call("PATCH", at, retitle, headers={"If-None-Match": met}, expect=412), 412, None)
        assert_error(world.call("DELETE", at, headers={"If-None-Match": met}, expect=412), 412, None)
    assert world.version(at)[0] == version
    assert_error(world.call("PATCH", at, retitle, headers={"If-Match": '"nonsense"'}, expect=412), 412, None)
    world.call("PATCH", at, retitle, headers={"If-None-Match": 'W/"999"', "If-Match": f'W/"998", {version}'})
    assert world.get(at)["title"] == "T"
    # As `version` of an operation in a bulk request.
    operation = {"method": "PATCH", "path": at, "version": version, "data": retitle}
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation]}
    assert world.call("POST", "/Bulk", bulk)["Operations"][0]["status"] == "412"


@row("P-47")
def test_what_is_asked_is_in_no_log(world):
    secret = "very-personal-4711"
    world.call.none("/Users", f'userName eq "{secret}"')
    assert_error(world.call.find("/Users", f'password eq "{secret}"', expect=403), 403, "sensitive")
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": f'title eq "{secret}"'}
    assert world.call("POST", "/Users/.search", search)["totalResults"] == 0
    page = world.get("/Users?cursor&count=1")
    assert secret not in json.dumps(page)
    assert secret not in world.lockstep.log_path.read_text(errors="replace")
    lines = world.lockstep.api("GET", f"/sources/{world.source.id}/requests?limit=50")
    assert secret not in json.dumps(lines)


@row("P-48")
def test_tokens_end(world):
    [token] = world.lockstep.api("GET", f"/sources/{world.source.id}/tokens")["items"]
    assert token["expiresAt"] > token["createdAt"]
    forever = world.lockstep.refused("POST", f"/sources/{world.source.id}/tokens", {"days": 100_000})
    assert forever.status_code == 400


@row("P-50")
def test_keywords(world):
    group = {"schemas": [GROUP], "displayName": "K"}
    user = {"schemas": [USER], "userName": world.name("bob")}
    world.u1
    for method, target, body, status, keyword in (
        ("POST", "/Users", "{", 400, "invalidSyntax"),
        ("POST", "/Users", user | {"active": "maybe"}, 400, "invalidValue"),
        ("POST", "/Users", user, 409, "uniqueness"),
        ("PATCH", f"/Users/{world.u1}", {"schemas": [PATCH], "Operations": [{"op": "add", "path": "a b", "value": 1}]}, 400, "invalidPath"),
        ("PATCH", f"/Users/{world.u1}", {"schemas": [PATCH], "Operations": [{"op": "remove"}]}, 400, "noTarget"),
        ("PATCH", f"/Users/{world.u1}", {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "id", "value": "x"}]}, 400, "mutability"),
        ("POST", "/Groups", group | {"members": [{"value": 5}]}, 400, "invalidValue"),
        ("GET", "/Users?filter=x%20y", None, 400, "invalidFilter"),
        ("GET", "/Users?filter=password%20pr", None, 403, "sensitive"),
        ("GET", "/Users?cursor=abc", None, 400, "invalidCursor"),
    ):
        assert_error(world.call(method, target, body, expect=status), status, keyword)
