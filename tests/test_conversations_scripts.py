"""Scripts with curl: what its flags make of a request, and what people forget (wire.md 1.3)."""

import subprocess

import pytest
from support.caller import LIST, USER
from support.exact import Exact, meta


class Curl:
    """curl itself, told what scripts tell it; looks like the client that `Exact` wants."""

    def __init__(self, source):
        self.base_url = source.base_url
        self.token = source.token

    def __call__(self, *flags, to):
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code} %{content_type}", *flags,
             "--header", f"Authorization: Bearer {self.token}", f"{self.base_url}{to}"],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        body, last = done.stdout.rsplit("\n", 1)
        status, _, kind = last.partition(" ")
        assert kind == ("application/scim+json" if body else "")
        return int(status), body


@pytest.fixture
def curl(source):
    return Curl(source)


JSON = ("--header", "Content-Type: application/json")


@pytest.mark.row("T40")
def test_scripts(curl, client):
    import json

    names = Exact(type("Call", (), {"http": client})())

    def shown(answer, status=200):
        assert answer[0] == status, answer
        return names.frozen(json.loads(answer[1])) if answer[1] else None

    nobody = {"schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []}
    assert shown(curl(to="/Users")) == nobody
    body = f'{{"schemas":["{USER}"],"userName":"ada@x.test","name":{{"givenName":"Ada"}}}}'
    # -d alone says that it is a form: refused in plain words, and nothing is made of it.
    refused = shown(curl("--data", body, to="/Users"), 415)
    assert refused["status"] == "415" and "application/json" in refused["detail"]
    assert shown(curl(to="/Users")) == nobody
    user = {"schemas": [USER], "id": "ID1", "userName": "ada@x.test", "name": {"givenName": "Ada"}, "active": True}
    assert shown(curl(*JSON, "--data", body, to="/Users"), 201) == user | {"meta": meta("User", "ID1")}
    at = f"/Users/{next(iter(names.ids))}"
    # --data-urlencode writes + for blanks; quotes are forgotten.
    found = nobody | {"totalResults": 1, "itemsPerPage": 1, "Resources": [user | {"meta": meta("User", "ID1")}]}
    for filter in ('userName eq "ada@x.test"', "userName eq ada@x.test", 'username EQ "ADA@X.TEST"'):
        assert shown(curl("--get", "--data-urlencode", f"filter={filter}", to="/Users")) == found
    # No `schemas`, `operations` in lower case, one operation that is no list of values.
    patch = '{"operations":[{"op":"Replace","path":"title","value":"Boss"},{"op":"add","path":"emails","value":{"value":"a@x.test"}}]}'
    user |= {"title": "Boss", "emails": [{"value": "a@x.test"}]}
    assert shown(curl(*JSON, "--request", "PATCH", "--data", patch, to=at)) == user | {"meta": meta("User", "ID1", 2)}
    put = f'{{"schemas":["{USER}"],"userName":"ada@x.test","active":"false"}}'
    off = {"schemas": [USER], "id": "ID1", "userName": "ada@x.test", "active": False, "meta": meta("User", "ID1", 3)}
    assert shown(curl(*JSON, "--request", "PUT", "--data", put, to=at)) == off
    assert curl("--head", to=at)[0] == 200
    assert curl("--request", "DELETE", to=at) == (204, "")
    assert shown(curl(to=at), 404)["status"] == "404"
