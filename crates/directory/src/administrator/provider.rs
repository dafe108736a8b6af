//! The OpenID provider that administrators may sign in with: one for each tenant.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::Role;
use crate::{
    Directory, Error, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::{stored, to_text},
};

/// What is decided about the provider. Its client secret is kept apart, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderSettings {
    /// What its button is called: 1 to 60 characters.
    pub label: String,
    /// The issuer, letter by letter as its tokens name it: an https address (http in an allowed network), below which
    /// its discovery document is found.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// What is asked for; always with `openid`.
    pub scopes: Vec<String>,
    /// The claim that lists somebody's groups; none: whoever is to come in is invited.
    pub groups_claim: Option<String>,
    /// Which group gives which role. Of several, the highest counts.
    pub group_roles: Vec<GroupRole>,
    /// Only owners may sign in with a password.
    pub only_owners_use_passwords: bool,
}

/// Whoever is in this group of the provider has this role here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRole {
    /// The group, as the claim has it.
    pub group: String,
    /// `administrator`, `operator` or `auditor`.
    pub role: Role,
}

/// The provider as it is stored.
#[derive(Clone, Debug)]
pub struct Provider {
    /// What is decided about it.
    pub settings: ProviderSettings,
    /// Whether a client secret is stored.
    pub has_secret: bool,
    /// Counts up with every change.
    pub version: i64,
}

impl ProviderSettings {
    /// Whether somebody of this role may use a password.
    pub fn allows_password(&self, role: Role) -> bool {
        !self.only_owners_use_passwords || role == Role::Owner
    }

    /// What somebody is told who may not.
    pub fn password_refused(&self) -> Error {
        Error::Forbidden(format!("only owners use a password here: sign in with {}", self.label))
    }

    /// The role that groups of the provider give, if roles are given that way.
    pub fn role_of(&self, groups: &[String]) -> Option<Role> {
        self.group_roles.iter().filter(|one| groups.contains(&one.group)).map(|one| one.role).max()
    }

    fn check(&self) -> Result<(), Error> {
        let bad = |what: &str| Err(Error::invalid(what));
        if self.label.trim().is_empty() || self.label.chars().count() > 60 {
            return bad("the label has 1 to 60 characters");
        }
        let is_issuer = Url::parse(&self.issuer).is_ok_and(|url| {
            matches!(url.scheme(), "https" | "http") && url.query().is_none() && url.fragment().is_none()
        });
        if !is_issuer || self.issuer.len() > 500 {
            return bad("the issuer is an address such as https://id.example.com, without ? and #");
        }
        if self.client_id.trim().is_empty() || self.client_id.len() > 500 {
            return bad("the client id has 1 to 500 characters");
        }
        let is_scope =
            |scope: &String| !scope.is_empty() && scope.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
        if self.scopes.len() > 20 || !self.scopes.iter().all(is_scope) {
            return bad("there are at most 20 scopes, each without blanks and quotes");
        }
        if self.groups_claim.as_ref().is_some_and(|claim| claim.trim().is_empty()) {
            return bad("the claim of the groups has a name, or is left out");
        }
        if self.groups_claim.is_none() && !self.group_roles.is_empty() {
            return bad("groups give roles only with a claim that lists them");
        }
        if self.group_roles.len() > 100 || self.group_roles.iter().any(|one| one.group.trim().is_empty()) {
            return bad("at most 100 groups give roles, each with a name");
        }
        // A manager needs an application, and an owner is made by an owner, not by whoever keeps the groups.
        if self.group_roles.iter().any(|one| matches!(one.role, Role::Owner | Role::Manager)) {
            return bad("a group gives the role administrator, operator or auditor");
        }
        Ok(())
    }
}

fn place(tenant: Tenant, issuer: &str) -> String {
    format!("sign_in_providers|{}|{issuer}|secret", tenant.id())
}

/// The provider of the tenant, if there is one.
pub async fn provider(tx: &mut Tx) -> Result<Option<Provider>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(String, Option<String>, i64)> =
        tx.row("SELECT settings, secret, version FROM sign_in_providers WHERE tenant = $1", args![tenant]).await?;
    row.map(|(settings, secret, version)| {
        let settings = stored("sign_in_providers", tenant, &settings)?;
        Ok(Provider { settings, has_secret: secret.is_some(), version })
    })
    .transpose()
}

impl Directory {
    /// The provider of the default tenant with its client secret, to speak to it.
    pub async fn sign_in_provider(&self) -> Result<Option<(ProviderSettings, Option<SecretString>)>, Error> {
        let tenant = self.ensure_default_tenant().await?;
        let mut tx = self.db.read(tenant).await?;
        let Some(found) = provider(&mut tx).await? else { return Ok(None) };
        let sealed: Option<(Option<String>,)> =
            tx.row("SELECT secret FROM sign_in_providers WHERE tenant = $1", args![tenant.id()]).await?;
        let sealed = sealed.and_then(|(sealed,)| sealed);
        let secret =
            sealed.map(|sealed| self.vault.open_sealed(&sealed, &place(tenant, &found.settings.issuer))).transpose()?;
        Ok(Some((found.settings, secret)))
    }

    /// Decide about the provider, whole. Without a `secret` the stored one stays, unless the issuer changes: a secret
    /// is only ever shown to the issuer it was given for.
    ///
    /// # Errors
    /// `Invalid` names what is out of bounds.
    pub async fn set_provider(
        &self,
        tenant: Tenant,
        actor: &Actor,
        settings: &ProviderSettings,
        secret: Option<SecretString>,
    ) -> Result<Provider, Error> {
        settings.check()?;
        let fresh = secret.map(|secret| self.vault.seal(&secret, &place(tenant, &settings.issuer))).transpose()?;
        transaction!(self.db, tenant, tx => {
            let before = provider(tx).await?;
            let kept = match &before {
                Some(before) if before.settings.issuer == settings.issuer => {
                    let row: Option<(Option<String>,)> =
                        tx.row("SELECT secret FROM sign_in_providers WHERE tenant = $1", args![tenant.id()]).await?;
                    row.and_then(|(secret,)| secret)
                }
                _ => None,
            };
            let secret = fresh.clone().or(kept);
            let version = before.as_ref().map_or(0, |before| before.version) + 1;
            tx.execute(
                "INSERT INTO sign_in_providers (tenant, settings, secret, version) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (tenant) DO UPDATE SET settings = excluded.settings, secret = excluded.secret, version = excluded.version",
                args![tenant.id(), to_text(settings), secret.as_deref(), version],
            )
            .await?;
            if settings.only_owners_use_passwords {
                tx.execute(
                    "DELETE FROM sessions WHERE tenant = $1 AND id_token IS NULL AND administrator IN
                       (SELECT id FROM administrators WHERE tenant = $1 AND role <> 'owner')",
                    args![tenant.id()],
                )
                .await?;
            }
            let old = before.map(|before| object(&before.settings)).unwrap_or_default();
            let mut detail = audit::difference(&old, &object(settings));
            if let (true, Some(facts)) = (fresh.is_some(), detail.as_object_mut()) {
                facts.insert("clientSecret".into(), "replaced".into());
            }
            self.note_provider(tx, actor, "update", &settings.label, Some(detail)).await?;
            Ok(Provider { settings: settings.clone(), has_secret: secret.is_some(), version })
        })
    }

    /// Remove the provider, which ends the sessions that began there. Who came from it keeps their role, and gets in
    /// again when the same issuer is set up again.
    pub async fn remove_provider(&self, tenant: Tenant, actor: &Actor) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let found = provider(tx).await?.ok_or_else(|| Error::not_found("provider", "to sign in with"))?;
            tx.execute("DELETE FROM sign_in_providers WHERE tenant = $1", args![tenant.id()]).await?;
            tx.execute("DELETE FROM sessions WHERE tenant = $1 AND id_token IS NOT NULL", args![tenant.id()]).await?;
            self.note_provider(tx, actor, "delete", &found.settings.label, None).await
        })
    }

    async fn note_provider(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        action: &'static str,
        label: &str,
        detail: Option<serde_json::Value>,
    ) -> Result<(), Error> {
        let entry = Entry {
            id: self.clock.id(),
            at: self.clock.now(),
            action,
            object_kind: "sign_in_provider",
            object: Uuid::nil(),
            object_name: label,
            detail,
        };
        audit::record(tx, actor, entry).await
    }

    /// Take a state with which a browser came back from the provider. False: it was taken already.
    pub async fn take_state(&self, state: &str, life: crate::Millis) -> Result<bool, Error> {
        let tenant = self.ensure_default_tenant().await?;
        let now = self.clock.now();
        transaction!(self.db, tenant, tx => {
            tx.execute("DELETE FROM used_states WHERE tenant = $1 AND at < $2", args![tenant.id(), now - life]).await?;
            let taken = tx
                .execute(
                    "INSERT INTO used_states (tenant, hash, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    args![tenant.id(), crate::token::hash(state), now],
                )
                .await?;
            Ok(taken == 1)
        })
    }
}

fn object(settings: &ProviderSettings) -> scim::Object {
    serde_json::to_value(settings).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ProviderSettings {
        let group = |group: &str, role| GroupRole { group: group.into(), role };
        ProviderSettings {
            label: "Northwind".into(),
            issuer: "https://id.example".into(),
            client_id: "lockstep".into(),
            scopes: vec!["openid".into()],
            groups_claim: Some("groups".into()),
            group_roles: vec![group("it", Role::Auditor), group("it-admins", Role::Administrator)],
            only_owners_use_passwords: false,
        }
    }

    #[test]
    fn the_highest_role_of_somebodys_groups_counts() {
        let role =
            |groups: &[&str]| settings().role_of(&groups.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        assert_eq!(role(&["it", "it-admins", "staff"]), Some(Role::Administrator));
        assert_eq!(role(&["it"]), Some(Role::Auditor));
        assert_eq!(role(&["IT"]), None, "names of groups are exact");
        assert_eq!(role(&[]), None);
    }

    #[test]
    fn groups_make_no_owner() {
        assert!(settings().check().is_ok());
        for role in [Role::Owner, Role::Manager] {
            let group_roles = vec![GroupRole { group: "all".into(), role }];
            assert!(ProviderSettings { group_roles, ..settings() }.check().is_err());
        }
        assert!(ProviderSettings { groups_claim: None, ..settings() }.check().is_err());
        for issuer in ["id.example", "ftp://id.example", "https://id.example/?tenant=1", ""] {
            assert!(ProviderSettings { issuer: issuer.into(), ..settings() }.check().is_err(), "{issuer}");
        }
        assert!(ProviderSettings { scopes: vec!["a b".into()], ..settings() }.check().is_err());
    }
}
