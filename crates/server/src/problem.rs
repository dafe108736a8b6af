//! What the admin API says when it can't do something: RFC 9457 problem details.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use directory::Error;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An answer that is no success (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the status says what kind of problem it is (RFC 9457 section 4.2.1).
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status again.
    status: u16,
    /// What kind of problem it is, for programs: `invalid`, `unauthorized`, `forbidden`, `not_found`, `taken`,
    /// `changed`, `too_many`, `fault`; `reauthenticate`: confirm who you are, and send the request again;
    /// `second_factor`: send a code as well; `enrol`: set up a second factor first; `busy`: come again in a moment.
    code: &'static str,
    /// What happened, to what, and what to do.
    detail: String,
    /// How many resources are in the way of the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
}

impl Problem {
    /// A problem with a status of 400 to 599. Anything else is a fault of ours and becomes 500.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        let status = if status.is_client_error() || status.is_server_error() {
            status
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: match status.as_u16() {
                401 => "unauthorized",
                403 => "forbidden",
                404 => "not_found",
                409 => "taken",
                412 => "changed",
                429 => "too_many",
                500.. => "fault",
                _ => "invalid",
            },
            detail: detail.into(),
            count: None,
        }
    }

    /// The same with a code of its own.
    pub fn with_code(self, code: &'static str) -> Problem {
        Problem { code, ..self }
    }

    /// The same as 403, where 401 would say that the session is over.
    pub fn refused(self) -> Problem {
        Problem { status: 403, title: "Forbidden", ..self }
    }

    /// 403: a sensitive change needs a password or a code from the last few minutes.
    pub fn reauthenticate() -> Problem {
        Problem::forbidden("confirm that it is you: give your password again").with_code("reauthenticate")
    }

    /// 503: too many passwords are being checked.
    pub fn busy() -> Problem {
        let detail = "too many people are signing in at this moment: try again in a few seconds";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).with_code("busy")
    }

    /// 400: the request can't be carried out as it is.
    pub fn invalid(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401: nobody known is asking. The same for every kind of wrong credential.
    pub fn unauthorized() -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "sign in, or send an API token as `Authorization: Bearer …`")
    }

    /// 403: the caller is known and may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, detail)
    }

    /// 404 for a path that nothing serves.
    pub fn no_such_path() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path: /api/v1/openapi.json lists what there is")
    }

    /// 500 for a fault of ours: everything goes into the log, the caller gets an id to find it by.
    pub fn fault(error: &dyn std::fmt::Display) -> Problem {
        let fault = Uuid::now_v7();
        tracing::error!(%fault, %error, "a request to the admin API failed");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("Lockstep failed; its log says why under fault {fault}"),
        )
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        let status = match &error {
            Error::NotFound { .. } => StatusCode::NOT_FOUND,
            Error::Taken { .. } | Error::InUse { .. } => StatusCode::CONFLICT,
            Error::Redefined => StatusCode::SERVICE_UNAVAILABLE,
            Error::Invalid(_) => StatusCode::BAD_REQUEST,
            Error::Changed { .. } => StatusCode::PRECONDITION_FAILED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Scim(error) => {
                let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
                return Problem::new(status, error.detail.clone());
            }
            Error::Db(_) | Error::Inconsistent { .. } => return Problem::fault(&error),
        };
        let count = if let Error::InUse { count, .. } = &error { Some(*count) } else { None };
        Problem { count, ..Problem::new(status, error.to_string()) }
    }
}

impl From<directory::DbError> for Problem {
    fn from(error: directory::DbError) -> Problem {
        Problem::fault(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_ours_shows_an_id_and_nothing_else() {
        let problem =
            Problem::from(Error::Inconsistent { table: "users", id: "7".into(), fault: "no such column".into() });
        assert_eq!(problem.status, 500);
        assert!(!problem.detail.contains("column") && !problem.detail.contains("users"), "{}", problem.detail);
    }

    #[test]
    fn the_body_is_what_rfc_9457_says() {
        let problem = Problem::from(Error::not_found("user", "ana"));
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            serde_json::json!({"type": "about:blank", "title": "Not Found", "status": 404, "code": "not_found",
                "detail": "there is no user ana"})
        );
        let response = problem.into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}
