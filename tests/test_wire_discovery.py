"""Discovery, credentials, errors and media types: T01-T04, T40, T69-T72 of rows.toml, and what suites check of them."""

import os
import time
import uuid
from urllib.parse import quote

import pytest
from support.caller import ENTERPRISE, ERROR, GROUP, LIST, NOBODY, PATCH, USER, Caller, assert_error
from support.databases import DATABASES
from support.lockstep import Lockstep

row = pytest.mark.row
DISCOVERY = ("/ServiceProviderConfig", "/Schemas", "/ResourceTypes")


@row("T01", "C17", "V09")
def test_nobody_found(world):
    for filter in (quote(f'userName eq "{uuid.uuid4()}"'), f"userName+eq+%22{uuid.uuid4()}%22"):
        page = world.get(f"/Users?filter={filter}&startIndex=1&count=100")
        assert page == {"schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []}
        assert all(type(page[name]) is int for name in ("totalResults", "startIndex", "itemsPerPage"))
        assert world.call.last.headers["content-type"] == "application/scim+json"


@row("T02", "C39", "C36")
def test_wrong_credentials(world):
    token = world.lockstep.api("POST", f"/sources/{world.source.id}/tokens", {})
    world.call("GET", "/Users", headers={"Authorization": f"Bearer {token['token']}"})
    world.lockstep.api("DELETE", f"/sources/{world.source.id}/tokens/{token['id']}")
    for wrong in ("", "non-token", "Bearer", "Bearer x", f"Bearer {token['token']}", f"Bearer {world.source.token}x"):
        for method, target in (("GET", "/Users"), ("POST", "/Groups"), ("DELETE", f"/Users/{NOBODY}"), ("GET", "/Me")):
            refused = world.call(method, target, expect=401, headers={"Authorization": wrong})
            assert_error(refused, 401, None)
            assert world.call.last.headers["www-authenticate"].startswith("Bearer")


@row("T02b", "C36", "V16")
@pytest.mark.parametrize("id", ["nope", NOBODY])
def test_nobody_by_id(world, id):
    for endpoint, urn in (("/Users", USER), ("/Groups", GROUP)):
        body = {"schemas": [urn], "userName": "x", "displayName": "x"}
        assert_error(world.call("GET", f"{endpoint}/{id}", expect=404), 404, None)
        assert_error(world.call("PUT", f"{endpoint}/{id}", body, expect=404), 404, None)
        operation = {"op": "replace", "path": "displayName", "value": "x"}
        assert_error(world.call.patch(f"{endpoint}/{id}", operation, expect=404), 404, None)
        assert_error(world.call("DELETE", f"{endpoint}/{id}", expect=404), 404, None)
        assert world.get(endpoint)["totalResults"] == 0


@row("T03", "C39")
def test_other_sources_are_not_there(world):
    name = world.name("foreign")
    foreign = world.other("POST", "/Users", {"schemas": [USER], "userName": name, "externalId": "e9"}, expect=201)["id"]
    crew = world.other("POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew"}, expect=201)["id"]
    world.call("GET", f"/Users/{foreign}", expect=404)
    world.call("GET", f"/Groups/{crew}", expect=404)
    for filter in (f'id eq "{foreign}"', f'userName eq "{name}"', 'externalId eq "e9"'):
        world.call.none("/Users", filter)
    at = f"/Groups/{world.g1}"
    add = {"op": "add", "path": "members", "value": [{"value": foreign}]}
    # Awaited, like an id that is nobody's; and nobody ever comes.
    world.call.patch(at, add, {"op": "add", "path": "members", "value": [{"value": NOBODY}]})
    members = {member["value"]: member for member in world.get(at)["members"]}
    assert members[foreign] == {"value": foreign} and members[NOBODY] == {"value": NOBODY}
    assert_error(world.other("GET", at, expect=404), 404, None)
    world.settle({"unknownMembers": "refuse"})
    fresh = f"/Groups/{world.group('Fresh')}"
    assert_error(world.call.patch(fresh, add, expect=400), 400, "invalidValue")
    assert world.call.members(fresh.rsplit("/", 1)[1]) == set()


@row("T04")
def test_junk_in_the_query(world):
    filter = quote(f'userName eq "{world.name("bob")}"')
    user = world.get(f"/Users/{world.u1}")
    clean = world.get(f"/Users?filter={filter}")
    assert clean["totalResults"] == 1
    for target in (
        f"/Users?aadOptscim062020&filter={filter}",
        f"/Users?AzureAdScimPatch2017&filter={filter}",
        f"/Users/?filter={filter}",
        f"//Users?filter={filter}",
        f"/Users?filter={filter}&",
        f"/Users?&&filter={filter}",
        f"/Users?foo=1&filter={filter}&attributes=&count=",
    ):
        assert world.get(target) == clean, target
    assert world.call("PUT", f"/Users/{world.u1}?", user) == user
    assert world.get(f"/Users/{world.u1}/?foo=1") == user


@row("T40", "C40")
def test_media_types(world):
    def create(number, **headers):
        body = {"schemas": [USER], "userName": world.name(f"t40-{number}")}
        made = world.call("POST", "/Users", body, expect=201, headers=headers)
        assert made["userName"] == body["userName"]

    for number, kind in enumerate(
        (
            "application/json",
            "application/scim+json",
            "application/scim+json; charset=utf-8",
            'application/scim+json;charset="UTF-8"',
            "APPLICATION/JSON; charset=UTF-8",
        )
    ):
        create(number, **{"Content-Type": kind})
    for number, accept in enumerate(("*/*", "application/json", "application/scim+json", "text/html", "")):
        create(f"a{number}", Accept=accept)
        assert world.call.last.headers["content-type"] == "application/scim+json"
    for kind in ("text/xml", "application/xml", "application/x-www-form-urlencoded"):
        refused = world.call("POST", "/Users", "<user/>", expect=415, headers={"Content-Type": kind})
        assert_error(refused, 415, None)
    latin = {"Content-Type": "application/scim+json; charset=iso-8859-1"}
    body = {"schemas": [USER], "userName": world.name("latin")}
    assert "UTF-8" in world.call("POST", "/Users", body, expect=415, headers=latin)["detail"]


@row("C18")
def test_ids_have_one_spelling_and_urls_may_have_several(world):
    user = world.get(f"/Users/{world.u1}")
    escaped = world.u1.replace("-", "%2D")
    for same in (f"/Users/{escaped}", f"/%55sers/{world.u1}"):
        assert world.get(same) == user
    capitals = world.u1.upper()
    assert capitals != world.u1, "an id without a letter shows nothing"
    for method in ("GET", "DELETE"):
        assert_error(world.call(method, f"/Users/{capitals}", expect=404), 404, None)
    group = world.group("Crew", world.u1)
    world.call.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{capitals}"]'})
    assert world.call.members(group) == {world.u1}
    world.call.none("/Groups", f'members.value eq "{capitals}"')
    world.call.none("/Users", f'id eq "{capitals}"')


@row("T69", "C36")
def test_me(world):
    for method in ("GET", "PUT", "PATCH", "DELETE", "POST"):
        assert_error(world.call(method, "/Me", expect=501), 501, None)


@row("T70", "C06")
def test_service_provider_config(world):
    config = world.get("/ServiceProviderConfig")
    assert world.call.last.headers["content-type"] == "application/scim+json"
    for target in DISCOVERY:
        without = world.lockstep.anonymous(world.source.base_url + target)
        assert without.status_code == 200 and without.headers["content-type"] == "application/scim+json"
        assert without.json() == world.get(target)
    for feature in ("patch", "bulk", "filter", "changePassword", "sort", "etag"):
        assert type(config[feature]["supported"]) is bool, feature
    for feature, number in (("filter", "maxResults"), ("bulk", "maxOperations"), ("bulk", "maxPayloadSize")):
        assert type(config[feature][number]) is int
    assert config["pagination"]["cursor"] is True and config["pagination"]["index"] is True
    assert config["pagination"]["defaultPaginationMethod"] == "index"
    assert len(config["authenticationSchemes"]) >= 1
    assert all(scheme["type"] and scheme["name"] and scheme["description"] for scheme in config["authenticationSchemes"])
    # What it claims is so.
    assert config["patch"]["supported"] and config["etag"]["supported"] and config["sort"]["supported"]
    for _ in range(3):
        world.user(f"u{uuid.uuid4().hex[:6]}")
    assert "nextCursor" in world.get("/Users?cursor&count=1")
    assert len(world.get(f"/Users?count={config['filter']['maxResults'] + 1}")["Resources"]) == 3
    world.call("GET", f"/Users/{world.u1}", headers={"If-None-Match": "*"}, expect=304)
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": []}
    assert world.call("POST", "/Bulk", bulk)["Operations"] == []


def walk(value):
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(part)


@row("T71", "C02", "C03", "C04")
def test_schemas_and_resource_types(world):
    for target in ("/Schemas", "/ResourceTypes"):
        page = world.get(target)
        assert page["schemas"] == [LIST]
        assert page["totalResults"] == page["itemsPerPage"] == len(page["Resources"]) and page["startIndex"] == 1
        assert None not in walk(page) and [] not in [v for v in walk(page) if isinstance(v, list)]
        assert world.get(f"{target}?startIndex=2&count=1&sortBy=id") == page, "neither paged nor sorted"
        assert_error(world.call("GET", f"{target}?filter=id%20pr", expect=403), 403)
        for resource in page["Resources"]:
            assert world.get(f"{target}/{resource['id']}") == resource
            assert resource["meta"]["location"] == f"{world.source.base_url}{target}/{resource['id']}"
    schemas = {schema["id"]: schema for schema in world.get("/Schemas")["Resources"]}
    assert {USER, GROUP, ENTERPRISE} <= set(schemas) and PATCH not in schemas and LIST not in schemas
    types = {kind["id"]: kind for kind in world.get("/ResourceTypes")["Resources"]}
    assert {"User", "Group"} <= set(types)
    assert types["User"]["endpoint"] == "/Users" and types["User"]["description"] == "User Account"
    for kind in types.values():
        assert kind["schema"] in schemas and kind["endpoint"].startswith("/")
        assert all(extension["schema"] in schemas for extension in kind.get("schemaExtensions", []))
    [display_name] = [a for a in schemas[GROUP]["attributes"] if a["name"] == "displayName"]
    assert display_name["required"] is True
    for schema in schemas.values():
        for attribute in schema["attributes"]:
            wanted = {"name", "type", "multiValued", "description", "required", "mutability", "returned"}
            assert wanted <= set(attribute), attribute
            assert ("subAttributes" in attribute) == (attribute["type"] == "complex")
    for target in ("/Schemas/urn:nobody", "/ResourceTypes/Nobody", "/Nowhere", "/Users/1/2", "/users"):
        assert_error(world.call("GET", target, expect=404), 404, None)


@row("C01", "C36")
def test_discovery_is_only_read(world):
    for target in (*DISCOVERY, f"/Schemas/{USER}", "/ResourceTypes/User"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            refused = world.call(method, target, {"schemas": [USER]}, expect=405)
            assert_error(refused, 405, None)
            assert "GET" in world.call.last.headers["allow"]


@row("C36")
def test_every_error_has_a_body(world):
    at = f"/Users/{world.u1}"
    stale = {"If-Match": 'W/"999"'}
    for status, answer in {
        400: world.call("POST", "/Users", "{", expect=400),
        404: world.call("GET", "/Nowhere", expect=404),
        405: world.call("PUT", "/Users", {}, expect=405),
        409: world.call("POST", "/Users", {"schemas": [USER], "userName": world.name("BOB")}, expect=409),
        412: world.call("PUT", at, {"schemas": [USER], "userName": "x"}, expect=412, headers=stale),
        413: world.call("POST", "/Users", " " * (2 << 20), expect=413),
        415: world.call("POST", "/Users", "x", expect=415, headers={"Content-Type": "text/plain"}),
        501: world.call("GET", "/Me", expect=501),
    }.items():
        assert answer["schemas"] == [ERROR] and answer["status"] == str(status) and answer["detail"]


@row("T72")
@pytest.mark.parametrize("database", DATABASES)
def test_thirty_requests_a_second(tmp_path, database):
    made = DATABASES[database]()
    server = Lockstep(tmp_path / "data", made, settings={})
    server.data_dir.mkdir()
    try:
        server.start()
        source = server.add_source()
        with source.client() as http:
            call = Caller(http)
            id = call("POST", "/Users", {"schemas": [USER], "userName": "bob"}, expect=201)["id"]
            began = time.monotonic()
            # More than the burst, at the promised rate; for a minute where there is time.
            seconds = int(os.environ.get("LOCKSTEP_TEST_RATE_SECONDS", "12"))
            for number in range(seconds * 30):
                if number % 3:
                    call("GET", "/Users?filter=userName%20eq%20%22bob%22")
                else:
                    call.patch(f"/Users/{id}", {"op": "replace", "path": "title", "value": str(number)})
                time.sleep(max(0, began + number / 30 - time.monotonic()))
            # Beyond the limit, at one that also a busy machine can pass.
            server.settings = {"LOCKSTEP_SCIM_RATE": "1", "LOCKSTEP_SCIM_BURST": "5"}
            server.restart()
            answers = [http.get("/Users?count=0") for _ in range(30)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused and {answer.status_code for answer in answers} == {200, 429}
        assert_error(refused[0].json(), 429, None)
        assert int(refused[0].headers["retry-after"]) >= 1
        assert server.stop() == 0
    finally:
        if server.is_running():
            server.kill()
        made.drop()
