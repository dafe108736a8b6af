//! Administrators, their sessions, and API tokens: who may use the admin API, and for what.

mod second_factor;
mod session;

pub use second_factor::{Enrolment, has_second_factor};
pub use session::{Live, Session, sessions};

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
    /// Read everything, and run and configure one application.
    Manager,
    /// Run things: retry, sync, hold, activate.
    Operator,
    /// Configure everything, with tokens and administrators other than owners.
    Administrator,
    /// Everything, with owners and what is decided about the whole tenant.
    Owner,
}

impl Role {
    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Administrator => "administrator",
            Role::Manager => "manager",
            Role::Operator => "operator",
            Role::Auditor => "auditor",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Error;

    fn from_str(text: &str) -> Result<Role, Error> {
        match text {
            "owner" => Ok(Role::Owner),
            "administrator" => Ok(Role::Administrator),
            "manager" => Ok(Role::Manager),
            "operator" => Ok(Role::Operator),
            "auditor" => Ok(Role::Auditor),
            _ => {
                Err(Error::invalid(format!("{text:?} is no role: owner, administrator, manager, operator or auditor")))
            }
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
    /// The application of a manager.
    pub application: Option<Uuid>,
    /// `administrator` or `api_token`.
    pub kind: &'static str,
    /// The administrator's user name or the token's name.
    pub name: String,
    /// The session; none for an API token.
    pub session: Option<Live>,
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
    /// The application of a manager.
    pub application: Option<Uuid>,
    /// When they were made.
    pub created_at: Millis,
    /// When they last signed in.
    pub last_seen_at: Option<Millis>,
    /// Whether they have a second factor.
    pub second_factor: bool,
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
    if is_guessable(password.expose_secret()) {
        return Err(Error::invalid(
            "everybody guesses this password: choose another, such as four words that do not belong together",
        ));
    }
    let hash = argon()
        .hash_password(password.expose_secret().as_bytes())
        .map_err(|error| Error::invalid(format!("the password can't be used: {error}")))?;
    Ok(hash.to_string())
}

/// What most passwords are made of, the longest first.
const COMMON: [&str; 44] = [
    "qwertyuiop",
    "1q2w3e4r5t",
    "administrator",
    "basketball",
    "password",
    "passwort",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "superman",
    "trustno1",
    "iloveyou",
    "changeme",
    "lockstep",
    "zxcvbnm",
    "letmein",
    "welcome",
    "asdfghjkl",
    "qazwsx",
    "qwertz",
    "qwerty",
    "azerty",
    "abc123",
    "monkey",
    "dragon",
    "master",
    "shadow",
    "secret",
    "michael",
    "charlie",
    "batman",
    "access",
    "summer",
    "winter",
    "spring",
    "autumn",
    "admin",
    "login",
    "test",
    "hello",
];

/// Whether little is left of a password without the words, runs and repetitions that everybody tries first. NIST SP
/// 800-63B section 5.1.1.2 asks to compare with such a list, and for no rules of composition.
fn is_guessable(password: &str) -> bool {
    let mut rest = password.to_lowercase();
    for word in COMMON {
        rest = rest.replace(word, "");
    }
    let mut left = 0;
    let mut before: Option<char> = None;
    for letter in rest.chars().filter(|letter| !letter.is_ascii_punctuation() && !letter.is_whitespace()) {
        let near = before.is_some_and(|before| (letter as i64 - before as i64).abs() <= 1);
        left += usize::from(!near);
        before = Some(letter);
    }
    let distinct: std::collections::BTreeSet<char> = rest.chars().collect();
    left < 6 || distinct.len() < 5
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
    type Row = (Uuid, String, String, Option<Uuid>, Millis, Option<Millis>, Option<Millis>);
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, user_name, role, application, created_at, last_seen_at, totp_confirmed_at FROM administrators
             WHERE tenant = $1 ORDER BY name_key",
            args![tenant],
        )
        .await?;
    rows.into_iter()
        .map(|(id, user_name, role, application, created_at, last_seen_at, confirmed)| {
            let (role, second_factor) = (role.parse()?, confirmed.is_some());
            Ok(Administrator { id, user_name, role, application, created_at, last_seen_at, second_factor })
        })
        .collect()
}

/// Who gives or takes a role, and what they may give.
#[derive(Clone, Copy, Debug)]
pub struct Giver {
    /// Their own role: nobody gives or takes what they do not have.
    pub role: Role,
    /// Who they are, when they have a session: nobody changes or removes themselves.
    pub administrator: Option<Uuid>,
}

impl From<&AdminCaller> for Giver {
    fn from(caller: &AdminCaller) -> Giver {
        Giver { role: caller.role, administrator: caller.session.as_ref().map(|session| session.administrator) }
    }
}

impl Giver {
    fn check(self, role: Role) -> Result<(), Error> {
        if role > self.role {
            let (own, role) = (self.role.as_str(), role.as_str());
            return Err(Error::Forbidden(format!("the role {own} can't make or change anybody with the role {role}")));
        }
        Ok(())
    }

    fn check_other(self, id: Uuid) -> Result<(), Error> {
        if self.administrator == Some(id) {
            return Err(Error::Forbidden(
                "nobody changes their own role or removes themselves: ask another owner".into(),
            ));
        }
        Ok(())
    }
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
            self.insert_administrator(tx, &Actor::system(), user_name, password_hash, Role::Owner, None).await
        })
    }

    /// Make an administrator of this role; a manager is given an application.
    pub async fn add_administrator(
        &self,
        tenant: Tenant,
        actor: &Actor,
        giver: Giver,
        user_name: &str,
        password_hash: &str,
        (role, application): (Role, Option<Uuid>),
    ) -> Result<Administrator, Error> {
        giver.check(role)?;
        transaction!(self.db, tenant, tx => {
            let application = place_of(tx, role, application).await?;
            self.insert_administrator(tx, actor, user_name, password_hash, role, application).await
        })
    }

    async fn insert_administrator(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        user_name: &str,
        password_hash: &str,
        role: Role,
        application: Option<Uuid>,
    ) -> Result<Administrator, Error> {
        let user_name = crate::application::checked_name("administrator", user_name)?;
        let (tenant, id, now) = (tx.tenant().id(), self.clock.id(), self.clock.now());
        tx.execute(
            "INSERT INTO administrators (tenant, id, user_name, name_key, password_hash, role, application, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            args![tenant, id, user_name, fold::fold(user_name), password_hash, role.as_str(), application, now],
        )
        .await
        .map_err(|error| Error::taken(error, "administrator", user_name))?;
        let detail = Some(serde_json::json!({"role": role, "application": application}));
        self.note(tx, actor, "create", id, user_name, detail).await?;
        let (user_name, last_seen_at, second_factor) = (user_name.to_owned(), None, false);
        Ok(Administrator { id, user_name, role, application, created_at: now, last_seen_at, second_factor })
    }

    async fn note(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        action: &'static str,
        id: Uuid,
        name: &str,
        detail: Option<serde_json::Value>,
    ) -> Result<(), Error> {
        let (at, object_kind) = (self.clock.now(), "administrator");
        audit::record(
            tx,
            actor,
            Entry { id: self.clock.id(), at, action, object_kind, object: id, object_name: name, detail },
        )
        .await
    }

    /// Give an administrator another role, which ends their sessions.
    ///
    /// # Errors
    /// `Forbidden` for one's own role and above one's own role; `Invalid` when no owner would be left.
    pub async fn set_administrator_role(
        &self,
        tenant: Tenant,
        actor: &Actor,
        giver: Giver,
        id: Uuid,
        role: Role,
        application: Option<Uuid>,
    ) -> Result<Administrator, Error> {
        giver.check(role)?;
        giver.check_other(id)?;
        transaction!(self.db, tenant, tx => {
            let application = place_of(tx, role, application).await?;
            let all = list(tx).await?;
            let before = owner_stays(&all, id, giver, role == Role::Owner)?;
            tx.execute(
                "UPDATE administrators SET role = $1, application = $2 WHERE tenant = $3 AND id = $4",
                args![role.as_str(), application, tenant.id(), id],
            )
            .await?;
            session::end_others(tx, id, None).await?;
            let detail = serde_json::json!({"role": [before.role, role], "application": [before.application, application]});
            self.note(tx, actor, "update", id, &before.user_name, Some(detail)).await?;
            Ok(Administrator { role, application, ..before.clone() })
        })
    }

    /// Give an administrator another password, which ends their other sessions.
    pub async fn set_password(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        password_hash: &str,
        keep: Option<Uuid>,
    ) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let changed = tx
                .execute("UPDATE administrators SET password_hash = $1 WHERE tenant = $2 AND id = $3", args![password_hash, tenant.id(), id])
                .await?;
            if changed == 0 {
                return Err(Error::not_found("administrator", id));
            }
            session::end_others(tx, id, keep).await?;
            self.note(tx, actor, "set_password", id, &actor.name, None).await
        })
    }

    /// Remove an administrator and their sessions.
    ///
    /// # Errors
    /// `Forbidden` for oneself and above one's own role; `Invalid` when no owner would be left.
    pub async fn remove_administrator(
        &self,
        tenant: Tenant,
        actor: &Actor,
        giver: Giver,
        id: Uuid,
    ) -> Result<(), Error> {
        giver.check_other(id)?;
        transaction!(self.db, tenant, tx => {
            let all = list(tx).await?;
            let gone = owner_stays(&all, id, giver, false)?;
            for sql in [
                "DELETE FROM sessions WHERE tenant = $1 AND administrator = $2",
                "DELETE FROM recovery_codes WHERE tenant = $1 AND administrator = $2",
                "DELETE FROM administrators WHERE tenant = $1 AND id = $2",
            ] {
                tx.execute(sql, args![tenant.id(), id]).await?;
            }
            self.note(tx, actor, "delete", id, &gone.user_name, None).await
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

/// The administrator with this id, who may be changed by this giver; and an owner is left without them.
fn owner_stays(all: &[Administrator], id: Uuid, giver: Giver, stays: bool) -> Result<&Administrator, Error> {
    let found = all.iter().find(|one| one.id == id).ok_or_else(|| Error::not_found("administrator", id))?;
    giver.check(found.role)?;
    if !stays && found.role == Role::Owner && !all.iter().any(|other| other.id != id && other.role == Role::Owner) {
        return Err(Error::invalid("the last owner stays: make another one first"));
    }
    Ok(found)
}

/// The application of a manager, which exists; nobody else has one.
async fn place_of(tx: &mut Tx, role: Role, application: Option<Uuid>) -> Result<Option<Uuid>, Error> {
    match (role, application) {
        (Role::Manager, Some(id)) => Ok(Some(crate::application::find(tx, &id.to_string()).await?.id)),
        (Role::Manager, None) => Err(Error::invalid("a manager manages one application: name it")),
        (_, Some(_)) => Err(Error::invalid("only a manager has an application")),
        (_, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_guesses_is_no_password() {
        for bad in [
            "passwordpassword",
            "Password12345!",
            "aaaaaaaaaaaaaa",
            "123456789012",
            "qwertyuiop123",
            "abcdefghijklmnop",
            "Lockstep2026!",
            "iloveyou12345",
            "121212121212",
        ] {
            assert!(is_guessable(bad), "{bad}");
        }
        for good in [
            "correct horse battery",
            "pickled-otter-42",
            "Tr0ub4dor&3xyz",
            "日本語のながいひみつのことば",
            "gK7#mQ2$vX9!",
        ] {
            assert!(!is_guessable(good), "{good}");
        }
    }
}
