//! Who presents what at a base URL; and access tokens, which an OAuth client gets for its secret.

use uuid::Uuid;

use crate::{
    Directory, Error, Millis, NewToken, Tenant,
    db::{args, transaction},
    error::stored,
    source::{self, SourceCaller, SourceState},
    source_token::SourceTokenKind,
    token::{self, TokenKind},
};

/// What a request carries to be let in.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// A bearer token, of the source itself or an access token.
    Bearer(&'a str),
    /// A user name and a password.
    Basic {
        /// The id of a basic token.
        user: &'a str,
        /// Its text.
        password: &'a str,
    },
}

/// Why a request was not let in. Its client is never told: every kind of wrong must look the same to it. The source's
/// administrator is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wrong {
    /// There were no credentials.
    Missing,
    /// Nothing that was made here.
    Unknown,
    /// Right, but for another source than the one whose base URL was called.
    OtherSource,
    /// Right once: its end has come.
    Expired,
    /// Right once: it was revoked.
    Revoked,
    /// Right, but not from this address.
    Network,
}

impl Wrong {
    /// Every reason.
    pub const ALL: [Wrong; 6] =
        [Wrong::Missing, Wrong::Unknown, Wrong::OtherSource, Wrong::Expired, Wrong::Revoked, Wrong::Network];

    /// The word in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Wrong::Missing => "missing",
            Wrong::Unknown => "unknown",
            Wrong::OtherSource => "otherSource",
            Wrong::Expired => "expired",
            Wrong::Revoked => "revoked",
            Wrong::Network => "network",
        }
    }
}

/// An OAuth client whose secret was right.
#[derive(Clone, Debug)]
pub struct OauthClient {
    /// Its id.
    pub id: String,
    /// Where it may come from; empty: from anywhere.
    pub networks: Vec<String>,
    tenant: Tenant,
    source: Uuid,
    minutes: i64,
    expires_at: Option<Millis>,
}

/// So many access tokens of one client are alive at a time; the oldest give way.
const LIVE: i64 = 100;

type TokenRow = (Uuid, Uuid, String, String, String, Option<i64>, Option<Millis>, Option<Millis>);

/// A source token as it was found for a presented one.
struct Found {
    tenant: Tenant,
    source: Uuid,
    networks: Vec<String>,
    minutes: Option<i64>,
    expires_at: Option<Millis>,
}

impl Directory {
    /// Who presents this at the base URL with this slug, or why nobody does.
    pub async fn authenticate_source(
        &self,
        slug: &str,
        credential: &Credential<'_>,
    ) -> Result<Result<SourceCaller, Wrong>, Error> {
        match *credential {
            Credential::Bearer(text) if token::read(TokenKind::Access, text).is_some() => {
                self.authenticate_access(slug, text).await
            }
            Credential::Bearer(text) => self.authenticate_token(slug, SourceTokenKind::Bearer, None, text).await,
            Credential::Basic { user, password } => {
                self.authenticate_token(slug, SourceTokenKind::Basic, Some(user), password).await
            }
        }
    }

    async fn authenticate_token(
        &self,
        slug: &str,
        kind: SourceTokenKind,
        user: Option<&str>,
        text: &str,
    ) -> Result<Result<SourceCaller, Wrong>, Error> {
        let found = match self.find_token(kind, user, text).await? {
            Ok(found) => found,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let mut tx = self.db.read(found.tenant).await?;
        let source = source::find(&mut tx, &found.source.to_string()).await?;
        if source.slug != slug {
            return Ok(Err(Wrong::OtherSource));
        }
        if source.state == SourceState::Deleting {
            return Ok(Err(Wrong::Revoked));
        }
        let token = token::read(kind.token_kind(), text).map(|presented| presented.id.to_owned()).unwrap_or_default();
        let definitions = self.definitions_by(&mut tx).await?;
        let (tenant, networks) = (found.tenant, found.networks);
        Ok(Ok(SourceCaller { tenant, source, token, networks, tests: None, definitions }))
    }

    /// The live source token with this text. What cannot have been made here costs no statement.
    async fn find_token(
        &self,
        kind: SourceTokenKind,
        user: Option<&str>,
        text: &str,
    ) -> Result<Result<Found, Wrong>, Error> {
        let presented = token::read(kind.token_kind(), text).filter(|token| user.is_none_or(|user| user == token.id));
        let Some(presented) = presented else { return Ok(Err(Wrong::Unknown)) };
        let mut tx = self.db.read(Tenant::system()).await?;
        let row: Option<TokenRow> = tx
            .row(
                "SELECT tenant, source, kind, hash, networks, access_minutes, expires_at, revoked_at FROM source_tokens WHERE id = $1",
                args![presented.id],
            )
            .await?;
        let right = presented.matches(row.as_ref().map(|(_, _, _, hash, ..)| hash.as_str()), &self.vault);
        let row = row.filter(|(_, _, stored, ..)| right && stored == kind.as_str());
        let Some((tenant, source, _, _, networks, minutes, expires_at, revoked_at)) = row else {
            return Ok(Err(Wrong::Unknown));
        };
        if let Some(wrong) = self.ended(expires_at, revoked_at) {
            return Ok(Err(wrong));
        }
        let networks = stored("source_tokens", presented.id, &networks)?;
        Ok(Ok(Found { tenant: Tenant::of(tenant), source, networks, minutes, expires_at }))
    }

    fn ended(&self, expires_at: Option<Millis>, revoked_at: Option<Millis>) -> Option<Wrong> {
        match revoked_at {
            Some(_) => Some(Wrong::Revoked),
            None if expires_at.is_some_and(|end| end <= self.clock.now()) => Some(Wrong::Expired),
            None => None,
        }
    }

    async fn authenticate_access(&self, slug: &str, text: &str) -> Result<Result<SourceCaller, Wrong>, Error> {
        let Some(presented) = token::read(TokenKind::Access, text) else { return Ok(Err(Wrong::Unknown)) };
        let mut tx = self.db.read(Tenant::system()).await?;
        type Row = (Uuid, Uuid, Option<String>, Option<Uuid>, String, Millis);
        let row: Option<Row> = tx
            .row(
                "SELECT tenant, source, client, scratch, hash, expires_at FROM access_tokens WHERE id = $1",
                args![presented.id],
            )
            .await?;
        let right = presented.matches(row.as_ref().map(|(_, _, _, _, hash, _)| hash.as_str()), &self.vault);
        let Some((tenant, source, client, scratch, _, expires_at)) = row.filter(|_| right) else {
            return Ok(Err(Wrong::Unknown));
        };
        drop(tx);
        let tenant = Tenant::of(tenant);
        let mut tx = self.db.read(tenant).await?;
        let source = source::find(&mut tx, &source.to_string()).await?;
        if source.slug != slug {
            return Ok(Err(Wrong::OtherSource));
        }
        if source.state == SourceState::Deleting {
            return Ok(Err(Wrong::Revoked));
        }
        if let Some(wrong) = self.ended(Some(expires_at), None) {
            return Ok(Err(wrong));
        }
        if let Some(scratch) = scratch {
            drop(tx);
            return Ok(Ok(self.scratch_caller(Tenant::of(scratch), tenant, source, presented.id).await?));
        }
        // It dies with its client.
        let client = crate::source_token::find(&mut tx, source.id, &client.unwrap_or_default()).await?;
        if let Some(wrong) = self.ended(client.expires_at, client.revoked_at) {
            return Ok(Err(wrong));
        }
        let definitions = self.definitions_by(&mut tx).await?;
        let (token, networks) = (client.id, client.networks);
        Ok(Ok(SourceCaller { tenant, source, token, networks, tests: None, definitions }))
    }

    /// Which OAuth client has this id and secret.
    pub async fn authenticate_client(&self, id: &str, secret: &str) -> Result<Result<OauthClient, Wrong>, Error> {
        let found = self.find_token(SourceTokenKind::OauthClient, Some(id), secret).await?;
        Ok(found.map(|Found { tenant, source, networks, minutes, expires_at }| OauthClient {
            id: id.to_owned(),
            networks,
            tenant,
            source,
            minutes: minutes.unwrap_or(60),
            expires_at,
        }))
    }

    /// Give a client an access token: it opens the client's source, until its time is over or the client's is. With
    /// how many seconds it lives.
    pub async fn issue_access_token(&self, client: &OauthClient) -> Result<(NewToken, i64), Error> {
        transaction!(self.db, client.tenant, tx => {
            let (tenant, now) = (client.tenant.id(), self.clock.now());
            let end = (now + client.minutes * 60_000).min(client.expires_at.unwrap_or(Millis::MAX));
            let new = token::make(TokenKind::Access, &self.vault);
            tx.execute("DELETE FROM access_tokens WHERE tenant = $1 AND scratch IS NULL AND expires_at <= $2", args![tenant, now]).await?;
            let oldest: Option<(Millis,)> = tx
                .row(
                    "SELECT created_at FROM access_tokens WHERE tenant = $1 AND client = $2 ORDER BY created_at DESC LIMIT 1 OFFSET $3",
                    args![tenant, &client.id, LIVE - 1],
                )
                .await?;
            if let Some((oldest,)) = oldest {
                tx.execute(
                    "DELETE FROM access_tokens WHERE tenant = $1 AND client = $2 AND created_at <= $3",
                    args![tenant, &client.id, oldest],
                )
                .await?;
            }
            tx.execute(
                "INSERT INTO access_tokens (id, tenant, source, client, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                args![&new.id, tenant, client.source, &client.id, &new.hash, now, end],
            )
            .await?;
            Ok((new, (end - now) / 1000))
        })
    }
}
