//! Sessions: signing in and out, and making the first administrator.

use axum::{
    Extension, Json,
    extract::{ConnectInfo, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use directory::administrator::{Administrator, Role};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError},
};
use utoipa::ToSchema;

use super::{
    administrator::roles,
    door::{Door, Who},
    input::{Body, Secret},
};
use crate::{
    app::App,
    caller::{self, Caller, cookie_name, is_same_origin},
    openapi::words,
    problem::Problem,
};

/// Who is calling.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// The administrator's user name, or the token's name.
    name: String,
    /// What they may do.
    #[schema(schema_with = roles)]
    role: Role,
    /// Whether it is an administrator or a token.
    #[schema(schema_with = kinds)]
    kind: &'static str,
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
}

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setup {
    /// The code that the server printed when it started.
    code: String,
    /// The new administrator's user name: 1 to 200 characters.
    #[serde(alias = "user_name")]
    user_name: String,
    /// 12 to 128 characters.
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

/// A browser that shows another site's page must not sign anybody in or set anything up.
fn check_site(headers: &HeaderMap, app: &App) -> Result<(), Problem> {
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
    Extension(door): Extension<Arc<Door>>,
    extensions: Extensions,
    headers: HeaderMap,
    Body(sign_in): Body<SignIn>,
) -> Result<Response, Problem> {
    check_site(&headers, &app)?;
    let now = app.directory.clock.now();
    let mut who = vec![Who::name(&sign_in.user_name)];
    who.extend(extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| Who::address(peer.0.ip())));
    door.admit(&who, now)?;
    let (id, hash) = app.directory.password_hash(&sign_in.user_name).await?.unzip();
    let right = door.check(sign_in.password.0, hash).await?;
    let Some(id) = id.filter(|_| right) else {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "the user name or the password is wrong"));
    };
    door.forgive(&who);
    begin(&app, &headers, id).await
}

/// Begin a new session, which ends the one that the browser had.
async fn begin(app: &App, headers: &HeaderMap, administrator: uuid::Uuid) -> Result<Response, Problem> {
    if let Some(old) = caller::session(headers, app) {
        app.directory.end_session(old).await?;
    }
    let session = app.directory.begin_session(administrator).await?;
    let me = app.directory.authenticate_session(session.expose_secret()).await?.ok_or_else(Problem::unauthorized)?;
    Ok(with_cookie(app, &session, false, Json(Me { name: me.name, role: me.role, kind: me.kind })))
}

/// Sign out: the session ends everywhere.
#[utoipa::path(delete, path = "/session", tag = "Session", responses((status = 204)))]
pub async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(session) = caller::session(&headers, &app) {
        app.directory.end_session(session).await?;
    }
    Ok(with_cookie(&app, &SecretString::default(), true, StatusCode::NO_CONTENT))
}

/// Who is calling.
#[utoipa::path(get, path = "/session", tag = "Session", responses((status = 200, body = Me)))]
pub async fn who_am_i(caller: Caller) -> Json<Me> {
    Json(Me { name: caller.admin.name, role: caller.admin.role, kind: caller.admin.kind })
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
    Extension(door): Extension<Arc<Door>>,
    headers: HeaderMap,
    Body(setup): Body<Setup>,
) -> Result<Response, Problem> {
    check_site(&headers, &app)?;
    let now = app.directory.clock.now();
    let accepted = app
        .setup_code
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .as_ref()
        .is_some_and(|code| code.accepts(&setup.code, now));
    if !accepted {
        return Err(Problem::forbidden("the code is wrong or too old: start the server again for a new one"));
    }
    let hash = door.hash(setup.password.0).await?;
    let Administrator { id, .. } = app.directory.add_first_administrator(&setup.user_name, &hash).await?;
    *app.setup_code.lock().unwrap_or_else(PoisonError::into_inner) = None;
    begin(&app, &headers, id).await
}
