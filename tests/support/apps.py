"""Third-party SCIM servers as applications, each a process of its own that forgets everything when it ends."""

import subprocess
import sys
from pathlib import Path

import httpx2

from .waiting import free_port, until

FOLDER = Path(__file__).resolve().parents[1] / "apps"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class App:
    """A running application. Its state is read over SCIM, as anybody would read it."""

    token = "application-token"

    def __init__(self, name, command, prefix, **popen):
        self.name = name
        self.port = free_port()
        self._origin = f"http://127.0.0.1:{self.port}"
        self.base_url = self._origin + prefix
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), "--token", self.token],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **popen,
        )
        self.client = httpx2.Client(
            base_url=self.base_url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30
        )
        until(self._answers, f"{name} answers", timeout=60)

    def _answers(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}")
        try:
            return self.client.get("/ServiceProviderConfig").status_code == 200
        except httpx2.TransportError:
            return False

    def stop(self):
        self.client.close()
        self._process.terminate()
        self._process.wait(10)

    def all(self, endpoint):
        """Every resource of an endpoint, page by page."""
        found = []
        while True:
            page = self.client.get(endpoint, params={"startIndex": str(len(found) + 1), "count": "100"}).json()
            found += page.get("Resources", [])
            if len(found) >= page["totalResults"] or not page.get("Resources"):
                assert len(found) == page["totalResults"], f"{self.name} lists {endpoint} wrongly"
                return found

    def users(self):
        """Accounts by userName; a userName held twice is a failure of whoever created it."""
        accounts = self.all("/Users")
        by_name = {account["userName"]: account for account in accounts}
        twice = sorted({a["userName"] for a in accounts if by_name[a["userName"]] is not a})
        assert not twice, f"held twice: {twice}"
        return by_name

    def groups(self):
        """Groups by displayName, each as the set of its members' userNames (an id that is no account stays an id)."""
        names = {account["id"]: account["userName"] for account in self.all("/Users")}
        found = {}
        for group in self.all("/Groups"):
            assert group["displayName"] not in found, f"two groups {group['displayName']}"
            found[group["displayName"]] = {names.get(m["value"], m["value"]) for m in group.get("members") or []}
        return found

    def writes(self):
        """How many writes were answered, by `METHOD /Endpoint status`."""
        return httpx2.get(f"{self._origin}/writes").json()


def scim2_server():
    return App("scim2-server", [sys.executable, str(FOLDER / "app_scim2.py")], "/v2")


def scimmy(*arguments):
    if not (FOLDER / "scimmy/node_modules").exists():
        raise RuntimeError("tests/apps/scimmy/node_modules is missing: `make setup` installs it")
    return App("scimmy", ["node", str(FOLDER / "scimmy/server.js"), *arguments], "/scim")


APPS = {"scim2-server": scim2_server, "scimmy": scimmy}


def seen(account):
    """The parts of an account that the default mapping decides, in one shape for every server.

    What is empty is left out: servers differ in whether they show it.
    """
    name = account.get("name") or {}
    enterprise = account.get(ENTERPRISE) or {}
    parts = {
        "userName": account.get("userName"),
        "active": account.get("active"),
        "givenName": name.get("givenName"),
        "familyName": name.get("familyName"),
        "displayName": account.get("displayName"),
        "title": account.get("title"),
        "emails": sorted(
            (e.get("type"), e.get("value"), bool(e.get("primary"))) for e in account.get("emails") or []
        ),
        "department": enterprise.get("department"),
        "employeeNumber": enterprise.get("employeeNumber"),
    }
    return {key: value for key, value in parts.items() if value not in (None, [], "")}
