//! SQLite: one writer whose concurrent transactions share a commit, and a pool of readers beside it.
//!
//! A flush to disk costs milliseconds, a transaction microseconds. So a transaction is a *savepoint* inside an
//! open one ([`writer`]), and many of them go to disk together; whose turn it is decides the [`desk`].

mod desk;
mod fair;
mod writer;

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, SqliteConnection, SqlitePool,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, sync::Arc, time::Duration};
use uuid::Uuid;

use super::{Arg, DbError, Sql, estimate, share::Shares};
use desk::{Desk, Held};

/// Turn our values into SQLite's.
pub(super) fn bind(args: Vec<Arg>) -> Result<SqliteArguments, DbError> {
    use sqlx::Arguments;
    let mut bound = SqliteArguments::default();
    for arg in args {
        match arg {
            Arg::Id(v) => bound.add(v),
            Arg::Text(v) => bound.add(v),
            Arg::Int(v) => bound.add(v),
            Arg::Bool(v) => bound.add(v),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(bound)
}

/// A statement with nameless placeholders, a value for each. SQLite keeps the others in a list that it walks for each
/// of them whenever values are bound: a statement of 500 rows would cost more by its placeholders than by its rows.
pub(super) fn nameless(sql: Sql) -> Sql {
    let mut text = String::with_capacity(sql.text.len());
    let mut numbers = Vec::with_capacity(sql.args.len());
    let (start, placeholders) = sql.placeholders();
    text.push_str(start);
    for (number, behind) in placeholders {
        numbers.push(number);
        text.push('?');
        text.push_str(behind);
    }
    let in_order = numbers.len() == sql.args.len() && numbers.iter().copied().eq(1..=numbers.len());
    let args = if in_order {
        sql.args
    } else {
        numbers.into_iter().filter_map(|number| sql.args.get(number.checked_sub(1)?).cloned()).collect()
    };
    Sql { text, args }
}

#[derive(Clone, Debug)]
pub(super) struct Sqlite {
    readers: SqlitePool,
    /// Of the readers.
    pub(super) shares: Shares,
    desk: Arc<Desk>,
}

impl Sqlite {
    pub(super) async fn open(folder: &Path) -> Result<Sqlite, DbError> {
        std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join("lockstep.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(500)
            .pragma("cache_size", "-16000")
            .pragma("wal_autocheckpoint", "4000")
            .pragma("secure_delete", "ON")
            // LIKE compares bytes, as on PostgreSQL: keys are folded before they are stored.
            .pragma("case_sensitive_like", "ON")
            .disable_statement_logging();
        let mut connection = options.clone().connect().await?;
        check_version(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            // Each reader has a cache of its own: 4 MB is enough for the upper pages of the indexes.
            .connect_lazy_with(
                options.pragma("query_only", "ON").pragma("cache_size", "-4000").create_if_missing(false),
            );
        Ok(Sqlite { readers, shares: Shares::new(6), desk: Desk::open(connection) })
    }

    /// Tell the planner what to expect. Before anybody reads: a connection learns it as it opens.
    pub(super) async fn estimate(&self) -> Result<(), DbError> {
        let mut writer = self.desk.turn(Uuid::nil()).await?;
        writer.commit().await;
        estimate::run(&mut writer.connection).await
    }

    pub(super) async fn reader(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, DbError> {
        Ok(self.readers.acquire().await?)
    }

    /// Begin a transaction in one of several lines: they have their turns fairly, whatever one of them is up to.
    pub(super) async fn begin(&self, line: Uuid) -> Result<Turn, DbError> {
        let mut writer = self.desk.turn(line).await?;
        writer.begin().await?;
        Ok(Turn { writer })
    }

    pub(super) async fn close(&self) {
        if let Ok(mut writer) = self.desk.turn(Uuid::nil()).await {
            writer.commit().await;
            let _ = writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        }
        self.readers.close().await;
    }
}

/// One transaction's turn at the writer. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Turn {
    writer: Held,
}

impl Turn {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.writer.connection
    }

    /// End the turn, in one trip with its `last` statements, and wait until it is on disk.
    pub(super) async fn commit(mut self, last: Option<Sql>) -> Result<(), DbError> {
        match last {
            None => self.connection().execute("RELEASE turn").await?,
            Some(mut sql) => {
                let Sql { text, args } = nameless(std::mem::take(sql.push(";RELEASE turn")));
                self.connection().execute(sqlx::query_with(AssertSqlSafe(text), bind(args)?)).await?
            }
        };
        let on_disk = self.writer.done();
        drop(self);
        match on_disk.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(DbError::Commit(error)),
            Err(_) => Err(DbError::Commit("the database was closed".into())),
        }
    }

    pub(super) async fn rollback(mut self) {
        self.writer.tidy().await;
    }
}

/// SQLite before 3.51.3 can lose committed data when a WAL is reset; refuse it.
async fn check_version(connection: &mut SqliteConnection) -> Result<(), DbError> {
    let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut *connection).await?;
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let parts = [(); 3].map(|()| parts.next().unwrap_or(0));
    if parts < [3, 51, 3] {
        return Err(DbError::OldSqlite(version));
    }
    connection.ping().await?;
    Ok(())
}
