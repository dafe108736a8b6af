//! Sessions: signing in and out, and making the first administrator.

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use directory::{
    administrator::{self, AdminCaller, Administrator, FromProvider, Live, PasswordOf, Role},
    request,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    administrator::roles,
    input::{Body, Secret},
    output::Time,
    sign_in::signed_out_uri,
};
use crate::{
    app::App,
    caller::{self, Caller, cookie_name, is_same_origin},
    door::Who,
    openapi::words,
    problem::Problem,
    setup_code,
};

/// Who is calling.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The administrator's user name, or the token's name.
    name: String,
    /// What they may do.
    #[schema(schema_with = roles)]
    role: Role,
    /// Whether it is an administrator or a token.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// The application of a manager.
    application: Option<Uuid>,
    /// The session; null for an API token.
    session: Option<Current>,
}

/// The session of whoever is calling.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Current {
    /// Its id.
    id: Uuid,
    /// The administrator's id.
    administrator: Uuid,
    /// Whether a second factor is set up.
    second_factor: bool,
    /// A second factor must be set up before anything else.
    must_enrol: bool,
    /// Whether it began at the OpenID provider, which then confirms who it is.
    provider: bool,
    /// Whether the administrator may come from the OpenID provider.
    connected: bool,
    /// Whether the administrator has a password.
    password: bool,
    /// Until when sensitive changes need no confirmation; null: they need one.
    confirmed_until: Option<Time>,
    /// When it ends at the latest.
    ends_at: Time,
    /// After so many minutes of silence it ends too.
    idle_minutes: i64,
}

impl From<AdminCaller> for Me {
    fn from(caller: AdminCaller) -> Me {
        let current = |session: Live| Current {
            id: session.id,
            administrator: session.administrator,
            second_factor: session.second_factor,
            must_enrol: session.must_enrol,
            provider: session.provider,
            connected: session.connected,
            password: session.password,
            confirmed_until: session.confirmed_until.map(Time),
            ends_at: Time(session.ends_at),
            idle_minutes: session.idle_minutes,
        };
        let (name, role, kind, application) = (caller.name, caller.role, caller.kind, caller.application);
        Me { name, role, kind, application, session: caller.session.map(current) }
    }
}

words!(kinds: "administrator", "api_token");

/// A user name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// The administrator's user name.
    user_name: String,
    /// The password.
    #[schema(value_type = String, format = Password, write_only)]
    password: Secret,
    /// A code of the second factor, or a recovery code, where there is one.
    #[serde(default)]
    code: Option<String>,
}

/// What shows again who somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The password.
    #[schema(value_type = String, format = Password, write_only)]
    password: Secret,
    /// A code of the second factor, where there is one.
    #[serde(default)]
    code: Option<String>,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password so far.
    #[schema(value_type = String, format = Password, write_only)]
    current: Secret,
    /// The password from now on: 12 to 128 characters, none that is soon guessed.
    #[schema(value_type = String, format = Password, write_only)]
    new: Secret,
}

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setup {
    /// The code that the server printed last, at most 30 minutes ago.
    code: String,
    /// The new administrator's user name: 1 to 200 characters.
    #[serde(alias = "user_name")]
    user_name: String,
    /// 12 to 128 characters, none that is soon guessed.
    #[schema(value_type = String, format = Password, write_only)]
    password: Secret,
}

/// Whether somebody can sign in yet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupState {
    /// Whether the first administrator is yet to be made.
    needed: bool,
}

/// A session that has ended.
#[derive(Serialize, ToSchema)]
pub struct SignedOut {
    /// Where to go to sign out at the OpenID provider as well; null: there is no need.
    provider: Option<String>,
}

/// A browser that shows another site's page must not sign anybody in or set anything up.
pub fn check_site(headers: &HeaderMap, app: &App) -> Result<(), Problem> {
    match is_same_origin(headers, &app.public_url) {
        Some(false) => Err(Problem::forbidden("this must come from the console itself, not from another site")),
        _ => Ok(()),
    }
}

/// An answer that begins or ends a session.
fn with_cookie(app: &App, session: &SecretString, ends: bool, answer: impl IntoResponse) -> Response {
    let name = cookie_name(&app.public_url);
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    let age = if ends { "; Max-Age=0" } else { "" };
    let text = format!("{name}={}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", session.expose_secret());
    let mut response = answer.into_response();
    // The secret is letters and digits, so this is always a header.
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// Sign in with a user name and a password. Answers with a session cookie.
#[utoipa::path(post, path = "/session", tag = "Session", request_body = SignIn, responses((status = 200, body = Me)))]
pub async fn sign_in(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    Body(sign_in): Body<SignIn>,
) -> Result<Response, Problem> {
    check_site(&headers, &app)?;
    let now = app.directory.clock.now();
    let mut who = vec![Who::name(&sign_in.user_name)];
    let peer = peer(&extensions);
    who.extend(peer.map(Who::address));
    app.door.admit(&who, now)?;
    let found = app.directory.password_of(&sign_in.user_name).await?;
    let hash = found.as_ref().and_then(|found| found.hash.clone());
    let password = sign_in.password.0;
    let checked = app.door.check(password.clone(), hash).await;
    // Whoever was not even looked at has not failed.
    let right = checked.inspect_err(|_| app.door.forgive(&who))?;
    let found = match found {
        Some(found) if right => found,
        found => {
            if found.is_some() {
                note_wrong_password(&app, sign_in.user_name);
            }
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "the user name or the password is wrong"));
        }
    };
    check_password_allowed(&app, &found).await?;
    check_code(&app, found.id, sign_in.code.as_deref()).await?;
    app.door.forgive(&who);
    // There will be other occasions.
    if let Ok(Some(hash)) = app.door.renew(password, found.hash.as_deref()).await {
        app.directory.renew_password_hash(found.id, &hash).await?;
    }
    begin(&app, &headers, peer, found.id, None, Json).await
}

/// Put a wrong password on record, behind the answer: waiting for the write would show that the name exists.
fn note_wrong_password(app: &App, user_name: String) {
    let directory = app.directory.clone();
    app.behind(async move {
        let noted = match directory.ensure_default_tenant().await {
            Ok(tenant) => directory.note_refused(tenant, &user_name, "the password is wrong").await,
            Err(error) => Err(error),
        };
        if let Err(error) = noted {
            tracing::error!(%error, "a refused sign-in is missing in the audit trail");
        }
    });
}

/// Whoever knows their password is told why it does not let them in.
async fn check_password_allowed(app: &App, found: &PasswordOf) -> Result<(), Problem> {
    if found.disabled {
        return Err(Problem::forbidden("you are disabled here: ask an administrator"));
    }
    let tenant = app.directory.ensure_default_tenant().await?;
    let mut tx = app.directory.db.read(tenant).await?;
    match administrator::provider(&mut tx).await? {
        Some(provider) if !provider.settings.allows_password(found.role) => {
            Err(provider.settings.password_refused().into())
        }
        _ => Ok(()),
    }
}

/// Insist on the second factor of an administrator who has one.
async fn check_code(app: &App, administrator: Uuid, code: Option<&str>) -> Result<(), Problem> {
    let tenant = app.directory.ensure_default_tenant().await?;
    let enrolled = {
        let mut tx = app.directory.db.read(tenant).await?;
        administrator::has_second_factor(&mut tx, administrator).await?
    };
    if !enrolled {
        return Ok(());
    }
    let wrong = |detail| Err(Problem::new(StatusCode::UNAUTHORIZED, detail).with_code("second_factor"));
    match code {
        None => wrong("give the code of your authenticator app, or a recovery code"),
        Some(code) if app.directory.check_second_factor(tenant, administrator, code).await? => Ok(()),
        Some(_) => wrong("the code is wrong, or was used already"),
    }
}

/// Begin a new session, which ends the one that the browser had. `answer` makes the body.
pub async fn begin<T: IntoResponse>(
    app: &App,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
    administrator: Uuid,
    provider: Option<FromProvider<'_>>,
    answer: impl FnOnce(Me) -> T,
) -> Result<Response, Problem> {
    if let Some(old) = caller::session(headers, app) {
        app.directory.end_session(old).await?;
    }
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let network = peer.map(request::network);
    let session = app.directory.begin_session(administrator, agent, network.as_deref(), provider).await?;
    let me = app.directory.authenticate_session(session.expose_secret(), false).await?;
    let me = Me::from(me.ok_or_else(Problem::unauthorized)?);
    Ok(with_cookie(app, &session, false, answer(me)))
}

/// The client's address.
pub fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

/// Show again who one is. For a few minutes, sensitive changes may be made without being asked.
#[utoipa::path(post, path = "/session/confirm", tag = "Session", request_body = Confirmation, responses((status = 204)))]
pub async fn confirm(
    State(app): State<App>,
    caller: Caller,
    Body(given): Body<Confirmation>,
) -> Result<StatusCode, Problem> {
    let session = caller.session()?;
    check_password(&app, &caller, given.password).await?;
    check_code(&app, session.administrator, given.code.as_deref()).await.map_err(|problem| problem.refused())?;
    app.directory.confirm_session(caller.tenant(), session.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Insist that a password is the caller's. A wrong one is no reason to take the session for ended, so it is 403.
async fn check_password(app: &App, caller: &Caller, password: Secret) -> Result<(), Problem> {
    let name = &caller.admin.name;
    let who = [Who::name(name)];
    app.door.admit(&who, app.directory.clock.now())?;
    let hash = app.directory.password_of(name).await?.and_then(|found| found.hash);
    let checked = app.door.check(password.0, hash).await;
    if !checked.inspect_err(|_| app.door.forgive(&who))? {
        return Err(Problem::forbidden("the password is wrong").with_code("wrong_password"));
    }
    app.door.forgive(&who);
    Ok(())
}

/// Give oneself another password. All other sessions of one's own end, and this one goes on under a new cookie: whoever
/// may have got hold of the old one is out.
#[utoipa::path(put, path = "/session/password", tag = "Session", request_body = PasswordChange, responses((status = 204)))]
pub async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Body(change): Body<PasswordChange>,
) -> Result<Response, Problem> {
    let session = caller.session()?;
    check_password(&app, &caller, change.current).await?;
    let hash = app.door.hash(change.new.0, &caller.admin.name).await?;
    let (tenant, actor) = (caller.tenant(), caller.actor());
    let renewed = app.directory.set_password(tenant, &actor, session.administrator, &hash, session.id).await?;
    Ok(with_cookie(&app, &renewed, false, StatusCode::NO_CONTENT))
}

/// Sign out: the session ends everywhere.
#[utoipa::path(delete, path = "/session", tag = "Session", responses((status = 200, body = SignedOut)))]
pub async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let mut provider = None;
    if let Some(session) = caller::session(&headers, &app) {
        let ended = app.directory.end_session(session).await?;
        if let (Some(id_token), Some((settings, _))) = (ended.id_token, app.directory.sign_in_provider().await?) {
            provider = app.oidc.sign_out_url(&settings, &id_token, &signed_out_uri(&app)).await.map(String::from);
        }
    }
    Ok(with_cookie(&app, &SecretString::default(), true, Json(SignedOut { provider })))
}

/// Who is calling.
#[utoipa::path(get, path = "/session", tag = "Session", responses((status = 200, body = Me)))]
pub async fn who_am_i(caller: Caller) -> Json<Me> {
    Json(caller.admin.into())
}

/// Whether the first administrator is yet to be made.
#[utoipa::path(get, path = "/setup", tag = "Session", responses((status = 200, body = SetupState)))]
pub async fn setup_state(State(app): State<App>) -> Result<Json<SetupState>, Problem> {
    Ok(Json(SetupState { needed: !app.directory.has_administrator().await? }))
}

/// Make the first administrator, with the code that the server printed, and sign in.
#[utoipa::path(post, path = "/setup", tag = "Session", request_body = Setup, responses((status = 200, body = Me)))]
pub async fn set_up(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    Body(setup): Body<Setup>,
) -> Result<Response, Problem> {
    check_site(&headers, &app)?;
    setup_code::check(&app, &setup.code).await?;
    let hash = app.door.hash(setup.password.0, &setup.user_name).await?;
    let Administrator { id, .. } = app.directory.add_first_administrator(&setup.user_name, &hash).await?;
    *app.setup_code() = None;
    begin(&app, &headers, peer(&extensions), id, None, Json).await
}
