//! Sign-in at the OpenID provider: going there, and coming back.
//!
//! People come back to a page of the console, which posts what it was given: so a session never begins by following a
//! link, and whatever goes wrong is told in the console's own words.

use axum::{
    Json,
    extract::State,
    http::{Extensions, HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use directory::administrator::{self, FromProvider, ProviderSettings};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    input::Body,
    session::{Me, begin, check_site, peer},
};
use crate::{
    app::App,
    caller::{self, Caller},
    door::Who,
    oidc::{
        Fault, Proof,
        flow::{Flow, LIFE, Purpose},
        said_by,
    },
    openapi::words,
    problem::Problem,
};

/// Where people come back to from the provider: a page of the console.
pub fn redirect_uri(app: &App) -> String {
    format!("{}/sign-in/callback", app.public_url)
}

/// Where people come back to after they signed out at the provider.
pub fn signed_out_uri(app: &App) -> String {
    format!("{}/sign-in", app.public_url)
}

/// How administrators may sign in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInOptions {
    /// What the button of the OpenID provider is called; null: there is none.
    provider: Option<String>,
    /// Only owners may use a password.
    only_owners_use_passwords: bool,
}

/// A sign-in at the provider that is to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginSignIn {
    /// The page of the console to go to afterwards.
    #[serde(default)]
    next: Option<String>,
    /// The secret of an invitation's link.
    #[serde(default)]
    invitation: Option<String>,
}

/// Where to go.
#[derive(Serialize, ToSchema)]
pub struct GoTo {
    /// The provider's page.
    url: String,
}

/// What somebody brings back from the provider, as its address had it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BroughtBack {
    /// What was sent there.
    state: String,
    /// What becomes an ID token.
    #[serde(default)]
    code: Option<String>,
    /// Who says so.
    #[serde(default)]
    iss: Option<String>,
    /// Why there is no code.
    #[serde(default)]
    error: Option<String>,
    /// The same in words.
    #[serde(default)]
    error_description: Option<String>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub struct CameBack {
    /// What it was for.
    #[schema(schema_with = purposes)]
    purpose: &'static str,
    /// Who is signed in now.
    me: Option<Me>,
    /// The page of the console to go to.
    next: Option<String>,
}

words!(purposes: "signIn", "confirm", "connect");

/// How administrators may sign in.
#[utoipa::path(get, path = "/sign-in", tag = "Session", responses((status = 200, body = SignInOptions)))]
pub async fn sign_in_options(State(app): State<App>) -> Result<Json<SignInOptions>, Problem> {
    let tenant = app.directory.ensure_default_tenant().await?;
    let mut tx = app.directory.db.read(tenant).await?;
    let settings = administrator::provider(&mut tx).await?.map(|provider| provider.settings);
    Ok(Json(SignInOptions {
        only_owners_use_passwords: settings.as_ref().is_some_and(|settings| settings.only_owners_use_passwords),
        provider: settings.map(|settings| settings.label),
    }))
}

/// Begin to sign in at the OpenID provider. Answers with a cookie that the browser needs to come back.
#[utoipa::path(post, path = "/session/provider", tag = "Session", request_body = BeginSignIn, responses((status = 200, body = GoTo)))]
pub async fn begin_provider_sign_in(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    Body(new): Body<BeginSignIn>,
) -> Result<Response, Problem> {
    check_site(&headers, &app)?;
    go(&app, &extensions, Purpose::SignIn { invitation: new.invitation }, new.next).await
}

/// Begin to show again at the OpenID provider who one is.
#[utoipa::path(post, path = "/session/provider/confirm", tag = "Session", responses((status = 200, body = GoTo)))]
pub async fn begin_provider_confirmation(
    State(app): State<App>,
    caller: Caller,
    extensions: Extensions,
) -> Result<Response, Problem> {
    go(&app, &extensions, Purpose::Confirm(caller.session()?.id), None).await
}

/// Begin to let oneself come from the OpenID provider, beside one's password.
#[utoipa::path(post, path = "/session/provider/connect", tag = "Session", responses((status = 200, body = GoTo)))]
pub async fn begin_provider_connection(
    State(app): State<App>,
    caller: Caller,
    extensions: Extensions,
) -> Result<Response, Problem> {
    go(&app, &extensions, Purpose::Connect(caller.session()?.id), None).await
}

/// No longer come from the OpenID provider: one's password alone opens the account again.
#[utoipa::path(delete, path = "/session/provider", tag = "Session", responses((status = 204)))]
pub async fn disconnect_provider(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    let administrator = caller.session()?.administrator;
    app.directory.disconnect(caller.tenant(), &caller.actor(), administrator).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn who(extensions: &Extensions) -> Vec<Who> {
    peer(extensions).map(Who::address).into_iter().collect()
}

async fn provider(app: &App) -> Result<(ProviderSettings, Option<SecretString>), Problem> {
    let found = app.directory.sign_in_provider().await?;
    found.ok_or_else(|| Problem::forbidden("no OpenID provider is set up here: use a password"))
}

/// Send the browser to the OpenID provider. Counts as a failed try until it comes back with success.
async fn go(app: &App, extensions: &Extensions, purpose: Purpose, next: Option<String>) -> Result<Response, Problem> {
    app.door.admit(&who(extensions), app.directory.clock.now())?;
    let (settings, _) = provider(app).await?;
    let again = !matches!(purpose, Purpose::SignIn { .. });
    let flow = Flow::begin(purpose, next, app.directory.clock.now());
    let secrets = flow.secrets(&app.directory.vault);
    let url = app.oidc.sign_in_url(&settings, &redirect_uri(app), &secrets, &flow.state, again).await?;
    let mut response = Json(GoTo { url: url.into() }).into_response();
    if let Some(cookie) = flow.cookie(&app.directory.vault, &app.public_url) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Come back from the OpenID provider. Answers with a session cookie, when a session begins.
#[utoipa::path(post, path = "/session/provider/callback", tag = "Session", request_body = BroughtBack, responses((status = 200, body = CameBack)))]
pub async fn come_back(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    Body(brought): Body<BroughtBack>,
) -> Result<Response, Problem> {
    check_site(&headers, &app)?;
    let now = app.directory.clock.now();
    let over =
        || Problem::invalid("this sign-in was not begun in this browser, or more than ten minutes ago: begin again");
    let flow = Flow::find(&headers, &app.directory.vault, &app.public_url, &brought.state, now).ok_or_else(over)?;
    if !app.directory.take_state(&flow.state, LIFE).await? {
        return Err(Problem::invalid("this sign-in was finished already: begin again"));
    }
    let (settings, secret) = provider(&app).await?;
    let proof = prove(&app, &settings, secret.as_ref(), &flow, &brought).await;
    let proof = match proof {
        Ok(proof) => proof,
        Err(fault) => {
            let tenant = app.directory.ensure_default_tenant().await?;
            let name = format!("somebody from {}", settings.label);
            app.directory.note_refused(tenant, &name, &fault.to_string()).await?;
            return Err(fault.into());
        }
    };
    let mut response = finish(&app, &settings, &headers, &extensions, &flow, proof).await?;
    app.door.forgive(&who(&extensions));
    if let Some(cookie) = flow.no_cookie(&app.public_url) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn prove(
    app: &App,
    settings: &ProviderSettings,
    secret: Option<&SecretString>,
    flow: &Flow,
    brought: &BroughtBack,
) -> Result<Proof, Fault> {
    let metadata = app.oidc.metadata(&settings.issuer).await?;
    // Another provider's answer, carried here (RFC 9207).
    let is_named = brought.iss.is_some() || metadata.authorization_response_iss_parameter_supported;
    if is_named && brought.iss.as_ref() != Some(&settings.issuer) {
        return Err(Fault::Untrusted("the answer is of another issuer".into()));
    }
    if let Some(error) = &brought.error {
        return Err(Fault::Says(said_by(error, brought.error_description.as_deref())));
    }
    let code = brought.code.as_deref().ok_or_else(|| Fault::Says("there was neither a code nor an error".into()))?;
    let secrets = flow.secrets(&app.directory.vault);
    let now = app.directory.clock.now();
    let mut proof = app.oidc.redeem(settings, secret, &redirect_uri(app), &secrets, code, now).await?;
    let is_sign_in = matches!(flow.purpose, Purpose::SignIn { .. });
    if is_sign_in && proof.claims.is_short(settings.groups_claim.as_deref()) {
        app.oidc.complete(settings, &mut proof).await?;
    }
    if !is_sign_in && !proof.claims.is_fresh(now) {
        let why = "it does not say that you signed in just now (auth_time): let the provider send that claim";
        return Err(Fault::Untrusted(why.into()));
    }
    Ok(proof)
}

async fn finish(
    app: &App,
    settings: &ProviderSettings,
    headers: &HeaderMap,
    extensions: &Extensions,
    flow: &Flow,
    proof: Proof,
) -> Result<Response, Problem> {
    let who = proof.claims.identity(&settings.issuer, settings.groups_claim.as_deref());
    let came = |purpose, me| Json(CameBack { purpose, me, next: flow.next.clone() });
    match &flow.purpose {
        Purpose::SignIn { invitation } => {
            let link = invitation.clone().map(SecretString::from);
            let id = app.directory.admit(settings, &who, link.as_ref()).await?;
            let is_fresh = proof.claims.is_fresh(app.directory.clock.now());
            let provider = FromProvider { id_token: &proof.id_token, is_fresh };
            begin(app, headers, peer(extensions), id, Some(provider), |me| came("signIn", Some(me))).await
        }
        Purpose::Confirm(session) => {
            let caller = own(app, headers, *session).await?;
            let administrator = caller.session()?.administrator;
            if !app.directory.is_same_person(caller.tenant(), administrator, &who).await? {
                let detail = format!("that is {} at the provider, and not who is signed in here", who.name);
                return Err(Problem::forbidden(detail));
            }
            app.directory.confirm_session(caller.tenant(), *session).await?;
            Ok(came("confirm", None).into_response())
        }
        Purpose::Connect(session) => {
            let caller = own(app, headers, *session).await?;
            // Whoever set out had confirmed who they are; it must not have been long ago.
            caller.check_confirmed()?;
            let administrator = caller.session()?.administrator;
            app.directory.connect(caller.tenant(), &caller.actor(), administrator, &who).await?;
            Ok(came("connect", None).into_response())
        }
    }
}

/// The caller, whose session must be the one that set out.
async fn own(app: &App, headers: &HeaderMap, session: Uuid) -> Result<Caller, Problem> {
    let secret = caller::session(headers, app).ok_or_else(Problem::unauthorized)?;
    let found = app.directory.authenticate_session(secret, true).await?;
    let caller = Caller::of(found.ok_or_else(Problem::unauthorized)?);
    if caller.session()?.id != session {
        return Err(Problem::forbidden("another session set out for the provider: begin again"));
    }
    Ok(caller)
}
