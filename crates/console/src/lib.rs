#![doc = include_str!("../README.md")]

mod encoding;
mod file;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

use encoding::Encoding;
use file::{File, Files};

/// What a page of ours may do: load what we serve, talk to us, and nothing else. No inline script or style, no other
/// host, no frame around it.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const NOTICE: &str = include_str!("notice.html");
/// The vite build puts a hash of their content into the names of the files in here.
const HASHED: &str = "assets/";
/// Paths that are never pages: a program that gets one wrong must not be given HTML.
const NO_PAGES: [&str; 5] = [HASHED, "api/", "scim/", "metrics/", "."];

/// The answer to a request that nothing else serves: a file of the console, its start page for a path that the
/// console itself knows, or 404 and 405.
pub fn answer(method: &Method, path: &str, headers: &HeaderMap) -> Response<Bytes> {
    let mut response = match *method {
        Method::GET | Method::HEAD => look(&file::Embedded, path, headers),
        _ => refuse(StatusCode::METHOD_NOT_ALLOWED),
    };
    protect(response.headers_mut());
    response
}

fn look(files: &impl Files, path: &str, headers: &HeaderMap) -> Response<Bytes> {
    let name = path.trim_start_matches('/');
    // The compressed forms are not files of their own: their bytes would come with the wrong type.
    let is_compressed = Encoding::ALL.iter().any(|encoding| name.ends_with(encoding.suffix()));
    if let Some(file) = files.get(name).filter(|_| !is_compressed) {
        return serve(files, name, file, headers);
    }
    if NO_PAGES.iter().any(|place| name.starts_with(place) || name == place.trim_end_matches('/') && !name.is_empty()) {
        return refuse(StatusCode::NOT_FOUND);
    }
    match files.get("index.html") {
        Some(page) => serve(files, "index.html", page, headers),
        None => text(StatusCode::OK, "text/html; charset=utf-8", NOTICE),
    }
}

fn serve(files: &impl Files, name: &str, plain: File, headers: &HeaderMap) -> Response<Bytes> {
    let chosen = Encoding::choose(headers, |encoding| files.get(&format!("{name}{}", encoding.suffix())));
    let (encoding, file) = match chosen {
        Some((encoding, file)) => (Some(encoding), file),
        None => (None, plain),
    };
    let caching = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let etag = file.etag();
    let fresh = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*"));
    let mut response = Response::new(if fresh { Bytes::new() } else { file.content });
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        fields.insert(header::ETAG, etag);
    }
    if !fresh {
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(file::media_type(name)));
        if let Some(encoding) = encoding {
            fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
        }
    }
    response
}

fn refuse(status: StatusCode) -> Response<Bytes> {
    let mut response = text(status, "text/plain; charset=utf-8", status.canonical_reason().unwrap_or_default());
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

fn text(status: StatusCode, kind: &'static str, body: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The headers that keep a page to itself (OWASP ASVS 5.0 V3.4).
fn protect(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    impl Files for HashMap<&str, &'static str> {
        fn get(&self, name: &str) -> Option<File> {
            let content = self.get_key_value(name)?.1;
            let mut hash = [0; 32];
            hash[..content.len()].copy_from_slice(content.as_bytes());
            Some(File { content: Bytes::from_static(content.as_bytes()), hash })
        }
    }

    fn built() -> HashMap<&'static str, &'static str> {
        HashMap::from([
            ("index.html", "page"),
            ("index.html.br", "br page"),
            ("favicon.svg", "icon"),
            ("assets/index-a1b2.js", "script"),
            ("assets/index-a1b2.js.br", "br script"),
            ("assets/index-a1b2.js.gz", "gz script"),
        ])
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn files_come_with_their_type_and_may_be_kept_when_their_name_has_a_hash() {
        let response = look(&built(), "/assets/index-a1b2.js", &HeaderMap::new());
        assert_eq!((response.status(), response.body().as_ref()), (StatusCode::OK, &b"script"[..]));
        assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable");
        let response = look(&built(), "/favicon.svg", &HeaderMap::new());
        assert_eq!(
            (header(&response, "content-type"), header(&response, "cache-control")),
            ("image/svg+xml", "no-cache")
        );
    }

    #[test]
    fn the_best_form_that_the_browser_takes() {
        for (accepts, body, encoding) in [
            ("gzip, deflate, br, zstd", "br script", "br"),
            ("gzip", "gz script", "gzip"),
            ("br;q=0, gzip;q=0.5", "gz script", "gzip"),
            ("*", "br script", "br"),
            ("identity", "script", ""),
        ] {
            let response = look(&built(), "/assets/index-a1b2.js", &headers(&[("accept-encoding", accepts)]));
            assert_eq!(response.body().as_ref(), body.as_bytes(), "{accepts}");
            assert_eq!(header(&response, "content-encoding"), encoding, "{accepts}");
            assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
            assert_eq!(header(&response, "vary"), "accept-encoding");
        }
        assert_eq!(look(&built(), "/assets/index-a1b2.js.br", &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let first = look(&built(), "/", &HeaderMap::new());
        let etag: &'static str = header(&first, "etag").to_owned().leak();
        let again = look(&built(), "/", &headers(&[("if-none-match", etag)]));
        assert_eq!((again.status(), again.body().len()), (StatusCode::NOT_MODIFIED, 0));
        let other = look(&built(), "/", &headers(&[("if-none-match", etag), ("accept-encoding", "br")]));
        assert_eq!(other.status(), StatusCode::OK, "another form has another tag");
    }

    #[test]
    fn pages_of_the_console_are_its_start_page_and_nothing_else_is() {
        for path in ["/", "/users", "/users/ana.ruiz", "/apps/1/configure/attributes", "/apis"] {
            let response = look(&built(), path, &HeaderMap::new());
            assert_eq!((response.status(), response.body().as_ref()), (StatusCode::OK, &b"page"[..]), "{path}");
            assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
            assert_eq!(header(&response, "cache-control"), "no-cache");
        }
        for path in ["/assets/gone.js", "/assets", "/api/v1/x", "/scim", "/scim/v2", "/.env", "/.git/config"] {
            assert_eq!(look(&built(), path, &HeaderMap::new()).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn without_a_build_every_page_says_how_to_get_the_console() {
        let nothing: HashMap<&str, &str> = HashMap::new();
        let response = look(&nothing, "/users", &HeaderMap::new());
        assert_eq!(
            (response.status(), header(&response, "content-type")),
            (StatusCode::OK, "text/html; charset=utf-8")
        );
        assert!(std::str::from_utf8(response.body()).unwrap().contains("make run"));
        assert_eq!(look(&nothing, "/assets/x.js", &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn only_reads_and_always_protected() {
        let response = answer(&Method::POST, "/", &HeaderMap::new());
        assert_eq!((response.status(), header(&response, "allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
        for path in ["/", "/assets/none.js"] {
            let response = answer(&Method::GET, path, &HeaderMap::new());
            assert!(header(&response, "content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
            assert_eq!(header(&response, "x-content-type-options"), "nosniff");
            assert_eq!(header(&response, "referrer-policy"), "no-referrer");
        }
    }
}
