//! Where one is signed in, and ending it.

use axum::{Json, extract::State, http::StatusCode};
use directory::administrator;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    input::Path,
    output::{Page, Time},
};
use crate::{app::App, caller::Caller, problem::Problem};

/// One of one's own sessions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    /// When it began.
    created_at: Time,
    /// When it was last used, to the minute.
    last_seen_at: Time,
    /// The browser, as it calls itself.
    agent: Option<String>,
    /// The network it began from.
    network: Option<String>,
}

/// One's own sessions, newest first.
#[utoipa::path(get, path = "/sessions", tag = "Session", responses((status = 200, body = Page<Session>)))]
pub async fn list_sessions(State(app): State<App>, caller: Caller) -> Result<Json<Page<Session>>, Problem> {
    let own = caller.session()?;
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let sessions = administrator::sessions(&mut tx, own.administrator, app.directory.clock.now()).await?;
    Ok(Page::whole(sessions.into_iter().map(|session| Session {
        current: session.id == own.id,
        id: session.id,
        created_at: Time(session.created_at),
        last_seen_at: Time(session.last_seen_at),
        agent: session.agent,
        network: session.network,
    })))
}

/// End one of one's own sessions.
#[utoipa::path(delete, path = "/sessions/{session}", tag = "Session", responses((status = 204)))]
pub async fn end_session(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.directory.end_session_of(caller.tenant(), caller.session()?.administrator, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End all of one's own sessions but the one that asks.
#[utoipa::path(delete, path = "/sessions", tag = "Session", responses((status = 204)))]
pub async fn end_other_sessions(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    let own = caller.session()?;
    app.directory.end_other_sessions(caller.tenant(), own.administrator, own.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
