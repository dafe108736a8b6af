//! Plans: what publishing a draft would do, worked out behind the scenes and kept until the next one.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tenant, Tx, application,
    db::{args, transaction},
    error::{stored, to_text},
};

/// What publishing would do, as far as it is worked out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// How many people each effect has: `create`, `update`, `deactivate`, `delete`, …
    pub counts: BTreeMap<String, i64>,
    /// How many accounts' attributes would be updated, by attribute.
    pub attributes: BTreeMap<String, i64>,
    /// The first people of each effect: id and name.
    pub examples: BTreeMap<String, Vec<(Uuid, String)>>,
}

/// A plan on its way or done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its id.
    pub id: Uuid,
    /// Whose draft it is about.
    pub application: Uuid,
    /// When it began.
    pub started_at: Millis,
    /// When it was last heard of.
    pub moved_at: Millis,
    /// When it was done; none while it goes on.
    pub finished_at: Option<Millis>,
    /// How many people were looked at.
    pub done: i64,
    /// How many there are to look at.
    pub total: i64,
    /// What was found so far.
    pub outlook: Outlook,
    /// Why it ended without a result.
    pub fault: Option<String>,
}

/// A plan that was not heard of for so long died with its process.
const SILENCE: Millis = 60_000;

impl Plan {
    /// `running`, `done` or `failed`.
    pub fn state(&self, now: Millis) -> &'static str {
        match self.finished_at {
            _ if self.fault.is_some() => "failed",
            Some(_) => "done",
            None if now - self.moved_at > SILENCE => "failed",
            None => "running",
        }
    }
}

/// One plan.
pub async fn get(tx: &mut Tx, application: Uuid, id: Uuid) -> Result<Plan, Error> {
    let tenant = tx.tenant().id();
    type Row = (Millis, Millis, Option<Millis>, i64, i64, String, Option<String>);
    let row: Option<Row> = tx
        .row(
            "SELECT started_at, moved_at, finished_at, done, total, outlook, fault FROM plans
             WHERE tenant = $1 AND application = $2 AND id = $3",
            args![tenant, application, id],
        )
        .await?;
    let (started_at, moved_at, finished_at, done, total, outlook, fault) =
        row.ok_or_else(|| Error::not_found("plan", id))?;
    let outlook = stored("plans", id, &outlook)?;
    Ok(Plan { id, application, started_at, moved_at, finished_at, done, total, outlook, fault })
}

/// The next people that an application has to do with, in the order of ids.
pub async fn people(tx: &mut Tx, application: Uuid, after: Uuid, limit: i64) -> Result<Vec<Uuid>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid,)> = tx
        .rows(
            "SELECT user_id FROM (
               SELECT user_id FROM (SELECT user_id FROM effective_users WHERE tenant = $1 AND application = $2 AND user_id > $3 ORDER BY user_id LIMIT $4) AS entitled
               UNION SELECT user_id FROM (SELECT user_id FROM accounts WHERE tenant = $1 AND application = $2 AND user_id > $3 ORDER BY user_id LIMIT $4) AS known
             ) AS people ORDER BY user_id LIMIT $4",
            args![tenant, application, after, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

impl Directory {
    /// Begin a plan. An application has one at a time: an earlier one is forgotten, and ends when it next moves.
    pub async fn begin_plan(&self, tenant: Tenant, application: Uuid) -> Result<Plan, Error> {
        let (id, now) = (self.clock.id(), self.clock.now());
        transaction!(self.db, tenant, tx => {
            let application = application::find(tx, &application.to_string()).await?.id;
            let total: Option<(i64,)> = tx
                .row(
                    "SELECT COUNT(*) FROM (SELECT user_id FROM effective_users WHERE tenant = $1 AND application = $2
                     UNION SELECT user_id FROM accounts WHERE tenant = $1 AND application = $2) AS people",
                    args![tenant.id(), application],
                )
                .await?;
            tx.execute("DELETE FROM plans WHERE tenant = $1 AND application = $2", args![tenant.id(), application]).await?;
            tx.execute(
                "INSERT INTO plans (tenant, application, id, started_at, moved_at, done, total, outlook) VALUES ($1, $2, $3, $4, $4, 0, $5, $6)",
                args![tenant.id(), application, id, now, total.map_or(0, |(total,)| total), to_text(&Outlook::default())],
            )
            .await?;
            get(tx, application, id).await
        })
    }

    /// Store how far a plan is. `false`: another has taken its place.
    pub async fn move_plan(&self, tenant: Tenant, plan: &Plan) -> Result<bool, Error> {
        transaction!(self.db, tenant, tx => {
            let moved = tx
                .execute(
                    "UPDATE plans SET moved_at = $1, finished_at = $2, done = $3, outlook = $4, fault = $5
                     WHERE tenant = $6 AND application = $7 AND id = $8",
                    args![self.clock.now(), plan.finished_at, plan.done, to_text(&plan.outlook), plan.fault.as_deref(), tenant.id(), plan.application, plan.id],
                )
                .await?;
            Ok(moved == 1)
        })
    }
}
