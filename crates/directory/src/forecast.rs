//! Forecasts: what would become of everybody in an application, worked out behind the scenes, and kept until the next
//! forecast of its kind. A plan is one, a match trial another.

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tenant, Tx, application,
    db::{Sql, args, transaction},
    error::{stored, to_text},
};

/// What a kind of forecast finds out.
pub trait Findings: Clone + Default + Serialize + DeserializeOwned + Send + Sync {
    /// The table of such forecasts.
    const TABLE: &'static str;
    /// What such a forecast is called.
    const NOUN: &'static str;
}

/// A forecast on its way or done.
#[derive(Clone, Debug)]
pub struct Forecast<T> {
    /// Its id.
    pub id: Uuid,
    /// Which application it is about.
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
    pub outlook: T,
    /// Why it ended without a result.
    pub fault: Option<String>,
}

/// A forecast that was not heard of for so long died with its process.
const SILENCE: Millis = 60_000;

impl<T> Forecast<T> {
    /// `running`, `done` or `failed`.
    pub fn state(&self, now: Millis) -> &'static str {
        match self.finished_at {
            _ if self.fault.is_some() => "failed",
            Some(_) => "done",
            None if now - self.moved_at > SILENCE => "failed",
            None => "running",
        }
    }

    /// Why it failed, if it did.
    pub fn detail(&self, now: Millis) -> Option<String> {
        let silent = || (self.state(now) == "failed").then(|| "it stopped half way: begin it again".to_owned());
        self.fault.clone().or_else(silent)
    }
}

/// One forecast.
///
/// # Errors
/// `NotFound` when there is none, or another has taken its place.
pub async fn get<T: Findings>(tx: &mut Tx, application: Uuid, id: Uuid) -> Result<Forecast<T>, Error> {
    let tenant = tx.tenant().id();
    type Row = (Millis, Millis, Option<Millis>, i64, i64, String, Option<String>);
    let mut sql = Sql::default();
    let text = format!(
        "SELECT started_at, moved_at, finished_at, done, total, outlook, fault FROM {}
         WHERE tenant = $1 AND application = $2 AND id = $3",
        T::TABLE
    );
    sql.bind_text(&text, args![tenant, application, id]);
    let row: Option<Row> = tx.rows_of(sql).await?.into_iter().next();
    let (started_at, moved_at, finished_at, done, total, outlook, fault) =
        row.ok_or_else(|| Error::not_found(T::NOUN, id))?;
    let outlook = stored(T::TABLE, id, &outlook)?;
    Ok(Forecast { id, application, started_at, moved_at, finished_at, done, total, outlook, fault })
}

/// The next people that an application has to do with, in the order of ids: with access, or with an account.
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
    /// Begin a forecast. An application has one of each kind at a time: an earlier one is forgotten, and ends when it
    /// next moves.
    pub async fn begin_forecast<T: Findings>(
        &self,
        tenant: Tenant,
        application: Uuid,
        outlook: &T,
    ) -> Result<Forecast<T>, Error> {
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
            let mut old = Sql::default();
            let text = format!("DELETE FROM {} WHERE tenant = $1 AND application = $2", T::TABLE);
            old.bind_text(&text, args![tenant.id(), application]);
            tx.execute_sql(old).await?;
            let mut new = Sql::default();
            let text = format!(
                "INSERT INTO {} (tenant, application, id, started_at, moved_at, done, total, outlook)
                 VALUES ($1, $2, $3, $4, $4, 0, $5, $6)",
                T::TABLE
            );
            let total = total.map_or(0, |(total,)| total);
            new.bind_text(&text, args![tenant.id(), application, id, now, total, to_text(outlook)]);
            tx.execute_sql(new).await?;
            get(tx, application, id).await
        })
    }

    /// Store how far a forecast is. `false`: another has taken its place.
    pub async fn move_forecast<T: Findings>(&self, tenant: Tenant, forecast: &Forecast<T>) -> Result<bool, Error> {
        transaction!(self.db, tenant, tx => {
            let mut sql = Sql::default();
            let text = format!(
                "UPDATE {} SET moved_at = $1, finished_at = $2, done = $3, outlook = $4, fault = $5
                 WHERE tenant = $6 AND application = $7 AND id = $8",
                T::TABLE
            );
            let (now, outlook) = (self.clock.now(), to_text(&forecast.outlook));
            sql.bind_text(&text, args![now, forecast.finished_at, forecast.done, outlook, forecast.fault.as_deref(), tenant.id(), forecast.application, forecast.id]);
            Ok(tx.execute_sql(sql).await? == 1)
        })
    }
}
