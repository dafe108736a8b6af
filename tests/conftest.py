"""Fixtures of the end-to-end tests. Every test has a Lockstep of its own; `database` runs it on both engines."""

from pathlib import Path

import pytest
from support import rows
from support.apps import APPS
from support.databases import DATABASES
from support.lockstep import Lockstep
from support.typed import DEFINITIONS
from support.world import STRICT, World

RESULTS = rows.Results()
FAULTS = []


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


@pytest.fixture(scope="module", params=DATABASES)
def shared(request, tmp_path_factory):
    """A Lockstep for all tests of a file, each of which works in a source of its own."""
    made = DATABASES[request.param]()
    server = Lockstep(tmp_path_factory.mktemp("shared") / "data", made)
    server.data_dir.mkdir()
    try:
        yield server.start()
        assert server.is_running(), f"a test ended Lockstep:\n{server.log_tail()}"
        server.stop()
    finally:
        if server.is_running():
            server.kill()
        made.drop()


@pytest.fixture
def world(shared):
    """A tolerant source."""
    made = World(shared)
    yield made
    made.close()


@pytest.fixture
def typed(world):
    """A tolerant source whose tenant has the synthetic resource type."""
    world.lockstep.cli("schema", "apply", str(DEFINITIONS))
    return world


@pytest.fixture
def strict(shared):
    """A strict source."""
    made = World(shared, STRICT)
    yield made
    made.close()


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
    server = used.get("lockstep") or used.get("shared") or getattr(used.get("world"), "server", None)
    if report.when == "call" and report.failed and server is not None:
        report.sections.append(("Lockstep's log", server.log_tail()))


# Rows: which tests show what docs/conformance.md says


def pytest_configure(config):
    config.addinivalue_line("markers", "row(*rows): this test shows these rows of rows.toml")


def pytest_collection_modifyitems(config, items):
    for item in items:
        if shown := rows.shown_by(item):
            item.user_properties.append(("rows", (shown, rows.database_of(item))))


def pytest_runtest_logreport(report):
    # With several workers, only their controller hears of all tests.
    shown = dict(report.user_properties).get("rows")
    if shown and (report.when == "call" or not report.passed):
        test = Path(report.nodeid.split("[")[0]).name
        RESULTS.add(*shown, test, report.passed)


def pytest_sessionfinish(session, exitstatus):
    """A run of all rows writes the table; a row that does not hold, or a table that changes, fails the run."""
    ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if hasattr(session.config, "workerinput") or not ended or not _is_full(session.config):
        return
    written = rows.TABLE.read_text() if rows.TABLE.exists() else ""
    table = RESULTS.table()
    rows.TABLE.write_text(table)
    FAULTS.extend(RESULTS.faults())
    if table != written:
        FAULTS.append("docs/conformance.md has changed: read it, and commit it")
    if FAULTS and exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter):
    if FAULTS:
        terminalreporter.section("rows of docs/conformance.md")
        for fault in FAULTS:
            terminalreporter.line(fault)


def _is_full(config):
    """Whether no test of a row was left out: the whole folder, or what is marked in it (`-m row`)."""
    option = config.option
    chosen = {Path(argument).resolve() for argument in config.args}
    narrowed = option.keyword or option.collectonly or getattr(option, "deselect", None)
    return chosen == {Path(__file__).resolve().parent} and not narrowed and option.markexpr in ("", "row")
