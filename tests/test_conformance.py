"""The third-party suite `scim2-tester` (PyPI) finds nothing wrong with a fresh source."""

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server


@pytest.mark.row("C05", "C04")
def test_scim2_tester(source):
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
    # Fewer would mean that a discovery document led the suite past most of its checks.
    assert len(checked) > 100
    assert {r.resource_type for r in checked} >= {"User", "Group"}
