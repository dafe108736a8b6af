//! The request log: one line per request to a source. It feeds "last request seen" and answers "what did they send?".
//!
//! Lines are written behind the answers, many at a time: a crash can lose the last moments of the log, never a change.

use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};
use uuid::Uuid;

use crate::{
    Clock, Directory, Error, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{BATCH, Sql, args, transaction},
    source::{self, Source},
    statistics::{self, HOUR, Metric},
    window::Window,
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
    /// What it said and was answered is kept.
    pub has_body: bool,
}

/// What a request said and was answered, redacted.
pub type Bodies = [Option<String>; 2];

/// A line on its way into the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// Whose.
    pub tenant: Tenant,
    /// The source that was called.
    pub source: Uuid,
    /// Its name.
    pub source_name: String,
    /// The token that was used.
    pub token: String,
    /// The network it came from, as [`network`] has it.
    pub from: Option<String>,
    /// The line.
    pub request: Request,
    /// What of a bulk request failed, operation by operation.
    pub failures: Vec<Failure>,
    /// What was said and answered, if an administrator asked to see it.
    pub bodies: Option<Bodies>,
}

/// Which requests to list.
#[derive(Clone, Debug, Default)]
pub struct RequestQuery {
    /// With this HTTP method.
    pub method: Option<String>,
    /// With this HTTP status, or, from 1 to 5, with one that begins so.
    pub status: Option<i64>,
    /// With this `scimType`.
    pub scim_type: Option<String>,
    /// About this id or name.
    pub subject: Option<String>,
    /// Only those that failed.
    pub errors: bool,
    /// Not before.
    pub from: Option<Millis>,
    /// Before.
    pub to: Option<Millis>,
    /// Before this request.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

/// The newest requests of a source, and where to look on: a stretch of the log is looked through at a time.
pub async fn list(tx: &mut Tx, source: Uuid, query: &RequestQuery) -> Result<(Vec<Request>, Option<Uuid>), Error> {
    let window = Window::new(query.from, query.to, query.before);
    let of_source = |sql: &mut Sql, tenant: Uuid| {
        sql.bind(tenant).push(" AND source = ").bind(source);
        if query.errors {
            sql.push(" AND status >= 400");
        }
    };
    let tenant = tx.tenant().id();
    let mut ids = Sql::new("SELECT id FROM requests WHERE tenant = ");
    of_source(&mut ids, tenant);
    let end = window.end_of(tx, ids).await?;
    let mut sql = Sql::new(
        "SELECT id, at, method, path, status, scim_type, subject, detail, duration_us, test,
           EXISTS (SELECT 1 FROM request_bodies b WHERE b.tenant = requests.tenant AND b.source = requests.source AND b.request = requests.id)
         FROM requests WHERE tenant = ",
    );
    of_source(&mut sql, tenant);
    window.narrow(&mut sql, end);
    for (column, value) in [
        (" AND method = ", &query.method),
        (" AND scim_type = ", &query.scim_type),
        (" AND subject = ", &query.subject),
    ] {
        if let Some(value) = value {
            sql.push(column).bind(value);
        }
    }
    match query.status {
        None => {}
        Some(class @ 1..=5) => {
            sql.push(" AND status >= ").bind(class * 100).push(" AND status < ").bind((class + 1) * 100);
        }
        Some(status) => {
            sql.push(" AND status = ").bind(status);
        }
    }
    sql.push(" ORDER BY id DESC LIMIT ").bind(query.limit);
    let rows: Vec<Row> = tx.rows_of(sql).await?;
    Ok((rows.into_iter().map(request).collect(), end))
}

type Row = (Uuid, Millis, String, String, i64, Option<String>, Option<String>, Option<String>, i64, bool, bool);

fn request(row: Row) -> Request {
    let (id, at, method, path, status, scim_type, subject, detail, duration_us, test, has_body) = row;
    Request { id, at, method, path, status, scim_type, subject, detail, duration_us, test, has_body }
}

/// One request of a source, with what it said and was answered, if that is kept.
pub async fn get(tx: &mut Tx, source: Uuid, id: Uuid) -> Result<(Request, Option<Bodies>), Error> {
    let tenant = tx.tenant().id();
    let bodies: Option<(Option<String>, Option<String>)> = tx
        .row(
            "SELECT asked, answered FROM request_bodies WHERE tenant = $1 AND source = $2 AND request = $3",
            args![tenant, source, id],
        )
        .await?;
    let row: Option<(Millis, String, String, i64, Option<String>, Option<String>, Option<String>, i64, bool)> = tx
        .row(
            "SELECT at, method, path, status, scim_type, subject, detail, duration_us, test FROM requests
             WHERE tenant = $1 AND source = $2 AND id = $3",
            args![tenant, source, id],
        )
        .await?;
    let Some((at, method, path, status, scim_type, subject, detail, duration_us, test)) = row else {
        return Err(Error::not_found("request", id));
    };
    let has_body = bodies.is_some();
    let row = (id, at, method, path, status, scim_type, subject, detail, duration_us, test, has_body);
    Ok((request(row), bodies.map(|(asked, answered)| [asked, answered])))
}

/// Something that a source asked for in vain: a whole request, or one operation of a bulk request.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The HTTP method.
    pub method: String,
    /// The path below the base URL.
    pub path: String,
    /// The HTTP status of the answer.
    pub status: i64,
    /// The id or name of what it was about.
    pub subject: Option<String>,
    /// What was wrong.
    pub detail: String,
}

impl Failure {
    fn of(request: &Request) -> Failure {
        let Request { method, path, status, subject, detail, .. } = request.clone();
        Failure { method, path, status, subject, detail: detail.unwrap_or_default() }
    }

    /// What it was to do to a person or group, if it was to do anything: event and noun.
    fn attempt(&self) -> Option<(&'static str, &'static str)> {
        // Who may not speak, or speaks too often, has said nothing.
        if self.status < 400 || matches!(self.status, 401 | 429) {
            return None;
        }
        let event = match self.method.to_ascii_uppercase().as_str() {
            "POST" => "create",
            "PUT" | "PATCH" => "update",
            "DELETE" => "delete",
            _ => return None,
        };
        let endpoint = self.path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match endpoint.to_ascii_lowercase().as_str() {
            "users" => Some((event, "user")),
            "groups" => Some((event, "group")),
            _ => None,
        }
    }
}

/// Lines of the sync log for requests, and operations of bulk requests, that failed and said what they were about.
async fn tell_failures(tx: &mut Tx, clock: &Clock, lines: &[&Line]) -> Result<(), Error> {
    let mut failed = Vec::new();
    for line in lines.iter().filter(|line| !line.request.test) {
        for failure in std::iter::once(Failure::of(&line.request)).chain(line.failures.iter().cloned()) {
            if let (Some(attempt), Some(subject)) = (failure.attempt(), failure.subject) {
                failed.push((*line, attempt, subject, failure.detail));
            }
        }
    }
    let ids: Vec<Uuid> = failed.iter().filter_map(|(_, _, subject, _)| Uuid::parse_str(subject).ok()).collect();
    let mut known = HashMap::new();
    for ids in ids.chunks(BATCH) {
        let mut sql = Sql::new("SELECT id, source, subject, name_key FROM records WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        for (id, source, subject, name) in tx.rows_of::<(Uuid, Uuid, Option<Uuid>, String)>(sql).await? {
            known.insert((id, source), (subject.unwrap_or(id), name));
        }
    }
    for (line, (action, object_kind), subject, detail) in failed {
        let found = Uuid::parse_str(&subject).ok().and_then(|id| known.get(&(id, line.source)));
        let (object, object_name) = found.map_or((Uuid::nil(), subject.as_str()), |(id, name)| (*id, name.as_str()));
        let request = &line.request;
        let actor = Actor {
            kind: "source",
            name: line.source_name.clone(),
            request: Some(request.id),
            source: Some(line.source),
        };
        let entry = Entry { id: clock.id(), at: request.at, action, object_kind, object, object_name, detail: None };
        audit::fail(tx, &actor, entry, &detail).await?;
    }
    Ok(())
}

/// The longest time for which bodies are kept at an administrator's word, in minutes.
pub const LONGEST_RECORDING: i64 = 60;

/// An address without the part that may be a person's: /24, or /48 for IPv6. Enough to recognise a client by.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("{}/24", Ipv4Addr::from_bits(address.to_bits() >> 8 << 8)),
        IpAddr::V6(address) => format!("{}/48", Ipv6Addr::from_bits(address.to_bits() >> 80 << 80)),
    }
}

/// Requests by their ids, each with its source; those that were forgotten are left out.
pub async fn get_all(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<(Uuid, Request)>, Error> {
    type Sourced =
        (Uuid, Uuid, Millis, String, String, i64, Option<String>, Option<String>, Option<String>, i64, bool, bool);
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let mut sql = Sql::new(
            "SELECT source, id, at, method, path, status, scim_type, subject, detail, duration_us, test,
               EXISTS (SELECT 1 FROM request_bodies b WHERE b.tenant = requests.tenant AND b.source = requests.source AND b.request = requests.id)
             FROM requests WHERE tenant = ",
        );
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        found.extend(tx.rows_of::<Sourced>(sql).await?.into_iter().map(
            |(source, id, at, method, path, status, scim_type, subject, detail, duration_us, test, has_body)| {
                (
                    source,
                    request((id, at, method, path, status, scim_type, subject, detail, duration_us, test, has_body)),
                )
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
                let bodies = own.iter().filter_map(|line| Some((line, line.bodies.as_ref()?))).collect::<Vec<_>>();
                for bodies in bodies.chunks(BATCH) {
                    let mut sql = Sql::new("INSERT INTO request_bodies (tenant, source, request, asked, answered) VALUES ");
                    sql.bind_rows(bodies.iter().map(|(line, [asked, answered])| {
                        args![tenant.id(), line.source, line.request.id, asked.as_deref(), answered.as_deref()]
                    }));
                    tx.execute_sql(sql).await?;
                }
                tell_failures(tx, &self.clock, &own).await?;
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

impl Directory {
    /// Keep what a source's client says and is answered, for so many minutes from now; 0 ends it.
    ///
    /// # Errors
    /// `Invalid` for more than [`LONGEST_RECORDING`], and for a source without requests.
    pub async fn record_bodies(&self, tenant: Tenant, actor: &Actor, id: Uuid, minutes: i64) -> Result<Source, Error> {
        if !(0..=LONGEST_RECORDING).contains(&minutes) {
            return Err(Error::invalid(format!("minutes: {minutes} is not between 0 and {LONGEST_RECORDING}")));
        }
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let source = source::writing(tx, id).await?;
            let until = if minutes == 0 { 0 } else { now + minutes * 60_000 };
            tx.execute("UPDATE sources SET bodies_until = $1 WHERE tenant = $2 AND id = $3", args![until, tenant.id(), id]).await?;
            let detail = Some(serde_json::json!({"minutes": minutes}));
            let entry = Entry { id: self.clock.id(), at: now, action: "record_bodies", object_kind: "source", object: id, object_name: &source.name, detail };
            audit::record(tx, actor, entry).await?;
            source::find(tx, &id.to_string()).await
        })
    }
}
