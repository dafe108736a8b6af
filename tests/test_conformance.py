"""The third-party suite `scim2-tester` (PyPI) finds nothing wrong with a fresh source: neither with what the standard
defines, nor with a resource type and an extension that the administrator defined."""

from pathlib import Path

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

DEFINITIONS = Path(__file__).parent / "definitions" / "test-resource.json"


def check(source):
    """What the suite says of a source; nothing of it may have failed."""
    http = httpx2.Client(base_url=source.base_url, headers={"Authorization": f"Bearer {source.token}"}, timeout=30)
    with http:
        results = check_server(SyncSCIMClient(http))
    failed = [r for r in results if r.status in (Status.ERROR, Status.CRITICAL)]
    deviating = [r for r in results if r.status is Status.DEVIATION]
    checked = [r for r in results if r.status is not Status.SKIPPED]
    print(f"{len(checked)} checks, {len(failed)} failed, {len(deviating)} deviate from a SHOULD")
    for result in deviating:
        print(f"deviates: {result.resource_type} {result.title}: {result.reason}")
    assert not failed, "\n".join(f"{r.resource_type} {r.title}: {r.reason} {r.data!r:.300}" for r in failed)
    return checked


@pytest.mark.row("C05", "C04")
def test_scim2_tester(source):
    checked = check(source)
    # Fewer would mean that a discovery document led the suite past most of its checks.
    assert len(checked) > 100
    assert {r.resource_type for r in checked} >= {"User", "Group"}


def test_scim2_tester_with_definitions_of_the_administrators_own(lockstep, source):
    made = lockstep.cli("schema", "apply", str(DEFINITIONS))
    assert {line["outcome"] for line in made} == {"made", "changed"}
    again = lockstep.cli("schema", "apply", str(DEFINITIONS))
    assert {line["outcome"] for line in again} == {"unchanged"}
    checked = check(source)
    assert {r.resource_type for r in checked} >= {"User", "Group", "TestResource"}
    # Every attribute of the synthetic type and of the extension of users is written and read back.
    text = "\n".join(f"{r.title} {r.reason} {r.data}" for r in checked)
    for attribute in ["multiComplex", "complexAttr", "immutableAttr", "uniqueString", "extRequired", "costCenter"]:
        assert attribute.lower() in text.lower() or attribute in repr(checked), attribute
