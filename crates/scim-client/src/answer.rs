//! Reading an answer: its kind, its JSON, its complaint.

use ::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use scim::Object;
use scim::json::Limits;
use serde_json::Value;

use crate::Response;
use crate::base::is_usable_id;

/// How much structure one answer may have: a group may come with all its members.
const LIMITS: Limits = Limits { depth: 64, keys: 1_000, array: 100_000 };

/// What an answer's body is.
pub(crate) enum Body {
    /// Nothing, as with 204.
    Empty,
    /// JSON, said to be so.
    Json(Value),
    /// An HTML page: from a proxy, a sign-in page, or a router that knows no such path.
    Html,
    /// Anything else that is no usable JSON; why, in words.
    Unreadable(String),
}

impl Body {
    /// Parses only what is said to be JSON, or what begins like an object and says nothing.
    pub(crate) fn read(response: &Response) -> Self {
        let bytes = response.body.trim_ascii();
        if bytes.is_empty() {
            return Self::Empty;
        }
        if response.headers.get(CONTENT_ENCODING).is_some_and(|v| v.as_bytes() != b"identity") {
            return Self::Unreadable("it is compressed, which was not asked for".to_owned());
        }
        let kind = response.headers.get(CONTENT_TYPE).map(|v| v.to_str().unwrap_or_default());
        match kind.map(|k| k.split(';').next().unwrap_or_default().trim()) {
            Some(k) if is_json(k) => Self::parse(bytes),
            None if matches!(bytes[0], b'{' | 0xEF) => Self::parse(bytes),
            Some(k) if k.eq_ignore_ascii_case("text/html") || k.eq_ignore_ascii_case("application/xhtml+xml") => {
                Self::Html
            }
            None if bytes[0] == b'<' => Self::Html,
            k => Self::Unreadable(format!("its content type is {:?}, not JSON", k.unwrap_or_default())),
        }
    }

    fn parse(bytes: &[u8]) -> Self {
        // Some .NET services begin their answers with a byte order mark.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match scim::json::read(bytes, &LIMITS) {
            Ok(value) => Self::Json(value),
            Err(error) => Self::Unreadable(error.detail),
        }
    }

    pub(crate) fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            _ => None,
        }
    }

    /// The resource or message in the body of a success.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(crate) fn into_object(self) -> Result<Object, String> {
        match self {
            Self::Json(Value::Object(object)) if is_error(&object) => {
                Err("it is an error message under a status of success".to_owned())
            }
            Self::Json(Value::Object(object)) => Ok(object),
            Self::Json(_) => Err("it is no JSON object".to_owned()),
            Self::Empty => Err("it is empty".to_owned()),
            Self::Html => Err("it is an HTML page".to_owned()),
            Self::Unreadable(why) => Err(why),
        }
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.as_bytes();
    let ends = |end: &[u8]| kind.len() >= end.len() && kind[kind.len() - end.len()..].eq_ignore_ascii_case(end);
    ends(b"/json") || ends(b"+json")
}

fn is_error(object: &Object) -> bool {
    let schemas = member(object, "schemas").or_else(|| member(object, "schema"));
    let is =
        |v: &Value| v.as_str().is_some_and(|s| s.eq_ignore_ascii_case("urn:ietf:params:scim:api:messages:2.0:Error"));
    match schemas {
        Some(Value::Array(list)) => list.iter().any(is),
        Some(one) => is(one),
        None => false,
    }
}

/// A member by its name; in another case when there is none in this (`resources`, Entra's SCIM API).
pub(crate) fn member<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The id in a resource, if it can be stored and addressed.
pub(crate) fn id(object: &Object) -> Option<&str> {
    member(object, "id").and_then(Value::as_str).filter(|id| is_usable_id(id))
}

/// What an application says about a failure.
#[derive(Default)]
pub(crate) struct Complaint {
    pub(crate) scim_type: Option<String>,
    pub(crate) detail: Option<String>,
}

impl Complaint {
    /// From a SCIM Error (RFC 7644 section 3.12), or from what other kinds of APIs send.
    pub(crate) fn read(body: &Body, raw: &[u8]) -> Self {
        let Some(object) = body.json().and_then(Value::as_object) else {
            // A short text is worth showing, a page is not.
            let text = String::from_utf8_lossy(&raw[..raw.len().min(300)]);
            let plain = matches!(body, Body::Unreadable(_)) && !text.contains('\u{FFFD}');
            return Self { scim_type: None, detail: plain.then(|| text.trim().to_owned()).filter(|t| !t.is_empty()) };
        };
        let text = |object: &Object, name| {
            member(object, name).and_then(Value::as_str).filter(|t| !t.trim().is_empty()).map(str::to_owned)
        };
        let words = |object: &Object| {
            ["detail", "message", "error_description", "description", "error", "title"]
                .iter()
                .find_map(|name| text(object, name))
        };
        // Some wrap it: {"error": {"message": …}}, {"Errors": [{"description": …}]}.
        let wrapped = || {
            let inner = member(object, "error").or_else(|| member(object, "errors"))?;
            words(inner.as_object().or_else(|| inner.get(0)?.as_object())?)
        };
        Self { scim_type: text(object, "scimType"), detail: words(object).or_else(wrapped) }
    }
}

#[cfg(test)]
mod tests {
    use ::http::{HeaderMap, HeaderValue};
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn response(kind: Option<&str>, body: &'static [u8]) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        }
        Response { status: 200, headers, body: Bytes::from_static(body) }
    }

    fn detail(body: Value) -> Option<String> {
        Complaint::read(&Body::Json(body), b"").detail
    }

    #[test]
    fn json_only_when_it_says_so() {
        for kind in [
            "application/scim+json",
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/problem+json",
            "text/json",
        ] {
            assert!(matches!(Body::read(&response(Some(kind), b"{}")), Body::Json(_)), "{kind}");
        }
        for kind in ["text/plain", "application/xml", "application/jsonp", ""] {
            assert!(matches!(Body::read(&response(Some(kind), b"{}")), Body::Unreadable(_)), "{kind}");
        }
        assert!(matches!(Body::read(&response(Some("text/html"), b"{}")), Body::Html));
        assert!(matches!(Body::read(&response(None, b" {}")), Body::Json(_)));
        assert!(matches!(Body::read(&response(None, b"<html>")), Body::Html));
        assert!(matches!(Body::read(&response(Some("text/html"), b" \n")), Body::Empty));
        assert!(matches!(Body::read(&response(None, b"\xEF\xBB\xBF{}")), Body::Json(_)));
    }

    #[test]
    fn hostile_json_is_unreadable() {
        let deep = "[".repeat(10_000).into_bytes();
        for body in [&b"{"[..], b"{\"a\":1}x", b"\"\xff\"", b"{\"a\":NaN}", b"{\"id\":\"1\",\"id\":\"2\"}", deep.leak()]
        {
            assert!(matches!(Body::read(&response(Some("application/json"), body)), Body::Unreadable(_)), "{body:?}");
        }
    }

    #[test]
    fn complaints_of_many_kinds() {
        assert_eq!(detail(json!({"detail": "no", "status": "400"})).as_deref(), Some("no"));
        assert_eq!(detail(json!({"Message": "no"})).as_deref(), Some("no"));
        assert_eq!(detail(json!({"error": "invalid_token", "error_description": "no"})).as_deref(), Some("no"));
        assert_eq!(detail(json!({"error": {"message": "no"}})).as_deref(), Some("no"));
        assert_eq!(detail(json!({"Errors": [{"description": "no"}]})).as_deref(), Some("no"));
        assert_eq!(detail(json!({"errors": []})), None);
        assert_eq!(detail(json!([1])), None);
    }
}
