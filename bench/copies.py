"""A large directory in minutes: people whom the API made, copied inside the database.

Copied is every row that belongs to one of them, in whatever table; only ids and their number become the copy's own.
What that gives is compared with somebody whom the API makes afterwards (`Copies.rows_of`).
"""

import json
import re
import sqlite3

from servers import databases

# Who works on what until when, what was asked, and what is counted: no part of a person.
APART = {"requests", "lanes", "dirty", "record_counts", "migrations", "models", "part"}
# What differs between two people whom the API makes, too.
TIMES = {"at", "created_at", "modified_at", "changed_at", "state_since"}
# 2026-01-01, and ten people in each millisecond: before anybody whom the API makes today.
MILLISECOND = 1_767_225_600_000


def id_of(number, kind):
    """The id of a copy's row, as hexadecimal digits."""
    return f"{MILLISECOND + number // 10:012x}7{kind}8{number:015x}"


def uuid(digits):
    return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])


def record_id(number):
    return uuid(id_of(number, "001"))


class Copies:
    def __init__(self, store):
        self.store = store
        self.tables = {name: columns for name, columns in store.tables().items() if name not in APART}

    def make(self, models, first, count):
        """Copies numbered from `first` on. `models`: number and id of everybody to copy, alike modulo their number."""
        run, kinds = self.store.run, len(models)
        run("CREATE TABLE models (k BIGINT, number TEXT, record UUID, person UUID)")
        values = ", ".join(f"({int(number) % kinds}, '{number}', {self.store.id(id)})" for number, id in models)
        run(f"INSERT INTO models (k, number, record) VALUES {values}")
        run("UPDATE models SET person = (SELECT subject FROM records WHERE id = models.record)")
        for ordinal, (table, columns) in enumerate(self.tables.items()):
            link = self.link(table, columns)
            if link:
                self.copy(f"{ordinal + 256:03x}", table, columns, link, kinds, first, count)
        run(
            "INSERT INTO record_counts (tenant, source, kind, part, total) SELECT r.tenant, r.source, r.kind, n.n % 64, COUNT(*)"
            f" FROM {self.store.numbers(first, count)} JOIN models m ON m.k = n.n % {kinds} JOIN records r ON r.id = m.record"
            " GROUP BY r.tenant, r.source, r.kind, n.n % 64 ON CONFLICT (tenant, source, kind, part)"
            " DO UPDATE SET total = record_counts.total + excluded.total"
        )
        run("DROP TABLE models")
        self.store.finish()

    def link(self, table, columns):
        """The column by which a table's rows belong to a person; none: they do not."""
        for column in own_ids(columns):
            found = f"SELECT COUNT(*) FROM {table} r JOIN models m ON r.{column} IN (m.record, m.person)"
            if self.store.ask(found):
                return column
        return None

    def copy(self, kind, table, columns, link, kinds, first, count):
        store = self.store
        store.run(
            f"CREATE TABLE part AS SELECT m.k, m.number AS model_number, m.record AS model_record, m.person AS model_person,"
            f" r.* FROM models m JOIN {table} r ON r.{link} IN (m.record, m.person)"
        )
        store.run("CREATE INDEX part_by_k ON part (k)")
        expressions = [self.expression(column, type, kind, kinds) for column, type in columns.items()]
        key = [expressions[list(columns).index(column)] for column in store.key(table)]
        with store.without_indexes(table):
            store.run(
                f"INSERT INTO {table} SELECT {', '.join(expressions)} FROM {store.numbers(first, count)}"
                f" JOIN part p ON p.k = n.n % {kinds} ORDER BY {', '.join(key)}"
            )
        store.run("DROP TABLE part")

    def expression(self, column, type, kind, kinds):
        """What stands in a column of a copy's row."""
        store, p = self.store, f"p.{column}"
        if type == "UUID":
            others = store.ask(
                f"SELECT COUNT(DISTINCT {column}) FROM part WHERE {column} NOT IN (model_record, model_person)"
            )
            # As many as people: ids that nobody else has.
            other = store.new_id(kind) if others >= kinds else p
            return (
                f"CASE {p} WHEN p.model_record THEN {store.new_id('001')}"
                f" WHEN p.model_person THEN {store.new_id('002')} ELSE {other} END"
            )
        if "TEXT" not in type:
            return p
        if store.ask(f"SELECT COUNT(*) FROM part WHERE {column} LIKE '%' || model_number || '%'"):
            p = f"replace({p}, p.model_number, CAST(n.n AS TEXT))"
        for model, new in [("model_record", store.new_id("001")), ("model_person", store.new_id("002"))]:
            if store.ask(f"SELECT COUNT(*) FROM part WHERE {column} LIKE '%' || {store.text(model)} || '%'"):
                p = f"replace({p}, {store.text('p.' + model)}, {store.text(new)})"
        return p

    def rows_of(self, number, record):
        """Everything that is stored about a person, in words that are the same for all who differ in number only."""
        person = self.store.ask(f"SELECT {self.store.text('subject')} FROM records WHERE id = {self.store.id(record)}")
        found = []
        for table, columns in self.tables.items():
            ids = " OR ".join(
                f"{column} IN ({self.store.id(record)}, {self.store.id(person)})" for column in own_ids(columns)
            )
            for row in self.store.rows(f"SELECT * FROM {table} WHERE {ids}") if ids else []:
                text = json.dumps({name: value for name, value in row.items() if name not in TIMES}, sort_keys=True)
                for value, word in [(record, "RECORD"), (person, "PERSON"), (str(number), "NUMBER")]:
                    text = text.replace(value, word)
                # Ids of no interest: an audit entry's own.
                found.append(f"{table} {re.sub(UUIDS, 'ID', text)}")
        return sorted(found)


UUIDS = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


def own_ids(columns):
    """Columns that may name a person; others of type UUID name what everybody shares, or why."""
    shared = {"tenant", "source", "scope", "cause", "request", "application"}
    return [name for name, type in columns.items() if type == "UUID" and name not in shared]


class SqliteStore:
    """The file of a server that does not run."""

    def __init__(self, server):
        self.path = server.data_dir / "lockstep.db"
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.create_function("id_of", 2, lambda n, kind: bytes.fromhex(id_of(n, kind)), deterministic=True)
        self.connection.create_function("id_text", 1, lambda id: uuid(id.hex()), deterministic=True)
        for pragma in ["synchronous = OFF", "cache_size = -500000", "case_sensitive_like = ON"]:
            self.run(f"PRAGMA {pragma}")

    def run(self, sql):
        self.connection.execute(sql)

    def ask(self, sql):
        return self.connection.execute(sql).fetchone()[0]

    def rows(self, sql):
        for row in self.connection.execute(sql):
            yield {name: uuid(row[name].hex()) if isinstance(row[name], bytes) else row[name] for name in row.keys()}

    def tables(self):
        names = [name for (name,) in self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: {row[1]: row[2] for row in self.info(name)} for name in names if not name.startswith("sqlite_")}

    def info(self, table):
        return list(self.connection.execute(f"PRAGMA table_info({table})"))

    def key(self, table):
        return [row[1] for row in sorted(self.info(table), key=lambda row: row[5]) if row[5]]

    def without_indexes(self, table):
        made = f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' AND sql IS NOT NULL"
        made = [tuple(row) for row in self.connection.execute(made)]
        return Without(self.run, [f"DROP INDEX {name}" for name, _ in made], [sql for _, sql in made])

    def finish(self):
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")

    def size(self):
        return self.path.stat().st_size

    def close(self):
        self.connection.close()

    @staticmethod
    def numbers(first, count):
        return (
            f"(WITH RECURSIVE n (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM n WHERE n < {first + count - 1})"
            " SELECT n FROM n) n"
        )

    @staticmethod
    def id(text):
        return f"X'{text.replace('-', '')}'"

    @staticmethod
    def new_id(kind):
        return f"id_of(n.n, '{kind}')"

    @staticmethod
    def text(id):
        return f"id_text({id})"


class PostgresStore:
    """A database of the cluster."""

    def __init__(self, server):
        self.url = server.database.url

    def run(self, sql):
        # Durability is not what is measured here.
        settings = "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'; "
        databases._psql(self.url, settings + sql, timeout=3600)

    def ask(self, sql):
        text = databases._psql(self.url, sql).strip()
        return int(text) if text.isdecimal() else text

    def rows(self, sql):
        for line in databases._psql(self.url, f"SELECT to_jsonb(t)::text FROM ({sql}) t", timeout=600).splitlines():
            yield json.loads(line)

    def tables(self):
        found = {}
        for row in self.rows(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
            " ORDER BY table_name, ordinal_position"
        ):
            found.setdefault(row["table_name"], {})[row["column_name"]] = row["data_type"].upper()
        return found

    def key(self, table):
        return [
            row["attname"]
            for row in self.rows(
                "SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY k (number, place)"
                " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number"
                f" WHERE i.indrelid = '{table}'::regclass AND i.indisprimary ORDER BY k.place"
            )
        ]

    def without_indexes(self, table):
        drop, make = [], []
        for row in self.rows(
            "SELECT c.relname AS name, k.conname AS constrained, pg_get_indexdef(i.indexrelid) AS made,"
            " pg_get_constraintdef(k.oid) AS constraint FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            f" LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid WHERE i.indrelid = '{table}'::regclass ORDER BY c.oid"
        ):
            if row["constrained"]:
                drop.append(f"ALTER TABLE {table} DROP CONSTRAINT {row['name']}")
                make.append(f"ALTER TABLE {table} ADD CONSTRAINT {row['name']} {row['constraint']}")
            else:
                drop.append(f"DROP INDEX {row['name']}")
                make.append(row["made"])
        return Without(self.run, drop, make)

    def finish(self):
        databases._psql(self.url, "VACUUM ANALYZE", timeout=3600)

    def size(self):
        return self.ask("SELECT pg_database_size(current_database())")

    def close(self):
        pass

    @staticmethod
    def numbers(first, count):
        return f"(SELECT generate_series({first}::bigint, {first + count - 1}) AS n) n"

    @staticmethod
    def id(text):
        return f"'{text}'::uuid"

    @staticmethod
    def new_id(kind):
        return (
            f"(lpad(to_hex({MILLISECOND} + n.n / 10), 12, '0') || '7{kind}8' || lpad(to_hex(n.n), 15, '0'))::uuid"
        )

    @staticmethod
    def text(id):
        return f"{id}::text"


class Without:
    """A table without its indexes, which are made again afterwards: that is quicker than keeping them."""

    def __init__(self, run, drop, make):
        self.run, self.drop, self.make = run, drop, make

    def __enter__(self):
        for sql in self.drop:
            self.run(sql)

    def __exit__(self, *_):
        for sql in self.make:
            self.run(sql)


STORES = {"sqlite": SqliteStore, "postgres": PostgresStore}
