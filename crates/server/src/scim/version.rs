//! Versions: ETags and the conditions on them (RFC 7644 section 3.14, RFC 9110 section 13).

use axum::http::{HeaderMap, HeaderName, header};
use directory::record::Precondition;

/// The ETag of a version.
pub(super) fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The versions that a write may meet, by `If-Match`. A malformed tag fits none.
pub(super) fn if_match(headers: &HeaderMap) -> Precondition {
    match tags(headers, header::IF_MATCH) {
        Tags::Absent | Tags::Any => None,
        Tags::These(versions) => Some(versions),
    }
}

/// The same by the `version` of a bulk operation.
pub(super) fn of_operation(version: Option<&str>) -> Precondition {
    version.filter(|text| text.trim() != "*").map(|text| text.split(',').filter_map(tag).collect())
}

/// Whether the client has this version already, by `If-None-Match`.
pub(super) fn is_known(headers: &HeaderMap, version: i64) -> bool {
    match tags(headers, header::IF_NONE_MATCH) {
        Tags::Absent => false,
        Tags::Any => true,
        Tags::These(versions) => versions.contains(&version),
    }
}

enum Tags {
    Absent,
    Any,
    These(Vec<i64>),
}

fn tags(headers: &HeaderMap, name: HeaderName) -> Tags {
    let mut lines = headers.get_all(name).iter().peekable();
    if lines.peek().is_none() {
        return Tags::Absent;
    }
    let text: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    if text.iter().any(|line| line.trim() == "*") {
        return Tags::Any;
    }
    Tags::These(text.iter().flat_map(|line| line.split(',')).filter_map(tag).collect())
}

/// `W/"7"`; strong as well, because some clients drop the `W/`.
fn tag(text: &str) -> Option<i64> {
    let text = text.trim();
    let quoted = text.strip_prefix("W/").or_else(|| text.strip_prefix("w/")).unwrap_or(text);
    quoted.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, axum::http::HeaderValue::from_static(value))])
    }

    #[test]
    fn conditions_are_read() {
        let condition = |value| if_match(&with(header::IF_MATCH, value));
        assert_eq!(if_match(&HeaderMap::new()), None);
        assert_eq!(condition("*"), None);
        assert_eq!(condition("W/\"7\""), Some(vec![7]));
        assert_eq!(condition("\"7\", W/\"8\""), Some(vec![7, 8]));
        assert_eq!(condition("seven"), Some(vec![]), "a malformed tag fits no version");
        assert!(is_known(&with(header::IF_NONE_MATCH, "W/\"7\""), 7));
        assert!(!is_known(&with(header::IF_NONE_MATCH, "W/\"7\""), 8));
        assert_eq!(if_match(&with(header::IF_MATCH, "W/\"7\"")), Some(vec![7]));
        assert_eq!(condition(&*Box::leak(etag(9).into_boxed_str())), Some(vec![9]), "what we give out is read back");
    }
}
