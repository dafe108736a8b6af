//! Records without a user, because it can't be told to whom they belong: an administrator decides.

use axum::{Json, extract::State};
use directory::{source, unjoined, user};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    input::{Body, Path, Query},
    output::{After, Page, Time},
    source::find,
    user::User,
};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// A record that belongs to no user yet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unjoined {
    /// The record's id, by which its source knows it.
    id: Uuid,
    /// Its `userName`.
    user_name: Option<String>,
    /// Its `displayName`.
    display_name: Option<String>,
    /// Its `externalId`.
    external_id: Option<String>,
    /// Whether it says that the person is active.
    active: bool,
    /// Why it has no user.
    #[schema(schema_with = codes)]
    code: user::Unjoined,
    /// Why, in words, with the way out.
    reason: &'static str,
    /// Users that it may mean.
    candidates: Vec<Candidate>,
    /// When the source first sent it.
    created_at: Time,
    /// When it last changed.
    modified_at: Time,
}

/// A user whom a record may mean.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Its id.
    id: Uuid,
    /// Its user name.
    user_name: String,
}

/// The user that a record belongs to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LinkRecord)]
pub struct Link {
    /// By id or user name.
    user: String,
}

words!(codes: "name_taken", "ambiguous", "already_joined", "local");

/// The records of a source that belong to no user yet, in the order in which they came.
#[utoipa::path(get, path = "/sources/{source}/unjoined", tag = "Sources", params(After), responses((status = 200, body = Page<Unjoined>)))]
pub async fn list_unjoined(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<After>,
) -> Result<Json<Page<Unjoined>>, Problem> {
    let definitions = app.directory.definitions(caller.tenant()).await?;
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let source = source::find(&mut tx, &name).await?;
    let cases = unjoined::list(&mut tx, &source, &definitions, page.after, page.limit.rows()).await?;
    Ok(Page::of(
        cases,
        page.limit,
        |case| case.record,
        |case| {
            let text = |name: &str| case.doc.get(name).and_then(Value::as_str).map(str::to_owned);
            Unjoined {
                id: case.record,
                user_name: text("userName"),
                display_name: text("displayName"),
                external_id: text("externalId"),
                active: directory::join::is_active(&case.doc),
                code: case.why,
                reason: case.why.reason(),
                candidates: case.candidates.into_iter().map(|(id, user_name)| Candidate { id, user_name }).collect(),
                created_at: Time(case.created_at),
                modified_at: Time(case.modified_at),
            }
        },
    ))
}

/// Say whose a record is: a user's that is there.
#[utoipa::path(post, path = "/sources/{source}/unjoined/{record}/link", tag = "Sources", request_body = Link, responses((status = 200, body = User)))]
pub async fn link_record(
    State(app): State<App>,
    caller: Caller,
    Path((name, record)): Path<(String, Uuid)>,
    Body(link): Body<Link>,
) -> Result<Json<User>, Problem> {
    let user = {
        let mut tx = app.directory.db.read(caller.tenant()).await?;
        user::find(&mut tx, &link.user).await?.id
    };
    decide(&app, &caller, &name, record, Some(user)).await
}

/// Say whose a record is: a new user's.
#[utoipa::path(post, path = "/sources/{source}/unjoined/{record}/make", tag = "Sources", responses((status = 200, body = User)))]
pub async fn make_user_of_record(
    State(app): State<App>,
    caller: Caller,
    Path((name, record)): Path<(String, Uuid)>,
) -> Result<Json<User>, Problem> {
    decide(&app, &caller, &name, record, None).await
}

async fn decide(
    app: &App,
    caller: &Caller,
    source: &str,
    record: Uuid,
    user: Option<Uuid>,
) -> Result<Json<User>, Problem> {
    let source = find(app, caller, source).await?.id;
    let user = app.directory.decide_record(caller.tenant(), &caller.actor(), source, record, user).await?;
    Ok(Json(User::from(&user)))
}
