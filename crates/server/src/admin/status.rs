//! How far everything is in step: what is pending, waiting and failed.

use axum::{Json, extract::State};
use directory::{application, lane, work};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::application::{Open, Pause};
use crate::{app::App, caller::Caller, problem::Problem};

/// What is open, everywhere and per application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Whether nothing is on its way: no change is yet to be looked at, and no active application has anything
    /// pending. What is waiting or failed moves only when something else happens.
    idle: bool,
    /// Will be tried by itself, changes yet to be looked at included.
    pending: i64,
    /// Needs something else first.
    waiting: i64,
    /// Needs a person.
    failed: i64,
    /// Changed users and groups whose access is yet to be looked at; part of `pending`.
    unplanned: i64,
    /// Each application, by name.
    applications: Vec<ApplicationStatus>,
}

/// What is open in one application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationStatus {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Whether Lockstep acts on it.
    active: bool,
    /// What is open in it.
    #[serde(flatten)]
    open: Open,
    /// Why it rests, if it does.
    pause: Option<Pause>,
}

/// What is pending, waiting and failed.
#[utoipa::path(get, path = "/status", tag = "Status", responses((status = 200, body = Status)))]
pub async fn get_status(State(app): State<App>, caller: Caller) -> Result<Json<Status>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    // In this order: what the planner takes away in between has become work by then, so that nothing is missed.
    let unplanned = work::dirty_count(&mut tx).await?;
    let mut counts = work::counts_by_application(&mut tx).await?;
    let mut pauses = lane::pauses(&mut tx).await?;
    let applications: Vec<_> = application::list(&mut tx)
        .await?
        .into_iter()
        .map(|application| ApplicationStatus {
            open: counts.remove(&application.id).unwrap_or_default().into(),
            pause: pauses.remove(&application.id).map(Pause::from),
            id: application.id,
            name: application.name,
            active: application.active,
        })
        .collect();
    let sum = |count: fn(&Open) -> i64| applications.iter().map(|application| count(&application.open)).sum::<i64>();
    Ok(Json(Status {
        idle: unplanned == 0
            && applications.iter().all(|application| !application.active || application.open.pending == 0),
        pending: unplanned + sum(|open| open.pending),
        waiting: sum(|open| open.waiting),
        failed: sum(|open| open.failed),
        unplanned,
        applications,
    }))
}
