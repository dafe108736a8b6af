//! Going back on a draft: throwing it away, or beginning it anew from an older version.

use uuid::Uuid;

use super::{ApplicationVersion, VersionRow, find, version, version_of};
use crate::{
    Directory, Error, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
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

impl Directory {
    /// Throw the draft of an application away.
    ///
    /// # Errors
    /// `Invalid` when there is none, or nothing is published that would be left.
    pub async fn discard_draft(&self, tenant: Tenant, actor: &Actor, id: Uuid) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let application = find(tx, &id.to_string()).await?;
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

    /// Make a draft that says what an older version says, in place of the draft that may be there. It has no effect
    /// before it is published.
    pub async fn restore_version(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        number: i64,
    ) -> Result<ApplicationVersion, Error> {
        let older = {
            let mut tx = self.db.read(tenant).await?;
            version_number(&mut tx, id, number).await?
        };
        self.set_draft(tenant, actor, id, &older.settings).await
    }
}
