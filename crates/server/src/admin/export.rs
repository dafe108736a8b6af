//! Files of what the lists show, with the same filters, search and order.

use axum::{extract::State, response::Response};
use directory::{Position, Tx, audit, group, history, user, work};
use uuid::Uuid;

use super::{
    errors::{self, WorkSearch},
    group::list::{self as groups, GroupSearch},
    history::{Change, ChangeSearch, Operation, OperationSearch, Run, RunSearch},
    input::Query,
    output::onward,
    user::{
        application_names,
        list::{self as users, UserSearch},
    },
};
use crate::{
    app::App,
    export::{Export, PIECE, Written},
    problem::Problem,
};

/// The items of a piece, and where the next one begins if the piece is full.
fn piece<P, T>(rows: Vec<(P, T)>, place: impl Fn(&P) -> String) -> (Vec<T>, Option<Option<String>>) {
    let is_full = rows.len() >= usize::try_from(PIECE).unwrap_or(usize::MAX);
    let next = rows.last().filter(|_| is_full).map(|(last, _)| Some(place(last)));
    (rows.into_iter().map(|(_, item)| item).collect(), next)
}

const USERS: &[&str] = &[
    "id",
    "userName",
    "displayName",
    "email",
    "state",
    "onHold",
    "title",
    "department",
    "sources.name",
    "groupCount",
    "accounts.applicationName",
    "createdAt",
    "modifiedAt",
];

/// The users of a list as a file.
#[utoipa::path(get, path = "/export/users", tag = "Exports", params(UserSearch, Written), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_users(
    State(app): State<App>,
    Query(search): Query<UserSearch>,
    export: Export,
) -> Result<Response, Problem> {
    let first = search.after.clone();
    let page = move |mut tx: Tx, after: Option<String>| {
        let mut search = search.clone();
        search.after = after;
        async move {
            let query = search.query(&mut tx, PIECE).await?;
            let rows = user::list(&mut tx, &query).await?;
            let rows = users::listed(&mut tx, rows).await?;
            Ok(piece(rows, |place: &users::Place| place.of(query.order.by).to_string()))
        }
    };
    export.write(&app, "users", USERS, first, page).await
}

const GROUPS: &[&str] = &[
    "id",
    "displayName",
    "kind",
    "sourceName",
    "memberCount.count",
    "assignedTo",
    "pushedTo",
    "createdAt",
    "modifiedAt",
    "deletedAt",
];

/// The groups of a list as a file.
#[utoipa::path(get, path = "/export/groups", tag = "Exports", params(GroupSearch, Written), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_groups(
    State(app): State<App>,
    Query(search): Query<GroupSearch>,
    export: Export,
) -> Result<Response, Problem> {
    let first = search.after.clone();
    let page = move |mut tx: Tx, after: Option<String>| {
        let mut search = search.clone();
        search.after = after;
        async move {
            let query = search.query(&mut tx, PIECE).await?;
            let rows = group::list(&mut tx, &query).await?;
            let rows = groups::listed(&mut tx, rows, query.order.by).await?;
            Ok(piece(rows, Position::to_string))
        }
    };
    export.write(&app, "groups", GROUPS, first, page).await
}

const WORK: &[&str] = &[
    "applicationName",
    "kind",
    "subjectName",
    "memberName",
    "status",
    "code",
    "detail",
    "attempts",
    "firstFailedAt",
    "dueAt",
    "subject",
    "member",
];

/// What is not in step, as a file.
#[utoipa::path(get, path = "/export/work", tag = "Exports", params(WorkSearch, Written), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_work(
    State(app): State<App>,
    Query(search): Query<WorkSearch>,
    export: Export,
) -> Result<Response, Problem> {
    let first = search.after.clone();
    let page = move |mut tx: Tx, after: Option<String>| {
        let mut search = search.clone();
        search.after = after;
        async move {
            let query = search.query(&mut tx, PIECE).await?;
            let rows = work::list(&mut tx, &query).await?;
            Ok(piece(errors::listed(&mut tx, rows).await?, String::clone))
        }
    };
    export.write(&app, "work", WORK, first, page).await
}

const RUNS: &[&str] =
    &["id", "applicationName", "kind", "startedAt", "finishedAt", "succeeded", "pending", "waiting", "failed"];

/// Runs as a file, newest first.
#[utoipa::path(get, path = "/export/runs", tag = "Exports", params(RunSearch, Written), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_runs(
    State(app): State<App>,
    Query(search): Query<RunSearch>,
    export: Export,
) -> Result<Response, Problem> {
    let first = search.before;
    let page = move |mut tx: Tx, before: Option<Uuid>| {
        let mut search = search.clone();
        search.before = before;
        async move {
            let query = search.query(&mut tx, PIECE).await?;
            let rows = history::runs(&mut tx, &query).await?;
            let names = application_names(&mut tx).await?;
            let next = onward(&rows, None, |run| run.id);
            Ok((rows.into_iter().map(|run| Run::of(run, &names)).collect(), next.map(Some)))
        }
    };
    export.write(&app, "runs", RUNS, first, page).await
}

const OPERATIONS: &[&str] = &[
    "at",
    "kind",
    "subjectName",
    "op",
    "status",
    "errorCode",
    "errorDetail",
    "changes",
    "durationMs",
    "remoteId",
    "application",
    "run",
    "subject",
    "cause",
    "id",
];

/// Operations as a file, newest first; all of a run with its id.
#[utoipa::path(get, path = "/export/operations", tag = "Exports", params(OperationSearch, Written), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_operations(
    State(app): State<App>,
    Query(search): Query<OperationSearch>,
    export: Export,
) -> Result<Response, Problem> {
    let first = search.before;
    let page = move |mut tx: Tx, before: Option<Uuid>| {
        let mut search = search.clone();
        search.before = before;
        async move {
            let query = search.query(&mut tx, PIECE).await?;
            let (rows, end) = history::operations(&mut tx, &query).await?;
            let next = onward(&rows, end, |operation| operation.id);
            Ok((rows.into_iter().map(Operation::from).collect(), next.map(Some)))
        }
    };
    export.write(&app, "operations", OPERATIONS, first, page).await
}

const CHANGES: &[&str] =
    &["at", "actorKind", "actor", "action", "objectKind", "objectName", "detail", "object", "request", "id"];

/// The audit trail as a file, newest first.
#[utoipa::path(get, path = "/export/changes", tag = "Exports", params(ChangeSearch, Written), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_changes(
    State(app): State<App>,
    Query(search): Query<ChangeSearch>,
    export: Export,
) -> Result<Response, Problem> {
    let first = search.before;
    let page = move |mut tx: Tx, before: Option<Uuid>| {
        let mut search = search.clone();
        search.before = before;
        async move {
            let (rows, end) = audit::list(&mut tx, &search.query(PIECE)).await?;
            let next = onward(&rows, end, |change| change.id);
            Ok((rows.into_iter().map(Change::from).collect(), next.map(Some)))
        }
    };
    export.write(&app, "changes", CHANGES, first, page).await
}
