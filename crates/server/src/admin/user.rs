//! Users: who a person is, with their records, access and accounts.

use axum::{Json, extract::State};
use directory::{
    Kind, Tx, access,
    access::AccessPath,
    account,
    account::{LinkState, Origin},
    application, record, source, user,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    input::{Path, Query},
    output::{Limit, Page, Time},
};
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
    /// Whether the sources say that the person is active.
    active: bool,
    /// Whether nothing of theirs may be deactivated or deleted.
    on_hold: bool,
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
    /// What each source says about the person.
    records: Vec<Record>,
    /// The applications that the person has access to, and why.
    access: Vec<Access>,
    /// What applications hold for the person.
    accounts: Vec<UserAccount>,
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
}

words!(given: "user", "group");
words!(pub origins: "created", "adopted");
words!(pub states: "creating", "linked", "deactivated", "released");

impl From<&user::User> for User {
    fn from(user: &user::User) -> User {
        User {
            id: user.id,
            user_name: user.user_name.clone(),
            display_name: user.display_name.clone(),
            active: user.active,
            on_hold: user.on_hold,
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

/// The names of all applications by id: there are few.
pub async fn application_names(tx: &mut Tx) -> Result<HashMap<Uuid, String>, Problem> {
    Ok(application::list(tx).await?.into_iter().map(|application| (application.id, application.name)).collect())
}

/// Which users to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserSearch {
    /// The beginning of a user name, an e-mail address, a display name or a family name.
    search: Option<String>,
    /// Only active or only inactive ones.
    active: Option<bool>,
    /// The `next` of the page before.
    after: Option<Uuid>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

/// Users, in the order in which they were made.
#[utoipa::path(get, path = "/users", tag = "Users", params(UserSearch), responses((status = 200, body = Page<User>)))]
pub async fn list_users(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<UserSearch>,
) -> Result<Json<Page<User>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let query = user::UserQuery {
        search: search.search,
        active: search.active,
        after: search.after,
        limit: search.limit.rows(),
    };
    let rows = user::list(&mut tx, &query).await?;
    Ok(Page::of(rows, search.limit, |user| user.id, |user| User::from(&user)))
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
    let sources: HashMap<_, _> =
        source::list(&mut tx).await?.into_iter().map(|source| (source.id, source.name)).collect();
    let name = |names: &HashMap<Uuid, String>, id: Uuid| names.get(&id).cloned().unwrap_or_default();
    let records = record::of_subject(&mut tx, Kind::User, user.id).await?;
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
    let accounts = account::of_user(&mut tx, user.id).await?;
    let accounts = accounts.into_iter().map(|(application, account)| UserAccount {
        application,
        application_name: name(&names, application),
        remote_id: account.remote_id,
        origin: account.origin,
        state: account.state,
        modified_at: Time(account.modified_at),
    });
    let accounts = accounts.collect();
    Ok(Json(UserDetail { user: User::from(&user), profile: Value::Object(user.doc), records, access, accounts }))
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
    let id = {
        let mut tx = app.directory.db.read(caller.tenant()).await?;
        user::find(&mut tx, name).await?.id
    };
    let user = app.directory.set_hold(caller.tenant(), &caller.actor(), id, on_hold).await?;
    Ok(Json(User::from(&user)))
}
