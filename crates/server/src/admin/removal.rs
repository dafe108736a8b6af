//! Removing a source: first who is concerned, then the deed, confirmed by name.

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse, response::Response};
use directory::source::{self, People};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    input::{Body, Path},
    source::{Source, decisions, find, shown},
};
use crate::{app::App, caller::Caller, problem::Problem};

/// Who and what is concerned when a source goes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// Its people.
    people: ConcernedPeople,
    /// Its groups.
    groups: i64,
    /// Its groups that an assignment, a push or another group names.
    groups_in_use: i64,
    /// Its groups that are pushed to applications, the first 100.
    pushed_groups: Vec<PushedGroup>,
}

/// People of a source that may go.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConcernedPeople {
    /// No other source has them.
    only_here: i64,
    /// Another source has them too: they stay in any case.
    also_elsewhere: i64,
    /// On hold: never deactivated or deleted.
    on_hold: i64,
    /// Records that belong to no user yet.
    unjoined: i64,
}

/// A pushed group of a source that may go.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PushedGroupOfSource)]
pub struct PushedGroup {
    /// The group's id.
    group: Uuid,
    /// The group's name.
    group_name: String,
    /// The application's id.
    application: Uuid,
    /// The application's name.
    application_name: String,
}

/// What is decided about a source that goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The name of the source, letter by letter.
    confirm: String,
    /// What becomes of people whom no other source has. `keep`: they become local people, and its groups manual
    /// groups. `deactivate`: they are kept and deactivated. `delete`: they go. On hold, people stay and are blocked.
    #[schema(schema_with = decisions)]
    people: People,
}

/// Who and what is concerned, should a source be removed.
#[utoipa::path(get, path = "/sources/{source}/removal", tag = "Sources", responses((status = 200, body = Removal)))]
pub async fn preview_source_removal(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Removal>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let source = source::find(&mut tx, &name).await?;
    let found = source::removal(&mut tx, source.id).await?;
    let pushed = |(group, group_name, application, application_name)| PushedGroup {
        group,
        group_name,
        application,
        application_name,
    };
    Ok(Json(Removal {
        people: ConcernedPeople {
            only_here: found.only_here,
            also_elsewhere: found.also_elsewhere,
            on_hold: found.on_hold,
            unjoined: found.unjoined,
        },
        groups: found.groups,
        groups_in_use: found.groups_in_use,
        pushed_groups: found.pushed.into_iter().map(pushed).collect(),
    }))
}

/// Remove a source. Its tokens die in this request; its people and groups follow in the background, also across
/// restarts, and then the source is gone.
#[utoipa::path(delete, path = "/sources/{source}", tag = "Sources", request_body = Decision, responses((status = 202, body = Source)))]
pub async fn remove_source(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(decision): Body<Decision>,
) -> Result<Response, Problem> {
    let id = find(&app, &caller, &name).await?.id;
    let (tenant, actor) = (caller.tenant(), caller.actor());
    let removed = app.directory.remove_source(tenant, &actor, id, &decision.confirm, decision.people).await?;
    app.forget_tokens();
    Ok((StatusCode::ACCEPTED, shown(&app, &caller, removed).await?).into_response())
}
