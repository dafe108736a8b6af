"""`make demo`: a running Lockstep with the demo data set, and a real SCIM server as its application.

Lockstep and the third-party server `scim2-server` (the application) are started here, and keep running, to be looked
at, until Ctrl-C. Nothing is sent before the application is activated in the console.

    demo.py              the demo data set, to be tried in the console
    demo.py --story      instead, people flow from the third-party client `scim2-client`, through Lockstep, into the
                         application, told line by line
    --once               end when that is done
"""

import argparse
import re
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


def demo_data(lockstep, app):
    """Load the demo data set with the running application, and say where to go."""
    start = time.monotonic()
    demo = lockstep.api("POST", "/demo", {"application": {"baseUrl": app.base_url, "token": app.token}})
    people = lockstep.api("GET", "/users?source=" + demo["source"]["id"] + "&limit=1")["total"]["count"]
    say(f"The demo data is loaded in {time.monotonic() - start:.2f} s: {people} people, and the {demo['application']['name']}.")
    say()
    say("Open the console, make the first administrator, then preview and activate the application:")
    say(f"  {setup_link(lockstep)}")
    say(f"  {lockstep.url}/apps/{demo['application']['id']}")
    say("The strip above every page removes the demo data again.")


def setup_link(lockstep):
    """The one-time link that Lockstep's first start leaves in its log."""
    return re.search(r"http\S+/setup\?code=\S+", lockstep.log_tail(200)).group()


def look_around(lockstep, app, source):
    say("Everything keeps running. Look around:")
    say(f"  export LOCKSTEP_URL={lockstep.url} LOCKSTEP_TOKEN={lockstep.token}")
    say("  target/release/lockstep status")
    say("  target/release/lockstep run list")
    if source:
        say("  target/release/lockstep why ada.newname@company.test Chat")
        say(f"  curl -H 'Authorization: Bearer {source.token}' '{source.base_url}/Users?count=2'")
    say(f"  curl -H 'Authorization: Bearer {app.token}' '{app.base_url}/Users?count=2'")
    say(f"  the log: {lockstep.log_path}")
    say("Ctrl-C ends it.")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--story", action="store_true", help="tell how people flow, instead of loading demo data")
    arguments.add_argument("--once", action="store_true", help="end when that is done")
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
            source = None
            if options.story:
                source = lockstep.add_source("Demo IdP")
                say(f"The source takes SCIM at {source.base_url}.")
                story(lockstep, app, source)
            else:
                demo_data(lockstep, app)
            if options.once:
                return 0
            say()
            look_around(lockstep, app, source)
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
