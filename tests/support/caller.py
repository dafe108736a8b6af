"""One SCIM client's side of a conversation: send, look at the status, go on."""

import json

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
NOBODY = "00000000-0000-7000-8000-000000000000"

PATCHED = (200, 204)


class Caller:
    """Sends what a client sends, byte for byte where it matters, and insists on the answer's status."""

    def __init__(self, http):
        self.http = http

    def __call__(self, method, target, body=None, expect=200, headers=None):
        """The answer's JSON (None when it has no body). `body` may be bytes or text, to be sent as it is."""
        content = body.encode() if isinstance(body, str) else body
        if content is not None and not isinstance(content, bytes):
            content = json.dumps(content).encode()
        answer = self.http.request(method, self._url(target), content=content, headers=headers)
        expected = expect if isinstance(expect, tuple) else (expect,)
        shown = f"{method} {target} {content or b''!r:.400} -> {answer.status_code} {answer.text[:400]}"
        assert answer.status_code in expected, f"expected {expect}: {shown}"
        self.last = answer
        if not answer.content:
            assert answer.status_code in (204, 304), f"an empty answer: {shown}"
            return None
        kind = answer.headers["content-type"]
        assert kind == "application/scim+json", f"{kind}: {shown}"
        parsed = answer.json()
        if answer.status_code >= 400:
            assert_error(parsed, answer.status_code)
        return parsed

    def _url(self, target):
        # Below the base URL as the client wrote it: httpx would tidy up "?", "&" and "+".
        import httpx2

        base = str(self.http.base_url).rstrip("/")
        return httpx2.URL(base + target)

    # Short forms of what every client does

    def patch(self, target, *operations, expect=PATCHED, **more):
        return self("PATCH", target, {"schemas": [PATCH], "Operations": list(operations)} | more, expect=expect)

    def find(self, endpoint, filter, more="", expect=200):
        """The rows of a filter, which is encoded here."""
        from urllib.parse import quote

        page = self("GET", f"{endpoint}?filter={quote(filter, safe='')}{more}", expect=expect)
        if expect != 200:
            return page
        assert page["schemas"] == [LIST], page
        assert type(page["totalResults"]) is int and page["totalResults"] == len(page["Resources"]), page
        return page["Resources"]

    def one(self, endpoint, filter, more=""):
        rows = self.find(endpoint, filter, more)
        assert len(rows) == 1, f"{filter}: {len(rows)} rows"
        return rows[0]

    def none(self, endpoint, filter, more=""):
        rows = self.find(endpoint, filter, more)
        assert rows == [], f"{filter}: {rows}"

    def members(self, group_id):
        """The ids of a group's members; each is there once."""
        members = [m["value"] for m in self("GET", f"/Groups/{group_id}").get("members", [])]
        assert len(members) == len(set(members)), f"members repeat: {members}"
        return set(members)


def assert_error(body, status, scim_type=...):
    """The Error body of RFC 7644 section 3.12 (errata: `status` is a string)."""
    assert body.get("schemas") == [ERROR], body
    assert body.get("status") == str(status), body
    assert isinstance(body.get("detail"), str) and body["detail"], body
    if scim_type is None:
        assert "scimType" not in body, body
    elif scim_type is not ...:
        assert body.get("scimType") == scim_type, body
