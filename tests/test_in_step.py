"""People flow from a third-party client, through Lockstep, into third-party applications, and stay in step.

Issue 2, section 8.2: every kind of change, against both applications, on both databases, and at the end the
application's state compared object by object with what the directory wants.
"""

from support.company import Company, fifty_people_five_groups, person


def connect(lockstep, app, *groups):
    """Add the application, push these groups, and let it run for the members of Staff."""
    lockstep.add_app(app.name, app.base_url, app.token)
    for group in groups:
        lockstep.cli("app", "push-group", app.name, group)
    lockstep.cli("assign", app.name, "--group", "Staff")
    lockstep.cli("app", "publish", app.name)
    lockstep.cli("app", "activate", app.name)


def settled(lockstep, company, app):
    lockstep.wait_idle()
    company.compare(app)


def test_in_step(lockstep, scim, app):
    company = Company(scim)
    names = fifty_people_five_groups(company)
    connect(lockstep, app, *company.groups)
    settled(lockstep, company, app)

    # A changed userName is the same account.
    before = app.users()[names[1]]["id"]
    company.rename(names[1], "renamed@company.test")
    settled(lockstep, company, app)
    assert app.users()["renamed@company.test"]["id"] == before

    # Attributes, of the core schema and of the extension.
    company.change(names[2], title="Boss", displayName="The Boss")
    company.change(names[3], name={"givenName": "Zoë", "familyName": "Zimmer"})
    company.move(names[3], "Logistics")
    settled(lockstep, company, app)

    # Unassigned: deactivated, kept. Assigned again: the same account is restored.
    before = app.users()[names[45]]["id"]
    company.leave("Staff", names[45])
    company.unassigned.add(names[45])
    settled(lockstep, company, app)
    company.join("Staff", names[45])
    company.unassigned.clear()
    settled(lockstep, company, app)
    assert app.users()[names[45]]["id"] == before

    # Switched off and on at the source.
    company.change(names[4], active=False)
    settled(lockstep, company, app)
    company.change(names[4], active=True)
    settled(lockstep, company, app)

    # Deleted at the source: removed, also from the groups.
    company.dismiss(names[5])
    settled(lockstep, company, app)

    # Hired later, straight into groups.
    company.hire(person(50))
    company.join("Staff", person(50)["userName"])
    company.join("Engineering", person(50)["userName"])
    settled(lockstep, company, app)

    # Membership, a group's name, a group's end.
    company.join("Engineering", names[20], names[21])
    company.leave("Engineering", names[10], names[11])
    settled(lockstep, company, app)
    before = {group["displayName"]: group["id"] for group in app.all("/Groups")}
    company.rename_group("Sales", "Sales & Marketing")
    settled(lockstep, company, app)
    after = {group["displayName"]: group["id"] for group in app.all("/Groups")}
    assert after["Sales & Marketing"] == before["Sales"]
    company.dissolve("Leads")
    settled(lockstep, company, app)

    # Nothing changed, nothing sent.
    writes = app.writes()
    company.change(names[6], title=company.people[names[6]]["title"])
    company.join("Engineering", names[12])
    lockstep.wait_idle()
    assert app.writes() == writes

    status = lockstep.cli("status")
    assert [status[key] for key in ("pending", "waiting", "failed")] == [0, 0, 0], status


def test_what_is_there_already_is_adopted(lockstep, scim, app):
    """An account with the same userName is taken over, not doubled, and brought in step."""
    company = Company(scim)
    company.hire(person(1))
    company.hire(person(2))
    company.found("Staff", company.people)
    there = app.client.post("/Users", json={"schemas": person(1)["schemas"], "userName": person(1)["userName"]})
    assert there.status_code == 201
    connect(lockstep, app, "Staff")
    settled(lockstep, company, app)
    assert app.users()[person(1)["userName"]]["id"] == there.json()["id"]


def test_one_person_or_everyone(lockstep, scim, scim2_app, scimmy_app):
    """Two applications of one directory: one for a single person, one for everybody, later hires too."""
    company = Company(scim)
    for number in range(3):
        company.hire(person(number))
    for app in (scim2_app, scimmy_app):
        lockstep.add_app(app.name, app.base_url, app.token)
    lockstep.cli("assign", scim2_app.name, "--user", person(1)["userName"])
    lockstep.cli("assign", scimmy_app.name, "--everyone")
    for app in (scim2_app, scimmy_app):
        lockstep.cli("app", "publish", app.name)
        lockstep.cli("app", "activate", app.name)
    lockstep.wait_idle()
    assert set(scim2_app.users()) == {person(1)["userName"]}
    company.compare(scimmy_app)

    company.hire(person(3))
    lockstep.wait_idle()
    assert set(scim2_app.users()) == {person(1)["userName"]}
    company.compare(scimmy_app)
    assert lockstep.cli("why", person(1)["userName"], scim2_app.name)


def test_an_inactive_application_is_left_alone(lockstep, scim, scimmy_app):
    """Nothing is sent while it rests; what changed meanwhile is sent when it is activated again."""
    company = Company(scim)
    company.hire(person(0))
    company.hire(person(1))
    company.found("Staff", company.people)
    connect(lockstep, scimmy_app, "Staff")
    settled(lockstep, company, scimmy_app)

    lockstep.cli("app", "deactivate", scimmy_app.name)
    writes = scimmy_app.writes()
    company.change(person(0)["userName"], title="Changed")
    company.dismiss(person(1)["userName"])
    company.hire(person(2))
    company.join("Staff", person(2)["userName"])
    lockstep.restart()
    assert scimmy_app.writes() == writes

    lockstep.cli("app", "activate", scimmy_app.name)
    settled(lockstep, company, scimmy_app)
