"""A source for one test in a Lockstep that many tests share, with the people and the group that rows speak of."""

from functools import cached_property
from itertools import count

from .caller import GROUP, USER, Caller

NUMBERS = count(1)
STRICT = {"tolerance": "strict", "unknownMembers": "refuse"}


class World:
    """U1 (Bob), U2, U3 and the group G1 of the first two, made when they are first asked for."""

    def __init__(self, lockstep, settings=None):
        self.lockstep = lockstep
        self.number = next(NUMBERS)
        self.settings = settings
        self._open = []
        self.source = self._source("idp", settings or {})
        self.call = self.caller(self.source)

    def close(self):
        for http in self._open:
            http.close()

    def _source(self, name, settings):
        return self.lockstep.add_source(f"{name}-{self.number}", settings)

    def caller(self, source, **headers):
        http = source.client(**headers)
        self._open.append(http)
        return Caller(http)

    def settle(self, settings):
        """Decide about the source."""
        self.lockstep.settle(self.source, settings)

    @cached_property
    def other(self):
        """Another source of the same tenant."""
        return self.caller(self._source("other", {}))

    def name(self, short):
        """A user name of this test's own."""
        return f"{short}@{self.number}.x.test"

    def user(self, short, **more):
        """A user is made; its id."""
        name = self.name(short)
        mail = {"value": name, "type": "work", "primary": True}
        body = {"schemas": [USER], "userName": name, "emails": [mail]} | more
        return self.call("POST", "/Users", body, expect=201)["id"]

    def group(self, name, *members, **more):
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": id} for id in members]} | more
        return self.call("POST", "/Groups", body, expect=201)["id"]

    @cached_property
    def u1(self):
        name = {"givenName": "Bob", "familyName": "Builder"}
        return self.user("bob", externalId="e1", name=name, displayName="Bob B")

    @cached_property
    def u2(self):
        return self.user("amy", externalId="e2", name={"givenName": "Amy", "familyName": "Able"})

    @cached_property
    def u3(self):
        return self.user("cem", externalId="e3")

    @cached_property
    def g1(self):
        return self.group("Sales", self.u1, self.u2, externalId="g1")

    def get(self, target):
        return self.call("GET", target)

    def lockstep_group(self, name):
        """The id of the directory's group that mirrors this source's group of that name."""
        groups = self.lockstep.api("GET", f"/groups?search={name}&limit=200")["items"]
        [group] = [group for group in groups if group["source"] == self.source.id and group["displayName"] == name]
        return group["id"]

    def version(self, target):
        """What moves when anything of a resource changes."""
        meta = self.get(target + ("&" if "?" in target else "?") + "attributes=meta")["meta"]
        return meta["version"], meta["lastModified"]
