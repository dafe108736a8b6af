//! Sessions of administrators: begun by signing in, ended by silence, by age, and by whatever makes them doubtful.

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{AdminCaller, Role};
use crate::{
    Directory, Error, Millis, Tenant, Tx,
    audit::Actor,
    db::{args, transaction},
    settings::{self, SessionLimits},
    token,
};

const MINUTE: Millis = 60_000;
/// So long after a password or a code was given, a sensitive change needs no further one.
const CONFIRMED: Millis = 5 * MINUTE;

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct Session {
    /// By which it is ended.
    pub id: Uuid,
    /// Whose it is.
    pub administrator: Uuid,
    /// When it began.
    pub created_at: Millis,
    /// When it was last used, to the minute.
    pub last_seen_at: Millis,
    /// The browser, as it calls itself.
    pub agent: Option<String>,
    /// The network it began from.
    pub network: Option<String>,
}

/// A session that is good, and what its bearer may do for how long.
#[derive(Clone, Debug)]
pub struct Live {
    /// The session.
    pub id: Uuid,
    /// Whose it is.
    pub administrator: Uuid,
    /// Until when sensitive changes need no further confirmation.
    pub confirmed_until: Option<Millis>,
    /// When it ends at the latest.
    pub ends_at: Millis,
    /// After so many minutes of silence it ends too.
    pub idle_minutes: i64,
    /// Whether a second factor is set up.
    pub second_factor: bool,
    /// A second factor must be set up before anything else.
    pub must_enrol: bool,
    /// Whether it began at the OpenID provider.
    pub provider: bool,
    /// Whether the administrator may come from the OpenID provider.
    pub connected: bool,
    /// Whether the administrator has a password.
    pub password: bool,
}

/// What the OpenID provider said when a session begins there.
#[derive(Clone, Copy)]
pub struct FromProvider<'a> {
    /// Its token, for signing out there.
    pub id_token: &'a SecretString,
    /// It asked them who they are just now, and did not merely remember them.
    pub is_fresh: bool,
}

/// A session that has just ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// What the OpenID provider said when it began there.
    pub id_token: Option<SecretString>,
}

fn place(handle: Uuid) -> String {
    format!("sessions|{handle}|id_token")
}

/// The sessions of an administrator, newest first.
pub async fn sessions(tx: &mut Tx, administrator: Uuid, now: Millis) -> Result<Vec<Session>, Error> {
    let limits = settings::get(tx).await?.session;
    let tenant = tx.tenant().id();
    type Row = (Uuid, Uuid, Millis, Millis, Option<String>, Option<String>);
    let rows: Vec<Row> = tx
        .rows(
            "SELECT handle, administrator, created_at, last_seen_at, agent, network FROM sessions
             WHERE tenant = $1 AND administrator = $2 AND handle IS NOT NULL AND last_seen_at >= $3 AND created_at >= $4
             ORDER BY created_at DESC LIMIT 200",
            args![tenant, administrator, now - limits.idle(), now - limits.absolute()],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, administrator, created_at, last_seen_at, agent, network)| Session {
            id,
            administrator,
            created_at,
            last_seen_at,
            agent,
            network,
        })
        .collect())
}

/// End all sessions of an administrator but one.
pub(super) async fn end_others(tx: &mut Tx, administrator: Uuid, but: Option<Uuid>) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "DELETE FROM sessions WHERE tenant = $1 AND administrator = $2 AND (handle IS NULL OR handle <> $3)",
        args![tenant, administrator, but.unwrap_or_default()],
    )
    .await?;
    Ok(())
}

/// What a session is known by: 43 letters and digits from the operating system, 256 bits.
pub(super) fn secret() -> SecretString {
    token::letters(43).into()
}

/// Let a session go on under another secret.
pub(super) async fn renew(tx: &mut Tx, handle: Uuid, secret: &SecretString) -> Result<(), Error> {
    let (tenant, id) = (tx.tenant().id(), token::hash(secret.expose_secret()));
    tx.execute("UPDATE sessions SET id = $1 WHERE tenant = $2 AND handle = $3", args![id, tenant, handle]).await?;
    Ok(())
}

impl SessionLimits {
    fn idle(&self) -> Millis {
        self.idle_minutes * MINUTE
    }

    fn absolute(&self) -> Millis {
        self.absolute_hours * 60 * MINUTE
    }
}

impl Directory {
    /// Begin a session for an administrator: with a password that they have just given, or as the OpenID provider says,
    /// which may have asked them long ago. The text goes into a cookie, once.
    pub async fn begin_session(
        &self,
        administrator: Uuid,
        agent: Option<&str>,
        network: Option<&str>,
        provider: Option<FromProvider<'_>>,
    ) -> Result<SecretString, Error> {
        let tenant = self.ensure_default_tenant().await?;
        let (secret, handle, now) = (secret(), self.clock.id(), self.clock.now());
        let id_token = provider.map(|provider| self.vault.seal(provider.id_token, &place(handle))).transpose()?;
        let confirmed_at = provider.is_none_or(|provider| provider.is_fresh).then_some(now);
        let agent = agent.map(|agent| agent.chars().take(200).collect::<String>());
        transaction!(self.db, tenant, tx => {
            let limits = settings::get(tx).await?.session;
            tx.execute("DELETE FROM sessions WHERE tenant = $1 AND (last_seen_at < $2 OR created_at < $3)", args![tenant.id(), now - limits.idle(), now - limits.absolute()]).await?;
            tx.execute(
                "INSERT INTO sessions (id, tenant, administrator, created_at, last_seen_at, handle, confirmed_at, agent, network, id_token)
                 VALUES ($1, $2, $3, $4, $4, $5, $9, $6, $7, $8)",
                args![token::hash(secret.expose_secret()), tenant.id(), administrator, now, handle, agent.as_deref(), network, id_token.as_deref(), confirmed_at],
            )
            .await?;
            let row: Option<(String,)> =
                tx.row("SELECT user_name FROM administrators WHERE tenant = $1 AND id = $2", args![tenant.id(), administrator]).await?;
            let (name,) = row.ok_or_else(|| Error::not_found("administrator", administrator))?;
            tx.execute("UPDATE administrators SET last_seen_at = $1 WHERE tenant = $2 AND id = $3", args![now, tenant.id(), administrator]).await?;
            let actor = Actor { kind: "administrator", name: name.clone(), request: None, source: None };
            let detail = serde_json::json!({"network": network, "by": if id_token.is_some() { "provider" } else { "password" }});
            self.note(tx, &actor, "sign_in", administrator, &name, Some(detail)).await
        })?;
        Ok(secret)
    }

    /// End a session.
    pub async fn end_session(&self, secret: &str) -> Result<Ended, Error> {
        let id = token::hash(secret);
        let sealed = transaction!(self.db, Tenant::system(), tx => {
            let row: Option<(Option<Uuid>, Option<String>)> =
                tx.row("SELECT handle, id_token FROM sessions WHERE id = $1", args![&id]).await?;
            tx.execute("DELETE FROM sessions WHERE id = $1", args![&id]).await?;
            Ok::<_, Error>(row)
        })?;
        let id_token = match sealed {
            Some((Some(handle), Some(sealed))) => Some(self.vault.open_sealed(&sealed, &place(handle))?),
            _ => None,
        };
        Ok(Ended { id_token })
    }

    /// End one of an administrator's own sessions.
    pub async fn end_session_of(&self, tenant: Tenant, administrator: Uuid, id: Uuid) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let ended = tx
                .execute(
                    "DELETE FROM sessions WHERE tenant = $1 AND administrator = $2 AND handle = $3",
                    args![tenant.id(), administrator, id],
                )
                .await?;
            if ended == 0 { Err(Error::not_found("session", id)) } else { Ok(()) }
        })
    }

    /// End all of an administrator's sessions but one.
    pub async fn end_other_sessions(&self, tenant: Tenant, administrator: Uuid, but: Uuid) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => { end_others(tx, administrator, Some(but)).await })
    }

    /// Remember that the bearer of a session has just shown again who they are.
    pub async fn confirm_session(&self, tenant: Tenant, id: Uuid) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            tx.execute("UPDATE sessions SET confirmed_at = $1 WHERE tenant = $2 AND handle = $3", args![self.clock.now(), tenant.id(), id]).await?;
            Ok(())
        })
    }

    /// Whose session this is. `touch`: this is a use of it, which keeps it from ending by silence.
    pub async fn authenticate_session(&self, secret: &str, touch: bool) -> Result<Option<AdminCaller>, Error> {
        let (id, now) = (token::hash(secret), self.clock.now());
        let mut tx = self.db.read(Tenant::system()).await?;
        type Row = (
            Uuid,
            Uuid,
            String,
            String,
            Option<Uuid>,
            Option<Uuid>,
            Millis,
            Millis,
            Option<Millis>,
            Option<Millis>,
            Option<String>,
            Option<String>,
            i64,
        );
        let row: Option<Row> = tx
            .row(
                "SELECT s.tenant, a.id, a.user_name, a.role, a.application, s.handle, s.created_at, s.last_seen_at, s.confirmed_at, a.totp_confirmed_at, s.id_token,
                 a.subject, CAST(CASE WHEN a.password_hash = '' THEN 0 ELSE 1 END AS BIGINT)
                 FROM sessions s JOIN administrators a ON a.tenant = s.tenant AND a.id = s.administrator WHERE s.id = $1 AND a.disabled_at IS NULL",
                args![&id],
            )
            .await?;
        drop(tx);
        let Some((
            tenant,
            administrator,
            name,
            role,
            application,
            handle,
            created_at,
            last_seen_at,
            confirmed_at,
            enrolled_at,
            id_token,
            subject,
            passwords,
        )) = row
        else {
            return Ok(None);
        };
        let role: Role = role.parse()?;
        // A session of an earlier release has no handle: signing in again gives one.
        let Some(handle) = handle else { return Ok(None) };
        let mut tx = self.db.read(Tenant::of(tenant)).await?;
        let settings = settings::get(&mut tx).await?;
        let limits = settings.session;
        drop(tx);
        if last_seen_at < now - limits.idle() || created_at < now - limits.absolute() {
            return Ok(None);
        }
        if touch && last_seen_at < now - MINUTE {
            let mut tx = self.db.write(Tenant::of(tenant)).await?;
            tx.execute("UPDATE sessions SET last_seen_at = $1 WHERE id = $2", args![now, &id]).await?;
            tx.commit().await?;
        }
        let confirmed_until = confirmed_at.map(|at| at + CONFIRMED).filter(|until| *until > now);
        let ends_at = created_at + limits.absolute();
        let second_factor = enrolled_at.is_some();
        let provider = id_token.is_some();
        // Whoever comes from the provider was asked there for whatever it asks for.
        let must_enrol = settings.owners_need_second_factor && role == Role::Owner && !second_factor && !provider;
        let idle_minutes = limits.idle_minutes;
        Ok(Some(AdminCaller {
            tenant: Tenant::of(tenant),
            role,
            application,
            kind: "administrator",
            name,
            session: Some(Live {
                id: handle,
                administrator,
                confirmed_until,
                ends_at,
                idle_minutes,
                second_factor,
                must_enrol,
                provider,
                connected: subject.is_some(),
                password: passwords == 1,
            }),
        }))
    }
}
