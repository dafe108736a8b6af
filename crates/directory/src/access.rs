//! Access: who resolves to which application, by which paths, since when; and the plan lane that keeps it.
//!
//! A look at a user costs what the user's own groups and applications cost, whatever the size of the tenant.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

use crate::{
    Directory, Error, Kind, Millis, Tx,
    account::membership_mark,
    db::{BATCH, Sql, args, transaction},
    error::{stored, to_text},
    group,
    lane::{self, Lease},
    user,
    work::{self, Mark, Phase, WorkKey},
};

/// Why a user has access to an application.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effective {
    /// When access began.
    pub since: Millis,
    /// Every assignment that gives it.
    pub paths: Vec<AccessPath>,
}

/// One assignment that gives access.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum AccessPath {
    /// The user is assigned.
    User,
    /// A group that holds the user, directly or not, is assigned.
    Group(Uuid),
}

/// Which assignments give a user access. Pure.
pub fn access(user: Uuid, groups: &[Uuid], everyone: Uuid, assigned: &HashSet<Uuid>) -> Vec<AccessPath> {
    let direct = assigned.contains(&user).then_some(AccessPath::User);
    let inherited = groups
        .iter()
        .chain([&everyone])
        .filter(|group| assigned.contains(group))
        .map(|group| AccessPath::Group(*group));
    let paths: BTreeSet<_> = direct.into_iter().chain(inherited).collect();
    paths.into_iter().collect()
}

/// The access of several users to an application.
pub async fn effective(tx: &mut Tx, application: Uuid, users: &[Uuid]) -> Result<HashMap<Uuid, Effective>, Error> {
    let mut found = HashMap::new();
    for users in users.chunks(BATCH) {
        let mut sql = Sql::new("SELECT user_id, since, paths FROM effective_users WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND application = ").bind(application);
        sql.push(" AND user_id IN (").bind_all(users.iter()).push(")");
        for (user, since, paths) in tx.rows_of::<(Uuid, Millis, String)>(sql).await? {
            found.insert(user, Effective { since, paths: stored("effective_users", user, &paths)? });
        }
    }
    Ok(found)
}

/// A page of an application's effective users in the order of ids: id, user name, display name, access.
pub async fn list(
    tx: &mut Tx,
    application: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Uuid, String, Option<String>, Effective)>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String, Option<String>, Millis, String)> = tx
        .rows(
            "SELECT e.user_id, COALESCE(u.user_name, ''), u.display_name, e.since, e.paths FROM effective_users e
             LEFT JOIN users u ON u.tenant = e.tenant AND u.id = e.user_id
             WHERE e.tenant = $1 AND e.application = $2 AND e.user_id > $3 ORDER BY e.user_id LIMIT $4",
            args![tenant, application, after.unwrap_or_default(), limit],
        )
        .await?;
    rows.into_iter()
        .map(|(user, name, display_name, since, paths)| {
            Ok((user, name, display_name, Effective { since, paths: stored("effective_users", user, &paths)? }))
        })
        .collect()
}

/// How many users have access to an application.
pub async fn count(tx: &mut Tx, application: Uuid) -> Result<i64, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(i64,)> = tx
        .row("SELECT COUNT(*) FROM effective_users WHERE tenant = $1 AND application = $2", args![tenant, application])
        .await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// The applications a user has access to.
pub async fn of_user(tx: &mut Tx, user: Uuid) -> Result<Vec<(Uuid, Effective)>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, Millis, String)> = tx
        .rows(
            "SELECT application, since, paths FROM effective_users WHERE tenant = $1 AND user_id = $2",
            args![tenant, user],
        )
        .await?;
    rows.into_iter()
        .map(|(application, since, paths)| {
            Ok((application, Effective { since, paths: stored("effective_users", user, &paths)? }))
        })
        .collect()
}

/// An account has appeared: look at the memberships of its user in the application's pushed groups.
pub(crate) async fn mark_memberships(tx: &mut Tx, application: Uuid, user: Uuid, now: Millis) -> Result<(), Error> {
    let groups = group::ancestors(tx, &[user]).await?.remove(&user).unwrap_or_default();
    let pushed = pushed_by(tx, &groups).await?.remove(&application).unwrap_or_default();
    let marks = pushed.into_iter().map(|group| membership_mark(application, group, user, None)).collect();
    work::mark(tx, marks, now).await
}

/// Which applications these groups are pushed to.
async fn pushed_by(tx: &mut Tx, groups: &[Uuid]) -> Result<HashMap<Uuid, HashSet<Uuid>>, Error> {
    let mut found: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    for groups in groups.chunks(BATCH) {
        let mut sql = Sql::new("SELECT application, group_id FROM pushed_groups WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND group_id IN (").bind_all(groups.iter()).push(")");
        for (application, group) in tx.rows_of::<(Uuid, Uuid)>(sql).await? {
            found.entry(application).or_default().insert(group);
        }
    }
    Ok(found)
}

/// So many marks are looked at in one transaction.
const TURN: i64 = 200;

impl Directory {
    /// One turn of a plan lane: from dirty marks to access and work. `None`: the lane is lost. `Some(false)`:
    /// nothing was left to look at.
    pub async fn plan_turn(&self, lease: &Lease) -> Result<Option<bool>, Error> {
        let planned = transaction!(self.db, lease.tenant, tx => {
            if !lane::fence(tx, lease).await? {
                return Ok(None);
            }
            let now = self.clock.now();
            let more = user::deactivate_due(tx, &self.clock).await?;
            let dirty = work::take_dirty(tx, TURN).await?;
            if dirty.is_empty() {
                return Ok(Some(more));
            }
            let mut users = BTreeMap::new();
            for mark in &dirty {
                match mark.kind {
                    Kind::Group => plan_group(tx, mark.subject, mark.spread, mark.cause, now).await?,
                    _ => {
                        users.insert(mark.subject, mark.cause);
                    }
                }
            }
            plan_users(tx, &users, now).await?;
            work::clear_dirty(tx, &dirty).await?;
            Ok(Some(true))
        });
        match planned {
            Ok(Some(true)) => self.bell.notify_one(),
            // Whoever is waited for comes before what can wait.
            Ok(Some(false)) => return self.chore_turn(lease).await,
            _ => {}
        }
        planned
    }
}

/// A group changed: look at it wherever it is pushed, and at everyone inside it when their access may differ.
async fn plan_group(tx: &mut Tx, id: Uuid, spread: bool, cause: Option<Uuid>, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let group = group::get(tx, id).await?;
    let everyone = group.as_ref().is_some_and(|group| group.kind == group::GroupKind::BuiltIn);
    let is_there = group.as_ref().is_some_and(|group| group.deleted_at.is_none());
    if spread {
        work::spread(tx, id, everyone, cause, now).await?;
    }
    let pushed: Vec<(Uuid,)> =
        tx.rows("SELECT application FROM pushed_groups WHERE tenant = $1 AND group_id = $2", args![tenant, id]).await?;
    let linked: Vec<(Uuid,)> = tx
        .rows(
            "SELECT application FROM group_links WHERE tenant = $1 AND group_id = $2
             EXCEPT SELECT application FROM pushed_groups WHERE tenant = $1 AND group_id = $2",
            args![tenant, id],
        )
        .await?;
    let wanted = if is_there { Phase::Group } else { Phase::GroupRemoval };
    let mark = |phase| move |(application,)| Mark { application, key: WorkKey::group(id), phase, cause };
    let marks = pushed.into_iter().map(mark(wanted)).chain(linked.into_iter().map(mark(Phase::GroupRemoval))).collect();
    work::mark(tx, marks, now).await
}

/// Users changed, or their groups did: work out their access anew, and mark what may be out of step.
async fn plan_users(tx: &mut Tx, users: &BTreeMap<Uuid, Option<Uuid>>, now: Millis) -> Result<(), Error> {
    let ids: Vec<Uuid> = users.keys().copied().collect();
    if ids.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant().id();
    let present = existing(tx, &ids).await?;
    let above = group::ancestors(tx, &ids).await?;
    let everyone = group::everyone(tx).await?.id;
    let groups: HashSet<Uuid> = above.values().flatten().copied().collect();
    let subjects: Vec<Uuid> = ids.iter().chain(&groups).chain([&everyone]).copied().collect();
    let assigned = assigned(tx, &subjects).await?;
    let pushed = pushed_by(tx, &groups.into_iter().collect::<Vec<_>>()).await?;
    let had = had(tx, &ids).await?;
    let accounts = keyed(tx, "SELECT user_id, application FROM accounts WHERE tenant = ", &ids).await?;
    let held = held(tx, &ids).await?;

    let nowhere = Vec::new();
    let (mut marks, mut granted, mut revoked, mut concerned) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (user, cause) in users {
        let (cause, groups) = (*cause, above.get(user).unwrap_or(&nowhere));
        let before = had.get(user);
        let mut places: BTreeSet<Uuid> = assigned.keys().copied().collect();
        places.extend(before.into_iter().flat_map(|before| before.keys()));
        places.extend(accounts.get(user).into_iter().flatten());
        for application in places {
            concerned.push((application, *user));
            let paths = match assigned.get(&application) {
                Some(assigned) if present.contains(user) => access(*user, groups, everyone, assigned),
                _ => Vec::new(),
            };
            let before = before.and_then(|before| before.get(&application));
            let has_account = accounts.get(user).is_some_and(|places| places.contains(&application));
            let key = WorkKey::user(*user);
            if paths.is_empty() {
                if before.is_some() {
                    revoked.push((application, *user));
                }
                if before.is_some() || has_account {
                    marks.push(Mark { application, key, phase: Phase::Leaver, cause });
                }
            } else {
                if before.is_none_or(|before| *before != paths) {
                    granted.push(args![tenant, application, user, now, to_text(&paths)]);
                }
                marks.push(Mark { application, key, phase: Phase::User, cause });
            }
            let wanted: HashSet<Uuid> = match pushed.get(&application) {
                Some(pushed) if !paths.is_empty() => {
                    groups.iter().filter(|group| pushed.contains(group)).copied().collect()
                }
                _ => HashSet::new(),
            };
            let none = HashSet::new();
            let holds = held.get(&(*user, application)).unwrap_or(&none);
            marks.extend(
                wanted.symmetric_difference(holds).map(|group| membership_mark(application, *group, *user, cause)),
            );
        }
    }
    for rows in granted.chunks(BATCH) {
        let mut sql = Sql::new("INSERT INTO effective_users (tenant, application, user_id, since, paths) VALUES ");
        sql.bind_rows(rows.iter().cloned());
        sql.push(" ON CONFLICT (tenant, application, user_id) DO UPDATE SET paths = excluded.paths");
        tx.later(sql).await?;
    }
    for rows in revoked.chunks(BATCH) {
        let mut sql = Sql::new("DELETE FROM effective_users WHERE (tenant, application, user_id) IN ");
        sql.bind_keys(rows.iter().map(|(application, user)| args![tenant, application, user]));
        tx.later(sql).await?;
    }
    work::release_all(tx, &concerned, now).await?;
    work::mark(tx, marks, now).await
}

async fn existing(tx: &mut Tx, ids: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    let mut sql = Sql::new("SELECT id FROM users WHERE tenant = ");
    sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
    Ok(tx.rows_of::<(Uuid,)>(sql).await?.into_iter().map(|(id,)| id).collect())
}

/// Which of these users and groups are assigned, by application.
async fn assigned(tx: &mut Tx, subjects: &[Uuid]) -> Result<HashMap<Uuid, HashSet<Uuid>>, Error> {
    let mut found: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    for subjects in subjects.chunks(BATCH) {
        let mut sql = Sql::new("SELECT application, subject FROM assignments WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND subject IN (").bind_all(subjects.iter()).push(")");
        for (application, subject) in tx.rows_of::<(Uuid, Uuid)>(sql).await? {
            found.entry(application).or_default().insert(subject);
        }
    }
    Ok(found)
}

/// By user and application.
type Paths = HashMap<Uuid, HashMap<Uuid, Vec<AccessPath>>>;

/// The access that these users had so far.
async fn had(tx: &mut Tx, ids: &[Uuid]) -> Result<Paths, Error> {
    let mut sql = Sql::new("SELECT user_id, application, paths FROM effective_users WHERE tenant = ");
    sql.bind(tx.tenant().id()).push(" AND user_id IN (").bind_all(ids.iter()).push(")");
    let mut found = Paths::new();
    for (user, application, paths) in tx.rows_of::<(Uuid, Uuid, String)>(sql).await? {
        found.entry(user).or_default().insert(application, stored("effective_users", user, &paths)?);
    }
    Ok(found)
}

async fn keyed(tx: &mut Tx, select: &'static str, ids: &[Uuid]) -> Result<HashMap<Uuid, HashSet<Uuid>>, Error> {
    let mut sql = Sql::new(select);
    sql.bind(tx.tenant().id()).push(" AND user_id IN (").bind_all(ids.iter()).push(")");
    let mut found: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    for (user, application) in tx.rows_of::<(Uuid, Uuid)>(sql).await? {
        found.entry(user).or_default().insert(application);
    }
    Ok(found)
}

/// Which groups hold these users in which applications: the ledger.
async fn held(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<(Uuid, Uuid), HashSet<Uuid>>, Error> {
    let mut sql = Sql::new("SELECT user_id, application, group_id FROM link_members WHERE tenant = ");
    sql.bind(tx.tenant().id()).push(" AND user_id IN (").bind_all(ids.iter()).push(")");
    let mut found: HashMap<(Uuid, Uuid), HashSet<Uuid>> = HashMap::new();
    for (user, application, group) in tx.rows_of::<(Uuid, Uuid, Uuid)>(sql).await? {
        found.entry((user, application)).or_default().insert(group);
    }
    Ok(found)
}
