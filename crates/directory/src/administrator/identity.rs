//! Who comes from the OpenID provider: bound by issuer and subject, never by an e-mail address.

use scim::fold;
use secrecy::SecretString;
use uuid::Uuid;

use super::{ProviderSettings, Role, Way, invitation, session};
use crate::{
    Directory, Error, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
};

/// Somebody as the provider describes them; its signature was checked.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Who they are there, for ever.
    pub subject: String,
    /// Their address, when the provider has made sure that it is theirs.
    pub verified_email: Option<String>,
    /// What they are called, for the log and for a new administrator.
    pub name: String,
    /// The groups they are in; empty when none are asked for. `None`: the provider says that there are some, and names
    /// none, because they are too many for its token.
    pub groups: Option<Vec<String>>,
}

/// What is kept about somebody who came from the provider before.
struct Known {
    id: Uuid,
    user_name: String,
    role: Role,
    by_groups: bool,
    disabled: bool,
}

/// How somebody from the provider may come in.
#[derive(PartialEq, Eq, Debug)]
enum Verdict {
    /// As the administrator they are, with this role from now on.
    Known(Role),
    /// As the administrator that their invitation promises.
    Invited,
    /// As a new administrator of the role that their groups give.
    ByGroups(Role),
}

/// Decide whether somebody comes in. An address alone never opens a local administrator's account: only an invitation
/// for a verified address makes a new one.
fn decide(
    known: Option<&Known>,
    is_invited: bool,
    settings: &ProviderSettings,
    groups: Option<&[String]>,
) -> Result<Verdict, String> {
    let by_groups = settings.role_of(groups.unwrap_or_default());
    // Whoever's role hangs on groups that nobody has named stays out: taking them for none would be a guess.
    let too_many = || {
        format!(
            "{} did not name your groups, because they are too many for its token. Ask an administrator to let it send \
             fewer: in Entra ID, under Token configuration, the groups claim with “Groups assigned to the \
             application”; or to use app roles there, with `roles` as the claim of groups here",
            settings.label
        )
    };
    match known {
        Some(known) if known.disabled => Err(format!("{} is disabled here: ask an administrator", known.user_name)),
        Some(known) if known.by_groups && groups.is_none() => Err(too_many()),
        Some(known) if known.by_groups => by_groups.map(Verdict::Known).ok_or_else(|| {
            format!("none of the groups of {} gives a role here any more: ask an administrator", known.user_name)
        }),
        Some(known) => Ok(Verdict::Known(known.role)),
        None if is_invited => Ok(Verdict::Invited),
        None if groups.is_none() => Err(too_many()),
        None => by_groups.map(Verdict::ByGroups).ok_or_else(|| match settings.groups_claim {
            Some(_) => {
                "none of your groups gives you a role here, and nobody has invited you: ask an administrator".into()
            }
            None => "nobody has invited you: ask an administrator for an invitation".into(),
        }),
    }
}

async fn known(tx: &mut Tx, who: &Identity) -> Result<Option<Known>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(Uuid, String, String, bool, Option<Millis>)> = tx
        .row(
            "SELECT id, user_name, role, by_groups, disabled_at FROM administrators
             WHERE tenant = $1 AND issuer = $2 AND subject = $3",
            args![tenant, &who.issuer, &who.subject],
        )
        .await?;
    row.map(|(id, user_name, role, by_groups, disabled_at)| {
        Ok(Known { id, user_name, role: role.parse()?, by_groups, disabled: disabled_at.is_some() })
    })
    .transpose()
}

impl Directory {
    /// Let somebody in who comes from the provider, with the link of an invitation if they followed one. Answers the
    /// administrator's id.
    ///
    /// # Errors
    /// `Forbidden` says why they stay out; the audit trail has it too.
    pub async fn admit(
        &self,
        settings: &ProviderSettings,
        who: &Identity,
        link: Option<&SecretString>,
    ) -> Result<Uuid, Error> {
        let tenant = self.ensure_default_tenant().await?;
        let admitted = self.try_to_admit(tenant, settings, who, link).await;
        if let Err(Error::Forbidden(reason) | Error::Invalid(reason)) = &admitted {
            self.note_refused(tenant, &who.name, reason).await?;
        }
        admitted
    }

    async fn try_to_admit(
        &self,
        tenant: Tenant,
        settings: &ProviderSettings,
        who: &Identity,
        link: Option<&SecretString>,
    ) -> Result<Uuid, Error> {
        use secrecy::ExposeSecret;
        transaction!(self.db, tenant, tx => {
            let known = known(tx, who).await?;
            let invitation = match (&known, link, &who.verified_email) {
                (Some(_), ..) => None,
                (None, Some(link), _) => Some(self.invitation_of(tx, link.expose_secret()).await?),
                (None, None, Some(email)) => invitation::of_name(tx, email, self.clock.now()).await?,
                (None, None, None) => None,
            };
            let verdict = decide(known.as_ref(), invitation.is_some(), settings, who.groups.as_deref()).map_err(Error::Forbidden)?;
            let way = |by_groups| Way::Provider { issuer: &who.issuer, subject: &who.subject, by_groups };
            match (verdict, known, invitation) {
                (Verdict::Known(role), Some(known), _) => {
                    if role != known.role {
                        tx.execute(
                            "UPDATE administrators SET role = $1 WHERE tenant = $2 AND id = $3",
                            args![role.as_str(), tenant.id(), known.id],
                        )
                        .await?;
                        session::end_others(tx, known.id, None).await?;
                        let detail = serde_json::json!({"role": [known.role, role], "by": "groups"});
                        self.note(tx, &Actor::system(), "update", known.id, &known.user_name, Some(detail)).await?;
                    }
                    Ok(known.id)
                }
                (Verdict::Invited, _, Some(invitation)) => Ok(self.take_up(tx, &invitation, way(false)).await?.id),
                (Verdict::ByGroups(role), ..) => {
                    let made = self.insert_administrator(tx, &Actor::system(), &who.name, way(true), (role, None)).await;
                    match made {
                        Err(Error::Taken { name, .. }) => Err(Error::Forbidden(format!(
                            "there is an administrator called {name} already: sign in as they do, and connect {} under Your account",
                            settings.label
                        ))),
                        made => Ok(made?.id),
                    }
                }
                (verdict, ..) => Err(Error::inconsistent("administrators", &who.subject, format!("{verdict:?}"))),
            }
        })
    }

    /// Record that somebody was kept out, and why.
    pub async fn note_refused(&self, tenant: Tenant, name: &str, reason: &str) -> Result<(), Error> {
        let name: String = name.chars().take(200).collect();
        let actor = Actor { kind: "administrator", name: name.clone(), request: None, source: None };
        transaction!(self.db, tenant, tx => {
            let entry = Entry { id: self.clock.id(), at: self.clock.now(), action: "sign_in", object_kind: "administrator", object: Uuid::nil(), object_name: &name, detail: None };
            audit::fail(tx, &actor, entry, reason).await
        })
    }

    /// Let an administrator come from the provider as well, as this person there.
    ///
    /// # Errors
    /// `Forbidden` when another administrator is this person already.
    pub async fn connect(
        &self,
        tenant: Tenant,
        actor: &Actor,
        administrator: Uuid,
        who: &Identity,
    ) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            if let Some(known) = known(tx, who).await?.filter(|known| known.id != administrator) {
                return Err(Error::Forbidden(format!("this person of the provider is {} here already", known.user_name)));
            }
            tx.execute(
                "UPDATE administrators SET issuer = $1, subject = $2 WHERE tenant = $3 AND id = $4",
                args![&who.issuer, &who.subject, tenant.id(), administrator],
            )
            .await?;
            let detail = serde_json::json!({"provider": who.issuer, "as": who.name});
            self.note(tx, actor, "connect", administrator, &actor.name, Some(detail)).await
        })
    }

    /// Undo [`Directory::connect`]: the password alone opens the account again.
    ///
    /// # Errors
    /// `Invalid` for whoever has no password.
    pub async fn disconnect(&self, tenant: Tenant, actor: &Actor, administrator: Uuid) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let changed = tx
                .execute(
                    "UPDATE administrators SET issuer = NULL, subject = NULL, by_groups = FALSE
                     WHERE tenant = $1 AND id = $2 AND password_hash <> ''",
                    args![tenant.id(), administrator],
                )
                .await?;
            if changed == 0 {
                return Err(Error::invalid("the provider is your only way in: you have no password here"));
            }
            self.note(tx, actor, "disconnect", administrator, &actor.name, None).await
        })
    }

    /// Whether this is who an administrator is at the provider.
    pub async fn is_same_person(&self, tenant: Tenant, administrator: Uuid, who: &Identity) -> Result<bool, Error> {
        let mut tx = self.db.read(tenant).await?;
        Ok(known(&mut tx, who).await?.is_some_and(|known| known.id == administrator))
    }

    /// What a sign-in with a password is decided by.
    pub async fn password_of(&self, user_name: &str) -> Result<Option<PasswordOf>, Error> {
        let tenant = self.ensure_default_tenant().await?;
        let mut tx = self.db.read(tenant).await?;
        let row: Option<(Uuid, String, String, Option<Millis>)> = tx
            .row(
                "SELECT id, password_hash, role, disabled_at FROM administrators WHERE tenant = $1 AND name_key = $2",
                args![tenant.id(), fold::fold(user_name)],
            )
            .await?;
        row.map(|(id, hash, role, disabled_at)| {
            let hash = Some(hash).filter(|hash| !hash.is_empty());
            Ok(PasswordOf { id, hash, role: role.parse()?, disabled: disabled_at.is_some() })
        })
        .transpose()
    }

    /// Store the hash of the same password at today's cost. Ends no session: nothing has changed for its owner.
    pub async fn renew_password_hash(&self, administrator: Uuid, hash: &str) -> Result<(), Error> {
        let tenant = self.ensure_default_tenant().await?;
        transaction!(self.db, tenant, tx => {
            tx.execute("UPDATE administrators SET password_hash = $1 WHERE tenant = $2 AND id = $3", args![hash, tenant.id(), administrator]).await?;
            Ok(())
        })
    }
}

/// What a sign-in with a password is decided by.
#[derive(Clone, Debug)]
pub struct PasswordOf {
    /// Whose it is.
    pub id: Uuid,
    /// Its hash; none: they have no password.
    pub hash: Option<String>,
    /// What they may do.
    pub role: Role,
    /// They are kept out.
    pub disabled: bool,
}

#[cfg(test)]
mod tests {
    use super::{super::GroupRole, *};

    fn settings(groups_claim: Option<&str>) -> ProviderSettings {
        ProviderSettings {
            label: "Northwind".into(),
            issuer: "https://id.example".into(),
            client_id: "lockstep".into(),
            scopes: Vec::new(),
            groups_claim: groups_claim.map(str::to_owned),
            group_roles: vec![GroupRole { group: "ops".into(), role: Role::Operator }],
            only_owners_use_passwords: false,
        }
    }

    #[test]
    fn who_comes_in_and_who_does_not() {
        let known = |by_groups, disabled| {
            Some(Known { id: Uuid::nil(), user_name: "ana".into(), role: Role::Auditor, by_groups, disabled })
        };
        let ops = ["ops".to_owned()];
        let with_groups = settings(Some("groups"));
        for (known, is_invited, groups, expected) in [
            (known(false, false), false, Some(&[][..]), Some(Verdict::Known(Role::Auditor))),
            (known(false, false), false, Some(&ops), Some(Verdict::Known(Role::Auditor))),
            (known(false, false), false, None, Some(Verdict::Known(Role::Auditor))),
            (known(true, false), false, Some(&ops), Some(Verdict::Known(Role::Operator))),
            (known(true, false), false, Some(&[]), None),
            (known(true, false), false, None, None),
            (known(false, true), true, Some(&ops), None),
            (None, true, Some(&[]), Some(Verdict::Invited)),
            (None, true, Some(&ops), Some(Verdict::Invited)),
            (None, true, None, Some(Verdict::Invited)),
            (None, false, Some(&ops), Some(Verdict::ByGroups(Role::Operator))),
            (None, false, Some(&[]), None),
            (None, false, None, None),
        ] {
            assert_eq!(decide(known.as_ref(), is_invited, &with_groups, groups).ok(), expected);
        }
        let invited_only = ProviderSettings { group_roles: Vec::new(), ..settings(None) };
        assert!(decide(None, false, &invited_only, Some(&ops)).unwrap_err().contains("invited"));
    }
}
