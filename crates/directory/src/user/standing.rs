//! Where a person stands: pending → active ⇄ blocked → deactivated, every change with its cause.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Occasion, User, get, lock, settle};
use crate::{
    Directory, Error, Kind, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{BATCH, Sql, args, transaction},
    work,
};

/// Where a person stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Known, and never active yet.
    Pending,
    /// May have access.
    Active,
    /// No longer active as their source says: access no longer grows, and ends with the delay, or with a hold.
    Blocked,
    /// Not active: accounts are deactivated.
    Deactivated,
}

impl UserState {
    /// The word in the database, the API and the console.
    pub fn as_str(self) -> &'static str {
        match self {
            UserState::Pending => "pending",
            UserState::Active => "active",
            UserState::Blocked => "blocked",
            UserState::Deactivated => "deactivated",
        }
    }

    pub(crate) fn parse(text: &str) -> UserState {
        match text {
            "pending" => UserState::Pending,
            "blocked" => UserState::Blocked,
            "deactivated" => UserState::Deactivated,
            _ => UserState::Active,
        }
    }

    /// What the audit trail calls getting there.
    pub(super) fn action(self) -> &'static str {
        match self {
            UserState::Pending => "update",
            UserState::Active => "activate",
            UserState::Blocked => "block",
            UserState::Deactivated => "deactivate",
        }
    }
}

/// A state with its cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Where the person stands.
    pub state: UserState,
    /// Since when.
    pub since: Millis,
    /// The entry of the audit trail that led there; none for those older than the trail.
    pub cause: Option<Uuid>,
    /// When a blocked person's delay is over. A hold keeps them blocked beyond it.
    pub deactivates_at: Option<Millis>,
}

impl Standing {
    /// Somebody new.
    pub(super) fn first(active: bool, cause: Uuid, now: Millis) -> Standing {
        let state = if active { UserState::Active } else { UserState::Pending };
        Standing { state, since: now, cause: Some(cause), deactivates_at: None }
    }

    /// Where a person stands after their sources said whether they are active. Pure. `delay`: for how long they are
    /// only blocked.
    pub(super) fn next(&self, active: bool, delay: Millis, on_hold: bool, cause: Uuid, now: Millis) -> Standing {
        use UserState::{Active, Blocked, Deactivated};
        let at = |state, deactivates_at| Standing { state, since: now, cause: Some(cause), deactivates_at };
        match (self.state, active) {
            (Active, true) => *self,
            (_, true) => at(Active, None),
            (Active, false) if delay == 0 && !on_hold => at(Deactivated, None),
            (Active, false) => at(Blocked, Some(now + delay)),
            (Blocked, false) if !on_hold && self.deactivates_at.is_some_and(|due| due <= now) => at(Deactivated, None),
            (_, false) => *self,
        }
    }
}

/// So many people are deactivated in one turn.
const TURN: i64 = 200;

/// Deactivate those whose delay is over. `true`: there may be more.
pub(crate) async fn deactivate_due(tx: &mut Tx, clock: &crate::Clock) -> Result<bool, Error> {
    let (tenant, now) = (tx.tenant().id(), clock.now());
    let due: Vec<(Uuid, String, Option<Uuid>)> = tx
        .rows(
            "SELECT id, user_name, state_cause FROM users WHERE tenant = $1 AND deactivates_at <= $2 AND on_hold = FALSE
             ORDER BY deactivates_at LIMIT $3",
            args![tenant, now, TURN],
        )
        .await?;
    let actor = Actor::system();
    let mut causes = Vec::with_capacity(due.len());
    for (id, name, blocked_by) in &due {
        let cause = clock.id();
        // Whoever came back, or was put on hold, since we looked is left alone.
        let done = tx
            .execute(
                "UPDATE users SET state = 'deactivated', active = FALSE, state_since = $1, state_cause = $2, deactivates_at = NULL,
                 version = version + 1, modified_at = $1
                 WHERE tenant = $3 AND id = $4 AND deactivates_at <= $1 AND on_hold = FALSE",
                args![now, cause, tenant, id],
            )
            .await?;
        if done == 1 {
            let detail = serde_json::json!({"state": ["blocked", "deactivated"], "because": blocked_by});
            let (object, object_name) = (*id, name.as_str());
            let entry = Entry {
                id: cause,
                at: now,
                action: "deactivate",
                object_kind: "user",
                object,
                object_name,
                detail: Some(detail),
            };
            audit::record(tx, &actor, entry).await?;
            causes.push((*id, cause));
        }
    }
    for causes in causes.chunks(BATCH) {
        let mut sql = Sql::new("INSERT INTO dirty (tenant, kind, subject, spread, revision, cause, marked_at) VALUES ");
        sql.bind_rows(causes.iter().map(|(id, cause)| args![tenant, Kind::User.code(), id, false, 1_i64, cause, now]));
        sql.push(
            " ON CONFLICT (tenant, kind, subject) DO UPDATE SET revision = dirty.revision + 1, cause = excluded.cause",
        );
        tx.execute_sql(sql).await?;
    }
    Ok(i64::try_from(due.len()).unwrap_or(TURN) == TURN)
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
                let definitions = self.definitions_by(tx).await?;
                let on = Occasion { actor, clock: &self.clock, definitions: &definitions, cause: self.clock.id(), now };
                settle(tx, id, &on).await?;
            }
            Ok(get(tx, id).await?.unwrap_or(User { on_hold, ..before }))
        });
        self.bell.notify_one();
        user
    }

    /// Deactivate a blocked person without waiting for the end of the delay.
    ///
    /// # Errors
    /// `Invalid` when the person is not blocked, or on hold.
    pub async fn deactivate_now(&self, tenant: Tenant, actor: &Actor, id: Uuid) -> Result<User, Error> {
        let user = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            lock(tx, id).await?;
            let before = get(tx, id).await?.ok_or_else(|| Error::not_found("user", id))?;
            let name = &before.user_name;
            if before.standing.state != UserState::Blocked {
                let state = before.standing.state.as_str();
                return Err(Error::invalid(format!("{name} is {state}: only who is blocked can be deactivated at once")));
            }
            if before.on_hold {
                return Err(Error::invalid(format!("{name} is on hold: lift the hold first")));
            }
            tx.execute(
                "UPDATE users SET state = 'deactivated', active = FALSE, state_since = $1, state_cause = $2, deactivates_at = NULL,
                 version = version + 1, modified_at = $1 WHERE tenant = $3 AND id = $4",
                args![now, cause, tenant.id(), id],
            )
            .await?;
            let detail = serde_json::json!({"state": ["blocked", "deactivated"], "because": before.standing.cause});
            let entry = Entry { id: cause, at: now, action: "deactivate", object_kind: "user", object: id, object_name: name, detail: Some(detail) };
            audit::record(tx, actor, entry).await?;
            work::mark_dirty(tx, Kind::User, [id], false, Some(cause), now).await?;
            get(tx, id).await?.ok_or_else(|| Error::not_found("user", id))
        });
        self.bell.notify_one();
        user
    }

    /// Remove a person whom no source has any more.
    ///
    /// # Errors
    /// `Invalid` when a source other than `local` has the person, who would only come back, or on hold.
    pub async fn remove_user(&self, tenant: Tenant, actor: &Actor, id: Uuid) -> Result<(), Error> {
        let removed = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            lock(tx, id).await?;
            let before = get(tx, id).await?.ok_or_else(|| Error::not_found("user", id))?;
            let name = &before.user_name;
            if before.on_hold {
                return Err(Error::invalid(format!("{name} is on hold: lift the hold first")));
            }
            let records: Vec<(Uuid, String, String)> = tx
                .rows(
                    "SELECT r.id, s.kind, s.name FROM records r JOIN sources s ON s.tenant = r.tenant AND s.id = r.source
                     WHERE r.tenant = $1 AND r.subject = $2",
                    args![tenant.id(), id],
                )
                .await?;
            if let Some((_, _, source)) = records.iter().find(|(_, kind, _)| kind != "local") {
                return Err(Error::invalid(format!("{name} comes from {source}: remove the person there")));
            }
            let local = crate::source::local(tx).await?;
            let definitions = self.definitions_by(tx).await?;
            for (record, ..) in records {
                if let Some(record) = crate::record::get(tx, local.id, Kind::User, record).await? {
                    crate::record::clear(tx, local.id, definitions.of(Kind::User), &record, now).await?;
                }
            }
            let on = Occasion { actor, clock: &self.clock, definitions: &definitions, cause, now };
            super::settle::remove(tx, &before, &on).await?;
            work::mark_dirty(tx, Kind::User, [id], false, Some(cause), now).await
        });
        self.bell.notify_one();
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::{UserState::*, *};

    #[test]
    fn every_state_has_its_next() {
        let cause = Uuid::max();
        let at = |state, deactivates_at| Standing { state, since: 1, cause: None, deactivates_at };
        let table = [
            // state, due, said active, delay, on hold, becomes, due
            (Pending, None, false, 0, false, Pending, None),
            (Pending, None, true, 0, false, Active, None),
            (Active, None, true, 5, false, Active, None),
            (Active, None, false, 0, false, Deactivated, None),
            (Active, None, false, 5, false, Blocked, Some(15)),
            (Active, None, false, 0, true, Blocked, Some(10)),
            (Blocked, Some(15), true, 5, false, Active, None),
            (Blocked, Some(15), false, 5, false, Blocked, Some(15)),
            (Blocked, Some(10), false, 5, false, Deactivated, None),
            (Blocked, Some(10), false, 5, true, Blocked, Some(10)),
            (Blocked, None, false, 5, false, Blocked, None),
            (Deactivated, None, false, 5, false, Deactivated, None),
            (Deactivated, None, true, 5, false, Active, None),
        ];
        for (state, due, said, delay, on_hold, becomes, then) in table {
            let next = at(state, due).next(said, delay, on_hold, cause, 10);
            assert_eq!((next.state, next.deactivates_at), (becomes, then), "{state:?} {said} {delay} {on_hold}");
            let changed = next.state != state;
            assert_eq!((next.since, next.cause), if changed { (10, Some(cause)) } else { (1, None) });
        }
    }
}
