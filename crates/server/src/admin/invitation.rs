//! Invitations: links that make their bearer an administrator, once and within a week.

use axum::{
    Json,
    extract::State,
    http::{Extensions, HeaderMap, StatusCode},
    response::Response,
};
use directory::administrator::{self, Role};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    administrator::{place, roles},
    input::{Body, Path, Secret},
    output::{Page, Time, created},
    session::{begin, check_site, peer},
};
use crate::{app::App, caller::Caller, door::Who, problem::Problem};

/// An open invitation, without its link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Its id.
    id: String,
    /// The user name that whoever takes it up will have.
    user_name: String,
    /// What they may do then.
    #[schema(schema_with = roles)]
    role: Role,
    /// The application of a manager.
    application: Option<Uuid>,
    /// Who invites.
    inviter: String,
    /// When it was made.
    created_at: Time,
    /// Until when it can be taken up.
    expires_at: Time,
}

/// Somebody to invite.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewInvitation {
    /// Their user name: their e-mail address, so that they may come from the OpenID provider without the link. 1 to
    /// 200 characters, unique, caseless.
    user_name: String,
    /// What they may do.
    #[schema(schema_with = roles)]
    role: Role,
    /// The application of a manager, by id or name.
    #[serde(default)]
    application: Option<String>,
}

/// An invitation that was just made.
#[derive(Serialize, ToSchema)]
pub struct MadeInvitation {
    /// The invitation.
    invitation: Invitation,
    /// The link to hand over. It is shown only here, and Lockstep sends no mail.
    link: String,
}

/// The secret of an invitation's link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationLink {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String, format = Password, write_only)]
    link: Secret,
}

/// A password with which an invitation is taken up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String, format = Password, write_only)]
    link: Secret,
    /// 12 to 128 characters, none that is soon guessed.
    #[schema(value_type = String, format = Password, write_only)]
    password: Secret,
}

impl From<administrator::Invitation> for Invitation {
    fn from(invitation: administrator::Invitation) -> Invitation {
        Invitation {
            id: invitation.id,
            user_name: invitation.user_name,
            role: invitation.role,
            application: invitation.application,
            inviter: invitation.inviter,
            created_at: Time(invitation.created_at),
            expires_at: Time(invitation.expires_at),
        }
    }
}

/// The open invitations, newest first.
#[utoipa::path(get, path = "/invitations", tag = "Administration", responses((status = 200, body = Page<Invitation>)))]
pub async fn list_invitations(State(app): State<App>, caller: Caller) -> Result<Json<Page<Invitation>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let open = administrator::invitations(&mut tx, app.directory.clock.now()).await?;
    Ok(Page::whole(open.into_iter().map(Invitation::from)))
}

/// Invite somebody to be an administrator. Another invitation for the same name ends the one before.
#[utoipa::path(post, path = "/invitations", tag = "Administration", request_body = NewInvitation, responses((status = 201, body = MadeInvitation)))]
pub async fn invite(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewInvitation>,
) -> Result<Response, Problem> {
    let application = place(&app, &caller, new.application.as_deref()).await?;
    let giver = (&caller.admin).into();
    let (made, token) =
        app.directory.invite(caller.tenant(), &caller.actor(), giver, &new.user_name, (new.role, application)).await?;
    // Behind the #, so that it is in no log on the way.
    let link = format!("{}/invitation#{}", app.public_url, token.reveal());
    Ok(created(MadeInvitation { invitation: made.into(), link }))
}

/// Revoke an open invitation: its link stops working.
#[utoipa::path(delete, path = "/invitations/{invitation}", tag = "Administration", responses((status = 204)))]
pub async fn revoke_invitation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.directory.revoke_invitation(caller.tenant(), &caller.actor(), (&caller.admin).into(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a link invites to.
#[utoipa::path(post, path = "/invitations/look", tag = "Session", request_body = InvitationLink, responses((status = 200, body = Invitation)))]
pub async fn look_at_invitation(
    State(app): State<App>,
    extensions: Extensions,
    Body(given): Body<InvitationLink>,
) -> Result<Json<Invitation>, Problem> {
    let who: Vec<Who> = peer(&extensions).map(Who::address).into_iter().collect();
    app.door.admit(&who, app.directory.clock.now())?;
    let found = app.directory.invitation(given.link.0.expose_secret()).await?;
    app.door.forgive(&who);
    Ok(Json(found.into()))
}

/// Take an invitation up with a password, and sign in. Whoever comes from the OpenID provider needs none.
#[utoipa::path(post, path = "/invitations/accept", tag = "Session", request_body = Acceptance, responses((status = 200, body = super::session::Me)))]
pub async fn accept_invitation(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    Body(given): Body<Acceptance>,
) -> Result<Response, Problem> {
    check_site(&headers, &app)?;
    let peer = peer(&extensions);
    let who: Vec<Who> = peer.map(Who::address).into_iter().collect();
    app.door.admit(&who, app.directory.clock.now())?;
    let link = given.link.0.expose_secret();
    let invited = app.directory.invitation(link).await?;
    app.door.forgive(&who);
    let hash = app.door.hash(given.password.0, &invited.user_name).await?;
    let made = app.directory.accept_invitation(link, &hash).await?;
    begin(&app, &headers, peer, made.id, None, Json).await
}
