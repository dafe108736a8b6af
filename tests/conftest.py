"""Fixtures of the end-to-end tests. Every test has a Lockstep of its own; `database` runs it on both engines."""

import pytest
from support.apps import APPS
from support.databases import DATABASES
from support.lockstep import Lockstep


@pytest.fixture(params=DATABASES)
def database(request):
    """The embedded SQLite, then a fresh PostgreSQL database."""
    made = DATABASES[request.param]()
    yield made
    made.drop()


@pytest.fixture
def lockstep(tmp_path, database):
    """A running Lockstep with an empty directory."""
    server = Lockstep(tmp_path / "data", database)
    server.data_dir.mkdir()
    try:
        yield server.start()
        if server.is_running():
            assert server.stop() == 0, f"Lockstep did not end well:\n{server.log_tail()}"
    finally:
        if server.is_running():
            server.kill()


@pytest.fixture
def source(lockstep):
    """A fresh source of that Lockstep."""
    return lockstep.add_source("idp")


@pytest.fixture
def client(source):
    """A plain HTTP client of the source."""
    with source.client() as http:
        yield http


@pytest.fixture
def scim(source):
    """The third-party `scim2-client` bound to the source."""
    client = source.scim_client()
    yield client
    client.client.close()


@pytest.fixture
def scim2_app():
    yield from _running("scim2-server")


@pytest.fixture
def scimmy_app():
    yield from _running("scimmy")


@pytest.fixture(params=APPS)
def app(request):
    """Each third-party application in turn."""
    yield from _running(request.param)


def _running(name):
    app = APPS[name]()
    yield app
    app.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Show the end of Lockstep's log beside a failed test."""
    report = (yield).get_result()
    used = getattr(item, "funcargs", {})
    server = used.get("lockstep") or getattr(used.get("world"), "server", None)
    if report.when == "call" and report.failed and server is not None:
        report.sections.append(("Lockstep's log", server.log_tail()))
