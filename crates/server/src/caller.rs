//! Who calls the admin API: an API token or an administrator's session, and what they may do.

use axum::{
    extract::{FromRequestParts, RawPathParams, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use directory::{
    Tenant,
    administrator::{AdminCaller, Live, Role},
    application,
    audit::Actor,
};
use uuid::Uuid;

use crate::{admin::check_json, app::App, problem::Problem, router::RequestId};

/// What a route asks of its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Need {
    /// This role, or one that may do more; none: the route is open to everybody.
    pub role: Option<Role>,
    /// A manager may do it to their own application.
    pub manager: bool,
    /// With a session: who they are must have been shown in the last few minutes.
    pub confirmed: bool,
    /// It may be done before a second factor that must be set up is.
    pub enrolling: bool,
    /// It is no use of a session, which it does not keep from ending by silence: the browser does it by itself.
    pub passive: bool,
}

impl Need {
    /// Nothing: signing in, setting up, the description of the API.
    pub const NOBODY: Need = Need { role: None, manager: false, confirmed: false, enrolling: true, passive: false };

    /// This role, or one that may do more.
    pub const fn role(role: Role) -> Need {
        Need { role: Some(role), manager: false, confirmed: false, enrolling: false, passive: false }
    }

    /// A manager may do it to their own application too.
    pub const fn or_manager(self) -> Need {
        Need { manager: true, ..self }
    }

    /// It is sensitive.
    pub const fn confirmed(self) -> Need {
        Need { confirmed: true, ..self }
    }

    /// It is part of setting up a second factor.
    pub const fn enrolling(self) -> Need {
        Need { enrolling: true, ..self }
    }

    /// It is no use of a session.
    pub const fn passive(self) -> Need {
        Need { passive: true, ..self }
    }
}

/// A header that only our console sends. A form on another site can't, and a script there would have to ask first
/// (a CORS preflight, which is never granted).
pub const CONSOLE_HEADER: &str = "x-lockstep";
/// Its value when nobody has touched the page for a while, and it asks only to stay up to date. Such a read does not
/// keep a session from ending by silence, or a page left open would keep it for as long as anything changes.
const BACKGROUND: &str = "background";

/// The authenticated caller, put there by [`authorize`]. A handler that takes one on a route that needs nobody
/// answers 401.
pub struct Caller {
    /// Who they are.
    pub admin: AdminCaller,
    request: Option<Uuid>,
}

impl Caller {
    /// Whoever a session belongs to that a handler has looked at itself.
    pub fn of(admin: AdminCaller) -> Caller {
        Caller { admin, request: None }
    }

    /// The caller as the actor of this request's changes.
    pub fn actor(&self) -> Actor {
        Actor { request: self.request, ..self.admin.actor() }
    }

    /// Insist that whoever has a session has shown in the last few minutes who they are. Programs are not asked.
    pub fn check_confirmed(&self) -> Result<(), Problem> {
        check_confirmed(&self.admin)
    }

    /// The session.
    ///
    /// # Errors
    /// 400 for an API token, which has none.
    pub fn session(&self) -> Result<&Live, Problem> {
        self.admin.session.as_ref().ok_or_else(|| Problem::invalid("an API token has no session: sign in"))
    }

    /// Whose data they see.
    pub fn tenant(&self) -> Tenant {
        self.admin.tenant
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Problem> {
        let admin = parts.extensions.get::<AdminCaller>().cloned().ok_or_else(Problem::unauthorized)?;
        Ok(Caller { admin, request: parts.extensions.get::<RequestId>().map(|id| id.0) })
    }
}

fn check_confirmed(caller: &AdminCaller) -> Result<(), Problem> {
    match &caller.session {
        Some(session) if session.confirmed_until.is_none() => Err(Problem::reauthenticate()),
        _ => Ok(()),
    }
}

/// Let a request through when its caller may make it. What changes something runs in a task of its own, to its
/// end, even when the client hangs up.
pub async fn authorize(State((app, need)): State<(App, Need)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Some(role) = need.role {
        match admit(&app, need, role, &mut parts).await {
            Ok(caller) => drop(parts.extensions.insert(caller)),
            Err(problem) => return problem.into_response(),
        }
    }
    let request = Request::from_parts(parts, body);
    if request.method().is_safe() {
        return next.run(request).await;
    }
    app.to_the_end(async move { next.run(request).await }).await
}

/// The caller, if they may do what a route does.
async fn admit(app: &App, need: Need, role: Role, parts: &mut Parts) -> Result<AdminCaller, Problem> {
    let caller = authenticate(app, need, &parts.method, &parts.headers).await?;
    if caller.session.as_ref().is_some_and(|session| session.must_enrol) && !need.enrolling {
        let detail = "owners need a second factor here: set it up first";
        return Err(Problem::forbidden(detail).with_code("enrol"));
    }
    if caller.role < role && !(need.manager && manages(app, &caller, parts).await?) {
        return Err(Problem::forbidden(format!(
            "this needs the role {}, and {} has the role {}",
            role.as_str(),
            caller.name,
            caller.role.as_str()
        )));
    }
    if need.confirmed {
        check_confirmed(&caller)?;
    }
    Ok(caller)
}

/// Whether the application that a path names is the caller's own.
async fn manages(app: &App, caller: &AdminCaller, parts: &mut Parts) -> Result<bool, Problem> {
    let Some(own) = caller.application.filter(|_| caller.role == Role::Manager) else { return Ok(false) };
    let Ok(named) = RawPathParams::from_request_parts(parts, &()).await else { return Ok(false) };
    let Some((_, name)) = named.iter().find(|(key, _)| *key == "application") else { return Ok(false) };
    let mut tx = app.directory.db.read(caller.tenant).await?;
    Ok(application::find(&mut tx, name).await?.id == own)
}

/// Whether the credential that a stream was opened with is still good. Not a use of it.
pub async fn still_good(app: &App, headers: &HeaderMap) -> bool {
    let found = match bearer(headers) {
        Some(token) => app.directory.authenticate_api_token(token).await,
        None => match session(headers, app) {
            Some(session) => app.directory.authenticate_session(session, false).await,
            None => Ok(None),
        },
    };
    // A database that fails now is no reason to send anybody away.
    found.map_or(true, |caller| caller.is_some())
}

/// Who is calling. A token that is wrong is not made good by a cookie.
async fn authenticate(app: &App, need: Need, method: &Method, headers: &HeaderMap) -> Result<AdminCaller, Problem> {
    let found = match bearer(headers) {
        Some(token) => app.directory.authenticate_api_token(token).await?,
        None => {
            let session = session(headers, app).ok_or_else(Problem::unauthorized)?;
            if !method.is_safe() {
                check_console(headers, app)?;
            }
            app.directory.authenticate_session(session, is_use(need, method, headers)).await?
        }
    };
    found.ok_or_else(Problem::unauthorized)
}

/// Whether a request is a use of its session, as far as silence goes. The absolute limit holds in any case.
fn is_use(need: Need, method: &Method, headers: &HeaderMap) -> bool {
    let in_background = headers.get(CONSOLE_HEADER).is_some_and(|value| value == BACKGROUND);
    !need.passive && (!method.is_safe() || !in_background)
}

/// The bearer token of a request, if it carries an `Authorization` header at all.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?;
    // Something that is no bearer token is a wrong one: it must not fall through to the cookie.
    let text = value.to_str().unwrap_or_default();
    Some(
        text.split_at_checked(7)
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer "))
            .map_or("", |(_, token)| token.trim()),
    )
}

/// The name of the session cookie. `__Host-` ties it to this host and to https, which a deployment on plain http
/// (a laptop, a test) doesn't have.
pub fn cookie_name(public_url: &str) -> &'static str {
    if public_url.starts_with("https:") { "__Host-lockstep" } else { "lockstep" }
}

/// The session in the cookies.
pub fn session<'a>(headers: &'a HeaderMap, app: &App) -> Option<&'a str> {
    let name = cookie_name(&app.public_url);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A change made with a cookie must come from our own console, not from a page elsewhere that the administrator's
/// browser happens to show (CSRF).
fn check_console(headers: &HeaderMap, app: &App) -> Result<(), Problem> {
    if !headers.contains_key(CONSOLE_HEADER) {
        return Err(Problem::forbidden(format!("a change with a session needs the header {CONSOLE_HEADER}")));
    }
    // What a form can send (Fetch standard, CORS-safelisted request headers). A change without a body has none.
    if headers.contains_key(header::CONTENT_TYPE) {
        check_json(headers)?;
    }
    if is_same_origin(headers, &app.public_url) == Some(true) {
        return Ok(());
    }
    Err(Problem::forbidden("a change with a session must come from the console itself, not from another site"))
}

/// Whether the browser says that its page is ours: by `Sec-Fetch-Site`, else by `Origin`. `None` when it says
/// neither, as programs do.
pub fn is_same_origin(headers: &HeaderMap, public_url: &str) -> Option<bool> {
    if let Some(site) = headers.get("sec-fetch-site") {
        return Some(site == "same-origin");
    }
    let origin = headers.get(header::ORIGIN)?.to_str().unwrap_or_default();
    let ours = url::Url::parse(public_url).map(|url| url.origin().ascii_serialization());
    Some(ours.is_ok_and(|ours| ours == origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn an_authorization_header_that_is_no_bearer_token_is_a_wrong_token() {
        assert_eq!(bearer(&headers(&[])), None);
        assert_eq!(bearer(&headers(&[("authorization", "Basic YTpi")])), Some(""));
        assert_eq!(bearer(&headers(&[("authorization", "bearer  abc ")])), Some("abc"));
        assert_eq!(bearer(&headers(&[("authorization", "Bearer")])), Some(""));
    }

    #[test]
    fn only_our_own_pages_are_the_same_origin() {
        let url = "https://id.example.test/lockstep";
        for (pairs, expected) in [
            (&[][..], None),
            (&[("sec-fetch-site", "same-origin")][..], Some(true)),
            (&[("sec-fetch-site", "same-site")][..], Some(false)),
            (&[("sec-fetch-site", "none")][..], Some(false)),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://id.example.test")][..], Some(false)),
            (&[("origin", "https://id.example.test")][..], Some(true)),
            (&[("origin", "http://id.example.test")][..], Some(false)),
            (&[("origin", "null")][..], Some(false)),
        ] {
            assert_eq!(is_same_origin(&headers(pairs), url), expected, "{pairs:?}");
        }
    }
}
