//! SQLite: one writer whose concurrent transactions share a commit, and a pool of readers beside it.
//!
//! A flush to disk costs milliseconds, a transaction microseconds. So a transaction is a *savepoint* inside an
//! open one. Whoever waits for the writer gets its turn; a flusher queues for the writer like everyone else (the
//! lock is fair), so it commits exactly those that came before it, and each of them is answered after that.

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, SqliteConnection, SqlitePool,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, oneshot};

use super::{Arg, DbError, Sql, estimate};

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

#[derive(Clone, Debug)]
pub(super) struct Sqlite {
    readers: SqlitePool,
    writer: Arc<Mutex<Writer>>,
    flush: Arc<Notify>,
}

#[derive(Debug)]
struct Writer {
    connection: SqliteConnection,
    /// A transaction is open on the connection.
    open: bool,
    /// The last turn was dropped half way: its savepoint is still there and must be undone.
    abandoned: bool,
    /// Transactions that are done but not yet on disk.
    waiting: Vec<oneshot::Sender<Result<(), String>>>,
}

/// One transaction's turn at the writer.
#[derive(Debug)]
pub(super) struct Turn {
    writer: Option<OwnedMutexGuard<Writer>>,
    flush: Arc<Notify>,
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
        let writer = Writer { connection, open: false, abandoned: false, waiting: Vec::new() };
        let sqlite = Sqlite { readers, writer: Arc::new(Mutex::new(writer)), flush: Arc::new(Notify::new()) };
        tokio::spawn(flusher(Arc::downgrade(&sqlite.writer), sqlite.flush.clone()));
        Ok(sqlite)
    }

    /// Tell the planner what to expect. Before anybody reads: a connection learns it as it opens.
    pub(super) async fn estimate(&self) -> Result<(), DbError> {
        let mut writer = self.writer.lock().await;
        writer.commit().await;
        estimate::run(&mut writer.connection).await
    }

    pub(super) async fn reader(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, DbError> {
        Ok(self.readers.acquire().await?)
    }

    pub(super) async fn begin(&self) -> Result<Turn, DbError> {
        let mut writer = self.writer.clone().lock_owned().await;
        writer.tidy().await;
        // Flags go up before the statement: this future may be dropped while the statement runs.
        if !writer.open {
            writer.open = true;
            if let Err(error) = writer.connection.execute("BEGIN IMMEDIATE").await {
                writer.open = false;
                return Err(error.into());
            }
        }
        writer.abandoned = true;
        writer.connection.execute("SAVEPOINT turn").await?;
        Ok(Turn { writer: Some(writer), flush: self.flush.clone() })
    }

    pub(super) async fn close(&self) {
        let mut writer = self.writer.lock().await;
        writer.commit().await;
        let _ = writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        self.readers.close().await;
    }
}

impl Writer {
    /// Undo what a dropped turn left behind. When even that fails, the whole group is undone and told so: better
    /// an error to a client than an answer that is not true.
    async fn tidy(&mut self) {
        if !std::mem::take(&mut self.abandoned) {
            return;
        }
        if let Err(error) = self.connection.execute("ROLLBACK TO turn; RELEASE turn").await {
            self.give_up(error.to_string()).await;
        }
    }

    /// Undo the whole group.
    async fn give_up(&mut self, error: String) {
        tracing::error!(error, transactions = self.waiting.len(), "a group of transactions is undone");
        let _ = self.connection.execute("ROLLBACK").await;
        self.open = false;
        self.answer(&Err(error));
    }

    fn answer(&mut self, outcome: &Result<(), String>) {
        for waiting in self.waiting.drain(..) {
            // The caller may have gone; its change is stored all the same.
            let _ = waiting.send(outcome.clone());
        }
    }

    /// Put everything on disk and tell those who wait for it.
    async fn commit(&mut self) {
        self.tidy().await;
        if !self.open {
            return;
        }
        match self.connection.execute("COMMIT").await {
            Ok(_) => {
                self.open = false;
                self.answer(&Ok(()));
            }
            Err(error) => self.give_up(error.to_string()).await,
        }
    }
}

/// Commits for everybody. Ends when the database is dropped.
async fn flusher(writer: std::sync::Weak<Mutex<Writer>>, flush: Arc<Notify>) {
    loop {
        // The timeout only serves to notice that the database is gone.
        let _ = tokio::time::timeout(Duration::from_secs(5), flush.notified()).await;
        let Some(writer) = writer.upgrade() else { return };
        writer.lock().await.commit().await;
    }
}

impl Turn {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        // The guard leaves only in commit and rollback, which consume the turn.
        &mut self.writer.as_mut().expect("a turn holds the writer until it ends").connection
    }

    /// End the turn, in one trip with its `last` statements, and wait until it is on disk.
    pub(super) async fn commit(mut self, last: Option<Sql>) -> Result<(), DbError> {
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        match last {
            None => writer.connection.execute("RELEASE turn").await?,
            Some(mut sql) => {
                let Sql { text, args } = std::mem::take(sql.push(";RELEASE turn"));
                writer.connection.execute(sqlx::query_with(AssertSqlSafe(text), bind(args)?)).await?
            }
        };
        writer.abandoned = false;
        let (done, on_disk) = oneshot::channel();
        writer.waiting.push(done);
        drop(writer);
        self.flush.notify_one();
        match on_disk.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(DbError::Commit(error)),
            Err(_) => Err(DbError::Commit("the database was closed".into())),
        }
    }

    pub(super) async fn rollback(mut self) {
        if let Some(mut writer) = self.writer.take() {
            writer.tidy().await;
            drop(writer);
            self.flush.notify_one();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            self.flush.notify_one();
        }
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
