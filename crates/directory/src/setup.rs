//! How far a source's set-up has come: what has arrived, and what was refused last.

use uuid::Uuid;

use crate::{
    Error, Kind, Millis, Tx,
    db::args,
    member,
    refusal::{self, Refusal},
};

/// What is known of a source's requests. Every part costs a bounded look, whatever the size of the source.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The last refusal for each reason, newest first.
    pub refusals: Vec<Refusal>,
    /// How many people it has.
    pub users: i64,
    /// How many groups it has.
    pub groups: i64,
    /// How many members of its groups have not arrived yet.
    pub pending_members: i64,
    /// The `externalId` of the people that changed last, and of the groups; at most twenty of each. None where there
    /// is none.
    pub external_ids: Vec<Option<String>>,
    /// The last request that was let in and answered with an error.
    pub last_error: Option<FailedRequest>,
}

/// A request that was let in and answered with an error.
#[derive(Clone, Debug)]
pub struct FailedRequest {
    /// When.
    pub at: Millis,
    /// The HTTP method.
    pub method: String,
    /// The path below the base URL.
    pub path: String,
    /// The HTTP status.
    pub status: i64,
    /// The `scimType`.
    pub scim_type: Option<String>,
    /// What was wrong with it.
    pub detail: Option<String>,
}

/// So many recent people, and groups, are looked at for the form of their `externalId`.
const SAMPLE: i64 = 20;

/// How far a source's set-up has come.
pub async fn of_source(tx: &mut Tx, source: Uuid) -> Result<Setup, Error> {
    let mut external_ids = Vec::new();
    for kind in [Kind::User, Kind::Group] {
        external_ids.extend(recent_external_ids(tx, source, kind).await?);
    }
    Ok(Setup {
        refusals: refusal::list(tx, source).await?,
        users: count(tx, source, Kind::User).await?,
        groups: count(tx, source, Kind::Group).await?,
        pending_members: member::pending_count_in(tx, source).await?,
        external_ids,
        last_error: last_error(tx, source).await?,
    })
}

async fn count(tx: &mut Tx, source: Uuid, kind: Kind) -> Result<i64, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(Option<i64>,)> = tx
        .row(
            "SELECT CAST(SUM(total) AS BIGINT) FROM record_counts WHERE tenant = $1 AND source = $2 AND kind = $3",
            args![tenant, source, kind.code()],
        )
        .await?;
    Ok(row.and_then(|(total,)| total).unwrap_or(0))
}

async fn recent_external_ids(tx: &mut Tx, source: Uuid, kind: Kind) -> Result<Vec<Option<String>>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Option<String>,)> = tx
        .rows(
            "SELECT external_id FROM records WHERE tenant = $1 AND source = $2 AND kind = $3
             ORDER BY modified_at DESC, id DESC LIMIT $4",
            args![tenant, source, kind.code(), SAMPLE],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

async fn last_error(tx: &mut Tx, source: Uuid) -> Result<Option<FailedRequest>, Error> {
    let tenant = tx.tenant().id();
    type Row = (Millis, String, String, i64, Option<String>, Option<String>);
    let row: Option<Row> = tx
        .row(
            "SELECT at, method, path, status, scim_type, detail FROM requests
             WHERE tenant = $1 AND source = $2 AND status >= 400 AND test = FALSE ORDER BY id DESC LIMIT 1",
            args![tenant, source],
        )
        .await?;
    Ok(row.map(|(at, method, path, status, scim_type, detail)| FailedRequest {
        at,
        method,
        path,
        status,
        scim_type,
        detail,
    }))
}
