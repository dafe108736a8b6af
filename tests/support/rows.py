"""Rows of rows.toml, the tests that show them, and docs/conformance.md, which a full run writes."""

import tomllib
from collections import defaultdict
from pathlib import Path

from .databases import DATABASES

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "conformance.md"
PARTS = tomllib.loads((ROOT / "tests" / "rows.toml").read_text())
STATEMENTS = {row: text for part in PARTS.values() for row, text in part.items() if row != "title"}


def shown_by(item):
    """The rows that a test is marked with."""
    rows = [row for mark in item.iter_markers("row") for row in mark.args]
    unknown = [row for row in rows if row not in STATEMENTS]
    assert not unknown, f"{item.nodeid}: rows.toml has no row {', '.join(unknown)}"
    return rows


def database_of(item):
    """Which database a test runs on: one of its parameters says so."""
    parameters = getattr(item, "callspec", None)
    names = [value for value in parameters.params.values() if value in list(DATABASES)] if parameters else []
    assert len(names) == 1, f"{item.nodeid}: a test of a row runs on each database in turn"
    return names[0]


class Results:
    """What the tests of each row came to, row by row and database by database."""

    def __init__(self):
        self.tests = defaultdict(set)
        self.outcomes = defaultdict(set)

    def add(self, rows, database, test, passed):
        for row in rows:
            self.tests[row].add(test)
            self.outcomes[row, database].add(passed)

    def of(self, row, database):
        outcomes = self.outcomes[row, database]
        if not outcomes:
            return "missing"
        return "holds" if outcomes == {True} else "FAILS"

    def faults(self):
        """The rows that do not hold on both databases, with what they came to."""
        faults = []
        for row in STATEMENTS:
            said = {name: self.of(row, name) for name in DATABASES}
            if set(said.values()) != {"holds"}:
                faults.append(f"{row}: " + ", ".join(f"{name} {word}" for name, word in said.items()))
        return faults

    def table(self):
        """docs/conformance.md."""
        lines = [
            "# Conformance",
            "",
            "What the SCIM endpoint promises, row by row, and the test that shows it. Written by a full run of `make test`",
            "from [rows.toml](../tests/rows.toml) and from what the tests came to; a row without a test fails the run.",
        ]
        for part in PARTS.values():
            lines += ["", f"## {part['title']}", "", "| Row | What holds | Shown by | SQLite | PostgreSQL |", "|---|---|---|---|---|"]
            for row, text in part.items():
                if row == "title":
                    continue
                tests = "<br>".join(f"`{test}`" for test in sorted(self.tests[row])) or "–"
                lines.append(f"| {row} | {text} | {tests} | {self.of(row, 'sqlite')} | {self.of(row, 'postgres')} |")
        return "\n".join(lines) + "\n"
