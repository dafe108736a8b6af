"""Whole answers, compared exactly: what differs from run to run is given a name first."""

import json
import re

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Exact:
    """Sends through a `Caller` and gives back answers with `BASE` for the base URL, `NOW` for dates and a name for
    each id: `ID1`, `ID2`, … in the order in which they are first seen. Names may be used in what is sent."""

    def __init__(self, call):
        self.call = call
        self.base = str(call.http.base_url).rstrip("/")
        self.ids = {}

    def __call__(self, method, target, body=None, expect=200, headers=None):
        for id, name in self.ids.items():
            target = target.replace(name, id)
        if body is not None and not isinstance(body, bytes):
            text = body if isinstance(body, str) else json.dumps(body)
            for id, name in self.ids.items():
                text = text.replace(name, id)
            body = text.encode()
        answer = self.call(method, target, body, expect=expect, headers=headers)
        return self.frozen(answer)

    def frozen(self, answer):
        if answer is None:
            return None
        text = json.dumps(answer).replace(self.base, "BASE")
        for id in re.findall(r'"id": "([0-9a-f-]{36})"', text):
            self.ids.setdefault(id, f"ID{len(self.ids) + 1}")
        for id, name in self.ids.items():
            text = text.replace(id, name)
        return json.loads(DATE.sub("NOW", text))


def meta(kind, name, version=1):
    """What the server says about a resource."""
    where = f"BASE/{kind}s/{name}"
    return {"resourceType": kind, "created": "NOW", "lastModified": "NOW", "location": where, "version": f'W/"{version}"'}
