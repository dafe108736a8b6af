//! Tenants, and the proof of having one.

use uuid::Uuid;

use crate::{Directory, Error, clock::Millis, db::args};

/// A tenant context. It can only come from authentication or from a claimed lane, never from request data, and
/// no transaction opens without one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tenant(Uuid);

impl Tenant {
    pub(crate) fn of(id: Uuid) -> Tenant {
        Tenant(id)
    }

    /// No tenant: for the few tables that say whose a credential or a lane is.
    pub(crate) fn system() -> Tenant {
        Tenant(Uuid::nil())
    }

    /// The tenant's id.
    pub fn id(self) -> Uuid {
        self.0
    }
}

/// The name of the tenant that a fresh deployment has.
pub const DEFAULT: &str = "default";

impl Directory {
    /// The default tenant, made on first start together with its built-in parts.
    pub async fn ensure_default_tenant(&self) -> Result<Tenant, Error> {
        if let Some(tenant) = self.find_default_tenant().await? {
            return Ok(tenant);
        }
        let (id, now) = (self.clock.id(), self.clock.now());
        let mut tx = self.db.write(Tenant::of(id)).await?;
        let made = tx
            .execute(
                "INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
                args![id, DEFAULT, now],
            )
            .await?;
        if made == 1 {
            crate::source::insert_local(&mut tx, self.clock.id(), now).await?;
            crate::group::insert_everyone(&mut tx, self.clock.id(), now).await?;
        }
        tx.commit().await?;
        self.find_default_tenant().await?.ok_or_else(|| Error::not_found("tenant", DEFAULT))
    }

    async fn find_default_tenant(&self) -> Result<Option<Tenant>, Error> {
        let mut tx = self.db.read(Tenant::system()).await?;
        let row = tx.row::<(Uuid,)>("SELECT id FROM tenants WHERE name = $1", args![DEFAULT]).await?;
        Ok(row.map(|(id,)| Tenant(id)))
    }

    /// Every tenant, for the engine's plan lanes.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, Error> {
        let mut tx = self.db.read(Tenant::system()).await?;
        let rows = tx.rows::<(Uuid, Millis)>("SELECT id, created_at FROM tenants", args![]).await?;
        Ok(rows.into_iter().map(|(id, _)| Tenant(id)).collect())
    }
}
