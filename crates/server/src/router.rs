//! Every path the process answers.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header, uri::Authority},
    response::{IntoResponse, Response},
    routing::get,
};
use std::time::Instant;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{admin, app::App, metrics, oauth, problem::Problem, scim};

/// The id of a request: an extension of the request, and a header of its answer.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(pub Uuid);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The whole surface. Unknown paths get 404 in the words of whoever is asked: SCIM or problem+json; the others are
/// pages of the console.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(scim::routes())
        .merge(oauth::routes())
        .merge(admin::routes(&app))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics::scrape))
        .fallback(pages)
        .with_state(app)
}

/// Answer one request: with an id, and counted.
pub async fn answer(app: &App, router: Router, mut request: Request) -> Response {
    let started = Instant::now();
    let id = app.directory.clock.id();
    let class = metrics::class(request.uri().path());
    request.extensions_mut().insert(RequestId(id));
    app.trusted_proxies.look_through(&mut request);
    let secure = app.public_url.starts_with("https:");
    let mut response = match refused(&request) {
        Some((status, detail)) => refuse_head(&request, id, status, detail),
        // A router can't fail: its error type has no values.
        None => {
            let Ok(response) = router.oneshot(request).await;
            response
        }
    };
    let mut text = Uuid::encode_buffer();
    if let Ok(value) = HeaderValue::from_str(id.as_hyphenated().encode_lower(&mut text)) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if secure {
        // Whoever came by https once does not come in plain text for a year.
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    metrics::answered(class, response.status(), started.elapsed());
    response
}

/// The console: its files, and its start page for every path that is its own.
async fn pages(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    console::answer(&method, uri.path(), &headers).map(Body::from)
}

/// The most bytes that the headers of a request may have.
const HEADERS: usize = 16 * 1024;

/// What is wrong with the head of a request, whatever it asks: too long (RFC 6585 section 5), or not exactly one `Host`
/// that is one (RFC 9112 section 3.2).
fn refused(request: &Request) -> Option<(StatusCode, String)> {
    let headers = request.headers();
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if size > HEADERS {
        let detail = format!("the headers of a request may have at most {HEADERS} bytes, and these have {size}");
        return Some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail));
    }
    let is_host = |value: &HeaderValue| value.is_empty() || Authority::try_from(value.as_bytes()).is_ok();
    let mut hosts = headers.get_all(header::HOST).iter();
    let is_one = match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host),
        (None, _) => request.version() < Version::HTTP_11,
        _ => false,
    };
    (!is_one).then(|| (StatusCode::BAD_REQUEST, "a request has one Host header, with the name it was sent to".into()))
}

/// A refusal in the words of whoever is asked.
fn refuse_head(request: &Request, id: Uuid, status: StatusCode, detail: String) -> Response {
    if request.uri().path().starts_with("/scim") {
        return scim::refuse(id, status.as_u16(), detail);
    }
    Problem::new(status, detail).into_response()
}

/// The process runs.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can do its work: the database answers.
async fn readyz(State(app): State<App>) -> Response {
    match app.directory.tenants().await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], "the database does not answer\n")
                .into_response()
        }
    }
}
