//! What an answer, or the lack of one, means for what was to be done.

use std::time::Duration;

use ::http::Method;

use crate::answer::Complaint;
use crate::exchange::cut;
use crate::{Exchange, TransportError};

/// Longest detail kept, in bytes.
const DETAIL: usize = 1000;

/// What to do about a [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Passing, and safe to repeat: it was not received, or repeating changes nothing.
    Retry,
    /// It may have been done: look before repeating.
    Unclear,
    /// The application asks for less; it did nothing. The whole connection waits.
    Throttled,
    /// There is no such object.
    Missing,
    /// Another object holds a value that must be unique: match again.
    Exists,
    /// The application will not take this; it needs another value, mapping or setting.
    Rejected,
    /// The application cannot do this at all.
    Unsupported,
    /// The credentials are refused or lack permission: halt the connection.
    Refused,
    /// The host cannot be found, reached or trusted: nothing was sent.
    Unreachable,
}

/// Why a call did not do what it was to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    /// What to do about it.
    pub class: Class,
    /// A stable code that history and the console group by, such as `rate.limited`.
    pub code: &'static str,
    /// The answer's status; `None` when there was none.
    pub status: Option<u16>,
    /// The application's `scimType` (RFC 7644 section 3.12).
    pub scim_type: Option<String>,
    /// Our sentence, then theirs. Without secrets.
    pub detail: String,
    /// How long the application asks to be left alone; within 1 s … 1 h.
    pub retry_after: Option<Duration>,
    /// What was sent and what came back.
    pub exchange: Exchange,
}

impl Fault {
    /// A fault without an answer's complaint.
    pub(crate) fn new(class: Class, code: &'static str, detail: String, exchange: Exchange) -> Self {
        Self {
            class,
            code,
            status: exchange.status,
            scim_type: None,
            detail: cut(detail, DETAIL),
            retry_after: None,
            exchange,
        }
    }

    /// An answer of success that cannot be understood: it was probably done.
    pub(crate) fn unparsable(why: &str, exchange: Exchange) -> Self {
        let detail = format!("the answer to {} {} is not usable: {why}", exchange.method, exchange.path);
        Self::new(Class::Unclear, "reply.unparsable", detail, exchange)
    }

    /// No answer. Only a create is unclear: the other methods may be repeated (RFC 9110 section 9.2.2;
    /// a PATCH of ours states values, so repeating it gives the same).
    pub(crate) fn unanswered(error: &TransportError, exchange: Exchange) -> Self {
        use TransportError as E;
        let class = match error {
            E::TooLarge | E::Garbled(_) => Class::Unclear,
            E::Timeout { sent: true } | E::Closed { sent: true } if exchange.method == "POST" => Class::Unclear,
            E::Timeout { sent: true } | E::Closed { .. } => Class::Retry,
            E::Timeout { sent: false }
            | E::AddressRefused { .. }
            | E::UrlRefused(_)
            | E::Dns { .. }
            | E::Connect { .. }
            | E::Tls(_) => Class::Unreachable,
        };
        let detail = format!("{} {} failed: {error}", exchange.method, exchange.path);
        Self::new(class, error.code(), detail, exchange)
    }

    /// An answer that is no success.
    pub(crate) fn answered(
        refusal: &Refusal<'_>,
        complaint: Complaint,
        retry_after: Option<Duration>,
        exchange: Exchange,
    ) -> Self {
        let (class, code, sentence) = refusal.verdict(&complaint, retry_after.is_some());
        let mut detail = format!("{sentence} ({} {}: {})", exchange.method, exchange.path, refusal.status);
        if refusal.html {
            detail.push_str(": the answer is an HTML page");
        } else if let Some(theirs) = &complaint.detail {
            detail.push_str(": ");
            detail.push_str(theirs);
        }
        Self { scim_type: complaint.scim_type, retry_after, ..Self::new(class, code, detail, exchange) }
    }
}

/// What was asked and how it was refused.
pub(crate) struct Refusal<'a> {
    pub(crate) method: &'a Method,
    /// One object by its id, not an endpoint as a whole.
    pub(crate) one: bool,
    pub(crate) status: u16,
    pub(crate) html: bool,
}

impl Refusal<'_> {
    /// Class, code and our sentence.
    fn verdict(&self, complaint: &Complaint, told_to_wait: bool) -> (Class, &'static str, &'static str) {
        let create = self.method == Method::POST;
        // A server's fault may come after the work was done.
        let server = if create { Class::Unclear } else { Class::Retry };
        match self.status {
            300..=399 => (
                Class::Rejected,
                "redirect_refused",
                "the application points elsewhere; its own address must be configured",
            ),
            401 => (Class::Refused, "auth.invalid", "the application refused the credentials"),
            402 => (Class::Rejected, "licence.full", "the application wants a licence for this"),
            403 => (Class::Refused, "auth.forbidden", "the credentials lack permission for this call"),
            // A page for people does not come from the SCIM service: it says that there is no such
            // route, not that there is no such object (Google, HTML 404 for every PUT).
            404 if self.html => (Class::Unsupported, "cap.unsupported", "the application has no such route"),
            404 | 410 if self.one => (Class::Missing, "link.missing", "the application has no such object"),
            404 | 405 | 410 | 501 => {
                (Class::Unsupported, "cap.unsupported", "the application does not support this call")
            }
            408 => (server, "net.timeout", "the application gave up waiting for the request"),
            409 if self.method == Method::DELETE => {
                (Class::Rejected, "value.invalid", "the application will not delete this object now")
            }
            409 => (Class::Exists, "conflict.unique", "the application already has an object with such a value"),
            412 => (Class::Retry, "version.conflict", "the object was changed meanwhile"),
            413 | 507 => (Class::Rejected, "quota.target", "this is more than the application takes"),
            425 | 429 => (Class::Throttled, "rate.limited", "the application asks for fewer requests"),
            503 if told_to_wait => (Class::Throttled, "app.unavailable", "the application asks to come back later"),
            502..=504 => (server, "app.unavailable", "the application is not available"),
            500..=599 => (server, "app.error", "the application failed on this request"),
            400..=499 => self.rejected(complaint),
            _ => (Class::Unclear, "reply.unparsable", "the application answered with an unknown status"),
        }
    }

    fn rejected(&self, complaint: &Complaint) -> (Class, &'static str, &'static str) {
        let says = |word: &str| complaint.scim_type.as_deref().is_some_and(|t| t.eq_ignore_ascii_case(word));
        if says("uniqueness") {
            return (Class::Exists, "conflict.unique", "the application already has an object with such a value");
        }
        if self.method == Method::GET && !self.one && (says("invalidFilter") || says("tooMany")) {
            return (Class::Unsupported, "cap.filter", "the application does not take this filter");
        }
        if says("invalidPath") || says("noTarget") {
            return (Class::Rejected, "schema.unknown_attr", "the application has no such attribute");
        }
        if says("mutability") {
            return (Class::Rejected, "mutability", "the application does not let this attribute be changed");
        }
        let missing = complaint.detail.as_deref().is_some_and(|detail| {
            let detail = detail.to_lowercase();
            ["required", "mandatory", "missing"].iter().any(|word| detail.contains(word))
        });
        if missing {
            return (Class::Rejected, "value.required", "the application needs a value");
        }
        (Class::Rejected, "value.invalid", "the application refused a value")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(method: Method, one: bool, status: u16, scim_type: Option<&str>) -> (Class, &'static str) {
        let complaint = Complaint { scim_type: scim_type.map(str::to_owned), detail: None };
        let (class, code, _) = Refusal { method: &method, one, status, html: false }.verdict(&complaint, false);
        (class, code)
    }

    #[test]
    fn only_a_create_is_unclear_after_a_servers_fault() {
        for status in [408, 500, 502, 503, 504, 599] {
            assert_eq!(judged(Method::POST, false, status, None).0, Class::Unclear, "{status}");
            for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
                assert_eq!(judged(method, true, status, None).0, Class::Retry, "{status}");
            }
        }
    }

    #[test]
    fn every_status_has_a_verdict_and_none_is_success() {
        for status in 0..=999 {
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                for one in [true, false] {
                    let (class, code) = judged(method.clone(), one, status, None);
                    assert!(!code.is_empty());
                    assert_eq!(class == Class::Refused, matches!(status, 401 | 403), "{status}");
                }
            }
        }
    }

    #[test]
    fn missing_is_about_an_object_not_an_endpoint() {
        assert_eq!(judged(Method::PATCH, true, 404, None), (Class::Missing, "link.missing"));
        assert_eq!(judged(Method::GET, true, 410, None), (Class::Missing, "link.missing"));
        assert_eq!(judged(Method::POST, false, 404, None), (Class::Unsupported, "cap.unsupported"));
        assert_eq!(judged(Method::GET, false, 404, None), (Class::Unsupported, "cap.unsupported"));
    }

    #[test]
    fn scim_types() {
        for (scim_type, class, code) in [
            ("uniqueness", Class::Exists, "conflict.unique"),
            ("invalidPath", Class::Rejected, "schema.unknown_attr"),
            ("noTarget", Class::Rejected, "schema.unknown_attr"),
            ("mutability", Class::Rejected, "mutability"),
            ("invalidValue", Class::Rejected, "value.invalid"),
            ("invalidFilter", Class::Rejected, "value.invalid"),
        ] {
            assert_eq!(judged(Method::PATCH, true, 400, Some(scim_type)), (class, code), "{scim_type}");
        }
        assert_eq!(judged(Method::GET, false, 400, Some("invalidFilter")), (Class::Unsupported, "cap.filter"));
    }
}
