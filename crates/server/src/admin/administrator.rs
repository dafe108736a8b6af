//! Administrators: the people who use this API through the console.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use directory::administrator::{self, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    application::application_id,
    input::{Body, Path, Secret},
    output::{Page, Time, created},
};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// An administrator.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Administrator {
    /// Their id.
    id: Uuid,
    /// Unique, caseless.
    user_name: String,
    /// What they may do.
    #[schema(schema_with = roles)]
    role: Role,
    /// The application of a manager.
    application: Option<Uuid>,
    /// When they were made.
    created_at: Time,
    /// When they last signed in.
    last_seen_at: Option<Time>,
    /// Whether they have a second factor.
    second_factor: bool,
    /// Whether they have a password.
    password: bool,
    /// Whether they may come from the OpenID provider.
    provider: bool,
    /// Since when they are kept out; null: they are not.
    disabled_at: Option<Time>,
}

/// A new administrator.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAdministrator {
    /// 1 to 200 characters, unique, caseless.
    user_name: String,
    /// 12 to 128 characters, none that is soon guessed.
    #[schema(value_type = String, format = Password, write_only)]
    password: Secret,
    /// What they may do.
    #[schema(schema_with = roles)]
    role: Role,
    /// The application of a manager, by id or name.
    #[serde(default)]
    application: Option<String>,
}

/// What an administrator may do from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// What they may do.
    #[schema(schema_with = roles)]
    role: Role,
    /// The application of a manager, by id or name.
    #[serde(default)]
    application: Option<String>,
}

words!(pub roles: "owner", "administrator", "manager", "operator", "auditor");

impl From<administrator::Administrator> for Administrator {
    fn from(administrator: administrator::Administrator) -> Administrator {
        Administrator {
            id: administrator.id,
            user_name: administrator.user_name,
            role: administrator.role,
            application: administrator.application,
            created_at: Time(administrator.created_at),
            last_seen_at: administrator.last_seen_at.map(Time),
            second_factor: administrator.second_factor,
            password: administrator.password,
            provider: administrator.provider,
            disabled_at: administrator.disabled_at.map(Time),
        }
    }
}

/// All administrators, by name.
#[utoipa::path(get, path = "/administrators", tag = "Administration", responses((status = 200, body = Page<Administrator>)))]
pub async fn list_administrators(State(app): State<App>, caller: Caller) -> Result<Json<Page<Administrator>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    Ok(Page::whole(administrator::list(&mut tx).await?.into_iter().map(Administrator::from)))
}

/// Make an administrator.
#[utoipa::path(post, path = "/administrators", tag = "Administration", request_body = NewAdministrator, responses((status = 201, body = Administrator)))]
pub async fn add_administrator(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewAdministrator>,
) -> Result<Response, Problem> {
    let hash = app.door.hash(new.password.0, &new.user_name).await?;
    let application = place(&app, &caller, new.application.as_deref()).await?;
    let giver = (&caller.admin).into();
    let made = app
        .directory
        .add_administrator(caller.tenant(), &caller.actor(), giver, &new.user_name, &hash, (new.role, application))
        .await?;
    Ok(created(Administrator::from(made)))
}

/// The application of a manager, by id or name.
pub async fn place(app: &App, caller: &Caller, application: Option<&str>) -> Result<Option<Uuid>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    application_id(&mut tx, application).await
}

/// Give an administrator another role, which ends their sessions. Nobody gives more than they have, or changes
/// themselves, and an owner stays.
#[utoipa::path(put, path = "/administrators/{administrator}", tag = "Administration", request_body = NewRole, responses((status = 200, body = Administrator)))]
pub async fn set_role(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(new): Body<NewRole>,
) -> Result<Json<Administrator>, Problem> {
    let application = place(&app, &caller, new.application.as_deref()).await?;
    let giver = (&caller.admin).into();
    let changed = app
        .directory
        .set_administrator_role(caller.tenant(), &caller.actor(), giver, id, new.role, application)
        .await?;
    Ok(Json(changed.into()))
}

/// Remove an administrator and end their sessions. Nobody removes themselves, or somebody with a higher role, and an
/// owner stays.
#[utoipa::path(delete, path = "/administrators/{administrator}", tag = "Administration", responses((status = 204)))]
pub async fn remove_administrator(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.directory.remove_administrator(caller.tenant(), &caller.actor(), (&caller.admin).into(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keep an administrator out, which ends their sessions. Nobody disables themselves, or somebody with a higher role,
/// and an owner with a password stays.
#[utoipa::path(post, path = "/administrators/{administrator}/disable", tag = "Administration", responses((status = 200, body = Administrator)))]
pub async fn disable_administrator(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<Administrator>, Problem> {
    set_disabled(&app, &caller, id, true).await
}

/// Let an administrator in again.
#[utoipa::path(post, path = "/administrators/{administrator}/enable", tag = "Administration", responses((status = 200, body = Administrator)))]
pub async fn enable_administrator(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<Administrator>, Problem> {
    set_disabled(&app, &caller, id, false).await
}

async fn set_disabled(app: &App, caller: &Caller, id: Uuid, disabled: bool) -> Result<Json<Administrator>, Problem> {
    let giver = (&caller.admin).into();
    let changed = app.directory.disable_administrator(caller.tenant(), &caller.actor(), giver, id, disabled).await?;
    Ok(Json(changed.into()))
}
