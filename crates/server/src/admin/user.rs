//! Users: who a person is, with their records, access and accounts.

pub mod list;
pub mod story;

use axum::{Json, extract::State, http::StatusCode};
use directory::{
    Kind, Tx, access,
    access::AccessPath,
    account,
    account::{LinkState, Origin},
    application, join, record, source,
    user::{self, UserState},
    work::{self, OpenQuery},
};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{account::statuses, input::Path, output::Time};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// A person of the directory.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Its id.
    id: Uuid,
    /// Unique, caseless.
    user_name: String,
    /// What people call them.
    display_name: Option<String>,
    /// Whether the person is active.
    active: bool,
    /// `pending`: never active yet. `active`. `blocked`: no longer active for their source; access does not grow, and
    /// ends at `deactivatesAt`. `deactivated`.
    #[schema(schema_with = user_states)]
    state: UserState,
    /// Since when they stand there.
    state_since: Time,
    /// The change that led there, in `/changes`.
    state_cause: Option<Uuid>,
    /// When a blocked person is deactivated; null on hold.
    deactivates_at: Option<Time>,
    /// Whether nothing of theirs may be deactivated or deleted.
    on_hold: bool,
    /// Whether no source has the person any more, and the policy of the last one kept the user.
    kept: bool,
    /// The user name that the person's sources state while it is another user's; the person has it once it is free.
    wanted_user_name: Option<String>,
    /// When the user was made.
    created_at: Time,
    /// When the user last changed.
    modified_at: Time,
}

/// A person with all that hangs on them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserDetail {
    /// The user.
    #[serde(flatten)]
    user: User,
    /// The profile, joined from the records: a SCIM User without `id`, `meta` and `groups`.
    #[schema(value_type = Object)]
    profile: Value,
    /// Where each attribute of the profile comes from.
    provenance: Vec<Provenance>,
    /// What each source says about the person.
    records: Vec<Record>,
    /// The applications that the person has access to, and why.
    access: Vec<Access>,
    /// What applications hold for the person.
    accounts: Vec<UserAccount>,
}

/// Where one attribute of a profile comes from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// The attribute: `title`, `name`, `urn:…:User:department`.
    path: String,
    /// What decides it.
    #[serde(flatten)]
    stated: Stated,
    /// What other sources state in vain.
    overruled: Vec<Stated>,
}

/// What one source states of an attribute.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stated {
    /// The source's id.
    source: Uuid,
    /// The source's name.
    source_name: String,
    /// The value.
    #[schema(value_type = Value)]
    value: Value,
}

/// What one source says about a person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its id in that source's SCIM service.
    id: Uuid,
    /// The source's id.
    source: Uuid,
    /// The source's name.
    source_name: String,
    /// When the source first sent it.
    created_at: Time,
    /// When it last changed.
    modified_at: Time,
    /// The record as the source states it.
    #[schema(value_type = Object)]
    document: Value,
}

/// Access to one application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The application's id.
    application: Uuid,
    /// The application's name.
    application_name: String,
    /// When access began.
    since: Time,
    /// Every assignment that gives it.
    paths: Vec<Given>,
}

/// One assignment that gives access.
#[derive(Serialize, ToSchema)]
pub struct Given {
    /// `user`: assigned directly. `group`: a group that holds the user is assigned.
    #[schema(schema_with = given)]
    kind: &'static str,
    /// The group's id.
    group: Option<Uuid>,
}

/// What one application holds for a person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAccount {
    /// The application's id.
    application: Uuid,
    /// The application's name.
    application_name: String,
    /// The application's id of the account; null while it is being made.
    remote_id: Option<String>,
    /// `created` by us, or there already and `adopted`.
    #[schema(schema_with = origins)]
    origin: Origin,
    /// `creating`, `linked`, `deactivated`, or `released`: left alone.
    #[schema(schema_with = states)]
    state: LinkState,
    /// When it was last written.
    modified_at: Time,
    /// What was last applied to it.
    #[schema(value_type = Object)]
    applied: Value,
    /// What is not done yet.
    open: Option<OpenAccount>,
}

/// What is not done yet about one account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenAccount {
    /// `pending`, `waiting` or `failed`.
    #[schema(schema_with = statuses)]
    status: &'static str,
    /// A code of the error taxonomy.
    code: Option<String>,
    /// What went wrong, in words.
    detail: Option<String>,
    /// When it is looked at next; null when only something else can release it.
    due_at: Option<Time>,
    /// How often it was tried in vain since the last change.
    attempts: i64,
}

impl From<work::Work> for OpenAccount {
    fn from(work: work::Work) -> OpenAccount {
        OpenAccount {
            status: work.status.as_str(),
            code: work.error_code,
            detail: work.error_detail,
            due_at: Some(work.due_at).filter(|at| *at != work::NEVER).map(Time),
            attempts: work.attempts,
        }
    }
}

words!(given: "user", "group");
words!(user_states: "pending", "active", "blocked", "deactivated");
words!(pub origins: "created", "adopted");
words!(pub states: "creating", "linked", "deactivated", "released");

impl From<&user::User> for User {
    fn from(user: &user::User) -> User {
        User {
            id: user.id,
            user_name: user.user_name.clone(),
            display_name: user.display_name.clone(),
            active: user.active,
            state: user.standing.state,
            state_since: Time(user.standing.since),
            state_cause: user.standing.cause,
            deactivates_at: user.standing.deactivates_at.filter(|_| !user.on_hold).map(Time),
            on_hold: user.on_hold,
            kept: user.kept,
            wanted_user_name: user.wanted_name.clone(),
            created_at: Time(user.created_at),
            modified_at: Time(user.modified_at),
        }
    }
}

/// The paths of access, for people.
pub fn paths(paths: Vec<AccessPath>) -> Vec<Given> {
    let given = |path| match path {
        AccessPath::User => Given { kind: "user", group: None },
        AccessPath::Group(id) => Given { kind: "group", group: Some(id) },
    };
    paths.into_iter().map(given).collect()
}

/// The names of all sources by id: there are few.
pub async fn source_names(tx: &mut Tx) -> Result<HashMap<Uuid, String>, Problem> {
    Ok(source::list(tx).await?.into_iter().map(|source| (source.id, source.name)).collect())
}

/// The names of all applications by id: there are few.
pub async fn application_names(tx: &mut Tx) -> Result<HashMap<Uuid, String>, Problem> {
    Ok(application::list(tx).await?.into_iter().map(|application| (application.id, application.name)).collect())
}

/// One user, by id or user name, with records, access and accounts.
#[utoipa::path(get, path = "/users/{user}", tag = "Users", responses((status = 200, body = UserDetail)))]
pub async fn get_user(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<UserDetail>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let user = user::find(&mut tx, &name).await?;
    let names = application_names(&mut tx).await?;
    let sources = source_names(&mut tx).await?;
    let name = |names: &HashMap<Uuid, String>, id: Uuid| names.get(&id).cloned().unwrap_or_default();
    let records = record::of_subject(&mut tx, Kind::User, user.id).await?;
    let provenance = provenance(&records, &sources);
    let records = records.into_iter().map(|(source, record)| Record {
        id: record.id,
        source,
        source_name: name(&sources, source),
        created_at: Time(record.created_at),
        modified_at: Time(record.modified_at),
        document: Value::Object(record.doc),
    });
    let records = records.collect();
    let access = access::of_user(&mut tx, user.id).await?;
    let access = access.into_iter().map(|(application, effective)| Access {
        application,
        application_name: name(&names, application),
        since: Time(effective.since),
        paths: paths(effective.paths),
    });
    let access = access.collect();
    let about = OpenQuery { subject: Some(user.id), limit: 1_000, ..OpenQuery::default() };
    let mut open: HashMap<Uuid, work::Work> =
        work::list(&mut tx, &about).await?.into_iter().filter(|(_, work)| work.key.kind == Kind::User).collect();
    let accounts = account::of_user(&mut tx, user.id).await?;
    let accounts = accounts.into_iter().map(|(application, account)| UserAccount {
        application,
        application_name: name(&names, application),
        remote_id: account.remote_id,
        origin: account.origin,
        state: account.state,
        modified_at: Time(account.modified_at),
        applied: Value::Object(account.applied),
        open: open.remove(&application).map(OpenAccount::from),
    });
    let accounts = accounts.collect();
    let profile = Value::Object(user.doc.clone());
    Ok(Json(UserDetail { user: User::from(&user), profile, provenance, records, access, accounts }))
}

/// Who states what, in the order in which sources are joined.
fn provenance(records: &[(Uuid, record::Record)], sources: &HashMap<Uuid, String>) -> Vec<Provenance> {
    let documents: Vec<_> = records.iter().map(|(_, record)| &record.doc).collect();
    let stated = |by: usize, value: Value| {
        let source = records.get(by).map_or_else(Uuid::nil, |(source, _)| *source);
        Stated { source, source_name: sources.get(&source).cloned().unwrap_or_default(), value }
    };
    join::provenance(&documents)
        .into_iter()
        .map(|found| Provenance {
            path: found.path,
            stated: stated(found.by, found.value),
            overruled: found.overruled.into_iter().map(|(by, value)| stated(by, value)).collect(),
        })
        .collect()
}

/// Put a person on hold: nothing of theirs is deactivated or deleted in any application.
#[utoipa::path(put, path = "/users/{user}/hold", tag = "Users", responses((status = 200, body = User)))]
pub async fn hold_user(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<User>, Problem> {
    set_hold(&app, &caller, &name, true).await
}

/// Take a person off hold. What was held back happens now.
#[utoipa::path(delete, path = "/users/{user}/hold", tag = "Users", responses((status = 200, body = User)))]
pub async fn release_user(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<User>, Problem> {
    set_hold(&app, &caller, &name, false).await
}

async fn set_hold(app: &App, caller: &Caller, name: &str, on_hold: bool) -> Result<Json<User>, Problem> {
    let id = find(app, caller, name).await?;
    let user = app.directory.set_hold(caller.tenant(), &caller.actor(), id, on_hold).await?;
    Ok(Json(User::from(&user)))
}

/// Deactivate a blocked person now, without waiting for the end of the delay.
#[utoipa::path(post, path = "/users/{user}/deactivate", tag = "Users", responses((status = 200, body = User)))]
pub async fn deactivate_user(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<User>, Problem> {
    let id = find(&app, &caller, &name).await?;
    let user = app.directory.deactivate_now(caller.tenant(), &caller.actor(), id).await?;
    Ok(Json(User::from(&user)))
}

/// Remove a person whom no source has, but perhaps the local one. Whoever comes from a source is removed there.
#[utoipa::path(delete, path = "/users/{user}", tag = "Users", responses((status = 204)))]
pub async fn remove_user(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = find(&app, &caller, &name).await?;
    app.directory.remove_user(caller.tenant(), &caller.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, caller: &Caller, name: &str) -> Result<Uuid, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    Ok(user::find(&mut tx, name).await?.id)
}
