//! Alarms: what should be seen to before it hurts.

use axum::{Json, extract::State};
use directory::alarm::{self, Cause};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::output::{Page, Time};
use crate::{alarm::words, app::App, caller::Caller, openapi, problem::Problem};

/// Something to see to. It is gone when its cause is.
#[derive(Serialize, ToSchema)]
pub struct Alarm {
    /// The same for the same cause, as long as it lasts.
    id: String,
    /// `tokenExpires`: a token ends within 30 days and nothing replaces it. `tokenExpired`: the last one has ended.
    /// `sourceSilent`: a source that used to call has been quiet for more than 26 hours.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// How soon.
    #[schema(schema_with = severities)]
    severity: &'static str,
    /// What it is about.
    object: Object,
    /// The token it is about, if it is about one.
    token: Option<String>,
    /// Since when.
    since: Time,
    /// What is the matter, in a sentence.
    text: String,
    /// What to do.
    fix: String,
}

openapi::words!(kinds: "tokenExpires", "tokenExpired", "sourceSilent");
openapi::words!(severities: "info", "warning", "urgent");

/// What an alarm is about.
#[derive(Serialize, ToSchema)]
#[schema(as = AlarmObject)]
pub struct Object {
    /// The noun: `source`.
    kind: &'static str,
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
}

/// All alarms, the most recent causes first.
#[utoipa::path(get, path = "/alarms", tag = "Status", responses((status = 200, body = Page<Alarm>)))]
pub async fn list_alarms(State(app): State<App>, caller: Caller) -> Result<Json<Page<Alarm>>, Problem> {
    let now = app.directory.clock.now();
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let alarms = alarm::list(&mut tx, now).await?;
    Ok(Page::whole(alarms.into_iter().map(|alarm| {
        let words = words(&alarm, now);
        let token = match alarm.cause {
            Cause::TokenExpires { token, .. } | Cause::TokenExpired { token, .. } => Some(token),
            Cause::SourceSilent { .. } => None,
        };
        Alarm {
            id: format!("{}:{}", words.kind, token.clone().unwrap_or_else(|| alarm.source.to_string())),
            kind: words.kind,
            severity: words.severity,
            object: Object { kind: "source", id: alarm.source, name: alarm.source_name },
            token,
            since: Time(alarm.since),
            text: words.text,
            fix: words.fix,
        }
    })))
}
