//! Administrators, their sessions, and API tokens: who may use the admin API, and for what.

mod api_token;
mod identity;
mod invitation;
mod password;
mod provider;
mod second_factor;
mod session;

pub use api_token::{ApiToken, api_tokens};
pub use identity::{Identity, PasswordOf};
pub use invitation::{Invitation, invitations};
pub use password::{check_password, hash_password, is_outdated, renewed_hash};
pub use provider::{GroupRole, Provider, ProviderSettings, provider};
pub use second_factor::{Enrolment, has_second_factor, owners_without_second_factor};
pub use session::{Ended, FromProvider, Live, Session, sessions};

use scim::fold;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
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

/// An administrator.
#[derive(Clone, Debug)]
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
    /// Whether they have a password.
    pub password: bool,
    /// Whether they may come from the OpenID provider.
    pub provider: bool,
    /// Since when they are kept out.
    pub disabled_at: Option<Millis>,
}

/// How an administrator gets in from now on.
pub(crate) enum Way<'a> {
    /// With the password of this hash.
    Password(&'a str),
    /// As this person of the OpenID provider; `by_groups`: the role follows their groups there.
    Provider { issuer: &'a str, subject: &'a str, by_groups: bool },
}

/// All administrators, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Administrator>, Error> {
    let tenant = tx.tenant().id();
    type Row = (
        Uuid,
        String,
        String,
        Option<Uuid>,
        Millis,
        Option<Millis>,
        Option<Millis>,
        String,
        Option<String>,
        Option<Millis>,
    );
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, user_name, role, application, created_at, last_seen_at, totp_confirmed_at, password_hash, subject, disabled_at
             FROM administrators WHERE tenant = $1 ORDER BY name_key",
            args![tenant],
        )
        .await?;
    rows.into_iter()
        .map(|(id, user_name, role, application, created_at, last_seen_at, confirmed, hash, subject, disabled_at)| {
            Ok(Administrator {
                id,
                user_name,
                role: role.parse()?,
                application,
                created_at,
                last_seen_at,
                second_factor: confirmed.is_some(),
                password: !hash.is_empty(),
                provider: subject.is_some(),
                disabled_at,
            })
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
            self.insert_administrator(tx, &Actor::system(), user_name, Way::Password(password_hash), (Role::Owner, None)).await
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
            self.insert_administrator(tx, actor, user_name, Way::Password(password_hash), (role, application)).await
        })
    }

    async fn insert_administrator(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        user_name: &str,
        way: Way<'_>,
        (role, application): (Role, Option<Uuid>),
    ) -> Result<Administrator, Error> {
        let user_name = crate::application::checked_name("administrator", user_name)?;
        let (tenant, id, now) = (tx.tenant().id(), self.clock.id(), self.clock.now());
        let (hash, issuer, subject, by_groups) = match way {
            Way::Password(hash) => (hash, None, None, false),
            Way::Provider { issuer, subject, by_groups } => ("", Some(issuer), Some(subject), by_groups),
        };
        tx.execute(
            "INSERT INTO administrators (tenant, id, user_name, name_key, password_hash, role, application, created_at, issuer, subject, by_groups)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            args![tenant, id, user_name, fold::fold(user_name), hash, role.as_str(), application, now, issuer, subject, by_groups],
        )
        .await
        .map_err(|error| Error::taken(error, "administrator", user_name))?;
        let detail = serde_json::json!({"role": role, "application": application, "provider": issuer});
        self.note(tx, actor, "create", id, user_name, Some(detail)).await?;
        Ok(Administrator {
            id,
            user_name: user_name.to_owned(),
            role,
            application,
            created_at: now,
            last_seen_at: None,
            second_factor: false,
            password: !hash.is_empty(),
            provider: subject.is_some(),
            disabled_at: None,
        })
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
                // Whoever was given a role here no longer follows the provider's groups.
                "UPDATE administrators SET role = $1, application = $2, by_groups = FALSE WHERE tenant = $3 AND id = $4",
                args![role.as_str(), application, tenant.id(), id],
            )
            .await?;
            session::end_others(tx, id, None).await?;
            let detail = serde_json::json!({"role": [before.role, role], "application": [before.application, application]});
            self.note(tx, actor, "update", id, &before.user_name, Some(detail)).await?;
            Ok(Administrator { role, application, ..before.clone() })
        })
    }

    /// Keep an administrator out, which ends their sessions, or let them in again.
    ///
    /// # Errors
    /// `Forbidden` for oneself and above one's own role; `Invalid` when no owner with a password would be left.
    pub async fn disable_administrator(
        &self,
        tenant: Tenant,
        actor: &Actor,
        giver: Giver,
        id: Uuid,
        disabled: bool,
    ) -> Result<Administrator, Error> {
        giver.check_other(id)?;
        transaction!(self.db, tenant, tx => {
            let all = list(tx).await?;
            let before = owner_stays(&all, id, giver, !disabled)?.clone();
            if before.disabled_at.is_some() == disabled {
                return Ok(before);
            }
            let disabled_at = disabled.then(|| self.clock.now());
            tx.execute(
                "UPDATE administrators SET disabled_at = $1 WHERE tenant = $2 AND id = $3",
                args![disabled_at, tenant.id(), id],
            )
            .await?;
            session::end_others(tx, id, None).await?;
            let action = if disabled { "disable" } else { "enable" };
            self.note(tx, actor, action, id, &before.user_name, None).await?;
            Ok(Administrator { disabled_at, ..before })
        })
    }

    /// Give an administrator another password, which ends their other sessions. The one that asks goes on as it is, but
    /// under another secret, which is answered: whoever may have read the old one has nothing left.
    pub async fn set_password(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        password_hash: &str,
        session: Uuid,
    ) -> Result<SecretString, Error> {
        let secret = session::secret();
        transaction!(self.db, tenant, tx => {
            let changed = tx
                .execute("UPDATE administrators SET password_hash = $1 WHERE tenant = $2 AND id = $3", args![password_hash, tenant.id(), id])
                .await?;
            if changed == 0 {
                return Err(Error::not_found("administrator", id));
            }
            session::end_others(tx, id, Some(session)).await?;
            session::renew(tx, session, &secret).await?;
            self.note(tx, actor, "set_password", id, &actor.name, None).await
        })?;
        Ok(secret)
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
}

/// The administrator with this id, who may be changed by this giver; and without them, an owner is left who gets in
/// even when the OpenID provider does not answer.
fn owner_stays(all: &[Administrator], id: Uuid, giver: Giver, stays: bool) -> Result<&Administrator, Error> {
    let found = all.iter().find(|one| one.id == id).ok_or_else(|| Error::not_found("administrator", id))?;
    giver.check(found.role)?;
    let holds = |one: &Administrator| one.role == Role::Owner && one.password && one.disabled_at.is_none();
    if !stays && holds(found) && !all.iter().any(|other| other.id != id && holds(other)) {
        return Err(Error::invalid("the last owner with a password stays: make another one first"));
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
