//! The history: runs and operations, and the audit trail.

use axum::{Json, extract::State};
use directory::{
    Tx,
    audit::{self, ChangeQuery},
    history::{self, OperationQuery, RunQuery, RunState},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    account::kinds,
    application::application_id,
    input::{Moment, Path, Query},
    output::{Limit, Page, Time},
    user::application_names,
};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// One stretch of work on an application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its id.
    id: Uuid,
    /// The application.
    application: Uuid,
    /// The application's name; empty when it is gone.
    application_name: String,
    /// Why it began.
    kind: String,
    /// When it began.
    started_at: Time,
    /// When it ended; null while it goes on.
    finished_at: Option<Time>,
    /// Operations that succeeded.
    succeeded: i64,
    /// Operations that will be tried again by themselves.
    pending: i64,
    /// Operations that wait for something else.
    waiting: i64,
    /// Operations that need a person.
    failed: i64,
}

/// One run, and what it came to by kind of object.
#[derive(Serialize, ToSchema)]
pub struct RunDetail {
    /// The run.
    #[serde(flatten)]
    run: Run,
    /// What it came to by kind of object; empty for a run from before this was counted, and until its first operation.
    breakdown: Vec<Part>,
}

/// What a run came to with one kind of object.
#[derive(Serialize, ToSchema)]
#[schema(as = RunPart)]
pub struct Part {
    /// What kind of object.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// Operations that succeeded.
    succeeded: i64,
    /// Operations that will be tried again by themselves.
    pending: i64,
    /// Operations that wait for something else.
    waiting: i64,
    /// Operations that need a person.
    failed: i64,
}

/// What was done, or tried, to one object.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Its id.
    id: Uuid,
    /// The run it belongs to.
    run: Uuid,
    /// The application.
    application: Uuid,
    /// What kind of object.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// The user or group.
    subject: Uuid,
    /// Its name at that time.
    subject_name: String,
    /// The application's id of the object.
    remote_id: Option<String>,
    /// `create`, `adopt`, `update`, `deactivate`, `reactivate`, `delete`, `release`, `members`.
    op: String,
    /// `succeeded`, `pending`, `waiting` or `failed`.
    #[schema(schema_with = outcomes)]
    status: String,
    /// A code of the error taxonomy.
    error_code: Option<String>,
    /// What went wrong, in words.
    error_detail: Option<String>,
    /// What was sent: the operations of a PATCH, or the whole document.
    #[schema(value_type = Option<Object>)]
    changes: Option<Value>,
    /// The change of the directory behind it: an entry of the audit trail.
    cause: Option<Uuid>,
    /// When it was done.
    at: Time,
    /// How long it took, in milliseconds.
    duration_ms: i64,
    /// Its requests. Only shown where one operation is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    attempts: Vec<Attempt>,
}

/// One request to an application and its answer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When.
    at: Time,
    /// The HTTP method.
    method: String,
    /// The path below the base URL, with its query.
    path: String,
    /// The HTTP status; null when there was no answer.
    status: Option<i64>,
    /// How long it took, in milliseconds.
    duration_ms: i64,
    /// A code of the error taxonomy.
    error_code: Option<String>,
    /// The body that was sent, without secrets.
    #[schema(value_type = Option<Object>)]
    request: Option<Value>,
    /// The beginning of the answer's body; kept when the request failed.
    response: Option<String>,
}

/// One entry of the audit trail.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Its id.
    id: Uuid,
    /// When.
    at: Time,
    /// `source`, `administrator`, `api_token` or `system`.
    actor_kind: String,
    /// The actor's name.
    actor: String,
    /// The request behind it.
    request: Option<Uuid>,
    /// What was done: `create`, `update`, `delete`, `assign`, `publish`, …
    action: String,
    /// The kind of object.
    object_kind: String,
    /// The object's id.
    object: Uuid,
    /// The object's name at that time.
    object_name: String,
    /// What differed: `{"attribute": [before, after]}`, or other facts.
    #[schema(value_type = Option<Object>)]
    detail: Option<Value>,
    /// `done`; `skipped` or `failed`: it was tried in vain.
    #[schema(schema_with = results)]
    result: String,
    /// Why it was skipped or failed.
    error: Option<String>,
}

words!(results: "done", "skipped", "failed");
words!(outcomes: "succeeded", "pending", "waiting", "failed");

impl Run {
    /// A run for people.
    pub fn of(run: history::Run, applications: &HashMap<Uuid, String>) -> Run {
        Run {
            id: run.id,
            application: run.application,
            application_name: applications.get(&run.application).cloned().unwrap_or_default(),
            kind: run.kind,
            started_at: Time(run.started_at),
            finished_at: run.finished_at.map(Time),
            succeeded: run.succeeded,
            pending: run.pending,
            waiting: run.waiting,
            failed: run.failed,
        }
    }
}

impl From<history::Operation> for Operation {
    fn from(operation: history::Operation) -> Operation {
        Operation {
            id: operation.id,
            run: operation.run,
            application: operation.application,
            kind: operation.kind.as_str(),
            subject: operation.subject,
            subject_name: operation.subject_name,
            remote_id: operation.remote_id,
            op: operation.op,
            status: operation.status,
            error_code: operation.error_code,
            error_detail: operation.error_detail,
            changes: operation.changes,
            cause: operation.cause,
            at: Time(operation.at),
            duration_ms: operation.duration_ms,
            attempts: operation.attempts.into_iter().map(Attempt::from).collect(),
        }
    }
}

impl From<history::Attempt> for Attempt {
    fn from(attempt: history::Attempt) -> Attempt {
        Attempt {
            at: Time(attempt.at),
            method: attempt.method,
            path: attempt.path,
            status: attempt.status,
            duration_ms: attempt.duration_ms,
            error_code: attempt.error_code,
            request: attempt.request,
            response: attempt.response,
        }
    }
}

impl From<audit::Change> for Change {
    fn from(change: audit::Change) -> Change {
        Change {
            id: change.id,
            at: Time(change.at),
            actor_kind: change.actor_kind,
            actor: change.actor,
            request: change.request,
            action: change.action,
            object_kind: change.object_kind,
            object: change.object,
            object_name: change.object_name,
            detail: change.detail,
            result: change.result,
            error: change.error,
        }
    }
}

/// Which runs to list.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunSearch {
    /// One application's, by id or name.
    application: Option<String>,
    /// In one state. `clean`: it ended, and everything succeeded.
    #[param(schema_with = run_states)]
    state: Option<RunState>,
    /// The `next` of the page before.
    pub before: Option<Uuid>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

impl RunSearch {
    /// What the directory is asked. `limit`: rows.
    pub async fn query(&self, tx: &mut Tx, limit: i64) -> Result<RunQuery, Problem> {
        Ok(RunQuery {
            application: application_id(tx, self.application.as_deref()).await?,
            state: self.state,
            before: self.before,
            limit,
        })
    }
}

words!(run_states: "running", "clean", "with_errors");

/// Runs, newest first.
#[utoipa::path(get, path = "/runs", tag = "History", params(RunSearch), responses((status = 200, body = Page<Run>)))]
pub async fn list_runs(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<RunSearch>,
) -> Result<Json<Page<Run>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let query = search.query(&mut tx, search.limit.rows()).await?;
    let rows = history::runs(&mut tx, &query).await?;
    let total = match query.before {
        None => Some(history::run_total(&mut tx, &query).await?.into()),
        Some(_) => None,
    };
    let names = application_names(&mut tx).await?;
    let Json(page) = Page::of(rows, search.limit, |run| run.id, |run| Run::of(run, &names));
    Ok(Json(Page { total, ..page }))
}

/// One run, with what it came to by kind of object.
#[utoipa::path(get, path = "/runs/{run}", tag = "History", responses((status = 200, body = RunDetail)))]
pub async fn get_run(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<RunDetail>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let run = history::get_run(&mut tx, id).await?.ok_or_else(|| directory::Error::not_found("run", id))?;
    let tally = history::tally(&mut tx, id).await?;
    let parts = tally.into_iter().flat_map(|tally| history::KINDS.map(|kind| (kind, tally.of(kind))));
    let breakdown = parts.map(|(kind, [succeeded, pending, waiting, failed])| Part {
        kind: kind.as_str(),
        succeeded,
        pending,
        waiting,
        failed,
    });
    let breakdown = breakdown.collect();
    Ok(Json(RunDetail { run: Run::of(run, &application_names(&mut tx).await?), breakdown }))
}

/// Which operations to list.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OperationSearch {
    /// On one application, by id or name.
    application: Option<String>,
    /// One run's.
    run: Option<Uuid>,
    /// One user's or group's, by id.
    subject: Option<Uuid>,
    /// With one status.
    #[param(schema_with = outcomes)]
    status: Option<String>,
    /// With one code of the error taxonomy.
    code: Option<String>,
    /// That did this: `create`, `update`, …
    op: Option<String>,
    /// The beginning of the subject's name.
    search: Option<String>,
    /// Not before: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Moment>,
    /// Before: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Moment>,
    /// The `next` of the page before.
    pub before: Option<Uuid>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

impl OperationSearch {
    /// What the directory is asked. `limit`: rows.
    pub async fn query(self, tx: &mut Tx, limit: i64) -> Result<OperationQuery, Problem> {
        Ok(OperationQuery {
            application: application_id(tx, self.application.as_deref()).await?,
            run: self.run,
            subject: self.subject,
            status: self.status,
            code: self.code,
            op: self.op,
            search: self.search,
            from: self.from.map(|moment| moment.0),
            to: self.to.map(|moment| moment.0),
            before: self.before,
            limit,
        })
    }
}

/// Operations, newest first, without their requests. With a filter a page may hold fewer than asked for and still
/// have a next one.
#[utoipa::path(get, path = "/operations", tag = "History", params(OperationSearch), responses((status = 200, body = Page<Operation>)))]
pub async fn list_operations(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<OperationSearch>,
) -> Result<Json<Page<Operation>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let limit = search.limit;
    let query = search.query(&mut tx, limit.rows()).await?;
    let (rows, end) = history::operations(&mut tx, &query).await?;
    Ok(Page::of_stretch(rows, end, limit, |operation| operation.id, Operation::from))
}

/// One operation with its requests.
#[utoipa::path(get, path = "/operations/{operation}", tag = "History", responses((status = 200, body = Operation)))]
pub async fn get_operation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<Operation>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let operation =
        history::get_operation(&mut tx, id).await?.ok_or_else(|| directory::Error::not_found("operation", id))?;
    Ok(Json(operation.into()))
}

/// Which entries of the audit trail to list.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub struct ChangeSearch {
    /// About one object, by id.
    object: Option<Uuid>,
    /// By actors of this kind: `source`, `administrator`, `api_token` or `system`.
    #[param(rename = "actorKind")]
    actor_kind: Option<String>,
    /// By the actor of this name.
    actor: Option<String>,
    /// About objects of this kind.
    #[param(rename = "objectKind")]
    object_kind: Option<String>,
    /// Of this action.
    action: Option<String>,
    /// The beginning of the object's name.
    search: Option<String>,
    /// Not before: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Moment>,
    /// Before: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Moment>,
    /// The `next` of the page before.
    pub before: Option<Uuid>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

impl ChangeSearch {
    /// What the directory is asked. `limit`: rows.
    pub fn query(self, limit: i64) -> ChangeQuery {
        ChangeQuery {
            object: self.object,
            actor_kind: self.actor_kind,
            actor: self.actor,
            action: self.action,
            object_kind: self.object_kind,
            search: self.search,
            from: self.from.map(|moment| moment.0),
            to: self.to.map(|moment| moment.0),
            before: self.before,
            limit,
            ..ChangeQuery::default()
        }
    }
}

/// The audit trail, newest first. With a filter a page may hold fewer than asked for and still have a next one.
#[utoipa::path(get, path = "/changes", tag = "History", params(ChangeSearch), responses((status = 200, body = Page<Change>)))]
pub async fn list_changes(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<ChangeSearch>,
) -> Result<Json<Page<Change>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let limit = search.limit;
    let (rows, end) = audit::list(&mut tx, &search.query(limit.rows())).await?;
    Ok(Page::of_stretch(rows, end, limit, |change| change.id, Change::from))
}

/// One entry of the audit trail.
#[utoipa::path(get, path = "/changes/{change}", tag = "History", responses((status = 200, body = Change)))]
pub async fn get_change(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Change>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let change = audit::get(&mut tx, id).await?.ok_or_else(|| directory::Error::not_found("change", id))?;
    Ok(Json(change.into()))
}
