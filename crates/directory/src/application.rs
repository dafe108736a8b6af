//! Applications: places with accounts, how to reach them and how an account there looks.

mod draft;

pub use draft::{basis, version_number};

use scim::fold;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use url::Url;
use uuid::Uuid;

use crate::{
    Directory, Error, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::{stored, to_text},
    mapping::Mapping,
    schema::Profile,
    work::{self, Again, WorkStatus},
};

/// The attribute by which an account that is already there is recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Matching {
    /// `userName`, caseless.
    #[default]
    UserName,
    /// The primary e-mail address (`emails.value`), caseless.
    Email,
}

/// What happens to an account when the person should no longer have it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// Remove the account.
    Delete,
    /// Set `active` to false. Never turned into a delete.
    Deactivate,
    /// Leave it as it is.
    Nothing,
}

/// What an administrator decides about an application; a version of it is a draft until it is published.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicationSettings {
    /// The SCIM base URL.
    pub base_url: Url,
    /// How an account that is already there is recognised.
    #[serde(default)]
    pub matching: Matching,
    /// Make accounts and groups.
    #[serde(default = "yes")]
    pub create: bool,
    /// Change accounts and groups.
    #[serde(default = "yes")]
    pub update: bool,
    /// Remove accounts and groups, as the two removal actions say.
    #[serde(default = "yes")]
    pub delete: bool,
    /// When a person is no longer assigned.
    #[serde(default = "deactivate")]
    pub on_unassigned: Removal,
    /// When a person is removed from the directory.
    #[serde(default = "delete")]
    pub on_removed: Removal,
    /// How an account looks.
    #[serde(default = "Mapping::default_users")]
    pub mapping: Mapping,
}

fn yes() -> bool {
    true
}
fn deactivate() -> Removal {
    Removal::Deactivate
}
fn delete() -> Removal {
    Removal::Delete
}

impl ApplicationSettings {
    /// The settings of a new application: match by `userName`, make, change and remove, deactivate who is no longer
    /// assigned, delete who is gone, the default mapping.
    pub fn new(base_url: Url) -> ApplicationSettings {
        ApplicationSettings {
            base_url,
            matching: Matching::default(),
            create: true,
            update: true,
            delete: true,
            on_unassigned: Removal::Deactivate,
            on_removed: Removal::Delete,
            mapping: Mapping::default_users(),
        }
    }

    fn check(&self, profile: &Profile) -> Result<(), Error> {
        let url = &self.base_url;
        if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
            return Err(Error::invalid(format!("{url} is no base URL: it must begin with https://")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::invalid("a base URL must not carry a user name or password: give the token on its own"));
        }
        self.mapping.compile(profile).map(drop).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Error::invalid(format!("the mapping has faults: {}", errors.join("; ")))
        })
    }

    /// Scheme, host and port: where a credential may be sent.
    pub fn origin(&self) -> String {
        self.base_url.origin().ascii_serialization()
    }
}

/// An application.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its id.
    pub id: Uuid,
    /// Its name, unique in the tenant.
    pub name: String,
    /// Whether Lockstep acts on it. Inactive pauses everything and touches nothing.
    pub active: bool,
    /// The number of the published version.
    pub current_version: Option<i64>,
    /// Counts up with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub modified_at: Millis,
}

/// One version of an application's settings.
#[derive(Clone, Debug)]
pub struct ApplicationVersion {
    /// Its number, counted from 1.
    pub number: i64,
    /// `draft`, `current` or `superseded`.
    pub state: String,
    /// What it says.
    pub settings: ApplicationSettings,
    /// When it was begun.
    pub created_at: Millis,
    /// When it was published.
    pub published_at: Option<Millis>,
}

/// A stored credential, as far as it may be shown.
#[derive(Clone, Debug, Serialize)]
pub struct CredentialInfo {
    /// The only origin it is sent to.
    pub origin: String,
    /// Its last four characters.
    pub last4: String,
    /// When it was set.
    pub modified_at: Millis,
}

/// A name: not blank, at most 200 characters, no control characters.
pub(crate) fn checked_name<'a>(what: &str, name: &'a str) -> Result<&'a str, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Error::invalid(format!(
            "the name of a {what} has 1 to 200 characters, none of them a control character"
        )));
    }
    Ok(name)
}

type Row = (Uuid, String, bool, Option<i64>, i64, Millis, Millis);

fn application(row: Row) -> Application {
    let (id, name, active, current_version, version, created_at, modified_at) = row;
    Application { id, name, active, current_version, version, created_at, modified_at }
}

/// All applications of the tenant, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Application>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, name, active, current_version, version, created_at, modified_at FROM applications
             WHERE tenant = $1 ORDER BY name_key",
            args![tenant],
        )
        .await?;
    Ok(rows.into_iter().map(application).collect())
}

/// One application, by id or by name.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Application, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, name, active, current_version, version, created_at, modified_at FROM applications
             WHERE tenant = $1 AND (id = $2 OR name_key = $3) ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END LIMIT 1",
            args![tenant, Uuid::parse_str(name).unwrap_or_default(), fold::fold(name)],
        )
        .await?;
    row.map(application).ok_or_else(|| Error::not_found("application", name))
}

/// One application, whose versions nobody else changes until this transaction ends.
async fn hold(tx: &mut Tx, id: Uuid) -> Result<Application, Error> {
    if tx.locking() {
        let tenant = tx.tenant().id();
        tx.row::<(Uuid,)>("SELECT id FROM applications WHERE tenant = $1 AND id = $2 FOR UPDATE", args![tenant, id])
            .await?;
    }
    find(tx, &id.to_string()).await
}

type VersionRow = (i64, String, String, Millis, Option<Millis>);

fn version_of(application: Uuid, row: VersionRow) -> Result<ApplicationVersion, Error> {
    let (number, state, settings, created_at, published_at) = row;
    let settings = stored("application_versions", format!("{application}/{number}"), &settings)?;
    Ok(ApplicationVersion { number, state, settings, created_at, published_at })
}

/// An application's versions, newest first.
pub async fn versions(tx: &mut Tx, application: Uuid) -> Result<Vec<ApplicationVersion>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<VersionRow> = tx
        .rows(
            "SELECT number, state, settings, created_at, published_at FROM application_versions
             WHERE tenant = $1 AND application = $2 ORDER BY number DESC",
            args![tenant, application],
        )
        .await?;
    rows.into_iter().map(|row| version_of(application, row)).collect()
}

/// The version in a state, `draft` or `current`, if there is one.
pub async fn version(tx: &mut Tx, application: Uuid, state: &str) -> Result<Option<ApplicationVersion>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<VersionRow> = tx
        .row(
            "SELECT number, state, settings, created_at, published_at FROM application_versions
             WHERE tenant = $1 AND application = $2 AND state = $3",
            args![tenant, application, state],
        )
        .await?;
    row.map(|row| version_of(application, row)).transpose()
}

/// What may be shown of an application's credential.
pub async fn credential_info(tx: &mut Tx, application: Uuid) -> Result<Option<CredentialInfo>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(String, String, Millis)> = tx
        .row(
            "SELECT origin, last4, modified_at FROM credentials WHERE tenant = $1 AND application = $2",
            args![tenant, application],
        )
        .await?;
    Ok(row.map(|(origin, last4, modified_at)| CredentialInfo { origin, last4, modified_at }))
}

/// What may be shown of every application's credential.
pub async fn credentials(tx: &mut Tx) -> Result<HashMap<Uuid, CredentialInfo>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String, String, Millis)> = tx
        .rows("SELECT application, origin, last4, modified_at FROM credentials WHERE tenant = $1", args![tenant])
        .await?;
    let info = |(id, origin, last4, modified_at)| (id, CredentialInfo { origin, last4, modified_at });
    Ok(rows.into_iter().map(info).collect())
}

fn place(tenant: Tenant, application: Uuid, origin: &str) -> String {
    format!("credentials|{}|{application}|{origin}", tenant.id())
}

impl Directory {
    /// Make an application with a draft, and its credential if one is given.
    pub async fn add_application(
        &self,
        tenant: Tenant,
        actor: &Actor,
        name: &str,
        settings: &ApplicationSettings,
        token: Option<&SecretString>,
    ) -> Result<Application, Error> {
        let name = checked_name("application", name)?;
        transaction!(self.db, tenant, tx => {
            // The definitions stay as they are until this has ended.
            settings.check(&self.definitions_by(tx).await?.profile)?;
            let (id, now) = (self.clock.id(), self.clock.now());
            tx.execute(
                "INSERT INTO applications (tenant, id, name, name_key, active, version, created_at, modified_at)
                 VALUES ($1, $2, $3, $4, FALSE, 1, $5, $5)",
                args![tenant.id(), id, name, fold::fold(name), now],
            )
            .await
            .map_err(|error| Error::taken(error, "application name", name))?;
            insert_version(tx, id, 1, settings, now).await?;
            if let Some(token) = token {
                self.store_credential(tx, id, settings, token, now).await?;
            }
            let entry = Entry { id: self.clock.id(), at: now, action: "create", object_kind: "application", object: id, object_name: name, detail: None };
            audit::record(tx, actor, entry).await?;
            find(tx, &id.to_string()).await
        })
    }

    async fn store_credential(
        &self,
        tx: &mut Tx,
        id: Uuid,
        settings: &ApplicationSettings,
        token: &SecretString,
        now: Millis,
    ) -> Result<(), Error> {
        use secrecy::ExposeSecret;
        let (tenant, origin) = (tx.tenant(), settings.origin());
        let sealed = self.vault.seal(token, &place(tenant, id, &origin))?;
        let text = token.expose_secret();
        // Four characters of a short secret would be too much of it.
        let last4: String = if text.chars().count() >= 16 {
            text.chars().skip(text.chars().count() - 4).collect()
        } else {
            String::new()
        };
        tx.execute(
            "INSERT INTO credentials (tenant, application, origin, sealed, last4, modified_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant, application) DO UPDATE SET origin = excluded.origin, sealed = excluded.sealed,
             last4 = excluded.last4, modified_at = excluded.modified_at",
            args![tenant.id(), id, origin, sealed, last4, now],
        )
        .await?;
        Ok(())
    }

    /// Set the credential of an application. It is bound to the origin of its newest version's base URL.
    pub async fn set_credential(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        token: &SecretString,
    ) -> Result<(), Error> {
        let set = transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let application = find(tx, &id.to_string()).await?;
            let newest = versions(tx, id).await?.into_iter().next().ok_or_else(|| Error::not_found("version", &application.name))?;
            self.store_credential(tx, id, &newest.settings, token, now).await?;
            let entry = Entry { id: self.clock.id(), at: now, action: "set_credential", object_kind: "application", object: id, object_name: &application.name, detail: None };
            audit::record(tx, actor, entry).await?;
            crate::lane::lift(tx, id).await
        });
        self.bell.notify_one();
        set
    }

    /// The credential of an application for its origin; none when there is none.
    ///
    /// # Errors
    /// `Invalid` when the credential was given for another origin: it is never sent there.
    pub async fn credential(
        &self,
        tx: &mut Tx,
        application: Uuid,
        settings: &ApplicationSettings,
    ) -> Result<Option<SecretString>, Error> {
        let tenant = tx.tenant();
        let row: Option<(String, String)> = tx
            .row(
                "SELECT origin, sealed FROM credentials WHERE tenant = $1 AND application = $2",
                args![tenant.id(), application],
            )
            .await?;
        let Some((origin, sealed)) = row else { return Ok(None) };
        if origin != settings.origin() {
            return Err(Error::invalid(format!(
                "the token was given for {origin}: set it again for {}",
                settings.origin()
            )));
        }
        Ok(Some(self.vault.open_sealed(&sealed, &place(tenant, application, &origin))?))
    }

    /// Make the draft the current version, and look at everyone who has access.
    ///
    /// # Errors
    /// `Invalid` when there is no draft.
    pub async fn publish(&self, tenant: Tenant, actor: &Actor, id: Uuid) -> Result<ApplicationVersion, Error> {
        let published = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let application = hold(tx, id).await?;
            let draft = version(tx, id, "draft").await?
                .ok_or_else(|| Error::invalid(format!("{:?} has no draft: its current version is what it says", application.name)))?;
            if let Some(current) = version(tx, id, "current").await?
                && current.settings.base_url != draft.settings.base_url
                && crate::account::any(tx, id).await?
            {
                // Ids of the accounts at one place mean other people at another.
                return Err(Error::invalid(format!(
                    "{:?} has accounts at {}: another base URL is another application, so add a new one",
                    application.name, current.settings.base_url
                )));
            }
            tx.execute(
                "UPDATE application_versions SET state = 'superseded' WHERE tenant = $1 AND application = $2 AND state = 'current'",
                args![tenant.id(), id],
            )
            .await?;
            tx.execute(
                "UPDATE application_versions SET state = 'current', published_at = $1 WHERE tenant = $2 AND application = $3 AND number = $4",
                args![now, tenant.id(), id, draft.number],
            )
            .await?;
            tx.execute(
                "UPDATE applications SET current_version = $1, version = version + 1, modified_at = $2 WHERE tenant = $3 AND id = $4",
                args![draft.number, now, tenant.id(), id],
            )
            .await?;
            let detail = Some(serde_json::json!({"version": draft.number}));
            let entry = Entry { id: cause, at: now, action: "publish", object_kind: "application", object: id, object_name: &application.name, detail };
            audit::record(tx, actor, entry).await?;
            work::mark_all(tx, id, Some(cause), now).await?;
            crate::lane::lift(tx, id).await?;
            version(tx, id, "current").await?.ok_or_else(|| Error::not_found("version", draft.number))
        });
        self.bell.notify_one();
        published
    }

    /// Let Lockstep act on an application, or pause it. Pausing touches nothing in the application.
    ///
    /// # Errors
    /// `Invalid` when nothing was published yet.
    pub async fn set_active(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        active: bool,
    ) -> Result<Application, Error> {
        let set = transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let before = find(tx, &id.to_string()).await?;
            if active && before.current_version.is_none() {
                return Err(Error::invalid(format!("{:?} has no published version: publish its draft first", before.name)));
            }
            if before.active != active {
                tx.execute(
                    "UPDATE applications SET active = $1, version = version + 1, modified_at = $2 WHERE tenant = $3 AND id = $4",
                    args![active, now, tenant.id(), id],
                )
                .await?;
                let action = if active { "activate" } else { "deactivate" };
                let entry = Entry { id: self.clock.id(), at: now, action, object_kind: "application", object: id, object_name: &before.name, detail: None };
                audit::record(tx, actor, entry).await?;
                crate::lane::lift(tx, id).await?;
                if !active {
                    // Whoever works on it stops before the next request.
                    crate::lane::take_away(tx, id).await?;
                }
            }
            find(tx, &id.to_string()).await
        });
        self.bell.notify_one();
        set
    }

    /// Look again at open work in an application; how much it is.
    ///
    /// # Errors
    /// `Changed` when there is more of it than the caller has seen: nothing is done then.
    pub async fn retry(&self, tenant: Tenant, actor: &Actor, id: Uuid, which: &Again) -> Result<u64, Error> {
        let retried = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let application = find(tx, &id.to_string()).await?;
            let retried = work::retry(tx, id, which, now).await?;
            let status = which.status.map(WorkStatus::as_str);
            let detail = serde_json::json!({"subject": which.subject, "code": which.code, "status": status, "objects": retried});
            let entry = Entry { id: cause, at: now, action: "retry", object_kind: "application", object: id, object_name: &application.name, detail: Some(detail) };
            audit::record(tx, actor, entry).await?;
            crate::lane::lift(tx, id).await?;
            Ok(retried)
        });
        self.bell.notify_one();
        retried
    }

    /// Look at everyone who has access to an application, and at every pushed group, whether or not anything changed.
    pub async fn sync(&self, tenant: Tenant, actor: &Actor, id: Uuid) -> Result<(), Error> {
        let synced = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let application = find(tx, &id.to_string()).await?;
            let entry = Entry { id: cause, at: now, action: "sync", object_kind: "application", object: id, object_name: &application.name, detail: None };
            audit::record(tx, actor, entry).await?;
            work::mark_all(tx, id, Some(cause), now).await
        });
        self.bell.notify_one();
        synced
    }

    /// Forget an application. Its accounts stay in it as they are; nothing is sent.
    pub async fn remove_application(&self, tenant: Tenant, actor: &Actor, id: Uuid) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let application = find(tx, &id.to_string()).await?;
            if application.active {
                return Err(Error::invalid(format!("{:?} is active: deactivate it first", application.name)));
            }
            for sql in [
                "DELETE FROM credentials WHERE tenant = $1 AND application = $2",
                "DELETE FROM application_versions WHERE tenant = $1 AND application = $2",
                "DELETE FROM assignments WHERE tenant = $1 AND application = $2",
                "DELETE FROM pushed_groups WHERE tenant = $1 AND application = $2",
                "DELETE FROM effective_users WHERE tenant = $1 AND application = $2",
                "DELETE FROM accounts WHERE tenant = $1 AND application = $2",
                "DELETE FROM group_links WHERE tenant = $1 AND application = $2",
                "DELETE FROM link_members WHERE tenant = $1 AND application = $2",
                "DELETE FROM work WHERE tenant = $1 AND application = $2",
                "DELETE FROM lanes WHERE tenant = $1 AND subject = $2",
                "DELETE FROM plans WHERE tenant = $1 AND application = $2",
                "DELETE FROM match_trials WHERE tenant = $1 AND application = $2",
                "DELETE FROM applications WHERE tenant = $1 AND id = $2",
            ] {
                tx.execute(sql, args![tenant.id(), id]).await?;
            }
            crate::group::bury(tx).await?;
            let entry = Entry { id: self.clock.id(), at: now, action: "delete", object_kind: "application", object: id, object_name: &application.name, detail: None };
            audit::record(tx, actor, entry).await
        })
    }
}

async fn insert_version(
    tx: &mut Tx,
    application: Uuid,
    number: i64,
    settings: &ApplicationSettings,
    now: Millis,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "INSERT INTO application_versions (tenant, application, number, state, settings, created_at) VALUES ($1, $2, $3, 'draft', $4, $5)",
        args![tenant, application, number, to_text(settings), now],
    )
    .await?;
    Ok(())
}

impl Directory {
    /// Whether the key is the one that credentials were sealed with, by trying one of them.
    ///
    /// # Errors
    /// `Inconsistent` when it is another key.
    pub async fn check_key(&self) -> Result<(), Error> {
        let mut tx = self.db.read(Tenant::system()).await?;
        let row: Option<(Uuid, Uuid, String, String)> =
            tx.row("SELECT tenant, application, origin, sealed FROM credentials LIMIT 1", args![]).await?;
        if let Some((tenant, application, origin, sealed)) = row {
            self.vault.open_sealed(&sealed, &place(Tenant::of(tenant), application, &origin))?;
        }
        Ok(())
    }
}
