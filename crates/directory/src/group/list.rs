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
    /// When they last changed.
    Modified,
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
    /// Direct members, counted as far as anybody wants to know exactly.
    pub members: Count,
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
            (GroupSort::Modified, Some(at)) => {
                let at: i64 = at.parse().map_err(|_| Error::invalid("the page begins at no place of this order"))?;
                sql.push(" AND (modified_at, id)").push(than).push("(").bind(at).push(", ").bind(*id).push(")")
            }
            _ => sql.push(" AND id").push(than).bind(*id),
        };
    }
    sql.push(match (query.order.by, descending) {
        (GroupSort::Created, false) => " ORDER BY id",
        (GroupSort::Created, true) => " ORDER BY id DESC",
        (GroupSort::Name, false) => " ORDER BY name_key, id",
        (GroupSort::Name, true) => " ORDER BY name_key DESC, id DESC",
        (GroupSort::Modified, false) => " ORDER BY modified_at, id",
        (GroupSort::Modified, true) => " ORDER BY modified_at DESC, id DESC",
    });
    sql.push(" LIMIT ").bind(query.limit);
    Ok(tx.rows_of::<Row>(sql).await?.into_iter().map(group).collect())
}

/// Where a list in this order goes on behind this group.
pub fn position(group: &Group, by: GroupSort) -> Position {
    let key = match by {
        GroupSort::Created => None,
        GroupSort::Name => Some(fold::fold(&group.display_name)),
        GroupSort::Modified => Some(group.modified_at.to_string()),
    };
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
                "SELECT subject, COUNT(*) FROM assignments WHERE tenant = ",
                " AND subject IN (",
                (|extras, count| extras.assigned_to = count) as fn(&mut GroupExtras, i64),
            ),
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
        for (group, members) in members(tx, groups).await? {
            extras.entry(group).or_default().members = members;
        }
    }
    Ok(extras)
}

/// How many direct members groups have. A group of a million costs what one of ten thousand does.
async fn members(tx: &mut Tx, groups: &[Uuid]) -> Result<Vec<(Uuid, Count)>, Error> {
    let tenant = tx.tenant().id();
    let mut sql = Sql::new(
        "SELECT g.id, (SELECT COUNT(*) FROM (SELECT 1 AS one FROM group_members m WHERE m.tenant = g.tenant AND m.group_id = g.id LIMIT ",
    );
    sql.bind(count::LIMIT).push(") AS counted) FROM groups g WHERE g.tenant = ").bind(tenant);
    sql.push(" AND g.id IN (").bind_all(groups.iter()).push(")");
    let rows: Vec<(Uuid, i64)> = tx.rows_of(sql).await?;
    Ok(rows.into_iter().map(|(group, members)| (group, Count::new(members))).collect())
}
