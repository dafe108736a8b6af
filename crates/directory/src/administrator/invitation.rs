//! Invitations: a link that makes its bearer an administrator, once and within a week. Lockstep sends no mail; whoever
//! invites hands the link over.

use scim::fold;
use uuid::Uuid;

use super::{Administrator, Giver, Role, Way, list, place_of, provider::provider};
use crate::{
    Directory, Error, Millis, NewToken, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    token::{self, TokenKind},
};

/// So long an invitation can be taken up: a week, in milliseconds.
const LIFE: Millis = 7 * 24 * 60 * 60 * 1000;

/// An invitation that nobody has taken up yet, without its secret.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// By which it is revoked.
    pub id: String,
    /// The user name that whoever takes it up will have: an e-mail address, most of the time.
    pub user_name: String,
    /// What they may do then.
    pub role: Role,
    /// The application of a manager.
    pub application: Option<Uuid>,
    /// Who invites.
    pub inviter: String,
    /// When it was made.
    pub created_at: Millis,
    /// Until when it can be taken up.
    pub expires_at: Millis,
}

type Row = (String, String, String, Option<Uuid>, String, Millis, Millis);

fn read((id, user_name, role, application, inviter, created_at, expires_at): Row) -> Result<Invitation, Error> {
    Ok(Invitation { id, user_name, role: role.parse()?, application, inviter, created_at, expires_at })
}

/// The open invitations, newest first. At most 500: one for each name, for a week.
pub async fn invitations(tx: &mut Tx, now: Millis) -> Result<Vec<Invitation>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, user_name, role, application, inviter, created_at, expires_at FROM invitations
             WHERE tenant = $1 AND expires_at > $2 ORDER BY created_at DESC, id LIMIT 500",
            args![tenant, now],
        )
        .await?;
    rows.into_iter().map(read).collect()
}

/// The open invitation for a name.
pub(super) async fn of_name(tx: &mut Tx, user_name: &str, now: Millis) -> Result<Option<Invitation>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            "SELECT id, user_name, role, application, inviter, created_at, expires_at FROM invitations
             WHERE tenant = $1 AND name_key = $2 AND expires_at > $3",
            args![tenant, fold::fold(user_name), now],
        )
        .await?;
    row.map(read).transpose()
}

async fn end(tx: &mut Tx, id: &str) -> Result<u64, Error> {
    let tenant = tx.tenant().id();
    Ok(tx.execute("DELETE FROM invitations WHERE tenant = $1 AND id = $2", args![tenant, id]).await?)
}

fn over() -> Error {
    Error::Forbidden("this invitation was taken up, revoked, replaced or has run out: ask for another one".into())
}

impl Directory {
    /// Invite somebody to be an administrator of this role; a manager is given an application. Another invitation for
    /// the same name ends the one before.
    ///
    /// # Errors
    /// `Forbidden` above one's own role; `Taken` when there is an administrator of that name.
    pub async fn invite(
        &self,
        tenant: Tenant,
        actor: &Actor,
        giver: Giver,
        user_name: &str,
        (role, application): (Role, Option<Uuid>),
    ) -> Result<(Invitation, NewToken), Error> {
        giver.check(role)?;
        let user_name = crate::application::checked_name("invitation", user_name)?;
        let name_key = fold::fold(user_name);
        let token = token::make(TokenKind::Invitation, &self.vault);
        let now = self.clock.now();
        let made = transaction!(self.db, tenant, tx => {
            let application = place_of(tx, role, application).await?;
            if list(tx).await?.iter().any(|one| fold::fold(&one.user_name) == name_key) {
                return Err(Error::Taken { what: "administrator", name: user_name.to_owned() });
            }
            if let Some(before) = of_name(tx, user_name, Millis::MIN).await? {
                // Whoever may not give its role may not take it away either.
                if before.expires_at > now {
                    giver.check(before.role)?;
                }
                end(tx, &before.id).await?;
            }
            tx.execute("DELETE FROM invitations WHERE tenant = $1 AND expires_at <= $2", args![tenant.id(), now]).await?;
            tx.execute(
                "INSERT INTO invitations (tenant, id, user_name, name_key, role, application, hash, inviter, created_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                args![tenant.id(), &token.id, user_name, &name_key, role.as_str(), application, &token.hash, &actor.name, now, now + LIFE],
            )
            .await
            .map_err(|error| Error::taken(error, "invitation", user_name))?;
            let detail = serde_json::json!({"role": role, "application": application, "invitation": token.id});
            self.note_invitation(tx, actor, "invite", user_name, Some(detail)).await?;
            Ok(Invitation {
                id: token.id.clone(),
                user_name: user_name.to_owned(),
                role,
                application,
                inviter: actor.name.clone(),
                created_at: now,
                expires_at: now + LIFE,
            })
        })?;
        Ok((made, token))
    }

    async fn note_invitation(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        action: &'static str,
        user_name: &str,
        detail: Option<serde_json::Value>,
    ) -> Result<(), Error> {
        let entry = Entry {
            id: self.clock.id(),
            at: self.clock.now(),
            action,
            object_kind: "invitation",
            object: tx.tenant().id(),
            object_name: user_name,
            detail,
        };
        audit::record(tx, actor, entry).await
    }

    /// Revoke an open invitation: its link stops working.
    ///
    /// # Errors
    /// `Forbidden` when it gives a role above one's own.
    pub async fn revoke_invitation(&self, tenant: Tenant, actor: &Actor, giver: Giver, id: &str) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let open = invitations(tx, self.clock.now()).await?;
            let found = open.iter().find(|one| one.id == id).ok_or_else(|| Error::not_found("open invitation", id))?;
            giver.check(found.role)?;
            end(tx, id).await?;
            self.note_invitation(tx, actor, "revoke", &found.user_name, None).await
        })
    }

    /// The open invitation that a link carries.
    ///
    /// # Errors
    /// `Forbidden` for every kind of link that does not work.
    pub async fn invitation(&self, link: &str) -> Result<Invitation, Error> {
        let tenant = self.ensure_default_tenant().await?;
        let mut tx = self.db.read(tenant).await?;
        self.invitation_of(&mut tx, link).await
    }

    /// The same within a transaction.
    pub(super) async fn invitation_of(&self, tx: &mut Tx, link: &str) -> Result<Invitation, Error> {
        let presented = token::read(TokenKind::Invitation, link).ok_or_else(over)?;
        let tenant = tx.tenant().id();
        let row: Option<(String,)> =
            tx.row("SELECT hash FROM invitations WHERE tenant = $1 AND id = $2", args![tenant, presented.id]).await?;
        if !presented.matches(row.as_ref().map(|(hash,)| hash.as_str()), &self.vault) {
            return Err(over());
        }
        let row: Option<Row> = tx
            .row(
                "SELECT id, user_name, role, application, inviter, created_at, expires_at FROM invitations
                 WHERE tenant = $1 AND id = $2 AND expires_at > $3",
                args![tenant, presented.id, self.clock.now()],
            )
            .await?;
        row.map(read).transpose()?.ok_or_else(over)
    }

    /// Take an invitation up with a password.
    ///
    /// # Errors
    /// `Forbidden` when the link does not work, or passwords are for owners only.
    pub async fn accept_invitation(&self, link: &str, password_hash: &str) -> Result<Administrator, Error> {
        let tenant = self.ensure_default_tenant().await?;
        transaction!(self.db, tenant, tx => {
            let invitation = self.invitation_of(tx, link).await?;
            if let Some(provider) = provider(tx).await?.filter(|provider| !provider.settings.allows_password(invitation.role)) {
                return Err(provider.settings.password_refused());
            }
            self.take_up(tx, &invitation, Way::Password(password_hash)).await
        })
    }

    /// Make the administrator that an invitation promises, and end it.
    pub(super) async fn take_up(
        &self,
        tx: &mut Tx,
        invitation: &Invitation,
        way: Way<'_>,
    ) -> Result<Administrator, Error> {
        // Only the first of two who come with the same link gets in.
        if end(tx, &invitation.id).await? == 0 {
            return Err(over());
        }
        let actor = Actor { kind: "administrator", name: invitation.inviter.clone(), request: None, source: None };
        let given = (invitation.role, place_of(tx, invitation.role, invitation.application).await?);
        self.insert_administrator(tx, &actor, &invitation.user_name, way, given).await
    }
}
