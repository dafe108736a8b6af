"""The databases that earlier releases left behind: today's program opens them, on both engines, and what they held is
there, as the released program told it. `released/make.py` keeps one for each release that brought a migration."""

import json
import shutil
from pathlib import Path

import httpx2
import pytest
from released.make import ask
from support.lockstep import ROOT, Lockstep

RELEASED = sorted(path.name for path in (Path(__file__).parent / "released").iterdir() if path.name.isdecimal())
MIGRATIONS = ROOT / "crates/directory/migrations"


@pytest.fixture(params=RELEASED)
def kept(request):
    return Path(__file__).parent / "released" / request.param


@pytest.fixture
def world(kept, tmp_path, database):
    """Lockstep on what the release left behind, and what the release said about it."""
    server = Lockstep(tmp_path / "data", database)
    server.data_dir.mkdir()
    shutil.copy(kept / "key", server.data_dir / "key")
    schema = "".join(path.read_text() + ";\n" for path in sorted(MIGRATIONS.iterdir()) if path.name[:4] <= kept.name)
    table = "CREATE TABLE migrations (number BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL);\n"
    database.load(server.data_dir, table + schema + (kept / "rows.sql").read_text())
    said = json.loads((kept / "answers.json").read_text())
    try:
        yield server.start(), said
    finally:
        if server.is_running():
            assert server.stop() == 0, f"Lockstep did not end well:\n{server.log_tail()}"


# What is told otherwise on purpose: there is a role above administrators now, and those of 0001 have it.
SINCE = {("/api/administrators.items[0].role", "administrator"): "owner"}


def contains(today, then, where=""):
    """Whether all that an answer told then is told today. More may be told; volatile things may differ."""
    if isinstance(then, dict):
        assert isinstance(today, dict) and set(then) <= set(today), f"{where}: {today} lacks something of {then}"
        for name, value in then.items():
            if not name.startswith("last"):
                contains(today[name], value, f"{where}.{name}")
    elif isinstance(then, list):
        assert len(today) == len(then), f"{where}: {len(today)} are not {len(then)}"
        for number, (now, before) in enumerate(zip(today, then)):
            contains(now, before, f"{where}[{number}]")
    else:
        then = SINCE.get((where, then), then)
        assert today == then, f"{where}: {today!r} is not {then!r}"


def test_everything_is_there(world):
    lockstep, said = world
    for question, then in said["answers"].items():
        today = ask(question, lockstep.url, **said["credentials"])
        if question.startswith("/scim/"):
            assert today == then, question
        else:
            contains(today, then, question)


def test_life_goes_on(world):
    lockstep, said = world
    credentials = said["credentials"]
    with httpx2.Client(
        base_url=f"{lockstep.url}/scim/v2/{credentials['slug']}",
        headers={"Authorization": f"Bearer {credentials['source_token']}", "Content-Type": "application/scim+json"},
        timeout=30,
    ) as client:

        def patch(path, *operations):
            body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
            return client.patch(path, json=body)

        users = {user["userName"]: user for user in client.get("/Users?count=50").json()["Resources"]}
        groups = {group["displayName"]: group for group in client.get("/Groups").json()["Resources"]}
        boss, ada = users["person03@company.test"], users["person00@company.test"]
        changed = patch(f"/Users/{boss['id']}", {"op": "Replace", "path": "title", "value": "Chair"})
        assert changed.json()["title"] == "Chair"
        assert changed.json()["meta"]["version"] != boss["meta"]["version"]
        sales = f"/Groups/{groups['Sales']['id']}"
        assert patch(sales, {"op": "add", "path": "members", "value": [{"value": ada["id"]}]}).status_code == 200
        assert ada["id"] in {member["value"] for member in client.get(sales).json()["members"]}
        assert client.delete(f"/Users/{ada['id']}").status_code == 204
        assert ada["id"] not in {member["value"] for member in client.get(sales).json()["members"]}
        again = client.get(f"/Users/{boss['id']}").json()
        assert not any("manager" in part for part in again.values() if isinstance(part, dict)), "nobody reports to Ada"
        taken = {"schemas": boss["schemas"], "userName": "Person03@company.test"}
        assert client.post("/Users", json=taken).status_code == 409
        new = client.post("/Users", json=taken | {"userName": "new@company.test"})
        assert new.status_code == 201
        assert client.get("/Users?count=0").json()["totalResults"] == len(users)
    session = httpx2.post(
        f"{lockstep.url}/api/v1/session", json={"userName": "root", "password": said["password"]}, timeout=30
    )
    assert session.status_code == 200, session.text
    # What the plan lane makes of the changes: the new marks are looked at, and the deactivated application rests.
    lockstep._token = credentials["api_token"]
    user = lockstep.cli("user", "get", "new@company.test")
    assert user["records"][0]["document"]["userName"] == "new@company.test"
