//! What an application holds: accounts, pushed groups, and what is open about them.

pub mod group_preview;

use axum::{Json, extract::State, http::StatusCode};
use directory::{
    account::{self, LinkState, Origin},
    application, assignment,
    work::{self, OpenQuery},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    application::find,
    group,
    input::{Body, Path, Query},
    output::{After, Page, Time},
    user::{origins, states},
};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// What an application holds for one user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The user, who may be gone from the directory.
    user: Uuid,
    /// The user's name when the account was last written.
    user_name: String,
    /// The user's display name; null when they are gone.
    display_name: Option<String>,
    /// The application's id of the account; null while it is being made.
    remote_id: Option<String>,
    /// `created` by us, or there already and `adopted`.
    #[schema(schema_with = origins)]
    origin: Origin,
    /// `creating`, `linked`, `deactivated`, or `released`: left alone.
    #[schema(schema_with = states)]
    state: LinkState,
    /// What was last applied, or found.
    #[schema(value_type = Object)]
    applied: Value,
    /// When it was linked.
    created_at: Time,
    /// When it was last written.
    modified_at: Time,
}

/// A group that is pushed to an application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PushedGroup {
    /// The group.
    group: Uuid,
    /// Its name.
    display_name: String,
    /// The tie to the application's group; null before it is made.
    link: Option<Link>,
}

/// The tie between a group and the application's group.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The application's id of the group; null while it is being made.
    remote_id: Option<String>,
    /// `created` by us, or there already and `adopted`.
    #[schema(schema_with = origins)]
    origin: Origin,
    /// `creating`, `linked`, or `released`: left alone.
    #[schema(schema_with = states)]
    state: LinkState,
    /// When it was last written.
    modified_at: Time,
}

/// A group to push.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// Its id, or a name that only one group has.
    group: String,
}

/// Something in an application that is not done yet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenWork {
    /// `user`, `group`, or one user's `membership` of a group.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// The user or group; of a membership, the group.
    subject: Uuid,
    /// The member of a membership.
    member: Option<Uuid>,
    /// `pending`: will be tried by itself. `waiting`: needs something else first. `failed`: needs a person.
    #[schema(schema_with = statuses)]
    status: &'static str,
    /// How often it was tried in vain since the last change.
    attempts: i64,
    /// When it is looked at next; null when only something else can release it.
    due_at: Option<Time>,
    /// A code of the error taxonomy.
    error_code: Option<String>,
    /// What went wrong, in words.
    error_detail: Option<String>,
    /// The user whose account it waits for.
    waiting_on: Option<Uuid>,
}

words!(pub kinds: "user", "group", "membership");
words!(pub statuses: "pending", "waiting", "failed");

/// What an application holds for each user, in the order of users' ids.
#[utoipa::path(get, path = "/applications/{application}/accounts", tag = "Accounts", params(After), responses((status = 200, body = Page<Account>)))]
pub async fn list_accounts(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<After>,
) -> Result<Json<Page<Account>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    let rows = account::list(&mut tx, application.id, page.after, page.limit.rows()).await?;
    Ok(Page::of(
        rows,
        page.limit,
        |(row, _)| row.user,
        |(row, display_name)| Account {
            user: row.user,
            user_name: row.user_name,
            display_name,
            remote_id: row.remote_id,
            origin: row.origin,
            state: row.state,
            applied: Value::Object(row.applied),
            created_at: Time(row.created_at),
            modified_at: Time(row.modified_at),
        },
    ))
}

/// The groups that are pushed to an application, each with its tie.
#[utoipa::path(get, path = "/applications/{application}/groups", tag = "Accounts", responses((status = 200, body = Page<PushedGroup>)))]
pub async fn list_pushed_groups(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Page<PushedGroup>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    let pushed = assignment::pushed_groups(&mut tx, application.id).await?;
    let links = account::group_links(&mut tx, application.id).await?;
    let mut links: HashMap<_, _> = links.into_iter().map(|link| (link.group, link)).collect();
    Ok(Page::whole(pushed.into_iter().map(|(group, display_name)| {
        let link = links.remove(&group).map(|link| Link {
            remote_id: link.remote_id,
            origin: link.origin,
            state: link.state,
            modified_at: Time(link.modified_at),
        });
        PushedGroup { group, display_name, link }
    })))
}

/// Push a group, with its members that have accounts, to an application. Repeating it changes nothing.
#[utoipa::path(post, path = "/applications/{application}/groups", tag = "Accounts", request_body = Push, responses((status = 204)))]
pub async fn push_group(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(push): Body<Push>,
) -> Result<StatusCode, Problem> {
    set_pushed(&app, &caller, &name, &push.group, true).await
}

/// Stop pushing a group, which removes it from the application.
#[utoipa::path(delete, path = "/applications/{application}/groups/{group}", tag = "Accounts", responses((status = 204)))]
pub async fn unpush_group(
    State(app): State<App>,
    caller: Caller,
    Path((name, group)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    set_pushed(&app, &caller, &name, &group, false).await
}

async fn set_pushed(app: &App, caller: &Caller, name: &str, group: &str, push: bool) -> Result<StatusCode, Problem> {
    let application = find(app, caller, name).await?;
    let group = group::find(app, caller, group).await?;
    app.directory.push_group(caller.tenant(), &caller.actor(), application.id, group.id, push).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is open in an application: at most 200 objects.
#[utoipa::path(get, path = "/applications/{application}/open", tag = "Accounts", responses((status = 200, body = Page<OpenWork>)))]
pub async fn list_open_work(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Page<OpenWork>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    let about = OpenQuery { application: Some(application.id), limit: 200, ..OpenQuery::default() };
    let open = work::list(&mut tx, &about).await?;
    Ok(Page::whole(open.into_iter().map(|(_, work)| OpenWork {
        kind: work.key.kind.as_str(),
        subject: work.key.subject,
        member: Some(work.key.member).filter(|id| !id.is_nil()),
        status: work.status.as_str(),
        attempts: work.attempts,
        due_at: Some(work.due_at).filter(|at| *at != work::NEVER).map(Time),
        error_code: work.error_code,
        error_detail: work.error_detail,
        waiting_on: work.waiting_on,
    })))
}
