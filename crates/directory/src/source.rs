//! Sources: where people come from.

pub mod policy;
mod removal;

pub use policy::{JoinRule, MayJoin, OnDelete, SourceSettings, UnknownMembers};
pub(crate) use removal::remove_piece;
pub use removal::{People, Removal, removal};

use scim::fold;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, NewToken, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::{stored, to_text},
    schema::{self, Definitions},
    source_token::{self, NewSourceToken},
    token,
};

/// What kind of place people come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A SCIM client that calls us.
    Scim,
    /// People and attributes entered by hand.
    Local,
}

/// Which SCIM client a source is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SourceClient {
    /// Okta.
    Okta,
    /// Microsoft Entra ID.
    Entra,
    /// OneLogin.
    OneLogin,
    /// JumpCloud.
    JumpCloud,
    /// PingOne, and PingFederate.
    PingOne,
    /// Google Workspace.
    Google,
    /// Any other.
    #[default]
    Generic,
}

impl SourceClient {
    /// All of them, in the order in which they are offered.
    pub const ALL: [SourceClient; 7] = [
        SourceClient::Okta,
        SourceClient::Entra,
        SourceClient::OneLogin,
        SourceClient::JumpCloud,
        SourceClient::PingOne,
        SourceClient::Google,
        SourceClient::Generic,
    ];

    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceClient::Okta => "okta",
            SourceClient::Entra => "entra",
            SourceClient::OneLogin => "oneLogin",
            SourceClient::JumpCloud => "jumpCloud",
            SourceClient::PingOne => "pingOne",
            SourceClient::Google => "google",
            SourceClient::Generic => "generic",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<SourceClient> {
        SourceClient::ALL.into_iter().find(|client| client.as_str() == word)
    }
}

/// Whether a source is there to stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Its client may speak.
    Live,
    /// An administrator removed it: nobody may speak for it, and what it had is being cleared away.
    Deleting,
}

/// A source.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its id.
    pub id: Uuid,
    /// The short opaque id in its base URL.
    pub slug: String,
    /// Its name, unique in the tenant.
    pub name: String,
    /// Its kind.
    pub kind: SourceKind,
    /// Which client it is for: decides which guide, checks and self-test belong to it, and nothing else.
    pub client: SourceClient,
    /// What an administrator decided.
    pub settings: SourceSettings,
    /// Its rank: where several sources state an attribute, the lowest number wins.
    pub rank: i64,
    /// Counts up with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When its last request came.
    pub last_request_at: Option<Millis>,
    /// Whether it is there to stay.
    pub state: SourceState,
    /// Until then, bodies of its requests are kept for an administrator to read.
    pub bodies_until: Millis,
}

/// An authenticated SCIM client: proof of a tenant and of one source in it.
#[derive(Clone, Debug)]
pub struct SourceCaller {
    /// The tenant.
    pub tenant: Tenant,
    /// The source that the token opens, and the only one.
    pub source: Source,
    /// The token that was used; for an access token, its OAuth client.
    pub token: String,
    /// Where the token may be used from: ranges of addresses as an administrator wrote them; empty: from anywhere.
    pub networks: Vec<String>,
    /// In a self-test: the tenant and the source that are tested. The test itself works in a scratch tenant.
    pub tests: Option<(Tenant, Uuid)>,
    /// What the tenant's sources accept.
    pub definitions: Arc<Definitions>,
}

type Row = (Uuid, String, String, String, String, String, i64, i64, Millis, Option<Millis>, String, Millis);

/// The rank of the local source behind all others, also behind those that are yet to be made.
pub(crate) const LOCAL_RANK: i64 = 1_000_000;

/// A statement that reads sources, from `WHERE` on.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.slug, s.name, s.kind, s.client, s.settings, s.rank, s.version, s.created_at, s.last_request_at,
               s.state, s.bodies_until FROM sources s ",
            $rest
        )
    };
}

fn source(row: Row) -> Result<Source, Error> {
    let (id, slug, name, kind, client, settings, rank, version, created_at, last_request_at, state, bodies_until) = row;
    let kind = if kind == "local" { SourceKind::Local } else { SourceKind::Scim };
    let client =
        SourceClient::from_word(&client).ok_or_else(|| Error::inconsistent("sources", id, "unknown client"))?;
    let settings = stored("sources", id, &settings)?;
    let state = if state == "live" { SourceState::Live } else { SourceState::Deleting };
    Ok(Source {
        id,
        slug,
        name,
        kind,
        client,
        settings,
        rank,
        version,
        created_at,
        last_request_at,
        state,
        bodies_until,
    })
}

/// The source for people entered by hand, which every tenant has. It states least: its rank is the last.
pub(crate) async fn insert_local(tx: &mut Tx, id: Uuid, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "INSERT INTO sources (tenant, id, slug, name, name_key, kind, settings, rank, version, created_at, modified_at)
         VALUES ($1, $2, $3, 'Local', 'local', 'local', '{}', $5, 1, $4, $4)",
        args![tenant, id, token::letters(16), now, LOCAL_RANK],
    )
    .await?;
    Ok(())
}

/// All sources of the tenant, by rank.
pub async fn list(tx: &mut Tx) -> Result<Vec<Source>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<Row> = tx.rows(select!("WHERE s.tenant = $1 ORDER BY s.rank, s.id"), args![tenant]).await?;
    rows.into_iter().map(source).collect()
}

/// How many people each source knows.
pub async fn people(tx: &mut Tx) -> Result<HashMap<Uuid, i64>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, i64)> = tx
        .rows(
            "SELECT source, CAST(SUM(total) AS BIGINT) FROM record_counts WHERE tenant = $1 AND kind = 0 GROUP BY source",
            args![tenant],
        )
        .await?;
    Ok(rows.into_iter().collect())
}

/// One source, by id or by name.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Source, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            select!(
                "WHERE s.tenant = $1 AND (s.id = $2 OR s.name_key = $3)
                 ORDER BY CASE WHEN s.id = $2 THEN 0 ELSE 1 END LIMIT 1"
            ),
            args![tenant, Uuid::parse_str(name).unwrap_or_default(), fold::fold(name)],
        )
        .await?;
    row.map(source).transpose()?.ok_or_else(|| Error::not_found("source", name))
}

/// The source that is about to change its records, as it is now. On PostgreSQL it can't be cleared away before this
/// transaction ends.
///
/// # Errors
/// 401 once an administrator has removed it.
pub(crate) async fn writing(tx: &mut Tx, id: Uuid) -> Result<Source, Error> {
    let tenant = tx.tenant().id();
    let sql = if tx.locking() {
        select!("WHERE s.tenant = $1 AND s.id = $2 AND s.state = 'live' FOR KEY SHARE")
    } else {
        select!("WHERE s.tenant = $1 AND s.id = $2 AND s.state = 'live'")
    };
    let row: Option<Row> = tx.row(sql, args![tenant, id]).await?;
    row.map(source).transpose()?.ok_or_else(|| scim::Error::new(401, None, "this source was removed").into())
}

/// The source for people entered by hand.
pub(crate) async fn local(tx: &mut Tx) -> Result<Source, Error> {
    find(tx, "local").await
}

/// The source for people entered by hand, as a caller: an administrator speaks through it.
pub async fn local_caller(tx: &mut Tx) -> Result<SourceCaller, Error> {
    let source = local(tx).await?;
    let definitions = schema::load(tx).await?;
    let (token, networks, tests) = (String::new(), Vec::new(), None);
    Ok(SourceCaller { tenant: tx.tenant(), source, token, networks, tests, definitions })
}

/// The source with this slug in its base URL, of any tenant: for what is asked and said before authentication.
pub(crate) async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<(Tenant, Uuid)>, Error> {
    let row: Option<(Uuid, Uuid)> = tx.row("SELECT tenant, id FROM sources WHERE slug = $1", args![slug]).await?;
    Ok(row.map(|(tenant, id)| (Tenant::of(tenant), id)))
}

impl Directory {
    /// Make a SCIM source and its first token, whose text is only ever given here.
    ///
    /// # Errors
    /// `Taken` when another source has the name, `Invalid` when the name is blank or too long.
    pub async fn add_source(
        &self,
        tenant: Tenant,
        actor: &Actor,
        name: &str,
        client: SourceClient,
        settings: &SourceSettings,
    ) -> Result<(Source, NewToken), Error> {
        let name = crate::application::checked_name("source", name)?;
        transaction!(self.db, tenant, tx => {
            let settings = settings.checked(&*self.definitions_by(tx).await?)?;
            let (id, now, slug) = (self.clock.id(), self.clock.now(), token::letters(16).to_lowercase());
            let last: Option<(Option<i64>,)> = tx
                .row("SELECT MAX(rank) FROM sources WHERE tenant = $1 AND kind <> 'local'", args![tenant.id()])
                .await?;
            let rank = last.and_then(|(rank,)| rank).unwrap_or(0) + 1;
            tx.execute(
                "INSERT INTO sources (tenant, id, slug, name, name_key, kind, client, settings, rank, version, created_at, modified_at)
                 VALUES ($1, $2, $3, $4, $5, 'scim', $6, $7, $8, 1, $9, $9)",
                args![tenant.id(), id, &slug, name, fold::fold(name), client.as_str(), to_text(&settings), rank, now],
            )
            .await
            .map_err(|error| Error::taken(error, "source name", name))?;
            let token = source_token::insert(tx, &self.vault, id, &NewSourceToken::default(), now).await?;
            let entry = Entry { id: self.clock.id(), at: now, action: "create", object_kind: "source", object: id, object_name: name, detail: None };
            audit::record(tx, actor, entry).await?;
            Ok((find(tx, &id.to_string()).await?, token))
        })
    }

    /// Say which client a source is for.
    pub async fn set_source_client(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        client: SourceClient,
    ) -> Result<Source, Error> {
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let before = find(tx, &id.to_string()).await?;
            tx.execute(
                "UPDATE sources SET client = $1, version = version + 1, modified_at = $2 WHERE tenant = $3 AND id = $4",
                args![client.as_str(), now, tenant.id(), id],
            )
            .await?;
            let detail = serde_json::json!({"client": [before.client.as_str(), client.as_str()]});
            let entry = Entry { id: self.clock.id(), at: now, action: "update", object_kind: "source", object: id, object_name: &before.name, detail: Some(detail) };
            audit::record(tx, actor, entry).await?;
            find(tx, &id.to_string()).await
        })
    }
}

impl Source {
    /// # Errors
    /// `Invalid` while it is being removed.
    pub(crate) fn must_live(&self) -> Result<(), Error> {
        match self.state {
            SourceState::Live => Ok(()),
            SourceState::Deleting => Err(Error::invalid(format!("{:?} is being removed", self.name))),
        }
    }
}

impl SourceCaller {
    /// The source as the actor of its changes.
    pub fn actor(&self, request: Option<Uuid>) -> Actor {
        Actor { kind: "source", name: self.source.name.clone(), request, source: Some(self.source.id) }
    }
}
