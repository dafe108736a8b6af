//! One person's page: groups with the ways to them, the timeline, and bringing accounts in step at once.

use axum::{Json, extract::State, http::StatusCode};
use directory::{
    application,
    group::{self, GroupKind},
    user::{self, Event},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{list::Named, source_names};
use crate::{
    admin::{
        group::kinds,
        history::{Change, Operation},
        input::{Body, Path, Query},
        output::{Before, Page, Time},
    },
    app::App,
    caller::Caller,
    openapi::words,
    problem::Problem,
};

/// A group that holds a person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserGroup {
    /// Its id.
    id: Uuid,
    /// Its name.
    display_name: String,
    /// Where its members come from.
    #[schema(schema_with = kinds)]
    kind: GroupKind,
    /// Whether the person is a direct member.
    direct: bool,
    /// The groups between, from the one that holds the person directly on; empty when this one does.
    via: Vec<Named>,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// When.
    at: Time,
    /// Which of the two it is.
    #[schema(schema_with = moments)]
    kind: &'static str,
    /// Its id.
    id: Uuid,
    /// A change of the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Change>,
    /// The request of a source that made the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<SourceRequest>,
    /// Something done to an account, without its requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<Operation>,
}

/// A request of a source.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceRequest {
    /// The request's id.
    id: Uuid,
    /// The source's id.
    source: Uuid,
    /// The source's name.
    source_name: String,
    /// The HTTP method.
    method: String,
    /// The path below the base URL.
    path: String,
    /// The HTTP status of the answer.
    status: i64,
    /// The `scimType` of an error.
    scim_type: Option<String>,
    /// What was wrong with it.
    detail: Option<String>,
    /// How long the answer took, in microseconds.
    duration_us: i64,
}

words!(moments: "change", "operation");

/// Where to bring a person in step.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserSync {
    /// Applications by id or name; all that have to do with the person when left out.
    applications: Option<Vec<String>>,
}

/// Where a person is looked at now.
#[derive(Serialize, ToSchema)]
pub struct UserSynced {
    /// The applications' ids. Those that are not active are looked at when they are activated.
    applications: Vec<Uuid>,
}

/// The groups that hold a person, directly or through other groups. *Everyone* is left out.
#[utoipa::path(get, path = "/users/{user}/groups", tag = "Users", responses((status = 200, body = Page<UserGroup>)))]
pub async fn list_user_groups(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Page<UserGroup>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let user = user::find(&mut tx, &name).await?;
    let reached = group::chains(&mut tx, user.id).await?;
    let ids: Vec<Uuid> = reached.iter().map(|reached| reached.group).collect();
    let groups = group::get_all(&mut tx, &ids).await?;
    let named = |id: &Uuid| groups.get(id).map(|group| Named { id: *id, name: group.display_name.clone() });
    let items = reached.iter().filter_map(|reached| {
        let group = groups.get(&reached.group)?;
        Some(UserGroup {
            id: group.id,
            display_name: group.display_name.clone(),
            kind: group.kind,
            direct: reached.via.is_empty(),
            via: reached.via.iter().filter_map(named).collect(),
        })
    });
    Ok(Page::whole(items))
}

/// One person's story, newest first: what sources asked for, what it changed, what was sent to applications.
#[utoipa::path(get, path = "/users/{user}/timeline", tag = "Users", params(Before), responses((status = 200, body = Page<Moment>)))]
pub async fn get_timeline(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<Before>,
) -> Result<Json<Page<Moment>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    // The story of somebody who is gone can still be read, by id.
    let id = match Uuid::parse_str(&name) {
        Ok(id) => id,
        Err(_) => user::find(&mut tx, &name).await?.id,
    };
    let sources = source_names(&mut tx).await?;
    let rows = user::timeline(&mut tx, id, page.before, page.limit.rows()).await?;
    Ok(Page::of(
        rows,
        page.limit,
        |moment| moment.id,
        |moment| {
            let mut shown =
                Moment { at: Time(moment.at), kind: "", id: moment.id, request: None, change: None, operation: None };
            match moment.event {
                Event::Change(change, request) => {
                    shown.kind = "change";
                    shown.change = Some(change.into());
                    shown.request = request.map(|(source, request)| SourceRequest {
                        id: request.id,
                        source,
                        source_name: sources.get(&source).cloned().unwrap_or_default(),
                        method: request.method,
                        path: request.path,
                        status: request.status,
                        scim_type: request.scim_type,
                        detail: request.detail,
                        duration_us: request.duration_us,
                    });
                }
                Event::Operation(operation) => {
                    shown.kind = "operation";
                    shown.operation = Some(operation.into());
                }
            }
            shown
        },
    ))
}

/// Look at a person now, in the chosen applications, whether or not anything changed.
#[utoipa::path(post, path = "/users/{user}/sync", tag = "Users", request_body = UserSync, responses((status = 202, body = UserSynced)))]
pub async fn sync_user(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(sync): Body<UserSync>,
) -> Result<(StatusCode, Json<UserSynced>), Problem> {
    let (user, chosen) = {
        let mut tx = app.directory.db.read(caller.tenant()).await?;
        let user = user::find(&mut tx, &name).await?;
        let mut chosen = Vec::new();
        for name in sync.applications.iter().flatten() {
            chosen.push(application::find(&mut tx, name).await?.id);
        }
        (user, sync.applications.is_some().then_some(chosen))
    };
    let applications = app.directory.sync_user(caller.tenant(), &caller.actor(), user.id, chosen.as_deref()).await?;
    Ok((StatusCode::ACCEPTED, Json(UserSynced { applications })))
}
