//! Drafts: what they begin from, written, and thrown away.

use uuid::Uuid;

use super::{ApplicationSettings, ApplicationVersion, VersionRow, hold, insert_version, version, version_of, versions};
use crate::{
    Directory, Error, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::to_text,
};

/// The version with a number.
pub async fn version_number(tx: &mut Tx, application: Uuid, number: i64) -> Result<ApplicationVersion, Error> {
    let tenant = tx.tenant().id();
    let row: Option<VersionRow> = tx
        .row(
            "SELECT number, state, settings, created_at, published_at FROM application_versions
             WHERE tenant = $1 AND application = $2 AND number = $3",
            args![tenant, application, number],
        )
        .await?;
    row.map(|row| version_of(application, row)).transpose()?.ok_or_else(|| Error::not_found("version", number))
}

/// What a change of the draft begins from, and what a trial of it tries: the draft, or what is published while there is
/// none.
pub async fn basis(tx: &mut Tx, application: Uuid) -> Result<Option<ApplicationVersion>, Error> {
    match version(tx, application, "draft").await? {
        Some(draft) => Ok(Some(draft)),
        None => version(tx, application, "current").await,
    }
}

impl Directory {
    /// Write the draft of an application: begins one when there is none. `began_from`: only if the [`basis`] is still
    /// this one.
    ///
    /// # Errors
    /// `Changed` when it is not, `Invalid` for settings that make no sense under the tenant's definitions.
    pub async fn set_draft(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        began_from: Option<&ApplicationVersion>,
        settings: &ApplicationSettings,
    ) -> Result<ApplicationVersion, Error> {
        transaction!(self.db, tenant, tx => {
            // The definitions stay as they are until this has ended, and so do the versions.
            settings.check(&self.definitions_by(tx).await?.profile)?;
            let application = hold(tx, id).await?;
            let now = self.clock.now();
            if let Some(began_from) = began_from {
                let same = |is: &ApplicationVersion| is.number == began_from.number && is.settings == began_from.settings;
                if !basis(tx, id).await?.as_ref().is_some_and(same) {
                    return Err(Error::Changed { what: "the draft" });
                }
            }
            match version(tx, id, "draft").await? {
                Some(draft) => {
                    tx.execute(
                        "UPDATE application_versions SET settings = $1 WHERE tenant = $2 AND application = $3 AND number = $4",
                        args![to_text(settings), tenant.id(), id, draft.number],
                    )
                    .await?;
                }
                None => {
                    let last = versions(tx, id).await?.first().map_or(0, |version| version.number);
                    insert_version(tx, id, last + 1, settings, now).await?;
                }
            }
            let entry = Entry { id: self.clock.id(), at: now, action: "draft", object_kind: "application", object: id, object_name: &application.name, detail: None };
            audit::record(tx, actor, entry).await?;
            version(tx, id, "draft").await?.ok_or_else(|| Error::not_found("draft", &application.name))
        })
    }

    /// Throw the draft of an application away.
    ///
    /// # Errors
    /// `Invalid` when there is none, or nothing is published that would be left.
    pub async fn discard_draft(&self, tenant: Tenant, actor: &Actor, id: Uuid) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let application = hold(tx, id).await?;
            let draft = version(tx, id, "draft").await?
                .ok_or_else(|| Error::invalid(format!("{:?} has no draft", application.name)))?;
            if application.current_version.is_none() {
                return Err(Error::invalid(format!("nothing of {:?} is published yet: its draft is all there is", application.name)));
            }
            tx.execute(
                "DELETE FROM application_versions WHERE tenant = $1 AND application = $2 AND number = $3 AND state = 'draft'",
                args![tenant.id(), id, draft.number],
            )
            .await?;
            let detail = Some(serde_json::json!({"version": draft.number}));
            let entry = Entry { id: self.clock.id(), at: self.clock.now(), action: "discard_draft", object_kind: "application", object: id, object_name: &application.name, detail };
            audit::record(tx, actor, entry).await
        })
    }
}
