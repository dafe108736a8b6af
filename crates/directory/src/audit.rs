//! The audit trail: who changed what, and what differed.
//!
//! A change row is written in the transaction of the change. Marks and operations carry its id as their *cause*,
//! so "why does Ana have this account?" can be walked from an operation back to a request.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Error, Millis, Tx,
    db::{Sql, args},
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
}

impl Actor {
    /// Lockstep itself.
    pub fn system() -> Actor {
        Actor { kind: "system", name: "lockstep".into(), request: None }
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
}

type Row = (Uuid, Millis, String, String, Option<Uuid>, String, String, Uuid, String, Option<String>);

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
    let tenant = tx.tenant().id();
    let sql = Sql::of(
        "INSERT INTO changes (tenant, id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            tenant,
            entry.id,
            entry.at,
            actor.kind,
            &actor.name,
            actor.request,
            entry.action,
            entry.object_kind,
            entry.object,
            entry.object_name,
            entry.detail.map(|detail| detail.to_string())
        ],
    );
    Ok(tx.later(sql).await?)
}

/// The newest entries before `before` (all when `None`), at most `limit`; about one object, or about everything.
pub async fn list(tx: &mut Tx, object: Option<Uuid>, before: Option<Uuid>, limit: i64) -> Result<Vec<Change>, Error> {
    let (tenant, before) = (tx.tenant().id(), before.unwrap_or(Uuid::max()));
    let rows: Vec<Row> = match object {
        Some(object) => {
            tx.rows(
                "SELECT id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail FROM changes
                 WHERE tenant = $1 AND object = $2 AND id < $3 ORDER BY id DESC LIMIT $4",
                args![tenant, object, before, limit],
            )
            .await?
        }
        None => {
            tx.rows(
                "SELECT id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail FROM changes
                 WHERE tenant = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
                args![tenant, before, limit],
            )
            .await?
        }
    };
    Ok(rows.into_iter().map(change).collect())
}

/// One entry.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<Change>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail FROM changes
             WHERE tenant = $1 AND id = $2",
            args![tenant, id],
        )
        .await?;
    Ok(row.map(change))
}

fn change(row: Row) -> Change {
    let (id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail) = row;
    let detail = detail.and_then(|text| serde_json::from_str(&text).ok());
    Change { id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail }
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
