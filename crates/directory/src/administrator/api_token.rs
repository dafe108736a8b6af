//! Tokens with which programs use the admin API.

use serde::Serialize;
use uuid::Uuid;

use super::{AdminCaller, Role};
use crate::{
    Directory, Error, Millis, NewToken, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    token::{self, TokenKind},
};

const MINUTE: Millis = 60_000;

/// An API token, without the secret.
#[derive(Clone, Debug, Serialize)]
pub struct ApiToken {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Millis,
    /// When it stops working.
    pub expires_at: Option<Millis>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Millis>,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
}

/// All API tokens, newest first.
pub async fn api_tokens(tx: &mut Tx) -> Result<Vec<ApiToken>, Error> {
    let tenant = tx.tenant().id();
    type Row = (String, String, String, Millis, Option<Millis>, Option<Millis>, Option<Millis>);
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, name, role, created_at, expires_at, last_used_at, revoked_at FROM api_tokens
             WHERE tenant = $1 ORDER BY created_at DESC, id",
            args![tenant],
        )
        .await?;
    rows.into_iter()
        .map(|(id, name, role, created_at, expires_at, last_used_at, revoked_at)| {
            Ok(ApiToken { id, name, role: role.parse()?, created_at, expires_at, last_used_at, revoked_at })
        })
        .collect()
}

impl Directory {
    /// Make an API token; its text is only ever given here. `days` of life: 1 to 730, 365 unless chosen.
    pub async fn add_api_token(
        &self,
        tenant: Tenant,
        actor: &Actor,
        name: &str,
        role: Role,
        days: Option<i64>,
    ) -> Result<NewToken, Error> {
        let name = crate::application::checked_name("token", name)?;
        if role == Role::Manager {
            return Err(Error::invalid("a token belongs to no application: choose another role than manager"));
        }
        let days = days.unwrap_or(365);
        if !(1..=730).contains(&days) {
            return Err(Error::invalid("a token lives 1 to 730 days"));
        }
        let new = token::make(TokenKind::Api, &self.vault);
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            tx.execute(
                "INSERT INTO api_tokens (id, tenant, name, role, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                args![&new.id, tenant.id(), name, role.as_str(), &new.hash, now, now + days * 24 * 60 * MINUTE],
            )
            .await?;
            let detail = Some(serde_json::json!({"token": new.id, "role": role}));
            let entry = Entry { id: self.clock.id(), at: now, action: "create", object_kind: "api_token", object: tenant.id(), object_name: name, detail };
            audit::record(tx, actor, entry).await
        })?;
        Ok(new)
    }

    /// Make an API token of the default tenant, on the machine itself (`lockstep admin token`).
    pub async fn add_local_api_token(&self, name: &str, role: Role) -> Result<NewToken, Error> {
        let tenant = self.ensure_default_tenant().await?;
        self.add_api_token(tenant, &Actor::system(), name, role, None).await
    }

    /// Revoke an API token.
    pub async fn revoke_api_token(&self, tenant: Tenant, actor: &Actor, id: &str) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let revoked = tx
                .execute("UPDATE api_tokens SET revoked_at = $1 WHERE tenant = $2 AND id = $3 AND revoked_at IS NULL", args![now, tenant.id(), id])
                .await?;
            if revoked == 0 {
                return Err(Error::not_found("live token", id));
            }
            let entry = Entry { id: self.clock.id(), at: now, action: "revoke", object_kind: "api_token", object: tenant.id(), object_name: id, detail: None };
            audit::record(tx, actor, entry).await
        })
    }

    /// Who presents this API token. `None` for every kind of wrong.
    pub async fn authenticate_api_token(&self, text: &str) -> Result<Option<AdminCaller>, Error> {
        let Some(presented) = token::read(TokenKind::Api, text) else { return Ok(None) };
        let now = self.clock.now();
        let mut tx = self.db.read(Tenant::system()).await?;
        type Row = (Uuid, String, String, String, Option<Millis>, Option<Millis>, Option<Millis>);
        let found: Option<Row> = tx
            .row(
                "SELECT tenant, name, role, hash, expires_at, revoked_at, last_used_at FROM api_tokens WHERE id = $1",
                args![presented.id],
            )
            .await?;
        drop(tx);
        let right = presented.matches(found.as_ref().map(|(_, _, _, hash, ..)| hash.as_str()), &self.vault);
        let Some((tenant, name, role, _, expires_at, revoked_at, last_used_at)) = found.filter(|_| right) else {
            return Ok(None);
        };
        if revoked_at.is_some() || expires_at.is_some_and(|at| at <= now) {
            return Ok(None);
        }
        if last_used_at.is_none_or(|at| at < now - MINUTE) {
            let mut tx = self.db.write(Tenant::of(tenant)).await?;
            tx.execute("UPDATE api_tokens SET last_used_at = $1 WHERE id = $2", args![now, presented.id]).await?;
            tx.commit().await?;
        }
        let (tenant, role) = (Tenant::of(tenant), role.parse()?);
        Ok(Some(AdminCaller { tenant, role, application: None, kind: "api_token", name, session: None }))
    }
}
