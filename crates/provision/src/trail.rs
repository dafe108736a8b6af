//! What is written down about one look at one object.

use directory::{
    Clock, Kind, Millis,
    history::{Attempt, Operation},
};
use scim_client::{Exchange, Fault};
use serde_json::Value;
use uuid::Uuid;

/// The requests made for one object, on their way into the history.
pub(crate) struct Trail {
    began: Millis,
    attempts: Vec<Attempt>,
}

impl Trail {
    pub(crate) fn begin(clock: &Clock) -> Trail {
        Trail { began: clock.now(), attempts: Vec::new() }
    }

    /// A request that was answered well.
    pub(crate) fn done(&mut self, clock: &Clock, exchange: Exchange) {
        self.push(clock, exchange, None);
    }

    /// A request that failed.
    pub(crate) fn failed(&mut self, clock: &Clock, fault: &Fault) {
        self.push(clock, fault.exchange.clone(), Some(fault.code));
    }

    fn push(&mut self, clock: &Clock, exchange: Exchange, error: Option<&str>) {
        if exchange.method.is_empty() {
            return;
        }
        self.attempts.push(Attempt {
            at: clock.now(),
            method: exchange.method,
            path: exchange.path,
            status: exchange.status.map(i64::from),
            duration_ms: i64::try_from(exchange.duration.as_millis()).unwrap_or(i64::MAX),
            error_code: error.map(str::to_owned),
            request: exchange.request,
            // Only a failure's answer is worth its room.
            response: error.and(exchange.response),
        });
    }

    /// What it came to.
    pub(crate) fn operation(self, clock: &Clock, about: About, op: &str, outcome: Outcome) -> Operation {
        let (status, error_code, error_detail) = match outcome {
            Outcome::Succeeded => ("succeeded", None, None),
            Outcome::Open { status, code, detail } => (status, Some(code), Some(detail)),
        };
        let now = clock.now();
        Operation {
            id: clock.id(),
            run: about.run,
            application: about.application,
            kind: about.kind,
            subject: about.subject,
            subject_name: about.name,
            remote_id: about.remote_id,
            op: op.to_owned(),
            status: status.to_owned(),
            error_code,
            error_detail,
            changes: about.changes,
            cause: about.cause,
            at: now,
            duration_ms: now - self.began,
            attempts: self.attempts,
        }
    }
}

/// What an operation is about.
pub(crate) struct About {
    pub run: Uuid,
    pub application: Uuid,
    pub kind: Kind,
    pub subject: Uuid,
    pub name: String,
    pub remote_id: Option<String>,
    pub changes: Option<Value>,
    pub cause: Option<Uuid>,
}

/// How it ended.
pub(crate) enum Outcome {
    Succeeded,
    Open { status: &'static str, code: String, detail: String },
}
