//! How far a group reaches: who is inside it, what it is inside of, and where it is used.

use std::collections::{HashMap, VecDeque};
use uuid::Uuid;

use super::{BELOW, Group, GroupMember, group};
use crate::{
    Error, Kind, Millis, Tx,
    account::LinkState,
    db::{BATCH, Sql, args},
};

/// A group that holds somebody, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The group.
    pub group: Uuid,
    /// The groups between, from the one that holds them directly on; empty when it does so itself.
    pub via: Vec<Uuid>,
}

/// Every group that holds a user or group, each with a shortest chain of groups. *Everyone* is left out.
pub async fn chains(tx: &mut Tx, member: Uuid) -> Result<Vec<Reached>, Error> {
    let mut groups = super::ancestors(tx, &[member]).await?.remove(&member).unwrap_or_default();
    groups.sort();
    groups.dedup();
    let mut holders: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    let members: Vec<Uuid> = groups.iter().copied().chain([member]).collect();
    for members in members.chunks(BATCH) {
        let mut sql = Sql::new("SELECT member_id, group_id FROM group_members WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND member_id IN (").bind_all(members.iter()).push(") ORDER BY group_id");
        for (member, group) in tx.rows_of::<(Uuid, Uuid)>(sql).await? {
            holders.entry(member).or_default().push(group);
        }
    }
    // Breadth first: the first way to a group is a shortest one.
    let (mut found, mut came): (Vec<Reached>, HashMap<Uuid, Vec<Uuid>>) = (Vec::new(), HashMap::new());
    let mut next = VecDeque::from([(member, Vec::new())]);
    while let Some((at, via)) = next.pop_front() {
        for holder in holders.get(&at).into_iter().flatten() {
            if came.contains_key(holder) {
                continue;
            }
            came.insert(*holder, via.clone());
            found.push(Reached { group: *holder, via: via.clone() });
            let mut further: Vec<Uuid> = via.clone();
            further.push(*holder);
            next.push_back((*holder, further));
        }
    }
    Ok(found)
}

/// A page of everybody inside a group, directly or through other groups, in the order of ids; and for each whether
/// they are direct members.
pub async fn effective_members(
    tx: &mut Tx,
    id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(GroupMember, bool)>, Error> {
    let tenant = tx.tenant().id();
    let mut sql = Sql::default();
    let text = format!(
        "{BELOW} SELECT b.id, u.user_name, u.display_name, CASE WHEN m.member_id IS NULL THEN 0 ELSE 1 END FROM
         (SELECT DISTINCT id FROM below WHERE kind = 0 AND id > $3) AS b
         JOIN users u ON u.tenant = $1 AND u.id = b.id
         LEFT JOIN group_members m ON m.tenant = $1 AND m.group_id = $2 AND m.member_id = b.id
         ORDER BY b.id LIMIT $4"
    );
    sql.bind_text(&text, args![tenant, id, after.unwrap_or_default(), limit]);
    let rows: Vec<(Uuid, String, Option<String>, i32)> = tx.rows_of(sql).await?;
    let member = |(id, name, display_name, direct)| {
        (GroupMember { id, kind: Kind::User.as_str(), name, display_name }, direct == 1)
    };
    Ok(rows.into_iter().map(member).collect())
}

/// Where a group is used.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Assigned to: application and since when.
    pub assignments: Vec<(Uuid, Millis)>,
    /// Pushed to: application, and the state of the link if there is one.
    pub pushed_to: Vec<(Uuid, Option<LinkState>)>,
    /// The groups that hold it directly.
    pub nested_in: Vec<Group>,
}

/// Where a group is used.
pub async fn uses(tx: &mut Tx, id: Uuid) -> Result<Uses, Error> {
    let tenant = tx.tenant().id();
    let assignments = tx
        .rows(
            "SELECT application, created_at FROM assignments WHERE tenant = $1 AND subject = $2 ORDER BY application",
            args![tenant, id],
        )
        .await?;
    let pushed: Vec<(Uuid, Option<String>)> = tx
        .rows(
            "SELECT p.application, l.state FROM pushed_groups p
             LEFT JOIN group_links l ON l.tenant = p.tenant AND l.application = p.application AND l.group_id = p.group_id
             WHERE p.tenant = $1 AND p.group_id = $2 ORDER BY p.application",
            args![tenant, id],
        )
        .await?;
    let nested: Vec<super::Row> = tx
        .rows(
            "SELECT g.id, g.kind, g.display_name, g.source, g.version, g.created_at, g.modified_at, g.deleted_at
             FROM group_members m JOIN groups g ON g.tenant = m.tenant AND g.id = m.group_id
             WHERE m.tenant = $1 AND m.member_id = $2 ORDER BY g.name_key LIMIT 1000",
            args![tenant, id],
        )
        .await?;
    Ok(Uses {
        assignments,
        pushed_to: pushed.into_iter().map(|(id, state)| (id, state.map(|state| LinkState::parse(&state)))).collect(),
        nested_in: nested.into_iter().map(group).collect(),
    })
}

/// The groups that an application has to do with: assigned to it (since when), or pushed to it.
pub async fn of_application(tx: &mut Tx, application: Uuid) -> Result<Vec<(Group, Option<Millis>, bool)>, Error> {
    let tenant = tx.tenant().id();
    type Joined =
        (Uuid, String, String, Option<Uuid>, i64, Millis, Millis, Option<Millis>, Option<Millis>, Option<Uuid>);
    let rows: Vec<Joined> = tx
        .rows(
            "SELECT g.id, g.kind, g.display_name, g.source, g.version, g.created_at, g.modified_at, g.deleted_at, a.created_at, p.group_id
             FROM (SELECT subject AS id FROM assignments WHERE tenant = $1 AND application = $2 AND kind = 1
                   UNION SELECT group_id FROM pushed_groups WHERE tenant = $1 AND application = $2) AS used
             JOIN groups g ON g.tenant = $1 AND g.id = used.id
             LEFT JOIN assignments a ON a.tenant = $1 AND a.application = $2 AND a.subject = g.id
             LEFT JOIN pushed_groups p ON p.tenant = $1 AND p.application = $2 AND p.group_id = g.id
             ORDER BY g.name_key, g.id LIMIT 1000",
            args![tenant, application],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, name, source, version, created, modified, deleted, assigned, pushed)| {
            (group((id, kind, name, source, version, created, modified, deleted)), assigned, pushed.is_some())
        })
        .collect())
}
