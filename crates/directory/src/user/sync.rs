//! Bringing one person in step at once.

use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use crate::{
    Directory, Error, Tenant, access, account,
    audit::{self, Actor, Entry},
    db::{BATCH, Sql, transaction},
    work::{self, Mark, Phase, WorkKey},
};

impl Directory {
    /// Look at a user now: in these applications, or in all that have to do with them. What an application holds is
    /// read first, so that what was changed there is put right. Answers where the user is looked at.
    pub async fn sync_user(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        applications: Option<&[Uuid]>,
    ) -> Result<Vec<Uuid>, Error> {
        let synced = transaction!(self.db, tenant, tx => {
            let (now, cause) = (self.clock.now(), self.clock.id());
            let user = super::get(tx, id).await?.ok_or_else(|| Error::not_found("user", id))?;
            let access: BTreeMap<_, _> = access::of_user(tx, id).await?.into_iter().collect();
            let accounts: BTreeSet<Uuid> = account::of_user(tx, id).await?.into_iter().map(|(application, _)| application).collect();
            let concerned: BTreeSet<Uuid> = match applications {
                Some(chosen) => chosen.iter().copied().collect(),
                None => access.keys().copied().chain(accounts).collect(),
            };
            let concerned: Vec<Uuid> = concerned.into_iter().collect();
            for applications in concerned.chunks(BATCH) {
                let mut sql = Sql::new("UPDATE accounts SET unsure = TRUE WHERE tenant = ");
                sql.bind(tenant.id()).push(" AND user_id = ").bind(id);
                sql.push(" AND state IN ('linked', 'deactivated') AND application IN (").bind_all(applications.iter()).push(")");
                tx.execute_sql(sql).await?;
            }
            let mark = |application: &Uuid| {
                let phase = if access.contains_key(application) { Phase::User } else { Phase::Leaver };
                Mark { application: *application, key: WorkKey::user(id), phase, cause: Some(cause) }
            };
            work::mark(tx, concerned.iter().map(mark).collect(), now).await?;
            let detail = Some(serde_json::json!({"applications": concerned}));
            let entry = Entry { id: cause, at: now, action: "sync", object_kind: "user", object: id, object_name: &user.user_name, detail };
            audit::record(tx, actor, entry).await?;
            Ok(concerned)
        });
        self.bell.notify_one();
        synced
    }
}
