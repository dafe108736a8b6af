//! The database: one type for a transaction on either engine, SQL written once.
//!
//! A statement is text with `$n` placeholders plus a list of [`Arg`]s. Dialect differences live in this folder
//! and never at a call site. Every [`Tx`] belongs to one tenant, and only authentication or a claimed lane can
//! name a tenant, so no query can be made without one.

mod estimate;
mod later;
mod migrate;
mod postgres;
mod share;
mod sqlite;

use sqlx::{AssertSqlSafe, FromRow, postgres::PgRow, sqlite::SqliteRow};
use std::{path::Path, time::Duration};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use crate::tenant::Tenant;
use later::Later;

/// A value bound to a placeholder. `None` binds a typed NULL, which PostgreSQL insists on.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
    Id(Option<Uuid>),
    Text(Option<String>),
    Int(Option<i64>),
    Bool(bool),
}

macro_rules! arg_from {
    ($($from:ty => |$v:ident| $to:expr),* $(,)?) => {$(
        impl From<$from> for Arg { fn from($v: $from) -> Arg { $to } }
    )*};
}
arg_from! {
    Uuid => |v| Arg::Id(Some(v)),
    &Uuid => |v| Arg::Id(Some(*v)),
    Option<Uuid> => |v| Arg::Id(v),
    String => |v| Arg::Text(Some(v)),
    &String => |v| Arg::Text(Some(v.clone())),
    &str => |v| Arg::Text(Some(v.to_owned())),
    Option<String> => |v| Arg::Text(v),
    Option<&str> => |v| Arg::Text(v.map(str::to_owned)),
    i64 => |v| Arg::Int(Some(v)),
    Option<i64> => |v| Arg::Int(v),
    bool => |v| Arg::Bool(v),
}

/// `args![a, b]`: the values of a statement, in the order of its placeholders.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Arg::from($value)),*] };
}
pub(crate) use args;

/// Run a block in a write transaction and commit it; run it again when the database asks for that
/// (serialization failure, deadlock). The block sees `$tx: &mut Tx` and ends in a `Result<_, Error>`.
macro_rules! transaction {
    ($db:expr, $tenant:expr, $tx:ident => $body:block) => {{
        let mut tries = 0;
        loop {
            let mut owned = $db.write($tenant).await?;
            let outcome: Result<_, $crate::Error> = {
                let $tx = &mut owned;
                async { $body }.await
            };
            let outcome = match outcome {
                Ok(value) => owned.commit().await.map(|()| value).map_err($crate::Error::from),
                Err(error) => {
                    owned.rollback().await;
                    Err(error)
                }
            };
            match outcome {
                Err($crate::Error::Db(error)) if error.try_again() && tries < 8 => tries += 1,
                outcome => break outcome,
            }
        }
    }};
}
pub(crate) use transaction;

/// What the database refused or could not do.
#[derive(thiserror::Error, Debug)]
pub enum DbError {
    /// A statement failed.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// The group commit that carried this transaction failed; nothing of it is stored.
    #[error("database: commit failed: {0}")]
    Commit(String),
    /// Somebody else was faster; the same transaction, run again, will see what they did.
    #[error("somebody else was faster: try again")]
    Overtaken,
    /// A statement, or the wait for its turn, took longer than whoever asked can wait.
    #[error("database: no answer within {0} s")]
    Slow(u64),
    /// The database was made by a newer release.
    #[error("the database has schema version {found}, this release knows {known}: run the newer release")]
    Newer {
        /// Version found in the database.
        found: i64,
        /// Newest version this binary can run on.
        known: i64,
    },
    /// The bundled SQLite is older than the release that fixed the WAL reset fault.
    #[error("SQLite {0} is too old: 3.51.3 or newer is needed")]
    OldSqlite(String),
}

impl DbError {
    /// The unique index or key that a statement violated, if that is what happened: its name on PostgreSQL,
    /// `table.column, …` on SQLite.
    pub fn violated(&self) -> Option<String> {
        let DbError::Sql(sqlx::Error::Database(error)) = self else { return None };
        if !error.is_unique_violation() {
            return None;
        }
        Some(error.constraint().map_or_else(|| error.message().to_owned(), str::to_owned))
    }

    /// Whether the same transaction may succeed when run again.
    pub fn try_again(&self) -> bool {
        let DbError::Sql(sqlx::Error::Database(error)) = self else { return matches!(self, DbError::Overtaken) };
        matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
    }
}

/// So long a statement may take on behalf of a client, and so may the wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Do something within a limit of time. A statement that is given up may still run in the database, to its own end;
/// its transaction is undone.
async fn timed<T>(limit: Option<Duration>, work: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.unwrap_or(Err(DbError::Slow(limit.as_secs()))),
        None => work.await,
    }
}

/// Rows that both engines can give.
pub(crate) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// The database of a deployment.
#[derive(Clone, Debug)]
pub struct Db {
    engine: Engine,
    /// For whoever waits for an answer: see [`Db::for_clients`].
    for_clients: bool,
    /// See [`Db::on_behalf_of`]; nil: nobody of those.
    whose: Uuid,
}

#[derive(Clone, Debug)]
enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Open the embedded database in `folder` (made when absent) and bring it to this release's schema.
    pub async fn sqlite(folder: &Path) -> Result<Db, DbError> {
        let sqlite = sqlite::Sqlite::open(folder).await?;
        let db = Db { engine: Engine::Sqlite(sqlite.clone()), for_clients: false, whose: Uuid::nil() };
        migrate::run(&db).await?;
        sqlite.estimate().await?;
        Ok(db)
    }

    /// Connect to PostgreSQL at `url` and bring it to this release's schema. Safe from several nodes at once.
    pub async fn postgres(url: &str) -> Result<Db, DbError> {
        let db = Db {
            engine: Engine::Postgres(postgres::Postgres::connect(url).await?),
            for_clients: false,
            whose: Uuid::nil(),
        };
        migrate::run(&db).await?;
        Ok(db)
    }

    /// A read-only view for one tenant. On SQLite a connection of the reader pool; it sees what is committed.
    pub async fn read(&self, tenant: Tenant) -> Result<Tx, DbError> {
        let limit = self.limit();
        let place = self.place(false).await?;
        let inner = match &self.engine {
            Engine::Sqlite(db) => Inner::SqliteRead(timed(limit, db.reader()).await?),
            Engine::Postgres(db) => Inner::PostgresRead(db.reader(self.for_clients).await?),
        };
        Ok(Tx { tenant, inner, later: Later::default(), limit, _place: place })
    }

    /// A write transaction for one tenant. On SQLite this waits for the single writer; transactions that come
    /// close together share one commit, and so one flush to disk.
    pub async fn write(&self, tenant: Tenant) -> Result<Tx, DbError> {
        let limit = self.limit();
        let place = self.place(true).await?;
        let inner = match &self.engine {
            Engine::Sqlite(db) => Inner::SqliteWrite(timed(limit, db.begin(self.whose)).await?),
            Engine::Postgres(db) => Inner::PostgresWrite(db.begin(self.for_clients).await?),
        };
        Ok(Tx { tenant, inner, later: Later::default(), limit, _place: place })
    }

    /// The same database for whoever waits for an answer: a statement, or the wait for a connection or the writer,
    /// that takes longer than [`PATIENCE`] fails, and its transaction with it.
    pub fn for_clients(&self) -> Db {
        Db { for_clients: true, ..self.clone() }
    }

    /// The same database for one of many who ask at the same time, such as a source: however much one of them asks for,
    /// the others go on. Nobody of them has all connections; and at SQLite's one writer they have their turns fairly, by
    /// the time that their transactions take.
    pub fn on_behalf_of(&self, whom: Uuid) -> Db {
        Db { whose: whom, ..self.clone() }
    }

    /// A place among the connections of one of many. SQLite's writer is shared out by turns.
    async fn place(&self, writes: bool) -> Result<Option<OwnedSemaphorePermit>, DbError> {
        let shares = match &self.engine {
            _ if self.whose.is_nil() => return Ok(None),
            Engine::Sqlite(_) if writes => return Ok(None),
            Engine::Sqlite(db) => &db.shares,
            Engine::Postgres(db) => &db.shares,
        };
        timed(Some(PATIENCE), async { Ok(shares.take(self.whose).await) }).await
    }

    /// The limit that we keep ourselves. PostgreSQL does it: it has connections of their own for clients.
    fn limit(&self) -> Option<Duration> {
        (self.for_clients && !self.is_postgres()).then_some(PATIENCE)
    }

    /// Whether this is PostgreSQL, for the few places that word a statement differently.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// Flush what is pending and close every connection.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(db) => db.close().await,
            Engine::Postgres(db) => db.close().await,
        }
    }
}

/// A transaction (or a read-only view) of one tenant. Dropped without [`Tx::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Tx {
    tenant: Tenant,
    inner: Inner,
    later: Later,
    limit: Option<Duration>,
    /// Given back with the connection.
    _place: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
enum Inner {
    SqliteRead(sqlx::pool::PoolConnection<sqlx::Sqlite>),
    SqliteWrite(sqlite::Turn),
    PostgresRead(sqlx::pool::PoolConnection<sqlx::Postgres>),
    PostgresWrite(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// Bind `args` and run `$call` on whichever connection this is.
macro_rules! on_connection {
    ($tx:expr, $args:expr, |$bound:ident, $connection:ident| $call:expr) => {
        match &mut $tx.inner {
            Inner::SqliteRead(c) => {
                let ($bound, $connection) = (sqlite::bind($args)?, &mut **c);
                $call
            }
            Inner::SqliteWrite(turn) => {
                let ($bound, $connection) = (sqlite::bind($args)?, turn.connection());
                $call
            }
            Inner::PostgresRead(c) => {
                let ($bound, $connection) = (postgres::bind($args)?, &mut **c);
                $call
            }
            Inner::PostgresWrite(c) => {
                let ($bound, $connection) = (postgres::bind($args)?, &mut **c);
                $call
            }
        }
    };
}

impl Tx {
    /// The tenant whose rows this transaction sees.
    pub fn tenant(&self) -> Tenant {
        self.tenant
    }

    /// All rows of a statement.
    pub(crate) async fn rows<T: Row>(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<T>, DbError> {
        self.run_later().await?;
        timed(self.limit, async {
            on_connection!(self, args, |bound, connection| Ok(sqlx::query_as_with(sql, bound)
                .fetch_all(connection)
                .await?))
        })
        .await
    }

    /// The only row of a statement, if there is one.
    pub(crate) async fn row<T: Row>(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Option<T>, DbError> {
        self.run_later().await?;
        timed(self.limit, async {
            on_connection!(self, args, |bound, connection| Ok(sqlx::query_as_with(sql, bound)
                .fetch_optional(connection)
                .await?))
        })
        .await
    }

    /// Run a statement; the number of rows it touched.
    pub(crate) async fn execute(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<u64, DbError> {
        self.run_later().await?;
        timed(self.limit, async {
            on_connection!(self, args, |bound, connection| Ok(sqlx::query_with(sql, bound)
                .execute(connection)
                .await?
                .rows_affected()))
        })
        .await
    }

    /// All rows of a statement built from [`Sql`] pieces.
    pub(crate) async fn rows_of<T: Row>(&mut self, sql: Sql) -> Result<Vec<T>, DbError> {
        self.run_later().await?;
        let Sql { text, args } = self.worded(sql);
        timed(self.limit, async {
            on_connection!(self, args, |bound, connection| Ok(sqlx::query_as_with(AssertSqlSafe(text), bound)
                .fetch_all(connection)
                .await?))
        })
        .await
    }

    /// Run a statement built from [`Sql`] pieces.
    pub(crate) async fn execute_sql(&mut self, sql: Sql) -> Result<u64, DbError> {
        self.run_later().await?;
        self.execute_now(sql).await
    }

    /// Run a statement whose outcome nobody waits for: before the next one that is waited for, and at the latest when
    /// the transaction commits. All that have gathered by then take one trip to the database, and trips are most of
    /// what a small transaction costs. What may violate a unique index is no such statement.
    pub(crate) async fn later(&mut self, sql: Sql) -> Result<(), DbError> {
        if !self.later.takes(&sql, matches!(self.inner, Inner::PostgresWrite(_))) {
            self.run_later().await?;
        }
        self.later.add(sql);
        Ok(())
    }

    async fn run_later(&mut self) -> Result<(), DbError> {
        match self.later.take(matches!(self.inner, Inner::PostgresWrite(_))) {
            Some(sql) => self.execute_now(sql).await.map(drop),
            None => Ok(()),
        }
    }

    async fn execute_now(&mut self, sql: Sql) -> Result<u64, DbError> {
        let Sql { text, args } = self.worded(sql);
        timed(self.limit, async {
            on_connection!(self, args, |bound, connection| Ok(sqlx::query_with(AssertSqlSafe(text), bound)
                .execute(connection)
                .await?
                .rows_affected()))
        })
        .await
    }

    /// A statement as this engine words its placeholders.
    fn worded(&self, sql: Sql) -> Sql {
        match self.inner {
            Inner::SqliteRead(_) | Inner::SqliteWrite(_) => sqlite::nameless(sql),
            Inner::PostgresRead(_) | Inner::PostgresWrite(_) => sql,
        }
    }

    /// The clause that makes a SELECT lock its rows until the end of the transaction. SQLite needs none: its
    /// one writer already has the database to itself.
    pub(crate) fn locking(&self) -> bool {
        matches!(self.inner, Inner::PostgresWrite(_))
    }

    /// Whether a failed statement leaves the rest of the transaction usable. On PostgreSQL nothing more can be asked.
    pub(crate) fn survives_errors(&self) -> bool {
        !self.locking()
    }

    /// Make everything durable. When this returns `Ok`, the changes survive a power cut.
    pub async fn commit(mut self) -> Result<(), DbError> {
        if matches!(self.inner, Inner::PostgresWrite(_)) {
            self.run_later().await?;
        }
        match self.inner {
            Inner::SqliteWrite(turn) => turn.commit(self.later.take(false)).await,
            Inner::PostgresWrite(tx) => Ok(tx.commit().await?),
            Inner::SqliteRead(_) | Inner::PostgresRead(_) => Ok(()),
        }
    }

    /// Undo everything. Dropping does the same, a little later.
    pub async fn rollback(self) {
        match self.inner {
            Inner::SqliteWrite(turn) => turn.rollback().await,
            Inner::PostgresWrite(tx) => {
                // A connection that can't roll back is broken and leaves the pool by itself.
                let _ = tx.rollback().await;
            }
            Inner::SqliteRead(_) | Inner::PostgresRead(_) => {}
        }
    }
}

/// A statement put together at run time. Text can only come from literals and values can only be bound, so there
/// is nothing to inject into.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    text: String,
    args: Vec<Arg>,
}

impl Sql {
    pub(crate) fn new(text: &'static str) -> Sql {
        Sql { text: text.to_owned(), args: Vec::new() }
    }

    /// A whole statement, with placeholders `$1…` for `args`.
    pub(crate) fn of(text: &'static str, args: Vec<Arg>) -> Sql {
        Sql { text: text.to_owned(), args }
    }

    /// Append text that was put together from literals, with placeholders `$1…` for `args`. Only at the beginning.
    pub(crate) fn bind_text(&mut self, text: &str, args: Vec<Arg>) -> &mut Sql {
        self.text.push_str(text);
        self.args.extend(args);
        self
    }

    /// Append literal text.
    pub(crate) fn push(&mut self, text: &'static str) -> &mut Sql {
        self.text.push_str(text);
        self
    }

    /// Append a placeholder and bind a value to it.
    pub(crate) fn bind(&mut self, value: impl Into<Arg>) -> &mut Sql {
        self.args.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.args.len().to_string());
        self
    }

    /// Append a list of placeholders, separated by commas.
    pub(crate) fn bind_all<A: Into<Arg>>(&mut self, values: impl IntoIterator<Item = A>) -> &mut Sql {
        for (n, value) in values.into_iter().enumerate() {
            if n > 0 {
                self.text.push(',');
            }
            self.bind(value);
        }
        self
    }

    /// Append rows of placeholders: `($1,$2),($3,$4)`.
    pub(crate) fn bind_rows(&mut self, rows: impl IntoIterator<Item = Vec<Arg>>) -> &mut Sql {
        for (n, row) in rows.into_iter().enumerate() {
            self.text.push_str(if n > 0 { ",(" } else { "(" });
            for (m, value) in row.into_iter().enumerate() {
                if m > 0 {
                    self.text.push(',');
                }
                self.bind(value);
            }
            self.text.push(')');
        }
        self
    }

    /// Append `(SELECT …)` over rows of keys, for the right side of `(a, b) IN`. Every row has the same columns.
    ///
    /// Name an index's columns from its first on, the tenant included, and SQLite looks each row up. Beside bare
    /// values it would walk through the table instead: it compares by index only with what is typed as the column is.
    pub(crate) fn bind_keys(&mut self, rows: impl IntoIterator<Item = Vec<Arg>>) -> &mut Sql {
        let mut rows = rows.into_iter().peekable();
        let columns = rows.peek().map_or(&[][..], Vec::as_slice).iter().zip(1..);
        let columns: Vec<_> = columns
            .map(|(value, n)| match value {
                Arg::Int(_) => format!("CAST(column{n} AS BIGINT)"),
                Arg::Text(_) => format!("CAST(column{n} AS TEXT)"),
                Arg::Id(_) | Arg::Bool(_) => format!("column{n}"),
            })
            .collect();
        self.text.push_str("(SELECT ");
        self.text.push_str(&columns.join(", "));
        self.push(" FROM (VALUES ").bind_rows(rows).push(") AS keys)")
    }

    /// Append another statement, whose placeholders count from 1.
    fn join(&mut self, between: &str, other: Sql) {
        self.text.push_str(between);
        let offset = self.args.len();
        let (start, placeholders) = other.placeholders();
        self.text.push_str(start);
        for (number, behind) in placeholders {
            self.text.push('$');
            self.text.push_str(&(number + offset).to_string());
            self.text.push_str(behind);
        }
        self.args.extend(other.args);
    }

    /// The text before the first placeholder; then the number of each, and the text behind it.
    fn placeholders(&self) -> (&str, impl Iterator<Item = (usize, &str)>) {
        let mut pieces = self.text.split('$');
        let start = pieces.next().unwrap_or_default();
        let placeholders = pieces.map(|piece| {
            let (number, behind) = piece.split_at(piece.bytes().take_while(u8::is_ascii_digit).count());
            (number.parse().unwrap_or_default(), behind)
        });
        (start, placeholders)
    }

    /// Append a whole statement that has not been run, for tests that read query plans.
    #[cfg(test)]
    pub(crate) fn append(&mut self, other: Sql) {
        debug_assert!(self.args.is_empty(), "the placeholders of the other statement count from 1");
        self.text.push_str(&other.text);
        self.args = other.args;
    }
}

/// Rows in one multi-row statement: below both engines' limits on placeholders (32,766 and 65,535).
pub(crate) const BATCH: usize = 500;
