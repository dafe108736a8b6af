//! Assignments: who should have an application, directly or by group; and which groups are pushed to it.

use serde::Serialize;
use uuid::Uuid;

use crate::{
    Directory, Error, Kind, Millis, Tenant, Tx, application,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    group::{self, GroupKind},
    user, work,
};

/// One assignment.
#[derive(Clone, Debug, Serialize)]
pub struct Assignment {
    /// The user or group.
    pub subject: Uuid,
    /// `user` or `group`.
    pub kind: &'static str,
    /// A user's user name, a group's display name.
    pub name: String,
    /// A user's display name; none for a group.
    pub display_name: Option<String>,
    /// When it was assigned.
    pub created_at: Millis,
}

/// Whom an assignment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One user.
    User(Uuid),
    /// Everyone in a group, directly or through other groups.
    Group(Uuid),
}

impl Subject {
    fn parts(self) -> (Uuid, Kind) {
        match self {
            Subject::User(id) => (id, Kind::User),
            Subject::Group(id) => (id, Kind::Group),
        }
    }
}

/// The groups selected for push to an application: id and name.
pub async fn pushed_groups(tx: &mut Tx, application: Uuid) -> Result<Vec<(Uuid, String)>, Error> {
    let tenant = tx.tenant().id();
    Ok(tx
        .rows(
            "SELECT p.group_id, COALESCE(g.display_name, '') FROM pushed_groups p
             LEFT JOIN groups g ON g.tenant = p.tenant AND g.id = p.group_id
             WHERE p.tenant = $1 AND p.application = $2 ORDER BY p.group_id",
            args![tenant, application],
        )
        .await?)
}

/// Whether anybody is assigned to anything.
pub async fn any(tx: &mut Tx) -> Result<bool, Error> {
    let tenant = tx.tenant().id();
    Ok(tx.row::<(Uuid,)>("SELECT subject FROM assignments WHERE tenant = $1 LIMIT 1", args![tenant]).await?.is_some())
}

/// The user or group of an assignment must exist; its name.
async fn name(tx: &mut Tx, subject: Subject) -> Result<String, Error> {
    match subject {
        Subject::User(id) => Ok(user::get(tx, id).await?.ok_or_else(|| Error::not_found("user", id))?.user_name),
        Subject::Group(id) => Ok(group::get(tx, id).await?.ok_or_else(|| Error::not_found("group", id))?.display_name),
    }
}

impl Directory {
    /// Assign a user or a group to an application. Repeating it changes nothing.
    pub async fn assign(
        &self,
        tenant: Tenant,
        actor: &Actor,
        application: Uuid,
        subject: Subject,
    ) -> Result<(), Error> {
        let assigned = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let application = application::find(tx, &application.to_string()).await?;
            let name = name(tx, subject).await?;
            let (id, kind) = subject.parts();
            if let Some(group) = group::get(tx, id).await? {
                group.must_be_there()?;
            }
            let made = tx
                .execute(
                    "INSERT INTO assignments (tenant, application, subject, kind, created_at) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (tenant, application, subject) DO NOTHING",
                    args![tenant.id(), application.id, id, kind.code(), now],
                )
                .await?;
            if made == 1 {
                let detail = Some(serde_json::json!({"kind": kind.as_str(), "subject": id, "name": name}));
                let entry = Entry { id: cause, at: now, action: "assign", object_kind: "application", object: application.id, object_name: &application.name, detail };
                audit::record(tx, actor, entry).await?;
                work::mark_dirty(tx, kind, [id], kind == Kind::Group, Some(cause), now).await?;
            }
            Ok(())
        });
        self.bell.notify_one();
        assigned
    }

    /// Take an assignment back. Repeating it changes nothing.
    pub async fn unassign(
        &self,
        tenant: Tenant,
        actor: &Actor,
        application: Uuid,
        subject: Subject,
    ) -> Result<(), Error> {
        let unassigned = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let application = application::find(tx, &application.to_string()).await?;
            let (id, kind) = subject.parts();
            let removed = tx
                .execute(
                    "DELETE FROM assignments WHERE tenant = $1 AND application = $2 AND subject = $3 AND kind = $4",
                    args![tenant.id(), application.id, id, kind.code()],
                )
                .await?;
            if removed == 1 {
                group::bury(tx).await?;
                let detail = Some(serde_json::json!({"kind": kind.as_str(), "subject": id}));
                let entry = Entry { id: cause, at: now, action: "unassign", object_kind: "application", object: application.id, object_name: &application.name, detail };
                audit::record(tx, actor, entry).await?;
                work::mark_dirty(tx, kind, [id], kind == Kind::Group, Some(cause), now).await?;
            }
            Ok(())
        });
        self.bell.notify_one();
        unassigned
    }

    /// Push a group, with its members that have accounts, to an application; or stop pushing it, which removes the
    /// group there.
    pub async fn push_group(
        &self,
        tenant: Tenant,
        actor: &Actor,
        application: Uuid,
        id: Uuid,
        push: bool,
    ) -> Result<(), Error> {
        let pushed = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let application = application::find(tx, &application.to_string()).await?;
            let group = group::get(tx, id).await?.ok_or_else(|| Error::not_found("group", id))?;
            if group.kind == GroupKind::BuiltIn {
                return Err(Error::invalid(format!("{:?} is built in: it can be assigned, not pushed", group.display_name)));
            }
            let changed = if push {
                group.must_be_there()?;
                tx.execute(
                    "INSERT INTO pushed_groups (tenant, application, group_id, created_at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (tenant, application, group_id) DO NOTHING",
                    args![tenant.id(), application.id, id, now],
                )
                .await?
            } else {
                tx.execute(
                    "DELETE FROM pushed_groups WHERE tenant = $1 AND application = $2 AND group_id = $3",
                    args![tenant.id(), application.id, id],
                )
                .await?
            };
            if changed == 1 {
                let action = if push { "push_group" } else { "unpush_group" };
                let detail = Some(serde_json::json!({"group": id, "name": group.display_name}));
                let entry = Entry { id: cause, at: now, action, object_kind: "application", object: application.id, object_name: &application.name, detail };
                audit::record(tx, actor, entry).await?;
                if !push {
                    group::bury(tx).await?;
                } else {
                    // Pushed again while it was still there: whoever came or went meanwhile was not looked at.
                    work::mark_members(tx, application.id, id, Some(cause), now).await?;
                    crate::account::mark_holders(tx, application.id, id, Some(cause), now).await?;
                }
                work::mark_dirty(tx, Kind::Group, [id], false, Some(cause), now).await?;
            }
            Ok(())
        });
        self.bell.notify_one();
        pushed
    }
}

/// A page of the assignments of an application in the order of ids.
pub async fn page(tx: &mut Tx, application: Uuid, after: Option<Uuid>, limit: i64) -> Result<Vec<Assignment>, Error> {
    let tenant = tx.tenant().id();
    type Row = (Uuid, i64, Option<String>, Option<String>, Option<String>, Millis);
    let rows: Vec<Row> = tx
        .rows(
            "SELECT a.subject, a.kind, u.user_name, u.display_name, g.display_name, a.created_at FROM assignments a
             LEFT JOIN users u ON u.tenant = a.tenant AND u.id = a.subject
             LEFT JOIN groups g ON g.tenant = a.tenant AND g.id = a.subject
             WHERE a.tenant = $1 AND a.application = $2 AND a.subject > $3 ORDER BY a.subject LIMIT $4",
            args![tenant, application, after.unwrap_or_default(), limit],
        )
        .await?;
    let assignment = |(subject, kind, user, display_name, group, created_at): Row| {
        let name = user.or(group).unwrap_or_default();
        Assignment { subject, kind: Kind::from_code(kind).as_str(), name, display_name, created_at }
    };
    Ok(rows.into_iter().map(assignment).collect())
}
