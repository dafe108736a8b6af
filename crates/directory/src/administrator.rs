//! Administrators, their sessions, and API tokens: who may use the admin API, and for what.

use argon2::{
    Argon2, Params, PasswordHasher,
    password_hash::{PasswordVerifier, phc::PasswordHash},
};
use scim::fold;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, NewToken, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    token::{self, TokenKind},
};

/// What someone may do. Each may do all that the next may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Read everything, change nothing.
    Auditor,
    /// Run things: retry, sync, hold, activate.
    Operator,
    /// Everything, with configuration, tokens and other administrators.
    Administrator,
}

impl Role {
    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Operator => "operator",
            Role::Auditor => "auditor",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Error;

    fn from_str(text: &str) -> Result<Role, Error> {
        match text {
            "administrator" => Ok(Role::Administrator),
            "operator" => Ok(Role::Operator),
            "auditor" => Ok(Role::Auditor),
            _ => Err(Error::invalid(format!("{text:?} is no role: administrator, operator or auditor"))),
        }
    }
}

/// An authenticated caller of the admin API: proof of a tenant and a role.
#[derive(Clone, Debug)]
pub struct AdminCaller {
    /// The tenant.
    pub tenant: Tenant,
    /// What they may do.
    pub role: Role,
    /// `administrator` or `api_token`.
    pub kind: &'static str,
    /// The administrator's user name or the token's name.
    pub name: String,
}

impl AdminCaller {
    /// The caller as the actor of their changes.
    pub fn actor(&self) -> Actor {
        Actor { kind: self.kind, name: self.name.clone(), request: None, source: None }
    }
}

/// A local administrator.
#[derive(Clone, Debug, Serialize)]
pub struct Administrator {
    /// Their id.
    pub id: Uuid,
    /// Unique in the tenant, caseless.
    pub user_name: String,
    /// What they may do.
    pub role: Role,
    /// When they were made.
    pub created_at: Millis,
}

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

const MINUTE: Millis = 60_000;
/// A session ends after half an hour of silence, and after twelve hours at the latest.
const IDLE: Millis = 30 * MINUTE;
const ABSOLUTE: Millis = 12 * 60 * MINUTE;

fn argon() -> Argon2<'static> {
    // OWASP's first choice: 19 MiB, two passes, one lane.
    Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        Params::new(19_456, 2, 1, None).unwrap_or_default(),
    )
}

/// Hash a password. Takes some 20 ms of a core: run it where blocking is allowed.
pub fn hash_password(password: &SecretString) -> Result<String, Error> {
    let length = password.expose_secret().chars().count();
    if !(12..=128).contains(&length) {
        return Err(Error::invalid("a password has 12 to 128 characters"));
    }
    let hash = argon()
        .hash_password(password.expose_secret().as_bytes())
        .map_err(|error| Error::invalid(format!("the password can't be used: {error}")))?;
    Ok(hash.to_string())
}

/// Whether a password is the one that was hashed. Without a hash it takes as long, and says no.
pub fn check_password(password: &SecretString, hash: Option<&str>) -> bool {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$bG9ja3N0ZXBub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY));
    let right =
        parsed.is_ok_and(|parsed| argon().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok());
    right && hash.is_some()
}

/// All administrators, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Administrator>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String, String, Millis)> = tx
        .rows(
            "SELECT id, user_name, role, created_at FROM administrators WHERE tenant = $1 ORDER BY name_key",
            args![tenant],
        )
        .await?;
    rows.into_iter()
        .map(|(id, user_name, role, created_at)| Ok(Administrator { id, user_name, role: role.parse()?, created_at }))
        .collect()
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
    /// Whether anybody can sign in yet. Before that, the start-up code makes the first administrator.
    pub async fn has_administrator(&self) -> Result<bool, Error> {
        let mut tx = self.db.read(Tenant::system()).await?;
        Ok(tx.row::<(Uuid,)>("SELECT id FROM administrators LIMIT 1", args![]).await?.is_some())
    }

    /// Make the first administrator, of the default tenant. The caller has checked the start-up code.
    ///
    /// # Errors
    /// `Forbidden` when there is an administrator already.
    pub async fn add_first_administrator(&self, user_name: &str, password_hash: &str) -> Result<Administrator, Error> {
        let tenant = self.ensure_default_tenant().await?;
        transaction!(self.db, tenant, tx => {
            if !list(tx).await?.is_empty() {
                return Err(Error::Forbidden("there is an administrator already: sign in".into()));
            }
            self.insert_administrator(tx, &Actor::system(), user_name, password_hash, Role::Administrator).await
        })
    }

    /// Make an administrator.
    pub async fn add_administrator(
        &self,
        tenant: Tenant,
        actor: &Actor,
        user_name: &str,
        password_hash: &str,
        role: Role,
    ) -> Result<Administrator, Error> {
        transaction!(self.db, tenant, tx => {
            self.insert_administrator(tx, actor, user_name, password_hash, role).await
        })
    }

    async fn insert_administrator(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        user_name: &str,
        password_hash: &str,
        role: Role,
    ) -> Result<Administrator, Error> {
        let user_name = crate::application::checked_name("administrator", user_name)?;
        let (tenant, id, now) = (tx.tenant().id(), self.clock.id(), self.clock.now());
        tx.execute(
            "INSERT INTO administrators (tenant, id, user_name, name_key, password_hash, role, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            args![tenant, id, user_name, fold::fold(user_name), password_hash, role.as_str(), now],
        )
        .await
        .map_err(|error| Error::taken(error, "administrator", user_name))?;
        let detail = Some(serde_json::json!({"role": role}));
        let entry = Entry {
            id: self.clock.id(),
            at: now,
            action: "create",
            object_kind: "administrator",
            object: id,
            object_name: user_name,
            detail,
        };
        audit::record(tx, actor, entry).await?;
        Ok(Administrator { id, user_name: user_name.to_owned(), role, created_at: now })
    }

    /// Remove an administrator and their sessions. The last one with that role stays.
    pub async fn remove_administrator(&self, tenant: Tenant, actor: &Actor, id: Uuid) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let all = list(tx).await?;
            let gone = all.iter().find(|administrator| administrator.id == id).ok_or_else(|| Error::not_found("administrator", id))?;
            if !all.iter().any(|other| other.id != id && other.role == Role::Administrator) {
                return Err(Error::invalid("the last administrator can't be removed"));
            }
            tx.execute("DELETE FROM sessions WHERE tenant = $1 AND administrator = $2", args![tenant.id(), id]).await?;
            tx.execute("DELETE FROM administrators WHERE tenant = $1 AND id = $2", args![tenant.id(), id]).await?;
            let entry = Entry { id: self.clock.id(), at: self.clock.now(), action: "delete", object_kind: "administrator", object: id, object_name: &gone.user_name, detail: None };
            audit::record(tx, actor, entry).await
        })
    }

    /// The stored password hash of an administrator of the default tenant: id and hash.
    pub async fn password_hash(&self, user_name: &str) -> Result<Option<(Uuid, String)>, Error> {
        let tenant = self.ensure_default_tenant().await?;
        let mut tx = self.db.read(tenant).await?;
        Ok(tx
            .row(
                "SELECT id, password_hash FROM administrators WHERE tenant = $1 AND name_key = $2",
                args![tenant.id(), fold::fold(user_name)],
            )
            .await?)
    }

    /// Begin a session for an administrator whose password was right. The text goes into a cookie, once.
    pub async fn begin_session(&self, administrator: Uuid) -> Result<SecretString, Error> {
        let tenant = self.ensure_default_tenant().await?;
        let (secret, now) = (token::letters(43), self.clock.now());
        transaction!(self.db, tenant, tx => {
            tx.execute("DELETE FROM sessions WHERE tenant = $1 AND (last_seen_at < $2 OR created_at < $3)", args![tenant.id(), now - IDLE, now - ABSOLUTE]).await?;
            tx.execute(
                "INSERT INTO sessions (id, tenant, administrator, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $4)",
                args![token::hash(&secret), tenant.id(), administrator, now],
            )
            .await?;
            Ok(())
        })?;
        Ok(secret.into())
    }

    /// End a session.
    pub async fn end_session(&self, secret: &str) -> Result<(), Error> {
        let mut tx = self.db.write(Tenant::system()).await?;
        tx.execute("DELETE FROM sessions WHERE id = $1", args![token::hash(secret)]).await?;
        Ok(tx.commit().await?)
    }

    /// Whose session this is.
    pub async fn authenticate_session(&self, secret: &str) -> Result<Option<AdminCaller>, Error> {
        let (id, now) = (token::hash(secret), self.clock.now());
        let mut tx = self.db.read(Tenant::system()).await?;
        let row: Option<(Uuid, String, String, Millis, Millis)> = tx
            .row(
                "SELECT s.tenant, a.user_name, a.role, s.created_at, s.last_seen_at FROM sessions s
                 JOIN administrators a ON a.tenant = s.tenant AND a.id = s.administrator WHERE s.id = $1",
                args![&id],
            )
            .await?;
        drop(tx);
        let Some((tenant, name, role, created_at, last_seen_at)) = row else { return Ok(None) };
        if last_seen_at < now - IDLE || created_at < now - ABSOLUTE {
            return Ok(None);
        }
        if last_seen_at < now - MINUTE {
            let mut tx = self.db.write(Tenant::of(tenant)).await?;
            tx.execute("UPDATE sessions SET last_seen_at = $1 WHERE id = $2", args![now, &id]).await?;
            tx.commit().await?;
        }
        Ok(Some(AdminCaller { tenant: Tenant::of(tenant), role: role.parse()?, kind: "administrator", name }))
    }

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
        Ok(Some(AdminCaller { tenant: Tenant::of(tenant), role: role.parse()?, kind: "api_token", name }))
    }
}
