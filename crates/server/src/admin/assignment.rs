//! Assignments: who should have an application; and the users that this resolves to.

use axum::{Json, extract::State, http::StatusCode};
use directory::{access, application, assignment, assignment::Subject, group, user};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    application::find,
    group::member_kinds,
    input::{Body, Path, Query},
    output::{After, Page, Time},
    user::{Given, paths},
};
use crate::{app::App, caller::Caller, problem::Problem};

/// Who is assigned to an application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// The user or group.
    subject: Uuid,
    /// Which of the two it is.
    #[schema(schema_with = member_kinds)]
    kind: &'static str,
    /// A user's user name, a group's display name.
    name: String,
    /// A user's display name; null for a group, and for a user who has none.
    display_name: Option<String>,
    /// When it was assigned.
    created_at: Time,
}

/// Whom an assignment is about: exactly one of the three.
#[derive(Default, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct Whom {
    /// One user, by id or user name.
    user: Option<String>,
    /// Everyone in a group, by id or name.
    group: Option<String>,
    /// Everyone in the directory.
    everyone: bool,
}

/// A user who has access to an application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveUser {
    /// The user.
    user: Uuid,
    /// Their user name.
    user_name: String,
    /// Their display name.
    display_name: Option<String>,
    /// When access began.
    since: Time,
    /// Every assignment that gives it.
    paths: Vec<Given>,
}

/// Whom this is about, looked up.
async fn subject(app: &App, caller: &Caller, whom: &Whom) -> Result<Subject, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    match (&whom.user, &whom.group, whom.everyone) {
        (Some(user), None, false) => Ok(Subject::User(user::find(&mut tx, user).await?.id)),
        (None, Some(group), false) => Ok(Subject::Group(group::find(&mut tx, group).await?.id)),
        (None, None, true) => Ok(Subject::Group(group::everyone(&mut tx).await?.id)),
        _ => Err(Problem::invalid("name exactly one: a user, a group, or everyone")),
    }
}

/// Who is assigned to an application, directly or by group, in the order of ids.
#[utoipa::path(get, path = "/applications/{application}/assignments", tag = "Assignments", params(After), responses((status = 200, body = Page<Assignment>)))]
pub async fn list_assignments(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<After>,
) -> Result<Json<Page<Assignment>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    let rows = assignment::page(&mut tx, application.id, page.after, page.limit.rows()).await?;
    Ok(Page::of(
        rows,
        page.limit,
        |row| row.subject,
        |row| Assignment {
            subject: row.subject,
            kind: row.kind,
            name: row.name,
            display_name: row.display_name,
            created_at: Time(row.created_at),
        },
    ))
}

/// Assign a user, a group or everyone to an application. Repeating it changes nothing.
#[utoipa::path(post, path = "/applications/{application}/assignments", tag = "Assignments", request_body = Whom, responses((status = 204)))]
pub async fn assign(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(whom): Body<Whom>,
) -> Result<StatusCode, Problem> {
    let application = find(&app, &caller, &name).await?;
    let subject = subject(&app, &caller, &whom).await?;
    app.directory.assign(caller.tenant(), &caller.actor(), application.id, subject).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an assignment back. Repeating it changes nothing.
#[utoipa::path(delete, path = "/applications/{application}/assignments", tag = "Assignments", params(Whom), responses((status = 204)))]
pub async fn unassign(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(whom): Query<Whom>,
) -> Result<StatusCode, Problem> {
    let application = find(&app, &caller, &name).await?;
    let subject = subject(&app, &caller, &whom).await?;
    app.directory.unassign(caller.tenant(), &caller.actor(), application.id, subject).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The users who have access to an application, and why, in the order of ids.
#[utoipa::path(get, path = "/applications/{application}/users", tag = "Assignments", params(After), responses((status = 200, body = Page<EffectiveUser>)))]
pub async fn list_effective_users(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<After>,
) -> Result<Json<Page<EffectiveUser>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    let rows = access::list(&mut tx, application.id, page.after, page.limit.rows()).await?;
    Ok(Page::of(
        rows,
        page.limit,
        |(user, ..)| *user,
        |(user, user_name, display_name, effective)| EffectiveUser {
            user,
            user_name,
            display_name,
            since: Time(effective.since),
            paths: paths(effective.paths),
        },
    ))
}
