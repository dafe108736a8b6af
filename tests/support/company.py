"""A small company in an identity provider: what `scim2-client` pushes into a source, and what should come out.

`Company` keeps the truth beside every change it sends, so that an application's state can be compared with it.
"""

from .apps import ENTERPRISE, seen

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GIVEN = ["Ada", "Bo", "Cleo", "Dai", "Edith", "Farid", "Gus", "Hana", "Ines", "Jörg"]
FAMILY = ["Almeida", "Brandt", "Castro", "Dufour", "Eriksen"]
DEPARTMENTS = ["Engineering", "Sales", "Support"]


def person(number):
    """The SCIM user of employee `number`; everything about them follows from the number."""
    given, family = GIVEN[number % 10], FAMILY[number // 10 % 5]
    name = f"person{number:02}@company.test"
    return {
        "schemas": [CORE, ENTERPRISE],
        "externalId": f"hr-{number:04}",
        "userName": name,
        "active": True,
        "name": {"givenName": given, "familyName": family, "formatted": f"{given} {family}"},
        "displayName": f"{given} {family}",
        "title": "Engineer" if number % 3 == 0 else "Specialist",
        "emails": [{"value": name, "type": "work", "primary": True}],
        ENTERPRISE: {"employeeNumber": str(1000 + number), "department": DEPARTMENTS[number % 3]},
    }


class Company:
    """People and groups of one source, changed through the third-party client."""

    def __init__(self, scim):
        self.scim = scim
        self.user_model = scim.get_resource_model("User")
        self.group_model = scim.get_resource_model("Group")
        self.people = {}  # userName -> the SCIM user as last sent
        self.ids = {}  # userName -> id in the source
        self.groups = {}  # displayName -> set of userNames
        self.group_ids = {}
        self.unassigned = set()  # userNames whose account must be there, inactive

    # Changes

    def hire(self, payload):
        created = self.scim.create(self.user_model.model_validate(payload))
        name = payload["userName"]
        self.people[name], self.ids[name] = payload, created.id
        return created

    def change(self, name, /, **attributes):
        """Replace top-level attributes (`title="Boss"`) by PATCH."""
        self._patch_user(name, [{"op": "replace", "path": k, "value": v} for k, v in attributes.items()])
        self.people[name] |= attributes

    def move(self, name, department):
        self._patch_user(name, [{"op": "replace", "path": f"{ENTERPRISE}:department", "value": department}])
        self.people[name][ENTERPRISE] = self.people[name][ENTERPRISE] | {"department": department}

    def rename(self, old, new):
        """A marriage, a new domain: userName and work mail change together, as Entra does it (wire E37)."""
        self._patch_user(
            old,
            [
                {"op": "replace", "path": "userName", "value": new},
                {"op": "replace", "path": 'emails[type eq "work"].value', "value": new},
            ],
        )
        payload = self.people.pop(old)
        payload |= {"userName": new, "emails": [{"value": new, "type": "work", "primary": True}]}
        self.people[new], self.ids[new] = payload, self.ids.pop(old)
        for members in self.groups.values():
            if old in members:
                members.remove(old)
                members.add(new)

    def dismiss(self, name):
        """Delete the person in the source."""
        self.scim.delete(self.user_model, self.ids.pop(name))
        del self.people[name]
        for members in self.groups.values():
            members.discard(name)

    def found(self, group, members=()):
        payload = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": group,
            "members": [{"value": self.ids[name]} for name in members],
        }
        created = self.scim.create(self.group_model.model_validate(payload))
        self.groups[group], self.group_ids[group] = set(members), created.id

    def join(self, group, *names):
        self._patch_group(
            group, [{"op": "add", "path": "members", "value": [{"value": self.ids[n]} for n in names]}]
        )
        self.groups[group] |= set(names)

    def leave(self, group, *names):
        self._patch_group(
            group, [{"op": "remove", "path": f'members[value eq "{self.ids[n]}"]'} for n in names]
        )
        self.groups[group] -= set(names)

    def rename_group(self, old, new):
        self._patch_group(old, [{"op": "replace", "path": "displayName", "value": new}])
        self.groups[new], self.group_ids[new] = self.groups.pop(old), self.group_ids.pop(old)

    def dissolve(self, group):
        self.scim.delete(self.group_model, self.group_ids.pop(group))
        del self.groups[group]

    def _patch_user(self, name, operations):
        self._patch(self.user_model, self.ids[name], operations)

    def _patch_group(self, group, operations):
        self._patch(self.group_model, self.group_ids[group], operations)

    def _patch(self, model, id, operations):
        from scim2_models import PatchOp

        self.scim.modify(model, id, PatchOp[model].model_validate({"operations": operations}))

    # What an application that everybody of `Staff` is assigned to must hold

    def wanted_accounts(self):
        """userName -> what `apps.seen` shows of the account."""
        return {
            name: seen(payload | ({"active": False} if name in self.unassigned else {}))
            for name, payload in self.people.items()
        }

    def compare(self, app, groups=None):
        """Compare an application with the company, object by object; `groups` are the pushed ones (default all)."""
        accounts = {name: seen(account) for name, account in app.users().items()}
        wanted = self.wanted_accounts()
        assert set(accounts) == set(wanted), (
            f"missing {sorted(set(wanted) - set(accounts))}, too many {sorted(set(accounts) - set(wanted))}"
        )
        for name in wanted:
            assert accounts[name] == wanted[name], f"{name}: {accounts[name]} is not {wanted[name]}"
        held = app.groups()
        wanted_groups = {g: m for g, m in self.groups.items() if groups is None or g in groups}
        assert set(held) == set(wanted_groups), f"groups {sorted(held)} are not {sorted(wanted_groups)}"
        for group, members in wanted_groups.items():
            assert held[group] == members, (
                f"{group}: missing {sorted(members - held[group])}, too many {sorted(held[group] - members)}"
            )
        return True


def fifty_people_five_groups(company):
    """Everybody is in Staff; the last five are in nothing else."""
    names = [company.hire(person(number)) and person(number)["userName"] for number in range(50)]
    company.found("Staff", names)
    company.found("Engineering", names[:20])
    company.found("Sales", names[20:35])
    company.found("Support", names[35:45])
    company.found("Leads", names[0:45:10])
    return names
