//! What is decided about the whole deployment.

use axum::{extract::State, http::HeaderMap};
use directory::settings::{self, RetentionDays, SessionLimits};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    input::Body,
    output::{Tagged, check_tag, tag},
};
use crate::{app::App, caller::Caller, problem::Problem};

/// What is decided about the whole deployment.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// What people call this deployment: 1 to 200 characters.
    workspace_name: String,
    /// How long history is kept.
    retention: Retention,
    /// How long sessions last.
    session: Limits,
    /// Owners who sign in with a password must have a second factor.
    owners_need_second_factor: bool,
}

/// How long history is kept, in days.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retention {
    /// Runs, operations and the audit trail: 30 to 3,650.
    runs: i64,
    /// Attempts, with what was sent and answered: 1 to 400.
    attempts: i64,
    /// The request log: 1 to 400.
    requests: i64,
}

/// How long sessions last.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// Minutes of silence: 5 to 480.
    idle_minutes: i64,
    /// Hours in all: 1 to 24.
    absolute_hours: i64,
}

impl From<settings::Settings> for Settings {
    fn from(settings: settings::Settings) -> Settings {
        let RetentionDays { runs, attempts, requests } = settings.retention;
        let SessionLimits { idle_minutes, absolute_hours } = settings.session;
        Settings {
            workspace_name: settings.workspace_name,
            retention: Retention { runs, attempts, requests },
            session: Limits { idle_minutes, absolute_hours },
            owners_need_second_factor: settings.owners_need_second_factor,
        }
    }
}

impl From<Settings> for settings::Settings {
    fn from(settings: Settings) -> settings::Settings {
        let Retention { runs, attempts, requests } = settings.retention;
        let Limits { idle_minutes, absolute_hours } = settings.session;
        settings::Settings {
            workspace_name: settings.workspace_name,
            retention: RetentionDays { runs, attempts, requests },
            session: SessionLimits { idle_minutes, absolute_hours },
            owners_need_second_factor: settings.owners_need_second_factor,
        }
    }
}

/// What is decided about the whole deployment.
#[utoipa::path(get, path = "/settings", tag = "Administration", responses((status = 200, body = Settings)))]
pub async fn get_settings(State(app): State<App>, caller: Caller) -> Result<Tagged<Settings>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let (settings, version) = settings::versioned(&mut tx).await?;
    Ok(Tagged(tag(version), settings.into()))
}

/// Decide about the whole deployment, whole.
#[utoipa::path(put, path = "/settings", tag = "Administration", request_body = Settings, responses((status = 200, body = Settings)))]
pub async fn set_settings(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(settings): Body<Settings>,
) -> Result<Tagged<Settings>, Problem> {
    let before = {
        let mut tx = app.directory.db.read(caller.tenant()).await?;
        settings::versioned(&mut tx).await?.1
    };
    check_tag(&headers, "the settings", &tag(before))?;
    let (after, version) = app.directory.set_settings(caller.tenant(), &caller.actor(), &settings.into()).await?;
    Ok(Tagged(tag(version), after.into()))
}
