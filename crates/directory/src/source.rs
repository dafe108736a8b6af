//! Sources: where people come from.

use scim::{Tolerance, fold};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, NewToken, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::{stored, to_text},
    token::{self, TokenKind},
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

/// How a new record finds its user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JoinRule {
    /// The user with the same `userName`, caseless.
    #[default]
    UserName,
    /// The only user with one of the record's e-mail addresses, caseless.
    Email,
}

/// What happens with a group's member that the source has no record of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownMembers {
    /// It is kept as pending, and becomes a member when its record arrives: clients push in any order. It may be named
    /// by the record's id, its `externalId`, or a user's `userName`.
    #[default]
    Pending,
    /// 400 `invalidValue`, and nothing of the request is done.
    Refuse,
}

/// What an administrator decides about a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceSettings {
    /// How a new record finds its user.
    pub join: JoinRule,
    /// Which deviations from the RFC are let through.
    pub tolerance: Tolerance,
    /// What happens with members that have no record.
    pub unknown_members: UnknownMembers,
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
}

/// A source's token, without the secret.
#[derive(Clone, Debug, Serialize)]
pub struct SourceToken {
    /// Its id: the part of the text between the second and the third underscore.
    pub id: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it stops working.
    pub expires_at: Option<Millis>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Millis>,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
}

/// An authenticated SCIM client: proof of a tenant and of one source in it.
#[derive(Clone, Debug)]
pub struct SourceCaller {
    /// The tenant.
    pub tenant: Tenant,
    /// The source that the token opens, and the only one.
    pub source: Source,
    /// The token that was used.
    pub token: String,
}

/// A token's life unless chosen otherwise: a year.
const TOKEN_LIFE: Millis = 365 * 24 * 60 * 60 * 1000;

type Row = (Uuid, String, String, String, String, i64, i64, Millis, Option<Millis>);

fn source(row: Row) -> Result<Source, Error> {
    let (id, slug, name, kind, settings, rank, version, created_at, last_request_at) = row;
    let kind = if kind == "local" { SourceKind::Local } else { SourceKind::Scim };
    let settings = stored("sources", id, &settings)?;
    Ok(Source { id, slug, name, kind, settings, rank, version, created_at, last_request_at })
}

/// The source for people entered by hand, which every tenant has. It states least: its rank is the last.
pub(crate) async fn insert_local(tx: &mut Tx, id: Uuid, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "INSERT INTO sources (tenant, id, slug, name, name_key, kind, settings, rank, version, created_at, modified_at)
         VALUES ($1, $2, $3, 'Local', 'local', 'local', '{}', 1000000, 1, $4, $4)",
        args![tenant, id, token::letters(16), now],
    )
    .await?;
    Ok(())
}

/// All sources of the tenant, by rank.
pub async fn list(tx: &mut Tx) -> Result<Vec<Source>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, slug, name, kind, settings, rank, version, created_at, last_request_at FROM sources
             WHERE tenant = $1 ORDER BY rank, id",
            args![tenant],
        )
        .await?;
    rows.into_iter().map(source).collect()
}

/// One source, by id or by name.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Source, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, slug, name, kind, settings, rank, version, created_at, last_request_at FROM sources
             WHERE tenant = $1 AND (id = $2 OR name_key = $3) ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END LIMIT 1",
            args![tenant, Uuid::parse_str(name).unwrap_or_default(), fold::fold(name)],
        )
        .await?;
    row.map(source).transpose()?.ok_or_else(|| Error::not_found("source", name))
}

/// The source for people entered by hand, as a caller: an administrator speaks through it.
pub async fn local_caller(tx: &mut Tx) -> Result<SourceCaller, Error> {
    let source = find(tx, "local").await?;
    Ok(SourceCaller { tenant: tx.tenant(), source, token: String::new() })
}

/// A source's tokens, newest first, revoked ones included.
pub async fn tokens(tx: &mut Tx, source: Uuid) -> Result<Vec<SourceToken>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(String, Millis, Option<Millis>, Option<Millis>, Option<Millis>)> = tx
        .rows(
            "SELECT id, created_at, expires_at, last_used_at, revoked_at FROM source_tokens
             WHERE tenant = $1 AND source = $2 ORDER BY created_at DESC, id",
            args![tenant, source],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, created_at, expires_at, last_used_at, revoked_at)| SourceToken {
            id,
            created_at,
            expires_at,
            last_used_at,
            revoked_at,
        })
        .collect())
}

async fn insert_token(tx: &mut Tx, source: Uuid, now: Millis) -> Result<NewToken, Error> {
    let new = token::make(TokenKind::Source);
    let tenant = tx.tenant().id();
    tx.execute(
        "INSERT INTO source_tokens (id, tenant, source, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![&new.id, tenant, source, &new.hash, now, now + TOKEN_LIFE],
    )
    .await?;
    Ok(new)
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
        settings: &SourceSettings,
    ) -> Result<(Source, NewToken), Error> {
        let name = crate::application::checked_name("source", name)?;
        transaction!(self.db, tenant, tx => {
            let (id, now, slug) = (self.clock.id(), self.clock.now(), token::letters(16).to_lowercase());
            let ranks: Option<(i64,)> = tx
                .row("SELECT COUNT(*) FROM sources WHERE tenant = $1 AND kind <> 'local'", args![tenant.id()])
                .await?;
            let rank = ranks.map_or(0, |(count,)| count) + 1;
            tx.execute(
                "INSERT INTO sources (tenant, id, slug, name, name_key, kind, settings, rank, version, created_at, modified_at)
                 VALUES ($1, $2, $3, $4, $5, 'scim', $6, $7, 1, $8, $8)",
                args![tenant.id(), id, &slug, name, fold::fold(name), to_text(settings), rank, now],
            )
            .await
            .map_err(|error| Error::taken(error, "source name", name))?;
            let token = insert_token(tx, id, now).await?;
            let entry = Entry { id: self.clock.id(), at: now, action: "create", object_kind: "source", object: id, object_name: name, detail: None };
            audit::record(tx, actor, entry).await?;
            Ok((find(tx, &id.to_string()).await?, token))
        })
    }

    /// Change what an administrator decides about a source.
    pub async fn set_source_settings(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        settings: &SourceSettings,
    ) -> Result<Source, Error> {
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let before = find(tx, &id.to_string()).await?;
            tx.execute(
                "UPDATE sources SET settings = $1, version = version + 1, modified_at = $2 WHERE tenant = $3 AND id = $4",
                args![to_text(settings), now, tenant.id(), id],
            )
            .await?;
            let detail = serde_json::json!({"settings": [before.settings, settings]});
            let entry = Entry { id: self.clock.id(), at: now, action: "update", object_kind: "source", object: id, object_name: &before.name, detail: Some(detail) };
            audit::record(tx, actor, entry).await?;
            find(tx, &id.to_string()).await
        })
    }

    /// Make another token for a source; the ones it has go on working.
    pub async fn add_source_token(&self, tenant: Tenant, actor: &Actor, source: Uuid) -> Result<NewToken, Error> {
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let source = find(tx, &source.to_string()).await?;
            if source.kind == SourceKind::Local {
                return Err(Error::invalid("the local source has no SCIM endpoint, so it needs no token"));
            }
            let token = insert_token(tx, source.id, now).await?;
            let detail = serde_json::json!({"token": token.id});
            let entry = Entry { id: self.clock.id(), at: now, action: "add_token", object_kind: "source", object: source.id, object_name: &source.name, detail: Some(detail) };
            audit::record(tx, actor, entry).await?;
            Ok(token)
        })
    }

    /// Revoke a token: the next request with it gets 401.
    pub async fn revoke_source_token(
        &self,
        tenant: Tenant,
        actor: &Actor,
        source: Uuid,
        token: &str,
    ) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let source = find(tx, &source.to_string()).await?;
            let revoked = tx
                .execute(
                    "UPDATE source_tokens SET revoked_at = $1 WHERE tenant = $2 AND source = $3 AND id = $4 AND revoked_at IS NULL",
                    args![now, tenant.id(), source.id, token],
                )
                .await?;
            if revoked == 0 {
                return Err(Error::not_found("live token", token));
            }
            let detail = serde_json::json!({"token": token});
            let entry = Entry { id: self.clock.id(), at: now, action: "revoke_token", object_kind: "source", object: source.id, object_name: &source.name, detail: Some(detail) };
            audit::record(tx, actor, entry).await?;
            Ok(())
        })
    }

    /// Who presents this token at this base URL. `None` for every kind of wrong: they must look the same.
    pub async fn authenticate_source(&self, slug: &str, text: &str) -> Result<Option<SourceCaller>, Error> {
        let Some(presented) = token::read(TokenKind::Source, text) else { return Ok(None) };
        let mut tx = self.db.read(Tenant::system()).await?;
        type Found = (Uuid, String, Option<Millis>, Option<Millis>);
        let found: Option<Found> = tx
            .row("SELECT tenant, hash, expires_at, revoked_at FROM source_tokens WHERE id = $1", args![presented.id])
            .await?;
        let right = presented.matches(found.as_ref().map(|(_, hash, ..)| hash.as_str()));
        let Some((tenant, _, expires_at, revoked_at)) = found.filter(|_| right) else { return Ok(None) };
        if revoked_at.is_some() || expires_at.is_some_and(|at| at <= self.clock.now()) {
            return Ok(None);
        }
        let row: Option<Row> = tx
            .row(
                "SELECT s.id, s.slug, s.name, s.kind, s.settings, s.rank, s.version, s.created_at, s.last_request_at
                 FROM sources s JOIN source_tokens t ON t.tenant = s.tenant AND t.source = s.id
                 WHERE s.tenant = $1 AND t.id = $2 AND s.slug = $3",
                args![tenant, presented.id, slug],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SourceCaller { tenant: Tenant::of(tenant), source: source(row)?, token: presented.id.to_owned() }))
    }
}

impl SourceCaller {
    /// The source as the actor of its changes.
    pub fn actor(&self, request: Option<Uuid>) -> Actor {
        Actor { kind: "source", name: self.source.name.clone(), request }
    }
}

/// For tests and set-up pages: the whole text of a token just made.
pub fn reveal(token: &NewToken) -> &str {
    token.text.expose_secret()
}
