//! The base URL of an application's SCIM service, and the addresses under it.

use url::Url;

use crate::TransportError;

/// Longest id that is used in a path or stored (trust: a hostile service may send any length).
pub(crate) const ID_LIMIT: usize = 512;

/// A base URL: path kept in its exact case without a trailing slash, query kept
/// and appended to every address (services that carry a tenant in it), fragment dropped.
pub(crate) struct Base {
    prefix: String,
    query: Option<String>,
}

impl Base {
    pub(crate) fn new(mut url: Url) -> Self {
        let query = url.query().filter(|q| !q.is_empty()).map(str::to_owned);
        url.set_query(None);
        url.set_fragment(None);
        let prefix = url.as_str().trim_end_matches('/').to_owned();
        Self { prefix, query }
    }

    /// The address of `path`, which starts with a slash and may have a query.
    pub(crate) fn url(&self, path: &str) -> Result<Url, TransportError> {
        let mut text =
            String::with_capacity(self.prefix.len() + path.len() + self.query.as_ref().map_or(0, |q| q.len() + 1));
        text.push_str(&self.prefix);
        text.push_str(path);
        if let Some(query) = &self.query {
            text.push(if path.contains('?') { '&' } else { '?' });
            text.push_str(query);
        }
        Url::parse(&text).map_err(|e| TransportError::UrlRefused(e.to_string()))
    }
}

/// `/Users`: the path of an endpoint, with or without a slash of its own.
pub(crate) fn collection(endpoint: &str) -> String {
    let mut path = String::with_capacity(64);
    path.push('/');
    path.push_str(endpoint.trim_matches('/'));
    path
}

/// `/Users/{id}` with the id as exactly one segment; `None` for an id that cannot be one:
/// empty (it would address everyone), dots (URLs take them as directions), or too long.
pub(crate) fn one(endpoint: &str, id: &str) -> Option<String> {
    if !is_usable_id(id) {
        return None;
    }
    let mut path = collection(endpoint);
    path.push('/');
    encode(&mut path, id);
    Some(path)
}

/// Whether an application's id can be stored and addressed.
pub(crate) fn is_usable_id(id: &str) -> bool {
    !id.trim().is_empty() && id != "." && id != ".." && id.chars().nth(ID_LIMIT).is_none()
}

/// Appends one query parameter.
pub(crate) fn parameter(path: &mut String, name: &str, value: &str) {
    path.push(if path.contains('?') { '&' } else { '?' });
    path.push_str(name);
    path.push('=');
    encode(path, value);
}

/// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3: right in a path
/// segment and in a query value alike (a `+` for a blank is not understood everywhere).
fn encode(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(base: &str, path: &str) -> String {
        Base::new(base.parse().unwrap()).url(path).unwrap().to_string()
    }

    #[test]
    fn path_and_query_of_the_base_are_kept() {
        for (base, path, expected) in [
            ("https://app.example", "/Users", "https://app.example/Users"),
            ("https://app.example/", "/Users", "https://app.example/Users"),
            ("https://app.example/Scim/V2/", "/Users", "https://app.example/Scim/V2/Users"),
            ("https://app.example/v2?tenant=7", "/Users", "https://app.example/v2/Users?tenant=7"),
            ("https://app.example/v2/?a=b#top", "/Users?count=1", "https://app.example/v2/Users?count=1&a=b"),
        ] {
            assert_eq!(url(base, path), expected);
        }
    }

    #[test]
    fn an_id_is_one_segment() {
        for id in [
            "a",
            "../../Users/1",
            "a/b",
            "a?b#c",
            "50%",
            "é ü",
            "a+b",
            "%2e%2e",
            "...",
            "urn:x:y",
            "a\\b",
            "a;b",
            "\u{0}",
        ] {
            let address = Base::new("https://app.example/v2".parse().unwrap()).url(&one("Users", id).unwrap()).unwrap();
            let segments: Vec<_> = address.path_segments().unwrap().collect();
            assert_eq!(segments.len(), 3, "{id}: {address}");
            assert!(address.query().is_none() && address.fragment().is_none(), "{id}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_usable_id_is_one_segment_that_decodes_to_itself(id in ".{1,40}") {
            if let Some(path) = one("Users", &id) {
                let address = Base::new("https://app.example/v2".parse().unwrap()).url(&path).unwrap();
                let segments: Vec<_> = address.path_segments().unwrap().collect();
                assert_eq!(segments.len(), 3, "{address}");
                // Blanks and plus signs are both encoded, so that the form decoder reads segments, too.
                let decoded = url::form_urlencoded::parse(segments[2].as_bytes()).next().unwrap().0;
                assert_eq!(decoded, id);
            } else {
                assert!(!is_usable_id(&id));
            }
        }
    }

    #[test]
    fn ids_that_cannot_be_addressed() {
        for id in ["", " ", ".", "..", &"x".repeat(513)] {
            assert!(one("Users", id).is_none(), "{id}");
        }
        assert!(one("Users", &"é".repeat(512)).is_some());
    }

    #[test]
    fn encoding_and_decoding_give_the_same_text() {
        let text = "userName eq \"a+b & c=d\\u00e9 é\"";
        let mut path = collection("/Users");
        parameter(&mut path, "filter", text);
        parameter(&mut path, "count", "5");
        let address = Base::new("https://app.example/v2?t=1".parse().unwrap()).url(&path).unwrap();
        let pairs: Vec<_> = address.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        let expected = [("filter", text), ("count", "5"), ("t", "1")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(pairs, expected);
    }
}
