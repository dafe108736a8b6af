"""Keeps the database of a release as a test: `tests/test_released.py` opens it with the program of today.

    LOCKSTEP_BINARY=<the released program> .venv/bin/python tests/released/make.py <number of its last migration>

Run once per release that brought a migration. It lives through a short story with a third-party application and writes
into a folder of its own, beside this file:

    rows.sql      every row, one INSERT each, in words for both databases; ids are in braces
    key           the key of the data directory
    answers.json  the credentials, and what the released program answered to questions
"""

import json
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import httpx2

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from support.apps import ENTERPRISE, scim2_server  # noqa: E402
from support.company import Company, person  # noqa: E402
from support.databases import Sqlite  # noqa: E402
from support.lockstep import Lockstep  # noqa: E402

PASSWORD = "correct horse battery staple"
QUESTIONS = [
    "/scim/Users?count=50",
    "/scim/Groups?count=50",
    '/scim/Users?filter=userName eq "PERSON03@company.test"',
    '/scim/Users?filter=externalId eq "hr-0002"',
    '/scim/Users?filter=emails[type eq "work" and value co "person04"]',
    '/scim/Users?filter=active eq false',
    f'/scim/Users?filter={ENTERPRISE}:department eq "sales"&sortBy=userName&sortOrder=descending',
    '/scim/Groups?filter=displayName eq "staff"&excludedAttributes=members',
    "/api/users",
    "/api/users/person01@company.test",
    "/api/users/person03@company.test",
    "/api/groups",
    "/api/groups/Staff/members",
    "/api/groups/By hand/members",
    "/api/sources",
    "/api/applications",
    "/api/applications/Chat",
    "/api/applications/Chat/accounts",
    "/api/applications/Chat/assignments",
    "/api/applications/Chat/groups",
    "/api/applications/Chat/users",
    "/api/applications/Chat/versions",
    "/api/runs",
    "/api/operations",
    "/api/changes?limit=100",
    "/api/administrators",
]


def live(lockstep, app):
    """A little of everything that a release keeps."""
    source = lockstep.add_source("idp")
    scim = source.scim_client()
    company = Company(scim)
    names = [company.hire(person(number)) and person(number)["userName"] for number in range(10)]
    company.hire(person(10) | {"userName": "Zoë.ÅNGSTRÖM@company.test", "externalId": "HR-ñ"})
    company.found("Staff", names[:8])
    company.found("Sales", names[2:5])
    company._patch_group("Staff", [{"op": "add", "path": "members", "value": [{"value": company.group_ids["Sales"]}]}])
    company._patch_user(names[3], [{"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": company.ids[names[0]]}}])
    lockstep.cli("group", "add", "By hand")
    api = lockstep_api(lockstep.url, lockstep.token)
    user = api.get("/users/" + names[1]).json()["id"]
    api.post("/groups/By hand/members", json={"add": [user]}).raise_for_status()
    lockstep.add_app("Chat", app.base_url, app.token)
    lockstep.cli("app", "push-group", "Chat", "Sales")
    lockstep.cli("assign", "Chat", "--group", "Staff")
    lockstep.cli("app", "publish", "Chat")
    lockstep.cli("app", "activate", "Chat")
    lockstep.wait_idle()
    company.change(names[3], title="Boss", displayName="The Boss")
    company.change(names[4], active=False)
    company.leave("Staff", names[5])
    company.dismiss(names[6])
    lockstep.wait_idle()
    lockstep.cli("user", "hold", names[7])
    lockstep.cli("app", "deactivate", "Chat")
    api.post("/administrators", json={"userName": "root", "password": PASSWORD, "role": "administrator"}).raise_for_status()
    return source


def lockstep_api(url, token):
    return httpx2.Client(base_url=url + "/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def ask(question, url, slug, source_token, api_token):
    """The answer to one of the questions, without where it was asked."""
    scim = question.startswith("/scim/")
    base, token = (f"{url}/scim/v2/{slug}", source_token) if scim else (f"{url}/api/v1", api_token)
    answer = httpx2.get(
        base + question.removeprefix("/scim").removeprefix("/api"),
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    return json.loads(answer.text.replace(url, "{url}"))


def rows(path):
    """Every row as an INSERT that needs only its ids and booleans put into an engine's words."""
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for table in tables:
        if table.startswith("sqlite_"):
            continue
        kinds = [kind for _, _, kind, *_ in connection.execute(f"PRAGMA table_info({table})")]
        for row in connection.execute(f"SELECT * FROM {table}"):
            yield f"INSERT INTO {table} VALUES ({', '.join(map(literal, row, kinds))});"


def literal(value, kind):
    match kind, value:
        case _, None:
            return "NULL"
        case "UUID", id:
            return "{" + id.hex() + "}"
        case "BOOLEAN", truth:
            return "TRUE" if truth else "FALSE"
        case _, int():
            return str(value)
        case _, str():
            assert "\n" not in value
            return "'" + value.replace("'", "''") + "'"
    raise TypeError(f"{kind}: {value!r}")


def main(number):
    target = HERE / number
    target.mkdir()
    with tempfile.TemporaryDirectory(prefix="lockstep-release.") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        lockstep, app = Lockstep(data, Sqlite()).start(), scim2_server()
        try:
            source = live(lockstep, app)
            slug = source.base_url.rsplit("/", 1)[1]
            credentials = {"slug": slug, "source_token": source.token, "api_token": lockstep.token}
            answers = {question: ask(question, lockstep.url, **credentials) for question in QUESTIONS}
        finally:
            app.stop()
            lockstep.stop()
        kept = {"credentials": credentials, "password": PASSWORD, "answers": answers}
        (target / "answers.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
        (target / "rows.sql").write_text("\n".join(rows(data / "lockstep.db")) + "\n")
        shutil.copy(data / "key", target / "key")


if __name__ == "__main__":
    main(*sys.argv[1:])
