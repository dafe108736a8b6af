//! The SCIM service provider below `/scim/v2/{source}` (RFC 7644). A source sees its own records and nothing else.

mod answer;
mod body;
mod bulk;
mod change;
mod cursor;
mod discovery;
mod list;
mod look;
mod render;
mod target;
mod version;

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use ::scim::{Error, ScimType};
use axum::{
    Extension, Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, Uri, header},
    response::Response,
    routing::any,
};
use directory::{request::Line, source::SourceCaller};
use uuid::Uuid;

use crate::{app::App, router::RequestId};
use answer::Refusal;
use target::{Place, Target};

/// Longest path, and longest query without a filter, in bytes.
const TARGET: usize = 8 * 1024;

/// Everything below `/scim`. One handler finds its way by itself, so that every answer, also to a wrong path or
/// method, is SCIM's.
pub fn routes() -> Router<App> {
    Router::new().route("/scim", any(serve)).route("/scim/", any(serve)).route("/scim/{*path}", any(serve))
}

/// What the request log will say about a request.
#[derive(Default)]
struct Trace {
    caller: Option<Arc<SourceCaller>>,
    subject: Option<String>,
}

/// A request whose source is known.
struct Call<'a> {
    app: &'a App,
    caller: Arc<SourceCaller>,
    /// The request's id.
    id: Uuid,
    /// The source's base URL, without a slash at the end.
    base: String,
    query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    headers: &'a HeaderMap,
}

async fn serve(State(app): State<App>, Extension(RequestId(id)): Extension<RequestId>, request: Request) -> Response {
    let (started, at) = (Instant::now(), app.directory.clock.now());
    let (head, body) = request.into_parts();
    let mut trace = Trace::default();
    let mut body = Some(body);
    let peer = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let outcome = answer(&app, id, &head.method, &head.uri, &head.headers, &mut body, &mut trace).await;
    let outcome = match (outcome, peer) {
        (Err(refusal), Some(peer)) if refusal.error.status == 401 => Err(too_often(&app, peer).unwrap_or(refusal)),
        (outcome, _) => outcome,
    };
    if let Some(body) = body {
        body::linger(body);
    }
    let (response, refusal) = match outcome {
        Ok(response) => (response, None),
        Err(refusal) => (refusal.to_response(id), Some(refusal.error)),
    };
    if let Some(caller) = trace.caller {
        let (scim_type, detail) = refusal.map(|error| (error.scim_type, error.detail)).unzip();
        app.log.line(Line {
            tenant: caller.tenant,
            source: caller.source.id,
            token: caller.token.clone(),
            request: directory::request::Request {
                id,
                at,
                method: head.method.as_str().to_owned(),
                path: target::below(head.uri.path()).to_owned(),
                status: response.status().as_u16().into(),
                scim_type: scim_type.flatten().map(|kind: ScimType| kind.as_str().to_owned()),
                subject: trace.subject,
                detail,
                duration_us: i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX),
            },
        });
    }
    response
}

async fn answer(
    app: &App,
    id: Uuid,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &mut Option<Body>,
    trace: &mut Trace,
) -> Result<Response, Refusal> {
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    // A filter that is too long is answered as a filter.
    if path.len() > TARGET || (query.len() > TARGET && !query.contains("filter=")) {
        return Err(Error::new(414, None, format!("the target of a request may have at most {TARGET} bytes")).into());
    }
    let Place { source, target } = Place::read(path)?;
    let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    let credentials = headers.get(header::AUTHORIZATION);
    if target.is_discovery() && is_read && credentials.is_none() && target::is_slug(source) {
        // Set-up pages of identity providers read these before they have a token.
        return discovery::answer(&target, &base(app, source), &query);
    }
    let caller = match credentials.and_then(|value| bearer(value.to_str().ok()?)) {
        Some(token) => app.authenticate_source(source, token).await?,
        None => None,
    };
    let caller = caller.ok_or_else(|| Refusal::unauthorized(credentials.is_some()))?;
    trace.caller = Some(Arc::clone(&caller));
    if let Err(seconds) = app.rate.take(caller.token.as_str()) {
        return Err(Refusal::too_many(
            "this token makes more requests than it may: come again a little later",
            seconds,
        ));
    }
    let base = base(app, &caller.source.slug);
    let call = Call { app, caller, id, base, query, headers };
    match target {
        Target::Root if is_read => call.list(&list::EVERY_KIND).await,
        Target::Search if method == Method::POST => call.search(&list::EVERY_KIND, body).await,
        Target::Bulk if method == Method::POST => call.bulk(body).await,
        Target::Resources(kind) if is_read => call.list(&[kind]).await,
        Target::Resources(kind) if method == Method::POST => call.create(kind, body, trace).await,
        Target::ResourceSearch(kind) if method == Method::POST => call.search(&[kind], body).await,
        Target::Resource(kind, name) => {
            trace.subject = Some(name.to_owned());
            let id = target::id(kind, name)?;
            match *method {
                Method::GET | Method::HEAD => call.look(kind, id).await,
                Method::PUT => call.replace(kind, id, body).await,
                Method::PATCH => call.patch(kind, id, body).await,
                Method::DELETE => call.delete(kind, id).await,
                _ => Err(Refusal::method_not_allowed(target.allowed())),
            }
        }
        Target::Unknown => Err(Error::not_found("there is nothing at this path").into()),
        Target::Me => Err(Error::new(501, None, "a source's token belongs to no person, so there is no /Me").into()),
        _ if target.is_discovery() && is_read => discovery::answer(&target, &call.base, &call.query),
        _ => Err(Refusal::method_not_allowed(target.allowed())),
    }
}

/// Instead of 401, for an address that has tried too often. It is told so after its credentials were looked at: behind
/// a proxy all clients have one address, and those with right credentials must not suffer for the others.
fn too_often(app: &App, peer: IpAddr) -> Option<Refusal> {
    let seconds = app.failures.take(&peer).err()?;
    Some(Refusal::too_many("too many requests with wrong credentials came from this address", seconds))
}

fn base(app: &App, source: &str) -> String {
    format!("{}/scim/v2/{source}", app.public_url)
}

/// The token of an `Authorization` header, whose scheme has no case (RFC 7235 section 2.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Call<'_> {
    /// A query parameter, whatever its name's case; empty ones count as absent.
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_empty());
        found.map(|(_, value)| &**value)
    }
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn bearer_tokens_are_found() {
        for (header, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("BEARER abc", Some("abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("non-token", None),
            ("Basic abc", None),
        ] {
            assert_eq!(bearer(header), token, "{header:?}");
        }
    }
}
