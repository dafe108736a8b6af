//! Who calls the admin API: an API token or an administrator's session, and what they may do.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use directory::{
    Tenant,
    administrator::{AdminCaller, Role},
    audit::Actor,
};
use uuid::Uuid;

use crate::{app::App, problem::Problem, router::RequestId};

/// What a route asks of its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// Nothing: signing in, setting up, the description of the API.
    Nobody,
    /// This role, or one that may do more.
    Role(Role),
}

/// A header that only our console sends. A form on another site can't, and a script there would have to ask first
/// (a CORS preflight, which is never granted).
pub const CONSOLE_HEADER: &str = "x-lockstep";

/// The authenticated caller, put there by [`authorize`]. A handler that takes one on a route that needs nobody
/// answers 401.
pub struct Caller {
    /// Who they are.
    pub admin: AdminCaller,
    request: Option<Uuid>,
}

impl Caller {
    /// The caller as the actor of this request's changes.
    pub fn actor(&self) -> Actor {
        Actor { request: self.request, ..self.admin.actor() }
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

/// Let a request through when its caller may make it. What changes something runs in a task of its own, to its
/// end, even when the client hangs up.
pub async fn authorize(State((app, need)): State<(App, Need)>, mut request: Request, next: Next) -> Response {
    if let Need::Role(role) = need {
        match authenticate(&app, request.method(), request.headers()).await {
            Ok(caller) if caller.role >= role => {
                request.extensions_mut().insert(caller);
            }
            Ok(caller) => {
                let detail = format!(
                    "this needs the role {}, and {} has the role {}",
                    role.as_str(),
                    caller.name,
                    caller.role.as_str()
                );
                return Problem::forbidden(detail).into_response();
            }
            Err(problem) => return problem.into_response(),
        }
    }
    if request.method().is_safe() {
        return next.run(request).await;
    }
    app.to_the_end(async move { next.run(request).await }).await
}

/// Who is calling. A token that is wrong is not made good by a cookie.
async fn authenticate(app: &App, method: &Method, headers: &HeaderMap) -> Result<AdminCaller, Problem> {
    let found = match bearer(headers) {
        Some(token) => app.directory.authenticate_api_token(token).await?,
        None => {
            let session = session(headers, app).ok_or_else(Problem::unauthorized)?;
            if !method.is_safe() {
                check_console(headers, app)?;
            }
            app.directory.authenticate_session(session).await?
        }
    };
    found.ok_or_else(Problem::unauthorized)
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
