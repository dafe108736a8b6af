//! Requests to a source whose credentials were refused: for the administrator who wonders why nothing arrives.
//!
//! One row per source and reason, holding the last one and how many there were, so that guessing fills no table. They
//! are written behind the answers, many at a time.

use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tenant, Tx,
    access_token::Wrong,
    db::{args, transaction},
    source,
};

/// The last request that was refused for a reason.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Why.
    pub reason: Wrong,
    /// When.
    pub at: Millis,
    /// How many there were.
    pub total: i64,
    /// The HTTP method.
    pub method: String,
    /// The last three letters of what was presented, if it was long enough to be a token.
    pub token_end: Option<String>,
    /// The network it came from.
    pub address: Option<String>,
}

/// The last refusal for each reason, newest first.
pub async fn list(tx: &mut Tx, source: Uuid) -> Result<Vec<Refusal>, Error> {
    let tenant = tx.tenant().id();
    type Row = (String, Millis, i64, String, Option<String>, Option<String>);
    let rows: Vec<Row> = tx
        .rows(
            "SELECT reason, at, total, method, token_end, address FROM source_refusals
             WHERE tenant = $1 AND source = $2 ORDER BY at DESC, reason",
            args![tenant, source],
        )
        .await?;
    rows.into_iter()
        .map(|(word, at, total, method, token_end, address)| {
            let reason = Wrong::ALL.into_iter().find(|reason| reason.as_str() == word);
            let reason = reason.ok_or_else(|| Error::inconsistent("source_refusals", source, "unknown reason"))?;
            Ok(Refusal { reason, at, total, method, token_end, address })
        })
        .collect()
}

impl Directory {
    /// Record refusals at the base URL with this slug. A slug that nobody has is nobody's business.
    pub async fn record_refusals(&self, slug: &str, refusals: &[Refusal]) -> Result<(), Error> {
        let mut tx = self.db.read(Tenant::system()).await?;
        let Some((tenant, source)) = source::by_slug(&mut tx, slug).await? else { return Ok(()) };
        drop(tx);
        transaction!(self.db, tenant, tx => {
            for refusal in refusals {
                tx.execute(
                    "INSERT INTO source_refusals (tenant, source, reason, at, total, method, token_end, address)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                     ON CONFLICT (tenant, source, reason) DO UPDATE SET at = excluded.at, total = source_refusals.total + excluded.total,
                         method = excluded.method, token_end = excluded.token_end, address = excluded.address",
                    args![tenant.id(), source, refusal.reason.as_str(), refusal.at, refusal.total, &refusal.method, refusal.token_end.as_deref(), refusal.address.as_deref()],
                )
                .await?;
            }
            Ok(())
        })
    }
}
