//! What Prometheus is told.

use std::{sync::OnceLock, time::Duration};

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use directory::{
    alarm::{self, Cause},
    application, work,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::app::App;

const REQUESTS: &str = "lockstep_requests_total";
const SECONDS: &str = "lockstep_request_seconds";
const WORK: &str = "lockstep_work";
const DIRTY: &str = "lockstep_dirty";
const ALARMS: &str = "lockstep_alarms";
const ALARMS_TOLD: &str = "lockstep_alarms_total";
const TURNED_AWAY: &str = "lockstep_connections_turned_away_total";

/// The recorder of this process, installed at the first call.
///
/// # Errors
/// When another recorder was installed by somebody else.
pub fn install() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let recorder =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(SECONDS.into()), &buckets)?.build_recorder();
    let handle = HANDLE.get_or_init(|| recorder.handle()).clone();
    // In tests several servers start in one process: the first one's recorder serves all.
    if metrics::set_global_recorder(recorder).is_ok() {
        metrics::describe_counter!(REQUESTS, "Requests answered, by class of route and status");
        metrics::describe_histogram!(
            SECONDS,
            metrics::Unit::Seconds,
            "Time from a request's head to its answer's head"
        );
        metrics::describe_gauge!(WORK, "Objects that an application is not in step with, by state");
        metrics::describe_gauge!(DIRTY, "Users and groups that wait to be looked at");
        metrics::describe_gauge!(ALARMS, "Alarms that stand, by kind");
        metrics::describe_counter!(ALARMS_TOLD, "Alarms that came up and were told to the log, by kind");
        metrics::describe_counter!(TURNED_AWAY, "Connections for which there was no place");
        metrics::describe_counter!("lockstep_request_log_dropped_total", "Lines that did not fit into the request log");
    }
    Ok(handle)
}

/// The class of a path, so that metrics have few series whatever is asked for.
pub fn class(path: &str) -> &'static str {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    match segments.next() {
        Some("scim") => match segments.nth(2) {
            Some("Users") => "scim_users",
            Some("Groups") => "scim_groups",
            _ => "scim_other",
        },
        Some("api") => "api",
        Some("healthz" | "readyz" | "metrics") => "probe",
        _ => "other",
    }
}

/// Count an answer.
pub fn answered(class: &'static str, status: StatusCode, took: Duration) {
    metrics::counter!(REQUESTS, "class" => class, "status" => status_text(status)).increment(1);
    metrics::histogram!(SECONDS, "class" => class).record(took);
}

/// Count an alarm that the log was told of.
pub fn alarmed(kind: &'static str) {
    metrics::counter!(ALARMS_TOLD, "kind" => kind).increment(1);
}

/// Count a connection for which there was no place.
pub fn turned_away() {
    metrics::counter!(TURNED_AWAY).increment(1);
}

/// A status as a label, without an allocation for those that occur.
fn status_text(status: StatusCode) -> &'static str {
    match status.as_u16() {
        200 => "200",
        201 => "201",
        204 => "204",
        304 => "304",
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        405 => "405",
        408 => "408",
        409 => "409",
        412 => "412",
        413 => "413",
        414 => "414",
        415 => "415",
        429 => "429",
        500 => "500",
        501 => "501",
        503 => "503",
        other => match other / 100 {
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        },
    }
}

/// `GET /metrics`. The depth of the work is counted now, so that it costs nothing between two looks.
pub async fn scrape(State(app): State<App>) -> Response {
    if let Err(error) = depths(&app).await {
        tracing::error!(%error, "the depth of the work can't be counted");
    }
    app.metrics.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render()).into_response()
}

async fn depths(app: &App) -> Result<(), directory::Error> {
    let mut dirty = 0;
    let mut alarms = [("tokenExpires", 0), ("tokenExpired", 0), ("sourceSilent", 0)];
    for tenant in app.directory.tenants().await? {
        let mut tx = app.directory.db.read(tenant).await?;
        dirty += work::dirty_count(&mut tx).await?;
        for alarm in alarm::list(&mut tx, app.directory.clock.now()).await? {
            let kind = match alarm.cause {
                Cause::TokenExpires { .. } => 0,
                Cause::TokenExpired { .. } => 1,
                Cause::SourceSilent { .. } => 2,
            };
            alarms[kind].1 += 1;
        }
        for application in application::list(&mut tx).await? {
            let counts = work::counts(&mut tx, Some(application.id)).await?;
            for (state, count) in [("pending", counts.pending), ("waiting", counts.waiting), ("failed", counts.failed)]
            {
                let labels = [("application", application.name.clone()), ("state", state.to_owned())];
                metrics::gauge!(WORK, &labels).set(to_float(count));
            }
        }
    }
    metrics::gauge!(DIRTY).set(to_float(dirty));
    for (kind, count) in alarms {
        metrics::gauge!(ALARMS, "kind" => kind).set(to_float(count));
    }
    Ok(())
}

/// Gauges are floats; beyond 2^32 objects the exact number does not matter.
fn to_float(count: i64) -> f64 {
    u32::try_from(count.max(0)).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::class;

    #[test]
    fn paths_fall_into_few_classes() {
        for (path, want) in [
            ("/scim/v2/abc/Users/1", "scim_users"),
            ("/scim/v2/abc//Groups", "scim_groups"),
            ("/scim/v2/abc/Schemas", "scim_other"),
            ("/scim", "scim_other"),
            ("/api/v1/users", "api"),
            ("/healthz", "probe"),
            ("/", "other"),
        ] {
            assert_eq!(class(path), want, "{path}");
        }
    }
}
