"""The third-party suite `scim2-tester` (PyPI) finds nothing wrong with a fresh source: neither with what the standard
defines, nor with a resource type and an extension that the administrator defined."""

import datetime
import json
from pathlib import Path

import httpx2
import scim2_tester.filling
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


def test_scim2_tester(source):
    checked = check(source)
    # Fewer would mean that a discovery document led the suite past most of its checks.
    assert len(checked) > 100
    assert {r.resource_type for r in checked} >= {"User", "Group"}


def lend_times(monkeypatch):
    """The suite fills every type but dateTime, whose fields it gives a random text: lend it a moment."""
    example = scim2_tester.filling.get_random_example_value

    def with_times(path):
        binding = path.resolve()
        if binding is not None and binding.target_type is datetime.datetime:
            return datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)
        return example(path)

    monkeypatch.setattr(scim2_tester.filling, "get_random_example_value", with_times)


def test_scim2_tester_with_definitions_of_the_administrators_own(lockstep, source, tmp_path, monkeypatch):
    definitions = json.loads(DEFINITIONS.read_text())
    for definition in definitions:
        for attribute in definition.get("attributes", []):
            # The suite takes `returned: always` for "has a value always", which only what is required can have.
            if attribute.get("returned") == "always":
                attribute["required"] = True
    file = tmp_path / "definitions.json"
    file.write_text(json.dumps(definitions))
    made = lockstep.cli("schema", "apply", str(file))
    assert {line["outcome"] for line in made} == {"made", "changed"}
    again = lockstep.cli("schema", "apply", str(file))
    assert {line["outcome"] for line in again} == {"unchanged"}
    lend_times(monkeypatch)
    checked = check(source)
    assert {r.resource_type for r in checked} >= {"User", "Group", "TestResource"}
    plain_user = sum(r.resource_type == "User" for r in checked)
    own = sum(r.resource_type == "TestResource" for r in checked)
    assert own > 20 and plain_user > 20, "the suite was led past most of its checks"
