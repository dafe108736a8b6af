//! Marks: *look at this*, never *do that*. One row per key; finishing deletes only the revision that was seen, so
//! a change that came meanwhile is never lost.

mod errors;

pub use errors::{ErrorGroup, OpenQuery, errors};

use std::collections::BTreeSet;
use uuid::Uuid;

use crate::{
    Error, Kind, Millis, Tx,
    db::{BATCH, Sql, args},
};

/// Leave dirty marks: these users or groups changed. `spread`: so did the access of everyone inside the group.
pub(crate) async fn mark_dirty(
    tx: &mut Tx,
    kind: Kind,
    subjects: impl IntoIterator<Item = Uuid>,
    spread: bool,
    cause: Option<Uuid>,
    now: Millis,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    // In the order of keys, so that two transactions never wait for each other's rows crosswise.
    let subjects: Vec<_> = subjects.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    for subjects in subjects.chunks(BATCH) {
        let mut sql = Sql::new("INSERT INTO dirty (tenant, kind, subject, spread, revision, cause, marked_at) VALUES ");
        sql.bind_rows(subjects.iter().map(|id| args![tenant, kind.code(), id, spread, 1_i64, cause, now]));
        sql.push(
            " ON CONFLICT (tenant, kind, subject) DO UPDATE SET revision = dirty.revision + 1,
             spread = dirty.spread OR excluded.spread, cause = excluded.cause",
        );
        tx.later(sql).await?;
    }
    Ok(())
}

/// A dirty mark as the planner sees it.
#[derive(Clone, Debug)]
pub struct DirtyMark {
    /// User or group.
    pub kind: Kind,
    /// Whose.
    pub subject: Uuid,
    /// Look at everyone inside the group as well.
    pub spread: bool,
    /// The revision that was seen.
    pub revision: i64,
    /// The change that left it.
    pub cause: Option<Uuid>,
}

/// Some dirty marks, groups first: what they spread to is then looked at in the same go.
pub(crate) async fn take_dirty(tx: &mut Tx, limit: i64) -> Result<Vec<DirtyMark>, Error> {
    let tenant = tx.tenant().id();
    let mut found: Vec<DirtyMark> = Vec::new();
    // One kind after the other: in the order of the key nothing has to be sorted, however many marks there are.
    for kind in [Kind::Group, Kind::User] {
        let room = limit - i64::try_from(found.len()).unwrap_or(limit);
        let rows: Vec<(Uuid, bool, i64, Option<Uuid>)> = tx
            .rows(
                "SELECT subject, spread, revision, cause FROM dirty WHERE tenant = $1 AND kind = $2 ORDER BY subject LIMIT $3",
                args![tenant, kind.code(), room],
            )
            .await?;
        found.extend(rows.into_iter().map(|(subject, spread, revision, cause)| DirtyMark {
            kind,
            subject,
            spread,
            revision,
            cause,
        }));
    }
    Ok(found)
}

/// Forget dirty marks, as far as nobody renewed them.
pub(crate) async fn clear_dirty(tx: &mut Tx, marks: &[DirtyMark]) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    for marks in marks.chunks(BATCH) {
        let sql = cleared(tenant, marks, tx.locking());
        tx.later(sql).await?;
    }
    Ok(())
}

pub(crate) fn cleared(tenant: Uuid, marks: &[DirtyMark], locking: bool) -> Sql {
    let mut sql = Sql::new("DELETE FROM dirty WHERE ");
    if locking {
        sql.push("(tenant, kind, subject) IN (SELECT tenant, kind, subject FROM dirty WHERE ");
    }
    sql.push("(tenant, kind, subject, revision) IN ");
    sql.bind_keys(marks.iter().map(|mark| args![tenant, mark.kind.code(), mark.subject, mark.revision]));
    if locking {
        // What somebody is just renewing stays; to wait for them could be to wait for each other.
        sql.push(" FOR UPDATE SKIP LOCKED)");
    }
    sql
}

/// In which order a lane looks at things. Leavers go first: a first sync of 50,000 people must not delay one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Phase {
    /// People whose access ended.
    Leaver,
    /// People with access.
    User,
    /// Groups to be created or renamed.
    Group,
    /// Memberships.
    Membership,
    /// Groups to be removed.
    GroupRemoval,
}

impl Phase {
    fn code(self) -> i64 {
        self as i64
    }
}

/// What a lane is to look at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct WorkKey {
    /// User, group or membership.
    pub kind: Kind,
    /// The user or the group.
    pub subject: Uuid,
    /// For a membership, the user; else nil.
    pub member: Uuid,
}

impl WorkKey {
    /// Look at a user.
    pub fn user(id: Uuid) -> WorkKey {
        WorkKey { kind: Kind::User, subject: id, member: Uuid::nil() }
    }
    /// Look at a group.
    pub fn group(id: Uuid) -> WorkKey {
        WorkKey { kind: Kind::Group, subject: id, member: Uuid::nil() }
    }
    /// Look at one user's membership of one group.
    pub fn membership(group: Uuid, user: Uuid) -> WorkKey {
        WorkKey { kind: Kind::Membership, subject: group, member: user }
    }
}

/// Why something is not done yet. (What is done has no work row.)
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WorkStatus {
    /// Will be tried by itself.
    Pending,
    /// Needs something else first.
    Waiting,
    /// Needs a person.
    Failed,
}

impl WorkStatus {
    /// The word in the database, the API and the console.
    pub fn as_str(self) -> &'static str {
        match self {
            WorkStatus::Pending => "pending",
            WorkStatus::Waiting => "waiting",
            WorkStatus::Failed => "failed",
        }
    }

    fn parse(text: &str) -> WorkStatus {
        match text {
            "waiting" => WorkStatus::Waiting,
            "failed" => WorkStatus::Failed,
            _ => WorkStatus::Pending,
        }
    }
}

/// A work mark as a lane sees it.
#[derive(Clone, Debug)]
pub struct Work {
    /// What to look at.
    pub key: WorkKey,
    /// The revision that was seen.
    pub revision: i64,
    /// Its status.
    pub status: WorkStatus,
    /// How often it was tried in vain since the last change.
    pub attempts: i64,
    /// When it was first tried in vain.
    pub first_failed_at: Option<Millis>,
    /// When it is looked at next.
    pub due_at: Millis,
    /// What went wrong last.
    pub error_code: Option<String>,
    /// What went wrong last, in words.
    pub error_detail: Option<String>,
    /// The user whose account it waits for.
    pub waiting_on: Option<Uuid>,
    /// The change that left it.
    pub cause: Option<Uuid>,
}

/// When a work row that only something else can release is due: never.
pub const NEVER: Millis = Millis::MAX;

const MARK: &str = " ON CONFLICT (tenant, application, kind, subject, member) DO UPDATE SET
    revision = work.revision + 1, phase = excluded.phase, status = 'pending', due_at = excluded.due_at, attempts = 0,
    waiting_on = NULL, cause = excluded.cause";

/// A work mark to leave.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mark {
    /// For this application.
    pub application: Uuid,
    /// Look at this.
    pub key: WorkKey,
    /// In this order.
    pub phase: Phase,
    /// Because of this change.
    pub cause: Option<Uuid>,
}

/// Leave work marks. A mark makes the row due at once, whatever it waited for: what it failed on may have been
/// mended by the very change that marks it.
pub(crate) async fn mark(tx: &mut Tx, mut marks: Vec<Mark>, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    marks.sort();
    // One statement may touch a row once.
    marks.dedup_by_key(|mark| (mark.application, mark.key));
    for marks in marks.chunks(BATCH) {
        let mut sql = Sql::new(
            "INSERT INTO work (tenant, application, kind, subject, member, phase, revision, status, due_at, attempts, cause, marked_at) VALUES ",
        );
        sql.bind_rows(marks.iter().map(|Mark { application, key, phase, cause }| {
            args![
                tenant,
                application,
                key.kind.code(),
                key.subject,
                key.member,
                phase.code(),
                1_i64,
                "pending",
                now,
                0_i64,
                *cause,
                now
            ]
        }));
        sql.push(MARK);
        tx.later(sql).await?;
    }
    Ok(())
}

/// Mark everyone who has access to an application or an account in it, and every group pushed to it: after a
/// publish, or to force a sync.
pub(crate) async fn mark_all(tx: &mut Tx, application: Uuid, cause: Option<Uuid>, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    for select in [
        "SELECT tenant, application, 0, user_id, $1, 1, 1, 'pending', $2, 0, $3, $2 FROM effective_users WHERE tenant = $4 AND application = $5",
        "SELECT tenant, application, 0, user_id, $1, 0, 1, 'pending', $2, 0, $3, $2 FROM accounts WHERE tenant = $4 AND application = $5
           AND user_id NOT IN (SELECT user_id FROM effective_users WHERE tenant = $4 AND application = $5)",
        "SELECT tenant, application, 1, group_id, $1, 2, 1, 'pending', $2, 0, $3, $2 FROM pushed_groups WHERE tenant = $4 AND application = $5",
        "SELECT tenant, application, 1, group_id, $1, 4, 1, 'pending', $2, 0, $3, $2 FROM group_links WHERE tenant = $4 AND application = $5
           AND group_id NOT IN (SELECT group_id FROM pushed_groups WHERE tenant = $4 AND application = $5)",
        "SELECT tenant, application, 2, group_id, user_id, 3, 1, 'pending', $2, 0, $3, $2 FROM link_members
           WHERE tenant = $4 AND application = $5 AND $1 <> user_id",
    ] {
        let mut sql = Sql::default();
        sql.bind_text(
            &format!("INSERT INTO work (tenant, application, kind, subject, member, phase, revision, status, due_at, attempts, cause, marked_at) {select}{MARK}"),
            args![Uuid::nil(), now, cause, tenant, application],
        );
        tx.execute_sql(sql).await?;
    }
    Ok(())
}

/// A group has appeared in an application: look at the membership of everyone inside it who has access there.
pub(crate) async fn mark_members(
    tx: &mut Tx,
    application: Uuid,
    group: Uuid,
    cause: Option<Uuid>,
    now: Millis,
) -> Result<(), Error> {
    let mut sql = Sql::default();
    sql.bind_text(
        &format!(
            "INSERT INTO work (tenant, application, kind, subject, member, phase, revision, status, due_at, attempts, cause, marked_at)
             {} SELECT $1, e.application, 2, $2, e.user_id, 3, 1, 'pending', $4, 0, $5, $4
             FROM below b JOIN effective_users e ON e.user_id = b.id WHERE e.tenant = $1 AND e.application = $3 AND b.kind = 0{MARK}",
            crate::group::BELOW
        ),
        args![tx.tenant().id(), group, application, now, cause],
    );
    tx.execute_sql(sql).await?;
    Ok(())
}

/// A group changed inside: look at everyone in it. `everyone`: at all users.
pub(crate) async fn spread(
    tx: &mut Tx,
    group: Uuid,
    everyone: bool,
    cause: Option<Uuid>,
    now: Millis,
) -> Result<(), Error> {
    let select = if everyone {
        "SELECT tenant, 0, id, FALSE, 1, $4, $3 FROM users WHERE tenant = $1 AND id <> $2".to_owned()
    } else {
        format!("{} SELECT $1, 0, id, FALSE, 1, $4, $3 FROM below WHERE kind = 0", crate::group::BELOW)
    };
    let mut sql = Sql::default();
    sql.bind_text(
        &format!(
            "INSERT INTO dirty (tenant, kind, subject, spread, revision, cause, marked_at) {select}
             ON CONFLICT (tenant, kind, subject) DO UPDATE SET revision = dirty.revision + 1, cause = excluded.cause"
        ),
        args![tx.tenant().id(), group, now, cause],
    );
    tx.execute_sql(sql).await?;
    Ok(())
}

type Row = (
    i64,
    Uuid,
    Uuid,
    i64,
    String,
    i64,
    Option<Millis>,
    Millis,
    Option<String>,
    Option<String>,
    Option<Uuid>,
    Option<Uuid>,
);

fn work(row: Row) -> Work {
    let (
        kind,
        subject,
        member,
        revision,
        status,
        attempts,
        first_failed_at,
        due_at,
        error_code,
        error_detail,
        waiting_on,
        cause,
    ) = row;
    Work {
        key: WorkKey { kind: Kind::from_code(kind), subject, member },
        revision,
        status: WorkStatus::parse(&status),
        attempts,
        first_failed_at,
        due_at,
        error_code,
        error_detail,
        waiting_on,
        cause,
    }
}

/// What is due in an application, in the order of phases, at most `limit`.
pub async fn due(tx: &mut Tx, application: Uuid, now: Millis, limit: i64) -> Result<Vec<Work>, Error> {
    let tenant = tx.tenant().id();
    let mut found = Vec::new();
    for phase in [Phase::Leaver, Phase::User, Phase::Group, Phase::Membership, Phase::GroupRemoval] {
        let room = limit - i64::try_from(found.len()).unwrap_or(limit);
        // Users come when no leaver is due any more (a leaver's name may be somebody else's by now), groups when no
        // user is, memberships when no group is: the order of phases.
        if room <= 0 || (phase > Phase::Leaver && !found.is_empty()) {
            break;
        }
        let rows: Vec<Row> = tx
            .rows(
                "SELECT kind, subject, member, revision, status, attempts, first_failed_at, due_at, error_code, error_detail, waiting_on, cause
                 FROM work WHERE tenant = $1 AND application = $2 AND phase = $3 AND due_at <= $4 ORDER BY due_at LIMIT $5",
                args![tenant, application, phase.code(), now, room],
            )
            .await?;
        found.extend(rows.into_iter().map(work));
    }
    Ok(found)
}

/// When something in an application is due next.
pub async fn next_due(tx: &mut Tx, application: Uuid) -> Result<Option<Millis>, Error> {
    let tenant = tx.tenant().id();
    let mut next = None;
    for phase in [Phase::Leaver, Phase::User, Phase::Group, Phase::Membership, Phase::GroupRemoval] {
        let row: Option<(Option<Millis>,)> = tx
            .row(
                "SELECT MIN(due_at) FROM work WHERE tenant = $1 AND application = $2 AND phase = $3",
                args![tenant, application, phase.code()],
            )
            .await?;
        let due = row.and_then(|(due,)| due).filter(|due| *due != NEVER);
        next = [next, due].into_iter().flatten().min();
    }
    Ok(next)
}

/// Append the condition that a mark is one of these, and nobody renewed it.
fn as_seen(sql: &mut Sql, tenant: Uuid, application: Uuid, seen: &[Work]) {
    sql.push("(tenant, application, kind, subject, member, revision) IN ");
    sql.bind_keys(seen.iter().map(|Work { key, revision, .. }| {
        args![tenant, application, key.kind.code(), key.subject, key.member, *revision]
    }));
}

/// It is in step: forget the mark, unless somebody renewed it meanwhile.
pub(crate) async fn finish(tx: &mut Tx, application: Uuid, seen: &[Work]) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    for works in seen.chunks(BATCH) {
        tx.later(finished(tenant, application, works)).await?;
    }
    Ok(())
}

pub(crate) fn finished(tenant: Uuid, application: Uuid, seen: &[Work]) -> Sql {
    let mut sql = Sql::new("DELETE FROM work WHERE ");
    as_seen(&mut sql, tenant, application, seen);
    sql
}

/// Why something is not in step yet.
#[derive(Clone, Debug)]
pub struct Postponed {
    /// Pending, waiting or failed.
    pub status: WorkStatus,
    /// When to look again; [`NEVER`] for what only something else can release.
    pub due_at: Millis,
    /// A code of the error taxonomy.
    pub code: String,
    /// In words: the object, the value, the application's reply, the next step.
    pub detail: String,
    /// The user whose account it waits for.
    pub waiting_on: Option<Uuid>,
}

/// Keep marks for later, unless somebody renewed them meanwhile (then they are due anyway).
pub(crate) async fn postpone(
    tx: &mut Tx,
    application: Uuid,
    seen: &[Work],
    postponed: &Postponed,
    now: Millis,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    for works in seen.chunks(BATCH) {
        // What is due again at once did not fail itself: the connection did, and rests.
        let mut sql = Sql::new("UPDATE work SET attempts = attempts + ");
        sql.bind(i64::from(postponed.due_at > now)).push(", status = ");
        sql.bind(postponed.status.as_str()).push(", due_at = ").bind(postponed.due_at);
        sql.push(", error_code = ").bind(&postponed.code).push(", error_detail = ").bind(&postponed.detail);
        sql.push(", waiting_on = ").bind(postponed.waiting_on);
        sql.push(", first_failed_at = COALESCE(first_failed_at, ").bind(now).push(") WHERE ");
        as_seen(&mut sql, tenant, application, works);
        tx.later(sql).await?;
    }
    Ok(())
}

/// A manager's account has appeared or is gone: look at the accounts that refer to it.
pub(crate) async fn mark_reports(tx: &mut Tx, application: Uuid, manager: Uuid, now: Millis) -> Result<(), Error> {
    let mut sql = Sql::default();
    sql.bind_text(
        &format!(
            "INSERT INTO work (tenant, application, kind, subject, member, phase, revision, status, due_at, attempts, cause, marked_at)
             SELECT $1, e.application, 0, v.owner, $2, 1, 1, 'pending', $3, 0, NULL, $3
             FROM attribute_values v JOIN effective_users e ON e.user_id = v.owner
             WHERE v.tenant = $1 AND v.scope = $1 AND v.kind = 0 AND v.path = $4 AND v.value = $5
             AND e.tenant = $1 AND e.application = $6{MARK}"
        ),
        args![tx.tenant().id(), Uuid::nil(), now, format!("{}:manager.value", scim::ENTERPRISE_URN), manager.to_string(), application],
    );
    tx.later(sql).await?;
    Ok(())
}

/// An account appeared: release whatever waited for it.
pub(crate) async fn release(tx: &mut Tx, application: Uuid, user: Uuid, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let sql = Sql::of(
        "UPDATE work SET status = 'pending', due_at = $1, attempts = 0, waiting_on = NULL
         WHERE tenant = $2 AND application = $3 AND waiting_on = $4",
        args![now, tenant, application, user],
    );
    Ok(tx.later(sql).await?)
}

/// These people changed, each in an application: whatever waits for their accounts there may wait in vain by now.
pub(crate) async fn release_all(tx: &mut Tx, users: &[(Uuid, Uuid)], now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    for users in users.chunks(BATCH) {
        tx.later(released(tenant, users, now)).await?;
    }
    Ok(())
}

pub(crate) fn released(tenant: Uuid, users: &[(Uuid, Uuid)], now: Millis) -> Sql {
    let mut sql = Sql::new("UPDATE work SET revision = revision + 1, status = 'pending', due_at = ");
    // A join in this order: SQLite would rather look through everything in the application.
    sql.bind(now).push(
        ", attempts = 0, waiting_on = NULL WHERE (tenant, application, kind, subject, member) IN (
             SELECT w.tenant, w.application, w.kind, w.subject, w.member FROM ",
    );
    sql.bind_keys(users.iter().map(|(application, user)| args![application, user]));
    sql.push(" AS released CROSS JOIN work w WHERE w.tenant = ").bind(tenant);
    sql.push(" AND w.application = released.column1 AND w.waiting_on = released.column2)");
    sql
}

/// Which open work is looked at again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// What is open about one user or group.
    pub subject: Option<Uuid>,
    /// With one code of the error taxonomy.
    pub code: Option<String>,
    /// With one status.
    pub status: Option<WorkStatus>,
    /// As many as the caller has seen: with more than that nothing is done.
    pub count: Option<u64>,
}

/// Look again at open work: one statement finds it and marks it, so that it is what was counted.
///
/// # Errors
/// `Changed` when there is more of it than the caller has seen.
pub(crate) async fn retry(tx: &mut Tx, application: Uuid, which: &Again, now: Millis) -> Result<u64, Error> {
    let mut sql = Sql::new("UPDATE work SET status = 'pending', due_at = ");
    sql.bind(now).push(", revision = revision + 1 WHERE tenant = ").bind(tx.tenant().id());
    sql.push(" AND application = ").bind(application);
    if let Some(subject) = which.subject {
        sql.push(" AND subject = ").bind(subject);
    }
    if let Some(code) = &which.code {
        // As the index has it.
        sql.push(" AND error_code IS NOT NULL AND error_code = ").bind(code);
    }
    if let Some(status) = which.status {
        sql.push(" AND status = ").bind(status.as_str());
    }
    let retried = tx.execute_sql(sql).await?;
    match which.count {
        Some(seen) if retried > seen => Err(Error::Changed { what: "what is open" }),
        _ => Ok(retried),
    }
}

/// What is open in an application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Will be tried by itself.
    pub pending: i64,
    /// Needs something else first.
    pub waiting: i64,
    /// Needs a person.
    pub failed: i64,
}

/// Open work by status; of one application or of the tenant. Paused applications count: their work is pending.
pub async fn counts(tx: &mut Tx, application: Option<Uuid>) -> Result<Counts, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(String, i64)> = match application {
        Some(application) => {
            tx.rows(
                "SELECT status, COUNT(*) FROM work WHERE tenant = $1 AND application = $2 GROUP BY status",
                args![tenant, application],
            )
            .await?
        }
        None => tx.rows("SELECT status, COUNT(*) FROM work WHERE tenant = $1 GROUP BY status", args![tenant]).await?,
    };
    let mut counts = Counts::default();
    for (status, count) in rows {
        match WorkStatus::parse(&status) {
            WorkStatus::Pending => counts.pending += count,
            WorkStatus::Waiting => counts.waiting += count,
            WorkStatus::Failed => counts.failed += count,
        }
    }
    Ok(counts)
}

/// How many users and groups the planner has yet to look at.
pub async fn dirty_count(tx: &mut Tx) -> Result<i64, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(i64,)> = tx.row("SELECT COUNT(*) FROM dirty WHERE tenant = $1", args![tenant]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Open work in the order of applications and objects: application and work.
pub async fn list(tx: &mut Tx, query: &OpenQuery) -> Result<Vec<(Uuid, Work)>, Error> {
    let mut sql = Sql::new(
        "SELECT application, kind, subject, member, revision, status, attempts, first_failed_at, due_at, error_code, error_detail, waiting_on, cause
         FROM work WHERE tenant = ",
    );
    let tenant = tx.tenant().id();
    sql.bind(tenant);
    match query.application {
        Some(application) => sql.push(" AND application = ").bind(application),
        // There are few, and each is one range of the key.
        None => sql.push(" AND application IN (SELECT id FROM applications WHERE tenant = ").bind(tenant).push(")"),
    };
    if let Some(subject) = query.subject {
        sql.push(" AND (subject = ").bind(subject).push(" OR member = ").bind(subject).push(")");
    }
    if let Some(status) = query.status {
        sql.push(" AND status = ").bind(status.as_str());
    }
    if let Some(code) = &query.code {
        sql.push(" AND error_code IS NOT NULL AND error_code = ").bind(code);
    }
    if let Some((application, key)) = &query.after {
        sql.push(" AND (application, kind, subject, member) > (").bind(*application).push(", ").bind(key.kind.code());
        sql.push(", ").bind(key.subject).push(", ").bind(key.member).push(")");
    }
    sql.push(" ORDER BY application, kind, subject, member LIMIT ").bind(query.limit);
    type Sourced = (
        Uuid,
        i64,
        Uuid,
        Uuid,
        i64,
        String,
        i64,
        Option<Millis>,
        Millis,
        Option<String>,
        Option<String>,
        Option<Uuid>,
        Option<Uuid>,
    );
    let rows: Vec<Sourced> = tx.rows_of(sql).await?;
    Ok(rows
        .into_iter()
        .map(
            |(
                application,
                kind,
                subject,
                member,
                revision,
                status,
                attempts,
                first,
                due_at,
                code,
                detail,
                waiting_on,
                cause,
            )| {
                (
                    application,
                    work((
                        kind, subject, member, revision, status, attempts, first, due_at, code, detail, waiting_on,
                        cause,
                    )),
                )
            },
        )
        .collect())
}

/// Open work by status of every application that has any.
pub async fn counts_by_application(tx: &mut Tx) -> Result<std::collections::HashMap<Uuid, Counts>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String, i64)> = tx
        .rows(
            "SELECT application, status, COUNT(*) FROM work WHERE tenant = $1 GROUP BY application, status",
            args![tenant],
        )
        .await?;
    let mut counts = std::collections::HashMap::<Uuid, Counts>::new();
    for (application, status, count) in rows {
        let counts = counts.entry(application).or_default();
        match WorkStatus::parse(&status) {
            WorkStatus::Pending => counts.pending += count,
            WorkStatus::Waiting => counts.waiting += count,
            WorkStatus::Failed => counts.failed += count,
        }
    }
    Ok(counts)
}
