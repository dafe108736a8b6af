//! The audit trail: who changed what, and what differed.
//!
//! A change row is written in the transaction of the change. Marks and operations carry its id as their *cause*,
//! so "why does Ana have this account?" can be walked from an operation back to a request.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tenant, Tx,
    db::{Sql, args, transaction},
    window::{Window, begins},
};

/// Who is acting.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `source`, `administrator`, `api_token`, `system`.
    pub kind: &'static str,
    /// Its name: a source's name, an administrator's user name, a token's name.
    pub name: String,
    /// The request that the actor made, where there is one: a row of the request log for a source.
    pub request: Option<Uuid>,
    /// The source whose word this is: its changes are lines of the sync log.
    pub source: Option<Uuid>,
}

impl Actor {
    /// Lockstep itself.
    pub fn system() -> Actor {
        Actor { kind: "system", name: "lockstep".into(), request: None, source: None }
    }

    /// The same actor, about what a source's word comes to.
    pub fn for_source(&self, source: Uuid) -> Actor {
        Actor { source: Some(source), ..self.clone() }
    }
}

/// One entry of the audit trail.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// The entry's id; entries sort by it in the order they were made.
    pub id: Uuid,
    /// When, in milliseconds since 1970.
    pub at: Millis,
    /// `source`, `administrator`, `api_token`, `system`.
    pub actor_kind: String,
    /// The actor's name.
    pub actor: String,
    /// The request behind it.
    pub request: Option<Uuid>,
    /// What was done: `create`, `update`, `delete`, `assign`, `publish`, …
    pub action: String,
    /// The noun.
    pub object_kind: String,
    /// The object's id.
    pub object: Uuid,
    /// The object's name at that time.
    pub object_name: String,
    /// What differed: `{"attribute": [before, after]}`, or other facts. Never a secret.
    pub detail: Option<Value>,
    /// `done`, or `skipped` or `failed` for what a source asked for in vain.
    pub result: String,
    /// Why it was skipped or failed.
    pub error: Option<String>,
    /// The source whose word it was; the entry is a line of the sync log then.
    pub source: Option<Uuid>,
}

type Row = (
    Uuid,
    Millis,
    String,
    String,
    Option<Uuid>,
    String,
    String,
    Uuid,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<Uuid>,
);

/// What is about to be recorded.
pub(crate) struct Entry<'a> {
    pub id: Uuid,
    pub at: Millis,
    pub action: &'static str,
    pub object_kind: &'static str,
    pub object: Uuid,
    pub object_name: &'a str,
    pub detail: Option<Value>,
}

/// Record a change in the transaction that makes it.
pub(crate) async fn record(tx: &mut Tx, actor: &Actor, entry: Entry<'_>) -> Result<(), Error> {
    write(tx, actor, entry, "done", None).await
}

/// Record what a source asked for and did not get, and why.
pub(crate) async fn skip(tx: &mut Tx, actor: &Actor, entry: Entry<'_>, reason: &str) -> Result<(), Error> {
    write(tx, actor, entry, "skipped", Some(reason)).await
}

/// Record what could not be done, and why.
pub(crate) async fn fail(tx: &mut Tx, actor: &Actor, entry: Entry<'_>, error: &str) -> Result<(), Error> {
    write(tx, actor, entry, "failed", Some(error)).await
}

async fn write(
    tx: &mut Tx,
    actor: &Actor,
    entry: Entry<'_>,
    result: &'static str,
    error: Option<&str>,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let sql = Sql::of(
        "INSERT INTO changes (tenant, id, at, actor_kind, actor, request, source, action, object_kind, object, object_name, detail, result, error)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        args![
            tenant,
            entry.id,
            entry.at,
            actor.kind,
            &actor.name,
            actor.request,
            actor.source,
            entry.action,
            entry.object_kind,
            entry.object,
            entry.object_name,
            entry.detail.map(|detail| detail.to_string()),
            result,
            error
        ],
    );
    Ok(tx.later(sql).await?)
}

/// What a list of entries is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct ChangeQuery {
    /// About one object.
    pub object: Option<Uuid>,
    /// By actors of this kind.
    pub actor_kind: Option<String>,
    /// By the actor of this name.
    pub actor: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// About objects of this kind.
    pub object_kind: Option<String>,
    /// The beginning of the object's name, caseless.
    pub search: Option<String>,
    /// The word of one source.
    pub source: Option<Uuid>,
    /// The word of any source: the sync log.
    pub of_sources: bool,
    /// Only `done`, `skipped` or `failed` ones.
    pub result: Option<String>,
    /// Not before.
    pub from: Option<Millis>,
    /// Before.
    pub to: Option<Millis>,
    /// Before this entry, newest first.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

/// The newest entries, and where to look on: with filters that no index serves, a stretch of the trail is looked
/// through at a time, so a page may hold fewer than asked for and still have a next one.
pub async fn list(tx: &mut Tx, query: &ChangeQuery) -> Result<(Vec<Change>, Option<Uuid>), Error> {
    let window = Window::new(query.from, query.to, query.before);
    let mut sql = Sql::new(
        "SELECT id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail, result, error, source FROM changes WHERE tenant = ",
    );
    sql.bind(tx.tenant().id());
    if let Some(source) = query.source {
        sql.push(" AND source IS NOT NULL AND source = ").bind(source);
    } else if query.of_sources {
        sql.push(" AND source IS NOT NULL");
    }
    let end = match (query.object, query.source) {
        (Some(object), _) => {
            sql.push(" AND object = ").bind(object);
            None
        }
        (None, Some(source)) => {
            let mut ids = Sql::new("SELECT id FROM changes WHERE tenant = ");
            ids.bind(tx.tenant().id()).push(" AND source IS NOT NULL AND source = ").bind(source);
            window.end_of(tx, ids).await?
        }
        (None, None) => window.end(tx, "SELECT id FROM changes WHERE tenant = ").await?,
    };
    window.narrow(&mut sql, end);
    for (column, value) in [
        (" AND actor_kind = ", &query.actor_kind),
        (" AND actor = ", &query.actor),
        (" AND action = ", &query.action),
        (" AND object_kind = ", &query.object_kind),
        (" AND result = ", &query.result),
    ] {
        if let Some(value) = value {
            sql.push(column).bind(value);
        }
    }
    if let Some(search) = &query.search {
        sql.push(" AND LOWER(object_name) LIKE ").bind(begins(search)).push(" ESCAPE '\\'");
    }
    sql.push(" ORDER BY id DESC LIMIT ").bind(query.limit);
    let rows: Vec<Row> = tx.rows_of(sql).await?;
    Ok((rows.into_iter().map(change).collect(), end))
}

/// One entry.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<Change>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail, result, error, source FROM changes
             WHERE tenant = $1 AND id = $2",
            args![tenant, id],
        )
        .await?;
    Ok(row.map(change))
}

fn change(row: Row) -> Change {
    let (id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail, result, error, source) =
        row;
    let detail = detail.and_then(|text| serde_json::from_str(&text).ok());
    Change {
        id,
        at,
        actor_kind,
        actor,
        request,
        action,
        object_kind,
        object,
        object_name,
        detail,
        result,
        error,
        source,
    }
}

impl Directory {
    /// Record that somebody took a list away as a file. `what`: the list; `view`: what it was narrowed to.
    pub async fn note_export(&self, tenant: Tenant, actor: &Actor, what: &str, view: Value) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let (id, at) = (self.clock.id(), self.clock.now());
            let entry = Entry { id, at, action: "export", object_kind: "list", object: Uuid::nil(), object_name: what, detail: Some(view.clone()) };
            record(tx, actor, entry).await
        })
    }
}

/// What differs between two documents, attribute by attribute: `{"title": ["Eng", "Engineer"]}`.
pub(crate) fn difference(before: &scim::Object, after: &scim::Object) -> Value {
    let mut changes = scim::Object::new();
    for (name, old) in before {
        let new = after.get(name).unwrap_or(&Value::Null);
        if new != old {
            changes.insert(name.clone(), serde_json::json!([old, new]));
        }
    }
    for (name, new) in after {
        if !before.contains_key(name) {
            changes.insert(name.clone(), serde_json::json!([null, new]));
        }
    }
    changes.remove("schemas");
    Value::Object(changes)
}
