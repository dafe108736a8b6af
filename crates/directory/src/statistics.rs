//! Figures over time: small counters per hour, written where history is written, so that no chart counts history.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::{
    Error, Millis, Tx,
    db::{Sql, args},
};

/// An hour, in milliseconds.
pub const HOUR: Millis = 60 * 60 * 1000;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Operations on each application: `succeeded`, `pending`, `waiting`, `failed`.
    Operations,
    /// Requests to each source: `succeeded`, `refused` (the client's fault), `failed` (ours).
    Requests,
}

impl Metric {
    fn as_str(self) -> &'static str {
        match self {
            Metric::Operations => "operations",
            Metric::Requests => "requests",
        }
    }
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The beginning of the hour or day.
    pub at: Millis,
    /// The application or source.
    pub subject: Uuid,
    /// What it counts.
    pub status: String,
    /// How many.
    pub total: i64,
}

/// Count: subject, status and how many, in the hour of `now`.
pub(crate) async fn add<'a>(
    tx: &mut Tx,
    metric: Metric,
    now: Millis,
    counted: impl IntoIterator<Item = (Uuid, &'a str, i64)>,
) -> Result<(), Error> {
    let mut sums: BTreeMap<(Uuid, &str), i64> = BTreeMap::new();
    for (subject, status, count) in counted.into_iter().filter(|(.., count)| *count > 0) {
        *sums.entry((subject, status)).or_default() += count;
    }
    if sums.is_empty() {
        return Ok(());
    }
    let (tenant, hour) = (tx.tenant().id(), now.div_euclid(HOUR));
    let mut sql = Sql::new("INSERT INTO statistics (tenant, kind, hour, subject, status, total) VALUES ");
    // In the order of keys, so that two writers never wait for each other crosswise.
    sql.bind_rows(
        sums.into_iter().map(|((subject, status), sum)| args![tenant, metric.as_str(), hour, subject, status, sum]),
    );
    sql.push(
        " ON CONFLICT (tenant, kind, hour, subject, status) DO UPDATE SET total = statistics.total + excluded.total",
    );
    tx.execute_sql(sql).await?;
    Ok(())
}

/// The figures from one time until before another, by pieces of so many hours; of one subject or of all.
pub async fn figures(
    tx: &mut Tx,
    metric: Metric,
    from: Millis,
    to: Millis,
    hours: i64,
    subject: Option<Uuid>,
) -> Result<Vec<Figure>, Error> {
    let mut sql = Sql::new("SELECT hour, subject, status, total FROM statistics WHERE tenant = ");
    sql.bind(tx.tenant().id()).push(" AND kind = ").bind(metric.as_str());
    sql.push(" AND hour >= ").bind(from.div_euclid(HOUR)).push(" AND hour < ").bind((to + HOUR - 1).div_euclid(HOUR));
    if let Some(subject) = subject {
        sql.push(" AND subject = ").bind(subject);
    }
    let mut sums: BTreeMap<(i64, Uuid, String), i64> = BTreeMap::new();
    for (hour, subject, status, total) in tx.rows_of::<(i64, Uuid, String, i64)>(sql).await? {
        *sums.entry((hour.div_euclid(hours) * hours, subject, status)).or_default() += total;
    }
    let figure = |((hour, subject, status), total)| Figure { at: hour * HOUR, subject, status, total };
    Ok(sums.into_iter().map(figure).collect())
}
