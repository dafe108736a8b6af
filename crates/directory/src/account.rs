//! Accounts and group links: the tie to one object in an application, and the ledger of what we know it holds.

mod inside;

pub use inside::{Insider, insiders, known_by_remote_ids};

use scim::Object;
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tx,
    access::{self, Effective},
    count::{self, Count},
    db::{BATCH, Sql, args, transaction},
    error::{stored, to_text},
    group::{self, Group},
    history::{self, Operation},
    lane::{self, Lease},
    schema::{self, Profile},
    user::{self, User},
    work::{self, Mark, Phase, Postponed, Work, WorkKey, WorkStatus},
};

/// How an account or a group link came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Lockstep made the object.
    Created,
    /// It was there, and was recognised.
    Adopted,
}

impl Origin {
    fn as_str(self) -> &'static str {
        match self {
            Origin::Created => "created",
            Origin::Adopted => "adopted",
        }
    }

    fn parse(text: &str) -> Origin {
        if text == "adopted" { Origin::Adopted } else { Origin::Created }
    }
}

/// What we know about the object in the application.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// A create may be under way: whoever looks next matches first and never posts blindly.
    Creating,
    /// It is there.
    Linked,
    /// It is there, and deactivated because the person should not have it.
    Deactivated,
    /// It is there and nobody's business any more: left alone when the person lost access.
    Released,
}

impl LinkState {
    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            LinkState::Creating => "creating",
            LinkState::Linked => "linked",
            LinkState::Deactivated => "deactivated",
            LinkState::Released => "released",
        }
    }

    pub(crate) fn parse(text: &str) -> LinkState {
        match text {
            "creating" => LinkState::Creating,
            "deactivated" => LinkState::Deactivated,
            "released" => LinkState::Released,
            _ => LinkState::Linked,
        }
    }
}

/// What one application holds for one user.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The user.
    pub user: Uuid,
    /// The user's name when the account was last written, for when the user is gone.
    pub user_name: String,
    /// The application's id of it; none while `creating`.
    pub remote_id: Option<String>,
    /// How it came to be.
    pub origin: Origin,
    /// What we know about it.
    pub state: LinkState,
    /// A change was sent, and how it ended is not known: what the application holds must be looked at.
    pub unsure: bool,
    /// What was last applied, or found: the ledger.
    pub applied: Object,
    /// When it was linked.
    pub created_at: Millis,
    /// When it was last written.
    pub modified_at: Millis,
}

/// What one application holds for one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupLink {
    /// The group.
    pub group: Uuid,
    /// The name that was last applied.
    pub display_name: String,
    /// The application's id of it; none while `creating`.
    pub remote_id: Option<String>,
    /// How it came to be.
    pub origin: Origin,
    /// What we know about it.
    pub state: LinkState,
    /// A change was sent, and how it ended is not known: what the application holds must be looked at.
    pub unsure: bool,
    /// When it was linked.
    pub created_at: Millis,
    /// When it was last written.
    pub modified_at: Millis,
}

impl Account {
    /// Whether others can refer to it.
    fn is_there(&self) -> bool {
        self.state == LinkState::Linked && self.remote_id.is_some()
    }
}

type Row = (Uuid, String, Option<String>, String, String, bool, String, Millis, Millis);

fn account(row: Row) -> Result<Account, Error> {
    let (user, user_name, remote_id, origin, state, unsure, applied, created_at, modified_at) = row;
    let applied = stored("accounts", user, &applied)?;
    let (origin, state) = (Origin::parse(&origin), LinkState::parse(&state));
    Ok(Account { user, user_name, remote_id, origin, state, unsure, applied, created_at, modified_at })
}

type LinkRow = (Uuid, String, Option<String>, String, String, bool, Millis, Millis);

fn group_link(row: LinkRow) -> GroupLink {
    let (group, display_name, remote_id, origin, state, unsure, created_at, modified_at) = row;
    let (origin, state) = (Origin::parse(&origin), LinkState::parse(&state));
    GroupLink { group, display_name, remote_id, origin, state, unsure, created_at, modified_at }
}

/// The accounts of several users in an application.
pub async fn accounts(tx: &mut Tx, application: Uuid, users: &[Uuid]) -> Result<HashMap<Uuid, Account>, Error> {
    let mut found = HashMap::new();
    for users in users.chunks(BATCH) {
        let mut sql = Sql::new(
            "SELECT user_id, user_name, remote_id, origin, state, unsure, applied, created_at, modified_at FROM accounts WHERE tenant = ",
        );
        sql.bind(tx.tenant().id()).push(" AND application = ").bind(application);
        sql.push(" AND user_id IN (").bind_all(users.iter()).push(")");
        for row in tx.rows_of(sql).await? {
            let account = account(row)?;
            found.insert(account.user, account);
        }
    }
    Ok(found)
}

/// A page of an application's accounts in the order of users' ids, each with the user's display name.
pub async fn list(
    tx: &mut Tx,
    application: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Account, Option<String>)>, Error> {
    let tenant = tx.tenant().id();
    type Named = (Uuid, String, Option<String>, String, String, bool, String, Millis, Millis, Option<String>);
    let rows: Vec<Named> = tx
        .rows(
            "SELECT a.user_id, a.user_name, a.remote_id, a.origin, a.state, a.unsure, a.applied, a.created_at, a.modified_at, u.display_name
             FROM accounts a LEFT JOIN users u ON u.tenant = a.tenant AND u.id = a.user_id
             WHERE a.tenant = $1 AND a.application = $2 AND a.user_id > $3 ORDER BY a.user_id LIMIT $4",
            args![tenant, application, after.unwrap_or_default(), limit],
        )
        .await?;
    rows.into_iter()
        .map(|(user, name, remote_id, origin, state, unsure, applied, created_at, modified_at, display_name)| {
            let row = (user, name, remote_id, origin, state, unsure, applied, created_at, modified_at);
            Ok((account(row)?, display_name))
        })
        .collect()
}

/// All accounts of one user: application and account.
pub async fn of_user(tx: &mut Tx, user: Uuid) -> Result<Vec<(Uuid, Account)>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid,)> =
        tx.rows("SELECT application FROM accounts WHERE tenant = $1 AND user_id = $2", args![tenant, user]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for (application,) in rows {
        found.extend(accounts(tx, application, &[user]).await?.remove(&user).map(|account| (application, account)));
    }
    Ok(found)
}

/// Whether anything in an application is tied to us.
pub(crate) async fn any(tx: &mut Tx, application: Uuid) -> Result<bool, Error> {
    let tenant = tx.tenant().id();
    let account: Option<(Uuid,)> = tx
        .row("SELECT user_id FROM accounts WHERE tenant = $1 AND application = $2 LIMIT 1", args![tenant, application])
        .await?;
    let link: Option<(Uuid,)> = tx
        .row(
            "SELECT group_id FROM group_links WHERE tenant = $1 AND application = $2 LIMIT 1",
            args![tenant, application],
        )
        .await?;
    Ok(account.is_some() || link.is_some())
}

/// Whose account in an application has this remote id.
pub async fn owner(tx: &mut Tx, application: Uuid, remote_id: &str) -> Result<Option<(Uuid, String)>, Error> {
    let tenant = tx.tenant().id();
    Ok(tx
        .row(
            "SELECT user_id, user_name FROM accounts WHERE tenant = $1 AND application = $2 AND remote_id = $3",
            args![tenant, application, remote_id],
        )
        .await?)
}

/// A page of the accounts that are there, in the order of users' ids: user and remote id.
pub async fn remote_ids(
    tx: &mut Tx,
    application: Uuid,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Option<String>)>, Error> {
    let tenant = tx.tenant().id();
    Ok(tx
        .rows(
            "SELECT user_id, remote_id FROM accounts WHERE tenant = $1 AND application = $2 AND user_id > $3
             ORDER BY user_id LIMIT $4",
            args![tenant, application, after, limit],
        )
        .await?)
}

/// Whose accounts these remote ids are: user and remote id. Unknown ones are left out.
pub async fn by_remote_ids(tx: &mut Tx, application: Uuid, remote_ids: &[&str]) -> Result<Vec<(Uuid, String)>, Error> {
    let mut found = Vec::new();
    for remote_ids in remote_ids.chunks(BATCH) {
        let mut sql = Sql::new("SELECT user_id, remote_id FROM accounts WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND application = ").bind(application);
        sql.push(" AND remote_id IN (").bind_all(remote_ids.iter().copied()).push(")");
        found.extend(tx.rows_of::<(Uuid, String)>(sql).await?);
    }
    Ok(found)
}

/// Whose group link in an application has this remote id: the group and its name there.
pub async fn group_owner(tx: &mut Tx, application: Uuid, remote_id: &str) -> Result<Option<(Uuid, String)>, Error> {
    let tenant = tx.tenant().id();
    Ok(tx
        .row(
            "SELECT group_id, display_name FROM group_links WHERE tenant = $1 AND application = $2 AND remote_id = $3",
            args![tenant, application, remote_id],
        )
        .await?)
}

/// The group links of an application.
pub async fn group_links(tx: &mut Tx, application: Uuid) -> Result<Vec<GroupLink>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<LinkRow> = tx
        .rows(
            "SELECT group_id, display_name, remote_id, origin, state, unsure, created_at, modified_at FROM group_links
             WHERE tenant = $1 AND application = $2 ORDER BY group_id",
            args![tenant, application],
        )
        .await?;
    Ok(rows.into_iter().map(group_link).collect())
}

/// How many accounts an application has.
pub async fn total(tx: &mut Tx, application: Uuid) -> Result<Count, Error> {
    let tenant = tx.tenant().id();
    count::bounded(tx, |sql| {
        sql.push("SELECT user_id FROM accounts WHERE tenant = ").bind(tenant);
        sql.push(" AND application = ").bind(application);
    })
    .await
}

/// How many members each group in an application is known to hold.
pub async fn held_counts(tx: &mut Tx, application: Uuid) -> Result<HashMap<Uuid, i64>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, i64)> = tx
        .rows(
            "SELECT group_id, COUNT(*) FROM link_members WHERE tenant = $1 AND application = $2 GROUP BY group_id",
            args![tenant, application],
        )
        .await?;
    Ok(rows.into_iter().collect())
}

/// How many members we know a pushed group to hold in an application.
pub async fn ledger_count(tx: &mut Tx, application: Uuid, group: Uuid) -> Result<i64, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(i64,)> = tx
        .row(
            "SELECT COUNT(*) FROM link_members WHERE tenant = $1 AND application = $2 AND group_id = $3",
            args![tenant, application, group],
        )
        .await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Everything that decides about one user in one application.
#[derive(Clone, Debug, Default)]
pub struct UserSubject {
    /// The user, unless removed from the directory.
    pub user: Option<User>,
    /// Why the user has access; none = no access.
    pub effective: Option<Effective>,
    /// What the application holds.
    pub account: Option<Account>,
    /// The groups the user is in, directly or not: id and name.
    pub groups: Vec<(Uuid, String)>,
    /// The user's manager.
    pub manager: Option<Manager>,
    /// What the tenant's profiles look like.
    pub profile: Profile,
}

/// A user's manager as the application knows them.
#[derive(Clone, Debug)]
pub struct Manager {
    /// The manager.
    pub user: User,
    /// The remote id of their account, if there is one.
    pub account_id: Option<String>,
    /// Whether they have access to the application, so that an account is to be expected.
    pub effective: bool,
}

/// Load what decides about some users in an application, in a handful of statements.
pub async fn user_subjects(tx: &mut Tx, application: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, UserSubject>, Error> {
    let users = user::get_all(tx, ids).await?;
    let managers: Vec<Uuid> = users.iter().filter_map(manager_of).collect();
    let manager_users: HashMap<_, _> =
        user::get_all(tx, &managers).await?.into_iter().map(|user| (user.id, user)).collect();
    let everyone: Vec<Uuid> = ids.iter().chain(&managers).copied().collect();
    let mut accounts = accounts(tx, application, &everyone).await?;
    let mut effective = access::effective(tx, application, &everyone).await?;
    let mut above = group::ancestors(tx, ids).await?;
    let mut group_ids: Vec<Uuid> = above.values().flatten().copied().collect();
    group_ids.sort_unstable();
    group_ids.dedup();
    let names = group::names(tx, &group_ids).await?;
    let remote =
        |accounts: &HashMap<Uuid, Account>, id: &Uuid| accounts.get(id).and_then(|account| account.remote_id.clone());
    let mut subjects: HashMap<Uuid, UserSubject> = HashMap::with_capacity(ids.len());
    let profile = &schema::load(tx).await?.profile;
    for user in users {
        let manager = manager_of(&user).and_then(|id| {
            let user = manager_users.get(&id)?.clone();
            Some(Manager { account_id: remote(&accounts, &id), effective: effective.contains_key(&id), user })
        });
        subjects.insert(user.id, UserSubject { manager, user: Some(user), ..UserSubject::default() });
    }
    for id in ids {
        let subject = subjects.entry(*id).or_default();
        subject.groups = above
            .remove(id)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|group| Some((group, names.get(&group)?.clone())))
            .collect();
        subject.groups.sort();
        subject.profile = profile.clone();
        subject.account = accounts.remove(id);
        subject.effective = effective.remove(id);
    }
    Ok(subjects)
}

fn manager_of(user: &User) -> Option<Uuid> {
    let value = user.doc.get(scim::ENTERPRISE_URN)?.get("manager")?.get("value")?.as_str()?;
    Uuid::parse_str(value).ok()
}

/// Everything that decides about one group in one application.
#[derive(Clone, Debug)]
pub struct GroupSubject {
    /// The group, unless removed from the directory.
    pub group: Option<Group>,
    /// Whether it is selected for push.
    pub pushed: bool,
    /// What the application holds.
    pub link: Option<GroupLink>,
}

/// Load what decides about a group in an application.
pub async fn group_subject(tx: &mut Tx, application: Uuid, id: Uuid) -> Result<GroupSubject, Error> {
    let tenant = tx.tenant().id();
    let group = group::get(tx, id).await?;
    let pushed: Option<(Millis,)> = tx
        .row(
            "SELECT created_at FROM pushed_groups WHERE tenant = $1 AND application = $2 AND group_id = $3",
            args![tenant, application, id],
        )
        .await?;
    let link: Option<LinkRow> = tx
        .row(
            "SELECT group_id, display_name, remote_id, origin, state, unsure, created_at, modified_at FROM group_links
             WHERE tenant = $1 AND application = $2 AND group_id = $3",
            args![tenant, application, id],
        )
        .await?;
    let is_there = group.as_ref().is_some_and(|group| group.deleted_at.is_none());
    Ok(GroupSubject { pushed: pushed.is_some() && is_there, group, link: link.map(group_link) })
}

/// Everything that decides about one user's membership of a pushed group.
#[derive(Clone, Debug, Default)]
pub struct MemberSubject {
    /// In the directory the user is in the group and has access to the application.
    pub wanted: bool,
    /// The user's account there.
    pub account: Option<Account>,
    /// The remote id under which the application holds the user as a member.
    pub held: Option<String>,
    /// Whether that is so is not known: a change was sent, and how it ended is not known.
    pub unsure: bool,
}

/// Load what decides about some users' membership of a group in an application.
pub async fn member_subjects(
    tx: &mut Tx,
    application: Uuid,
    group: Uuid,
    users: &[Uuid],
) -> Result<HashMap<Uuid, MemberSubject>, Error> {
    let tenant = tx.tenant().id();
    let above = group::ancestors(tx, users).await?;
    let effective = access::effective(tx, application, users).await?;
    let mut accounts = accounts(tx, application, users).await?;
    let mut held: HashMap<Uuid, (String, bool)> = HashMap::new();
    for users in users.chunks(BATCH) {
        let mut sql = Sql::new("SELECT user_id, remote_id, unsure FROM link_members WHERE tenant = ");
        sql.bind(tenant).push(" AND application = ").bind(application).push(" AND group_id = ").bind(group);
        sql.push(" AND user_id IN (").bind_all(users.iter()).push(")");
        let rows = tx.rows_of::<(Uuid, String, bool)>(sql).await?;
        held.extend(rows.into_iter().map(|(user, remote, unsure)| (user, (remote, unsure))));
    }
    Ok(users
        .iter()
        .map(|id| {
            let inside = above.get(id).is_some_and(|groups| groups.contains(&group));
            let wanted = inside && effective.contains_key(id);
            let (held, unsure) = held.remove(id).map_or((None, false), |(remote, unsure)| (Some(remote), unsure));
            (*id, MemberSubject { wanted, account: accounts.remove(id), held, unsure })
        })
        .collect())
}

/// What a look at an object came to: recorded in one transaction, or not at all.
#[derive(Debug, Default)]
pub struct Recording {
    /// An account to store.
    pub account: Option<Account>,
    /// A user whose account is gone from the application, or forgotten.
    pub forget_account: Option<Uuid>,
    /// A group link to store.
    pub link: Option<GroupLink>,
    /// A group whose link is gone.
    pub forget_link: Option<Uuid>,
    /// Members about to be added to or removed from a group in the application: group, user, remote id.
    pub sending: Vec<(Uuid, Uuid, String)>,
    /// Members added to a group in the application: group, user, remote id.
    pub added: Vec<(Uuid, Uuid, String)>,
    /// Members removed from a group in the application: group, user.
    pub removed: Vec<(Uuid, Uuid)>,
    /// Work that is done.
    pub done: Vec<Work>,
    /// Work that is put off, and why.
    pub postponed: Vec<(Work, Postponed)>,
    /// What to write into the history.
    pub operations: Vec<Operation>,
}

impl Directory {
    /// Record what a lane did. `false`: the lane belongs to another node by now; nothing was recorded.
    pub async fn record(&self, lease: &Lease, recording: &Recording) -> Result<bool, Error> {
        let application = lease.subject;
        transaction!(self.db, lease.tenant, tx => {
            if !lane::fence(tx, lease).await? {
                return Ok(false);
            }
            let (tenant, now) = (lease.tenant.id(), self.clock.now());
            if let Some(account) = &recording.account {
                self.store_account(tx, application, account, now).await?;
            }
            if let Some(user) = recording.forget_account {
                let gone: Option<(Option<String>,)> = tx
                    .row(
                        "DELETE FROM accounts WHERE tenant = $1 AND application = $2 AND user_id = $3 RETURNING remote_id",
                        args![tenant, application, user],
                    )
                    .await?;
                // The ledger of its memberships stays until they are removed too: not every application does so itself.
                if matches!(gone, Some((Some(_),))) {
                    mark_held(tx, application, user, now).await?;
                    work::mark_reports(tx, application, user, now).await?;
                }
            }
            if let Some(group) = recording.forget_link {
                tx.execute("DELETE FROM group_links WHERE tenant = $1 AND application = $2 AND group_id = $3", args![tenant, application, group]).await?;
                tx.execute("DELETE FROM link_members WHERE tenant = $1 AND application = $2 AND group_id = $3", args![tenant, application, group]).await?;
            }
            for (rows, unsure) in [(&recording.sending, true), (&recording.added, false)] {
                for rows in rows.chunks(BATCH) {
                    let mut sql = Sql::new("INSERT INTO link_members (tenant, application, group_id, user_id, remote_id, unsure) VALUES ");
                    sql.bind_rows(rows.iter().map(|(group, user, remote)| args![tenant, application, group, user, remote, unsure]));
                    sql.push(" ON CONFLICT (tenant, application, group_id, user_id) DO UPDATE SET remote_id = excluded.remote_id, unsure = excluded.unsure");
                    tx.execute_sql(sql).await?;
                }
            }
            for rows in recording.removed.chunks(BATCH) {
                let mut sql = Sql::new("DELETE FROM link_members WHERE (tenant, application, group_id, user_id) IN ");
                sql.bind_keys(rows.iter().map(|(group, user)| args![tenant, application, group, user]));
                tx.execute_sql(sql).await?;
            }
            if let Some(link) = &recording.link {
                store_link(tx, application, link, recording.done.first().and_then(|work| work.cause), now).await?;
            }
            work::finish(tx, application, &recording.done).await?;
            for (work, postponed) in &recording.postponed {
                let there = match postponed.waiting_on {
                    Some(user) => accounts(tx, application, &[user]).await?.remove(&user).is_some_and(|account| account.is_there()),
                    None => false,
                };
                if there {
                    // What it waits for came while it was looked at: nobody would release it any more.
                    let due = Postponed { status: WorkStatus::Pending, due_at: now, waiting_on: None, ..postponed.clone() };
                    work::postpone(tx, application, std::slice::from_ref(work), &due, now).await?;
                    continue;
                }
                work::postpone(tx, application, std::slice::from_ref(work), postponed, now).await?;
            }
            history::insert(tx, &recording.operations).await?;
            Ok(true)
        })
    }

    /// Leave one work mark.
    pub async fn mark_work(&self, tenant: crate::Tenant, application: Uuid, key: WorkKey) -> Result<(), Error> {
        let phase = match key.kind {
            crate::Kind::User => Phase::User,
            crate::Kind::Group => Phase::Group,
            crate::Kind::Membership | crate::Kind::Custom(_) => Phase::Membership,
        };
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            work::mark(tx, vec![Mark { application, key, phase, cause: None }], now).await
        })
    }

    async fn store_account(&self, tx: &mut Tx, application: Uuid, account: &Account, now: Millis) -> Result<(), Error> {
        let tenant = tx.tenant().id();
        let before: Option<(Option<String>, String)> = tx
            .row(
                "SELECT remote_id, state FROM accounts WHERE tenant = $1 AND application = $2 AND user_id = $3",
                args![tenant, application, account.user],
            )
            .await?;
        tx.execute(
            "INSERT INTO accounts (tenant, application, user_id, user_name, remote_id, origin, state, applied, created_at, modified_at, unsure)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)
             ON CONFLICT (tenant, application, user_id) DO UPDATE SET user_name = excluded.user_name, remote_id = excluded.remote_id,
             origin = excluded.origin, state = excluded.state, applied = excluded.applied, modified_at = excluded.modified_at,
             unsure = excluded.unsure",
            args![tenant, application, account.user, &account.user_name, account.remote_id.as_deref(), account.origin.as_str(), account.state.as_str(), to_text(&account.applied), now, account.unsure],
        )
        .await
        .map_err(|error| Error::taken(error, "remote id", account.remote_id.as_deref().unwrap_or_default()))?;
        let linked = account.is_there();
        let was = before.is_some_and(|(remote, state)| state == "linked" && remote == account.remote_id);
        if linked && !was {
            // The account has appeared: whoever waited for it goes on, and its groups can hold it now.
            work::release(tx, application, account.user, now).await?;
            access::mark_memberships(tx, application, account.user, now).await?;
            work::mark_reports(tx, application, account.user, now).await?;
        }
        Ok(())
    }
}

/// An account is gone: look at the groups that hold it.
async fn mark_held(tx: &mut Tx, application: Uuid, user: Uuid, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let held: Vec<(Uuid,)> = tx
        .rows(
            "SELECT group_id FROM link_members WHERE tenant = $1 AND user_id = $2 AND application = $3",
            args![tenant, user, application],
        )
        .await?;
    let marks = held.into_iter().map(|(group,)| membership_mark(application, group, user, None)).collect();
    work::mark(tx, marks, now).await
}

async fn store_link(
    tx: &mut Tx,
    application: Uuid,
    link: &GroupLink,
    cause: Option<Uuid>,
    now: Millis,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let before: Option<(Option<String>, String)> = tx
        .row(
            "SELECT remote_id, state FROM group_links WHERE tenant = $1 AND application = $2 AND group_id = $3",
            args![tenant, application, link.group],
        )
        .await?;
    tx.execute(
        "INSERT INTO group_links (tenant, application, group_id, display_name, remote_id, origin, state, created_at, modified_at, unsure)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
         ON CONFLICT (tenant, application, group_id) DO UPDATE SET display_name = excluded.display_name, remote_id = excluded.remote_id,
         origin = excluded.origin, state = excluded.state, modified_at = excluded.modified_at, unsure = excluded.unsure",
        args![tenant, application, link.group, &link.display_name, link.remote_id.as_deref(), link.origin.as_str(), link.state.as_str(), now, link.unsure],
    )
    .await
    .map_err(|error| Error::taken(error, "remote id", link.remote_id.as_deref().unwrap_or_default()))?;
    let linked = link.state == LinkState::Linked && link.remote_id.is_some();
    if linked && !before.is_some_and(|(remote, state)| state == "linked" && remote == link.remote_id) {
        work::mark_members(tx, application, link.group, cause, now).await?;
        // A group that was adopted may hold people it should not.
        mark_holders(tx, application, link.group, cause, now).await?;
    }
    Ok(())
}

/// Look at the membership of everyone whom a group in an application holds.
pub(crate) async fn mark_holders(
    tx: &mut Tx,
    application: Uuid,
    group: Uuid,
    cause: Option<Uuid>,
    now: Millis,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let held: Vec<(Uuid,)> = tx
        .rows(
            "SELECT user_id FROM link_members WHERE tenant = $1 AND application = $2 AND group_id = $3",
            args![tenant, application, group],
        )
        .await?;
    let marks = held.into_iter().map(|(user,)| membership_mark(application, group, user, cause)).collect();
    work::mark(tx, marks, now).await
}

/// Look at one membership: the mark for it.
pub(crate) fn membership_mark(application: Uuid, group: Uuid, user: Uuid, cause: Option<Uuid>) -> Mark {
    Mark { application, key: WorkKey::membership(group, user), phase: Phase::Membership, cause }
}
