"""`make demo`: people flow from a SCIM client, through Lockstep, into a SCIM application, told line by line.

Lockstep and the third-party server `scim2-server` (the application) are started here; the third-party client
`scim2-client` plays the identity provider. Afterwards everything keeps running, to be looked at, until Ctrl-C.

    demo.py [--once]     with --once it ends after the story
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from support.apps import scim2_server
from support.company import Company, fifty_people_five_groups
from support.databases import Sqlite
from support.lockstep import Lockstep

GROUPS = ["Staff", "Engineering", "Sales", "Support", "Leads"]


class Story:
    """Tells each step once the application holds what it should, and how long that took."""

    def __init__(self, lockstep, company, app):
        self.lockstep, self.company, self.app = lockstep, company, app

    def step(self, change, told):
        """Do `change()`, wait until everything is in step, compare, and tell."""
        start = time.monotonic()
        change()
        sent = time.monotonic()
        self.lockstep.wait_idle()
        in_step = time.monotonic()
        self.company.compare(self.app)
        say(f"  {told:<62} in step {in_step - sent:5.2f} s after the last request ({sent - start:.2f} s)")


def say(line=""):
    print(line, flush=True)


def story(lockstep, app, source):
    scim = source.scim_client()
    company = Company(scim)
    tell = Story(lockstep, company, app).step

    def connect():
        lockstep.add_app("Chat", app.base_url, app.token)
        for group in GROUPS:
            lockstep.cli("app", "push-group", "Chat", group)
        lockstep.cli("assign", "Chat", "--group", "Staff")
        lockstep.cli("app", "publish", "Chat")
        lockstep.cli("app", "activate", "Chat")

    start = time.monotonic()
    names = fifty_people_five_groups(company)
    say(f"  scim2-client pushed 50 people and 5 groups in {time.monotonic() - start:.2f} s")
    tell(connect, "created: 50 accounts and 5 groups")

    def both(*changes):
        return lambda: [change() for change in changes]

    id = app.users()[names[0]]["id"]
    tell(lambda: company.rename(names[0], "ada.newname@company.test"), "renamed: a new userName and mail")
    assert app.users()["ada.newname@company.test"]["id"] == id
    tell(lambda: company.change(names[1], title="Head of Sales"), "changed: a title")
    tell(
        both(lambda: company.leave("Staff", names[45]), lambda: company.unassigned.add(names[45])),
        "unassigned: the account is deactivated and kept",
    )
    tell(
        both(lambda: company.join("Staff", names[45]), company.unassigned.clear),
        "assigned again: the same account is restored",
    )
    tell(lambda: company.dismiss(names[2]), "deleted at the source: the account is deleted")
    tell(lambda: company.join("Engineering", names[20], names[21]), "two people joined Engineering")
    tell(lambda: company.leave("Engineering", names[10]), "one person left Engineering")
    tell(lambda: company.rename_group("Sales", "Sales & Marketing"), "a group has a new name")
    say(f"  Compared object by object after each step: {len(app.users())} accounts, {len(app.groups())} groups.")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--once", action="store_true", help="end after the story")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="lockstep-demo.") as folder:
        data_dir = Path(folder) / "data"
        data_dir.mkdir()
        lockstep, app = Lockstep(data_dir, Sqlite()), None
        try:
            start = time.monotonic()
            lockstep.start()
            say(f"Lockstep runs on {lockstep.url} (ready in {time.monotonic() - start:.2f} s).")
            app = scim2_server()
            say(f"scim2-server, the application, runs on {app.base_url}.")
            source = lockstep.add_source("Demo IdP")
            say(f"The source takes SCIM at {source.base_url}.")
            story(lockstep, app, source)
            if options.once:
                return 0
            say()
            say("Everything keeps running; Ctrl-C ends it. Look around:")
            say(f"  export LOCKSTEP_URL={lockstep.url} LOCKSTEP_TOKEN={lockstep.token}")
            say("  target/release/lockstep status")
            say("  target/release/lockstep run list")
            say("  target/release/lockstep why ada.newname@company.test Chat")
            say(f"  curl -H 'Authorization: Bearer {source.token}' '{source.base_url}/Users?count=2'")
            say(f"  curl -H 'Authorization: Bearer {app.token}' '{app.base_url}/Users?count=2'")
            say(f"  the log: {lockstep.log_path}")
            while lockstep.is_running():
                time.sleep(0.5)
            say(f"Lockstep ended:\n{lockstep.log_tail()}")
            return 1
        except KeyboardInterrupt:
            say()
            return 0
        finally:
            if lockstep.is_running():
                lockstep.stop()
            if app:
                app.stop()


if __name__ == "__main__":
    sys.exit(main())
