//! Alarms: what an administrator should see to before it hurts. They are not stored: each is worked out from its
//! cause, and gone with it. Sources and live tokens are few, so that the cost does not grow with the people.

use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tenant, Tx,
    db::{args, transaction},
    source::SourceClient,
};

/// What an alarm is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// A token ends in so many days, rounded up.
    TokenExpires {
        /// The token.
        token: String,
        /// Its last four letters.
        last4: Option<String>,
        /// When it ends.
        at: Millis,
        /// The days that are left.
        days: i64,
    },
    /// The last token of a source has ended: its client is locked out.
    TokenExpired {
        /// The token.
        token: String,
        /// Its last four letters.
        last4: Option<String>,
        /// When it ended.
        at: Millis,
    },
    /// A source that used to call has been quiet.
    SourceSilent {
        /// When its last request came.
        last_request_at: Millis,
    },
}

/// One alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// The source it is about.
    pub source: Uuid,
    /// The source's name.
    pub source_name: String,
    /// The source's client.
    pub client: SourceClient,
    /// Since when there is something to see to.
    pub since: Millis,
    /// What it is.
    pub cause: Cause,
}

const DAY: Millis = 24 * 60 * 60 * 1000;
/// So many days before a token ends it is warned of, once each.
const WARNINGS: [i64; 4] = [30, 14, 7, 1];
/// A source that used to call and has been quiet for longer is an alarm.
const SILENCE: Millis = 26 * 60 * 60 * 1000;

/// All alarms of the tenant, the most recent causes first.
pub async fn list(tx: &mut Tx, now: Millis) -> Result<Vec<Alarm>, Error> {
    let mut alarms = expiring(tx, now).await?;
    alarms.extend(locked_out(tx, now).await?);
    alarms.extend(silent(tx, now).await?);
    alarms.sort_by_key(|alarm| std::cmp::Reverse(alarm.since));
    Ok(alarms)
}

type TokenRow = (Uuid, String, String, String, Option<String>, Millis);

/// Live tokens that end within the first warning. One that is being replaced ends on purpose.
async fn expiring(tx: &mut Tx, now: Millis) -> Result<Vec<Alarm>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<TokenRow> = tx
        .rows(
            "SELECT s.id, s.name, s.client, t.id, t.last4, t.expires_at
             FROM source_tokens t JOIN sources s ON s.tenant = t.tenant AND s.id = t.source
             WHERE t.tenant = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND t.expires_at <= $3
               AND NOT EXISTS (SELECT 1 FROM source_tokens n WHERE n.tenant = t.tenant AND n.source = t.source AND n.kind = t.kind
                     AND n.revoked_at IS NULL AND n.expires_at > $3)
             ORDER BY t.expires_at LIMIT 1000",
            args![tenant, now, now + WARNINGS[0] * DAY],
        )
        .await?;
    rows.into_iter()
        .map(|(source, name, client, token, last4, at)| {
            let days = (at - now + DAY - 1) / DAY;
            let since = at - warning(days).unwrap_or(days) * DAY;
            alarm(source, name, &client, since, Cause::TokenExpires { token, last4, at, days })
        })
        .collect()
}

/// The warning that is due with so many days left.
fn warning(days: i64) -> Option<i64> {
    WARNINGS.into_iter().rev().find(|warning| days <= *warning)
}

/// Sources without any live token whose last one simply ended: their clients can't get in. Who revoked the last token
/// wants it so.
async fn locked_out(tx: &mut Tx, now: Millis) -> Result<Vec<Alarm>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<TokenRow> = tx
        .rows(
            "SELECT s.id, s.name, s.client, t.id, t.last4, t.expires_at
             FROM sources s JOIN source_tokens t ON t.tenant = s.tenant AND t.source = s.id
             WHERE s.tenant = $1 AND t.revoked_at IS NULL AND t.expires_at <= $2
               AND NOT EXISTS (SELECT 1 FROM source_tokens n WHERE n.tenant = s.tenant AND n.source = s.id AND n.id <> t.id
                     AND (n.created_at > t.created_at OR (n.revoked_at IS NULL AND n.expires_at > $2)))
             ORDER BY t.expires_at DESC LIMIT 1000",
            args![tenant, now],
        )
        .await?;
    rows.into_iter()
        .map(|(source, name, client, token, last4, at)| {
            alarm(source, name, &client, at, Cause::TokenExpired { token, last4, at })
        })
        .collect()
}

/// Sources that called and are quiet, though they could get in.
async fn silent(tx: &mut Tx, now: Millis) -> Result<Vec<Alarm>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String, String, Millis)> = tx
        .rows(
            "SELECT s.id, s.name, s.client, s.last_request_at FROM sources s
             WHERE s.tenant = $1 AND s.kind = 'scim' AND s.last_request_at < $2
               AND EXISTS (SELECT 1 FROM source_tokens t WHERE t.tenant = s.tenant AND t.source = s.id
                     AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $3))
             ORDER BY s.last_request_at DESC LIMIT 1000",
            args![tenant, now - SILENCE, now],
        )
        .await?;
    rows.into_iter()
        .map(|(source, name, client, last_request_at)| {
            alarm(source, name, &client, last_request_at + SILENCE, Cause::SourceSilent { last_request_at })
        })
        .collect()
}

fn alarm(source: Uuid, source_name: String, client: &str, since: Millis, cause: Cause) -> Result<Alarm, Error> {
    let client =
        SourceClient::from_word(client).ok_or_else(|| Error::inconsistent("sources", source, "unknown client"))?;
    Ok(Alarm { source, source_name, client, since, cause })
}

impl Directory {
    /// The alarms that the log has not been told about yet: a token's end at 30, 14, 7 and 1 days, and a silence, once
    /// each and by one node. They count as told from now on.
    pub async fn new_alarms(&self, tenant: Tenant) -> Result<Vec<Alarm>, Error> {
        let now = self.clock.now();
        let mut tx = self.db.read(tenant).await?;
        let alarms = list(&mut tx, now).await?;
        drop(tx);
        let mut new = Vec::new();
        for alarm in alarms {
            let told = transaction!(self.db, tenant, tx => { tell(tx, &alarm).await })?;
            if told == 1 {
                new.push(alarm);
            }
        }
        Ok(new)
    }
}

/// Note that an alarm is told; how many rows say so for the first time.
async fn tell(tx: &mut Tx, alarm: &Alarm) -> Result<u64, Error> {
    let tenant = tx.tenant().id();
    Ok(match &alarm.cause {
        Cause::TokenExpires { token, days, .. } => {
            tx.execute(
                "UPDATE source_tokens SET warned_days = $1 WHERE tenant = $2 AND id = $3 AND (warned_days IS NULL OR warned_days > $1)",
                args![warning(*days), tenant, token],
            )
            .await?
        }
        Cause::TokenExpired { token, .. } => {
            tx.execute(
                "UPDATE source_tokens SET warned_days = 0 WHERE tenant = $1 AND id = $2 AND (warned_days IS NULL OR warned_days > 0)",
                args![tenant, token],
            )
            .await?
        }
        Cause::SourceSilent { last_request_at } => {
            tx.execute(
                "UPDATE sources SET silence_told = $1 WHERE tenant = $2 AND id = $3 AND (silence_told IS NULL OR silence_told <> $1)",
                args![*last_request_at, tenant, alarm.source],
            )
            .await?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::warning;

    #[test]
    fn each_warning_is_due_from_its_day_on() {
        let due = |days| warning(days);
        assert_eq!(
            [31, 30, 15, 14, 8, 7, 2, 1].map(due),
            [None, Some(30), Some(30), Some(14), Some(14), Some(7), Some(7), Some(1)]
        );
    }
}
