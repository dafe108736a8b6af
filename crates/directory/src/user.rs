//! Users: who a person is, joined from records.

mod list;
mod sync;
mod timeline;

pub(crate) use list::found;
pub use list::{AccountGlance, UserExtras, UserQuery, UserSort, UserState, extras, list, position, total};
pub use timeline::{Event, Moment, timeline};

use scim::{ENTERPRISE_URN, Object, fold};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    Directory, Error, Kind, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{Sql, args, transaction},
    error::{stored, to_text},
    join::{is_active, join, leave_schema},
    source::{JoinRule, SourceSettings},
    values::{self, Scope},
    work,
};

/// A user of the directory.
#[derive(Clone, Debug)]
pub struct User {
    /// Its id.
    pub id: Uuid,
    /// Unique in the tenant, caseless.
    pub user_name: String,
    /// What people call them.
    pub display_name: Option<String>,
    /// Whether the sources say that the person is active.
    pub active: bool,
    /// A person on hold is never deactivated or deleted in an application.
    pub on_hold: bool,
    /// Counts up with every change.
    pub version: i64,
    /// When the user was made.
    pub created_at: Millis,
    /// When the user last changed.
    pub modified_at: Millis,
    /// The profile: a SCIM User without `id`, `meta` and `groups`.
    pub doc: Object,
}

type Row = (Uuid, String, Option<String>, bool, bool, i64, Millis, Millis, String);

fn user(row: Row) -> Result<User, Error> {
    let (id, user_name, display_name, active, on_hold, version, created_at, modified_at, doc) = row;
    let doc = stored("users", id, &doc)?;
    Ok(User { id, user_name, display_name, active, on_hold, version, created_at, modified_at, doc })
}

/// Keep everybody else from changing a user until this transaction ends. On SQLite nobody else can anyway.
async fn lock(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    if tx.locking() {
        let tenant = tx.tenant().id();
        tx.row::<(Uuid,)>("SELECT id FROM users WHERE tenant = $1 AND id = $2 FOR UPDATE", args![tenant, id]).await?;
    }
    Ok(())
}

/// One user, by id.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<User>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, user_name, display_name, active, on_hold, version, created_at, modified_at, doc FROM users
             WHERE tenant = $1 AND id = $2",
            args![tenant, id],
        )
        .await?;
    row.map(user).transpose()
}

/// Several users, by id; those that are gone are left out.
pub async fn get_all(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<User>, Error> {
    let mut users = Vec::with_capacity(ids.len());
    for ids in ids.chunks(crate::db::BATCH) {
        let mut sql = Sql::new(
            "SELECT id, user_name, display_name, active, on_hold, version, created_at, modified_at, doc FROM users WHERE tenant = ",
        );
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        let rows: Vec<Row> = tx.rows_of(sql).await?;
        users.extend(rows.into_iter().map(user).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(users)
}

/// User names by id.
pub async fn names(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, Error> {
    let mut names = HashMap::new();
    for ids in ids.chunks(crate::db::BATCH) {
        let mut sql = Sql::new("SELECT id, user_name FROM users WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        names.extend(tx.rows_of::<(Uuid, String)>(sql).await?);
    }
    Ok(names)
}

/// One user, by id or user name.
pub async fn find(tx: &mut Tx, name: &str) -> Result<User, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, user_name, display_name, active, on_hold, version, created_at, modified_at, doc FROM users
             WHERE tenant = $1 AND (id = $2 OR name_key = $3) ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END LIMIT 1",
            args![tenant, Uuid::parse_str(name).unwrap_or_default(), fold::fold(name)],
        )
        .await?;
    row.map(user).transpose()?.ok_or_else(|| Error::not_found("user", name))
}

/// How many users there are.
#[cfg(test)]
pub(crate) async fn count(tx: &mut Tx) -> Result<i64, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(i64,)> = tx.row("SELECT COUNT(*) FROM users WHERE tenant = $1", args![tenant]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Where a new record belongs.
pub(crate) enum Target {
    /// To this user.
    User(Uuid),
    /// To nobody yet: make a user.
    New,
    /// It can't be told: a case for a person, and why.
    Unjoined(String),
}

/// Find the user that a new record of `source` belongs to, by the source's rule. A user that already has a record
/// of the same source is somebody else.
pub(crate) async fn target(
    tx: &mut Tx,
    source: Uuid,
    settings: &SourceSettings,
    document: &Object,
) -> Result<Target, Error> {
    let tenant = tx.tenant().id();
    let name = document.get("userName").and_then(Value::as_str).unwrap_or_default();
    let named: Option<(Uuid,)> =
        tx.row("SELECT id FROM users WHERE tenant = $1 AND name_key = $2", args![tenant, fold::fold(name)]).await?;
    let candidates: Vec<(Uuid,)> = match settings.join {
        JoinRule::UserName => named.into_iter().collect(),
        JoinRule::Email => {
            let addresses: Vec<_> = scim::resource::get(document, &scim::AttrPath::core("emails").with_sub("value"))
                .into_iter()
                .filter_map(Value::as_str)
                .map(|address| values::clip(fold::fold(address)))
                .collect();
            if addresses.is_empty() {
                Vec::new()
            } else {
                let mut sql = Sql::new("SELECT DISTINCT owner FROM attribute_values WHERE tenant = ");
                sql.bind(tenant).push(" AND scope = ").bind(tenant);
                sql.push(" AND kind = 0 AND path = 'emails.value' AND value IN (")
                    .bind_all(addresses)
                    .push(") LIMIT 2");
                tx.rows_of(sql).await?
            }
        }
    };
    let user = match (candidates.as_slice(), named) {
        ([], None) => return Ok(Target::New),
        ([], Some(_)) => {
            return Ok(Target::Unjoined(format!(
                "userName {name:?} belongs to another user, and the rule of this source joins by e-mail: link it by hand"
            )));
        }
        ([(user,)], _) => *user,
        _ => {
            return Ok(Target::Unjoined(
                "more than one user has an e-mail address of this record: link it by hand".into(),
            ));
        }
    };
    lock(tx, user).await?;
    if get(tx, user).await?.is_none() {
        // Removed between the look and the lock.
        return Err(crate::DbError::Overtaken.into());
    }
    let taken: Option<(Uuid,)> = tx
        .row("SELECT id FROM records WHERE tenant = $1 AND subject = $2 AND source = $3", args![tenant, user, source])
        .await?;
    Ok(match taken {
        None => Target::User(user),
        Some(_) => Target::Unjoined("the user it fits already has a record of this source: link it by hand".into()),
    })
}

/// Bring a user in line with its records, after one of them changed: make, change or remove it. `cause` is the id
/// of the audit entry that this writes; it marks the user for the planner when something differs.
pub(crate) async fn settle(tx: &mut Tx, id: Uuid, actor: &Actor, cause: Uuid, now: Millis) -> Result<(), Error> {
    // Before the records are read: what another source is just saying about the same person must be seen.
    lock(tx, id).await?;
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String)> = tx
        .rows(
            "SELECT r.id, r.doc FROM records r JOIN sources s ON s.tenant = r.tenant AND s.id = r.source
             WHERE r.tenant = $1 AND r.subject = $2 ORDER BY s.rank, r.id",
            args![tenant, id],
        )
        .await?;
    let before = get(tx, id).await?;
    let mut documents = Vec::with_capacity(rows.len());
    for (record, doc) in &rows {
        documents.push(stored::<Object>("records", record, doc)?);
    }
    let after = match documents.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        many => Some(join(&many.iter().collect::<Vec<_>>())),
    };
    let after = match after {
        None => None,
        Some(mut profile) => {
            resolve_manager(tx, &mut profile).await?;
            if let Some(active @ Value::Null) = profile.get_mut("active") {
                *active = Value::Bool(false);
            }
            Some(profile)
        }
    };
    match (before, after) {
        (None, None) => return Ok(()),
        (None, Some(profile)) => insert(tx, id, &profile, actor, cause, now).await?,
        (Some(before), Some(profile)) if before.doc == profile => return Ok(()),
        (Some(before), Some(profile)) => update(tx, &before, &profile, actor, cause, now).await?,
        // Nobody on hold is removed: the user stays as last known, until the hold is lifted.
        (Some(before), None) if before.on_hold => {
            let detail = Some(serde_json::json!({"held": "no source knows the person any more"}));
            let (object, object_name) = (id, before.user_name.as_str());
            let entry = Entry { id: cause, at: now, action: "held", object_kind: "user", object, object_name, detail };
            return audit::record(tx, actor, entry).await;
        }
        (Some(before), None) => remove(tx, &before, actor, cause, now).await?,
    }
    work::mark_dirty(tx, Kind::User, [id], false, Some(cause), now).await
}

/// A record names a manager by a record's id; a profile by the user's.
async fn resolve_manager(tx: &mut Tx, profile: &mut Object) -> Result<(), Error> {
    let Some(Value::Object(enterprise)) = profile.get_mut(ENTERPRISE_URN) else { return Ok(()) };
    let Some(Value::Object(manager)) = enterprise.get_mut("manager") else { return Ok(()) };
    let named = manager.get("value").and_then(Value::as_str).and_then(|text| Uuid::parse_str(text).ok());
    let user: Option<(Option<Uuid>,)> = match named {
        Some(record) => {
            let tenant = tx.tenant().id();
            tx.row("SELECT subject FROM records WHERE tenant = $1 AND id = $2 AND kind = 0", args![tenant, record])
                .await?
        }
        None => None,
    };
    match user.and_then(|(user,)| user) {
        Some(user) => {
            manager.retain(|name, _| name == "value");
            manager.insert("value".into(), user.to_string().into());
        }
        None => {
            enterprise.remove("manager");
            if enterprise.is_empty() {
                profile.remove(ENTERPRISE_URN);
                leave_schema(profile, ENTERPRISE_URN);
            }
        }
    }
    Ok(())
}

fn name(profile: &Object) -> &str {
    profile.get("userName").and_then(Value::as_str).unwrap_or_default()
}

/// Make the user of a record that nobody else has: what [`settle`] would come to, without looking.
pub(crate) async fn appear(
    tx: &mut Tx,
    id: Uuid,
    document: &Object,
    actor: &Actor,
    cause: Uuid,
    now: Millis,
) -> Result<(), Error> {
    let mut profile = document.clone();
    resolve_manager(tx, &mut profile).await?;
    insert(tx, id, &profile, actor, cause, now).await?;
    work::mark_dirty(tx, Kind::User, [id], false, Some(cause), now).await
}

async fn insert(tx: &mut Tx, id: Uuid, profile: &Object, actor: &Actor, cause: Uuid, now: Millis) -> Result<(), Error> {
    let (tenant, name) = (tx.tenant().id(), name(profile));
    tx.execute(
        "INSERT INTO users (tenant, id, user_name, name_key, display_name, active, on_hold, version, created_at, modified_at, doc)
         VALUES ($1, $2, $3, $4, $5, $6, FALSE, 1, $7, $7, $8)",
        args![tenant, id, name, fold::fold(name), profile.get("displayName").and_then(Value::as_str), is_active(profile), now, to_text(profile)],
    )
    .await
    // Nobody had the name when we looked. Run again, the record finds the user that has it now.
    .map_err(|error| if error.violated().is_some() { crate::DbError::Overtaken } else { error })?;
    values::update(tx, Scope::Directory, Kind::User, id, None, Some(profile)).await?;
    let entry = Entry {
        id: cause,
        at: now,
        action: "create",
        object_kind: "user",
        object: id,
        object_name: name,
        detail: None,
    };
    audit::record(tx, actor, entry).await
}

async fn update(
    tx: &mut Tx,
    before: &User,
    profile: &Object,
    actor: &Actor,
    cause: Uuid,
    now: Millis,
) -> Result<(), Error> {
    let (tenant, name) = (tx.tenant().id(), name(profile));
    tx.execute(
        "UPDATE users SET user_name = $1, name_key = $2, display_name = $3, active = $4, version = version + 1,
         modified_at = $5, doc = $6 WHERE tenant = $7 AND id = $8",
        args![
            name,
            fold::fold(name),
            profile.get("displayName").and_then(Value::as_str),
            is_active(profile),
            now,
            to_text(profile),
            tenant,
            before.id
        ],
    )
    .await
    .map_err(|error| Error::taken(error, "userName", name))?;
    values::update(tx, Scope::Directory, Kind::User, before.id, Some(&before.doc), Some(profile)).await?;
    let detail = Some(audit::difference(&before.doc, profile));
    let entry = Entry {
        id: cause,
        at: now,
        action: "update",
        object_kind: "user",
        object: before.id,
        object_name: name,
        detail,
    };
    audit::record(tx, actor, entry).await
}

async fn remove(tx: &mut Tx, user: &User, actor: &Actor, cause: Uuid, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    values::update(tx, Scope::Directory, Kind::User, user.id, Some(&user.doc), None).await?;
    for sql in [
        "DELETE FROM users WHERE tenant = $1 AND id = $2",
        "DELETE FROM group_members WHERE tenant = $1 AND member_id = $2",
        "DELETE FROM assignments WHERE tenant = $1 AND subject = $2",
    ] {
        tx.execute(sql, args![tenant, user.id]).await?;
    }
    let entry = Entry {
        id: cause,
        at: now,
        action: "delete",
        object_kind: "user",
        object: user.id,
        object_name: &user.user_name,
        detail: None,
    };
    audit::record(tx, actor, entry).await
}

impl Directory {
    /// Put a person on hold, or take them off it. On hold, nothing is deactivated or deleted anywhere, and the user
    /// stays even when the last record goes; that happens when the hold is lifted.
    pub async fn set_hold(&self, tenant: Tenant, actor: &Actor, id: Uuid, on_hold: bool) -> Result<User, Error> {
        let user = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            lock(tx, id).await?;
            let before = get(tx, id).await?.ok_or_else(|| Error::not_found("user", id))?;
            if before.on_hold != on_hold {
                tx.execute(
                    "UPDATE users SET on_hold = $1, version = version + 1, modified_at = $2 WHERE tenant = $3 AND id = $4",
                    args![on_hold, now, tenant.id(), id],
                )
                .await?;
                let action = if on_hold { "hold" } else { "release" };
                let entry = Entry { id: cause, at: now, action, object_kind: "user", object: id, object_name: &before.user_name, detail: None };
                audit::record(tx, actor, entry).await?;
                work::mark_dirty(tx, Kind::User, [id], false, Some(cause), now).await?;
                // Lifting a hold lets happen what the sources said meanwhile.
                settle(tx, id, actor, self.clock.id(), now).await?;
            }
            Ok(get(tx, id).await?.unwrap_or(User { on_hold, ..before }))
        });
        self.bell.notify_one();
        user
    }
}
