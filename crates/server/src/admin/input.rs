//! What a request brings: a JSON body, a query, a path; every refusal is a [`Problem`].

use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use directory::Millis;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use std::time::Duration;

use crate::problem::Problem;

/// A JSON body of at most [`BODY_LIMIT`], read within [`BODY_TIME`].
pub struct Body<T>(pub T);

const BODY_LIMIT: usize = 1 << 20;
const BODY_TIME: Duration = Duration::from_secs(30);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Body<T>, Problem> {
        check_json(request.headers())?;
        let bytes = tokio::time::timeout(BODY_TIME, to_bytes(request.into_body(), BODY_LIMIT))
            .await
            .map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not come within 30 seconds"))?
            .map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body broke off, or has more than 1 MiB"))?;
        serde_json::from_slice(&bytes)
            .map(Body)
            .map_err(|error| Problem::invalid(format!("the body can't be read: {error}")))
    }
}

/// The content type must be JSON: a form on another site can't send that without asking first.
///
/// # Errors
/// 415 for another one, or none.
pub fn check_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the body as Content-Type: application/json"))
}

/// The query of the URL.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Query<T>, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Query(query)),
            Err(error) => Err(Problem::invalid(format!("the query can't be read: {}", error.body_text()))),
        }
    }
}

/// The parts of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Path(path)),
            Err(error) => Err(Problem::invalid(format!("the path can't be read: {}", error.body_text()))),
        }
    }
}

/// A secret in a body. Has no `Debug` that shows it, and can't be written.
pub struct Secret(pub SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        Ok(Secret(String::deserialize(deserializer)?.into()))
    }
}

/// A moment in a query, as RFC 3339 or a date.
#[derive(Clone, Copy)]
pub struct Moment(pub Millis);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        directory::clock::read_rfc3339(&text)
            .map(Moment)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no time such as 2026-01-31T08:00:00Z")))
    }
}
