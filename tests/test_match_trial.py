"""What matching would come to is told before anything is sent, for a real application with more than one page."""

import pytest
from support.company import Company, person
from support.lockstep import CommandFailed

ORPHANS = 120


def names(trial, outcome):
    return [one["userName"] for one in trial["people"].get(outcome, [])]


def test_matching_is_tried_for_everybody(lockstep, scim, app):
    company = Company(scim)
    for number in range(3):
        company.hire(person(number))
    company.found("Staff", company.people)
    there, twice, new = (person(number) for number in range(3))
    schemas = there["schemas"]
    adopted = app.client.post("/Users", json={"schemas": schemas, "userName": there["userName"]})
    assert adopted.status_code == 201, adopted.text
    for name in ("first", "second"):
        body = {"schemas": schemas, "userName": name, "emails": twice["emails"]}
        assert app.client.post("/Users", json=body).status_code == 201
    for number in range(ORPHANS):
        body = {"schemas": schemas, "userName": f"service-{number:03}"}
        assert app.client.post("/Users", json=body).status_code == 201
    lockstep.add_app(app.name, app.base_url, app.token)
    lockstep.cli("assign", app.name, "--group", "Staff")
    lockstep.wait_idle()
    writes = app.writes()

    trial = lockstep.cli("app", "try-matching", app.name)
    assert (trial["state"], trial["complete"], trial["doubt"]) == ("done", True, None)
    assert trial["accountsRead"] == trial["accountsThere"] == ORPHANS + 3
    assert trial["counts"] == {"adopt": 1, "create": 2}
    assert names(trial, "adopt") == [there["userName"]]
    assert trial["unmatched"] == ORPHANS + 2
    assert len(trial["unmatchedAccounts"]) == 100
    assert app.writes() == writes

    # The draft decides, whatever is published.
    draft = lockstep.api("GET", f"/applications/{app.name}/draft")["settings"]
    lockstep.api("PUT", f"/applications/{app.name}/draft", draft | {"match": "email"})
    trial = lockstep.cli("app", "try-matching", app.name)
    assert trial["match"] == "email"
    assert names(trial, "ambiguous") == [twice["userName"]]
    [ambiguous] = trial["people"]["ambiguous"]
    assert {account["name"] for account in ambiguous["candidates"]} == {"first", "second"}
    assert trial["counts"] == {"ambiguous": 1, "create": 2}

    # What was told is what then happens; and told again, everybody is linked.
    lockstep.api("PUT", f"/applications/{app.name}/draft", draft)
    lockstep.cli("app", "publish", app.name)
    lockstep.cli("app", "activate", app.name)
    lockstep.wait_idle()
    assert app.users()[there["userName"]]["id"] == adopted.json()["id"]
    trial = lockstep.cli("app", "try-matching", app.name)
    assert trial["counts"] == {"linked": 3}
    assert trial["unmatched"] == ORPHANS + 2


def test_an_application_that_does_not_answer(lockstep, scim, scimmy_app):
    company = Company(scim)
    company.hire(person(0))
    lockstep.add_app("Chat", scimmy_app.base_url, "wrong")
    lockstep.cli("assign", "Chat", "--everyone")
    lockstep.wait_idle()
    with pytest.raises(CommandFailed, match="credentials"):
        lockstep.cli("app", "try-matching", "Chat")
