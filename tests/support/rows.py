"""Rows of rows.toml, the tests that show them, and docs/conformance.md, which a full run writes.

A row is a statement, which tests show by their marks. It may also be a table: `text`, the statement; `by`, other rows
whose tests show it too; `why`, the reason for which nothing shows it, or for which it does not hold.
"""

import tomllib
from collections import defaultdict
from pathlib import Path

from .databases import DATABASES

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "conformance.md"
PARTS = tomllib.loads((ROOT / "tests" / "rows.toml").read_text())
ROWS = {
    row: said if isinstance(said, dict) else {"text": said}
    for part in PARTS.values()
    for row, said in part.items()
    if row != "title"
}
STATEMENTS = {row: said["text"] for row, said in ROWS.items()}
assert all(other in ROWS for said in ROWS.values() for other in said.get("by", [])), "rows.toml names an unknown row"


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
        others = ROWS[row].get("by", [])
        said = [self.of(other, database) for other in others]
        if outcomes := self.outcomes[row, database]:
            said.append("holds" if outcomes == {True} else "FAILS")
        if not said:
            return "–" if "why" in ROWS[row] else "missing"
        return next((word for word in ("FAILS", "missing") if word in said), "holds")

    def faults(self):
        """The rows that do not hold on both databases, with what they came to."""
        faults = []
        for row in STATEMENTS:
            said = {name: self.of(row, name) for name in DATABASES}
            if set(said.values()) not in ({"holds"}, {"–"}):
                faults.append(f"{row}: " + ", ".join(f"{name} {word}" for name, word in said.items()))
        return faults

    def table(self):
        """docs/conformance.md."""
        lines = [
            "# Conformance",
            "",
            "What the SCIM endpoint promises, row by row, and the test that shows it. Written by a full run of `make test`",
            "from [rows.toml](../tests/rows.toml) and from what the tests came to; a row without a test fails the run. Where no",
            "test can show a row, the reason stands in its place.",
        ]
        for part in PARTS.values():
            lines += ["", f"## {part['title']}", "", "| Row | What holds | Shown by | SQLite | PostgreSQL |", "|---|---|---|---|---|"]
            for row in part:
                if row == "title":
                    continue
                said = ROWS[row]
                shown = [", ".join(said["by"])] if "by" in said else []
                shown += [f"`{test}`" for test in sorted(self.tests[row])]
                shown += [said["why"]] if "why" in said else []
                lines.append(f"| {row} | {said['text']} | {'<br>'.join(shown) or '–'} | {self.of(row, 'sqlite')} | {self.of(row, 'postgres')} |")
        return "\n".join(lines) + "\n"
