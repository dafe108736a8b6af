//! Figures over time, for charts.

use axum::{Json, extract::State};
use directory::statistics::{self, HOUR, Metric};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    input::{Moment, Query},
    output::{Page, Time},
    user::{application_names, source_names},
};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// How much of one thing happened in one stretch of time.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    /// The beginning of the hour or day, in UTC.
    at: Time,
    /// The application's or source's id.
    subject: Uuid,
    /// Its name; empty when it is gone.
    subject_name: String,
    /// Of operations `succeeded`, `pending`, `waiting` or `failed`; of requests `succeeded`, `refused` or `failed`.
    status: String,
    /// How many.
    count: i64,
}

words!(metrics: "operations", "requests");
words!(buckets: "hour", "day");

/// Which figures.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Chart {
    /// `operations` on applications, or `requests` of sources.
    #[param(schema_with = metrics)]
    metric: Metric,
    /// Not before; the last 24 hours unless chosen.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Moment>,
    /// Before; now unless chosen.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Moment>,
    /// By the hour unless by the `day`.
    #[param(schema_with = buckets)]
    bucket: Option<Bucket>,
    /// Of one application or source, by id.
    subject: Option<Uuid>,
}

/// How long a stretch of time is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// An hour.
    #[default]
    Hour,
    /// A day in UTC.
    Day,
}

/// So many stretches of time may be asked for.
const BUCKETS: i64 = 1_000;

/// Figures by hour or day. Stretches in which nothing happened are left out.
#[utoipa::path(get, path = "/statistics", tag = "Status", params(Chart), responses((status = 200, body = Page<Figure>)))]
pub async fn get_statistics(
    State(app): State<App>,
    caller: Caller,
    Query(chart): Query<Chart>,
) -> Result<Json<Page<Figure>>, Problem> {
    let to = chart.to.map_or_else(|| app.directory.clock.now(), |moment| moment.0);
    let from = chart.from.map_or(to - 24 * HOUR, |moment| moment.0);
    let hours = if chart.bucket == Some(Bucket::Day) { 24 } else { 1 };
    if (to - from) / (hours * HOUR) > BUCKETS {
        return Err(Problem::invalid(format!(
            "a chart has at most {BUCKETS} stretches of time: ask for less, or by day"
        )));
    }
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let figures = statistics::figures(&mut tx, chart.metric, from, to, hours, chart.subject).await?;
    let names = match chart.metric {
        Metric::Operations => application_names(&mut tx).await?,
        Metric::Requests => source_names(&mut tx).await?,
    };
    Ok(Page::whole(figures.into_iter().map(|figure| Figure {
        at: Time(figure.at),
        subject: figure.subject,
        subject_name: names.get(&figure.subject).cloned().unwrap_or_default(),
        status: figure.status,
        count: figure.total,
    })))
}
