//! Lanes: what one node owns at a time, by a lease with an epoch that fences every write.
//!
//! A push lane is one application, a plan lane one tenant. Because one node owns the whole lane, its rate limit,
//! pause and requests in flight are plain local state.

use uuid::Uuid;

use crate::{Directory, Error, Millis, Tenant, Tx, db::args};

/// What a lane does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum LaneKind {
    /// From dirty marks to work, for a tenant.
    Plan,
    /// From work to requests, for an application.
    Push,
}

impl LaneKind {
    fn as_str(self) -> &'static str {
        match self {
            LaneKind::Plan => "plan",
            LaneKind::Push => "push",
        }
    }
}

/// Proof that this node owns a lane, as long as nobody else claimed it since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Whose.
    pub tenant: Tenant,
    /// What it does.
    pub kind: LaneKind,
    /// The application of a push lane, the tenant of a plan lane.
    pub subject: Uuid,
    epoch: i64,
    /// The lane rests until then: `Retry-After`, or a failing connection.
    pub paused_until: Millis,
    /// How often in a row the connection failed.
    pub failures: i64,
}

/// How long a lease lasts without renewal. The longest request to an application is shorter.
pub const LEASE: Millis = 30_000;

/// A lane's rest.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Pause {
    /// Until when.
    pub until: Millis,
    /// How often in a row the connection failed; 0 for a mere `Retry-After`.
    pub failures: i64,
    /// A code of the error taxonomy.
    pub code: String,
    /// In words.
    pub note: String,
}

/// Wake a lane that rests: its settings or its credential changed.
pub(crate) async fn lift(tx: &mut Tx, subject: Uuid) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "UPDATE lanes SET paused_until = 0, failures = 0, note_code = NULL, note = NULL WHERE tenant = $1 AND kind = 'push' AND subject = $2",
        args![tenant, subject],
    )
    .await?;
    Ok(())
}

/// Fence off whoever works on an application now.
pub(crate) async fn take_away(tx: &mut Tx, subject: Uuid) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "UPDATE lanes SET epoch = epoch + 1, lease_until = 0, owner = NULL WHERE tenant = $1 AND kind = 'push' AND subject = $2",
        args![tenant, subject],
    )
    .await?;
    Ok(())
}

/// Why an application's lane rests, if it does.
pub async fn pause(tx: &mut Tx, application: Uuid) -> Result<Option<Pause>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(Millis, i64, Option<String>, Option<String>)> = tx
        .row(
            "SELECT paused_until, failures, note_code, note FROM lanes WHERE tenant = $1 AND kind = 'push' AND subject = $2 AND paused_until > 0",
            args![tenant, application],
        )
        .await?;
    Ok(row.map(|(until, failures, code, note)| Pause {
        until,
        failures,
        code: code.unwrap_or_default(),
        note: note.unwrap_or_default(),
    }))
}

/// Whether the lease still holds. First statement of every transaction that records what a lane did: on
/// PostgreSQL it also keeps others from claiming the lane until that transaction ends.
pub(crate) async fn fence(tx: &mut Tx, lease: &Lease) -> Result<bool, Error> {
    let sql = if tx.locking() {
        "SELECT epoch FROM lanes WHERE tenant = $1 AND kind = $2 AND subject = $3 AND epoch = $4 FOR SHARE"
    } else {
        "SELECT epoch FROM lanes WHERE tenant = $1 AND kind = $2 AND subject = $3 AND epoch = $4"
    };
    let tenant = tx.tenant().id();
    let row: Option<(i64,)> = tx.row(sql, args![tenant, lease.kind.as_str(), lease.subject, lease.epoch]).await?;
    Ok(row.is_some())
}

/// What the engine has to look at.
#[derive(Debug, Default)]
pub struct Ready {
    /// Tenants with dirty marks, chores, or people whose delay is over.
    pub plan: Vec<Tenant>,
    /// Active applications with work that is due, or that is due later: with the time.
    pub push: Vec<(Tenant, Uuid, Millis)>,
}

impl Directory {
    /// Which lanes have something to do. One probe per tenant and per active application, whatever their size.
    pub async fn ready(&self) -> Result<Ready, Error> {
        let mut tx = self.db.read(Tenant::system()).await?;
        let plan: Vec<(Uuid,)> = tx
            .rows(
                "SELECT id FROM tenants t WHERE EXISTS (SELECT 1 FROM dirty d WHERE d.tenant = t.id)
                 OR EXISTS (SELECT 1 FROM chores c WHERE c.tenant = t.id)
                 OR EXISTS (SELECT 1 FROM users u WHERE u.tenant = t.id AND u.deactivates_at <= $1 AND u.on_hold = FALSE)",
                args![self.clock.now()],
            )
            .await?;
        type Row = (
            Uuid,
            Uuid,
            Option<Millis>,
            Option<Millis>,
            Option<Millis>,
            Option<Millis>,
            Option<Millis>,
            Option<Millis>,
        );
        // One probe of the index per phase: its cost does not grow with what is open.
        let active: Vec<Row> = tx
            .rows(
                "SELECT a.tenant, a.id, l.paused_until,
                   (SELECT MIN(due_at) FROM work w WHERE w.tenant = a.tenant AND w.application = a.id AND w.phase = 0),
                   (SELECT MIN(due_at) FROM work w WHERE w.tenant = a.tenant AND w.application = a.id AND w.phase = 1),
                   (SELECT MIN(due_at) FROM work w WHERE w.tenant = a.tenant AND w.application = a.id AND w.phase = 2),
                   (SELECT MIN(due_at) FROM work w WHERE w.tenant = a.tenant AND w.application = a.id AND w.phase = 3),
                   (SELECT MIN(due_at) FROM work w WHERE w.tenant = a.tenant AND w.application = a.id AND w.phase = 4)
                 FROM applications a LEFT JOIN lanes l ON l.tenant = a.tenant AND l.kind = 'push' AND l.subject = a.id
                 WHERE a.active = TRUE",
                args![],
            )
            .await?;
        let push =
            active.into_iter().filter_map(|(tenant, application, paused, leaver, user, group, member, removal)| {
                let due = [leaver, user, group, member, removal].into_iter().flatten().min()?;
                (due != crate::work::NEVER).then(|| (Tenant::of(tenant), application, due.max(paused.unwrap_or(0))))
            });
        Ok(Ready { plan: plan.into_iter().map(|(id,)| Tenant::of(id)).collect(), push: push.collect() })
    }

    /// Claim a lane for this node. `None`: another node has it.
    pub async fn claim(
        &self,
        tenant: Tenant,
        kind: LaneKind,
        subject: Uuid,
        owner: Uuid,
    ) -> Result<Option<Lease>, Error> {
        let now = self.clock.now();
        let mut tx = self.db.write(tenant).await?;
        tx.execute(
            "INSERT INTO lanes (tenant, kind, subject, epoch, lease_until, paused_until, failures) VALUES ($1, $2, $3, 0, 0, 0, 0)
             ON CONFLICT (tenant, kind, subject) DO NOTHING",
            args![tenant.id(), kind.as_str(), subject],
        )
        .await?;
        let row: Option<(i64, Millis, i64)> = tx
            .row(
                "UPDATE lanes SET owner = $1, epoch = epoch + 1, lease_until = $2
                 WHERE tenant = $3 AND kind = $4 AND subject = $5 AND (lease_until < $6 OR owner = $1)
                 RETURNING epoch, paused_until, failures",
                args![owner, now + LEASE, tenant.id(), kind.as_str(), subject, now],
            )
            .await?;
        tx.commit().await?;
        Ok(row.map(|(epoch, paused_until, failures)| Lease { tenant, kind, subject, epoch, paused_until, failures }))
    }

    /// Keep a lane. `false`: it is lost, stop.
    pub async fn renew(&self, lease: &Lease) -> Result<bool, Error> {
        let until = self.clock.now() + LEASE;
        let mut tx = self.db.write(lease.tenant).await?;
        let kept = tx
            .execute(
                "UPDATE lanes SET lease_until = $1 WHERE tenant = $2 AND kind = $3 AND subject = $4 AND epoch = $5",
                args![until, lease.tenant.id(), lease.kind.as_str(), lease.subject, lease.epoch],
            )
            .await?;
        tx.commit().await?;
        Ok(kept == 1)
    }

    /// Give a lane back, so that any node may claim it at once.
    pub async fn give_back(&self, lease: &Lease) -> Result<(), Error> {
        let mut tx = self.db.write(lease.tenant).await?;
        tx.execute(
            "UPDATE lanes SET lease_until = 0, owner = NULL WHERE tenant = $1 AND kind = $2 AND subject = $3 AND epoch = $4",
            args![lease.tenant.id(), lease.kind.as_str(), lease.subject, lease.epoch],
        )
        .await?;
        Ok(tx.commit().await?)
    }

    /// Let a lane rest, or (`None`) end its rest after a good answer.
    pub async fn set_pause(&self, lease: &Lease, pause: Option<&Pause>) -> Result<(), Error> {
        let (until, failures) = pause.map_or((0, 0), |pause| (pause.until, pause.failures));
        let mut tx = self.db.write(lease.tenant).await?;
        tx.execute(
            "UPDATE lanes SET paused_until = $1, failures = $2, note_code = $3, note = $4
             WHERE tenant = $5 AND kind = $6 AND subject = $7 AND epoch = $8",
            args![
                until,
                failures,
                pause.map(|pause| pause.code.as_str()),
                pause.map(|pause| pause.note.as_str()),
                lease.tenant.id(),
                lease.kind.as_str(),
                lease.subject,
                lease.epoch
            ],
        )
        .await?;
        Ok(tx.commit().await?)
    }
}

/// Why applications' lanes rest, for those that do.
pub async fn pauses(tx: &mut Tx) -> Result<std::collections::HashMap<Uuid, Pause>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, Millis, i64, Option<String>, Option<String>)> = tx
        .rows(
            "SELECT subject, paused_until, failures, note_code, note FROM lanes
             WHERE tenant = $1 AND kind = 'push' AND paused_until > 0",
            args![tenant],
        )
        .await?;
    let pause = |(application, until, failures, code, note): (Uuid, Millis, i64, Option<String>, Option<String>)| {
        (application, Pause { until, failures, code: code.unwrap_or_default(), note: note.unwrap_or_default() })
    };
    Ok(rows.into_iter().map(pause).collect())
}
