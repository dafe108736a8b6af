//! The one connection that writes, and the open transaction on it that those of its callers share.

use sqlx::{Executor, SqliteConnection};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

use crate::DbError;

/// The connection, and what is done on it but not yet on disk.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    /// Since when a transaction is open on the connection.
    open: Option<Instant>,
    /// The last turn was dropped half way: its savepoint is still there and must be undone.
    abandoned: bool,
    /// Transactions that are done but not yet on disk.
    waiting: Vec<oneshot::Sender<Result<(), String>>>,
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Writer {
        Writer { connection, open: None, abandoned: false, waiting: Vec::new() }
    }

    /// How long something has been open that is not on disk.
    pub(super) fn open_for(&self) -> Option<Duration> {
        self.open.map(|since| since.elapsed())
    }

    /// Begin a turn. What the one before left behind is undone.
    pub(super) async fn begin(&mut self) -> Result<(), DbError> {
        self.tidy().await;
        // Flags go up before the statement: this future may be dropped while the statement runs.
        if self.open.is_none() {
            self.open = Some(Instant::now());
            if let Err(error) = self.connection.execute("BEGIN IMMEDIATE").await {
                self.open = None;
                return Err(error.into());
            }
        }
        self.abandoned = true;
        self.connection.execute("SAVEPOINT turn").await?;
        Ok(())
    }

    /// The turn is over and its savepoint released; what it did is answered when it is on disk.
    pub(super) fn done(&mut self) -> oneshot::Receiver<Result<(), String>> {
        self.abandoned = false;
        let (done, on_disk) = oneshot::channel();
        self.waiting.push(done);
        on_disk
    }

    /// Undo what a dropped turn left behind. When even that fails, the whole group is undone and told so: better
    /// an error to a client than an answer that is not true.
    pub(super) async fn tidy(&mut self) {
        if !std::mem::take(&mut self.abandoned) {
            return;
        }
        if let Err(error) = self.connection.execute("ROLLBACK TO turn; RELEASE turn").await {
            self.give_up(error.to_string()).await;
        }
    }

    /// Put everything on disk and tell those who wait for it.
    pub(super) async fn commit(&mut self) {
        self.tidy().await;
        if self.open.is_none() {
            return;
        }
        match self.connection.execute("COMMIT").await {
            Ok(_) => {
                self.open = None;
                self.answer(&Ok(()));
            }
            Err(error) => self.give_up(error.to_string()).await,
        }
    }

    /// Undo the whole group.
    async fn give_up(&mut self, error: String) {
        tracing::error!(error, transactions = self.waiting.len(), "a group of transactions is undone");
        let _ = self.connection.execute("ROLLBACK").await;
        self.open = None;
        self.answer(&Err(error));
    }

    fn answer(&mut self, outcome: &Result<(), String>) {
        for waiting in self.waiting.drain(..) {
            // The caller may have gone; its change is stored all the same.
            let _ = waiting.send(outcome.clone());
        }
    }
}
