//! The request log's way into the database: behind the answers, many lines at a time.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use directory::{Directory, request::Line};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel, error::TrySendError},
    task::JoinHandle,
    time::timeout,
};

/// Lines that wait to be written. More are dropped, and counted: the log must not slow what it logs.
const WAITING: usize = 8_192;
/// Lines written together.
const BATCH: usize = 500;
/// So long a line waits for others.
const PATIENCE: Duration = Duration::from_millis(250);

/// Takes lines; one task writes them.
pub struct RequestLog {
    lines: Mutex<Option<Sender<Line>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    dropped: Arc<AtomicU64>,
}

impl RequestLog {
    /// Start the writer. Must be called inside the runtime.
    pub fn start(directory: Directory) -> RequestLog {
        let (sender, receiver) = channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = tokio::spawn(write(directory, receiver, Arc::clone(&dropped)));
        RequestLog { lines: Mutex::new(Some(sender)), writer: Mutex::new(Some(writer)), dropped }
    }

    /// Put a line into the log. Never waits.
    pub fn line(&self, line: Line) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lines) = lines.as_ref() else { return };
        if let Err(TrySendError::Full(_)) = lines.try_send(line) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("lockstep_request_log_dropped_total").increment(1);
        }
    }

    /// Write what waits, and end.
    pub async fn close(&self) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).take();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && writer.await.is_err()
        {
            tracing::error!("the writer of the request log ended by a fault");
        }
    }
}

async fn write(directory: Directory, mut receiver: Receiver<Line>, dropped: Arc<AtomicU64>) {
    let mut batch = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        // The first line is here: gather what else comes in the next moments, unless nothing more can.
        let _ = timeout(PATIENCE, async {
            while batch.len() < BATCH {
                let room = BATCH - batch.len();
                if receiver.recv_many(&mut batch, room).await == 0 {
                    break;
                }
            }
        })
        .await;
        if let Err(error) = directory.log_requests(&batch).await {
            tracing::warn!(%error, lines = batch.len(), "lines of the request log are lost");
        }
        batch.clear();
        let dropped = dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(lines = dropped, "the request log was full: lines were dropped");
        }
    }
}
