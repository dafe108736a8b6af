"""The two databases, and what is in them."""

import json
import os
import re
import sqlite3
import subprocess
import tempfile
import uuid
from pathlib import Path

# What may change without anybody having changed anything: the request log, who was kept out, when a token was last
# used, and who works on which lane until when.
VOLATILE_TABLES = {"requests", "request_bodies", "source_refusals", "statistics", "lanes"}
# An id in what an earlier release left behind.
ID = re.compile(r"\{([0-9a-f]{32})\}")
VOLATILE_COLUMNS = re.compile(r"^last_(used|seen|request)|^heartbeat|^lease")


class Sqlite:
    """The embedded database: nothing to make, it is a file in the data directory."""

    name = "sqlite"
    url = None

    def drop(self):
        pass

    def load(self, data_dir, sql):
        """Fill an empty database with what an earlier release left behind (see `released/make.py`)."""
        sql = sql.replace("KEYTEXT", "TEXT").replace("CLUSTERED", "WITHOUT ROWID")
        connection = sqlite3.connect(Path(data_dir) / "lockstep.db")
        connection.executescript(ID.sub(r"X'\1'", sql))
        connection.close()

    def dump(self, data_dir):
        """Every row of every table as text, sorted; volatile tables and columns left out."""
        path = next(p for p in sorted(Path(data_dir).iterdir()) if p.is_file() and _is_sqlite(p))
        rows = []
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            connection.row_factory = sqlite3.Row
            tables = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            for (table,) in tables:
                if table in VOLATILE_TABLES:
                    continue
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    values = {k: row[k] for k in row.keys() if not VOLATILE_COLUMNS.match(k)}
                    if _is_log(table, values):
                        continue
                    rows.append(f"{table} {values!r}")
        finally:
            connection.close()
        return sorted(rows)


def _is_log(table, row):
    """A line that tells of a request that changed nothing."""
    return table == "changes" and row["result"] == "failed"


def _is_sqlite(path):
    with open(path, "rb") as file:
        return file.read(15) == b"SQLite format 3"


class Postgres:
    """A fresh database on the throw-away cluster that tests/with-postgres started."""

    name = "postgres"

    def __init__(self):
        cluster = os.environ.get("LOCKSTEP_TEST_POSTGRES")
        if not cluster:
            raise RuntimeError(
                "LOCKSTEP_TEST_POSTGRES is not set: run the tests through tests/with-postgres (make test does)"
            )
        self._cluster = cluster
        self._database = f"test_{uuid.uuid4().hex}"
        self._sql = None
        _psql(cluster, f"CREATE DATABASE {self._database}")
        self.url = cluster.rsplit("/", 1)[0] + "/" + self._database

    def drop(self):
        _psql(self._cluster, f"DROP DATABASE IF EXISTS {self._database} WITH (FORCE)")

    def load(self, data_dir, sql):
        """As `Sqlite.load`; the data directory plays no part."""
        sql = sql.replace("KEYTEXT", 'TEXT COLLATE "C"').replace("CLUSTERED", "")
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(ID.sub(r"'\1'::uuid", sql))
            file.flush()
            _psql(self.url, "--set", "ON_ERROR_STOP=1", "--file", file.name)

    def dump(self, data_dir):
        """As `Sqlite.dump`; the data directory plays no part."""
        if self._sql is None:
            tables = _psql(
                self.url,
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
            ).split()
            self._sql = " UNION ALL ".join(
                f"SELECT json_build_array('{table}', to_jsonb(t))::text FROM \"{table}\" t"
                for table in sorted(tables)
                if table not in VOLATILE_TABLES
            )
        rows = []
        for line in _psql(self.url, self._sql).splitlines():
            table, row = json.loads(line)
            values = {k: v for k, v in sorted(row.items()) if not VOLATILE_COLUMNS.match(k)}
            if _is_log(table, values):
                continue
            rows.append(f"{table} {values!r}")
        return sorted(rows)


def _psql(url, *what, timeout=60):
    if len(what) == 1:
        what = ["--command", *what]
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", url, *what],
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if done.returncode != 0:
        raise RuntimeError(f"psql: {done.stderr.strip()}")
    return done.stdout


DATABASES = {"sqlite": Sqlite, "postgres": Postgres}
