//! The SCIM service provider below `/scim/v2/{source}` (RFC 7644). A source sees its own records and nothing else.

mod answer;
mod authenticate;
mod bodies;
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

use std::{borrow::Cow, net::SocketAddr, sync::Arc, time::Instant};

use ::scim::{Error, ScimType};
use axum::{
    Extension, Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    response::Response,
    routing::any,
};
use directory::{
    Directory, Kind,
    request::{Failure, Line},
    schema::{Definitions, RecordType},
    source::SourceCaller,
};
use uuid::Uuid;

use crate::{app::App, peer::External, router::RequestId};
use answer::Refusal;
pub use authenticate::too_often;
use target::Target;

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
    /// What of a bulk request failed.
    failures: Vec<Failure>,
    /// What its body said, if an administrator asked to see it.
    copied: Option<bodies::Copied>,
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
    let (started, at) = (Instant::now(), app.scim.clock.now());
    let (head, body) = request.into_parts();
    let mut trace = Trace::default();
    let mut body = Some(body);
    let outcome = answer(&app, id, &head, &mut body, &mut trace).await;
    if let Some(body) = body {
        body::linger(body);
    }
    let (response, refusal) = match outcome {
        Ok(response) => (response, None),
        Err(refusal) => (refusal.to_response(id), Some(refusal.error)),
    };
    let (response, bodies) = match &trace.copied {
        Some(copied) => {
            let (head, body) = response.into_parts();
            let (answered, body) = bodies::answered(body).await;
            (Response::from_parts(head, body), Some([bodies::asked(copied), answered]))
        }
        None => (response, None),
    };
    if let Some(caller) = trace.caller {
        let (scim_type, detail) = refusal.map(|error| (error.scim_type, error.detail)).unzip();
        let (tenant, source) = caller.tests.unwrap_or((caller.tenant, caller.source.id));
        app.log.line(Line {
            tenant,
            source,
            source_name: caller.source.name.clone(),
            token: caller.token.clone(),
            from: peer(&head).map(directory::request::network),
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
                test: caller.tests.is_some(),
                has_body: bodies.is_some(),
            },
            failures: trace.failures,
            bodies,
        });
    }
    response
}

async fn answer(
    app: &App,
    id: Uuid,
    head: &Parts,
    body: &mut Option<Body>,
    trace: &mut Trace,
) -> Result<Response, Refusal> {
    let (method, headers) = (&head.method, &head.headers);
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
    // A filter that is too long is answered as a filter.
    if path.len() > TARGET || (query.len() > TARGET && !query.contains("filter=")) {
        return Err(Error::new(414, None, format!("the target of a request may have at most {TARGET} bytes")).into());
    }
    let (source, rest) = (target::source(path)?, target::decoded(target::below(path)));
    let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    if is_read && !headers.contains_key(header::AUTHORIZATION) && target::is_slug(source) {
        // Set-up pages of identity providers read these before they have a token. What a tenant defined for itself is
        // shown only to those who have one.
        let standard = Definitions::standard();
        let target = Target::read(&rest, &standard);
        if target.is_discovery() {
            return discovery::answer(app, &target, &standard, source, &base(app, head, source), &query).await;
        }
    }
    let caller = authenticate::authenticate(app, source, method, headers, peer(head)).await?;
    trace.caller = Some(Arc::clone(&caller));
    if caller.source.bodies_until > app.directory.clock.now() && caller.tests.is_none() {
        *body = body.take().map(|body| {
            let (body, copied) = bodies::copy(body);
            trace.copied = Some(copied);
            body
        });
    }
    if let Err(seconds) = app.rate.take(caller.token.as_str()) {
        return Err(Refusal::too_many(
            "this token makes more requests than it may: come again a little later",
            seconds,
        ));
    }
    let base = base(app, head, &caller.source.slug);
    let definitions = Arc::clone(&caller.definitions);
    let target = Target::read(&rest, &definitions);
    let every: Vec<Kind> = definitions.each().map(|of| of.kind).collect();
    let call = Call { app, caller, id, base, query, headers };
    match target {
        Target::Root if is_read => call.list(&every).await,
        Target::Search if method == Method::POST => call.search(&every, body).await,
        Target::Bulk if method == Method::POST => call.bulk(body, trace).await,
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
        _ if target.is_discovery() && is_read => {
            discovery::answer(app, &target, &definitions, &call.caller.source.slug, &call.base, &call.query).await
        }
        _ => Err(Refusal::method_not_allowed(target.allowed())),
    }
}

/// What the request with this id is told that never came as far as a source.
pub(crate) fn refuse(id: Uuid, status: u16, detail: String) -> Response {
    Refusal::from(Error::new(status, None, detail)).to_response(id)
}

fn peer(head: &Parts) -> Option<std::net::IpAddr> {
    head.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

/// A source's base URL: below the public URL; without one, as a trusted proxy says that the client reaches us.
fn base(app: &App, head: &Parts, source: &str) -> String {
    let external = head.extensions.get::<External>().filter(|_| !app.is_public_url_set);
    let url = external.map_or(app.public_url.as_str(), |External(url)| url);
    format!("{url}/scim/v2/{source}")
}

impl Call<'_> {
    /// The directory for this call's source: no other waits for it.
    fn directory(&self) -> Directory {
        self.app.scim.on_behalf_of(self.caller.source.id)
    }

    /// What the resources of a kind look like.
    fn of(&self, kind: Kind) -> &RecordType {
        self.caller.definitions.of(kind)
    }

    /// A comma list in a query parameter, or in several of that name.
    fn list_of(&self, name: &str) -> Option<String> {
        let found = self.query.iter().filter(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_empty());
        found.map(|(_, value)| value.to_string()).reduce(|list, more| list + "," + &more)
    }

    /// A query parameter, whatever its name's case; empty ones count as absent.
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_empty());
        found.map(|(_, value)| &**value)
    }
}
