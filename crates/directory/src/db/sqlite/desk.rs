//! Where one waits for the writer. Turns are given fairly ([`Fair`]); a flusher puts what is done on disk.
//!
//! The flusher has its turn when those have had theirs who waited as the first of what is to go to disk was done: the
//! more come at once, the more share a flush. Nobody's answer waits for a long turn of somebody else in between.

use sqlx::SqliteConnection;
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{fair::Fair, writer::Writer};
use crate::DbError;

/// So long what is done may wait for others to share its flush, and from here on a turn is a long one.
const LONG: Duration = Duration::from_millis(50);

/// Gives the writer away and takes it back.
#[derive(Debug)]
pub(super) struct Desk(Mutex<State>);

#[derive(Debug)]
struct State {
    /// None while somebody has it.
    writer: Option<Box<Writer>>,
    waiting: Fair<oneshot::Sender<Held>>,
    flusher: Option<oneshot::Sender<Held>>,
    /// How many turns come before the flush; none while nothing is to be flushed.
    before_flush: Option<usize>,
}

/// The writer, until this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    writer: Option<Box<Writer>>,
    desk: Arc<Desk>,
    /// None: the flusher's.
    line: Option<Uuid>,
    since: Instant,
}

impl Desk {
    /// A desk for the connection that writes. Its flusher ends with it.
    pub(super) fn open(connection: SqliteConnection) -> Arc<Desk> {
        let writer = Some(Box::new(Writer::new(connection)));
        let state = State { writer, waiting: Fair::new(), flusher: None, before_flush: None };
        let desk = Arc::new(Desk(Mutex::new(state)));
        tokio::spawn(flush(desk.flusher()));
        desk
    }

    /// Wait for a turn of a line.
    pub(super) async fn turn(self: &Arc<Desk>, line: Uuid) -> Result<Held, DbError> {
        let (turn, given) = oneshot::channel();
        {
            let mut state = self.state();
            state.waiting.wait(line, turn);
            state.hand_on(self);
        }
        given.await.map_err(|_| DbError::Commit("the database was closed".into()))
    }

    /// Wait for something to flush.
    fn flusher(&self) -> oneshot::Receiver<Held> {
        let (turn, given) = oneshot::channel();
        self.state().flusher = Some(turn);
        given
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Give the writer, if it is here, to whoever is next.
    fn hand_on(&mut self, desk: &Arc<Desk>) {
        while let Some(writer) = self.writer.take() {
            let flusher = if self.is_flush_due(&writer) { self.flusher.take() } else { None };
            let (line, turn) = match flusher {
                Some(flusher) => (None, flusher),
                None => match self.waiting.next() {
                    Some((line, turn)) => (Some(line), turn),
                    None => return self.writer = Some(writer),
                },
            };
            self.before_flush = line.and(self.before_flush.map(|turns| turns.saturating_sub(1)));
            let held = Held { writer: Some(writer), desk: desk.clone(), line, since: Instant::now() };
            // Whoever has stopped waiting gives it back at once.
            match turn.send(held) {
                Ok(()) => return,
                Err(mut held) => self.writer = held.writer.take(),
            }
        }
    }

    fn is_flush_due(&self, writer: &Writer) -> bool {
        let Some(open) = writer.open_for() else { return false };
        self.before_flush == Some(0) || open >= LONG || self.waiting.outlook().is_none_or(|turn| turn >= LONG)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(writer) = self.writer.take() else { return };
        let mut state = self.desk.state();
        if let Some(line) = self.line {
            state.waiting.pass(line, self.since.elapsed());
        }
        if writer.open_for().is_some() {
            state.before_flush = state.before_flush.or(Some(state.waiting.len()));
        }
        state.writer = Some(writer);
        state.hand_on(&self.desk);
    }
}

impl Deref for Held {
    type Target = Writer;

    fn deref(&self) -> &Writer {
        self.writer.as_ref().expect("the writer leaves only when this is dropped")
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Writer {
        self.writer.as_mut().expect("the writer leaves only when this is dropped")
    }
}

/// Commits for everybody. Ends when the desk is gone.
async fn flush(mut next: oneshot::Receiver<Held>) {
    while let Ok(mut writer) = next.await {
        writer.commit().await;
        next = writer.desk.flusher();
    }
}
