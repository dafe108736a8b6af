//! The ways into a source: bearer tokens, user names with passwords (HTTP Basic), and OAuth clients.
//!
//! All three are tokens of one form, with a life, an end, a list of networks and at most two alive at a time, so that
//! there is one way to rotate and to revoke them. What a source has no live token for is off.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, NewToken, Tenant, Tx, Vault,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::{stored, to_text},
    source::{self, Source, SourceKind},
    token::{self, TokenKind},
};

/// How a token is presented.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SourceTokenKind {
    /// `Authorization: Bearer …` (RFC 6750).
    #[default]
    Bearer,
    /// `Authorization: Basic …` (RFC 7617), for clients that know nothing else: the id is the user name.
    Basic,
    /// At the token endpoint (RFC 6749 section 4.4): the id is the client's, the token its secret.
    OauthClient,
}

impl SourceTokenKind {
    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceTokenKind::Bearer => "bearer",
            SourceTokenKind::Basic => "basic",
            SourceTokenKind::OauthClient => "oauthClient",
        }
    }

    fn from_word(word: &str) -> SourceTokenKind {
        match word {
            "basic" => SourceTokenKind::Basic,
            "oauthClient" => SourceTokenKind::OauthClient,
            _ => SourceTokenKind::Bearer,
        }
    }

    pub(crate) fn token_kind(self) -> TokenKind {
        match self {
            SourceTokenKind::Bearer => TokenKind::Source,
            SourceTokenKind::Basic => TokenKind::Basic,
            SourceTokenKind::OauthClient => TokenKind::Client,
        }
    }
}

/// Whether a token opens anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TokenState {
    /// It works.
    Live,
    /// Its end has come.
    Expired,
    /// It was revoked.
    Revoked,
}

/// A source's token, without the secret.
#[derive(Clone, Debug)]
pub struct SourceToken {
    /// Its id: the part of the text between the second and the third underscore.
    pub id: String,
    /// How it is presented.
    pub kind: SourceTokenKind,
    /// What it is for; may be empty.
    pub name: String,
    /// Its last four letters. None for tokens of the first release.
    pub last4: Option<String>,
    /// Where it may be used from; empty: from anywhere.
    pub networks: Vec<String>,
    /// For an OAuth client: how long its access tokens live, in minutes.
    pub access_minutes: Option<i64>,
    /// When it was made.
    pub created_at: Millis,
    /// When it stops working.
    pub expires_at: Option<Millis>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Millis>,
    /// The network it was last used from: the address without its last part (/24, or /48 for IPv6).
    pub last_used_from: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
}

impl SourceToken {
    /// Whether it opens anything at this time.
    pub fn state(&self, now: Millis) -> TokenState {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => TokenState::Revoked,
            (None, Some(end)) if end <= now => TokenState::Expired,
            _ => TokenState::Live,
        }
    }
}

/// What is decided about a new token.
#[derive(Clone, Debug)]
pub struct NewSourceToken {
    /// How it is presented.
    pub kind: SourceTokenKind,
    /// What it is for, at most 200 characters; may be empty.
    pub name: String,
    /// Its life: 1 to 730 days.
    pub days: i64,
    /// Where it may be used from; empty: from anywhere. The surface has read them as networks.
    pub networks: Vec<String>,
    /// For an OAuth client: how long its access tokens live, 60 to 360 minutes.
    pub access_minutes: i64,
}

impl Default for NewSourceToken {
    fn default() -> NewSourceToken {
        NewSourceToken {
            kind: SourceTokenKind::Bearer,
            name: String::new(),
            days: DAYS,
            networks: Vec::new(),
            access_minutes: 60,
        }
    }
}

/// A token's life unless chosen otherwise: a year.
pub const DAYS: i64 = 365;
/// How long the old token goes on working in a rotation unless chosen otherwise, in days.
pub const OVERLAP_DAYS: i64 = 7;
/// The longest overlap of a rotation, in days.
const MAX_OVERLAP_DAYS: i64 = 30;
/// So many of a kind may be alive at a time: one, and the one that replaces it.
const LIVE: usize = 2;
/// So many networks a token may name.
const NETWORKS: usize = 100;
const DAY: Millis = 24 * 60 * 60 * 1000;

fn life(days: i64) -> Result<Millis, Error> {
    if !(1..=730).contains(&days) {
        return Err(Error::invalid("a token lives 1 to 730 days"));
    }
    Ok(days * DAY)
}

fn checked_label(name: &str) -> Result<&str, Error> {
    match name.trim() {
        "" => Ok(""),
        name => crate::application::checked_name("token", name),
    }
}

fn check_networks(networks: &[String]) -> Result<(), Error> {
    if networks.len() > NETWORKS {
        return Err(Error::invalid(format!("a token may name at most {NETWORKS} networks")));
    }
    Ok(())
}

type Row = (
    String,
    String,
    String,
    Option<String>,
    String,
    Option<i64>,
    Millis,
    Option<Millis>,
    Option<Millis>,
    Option<String>,
    Option<Millis>,
);

fn token(row: Row) -> Result<SourceToken, Error> {
    let (id, kind, name, last4, networks, access_minutes, created_at, expires_at, last_used_at, from, revoked_at) = row;
    let networks = stored("source_tokens", &id, &networks)?;
    let kind = SourceTokenKind::from_word(&kind);
    Ok(SourceToken {
        id,
        kind,
        name,
        last4,
        networks,
        access_minutes,
        created_at,
        expires_at,
        last_used_at,
        last_used_from: from,
        revoked_at,
    })
}

/// A source's tokens of every kind, newest first, those that work no more included.
pub async fn list(tx: &mut Tx, source: Uuid) -> Result<Vec<SourceToken>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, kind, name, last4, networks, access_minutes, created_at, expires_at, last_used_at, last_used_from, revoked_at
             FROM source_tokens WHERE tenant = $1 AND source = $2 ORDER BY created_at DESC, id DESC",
            args![tenant, source],
        )
        .await?;
    rows.into_iter().map(token).collect()
}

/// One token of a source.
pub async fn find(tx: &mut Tx, source: Uuid, id: &str) -> Result<SourceToken, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, kind, name, last4, networks, access_minutes, created_at, expires_at, last_used_at, last_used_from, revoked_at
             FROM source_tokens WHERE tenant = $1 AND source = $2 AND id = $3",
            args![tenant, source, id],
        )
        .await?;
    row.map(token).transpose()?.ok_or_else(|| Error::not_found("token", id))
}

/// Make a token and store its hash.
pub(crate) async fn insert(
    tx: &mut Tx,
    vault: &Vault,
    source: Uuid,
    settings: &NewSourceToken,
    now: Millis,
) -> Result<NewToken, Error> {
    let (name, life) = (checked_label(&settings.name)?, life(settings.days)?);
    check_networks(&settings.networks)?;
    let access_minutes = match settings.kind {
        SourceTokenKind::OauthClient if !(60..=360).contains(&settings.access_minutes) => {
            return Err(Error::invalid("an access token lives 60 to 360 minutes"));
        }
        SourceTokenKind::OauthClient => Some(settings.access_minutes),
        SourceTokenKind::Bearer | SourceTokenKind::Basic => None,
    };
    let (new, tenant) = (token::make(settings.kind.token_kind(), vault), tx.tenant().id());
    tx.execute(
        "INSERT INTO source_tokens (id, tenant, source, kind, name, hash, last4, networks, access_minutes, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            &new.id, tenant, source, settings.kind.as_str(), name, &new.hash, new.last4(), to_text(&settings.networks),
            access_minutes, now, now + life
        ],
    )
    .await?;
    Ok(new)
}

/// The source, when there is room for one more live token of this kind. Two who ask at once take turns.
async fn with_room(tx: &mut Tx, source: Uuid, kind: SourceTokenKind, now: Millis) -> Result<Source, Error> {
    let tenant = tx.tenant().id();
    tx.execute("UPDATE sources SET version = version WHERE tenant = $1 AND id = $2", args![tenant, source]).await?;
    let source = source::find(tx, &source.to_string()).await?;
    source.must_live()?;
    if source.kind == SourceKind::Local {
        return Err(Error::invalid("the local source has no SCIM endpoint, so it needs no token"));
    }
    let live = list(tx, source.id).await?;
    let live: Vec<_> = live.iter().filter(|token| token.kind == kind && token.state(now) == TokenState::Live).collect();
    if live.len() >= LIVE {
        let named: Vec<&str> = live.iter().map(|token| token.id.as_str()).collect();
        return Err(Error::invalid(format!(
            "{} has {LIVE} live tokens of this kind already ({}): revoke one of them first",
            source.name,
            named.join(", ")
        )));
    }
    Ok(source)
}

impl Directory {
    /// Make another token for a source; the ones it has go on working.
    ///
    /// # Errors
    /// `Invalid` when two of its kind are alive already, and for a life, a name or a number of networks out of bounds.
    pub async fn add_source_token(
        &self,
        tenant: Tenant,
        actor: &Actor,
        source: Uuid,
        settings: &NewSourceToken,
    ) -> Result<(SourceToken, NewToken), Error> {
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let source = with_room(tx, source, settings.kind, now).await?;
            let new = insert(tx, &self.vault, source.id, settings, now).await?;
            let detail = serde_json::json!({"token": new.id, "kind": settings.kind, "days": settings.days, "networks": settings.networks});
            self.record_token(tx, actor, &source, "add_token", detail).await?;
            Ok((find(tx, source.id, &new.id).await?, new))
        })
    }

    /// Change what a token is called and where it may be used from.
    pub async fn set_source_token(
        &self,
        tenant: Tenant,
        actor: &Actor,
        source: Uuid,
        id: &str,
        name: &str,
        networks: &[String],
    ) -> Result<SourceToken, Error> {
        let name = checked_label(name)?;
        check_networks(networks)?;
        transaction!(self.db, tenant, tx => {
            let source = source::find(tx, &source.to_string()).await?;
            let before = find(tx, source.id, id).await?;
            tx.execute(
                "UPDATE source_tokens SET name = $1, networks = $2 WHERE tenant = $3 AND id = $4",
                args![name, serde_json::json!(networks).to_string(), tenant.id(), id],
            )
            .await?;
            let detail = serde_json::json!({"token": id, "name": [before.name, name], "networks": [before.networks, networks]});
            self.record_token(tx, actor, &source, "update_token", detail).await?;
            find(tx, source.id, id).await
        })
    }

    /// Replace a token: make another of its kind, name and networks, and let the old one end after an overlap of
    /// 0 to 30 days (0: now).
    ///
    /// # Errors
    /// `Invalid` when the token does not work any more, when two of its kind are alive already, and for a number of
    /// days out of bounds.
    pub async fn rotate_source_token(
        &self,
        tenant: Tenant,
        actor: &Actor,
        source: Uuid,
        id: &str,
        overlap_days: i64,
        days: i64,
    ) -> Result<(SourceToken, NewToken), Error> {
        if !(0..=MAX_OVERLAP_DAYS).contains(&overlap_days) {
            return Err(Error::invalid(format!("an overlap lasts 0 to {MAX_OVERLAP_DAYS} days")));
        }
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let old = find(tx, source, id).await?;
            if old.state(now) != TokenState::Live {
                return Err(Error::invalid(format!("the token {id} works no more: make a new one instead")));
            }
            // An overlap never lengthens a life.
            let end = old.expires_at.unwrap_or(Millis::MAX).min(now + overlap_days * DAY);
            tx.execute("UPDATE source_tokens SET expires_at = $1 WHERE tenant = $2 AND id = $3", args![end, tenant.id(), id]).await?;
            let source = with_room(tx, source, old.kind, now).await?;
            let settings = NewSourceToken {
                kind: old.kind,
                name: old.name,
                days,
                networks: old.networks,
                access_minutes: old.access_minutes.unwrap_or(60),
            };
            let new = insert(tx, &self.vault, source.id, &settings, now).await?;
            let detail = serde_json::json!({"token": id, "by": new.id, "kind": old.kind, "overlapDays": overlap_days, "days": days});
            self.record_token(tx, actor, &source, "rotate_token", detail).await?;
            Ok((find(tx, source.id, &new.id).await?, new))
        })
    }

    /// Revoke a token: the next request with it gets 401, and so do those with access tokens of an OAuth client.
    pub async fn revoke_source_token(
        &self,
        tenant: Tenant,
        actor: &Actor,
        source: Uuid,
        token: &str,
    ) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let source = source::find(tx, &source.to_string()).await?;
            let revoked = tx
                .execute(
                    "UPDATE source_tokens SET revoked_at = $1 WHERE tenant = $2 AND source = $3 AND id = $4 AND revoked_at IS NULL",
                    args![now, tenant.id(), source.id, token],
                )
                .await?;
            if revoked == 0 {
                return Err(Error::not_found("live token", token));
            }
            tx.execute("DELETE FROM access_tokens WHERE tenant = $1 AND client = $2", args![tenant.id(), token]).await?;
            self.record_token(tx, actor, &source, "revoke_token", serde_json::json!({"token": token})).await
        })
    }

    async fn record_token(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        source: &Source,
        action: &'static str,
        detail: serde_json::Value,
    ) -> Result<(), Error> {
        let entry = Entry {
            id: self.clock.id(),
            at: self.clock.now(),
            action,
            object_kind: "source",
            object: source.id,
            object_name: &source.name,
            detail: Some(detail),
        };
        audit::record(tx, actor, entry).await
    }
}

impl Directory {
    /// The kinds of live tokens of the source with this slug, which its ServiceProviderConfig names; none for a slug
    /// that nobody has.
    pub async fn source_token_kinds(&self, slug: &str) -> Result<Vec<SourceTokenKind>, Error> {
        let mut tx = self.db.read(Tenant::system()).await?;
        let Some((tenant, source)) = source::by_slug(&mut tx, slug).await? else { return Ok(Vec::new()) };
        let rows: Vec<(String,)> = tx
            .rows(
                "SELECT DISTINCT kind FROM source_tokens
                 WHERE tenant = $1 AND source = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)",
                args![tenant.id(), source, self.clock.now()],
            )
            .await?;
        Ok(rows.iter().map(|(kind,)| SourceTokenKind::from_word(kind)).collect())
    }
}
