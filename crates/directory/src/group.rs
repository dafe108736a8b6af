//! Groups of the directory: manual ones that may nest, sourced ones that mirror a group record, and *Everyone*.

mod list;
mod reach;
mod tombstone;

pub use list::{GroupExtras, GroupQuery, GroupSort, extras, list, position, total};
pub use reach::{Reached, Uses, chains, effective_members, of_application, uses};
pub(crate) use tombstone::bury;

use scim::fold;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    Directory, Error, Kind, Millis, Tenant, Tx,
    application::checked_name,
    audit::{self, Actor, Entry},
    count::{self, Count},
    db::{BATCH, Sql, args, transaction},
    work,
};

/// Where a group's members come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// Kept by hand; may hold users and groups.
    Manual,
    /// Mirrors a group record; read-only here.
    Sourced,
    /// All users.
    BuiltIn,
}

impl GroupKind {
    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            GroupKind::Manual => "manual",
            GroupKind::Sourced => "sourced",
            GroupKind::BuiltIn => "built_in",
        }
    }

    fn parse(text: &str) -> GroupKind {
        match text {
            "manual" => GroupKind::Manual,
            "built_in" => GroupKind::BuiltIn,
            _ => GroupKind::Sourced,
        }
    }
}

/// A group of the directory.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its id.
    pub id: Uuid,
    /// Where its members come from.
    pub kind: GroupKind,
    /// Its name; not unique, since two sources may both have "Sales".
    pub display_name: String,
    /// The source of a sourced group.
    pub source: Option<Uuid>,
    /// Counts up with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it or its direct members last changed.
    pub modified_at: Millis,
    /// When its source deleted it; it is here only because something still names it.
    pub deleted_at: Option<Millis>,
}

impl Group {
    /// # Errors
    /// `Invalid` for a group that its source has deleted.
    pub(crate) fn must_be_there(&self) -> Result<(), Error> {
        match self.deleted_at {
            None => Ok(()),
            Some(_) => Err(Error::invalid(format!("{:?} was deleted by its source", self.display_name))),
        }
    }
}

type Row = (Uuid, String, String, Option<Uuid>, i64, Millis, Millis, Option<Millis>);

fn group(row: Row) -> Group {
    let (id, kind, display_name, source, version, created_at, modified_at, deleted_at) = row;
    Group { id, kind: GroupKind::parse(&kind), display_name, source, version, created_at, modified_at, deleted_at }
}

/// The group of all users. Its membership is not stored.
pub(crate) async fn insert_everyone(tx: &mut Tx, id: Uuid, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "INSERT INTO groups (tenant, id, kind, display_name, name_key, version, created_at, modified_at)
         VALUES ($1, $2, 'built_in', 'Everyone', 'everyone', 1, $3, $3)",
        args![tenant, id, now],
    )
    .await?;
    Ok(())
}

/// The group of all users.
pub async fn everyone(tx: &mut Tx) -> Result<Group, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, kind, display_name, source, version, created_at, modified_at, deleted_at FROM groups
             WHERE tenant = $1 AND name_key = 'everyone' AND kind = 'built_in'",
            args![tenant],
        )
        .await?;
    row.map(group).ok_or_else(|| Error::not_found("group", "Everyone"))
}

/// One group, by id.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<Group>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, kind, display_name, source, version, created_at, modified_at, deleted_at FROM groups WHERE tenant = $1 AND id = $2",
            args![tenant, id],
        )
        .await?;
    Ok(row.map(group))
}

/// Several groups by id; those that are gone are left out.
pub async fn get_all(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Group>, Error> {
    let mut groups = HashMap::new();
    for ids in ids.chunks(BATCH) {
        let mut sql = Sql::new(
            "SELECT id, kind, display_name, source, version, created_at, modified_at, deleted_at FROM groups WHERE tenant = ",
        );
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        groups.extend(tx.rows_of::<Row>(sql).await?.into_iter().map(group).map(|group| (group.id, group)));
    }
    Ok(groups)
}

/// One group, by id or by name.
///
/// # Errors
/// `Invalid` when several groups have the name: then the id must be given.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Group, Error> {
    if let Ok(id) = Uuid::parse_str(name)
        && let Some(group) = get(tx, id).await?
    {
        return Ok(group);
    }
    let tenant = tx.tenant().id();
    let mut rows: Vec<Row> = tx
        .rows(
            "SELECT id, kind, display_name, source, version, created_at, modified_at, deleted_at FROM groups
             WHERE tenant = $1 AND name_key = $2 ORDER BY CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END, id LIMIT 2",
            args![tenant, fold::fold(name)],
        )
        .await?;
    // One that is there is meant rather than one that was.
    if let [first, second] = rows.as_slice()
        && first.7.is_none()
        && second.7.is_some()
    {
        rows.pop();
    }
    match (rows.pop(), rows.is_empty()) {
        (Some(row), true) => Ok(group(row)),
        (Some(_), false) => {
            Err(Error::invalid(format!("several groups are called {name:?}: give the id of the one you mean")))
        }
        (None, _) => Err(Error::not_found("group", name)),
    }
}

/// A direct member.
#[derive(Clone, Debug, Serialize)]
pub struct GroupMember {
    /// The user or group.
    pub id: Uuid,
    /// `user` or `group`.
    pub kind: &'static str,
    /// A user's user name, a group's display name.
    pub name: String,
    /// A user's display name; none for a group.
    pub display_name: Option<String>,
}

/// A page of direct members in the order of ids.
pub async fn members(tx: &mut Tx, id: Uuid, after: Option<Uuid>, limit: i64) -> Result<Vec<GroupMember>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, i64, Option<String>, Option<String>, Option<String>)> = tx
        .rows(
            "SELECT m.member_id, m.member_kind, u.user_name, u.display_name, g.display_name FROM group_members m
             LEFT JOIN users u ON u.tenant = m.tenant AND u.id = m.member_id
             LEFT JOIN groups g ON g.tenant = m.tenant AND g.id = m.member_id
             WHERE m.tenant = $1 AND m.group_id = $2 AND m.member_id > $3 ORDER BY m.member_id LIMIT $4",
            args![tenant, id, after.unwrap_or_default(), limit],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, user, display_name, group)| GroupMember {
            id,
            kind: Kind::from_code(kind).as_str(),
            name: user.or(group).unwrap_or_default(),
            display_name,
        })
        .collect())
}

/// How many direct members a group has.
pub async fn member_count(tx: &mut Tx, id: Uuid) -> Result<Count, Error> {
    let tenant = tx.tenant().id();
    count::bounded(tx, |sql| {
        sql.push("SELECT member_id FROM group_members WHERE tenant = ").bind(tenant).push(" AND group_id = ").bind(id);
    })
    .await
}

/// Whether someone is a direct member.
pub async fn is_direct_member(tx: &mut Tx, group: Uuid, member: Uuid) -> Result<bool, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(Uuid,)> = tx
        .row(
            "SELECT member_id FROM group_members WHERE tenant = $1 AND group_id = $2 AND member_id = $3",
            args![tenant, group, member],
        )
        .await?;
    Ok(row.is_some())
}

/// Every group that each of these users or groups is in, directly or through other groups. *Everyone* is left
/// out. Cycle-safe: UNION forgets what it has seen. The cost is that of the members' own groups.
pub async fn ancestors(tx: &mut Tx, members: &[Uuid]) -> Result<HashMap<Uuid, Vec<Uuid>>, Error> {
    let mut found: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for members in members.chunks(BATCH) {
        let tenant = tx.tenant().id();
        let mut sql = Sql::new(
            "WITH RECURSIVE above (member, group_id) AS (
               SELECT member_id, group_id FROM group_members WHERE tenant = ",
        );
        sql.bind(tenant).push(" AND member_id IN (").bind_all(members.iter());
        sql.push(
            ") UNION SELECT above.member, m.group_id FROM above JOIN group_members m ON m.member_id = above.group_id
             WHERE m.tenant = ",
        );
        sql.bind(tenant).push(") SELECT member, group_id FROM above");
        for (member, group) in tx.rows_of::<(Uuid, Uuid)>(sql).await? {
            found.entry(member).or_default().push(group);
        }
    }
    Ok(found)
}

/// The statement part that names every user inside a group, directly or through other groups: `below (id)`.
pub(crate) const BELOW: &str = "WITH RECURSIVE below (id, kind) AS (
    SELECT member_id, member_kind FROM group_members WHERE tenant = $1 AND group_id = $2
    UNION SELECT m.member_id, m.member_kind FROM below JOIN group_members m ON m.group_id = below.id
    WHERE m.tenant = $1 AND below.kind = 1)";

/// Names of groups by id.
pub async fn names(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, Error> {
    let mut names = HashMap::new();
    for ids in ids.chunks(BATCH) {
        let mut sql = Sql::new("SELECT id, display_name FROM groups WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        names.extend(tx.rows_of::<(Uuid, String)>(sql).await?);
    }
    Ok(names)
}

/// Put a sourced group in line with its record: make it, or rename it.
pub(crate) async fn settle(
    tx: &mut Tx,
    id: Uuid,
    source: Uuid,
    display_name: &str,
    actor: &Actor,
    cause: Uuid,
    now: Millis,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let before = get(tx, id).await?;
    let (action, detail) = match &before {
        None => {
            tx.execute(
                "INSERT INTO groups (tenant, id, kind, display_name, name_key, source, version, created_at, modified_at)
                 VALUES ($1, $2, 'sourced', $3, $4, $5, 1, $6, $6)",
                args![tenant, id, display_name, fold::fold(display_name), source, now],
            )
            .await?;
            ("create", None)
        }
        Some(before) if before.display_name == display_name => return Ok(()),
        Some(before) => {
            rename(tx, id, display_name, now).await?;
            ("update", Some(serde_json::json!({"displayName": [before.display_name, display_name]})))
        }
    };
    let entry =
        Entry { id: cause, at: now, action, object_kind: "group", object: id, object_name: display_name, detail };
    audit::record(tx, actor, entry).await?;
    work::mark_dirty(tx, Kind::Group, [id], false, Some(cause), now).await
}

async fn rename(tx: &mut Tx, id: Uuid, display_name: &str, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "UPDATE groups SET display_name = $1, name_key = $2, version = version + 1, modified_at = $3 WHERE tenant = $4 AND id = $5",
        args![display_name, fold::fold(display_name), now, tenant, id],
    )
    .await?;
    Ok(())
}

/// Add and remove members of a group, and mark whose access may have changed.
pub(crate) async fn change_members(
    tx: &mut Tx,
    id: Uuid,
    added: &[(Uuid, Kind)],
    removed: &[(Uuid, Kind)],
    cause: Uuid,
    now: Millis,
) -> Result<(), Error> {
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant().id();
    for members in added.chunks(BATCH) {
        let mut sql = Sql::new("INSERT INTO group_members (tenant, group_id, member_id, member_kind) VALUES ");
        sql.bind_rows(members.iter().map(|(member, kind)| args![tenant, id, member, kind.code()]));
        sql.push(" ON CONFLICT (tenant, group_id, member_id) DO NOTHING");
        tx.later(sql).await?;
    }
    for members in removed.chunks(BATCH) {
        let mut sql = Sql::new("DELETE FROM group_members WHERE tenant = ");
        sql.bind(tenant).push(" AND group_id = ").bind(id).push(" AND member_id IN (");
        sql.bind_all(members.iter().map(|(member, _)| member)).push(")");
        tx.later(sql).await?;
    }
    let sql = Sql::of(
        "UPDATE groups SET version = version + 1, modified_at = $1 WHERE tenant = $2 AND id = $3",
        args![now, tenant, id],
    );
    tx.later(sql).await?;
    let of = |wanted: Kind| added.iter().chain(removed).filter(move |(_, kind)| *kind == wanted).map(|(id, _)| *id);
    work::mark_dirty(tx, Kind::User, of(Kind::User), false, Some(cause), now).await?;
    work::mark_dirty(tx, Kind::Group, of(Kind::Group), true, Some(cause), now).await
}

/// Remove a group, its people stay. Whoever was inside is looked at again. A sourced group that something still names
/// stays as a tombstone, which grants nothing.
pub(crate) async fn remove(tx: &mut Tx, group: &Group, actor: &Actor, cause: Uuid, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    // The planner could not find the members once the rows are gone.
    let spread = format!("{BELOW} SELECT id, kind FROM below");
    let mut sql = Sql::default();
    sql.bind_text(&spread, args![tenant, group.id]);
    let inside: Vec<(Uuid, i64)> = tx.rows_of(sql).await?;
    let users = inside.into_iter().filter(|(_, kind)| *kind == Kind::User.code()).map(|(id, _)| id);
    work::mark_dirty(tx, Kind::User, users, false, Some(cause), now).await?;
    tx.execute("DELETE FROM group_members WHERE tenant = $1 AND group_id = $2", args![tenant, group.id]).await?;
    let is_named = group.kind == GroupKind::Sourced && tombstone::leave(tx, group, now).await?;
    if !is_named {
        for sql in [
            "DELETE FROM groups WHERE tenant = $1 AND id = $2",
            "DELETE FROM group_members WHERE tenant = $1 AND member_id = $2",
            "DELETE FROM assignments WHERE tenant = $1 AND subject = $2",
        ] {
            tx.execute(sql, args![tenant, group.id]).await?;
        }
    }
    bury(tx).await?;
    let entry = Entry {
        id: cause,
        at: now,
        action: "delete",
        object_kind: "group",
        object: group.id,
        object_name: &group.display_name,
        detail: is_named.then(|| serde_json::json!({"stillNamed": true})),
    };
    audit::record(tx, actor, entry).await?;
    work::mark_dirty(tx, Kind::Group, [group.id], false, Some(cause), now).await
}

/// A sourced group whose source goes stays, as it is, in the hands of administrators.
pub(crate) async fn become_manual(
    tx: &mut Tx,
    group: &Group,
    actor: &Actor,
    cause: Uuid,
    now: Millis,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "UPDATE groups SET kind = 'manual', source = NULL, version = version + 1, modified_at = $1 WHERE tenant = $2 AND id = $3",
        args![now, tenant, group.id],
    )
    .await?;
    let (object, object_name) = (group.id, group.display_name.as_str());
    let detail = Some(serde_json::json!({"kind": ["sourced", "manual"]}));
    let entry = Entry { id: cause, at: now, action: "keep", object_kind: "group", object, object_name, detail };
    audit::record(tx, actor, entry).await
}

/// A manual group, or why it can't be edited.
async fn manual(tx: &mut Tx, id: Uuid) -> Result<Group, Error> {
    let group = get(tx, id).await?.ok_or_else(|| Error::not_found("group", id))?;
    match group.kind {
        GroupKind::Manual => Ok(group),
        GroupKind::Sourced => {
            Err(Error::invalid(format!("{:?} comes from a source: change it there", group.display_name)))
        }
        GroupKind::BuiltIn => Err(Error::invalid(format!("{:?} is built in and can't be changed", group.display_name))),
    }
}

impl Directory {
    /// Make a manual group.
    pub async fn add_group(&self, tenant: Tenant, actor: &Actor, name: &str) -> Result<Group, Error> {
        let name = checked_name("group", name)?;
        let made = transaction!(self.db, tenant, tx => {
            let (id, now, cause) = (self.clock.id(), self.clock.now(), self.clock.id());
            tx.execute(
                "INSERT INTO groups (tenant, id, kind, display_name, name_key, version, created_at, modified_at)
                 VALUES ($1, $2, 'manual', $3, $4, 1, $5, $5)",
                args![tenant.id(), id, name, fold::fold(name), now],
            )
            .await?;
            let entry = Entry { id: cause, at: now, action: "create", object_kind: "group", object: id, object_name: name, detail: None };
            audit::record(tx, actor, entry).await?;
            get(tx, id).await?.ok_or_else(|| Error::not_found("group", id))
        });
        self.bell.notify_one();
        made
    }

    /// Rename a manual group.
    pub async fn rename_group(&self, tenant: Tenant, actor: &Actor, id: Uuid, name: &str) -> Result<Group, Error> {
        let name = checked_name("group", name)?;
        let renamed = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let before = manual(tx, id).await?;
            if before.display_name != name {
                rename(tx, id, name, now).await?;
                let detail = Some(serde_json::json!({"displayName": [before.display_name, name]}));
                let entry = Entry { id: cause, at: now, action: "update", object_kind: "group", object: id, object_name: name, detail };
                audit::record(tx, actor, entry).await?;
                work::mark_dirty(tx, Kind::Group, [id], false, Some(cause), now).await?;
            }
            get(tx, id).await?.ok_or_else(|| Error::not_found("group", id))
        });
        self.bell.notify_one();
        renamed
    }

    /// Remove a manual group. Access that its members had only through it ends.
    pub async fn remove_group(&self, tenant: Tenant, actor: &Actor, id: Uuid) -> Result<(), Error> {
        let removed = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let group = manual(tx, id).await?;
            remove(tx, &group, actor, cause, now).await
        });
        self.bell.notify_one();
        removed
    }

    /// Add and remove members of a manual group: users or groups, by id.
    ///
    /// # Errors
    /// `NotFound` for an unknown member, `Invalid` when a group would end up inside itself; nothing is changed then.
    pub async fn change_group_members(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        add: &[Uuid],
        remove: &[Uuid],
    ) -> Result<(), Error> {
        let changed = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let group = manual(tx, id).await?;
            let (added, removed) = (kinds(tx, add).await?, kinds(tx, remove).await?);
            for (id, _) in added.iter().filter(|(_, kind)| *kind == Kind::Group) {
                if let Some(group) = get(tx, *id).await? {
                    group.must_be_there()?;
                }
            }
            let above = ancestors(tx, &[id]).await?.remove(&id).unwrap_or_default();
            if let Some((inner, _)) = added.iter().find(|(member, kind)| *kind == Kind::Group && (*member == id || above.contains(member))) {
                return Err(Error::invalid(format!("group {inner} holds {:?} already: it can't be a member of it", group.display_name)));
            }
            change_members(tx, id, &added, &removed, cause, now).await?;
            bury(tx).await?;
            let detail = Some(serde_json::json!({"added": add, "removed": remove}));
            let entry = Entry { id: cause, at: now, action: "members", object_kind: "group", object: id, object_name: &group.display_name, detail };
            audit::record(tx, actor, entry).await
        });
        self.bell.notify_one();
        changed
    }
}

/// Which of these ids are users and which are groups.
async fn kinds(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<(Uuid, Kind)>, Error> {
    let mut found = HashMap::new();
    for ids in ids.chunks(BATCH) {
        let tenant = tx.tenant().id();
        let mut sql = Sql::new("SELECT id, 0 FROM users WHERE tenant = ");
        sql.bind(tenant).push(" AND id IN (").bind_all(ids.iter());
        sql.push(") UNION ALL SELECT id, 1 FROM groups WHERE kind <> 'built_in' AND tenant = ").bind(tenant);
        sql.push(" AND id IN (").bind_all(ids.iter()).push(")");
        found.extend(tx.rows_of::<(Uuid, i32)>(sql).await?);
    }
    ids.iter()
        .map(|id| match found.get(id) {
            Some(kind) => Ok((*id, Kind::from_code(i64::from(*kind)))),
            None => Err(Error::not_found("user or group", id)),
        })
        .collect()
}
