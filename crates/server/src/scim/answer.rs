//! Answers, and refusals in the words of RFC 7644 section 3.12.

use ::scim::Error;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Serialize;
use uuid::Uuid;

/// The media type of every body, without parameters: some clients compare it as text.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// A refusal: the error, and what its status needs beside the body.
pub(super) struct Refusal {
    pub error: Error,
    header: Option<(HeaderName, HeaderValue)>,
    /// A fault of ours, whose words are for the log: the client gets the request's id.
    is_fault: bool,
}

impl Refusal {
    /// 401, the same for every kind of wrong. `presented`: there were credentials of some sort (RFC 6750 section 3).
    /// `basic`: a user name and a password would do as well (RFC 7617).
    pub(super) fn unauthorized(presented: bool, basic: bool) -> Refusal {
        let challenge = match (presented, basic) {
            (true, false) => r#"Bearer error="invalid_token""#,
            (true, true) => r#"Bearer error="invalid_token", Basic realm="SCIM", charset="UTF-8""#,
            (false, false) => "Bearer",
            (false, true) => r#"Bearer, Basic realm="SCIM", charset="UTF-8""#,
        };
        let error = Error::new(
            401,
            None,
            "this base URL needs a bearer token of its source that has not expired or been revoked",
        );
        Refusal::with(error, header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }

    /// 405 with the methods that are known here.
    pub(super) fn method_not_allowed(allowed: &'static str) -> Refusal {
        let error = Error::new(405, None, format!("this path knows only {allowed}"));
        Refusal::with(error, header::ALLOW, HeaderValue::from_static(allowed))
    }

    /// 429: too much of something; it is worth trying again in so many seconds.
    pub(super) fn too_many(detail: &str, seconds: u64) -> Refusal {
        Refusal::with(Error::new(429, None, detail), header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    fn with(error: Error, name: HeaderName, value: HeaderValue) -> Refusal {
        Refusal { error, header: Some((name, value)), is_fault: false }
    }

    /// The error as the client of request `id` may see it.
    pub(super) fn shown(&self, id: Uuid) -> Error {
        let mut error = self.error.clone();
        if self.is_fault {
            tracing::error!(request = %id, fault = error.detail, "a request failed by a fault of ours");
            error.detail = format!("something went wrong on our side; request {id} in the log says what");
        }
        error
    }

    /// The answer to request `id`.
    pub(super) fn to_response(&self, id: Uuid) -> Response {
        let error = self.shown(id);
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(status, &error.to_json());
        if let Some((name, value)) = &self.header {
            response.headers_mut().insert(name, value.clone());
        }
        response
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal { error, header: None, is_fault: false }
    }
}

impl From<directory::Error> for Refusal {
    fn from(error: directory::Error) -> Refusal {
        use directory::Error as Domain;
        let detail = error.to_string();
        match error {
            Domain::Scim(error) => error.into(),
            Domain::NotFound { .. } => Error::not_found(detail).into(),
            Domain::Taken { .. } => Error::uniqueness(detail).into(),
            Domain::Invalid(_) => Error::invalid_value(detail).into(),
            Domain::Changed { .. } => Error::new(412, None, detail).into(),
            Domain::InUse { .. } => Error::new(409, None, detail).into(),
            Domain::Redefined => {
                Refusal::with(Error::new(503, None, detail), header::RETRY_AFTER, HeaderValue::from_static("1"))
            }
            Domain::Forbidden(_) => Error::new(403, None, detail).into(),
            Domain::Db(fault) => {
                tracing::error!(error = %fault, "the database failed a request");
                let error = Error::new(503, None, "the database does not answer; nothing was changed, try again");
                Refusal::with(error, header::RETRY_AFTER, HeaderValue::from_static("5"))
            }
            Domain::Inconsistent { .. } => {
                Refusal { error: Error::new(500, None, detail), header: None, is_fault: true }
            }
        }
    }
}

impl From<directory::DbError> for Refusal {
    fn from(error: directory::DbError) -> Refusal {
        directory::Error::from(error).into()
    }
}

/// An answer with a body.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // Our answers are maps with string keys: they always serialise.
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
    response
}

/// An answer without one.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Add a header. Values come from our own ids and the checked public URL, so they are valid.
pub(super) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
