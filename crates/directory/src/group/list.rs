//! Lists of groups as people look for them.

use scim::fold;
use std::collections::HashMap;
use uuid::Uuid;

use super::{Group, GroupKind, Row, group};
use crate::{
    Error, Tx,
    count::{self, Count},
    db::{BATCH, Sql},
    position::{Order, Position},
};

/// What a list of groups is in the order of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum GroupSort {
    /// When they were made.
    #[default]
    Created,
    /// The name.
    Name,
}

/// What a list of groups is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct GroupQuery {
    /// The beginning of the name.
    pub search: Option<String>,
    /// Of one kind.
    pub kind: Option<GroupKind>,
    /// From one source.
    pub source: Option<Uuid>,
    /// Only those that their source has deleted, or only the others.
    pub deleted: Option<bool>,
    /// The order.
    pub order: Order<GroupSort>,
    /// Behind this place.
    pub after: Option<Position>,
    /// At most so many.
    pub limit: i64,
}

/// What a list shows besides the group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupExtras {
    /// Direct members.
    pub members: i64,
    /// Applications that it is assigned to.
    pub assigned_to: i64,
    /// Applications that it is pushed to.
    pub pushed_to: i64,
}

/// A page of groups.
pub async fn list(tx: &mut Tx, query: &GroupQuery) -> Result<Vec<Group>, Error> {
    let mut sql = Sql::new(
        "SELECT id, kind, display_name, source, version, created_at, modified_at, deleted_at FROM groups WHERE tenant = ",
    );
    narrow(&mut sql, tx.tenant().id(), query);
    let descending = query.order.descending;
    if let Some(Position { id, key }) = &query.after {
        let than = if descending { " < " } else { " > " };
        match (query.order.by, key) {
            (GroupSort::Name, Some(name)) => {
                sql.push(" AND (name_key, id)").push(than).push("(").bind(name).push(", ").bind(*id).push(")")
            }
            _ => sql.push(" AND id").push(than).bind(*id),
        };
    }
    sql.push(match (query.order.by, descending) {
        (GroupSort::Created, false) => " ORDER BY id",
        (GroupSort::Created, true) => " ORDER BY id DESC",
        (GroupSort::Name, false) => " ORDER BY name_key, id",
        (GroupSort::Name, true) => " ORDER BY name_key DESC, id DESC",
    });
    sql.push(" LIMIT ").bind(query.limit);
    Ok(tx.rows_of::<Row>(sql).await?.into_iter().map(group).collect())
}

/// Where a list in this order goes on behind this group.
pub fn position(group: &Group, by: GroupSort) -> Position {
    let key = (by == GroupSort::Name).then(|| fold::fold(&group.display_name));
    Position { id: group.id, key }
}

/// How many groups there are in such a list.
pub async fn total(tx: &mut Tx, query: &GroupQuery) -> Result<Count, Error> {
    let tenant = tx.tenant().id();
    count::bounded(tx, |sql| {
        sql.push("SELECT id FROM groups WHERE tenant = ");
        narrow(sql, tenant, query);
    })
    .await
}

fn narrow(sql: &mut Sql, tenant: Uuid, query: &GroupQuery) {
    sql.bind(tenant);
    if let Some(search) = query.search.as_deref().filter(|text| !text.trim().is_empty()) {
        let from = fold::fold(search.trim());
        let to = format!("{from}{}", char::MAX);
        sql.push(" AND name_key BETWEEN ").bind(from).push(" AND ").bind(to);
    }
    if let Some(kind) = query.kind {
        sql.push(" AND kind = ").bind(kind.as_str());
    }
    if let Some(source) = query.source {
        sql.push(" AND source = ").bind(source);
    }
    sql.push(match query.deleted {
        None => "",
        Some(true) => " AND deleted_at IS NOT NULL",
        Some(false) => " AND deleted_at IS NULL",
    });
}

/// What a list shows besides the groups themselves, in a few statements for all of them.
pub async fn extras(tx: &mut Tx, groups: &[Uuid]) -> Result<HashMap<Uuid, GroupExtras>, Error> {
    let mut extras: HashMap<Uuid, GroupExtras> = HashMap::new();
    for groups in groups.chunks(BATCH) {
        for (select, by, set) in [
            (
                "SELECT group_id, COUNT(*) FROM group_members WHERE tenant = ",
                " AND group_id IN (",
                (|extras, count| extras.members = count) as fn(&mut GroupExtras, i64),
            ),
            ("SELECT subject, COUNT(*) FROM assignments WHERE tenant = ", " AND subject IN (", |extras, count| {
                extras.assigned_to = count;
            }),
            ("SELECT group_id, COUNT(*) FROM pushed_groups WHERE tenant = ", " AND group_id IN (", |extras, count| {
                extras.pushed_to = count;
            }),
        ] {
            let mut sql = Sql::new(select);
            sql.bind(tx.tenant().id()).push(by).bind_all(groups.iter()).push(") GROUP BY 1");
            for (group, count) in tx.rows_of::<(Uuid, i64)>(sql).await? {
                set(extras.entry(group).or_default(), count);
            }
        }
    }
    Ok(extras)
}
