//! What publishing a draft would do to everybody: worked out behind the scenes, to be asked for.

use axum::{Json, extract::State, http::StatusCode};
use directory::{application, forecast, plan};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    admin::{application::find, input::Path, output::Time, user::list::Named},
    app::App,
    caller::Caller,
    openapi::words,
    problem::Problem,
};

/// What publishing a draft would do, as far as it is worked out.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Its id.
    id: Uuid,
    /// How it stands.
    #[schema(schema_with = states)]
    state: &'static str,
    /// How many people were looked at.
    done: i64,
    /// How many there are to look at.
    total: i64,
    /// How many people publishing does what to: `create`, `update`, `reactivate`, `deactivate`, `delete`, `release`,
    /// `hold`, `may_not_create`, `error`; `unchanged`: nothing that does not happen anyway.
    counts: BTreeMap<String, i64>,
    /// How many accounts get another value, by attribute.
    attributes: BTreeMap<String, i64>,
    /// The first people of each.
    examples: BTreeMap<String, Vec<Named>>,
    /// When it began.
    started_at: Time,
    /// When it was done; null while it goes on.
    finished_at: Option<Time>,
    /// Why it ended without a result.
    detail: Option<String>,
}

words!(pub states: "running", "done", "failed");

fn shown(app: &App, plan: plan::Plan) -> Plan {
    let now = app.directory.clock.now();
    let named = |people: Vec<(Uuid, String)>| people.into_iter().map(|(id, name)| Named { id, name }).collect();
    Plan {
        id: plan.id,
        state: plan.state(now),
        detail: plan.detail(now),
        done: plan.done,
        total: plan.total,
        counts: plan.outlook.counts,
        attributes: plan.outlook.attributes,
        examples: plan.outlook.examples.into_iter().map(|(effect, people)| (effect, named(people))).collect(),
        started_at: Time(plan.started_at),
        finished_at: plan.finished_at.map(Time),
    }
}

/// Begin to work out what publishing the draft would do to everybody. It replaces the plan before.
#[utoipa::path(post, path = "/applications/{application}/draft/plan", tag = "Applications", responses((status = 202, body = Plan)))]
pub async fn begin_plan(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Plan>), Problem> {
    let application = find(&app, &caller, &name).await?;
    let plan = provision::begin_plan(&app.directory, caller.tenant(), application.id).await?;
    Ok((StatusCode::ACCEPTED, Json(shown(&app, plan))))
}

/// A plan, done or on its way.
#[utoipa::path(get, path = "/applications/{application}/plans/{plan}", tag = "Applications", responses((status = 200, body = Plan)))]
pub async fn get_plan(
    State(app): State<App>,
    caller: Caller,
    Path((name, id)): Path<(String, Uuid)>,
) -> Result<Json<Plan>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    Ok(Json(shown(&app, forecast::get(&mut tx, application.id, id).await?)))
}
