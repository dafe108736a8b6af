//! Scratch tenants: where a source's self-test works.
//!
//! A self-test plays a client's requests at the real base URL, creates and all. Its token leads into a tenant of its
//! own with a copy of the source: nothing there joins anybody, no engine and no list looks there, because it is in no
//! table of tenants. When the test ends, or its token does, every row of it is removed.

use uuid::Uuid;

use crate::{
    Directory, Error, Millis, NewToken, Tenant,
    db::{Sql, args, transaction},
    error::to_text,
    source::{self, Source, SourceCaller},
    token::{self, TokenKind},
};

/// A self-test's token works this long.
const LIFE: Millis = 2 * 60_000;

/// Every table that can hold rows of a scratch tenant: all that begin with a tenant.
pub(crate) const TABLES: &[&str] = &[
    "DELETE FROM accounts WHERE tenant = ",
    "DELETE FROM application_versions WHERE tenant = ",
    "DELETE FROM applications WHERE tenant = ",
    "DELETE FROM assignments WHERE tenant = ",
    "DELETE FROM attempts WHERE tenant = ",
    "DELETE FROM attribute_values WHERE tenant = ",
    "DELETE FROM changes WHERE tenant = ",
    "DELETE FROM chores WHERE tenant = ",
    "DELETE FROM credentials WHERE tenant = ",
    "DELETE FROM dirty WHERE tenant = ",
    "DELETE FROM effective_users WHERE tenant = ",
    "DELETE FROM group_links WHERE tenant = ",
    "DELETE FROM group_members WHERE tenant = ",
    "DELETE FROM groups WHERE tenant = ",
    "DELETE FROM lanes WHERE tenant = ",
    "DELETE FROM link_members WHERE tenant = ",
    "DELETE FROM match_trials WHERE tenant = ",
    "DELETE FROM member_names WHERE tenant = ",
    "DELETE FROM operations WHERE tenant = ",
    "DELETE FROM plans WHERE tenant = ",
    "DELETE FROM pushed_groups WHERE tenant = ",
    "DELETE FROM record_counts WHERE tenant = ",
    "DELETE FROM record_members WHERE tenant = ",
    "DELETE FROM records WHERE tenant = ",
    "DELETE FROM request_bodies WHERE tenant = ",
    "DELETE FROM requests WHERE tenant = ",
    "DELETE FROM resource_types WHERE tenant = ",
    "DELETE FROM run_counts WHERE tenant = ",
    "DELETE FROM runs WHERE tenant = ",
    "DELETE FROM schemas WHERE tenant = ",
    "DELETE FROM source_refusals WHERE tenant = ",
    "DELETE FROM source_tokens WHERE tenant = ",
    "DELETE FROM sources WHERE tenant = ",
    "DELETE FROM statistics WHERE tenant = ",
    "DELETE FROM unique_values WHERE tenant = ",
    "DELETE FROM users WHERE tenant = ",
    "DELETE FROM work WHERE tenant = ",
];

impl Directory {
    /// Begin a self-test of a source: a token that opens its base URL for two minutes and leads into a scratch
    /// tenant. What an earlier test left behind because its node died is removed first.
    pub async fn begin_scratch(&self, tenant: Tenant, source: &Source) -> Result<NewToken, Error> {
        self.end_old_scratches(tenant).await?;
        let (scratch, now) = (self.clock.id(), self.clock.now());
        transaction!(self.db, tenant, tx => {
            tx.execute(
                "INSERT INTO sources (tenant, id, slug, name, name_key, kind, client, settings, rank, version, created_at, modified_at)
                 VALUES ($1, $2, $3, 'Self-test', 'self-test', 'scim', $4, $5, 1, 1, $6, $6)",
                args![scratch, self.clock.id(), token::letters(16).to_lowercase(), source.client.as_str(), to_text(&source.settings), now],
            )
            .await?;
            let new = token::make(TokenKind::Access, &self.vault);
            tx.execute(
                "INSERT INTO access_tokens (id, tenant, source, scratch, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                args![&new.id, tenant.id(), source.id, scratch, &new.hash, now, now + LIFE],
            )
            .await?;
            Ok(new)
        })
    }

    /// End a self-test: its token dies, and nothing is left of what it did.
    pub async fn end_scratch(&self, tenant: Tenant, token: &str) -> Result<(), Error> {
        let mut tx = self.db.read(tenant).await?;
        let row: Option<(Option<Uuid>,)> = tx
            .row("SELECT scratch FROM access_tokens WHERE tenant = $1 AND id = $2", args![tenant.id(), token])
            .await?;
        drop(tx);
        let Some((Some(scratch),)) = row else { return Ok(()) };
        transaction!(self.db, tenant, tx => {
            // First the token, so that no request of the test writes behind the broom.
            tx.execute("DELETE FROM access_tokens WHERE tenant = $1 AND id = $2", args![tenant.id(), token]).await?;
            for table in TABLES {
                let mut sql = Sql::new(table);
                sql.bind(scratch);
                tx.execute_sql(sql).await?;
            }
            Ok(())
        })
    }

    /// End the self-tests of a tenant whose time is over.
    pub async fn end_old_scratches(&self, tenant: Tenant) -> Result<(), Error> {
        let mut tx = self.db.read(tenant).await?;
        let old: Vec<(String,)> = tx
            .rows(
                "SELECT id FROM access_tokens WHERE tenant = $1 AND expires_at <= $2 AND scratch IS NOT NULL LIMIT 100",
                args![tenant.id(), self.clock.now()],
            )
            .await?;
        drop(tx);
        for (token,) in old {
            self.end_scratch(tenant, &token).await?;
        }
        Ok(())
    }

    /// A self-test's request: it works in its scratch tenant, and speaks of itself as of the source that it tests.
    pub(crate) async fn scratch_caller(
        &self,
        scratch: Tenant,
        tenant: Tenant,
        tested: Source,
        token: &str,
    ) -> Result<SourceCaller, Error> {
        // What is tested is what the source's clients meet.
        let definitions = self.definitions(tenant).await?;
        let mut tx = self.db.read(scratch).await?;
        let copy = source::find(&mut tx, "self-test").await?;
        let source = Source { slug: tested.slug, ..copy };
        let (token, networks, tests) = (token.to_owned(), Vec::new(), Some((tenant, tested.id)));
        Ok(SourceCaller { tenant: scratch, source, token, networks, tests, definitions })
    }
}
