//! What is decided about a whole tenant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Directory, Error, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::{stored, to_text},
    history::Retention,
};

/// What is decided about a whole tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// What people call this deployment.
    pub workspace_name: String,
    /// How long history is kept.
    pub retention: RetentionDays,
    /// How long sessions last.
    pub session: SessionLimits,
    /// Owners who sign in with a password must have a second factor.
    pub owners_need_second_factor: bool,
}

/// How long history is kept, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionDays {
    /// Runs, operations and the audit trail: 30 to 3,650.
    pub runs: i64,
    /// Attempts, with what was sent and answered: 1 to 400.
    pub attempts: i64,
    /// The request log: 1 to 400.
    pub requests: i64,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionLimits {
    /// Minutes of silence: 5 to 480.
    pub idle_minutes: i64,
    /// Hours in all: 1 to 24.
    pub absolute_hours: i64,
}

const DAY: i64 = 24 * 60 * 60 * 1000;

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            workspace_name: "Lockstep".into(),
            retention: RetentionDays::default(),
            session: SessionLimits::default(),
            owners_need_second_factor: false,
        }
    }
}

impl Default for RetentionDays {
    fn default() -> RetentionDays {
        let Retention { runs, attempts, requests, .. } = Retention::default();
        RetentionDays { runs: runs / DAY, attempts: attempts / DAY, requests: requests / DAY }
    }
}

impl Default for SessionLimits {
    fn default() -> SessionLimits {
        // OWASP ASVS 5.0 V7.3.
        SessionLimits { idle_minutes: 30, absolute_hours: 12 }
    }
}

impl From<RetentionDays> for Retention {
    fn from(days: RetentionDays) -> Retention {
        let RetentionDays { runs, attempts, requests } = days;
        Retention { runs: runs * DAY, attempts: attempts * DAY, requests: requests * DAY, ..Retention::default() }
    }
}

impl Settings {
    fn check(&self) -> Result<(), Error> {
        crate::application::checked_name("workspace", &self.workspace_name)?;
        for (what, value, least, most) in [
            ("retention.runs", self.retention.runs, 30, 3_650),
            ("retention.attempts", self.retention.attempts, 1, 400),
            ("retention.requests", self.retention.requests, 1, 400),
            ("session.idleMinutes", self.session.idle_minutes, 5, 480),
            ("session.absoluteHours", self.session.absolute_hours, 1, 24),
        ] {
            if !(least..=most).contains(&value) {
                return Err(Error::invalid(format!("{what} is {least} to {most}")));
            }
        }
        Ok(())
    }
}

/// The settings of the tenant, and their version: 0 until something was decided.
pub async fn versioned(tx: &mut Tx) -> Result<(Settings, i64), Error> {
    let tenant = tx.tenant().id();
    let row: Option<(String, i64)> =
        tx.row("SELECT settings, version FROM settings WHERE tenant = $1", args![tenant]).await?;
    match row {
        Some((text, version)) => Ok((stored("settings", tenant, &text)?, version)),
        None => Ok((Settings::default(), 0)),
    }
}

/// The settings of the tenant.
pub async fn get(tx: &mut Tx) -> Result<Settings, Error> {
    Ok(versioned(tx).await?.0)
}

impl Directory {
    /// Decide about a tenant, whole. `seen`: the version that the decision began from.
    ///
    /// # Errors
    /// `Changed` when somebody else was faster; `Invalid` names what is out of bounds.
    pub async fn set_settings(
        &self,
        tenant: Tenant,
        actor: &Actor,
        settings: &Settings,
    ) -> Result<(Settings, i64), Error> {
        settings.check()?;
        transaction!(self.db, tenant, tx => {
            let (before, version) = versioned(tx).await?;
            if before != *settings {
                tx.execute(
                    "INSERT INTO settings (tenant, settings, version) VALUES ($1, $2, $3)
                     ON CONFLICT (tenant) DO UPDATE SET settings = excluded.settings, version = excluded.version",
                    args![tenant.id(), to_text(settings), version + 1],
                )
                .await?;
                let (old, new) = (object(&before), object(settings));
                let detail = Some(audit::difference(&old, &new));
                let entry = Entry { id: self.clock.id(), at: self.clock.now(), action: "update", object_kind: "settings", object: Uuid::nil(), object_name: &settings.workspace_name, detail };
                audit::record(tx, actor, entry).await?;
            }
            versioned(tx).await
        })
    }
}

fn object(settings: &Settings) -> scim::Object {
    serde_json::to_value(settings).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default()
}
