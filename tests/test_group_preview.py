"""What linking a group does to the members of a real application's group, told by name, and then done."""

from support.company import Company, person
from support.waiting import until


def names(members):
    assert members["count"] == len(members["people"])
    return [one["userName"] for one in members["people"]]


def test_members_are_told_by_name_before_a_group_is_linked(lockstep, scim, app):
    company = Company(scim)
    for number in range(4):
        company.hire(person(number))
    stays, comes, goes, later = (person(number)["userName"] for number in range(4))
    company.found("Staff", [stays, comes, goes])
    lockstep.add_app(app.name, app.base_url, app.token)
    lockstep.cli("assign", app.name, "--group", "Staff")
    lockstep.cli("app", "publish", app.name)
    lockstep.cli("app", "activate", app.name)
    lockstep.wait_idle()

    accounts = {name: account["id"] for name, account in app.users().items()}
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"]
    members = [{"value": accounts[name]} for name in (stays, goes)]
    there = app.client.post("/Groups", json={"schemas": schemas, "displayName": "Leads", "members": members})
    assert there.status_code == 201, there.text
    # Nothing is sent while it is inactive: who comes now has no account yet.
    lockstep.cli("app", "deactivate", app.name)
    company.join("Staff", later)
    company.found("Leads", [stays, comes, later])
    until(lambda: len(lockstep.cli("app", "users", app.name)) == 4, "everybody has access")
    writes = app.writes()

    told = lockstep.cli("app", "push-group", app.name, "Leads", "--preview")
    assert (told["remoteId"], told["problem"], told["others"]) == (there.json()["id"], None, 0)
    assert (names(told["stay"]), names(told["added"])) == ([stays], [comes])
    assert (names(told["removed"]), names(told["waiting"])) == ([goes], [later])
    assert app.writes() == writes

    lockstep.cli("app", "push-group", app.name, "Leads")
    lockstep.cli("app", "activate", app.name)
    lockstep.wait_idle()
    assert app.groups()["Leads"] == {stays, comes, later}
    refused = lockstep.refused("POST", f"/applications/{app.name}/group-preview", {"group": "Leads"})
    assert "linked" in refused.json()["detail"]
