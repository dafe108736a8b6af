//! The history of what was sent to applications: runs, their operations, and each operation's attempts.

mod list;
mod tally;

pub use list::{OperationQuery, RunQuery, RunState, last_runs, operations, run_total, runs};
pub use tally::{KINDS, STATUSES, Tally, tally};

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Directory, Error, Kind, Millis, Tx,
    db::{Sql, args, transaction},
    lane::{self, Lease},
    settings,
    statistics::{self, Metric},
    window,
};

/// One stretch of work on an application: from the first thing that was due to nothing being due.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// The application.
    pub application: Uuid,
    /// `changes`: because something changed, or was due again.
    pub kind: String,
    /// When it began.
    pub started_at: Millis,
    /// When it ended; none while it goes on.
    pub finished_at: Option<Millis>,
    /// Operations that succeeded.
    pub succeeded: i64,
    /// Operations that will be tried again by themselves.
    pub pending: i64,
    /// Operations that wait for something else.
    pub waiting: i64,
    /// Operations that need a person.
    pub failed: i64,
}

/// What was done, or tried, to one object.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// Its id; operations sort by it in the order they were made.
    pub id: Uuid,
    /// The run it belongs to.
    pub run: Uuid,
    /// The application.
    pub application: Uuid,
    /// `user`, `group` or `membership`.
    #[serde(serialize_with = "kind_as_str")]
    pub kind: Kind,
    /// The user or group.
    pub subject: Uuid,
    /// Its name at that time.
    pub subject_name: String,
    /// The application's id of the object.
    pub remote_id: Option<String>,
    /// `create`, `adopt`, `update`, `deactivate`, `reactivate`, `delete`, `release`, `members`.
    pub op: String,
    /// `succeeded`, `pending`, `waiting` or `failed`.
    pub status: String,
    /// A code of the error taxonomy.
    pub error_code: Option<String>,
    /// What went wrong, in words.
    pub error_detail: Option<String>,
    /// What was sent: the operations of a PATCH, or the whole document.
    pub changes: Option<Value>,
    /// The change of the directory behind it: an entry of the audit trail.
    pub cause: Option<Uuid>,
    /// When it was done.
    pub at: Millis,
    /// How long it took.
    pub duration_ms: i64,
    /// Its requests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
}

fn kind_as_str<S: serde::Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}

/// One request to an application and its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// When.
    pub at: Millis,
    /// The HTTP method.
    pub method: String,
    /// The path below the base URL, with its query.
    pub path: String,
    /// The HTTP status; none when there was no answer.
    pub status: Option<i64>,
    /// How long it took.
    pub duration_ms: i64,
    /// A code of the error taxonomy.
    pub error_code: Option<String>,
    /// The body that was sent, without secrets.
    pub request: Option<Value>,
    /// The beginning of the answer's body; kept when the request failed.
    pub response: Option<String>,
}

/// Write operations and their attempts into the history.
pub(crate) async fn insert(tx: &mut Tx, operations: &[Operation]) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    for operation in operations {
        let sql = Sql::of(
            "INSERT INTO operations (tenant, id, run, application, kind, subject, subject_name, remote_id, op, status, error_code, error_detail, changes, cause, at, duration_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            args![
                tenant,
                operation.id,
                operation.run,
                operation.application,
                operation.kind.code(),
                operation.subject,
                &operation.subject_name,
                operation.remote_id.as_deref(),
                &operation.op,
                &operation.status,
                operation.error_code.as_deref(),
                operation.error_detail.as_deref(),
                operation.changes.as_ref().map(Value::to_string),
                operation.cause,
                operation.at,
                operation.duration_ms
            ],
        );
        tx.later(sql).await?;
        if operation.attempts.is_empty() {
            continue;
        }
        let mut sql = Sql::new(
            "INSERT INTO attempts (tenant, operation, number, at, method, path, status, duration_ms, error_code, request, response) VALUES ",
        );
        sql.bind_rows((1_i64..).zip(&operation.attempts).map(|(number, attempt)| {
            args![
                tenant,
                operation.id,
                number,
                attempt.at,
                &attempt.method,
                &attempt.path,
                attempt.status,
                attempt.duration_ms,
                attempt.error_code.as_deref(),
                attempt.request.as_ref().map(Value::to_string),
                attempt.response.as_deref()
            ]
        }));
        tx.later(sql).await?;
    }
    Ok(())
}

type RunRow = (Uuid, Uuid, String, Millis, Option<Millis>, i64, i64, i64, i64);

fn run(row: RunRow) -> Run {
    let (id, application, kind, started_at, finished_at, succeeded, pending, waiting, failed) = row;
    Run { id, application, kind, started_at, finished_at, succeeded, pending, waiting, failed }
}

type FlatOperation = (
    Uuid,
    Uuid,
    Uuid,
    i64,
    Uuid,
    String,
    Option<String>,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<Uuid>,
    Millis,
    i64,
);

fn operation(row: FlatOperation) -> Operation {
    let (
        id,
        run,
        application,
        kind,
        subject,
        subject_name,
        remote_id,
        op,
        status,
        error_code,
        error_detail,
        changes,
        cause,
        at,
        duration_ms,
    ) = row;
    Operation {
        id,
        run,
        application,
        kind: Kind::from_code(kind),
        subject,
        subject_name,
        remote_id,
        op,
        status,
        error_code,
        error_detail,
        changes: changes.and_then(|text| serde_json::from_str(&text).ok()),
        cause,
        at,
        duration_ms,
        attempts: Vec::new(),
    }
}

/// One operation with its attempts.
pub async fn get_operation(tx: &mut Tx, id: Uuid) -> Result<Option<Operation>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<FlatOperation> = tx
        .row(
            "SELECT id, run, application, kind, subject, subject_name, remote_id, op, status, error_code, error_detail, changes, cause, at, duration_ms
             FROM operations WHERE tenant = $1 AND id = $2",
            args![tenant, id],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    type AttemptRow = (Millis, String, String, Option<i64>, i64, Option<String>, Option<String>, Option<String>);
    let attempts: Vec<AttemptRow> = tx
        .rows(
            "SELECT at, method, path, status, duration_ms, error_code, request, response FROM attempts
             WHERE tenant = $1 AND operation = $2 ORDER BY number",
            args![tenant, id],
        )
        .await?;
    let mut operation = operation(row);
    operation.attempts = attempts
        .into_iter()
        .map(|(at, method, path, status, duration_ms, error_code, request, response)| Attempt {
            at,
            method,
            path,
            status,
            duration_ms,
            error_code,
            request: request.and_then(|text| serde_json::from_str(&text).ok()),
            response,
        })
        .collect();
    Ok(Some(operation))
}

/// How long history is kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Runs, operations and the audit trail.
    pub runs: Millis,
    /// Attempts.
    pub attempts: Millis,
    /// The request log, and the sync log with what was skipped and failed.
    pub requests: Millis,
    /// Bodies of requests.
    pub bodies: Millis,
}

const DAY: Millis = 24 * 60 * 60 * 1000;

impl Default for Retention {
    fn default() -> Retention {
        Retention { runs: 400 * DAY, attempts: 30 * DAY, requests: 90 * DAY, bodies: DAY }
    }
}

impl Directory {
    /// Begin a run. `None`: the lane is lost.
    pub async fn begin_run(&self, lease: &Lease, kind: &str) -> Result<Option<Uuid>, Error> {
        let id = self.clock.id();
        transaction!(self.db, lease.tenant, tx => {
            if !lane::fence(tx, lease).await? {
                return Ok(None);
            }
            // A run whose node died is ended by the next one.
            tx.execute(
                "UPDATE runs SET finished_at = $1 WHERE tenant = $2 AND application = $3 AND finished_at IS NULL",
                args![self.clock.now(), lease.tenant.id(), lease.subject],
            )
            .await?;
            tx.execute(
                "INSERT INTO runs (tenant, id, application, kind, started_at, succeeded, pending, waiting, failed) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0)",
                args![lease.tenant.id(), id, lease.subject, kind, self.clock.now()],
            )
            .await?;
            Ok(Some(id))
        })
    }

    /// Store a run's counts; `finished` ends it.
    pub async fn update_run(&self, lease: &Lease, run: Uuid, counts: &Tally, finished: bool) -> Result<(), Error> {
        let [succeeded, pending, waiting, failed] = counts.sums();
        transaction!(self.db, lease.tenant, tx => {
            let before: Option<(i64, i64, i64, i64)> = tx
                .row(
                    "SELECT succeeded, pending, waiting, failed FROM runs WHERE tenant = $1 AND id = $2",
                    args![lease.tenant.id(), run],
                )
                .await?;
            let (s, p, w, f) = before.unwrap_or_default();
            let grown = [("succeeded", succeeded - s), ("pending", pending - p), ("waiting", waiting - w), ("failed", failed - f)];
            let grown = grown.into_iter().map(|(status, count)| (lease.subject, status, count));
            statistics::add(tx, Metric::Operations, self.clock.now(), grown).await?;
            tally::store(tx, run, counts).await?;
            tx.execute(
                "UPDATE runs SET succeeded = $1, pending = $2, waiting = $3, failed = $4, finished_at = $5 WHERE tenant = $6 AND id = $7",
                args![succeeded, pending, waiting, failed, finished.then(|| self.clock.now()), lease.tenant.id(), run],
            )
            .await?;
            Ok(())
        })
    }

    /// Forget history that is older than each tenant keeps it, a bounded piece at a time. `true`: there may be more.
    pub async fn sweep(&self) -> Result<bool, Error> {
        let now = self.clock.now();
        let mut more = false;
        for tenant in self.tenants().await? {
            let swept: u64 = transaction!(self.db, tenant, tx => {
                let retention = Retention::from(settings::get(tx).await?.retention);
                let mut swept = 0;
                for (sql, before) in [
                    ("DELETE FROM attempts WHERE tenant = $1 AND operation IN (SELECT operation FROM attempts WHERE tenant = $1 AND operation < $2 ORDER BY operation LIMIT 1000)", now - retention.attempts),
                    ("DELETE FROM operations WHERE tenant = $1 AND id IN (SELECT id FROM operations WHERE tenant = $1 AND id < $2 ORDER BY id LIMIT 1000)", now - retention.runs),
                    ("DELETE FROM run_counts WHERE tenant = $1 AND run IN (SELECT run FROM run_counts WHERE tenant = $1 AND run < $2 ORDER BY run LIMIT 1000)", now - retention.runs),
                    ("DELETE FROM runs WHERE tenant = $1 AND id IN (SELECT id FROM runs WHERE tenant = $1 AND id < $2 ORDER BY id LIMIT 1000)", now - retention.runs),
                    ("DELETE FROM changes WHERE tenant = $1 AND id IN (SELECT id FROM changes WHERE tenant = $1 AND id < $2 ORDER BY id LIMIT 1000)", now - retention.runs),
                    ("DELETE FROM requests WHERE tenant = $1 AND id IN (SELECT id FROM requests WHERE tenant = $1 AND id < $2 ORDER BY id LIMIT 1000)", now - retention.requests),
                    ("DELETE FROM changes WHERE tenant = $1 AND id IN (SELECT id FROM changes WHERE tenant = $1 AND result <> 'done' AND id < $2 ORDER BY id LIMIT 1000)", now - retention.requests),
                    ("DELETE FROM request_bodies WHERE tenant = $1 AND request IN (SELECT request FROM request_bodies WHERE tenant = $1 AND request < $2 ORDER BY request LIMIT 1000)", now - retention.bodies),
                    // One for each application: they name people, and accounts of people who are nobody's here.
                    ("DELETE FROM plans WHERE tenant = $1 AND id < $2", now - retention.bodies),
                    ("DELETE FROM match_trials WHERE tenant = $1 AND id < $2", now - retention.bodies),
                ] {
                    swept = swept.max(tx.execute(sql, args![tenant.id(), window::at(before)]).await?);
                }
                Ok(swept)
            })?;
            more |= swept >= 1000;
        }
        Ok(more)
    }
}

/// One run.
pub async fn get_run(tx: &mut Tx, id: Uuid) -> Result<Option<Run>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<RunRow> = tx
        .row(
            "SELECT id, application, kind, started_at, finished_at, succeeded, pending, waiting, failed FROM runs
             WHERE tenant = $1 AND id = $2",
            args![tenant, id],
        )
        .await?;
    Ok(row.map(run))
}
