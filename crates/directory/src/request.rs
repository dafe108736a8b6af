//! The request log: one line per request to a source. It feeds "last request seen" and answers "what did they send?".
//!
//! Lines are written behind the answers, many at a time: a crash can lose the last moments of the log, never a change.

use serde::Serialize;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tenant, Tx,
    db::{BATCH, Sql, args, transaction},
    statistics::{self, HOUR, Metric},
};

/// One request to a source.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// Its id, also given to the client in a header.
    pub id: Uuid,
    /// When it came.
    pub at: Millis,
    /// The HTTP method.
    pub method: String,
    /// The path below the base URL, without its query (which may hold personal data).
    pub path: String,
    /// The HTTP status of the answer.
    pub status: i64,
    /// The `scimType` of an error.
    pub scim_type: Option<String>,
    /// The id or name of what it was about.
    pub subject: Option<String>,
    /// What was wrong with it.
    pub detail: Option<String>,
    /// How long the answer took, in microseconds.
    pub duration_us: i64,
    /// It was made by Lockstep's own self-test of the source.
    pub test: bool,
}

/// A line on its way into the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// Whose.
    pub tenant: Tenant,
    /// The source that was called.
    pub source: Uuid,
    /// The token that was used.
    pub token: String,
    /// The network it came from, as [`network`] has it.
    pub from: Option<String>,
    /// The line.
    pub request: Request,
}

/// The newest requests of a source before `before`, at most `limit`.
pub async fn list(tx: &mut Tx, source: Uuid, before: Option<Uuid>, limit: i64) -> Result<Vec<Request>, Error> {
    let tenant = tx.tenant().id();
    type Row = (Uuid, Millis, String, String, i64, Option<String>, Option<String>, Option<String>, i64, bool);
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, at, method, path, status, scim_type, subject, detail, duration_us, test FROM requests
             WHERE tenant = $1 AND source = $2 AND id < $3 ORDER BY id DESC LIMIT $4",
            args![tenant, source, before.unwrap_or(Uuid::max()), limit],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, at, method, path, status, scim_type, subject, detail, duration_us, test)| Request {
            id,
            at,
            method,
            path,
            status,
            scim_type,
            subject,
            detail,
            duration_us,
            test,
        })
        .collect())
}

/// An address without the part that may be a person's: /24, or /48 for IPv6. Enough to recognise a client by.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("{}/24", Ipv4Addr::from_bits(address.to_bits() >> 8 << 8)),
        IpAddr::V6(address) => format!("{}/48", Ipv6Addr::from_bits(address.to_bits() >> 80 << 80)),
    }
}

/// Requests by their ids, each with its source; those that were forgotten are left out.
pub async fn get_all(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<(Uuid, Request)>, Error> {
    type Row = (Uuid, Uuid, Millis, String, String, i64, Option<String>, Option<String>, Option<String>, i64, bool);
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let mut sql = Sql::new(
            "SELECT source, id, at, method, path, status, scim_type, subject, detail, duration_us, test FROM requests WHERE tenant = ",
        );
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        found.extend(tx.rows_of::<Row>(sql).await?.into_iter().map(
            |(source, id, at, method, path, status, scim_type, subject, detail, duration_us, test)| {
                (source, Request { id, at, method, path, status, scim_type, subject, detail, duration_us, test })
            },
        ));
    }
    Ok(found)
}

impl Directory {
    /// Write lines into the log, and when each source and token was last used.
    pub async fn log_requests(&self, lines: &[Line]) -> Result<(), Error> {
        let mut tenants: Vec<Tenant> = lines.iter().map(|line| line.tenant).collect();
        tenants.sort_by_key(|tenant| tenant.id());
        tenants.dedup();
        for tenant in tenants {
            let own: Vec<&Line> = lines.iter().filter(|line| line.tenant == tenant).collect();
            transaction!(self.db, tenant, tx => {
                for lines in own.chunks(BATCH) {
                    let mut sql = Sql::new("INSERT INTO requests (tenant, source, id, at, method, path, status, scim_type, subject, detail, duration_us, test) VALUES ");
                    sql.bind_rows(lines.iter().map(|Line { source, request, .. }| {
                        args![tenant.id(), source, request.id, request.at, &request.method, &request.path, request.status, request.scim_type.as_deref(), request.subject.as_deref(), request.detail.as_deref(), request.duration_us, request.test]
                    }));
                    tx.execute_sql(sql).await?;
                }
                let mut last: Vec<(Uuid, &str, Millis, Option<&str>)> =
                    own.iter().filter(|line| !line.request.test).map(|line| (line.source, line.token.as_str(), line.request.at, line.from.as_deref())).collect();
                last.sort();
                last.reverse();
                last.dedup_by_key(|(source, token, ..)| (*source, *token));
                for (source, token, at, from) in last {
                    tx.execute("UPDATE sources SET last_request_at = $1 WHERE tenant = $2 AND id = $3", args![at, tenant.id(), source]).await?;
                    tx.execute(
                        "UPDATE source_tokens SET last_used_at = $1, last_used_from = $2
                         WHERE tenant = $3 AND id = $4 AND (last_used_at IS NULL OR last_used_at < $5)",
                        args![at, from, tenant.id(), token, at - 60_000],
                    )
                    .await?;
                }
                for (hour, lines) in by_hour(&own) {
                    let counted = lines.iter().map(|line| (line.source, outcome(line.request.status), 1));
                    statistics::add(tx, Metric::Requests, hour, counted).await?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Lines by the hour that they came in: a batch is moments long, so there are one or two.
fn by_hour<'a>(lines: &[&'a Line]) -> BTreeMap<Millis, Vec<&'a Line>> {
    let mut hours: BTreeMap<Millis, Vec<&Line>> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.request.test) {
        hours.entry(line.request.at.div_euclid(HOUR) * HOUR).or_default().push(line);
    }
    hours
}

/// How a request ended, in a word: our faults, the client's, or none.
fn outcome(status: i64) -> &'static str {
    match status {
        500.. => "failed",
        400.. => "refused",
        _ => "succeeded",
    }
}
