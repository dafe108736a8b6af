"""What Microsoft checks before an application enters Entra's gallery: M- of rows.toml, as far as no other row shows it."""

import httpx2
import pytest
from support.caller import ENTERPRISE, GROUP, USER

row = pytest.mark.row

# What Entra's default mappings name.
MAPPED = {
    USER: [
        *("userName", "active", "displayName", "title", "preferredLanguage", "externalId"),
        *("name.givenName", "name.familyName", "name.formatted", "emails.value", "phoneNumbers.value"),
        *(f"addresses.{part}" for part in ("formatted", "streetAddress", "locality", "region", "postalCode", "country")),
    ],
    ENTERPRISE: ["employeeNumber", "department", "manager.value"],
    GROUP: ["displayName", "externalId", "members.value"],
}
# Common attributes, which no schema lists (RFC 7643 section 3.1).
COMMON = {"externalId"}


def attributes_of(schema):
    """Its attributes by path."""
    found = {}
    for attribute in schema["attributes"]:
        found[attribute["name"]] = attribute
        for sub in attribute.get("subAttributes", []):
            found[f"{attribute['name']}.{sub['name']}"] = sub
    return found


@row("M01")
def test_what_entra_maps_can_be_discovered(world):
    for schema, paths in MAPPED.items():
        known = attributes_of(world.get(f"/Schemas/{schema}"))
        assert [path for path in paths if path not in known and path not in COMMON] == []


@row("M02")
@pytest.mark.parametrize("first, then", [("", None), (None, "")], ids=["empty first", "null first"])
def test_empty_and_null_both_unset(world, first, then):
    for path in ("title", "name.givenName", f"{ENTERPRISE}:department"):
        world.call.patch(f"/Users/{world.u1}", {"op": "Replace", "path": path, "value": "set"})
        for value in (first, then):
            world.call.patch(f"/Users/{world.u1}", {"op": "Replace", "path": path, "value": value})
            user = world.get(f"/Users/{world.u1}")
            shown = user.get(ENTERPRISE, {}) if path.startswith(ENTERPRISE) else user.get("name", {}) | user
            assert path.rpartition(":")[2].rpartition(".")[2] not in shown, f"{path} after {value!r}: {user}"


@row("M03")
def test_a_post_repeats_its_key(world):
    for endpoint, schema, key in (("/Users", USER, "userName"), ("/Groups", GROUP, "displayName")):
        name = world.name(key)
        made = world.call("POST", endpoint, {"schemas": [schema], key: name, "externalId": name}, expect=201)
        assert (made[key], made["externalId"]) == (name, name)
        assert world.call.one(endpoint, f'{key} eq "{name}"')["id"] == made["id"]


@row("M04")
def test_every_single_value_that_a_patch_sets_is_read_back(world):
    values = {"string": "M04", "boolean": True, "reference": "https://x.test/m04"}
    set_now = 0
    for schema in (USER, ENTERPRISE):
        for attribute in world.get(f"/Schemas/{schema}")["attributes"]:
            prefix = f"{ENTERPRISE}:" if schema == ENTERPRISE else ""
            parts = attribute.get("subAttributes", []) if attribute["type"] == "complex" else [None]
            for part in parts if not attribute["multiValued"] else []:
                leaf = part or attribute
                if "readOnly" in (leaf["mutability"], attribute["mutability"]) or leaf["returned"] == "never":
                    continue
                names = [attribute["name"], *([part["name"]] if part else [])]
                if names[-1] == "$ref":
                    continue  # follows from value
                value = world.u2 if names == ["manager", "value"] else values[leaf["type"]]
                if names == ["userName"]:
                    value = world.name("renamed")
                world.call.patch(f"/Users/{world.u1}", {"op": "replace", "path": prefix + ".".join(names), "value": value})
                shown = world.get(f"/Users/{world.u1}")
                for name in ([schema] if prefix else []) + names:
                    shown = shown.get(name, {})
                assert shown == value, f"{prefix}{names}: {shown!r}"
                set_now += 1
    assert set_now >= 18, f"only {set_now} attributes were tried"


@row("M05")
@pytest.mark.parametrize("minutes", [60, 360])
def test_client_credentials_give_tokens_that_end(world, minutes):
    made = world.lockstep.api(
        "POST", f"/sources/{world.source.id}/tokens", {"kind": "oauthClient", "name": "entra", "accessMinutes": minutes}
    )
    client, secret = made["clientId"], made["token"]
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    answer = httpx2.post(f"{world.lockstep.url}/oauth/token", data=form)
    assert answer.status_code == 200, answer.text
    granted = answer.json()
    assert granted["expires_in"] == minutes * 60
    asked = httpx2.get(f"{world.source.base_url}/Users", headers={"Authorization": f"Bearer {granted['access_token']}"})
    assert asked.status_code == 200, asked.text


@row("M07")
@pytest.mark.parametrize("endpoint, schema, key", [("/Users", USER, "userName"), ("/Groups", GROUP, "displayName")])
def test_eleven_in_pages_of_five(world, endpoint, schema, key):
    made = {world.call("POST", endpoint, {"schemas": [schema], key: world.name(f"m{n}")}, expect=201)["id"] for n in range(11)}
    seen = []
    for start, size in ((1, 5), (6, 5), (11, 1)):
        page = world.get(f"{endpoint}?startIndex={start}&count=5")
        assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (11, start, size)
        seen += [resource["id"] for resource in page["Resources"]]
    assert len(seen) == 11 and set(seen) == made
