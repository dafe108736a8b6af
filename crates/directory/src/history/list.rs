//! Lists of runs and operations, newest first.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

use super::{FlatOperation, Operation, Run, RunRow, operation, run};
use crate::{
    Error, Millis, Tx,
    count::{self, Count},
    db::{Sql, args},
    window::{Window, begins},
};

/// How a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It goes on.
    Running,
    /// It ended, and everything succeeded.
    Clean,
    /// It ended, and something is left to do.
    WithErrors,
}

/// What a list of runs is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct RunQuery {
    /// One application's.
    pub application: Option<Uuid>,
    /// In one state.
    pub state: Option<RunState>,
    /// Before this one, newest first.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

/// The newest runs.
pub async fn runs(tx: &mut Tx, query: &RunQuery) -> Result<Vec<Run>, Error> {
    let mut sql = Sql::new(
        "SELECT id, application, kind, started_at, finished_at, succeeded, pending, waiting, failed FROM runs WHERE tenant = ",
    );
    narrow(&mut sql, tx.tenant().id(), query);
    sql.push(" AND id < ").bind(query.before.unwrap_or(Uuid::max()));
    sql.push(" ORDER BY id DESC LIMIT ").bind(query.limit);
    Ok(tx.rows_of::<RunRow>(sql).await?.into_iter().map(run).collect())
}

/// How many runs there are in such a list.
pub async fn run_total(tx: &mut Tx, query: &RunQuery) -> Result<Count, Error> {
    let tenant = tx.tenant().id();
    count::bounded(tx, |sql| {
        sql.push("SELECT id FROM runs WHERE tenant = ");
        narrow(sql, tenant, query);
    })
    .await
}

/// The newest run of each application.
pub async fn last_runs(tx: &mut Tx) -> Result<HashMap<Uuid, Run>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<RunRow> = tx
        .rows(
            "SELECT r.id, r.application, r.kind, r.started_at, r.finished_at, r.succeeded, r.pending, r.waiting, r.failed
             FROM applications a JOIN runs r ON r.tenant = a.tenant AND r.id =
               (SELECT id FROM runs WHERE tenant = a.tenant AND application = a.id ORDER BY id DESC LIMIT 1)
             WHERE a.tenant = $1",
            args![tenant],
        )
        .await?;
    Ok(rows.into_iter().map(run).map(|run| (run.application, run)).collect())
}

fn narrow(sql: &mut Sql, tenant: Uuid, query: &RunQuery) {
    sql.bind(tenant);
    if let Some(application) = query.application {
        sql.push(" AND application = ").bind(application);
    }
    sql.push(match query.state {
        None => "",
        Some(RunState::Running) => " AND finished_at IS NULL",
        Some(RunState::Clean) => " AND finished_at IS NOT NULL AND pending + waiting + failed = 0",
        Some(RunState::WithErrors) => " AND finished_at IS NOT NULL AND pending + waiting + failed > 0",
    });
}

/// What a list of operations is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct OperationQuery {
    /// On one application.
    pub application: Option<Uuid>,
    /// One run's.
    pub run: Option<Uuid>,
    /// One user's or group's.
    pub subject: Option<Uuid>,
    /// With this status.
    pub status: Option<String>,
    /// With this code of the error taxonomy.
    pub code: Option<String>,
    /// That did this.
    pub op: Option<String>,
    /// The beginning of the subject's name, caseless.
    pub search: Option<String>,
    /// Not before.
    pub from: Option<Millis>,
    /// Before.
    pub to: Option<Millis>,
    /// Before this one, newest first.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

/// The newest operations, without their attempts, and where to look on: with filters that no index serves, a stretch
/// of the history is looked through at a time, so a page may hold fewer than asked for and still have a next one.
pub async fn operations(tx: &mut Tx, query: &OperationQuery) -> Result<(Vec<Operation>, Option<Uuid>), Error> {
    let window = Window::new(query.from, query.to, query.before);
    let mut sql = Sql::new(
        "SELECT id, run, application, kind, subject, subject_name, remote_id, op, status, error_code, error_detail, changes, cause, at, duration_ms
         FROM operations WHERE tenant = ",
    );
    sql.bind(tx.tenant().id());
    let is_narrow = query.run.is_some() || query.subject.is_some();
    let end = match is_narrow {
        true => None,
        false => window.end(tx, "SELECT id FROM operations WHERE tenant = ").await?,
    };
    window.narrow(&mut sql, end);
    for (column, id) in
        [(" AND application = ", query.application), (" AND run = ", query.run), (" AND subject = ", query.subject)]
    {
        if let Some(id) = id {
            sql.push(column).bind(id);
        }
    }
    for (column, text) in
        [(" AND status = ", &query.status), (" AND error_code = ", &query.code), (" AND op = ", &query.op)]
    {
        if let Some(text) = text {
            sql.push(column).bind(text);
        }
    }
    if query.status.as_deref().is_some_and(|status| status != "succeeded") || query.code.is_some() {
        // As the index has it.
        sql.push(" AND status <> 'succeeded'");
    }
    if let Some(search) = &query.search {
        sql.push(" AND LOWER(subject_name) LIKE ").bind(begins(search)).push(" ESCAPE '\\'");
    }
    sql.push(" ORDER BY id DESC LIMIT ").bind(query.limit);
    let rows = tx.rows_of::<FlatOperation>(sql).await?;
    Ok((rows.into_iter().map(operation).collect(), end))
}
