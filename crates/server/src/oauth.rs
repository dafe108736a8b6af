//! The token endpoint (RFC 6749 section 4.4) and what describes it (RFC 8414): an OAuth client of a source gets an
//! access token for its id and secret.
//!
//! Only the client credentials grant is spoken, because nobody signs in here on behalf of anybody.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{app::App, app::may_come_from, problem::Problem, scim};

const TOKEN: &str = "/oauth/token";
const METADATA: &str = "/.well-known/oauth-authorization-server";
/// More than any request for a token has, and how long it may take.
const BODY: (usize, Duration) = (16 * 1024, Duration::from_secs(10));

/// The token endpoint and its description. Below a public URL with a path, RFC 8414 section 3.1 puts that path behind
/// the well-known one.
pub fn routes() -> Router<App> {
    Router::new()
        .route(TOKEN, any(token))
        .route(METADATA, get(metadata))
        .route(&format!("{METADATA}/{{*issuer}}"), get(metadata))
}

/// Where clients get their access tokens.
pub fn token_url(app: &App) -> String {
    format!("{}{TOKEN}", app.public_url)
}

/// What the endpoint says when it gives no token (RFC 6749 section 5.2).
struct Fault {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
    /// The client came with HTTP Basic, so it is challenged to.
    challenge: bool,
    retry_after: Option<u64>,
}

impl Fault {
    fn invalid_request(description: &'static str) -> Fault {
        Fault {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_request",
            description,
            challenge: false,
            retry_after: None,
        }
    }

    fn invalid_client(challenge: bool) -> Fault {
        let description = "the client id or its secret is wrong, has expired or was revoked";
        Fault { status: StatusCode::UNAUTHORIZED, error: "invalid_client", description, challenge, retry_after: None }
    }

    fn later(status: StatusCode, description: &'static str, seconds: u64) -> Fault {
        Fault { status, error: "temporarily_unavailable", description, challenge: false, retry_after: Some(seconds) }
    }
}

impl From<directory::Error> for Fault {
    fn from(error: directory::Error) -> Fault {
        tracing::error!(%error, "a request for an access token failed");
        Fault::later(StatusCode::SERVICE_UNAVAILABLE, "the server can't answer now: try again", 5)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let body = json!({"error": self.error, "error_description": self.description});
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Basic realm="OAuth""#));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An id and a secret, and whether they came in the header (`client_secret_basic`) or in the body
/// (`client_secret_post`).
struct Credentials {
    id: String,
    secret: String,
    in_header: bool,
}

async fn token(State(app): State<App>, request: Request) -> Response {
    if request.method() != Method::POST {
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "a token is asked for by POST");
        return ([(header::ALLOW, "POST")], problem).into_response();
    }
    let mut response = match answer(&app, request).await {
        Ok(body) => Json(body).into_response(),
        Err(fault) => fault.into_response(),
    };
    // RFC 6749 section 5.1: nobody on the way keeps it.
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn answer(app: &App, request: Request) -> Result<Value, Fault> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let (head, body) = request.into_parts();
    let form = form(&head.headers, body).await?;
    let given = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let credentials = credentials(&head.headers, given("client_id"), given("client_secret"))?;
    match given("grant_type") {
        Some("client_credentials") => {}
        None => return Err(Fault::invalid_request("grant_type is missing: client_credentials is known")),
        Some(_) => {
            return Err(Fault {
                error: "unsupported_grant_type",
                ..Fault::invalid_request("only the grant type client_credentials is known")
            });
        }
    }
    let client = app.directory.authenticate_client(&credentials.id, &credentials.secret).await?;
    let Some(client) = client.ok().filter(|client| may_come_from(&client.networks, peer)) else {
        if let Some(seconds) = scim::too_often(app, peer, Some(&credentials.secret)) {
            let description = "too many requests with wrong credentials came from this address or for this client";
            return Err(Fault::later(StatusCode::TOO_MANY_REQUESTS, description, seconds));
        }
        return Err(Fault::invalid_client(credentials.in_header));
    };
    if let Err(seconds) = app.rate.take(client.id.as_str()) {
        let description = "this client makes more requests than it may: come again a little later";
        return Err(Fault::later(StatusCode::TOO_MANY_REQUESTS, description, seconds));
    }
    let issued = {
        let app = app.clone();
        app.clone().to_the_end(async move { app.directory.issue_access_token(&client).await }).await
    };
    let (token, seconds) = issued?;
    Ok(json!({"access_token": token.reveal(), "token_type": "Bearer", "expires_in": seconds}))
}

async fn form(headers: &HeaderMap, body: Body) -> Result<Vec<(String, String)>, Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Fault::invalid_request("send a form: Content-Type application/x-www-form-urlencoded"));
    }
    let (limit, time) = BODY;
    let bytes = timeout(time, to_bytes(body, limit))
        .await
        .map_err(|_| Fault::invalid_request("the form did not come within 10 seconds"))?
        .map_err(|_| Fault::invalid_request("the form broke off, or is too large"))?;
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&bytes).into_owned().collect();
    // RFC 6749 section 3.2: no parameter more than once.
    let twice = form.iter().enumerate().any(|(at, (name, _))| form[..at].iter().any(|(before, _)| before == name));
    if twice {
        return Err(Fault::invalid_request("a parameter is there twice"));
    }
    Ok(form)
}

/// RFC 6749 section 2.3.1: by HTTP Basic, whose parts are form-encoded first, or in the form; not by both.
fn credentials(headers: &HeaderMap, id: Option<&str>, secret: Option<&str>) -> Result<Credentials, Fault> {
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        return match (id, secret) {
            (Some(id), Some(secret)) => {
                Ok(Credentials { id: id.to_owned(), secret: secret.to_owned(), in_header: false })
            }
            _ => Err(Fault::invalid_client(true)),
        };
    };
    if secret.is_some() {
        return Err(Fault::invalid_request("the client authenticates twice: by header and in the form"));
    }
    let pair = header
        .to_str()
        .ok()
        .and_then(|text| text.trim().split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, text)| BASE64_STANDARD.decode(text.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((user, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) else {
        return Err(Fault::invalid_client(true));
    };
    let decoded = |text: &str| {
        url::form_urlencoded::parse(text.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
    };
    let credentials = Credentials { id: decoded(user), secret: decoded(password), in_header: true };
    if id.is_some_and(|id| id != credentials.id) {
        return Err(Fault::invalid_request("the form names another client than the header"));
    }
    Ok(credentials)
}

/// RFC 8414 section 2.
async fn metadata(State(app): State<App>) -> Json<Value> {
    Json(json!({
        "issuer": app.public_url,
        "token_endpoint": token_url(&app),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }))
}
