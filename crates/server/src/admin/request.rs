//! The request log of a source: what its client asked, what it was answered, and, while an administrator wants to see
//! it, in which words.

use axum::{Json, extract::State, response::Response};
use directory::{
    Tx,
    request::{self, RequestQuery},
    source,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    input::{Body, Moment, Path, Query},
    output::{Limit, Page, Tagged, Time, onward},
    source::{Source, find, shown},
};
use crate::{
    app::App,
    caller::Caller,
    export::{Export, PIECE, Written},
    problem::Problem,
};

/// One request to a source.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Its id, which its client got as `X-Request-Id`.
    id: Uuid,
    /// When it came.
    at: Time,
    /// The HTTP method.
    method: String,
    /// The path below the base URL, without its query.
    path: String,
    /// The HTTP status of the answer.
    status: i64,
    /// The `scimType` of an error.
    scim_type: Option<String>,
    /// The id or name of what it was about.
    subject: Option<String>,
    /// What was wrong with it.
    detail: Option<String>,
    /// How long the answer took, in microseconds.
    duration_us: i64,
    /// It was made by Lockstep's own self-test.
    test: bool,
    /// Whether its body is kept, for a day.
    has_body: bool,
}

/// One request with what it said, where that is kept.
#[derive(Serialize, ToSchema)]
pub struct RequestDetail {
    /// The request.
    #[serde(flatten)]
    request: Request,
    /// What was said, with secrets hidden; null unless an administrator had bodies kept at that time.
    body: Option<RequestBody>,
}

/// What a request said, and was answered.
#[derive(Serialize, ToSchema)]
pub struct RequestBody {
    /// What was asked; null without a body.
    request: Option<String>,
    /// What was answered; null without a body.
    response: Option<String>,
}

/// For how long bodies are kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// From now on for so many minutes: 0 to 60, where 0 ends it.
    minutes: i64,
}

/// Which requests to list.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub struct RequestSearch {
    /// With this HTTP method.
    method: Option<String>,
    /// With this HTTP status; a single digit means all that begin with it.
    status: Option<i64>,
    /// With this `scimType`.
    #[param(rename = "scimType")]
    scim_type: Option<String>,
    /// About this id or name.
    subject: Option<String>,
    /// Only those that failed.
    #[serde(default)]
    errors: bool,
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

impl RequestSearch {
    fn query(self, limit: i64) -> RequestQuery {
        RequestQuery {
            method: self.method.map(|method| method.to_uppercase()),
            status: self.status,
            scim_type: self.scim_type,
            subject: self.subject,
            errors: self.errors,
            from: self.from.map(|moment| moment.0),
            to: self.to.map(|moment| moment.0),
            before: self.before,
            limit,
        }
    }
}

impl From<request::Request> for Request {
    fn from(row: request::Request) -> Request {
        Request {
            id: row.id,
            at: Time(row.at),
            method: row.method,
            path: row.path,
            status: row.status,
            scim_type: row.scim_type,
            subject: row.subject,
            detail: row.detail,
            duration_us: row.duration_us,
            test: row.test,
            has_body: row.has_body,
        }
    }
}

/// The requests that a source's client made, newest first. With a filter a page may hold fewer than asked for and still
/// have a next one.
#[utoipa::path(get, path = "/sources/{source}/requests", tag = "Sources", params(RequestSearch), responses((status = 200, body = Page<Request>)))]
pub async fn list_requests(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(search): Query<RequestSearch>,
) -> Result<Json<Page<Request>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let source = source::find(&mut tx, &name).await?;
    let limit = search.limit;
    let (rows, end) = request::list(&mut tx, source.id, &search.query(limit.rows())).await?;
    Ok(Page::of_stretch(rows, end, limit, |row| row.id, Request::from))
}

/// What a file has of each request.
const COLUMNS: &[&str] =
    &["at", "method", "path", "status", "scimType", "subject", "detail", "durationUs", "test", "id"];

/// The same as a file.
#[utoipa::path(get, path = "/export/sources/{source}/requests", tag = "Exports", params(RequestSearch, Written), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_requests(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(search): Query<RequestSearch>,
    export: Export,
) -> Result<Response, Problem> {
    let source = find(&app, &export.caller, &name).await?.id;
    let first = search.before;
    let page = move |mut tx: Tx, before: Option<Uuid>| {
        let search = RequestSearch { before, ..search.clone() };
        async move {
            let (rows, end) = request::list(&mut tx, source, &search.query(PIECE)).await?;
            let next = onward(&rows, end, |row| row.id);
            Ok((rows.into_iter().map(Request::from).collect(), next.map(Some)))
        }
    };
    export.of("source", source).write(&app, "requests", COLUMNS, first, page).await
}

/// One request, with what it said and was answered if that is kept.
#[utoipa::path(get, path = "/sources/{source}/requests/{request}", tag = "Sources", responses((status = 200, body = RequestDetail)))]
pub async fn get_request(
    State(app): State<App>,
    caller: Caller,
    Path((name, id)): Path<(String, Uuid)>,
) -> Result<Json<RequestDetail>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let source = source::find(&mut tx, &name).await?;
    let (found, bodies) = request::get(&mut tx, source.id, id).await?;
    let body = bodies.map(|[request, response]| RequestBody { request, response });
    Ok(Json(RequestDetail { request: found.into(), body }))
}

/// Keep what a source's client says and is answered, with secrets hidden, for at most an hour from now. What is kept is
/// forgotten after a day.
#[utoipa::path(put, path = "/sources/{source}/record-bodies", tag = "Sources", request_body = Recording, responses((status = 200, body = Source)))]
pub async fn record_bodies(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(recording): Body<Recording>,
) -> Result<Tagged<Source>, Problem> {
    let id = find(&app, &caller, &name).await?.id;
    let after = app.directory.record_bodies(caller.tenant(), &caller.actor(), id, recording.minutes).await?;
    app.forget_tokens();
    shown(&app, &caller, after).await
}
