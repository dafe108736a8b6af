//! The sync log: what each source did to people and groups, one line each, with what was skipped or failed.

use axum::{Json, extract::State, response::Response};
use directory::{
    Error, Tenant, Tx,
    audit::{self, ChangeQuery},
    history::Retention,
    settings,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    input::{Moment, Path, Query},
    output::{Limit, Page, Time, onward},
    source::find,
    user::source_names,
};
use crate::{
    app::App,
    caller::Caller,
    export::{Export, PIECE, Written},
    openapi::words,
    problem::Problem,
};

/// One person or group that a source changed, or would have.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncLine {
    /// Its id, also in `/changes`.
    id: Uuid,
    /// When.
    at: Time,
    /// The source's id.
    source: Uuid,
    /// The source's name.
    source_name: String,
    /// `user` or `group`; `record` for one that belongs to no user.
    subject_kind: String,
    /// The id of the user, group or record; null when nothing was there.
    subject: Option<Uuid>,
    /// The subject's name at that time.
    subject_name: String,
    /// `create`, `update`, `delete`, `activate`, `block`, `deactivate`, `join`, `leave`, `keep`, `members`.
    event: String,
    /// What differed: `{"attribute": [before, after]}`, or other facts.
    #[schema(value_type = Option<Object>)]
    change: Option<Value>,
    /// `done`, `skipped` or `failed`.
    #[schema(schema_with = results)]
    result: String,
    /// Why it was skipped or failed.
    error: Option<String>,
    /// The request behind it, in the source's request log.
    request: Option<Uuid>,
}

words!(results: "done", "skipped", "failed");

/// Which lines to list.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SyncSearch {
    /// About this id, or what has a name that begins so.
    subject: Option<String>,
    /// Of this event.
    event: Option<String>,
    /// Only `done`, `skipped` or `failed` ones.
    #[param(schema_with = results)]
    result: Option<String>,
    /// Not before: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Moment>,
    /// Before: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Moment>,
    /// The `next` of the page before.
    before: Option<Uuid>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

impl SyncSearch {
    async fn query(self, app: &App, tx: &mut Tx, source: Option<Uuid>, limit: i64) -> Result<ChangeQuery, Error> {
        let object = self.subject.as_deref().and_then(|subject| Uuid::parse_str(subject).ok());
        let kept = Retention::from(settings::get(tx).await?.retention).requests;
        let oldest = app.directory.clock.now() - kept;
        Ok(ChangeQuery {
            object,
            search: self.subject.filter(|_| object.is_none()),
            source,
            of_sources: true,
            action: self.event,
            result: self.result,
            from: Some(self.from.map_or(oldest, |from| from.0.max(oldest))),
            to: self.to.map(|moment| moment.0),
            before: self.before,
            limit,
            ..ChangeQuery::default()
        })
    }
}

fn line(change: audit::Change, names: &HashMap<Uuid, String>) -> SyncLine {
    let source = change.source.unwrap_or_default();
    // A source that is gone had the name that its word was recorded under.
    let source_name = names.get(&source).unwrap_or(&change.actor).clone();
    SyncLine {
        id: change.id,
        at: Time(change.at),
        source,
        source_name,
        subject_kind: change.object_kind,
        subject: Some(change.object).filter(|id| !id.is_nil()),
        subject_name: change.object_name,
        event: change.action,
        change: change.detail,
        result: change.result,
        error: change.error,
        request: change.request,
    }
}

async fn page(
    app: &App,
    tenant: Tenant,
    source: Option<Uuid>,
    search: SyncSearch,
) -> Result<Json<Page<SyncLine>>, Problem> {
    let mut tx = app.directory.db.read(tenant).await?;
    let limit = search.limit;
    let query = search.query(app, &mut tx, source, limit.rows()).await?;
    let (rows, end) = audit::list(&mut tx, &query).await?;
    let names = source_names(&mut tx).await?;
    Ok(Page::of_stretch(rows, end, limit, |change| change.id, |change| line(change, &names)))
}

/// What a file has of each line.
const COLUMNS: &[&str] = &[
    "at",
    "sourceName",
    "subjectKind",
    "subject",
    "subjectName",
    "event",
    "change",
    "result",
    "error",
    "request",
    "id",
];

async fn file(app: App, source: Option<Uuid>, search: SyncSearch, export: Export) -> Result<Response, Problem> {
    let (first, reader) = (search.before, app.clone());
    let page = move |mut tx: Tx, before: Option<Uuid>| {
        let (app, search) = (reader.clone(), SyncSearch { before, ..search.clone() });
        async move {
            let names = source_names(&mut tx).await?;
            let query = search.query(&app, &mut tx, source, PIECE).await?;
            let (rows, end) = audit::list(&mut tx, &query).await?;
            let next = onward(&rows, end, |row| row.id);
            Ok((rows.into_iter().map(|change| line(change, &names)).collect(), next.map(Some)))
        }
    };
    export.write(&app, "sync-log", COLUMNS, first, page).await
}

/// What all sources did, newest first. With a filter a page may hold fewer than asked for and still have a next one.
#[utoipa::path(get, path = "/sync-log", tag = "Sources", params(SyncSearch), responses((status = 200, body = Page<SyncLine>)))]
pub async fn list_sync_log(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<SyncSearch>,
) -> Result<Json<Page<SyncLine>>, Problem> {
    page(&app, caller.tenant(), None, search).await
}

/// The same as a file.
#[utoipa::path(get, path = "/export/sync-log", tag = "Exports", params(SyncSearch, Written), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_sync_log(
    State(app): State<App>,
    Query(search): Query<SyncSearch>,
    export: Export,
) -> Result<Response, Problem> {
    file(app, None, search, export).await
}

/// What one source did, newest first.
#[utoipa::path(get, path = "/sources/{source}/sync-log", tag = "Sources", params(SyncSearch), responses((status = 200, body = Page<SyncLine>)))]
pub async fn list_source_sync_log(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(search): Query<SyncSearch>,
) -> Result<Json<Page<SyncLine>>, Problem> {
    let source = find(&app, &caller, &name).await?.id;
    page(&app, caller.tenant(), Some(source), search).await
}

/// The same as a file.
#[utoipa::path(get, path = "/export/sources/{source}/sync-log", tag = "Exports", params(SyncSearch, Written), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_source_sync_log(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(search): Query<SyncSearch>,
    export: Export,
) -> Result<Response, Problem> {
    let source = find(&app, &export.caller, &name).await?.id;
    file(app, Some(source), search, export.of("source", source)).await
}
