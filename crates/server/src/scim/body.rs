//! Bodies of requests: read within limits of size and time.

use std::time::{Duration, Instant};

use ::scim::{Error, json};
use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use directory::Kind;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde_json::Value;
use tokio::time::timeout;

/// How a body must arrive.
struct Pace {
    /// So long it may take altogether.
    whole: Duration,
    /// So long it may take its time.
    start: Duration,
    /// From then on so long for each KiB.
    kib: Duration,
}

const PACE: Pace = Pace { whole: Duration::from_secs(30), start: Duration::from_secs(5), kib: Duration::from_secs(1) };
/// So long, and so much, is read and thrown away of a body that nobody wanted, before the connection is closed.
/// Closing at once would reset it, and the client might lose our answer.
const LINGER: (Duration, usize) = (Duration::from_secs(2), 32 * 1024 * 1024);

/// How large a body may be: in bytes, and in its structure.
pub(super) type Limits = (usize, json::Limits);

/// The limits of a body that is, or is about, one resource.
pub(super) fn limits(kind: Kind) -> Limits {
    match kind {
        Kind::Group => (8 * 1024 * 1024, json::Limits::groups()),
        Kind::User | Kind::Membership | Kind::Custom(_) => (1024 * 1024, json::Limits::default()),
    }
}

/// Read a body as JSON. It is taken out of `body` only when it was read to its end.
///
/// # Errors
/// 415 for another media type or an encoding, 413 beyond the limit, 408 when it takes too long,
/// `invalidSyntax` when it is not JSON within limits.
pub(super) async fn read(
    body: &mut Option<Body>,
    headers: &HeaderMap,
    (limit, limits): Limits,
) -> Result<Value, Error> {
    check_type(headers)?;
    let bytes = match body {
        Some(open) => collect(open, limit, &PACE).await?,
        None => Bytes::new(),
    };
    *body = None;
    json::read(&bytes, &limits)
}

fn check_type(headers: &HeaderMap) -> Result<(), Error> {
    let unsupported = |detail: &str| Err(Error::new(415, None, detail));
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return unsupported("bodies with a Content-Encoding are not read: send it as it is");
    }
    let Some(media_type) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let mut parts = media_type.to_str().unwrap_or_default().split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    if !["application/scim+json", "application/json"].iter().any(|known| media_type.eq_ignore_ascii_case(known)) {
        return unsupported("the Content-Type of a body must be application/scim+json or application/json");
    }
    let charset = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    match charset.map(|(_, charset)| charset.trim_matches('"')) {
        Some(other) if !["utf-8", "utf8", "us-ascii"].iter().any(|known| other.eq_ignore_ascii_case(known)) => {
            unsupported("JSON is UTF-8 (RFC 8259 section 8.1): no other charset is read")
        }
        _ => Ok(()),
    }
}

fn too_slow() -> Error {
    let detail = format!("a body must arrive within {} seconds, and at 1024 bytes a second", PACE.whole.as_secs());
    Error::new(408, None, detail)
}

async fn collect(body: &mut Body, limit: usize, pace: &Pace) -> Result<Bytes, Error> {
    let too_large = || Error::new(413, None, format!("the body may have at most {limit} bytes"));
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let mut whole = BytesMut::new();
    let started = Instant::now();
    loop {
        let received = u32::try_from(whole.len() / 1024).unwrap_or(u32::MAX);
        let due = pace.start.saturating_add(pace.kib.saturating_mul(received)).min(pace.whole);
        let frame = timeout(due.saturating_sub(started.elapsed()), body.frame()).await.map_err(|_| too_slow())?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| Error::invalid_syntax("the body ended before its end"))?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(too_large());
        }
        if whole.is_empty() && body.is_end_stream() {
            // Nearly all bodies come in one piece, which needs no copy.
            return Ok(data);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// Read what is still coming and throw it away, for a moment, behind the answer.
pub(super) fn linger(mut body: Body) {
    if body.is_end_stream() {
        return;
    }
    let (time, mut rest) = LINGER;
    tokio::spawn(timeout(time, async move {
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            let Some(left) = rest.checked_sub(length) else { break };
            rest = left;
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// A body of so many pieces of so many bytes, each after so long.
    fn dripping(pieces: usize, bytes: usize, pause: Duration) -> Body {
        Body::from_stream(futures::stream::unfold(pieces, move |left| async move {
            tokio::time::sleep(pause).await;
            left.checked_sub(1).map(|left| (Ok::<_, Infallible>(Bytes::from(vec![b' '; bytes])), left))
        }))
    }

    async fn read_of(mut body: Body, limit: usize) -> Result<usize, u16> {
        // Fifty times as fast as a client must be.
        let millis = Duration::from_millis;
        let pace = Pace { whole: millis(600), start: millis(100), kib: millis(20) };
        collect(&mut body, limit, &pace).await.map(|bytes| bytes.len()).map_err(|error| error.status)
    }

    #[tokio::test]
    async fn a_body_has_its_time_and_a_pace() {
        const KIB: usize = 1024;
        let (pause, large) = (Duration::from_millis(20), 999 * KIB);
        assert_eq!(read_of(dripping(10, 4 * KIB, pause), 64 * KIB).await, Ok(40 * KIB), "fast enough");
        assert_eq!(read_of(dripping(60, 4 * KIB, pause), large).await, Err(408), "for too long");
        assert_eq!(
            read_of(dripping(20, KIB / 2, pause), large).await,
            Err(408),
            "soon enough, and too slow on its way"
        );
        assert_eq!(read_of(dripping(1, KIB, Duration::from_millis(300)), large).await, Err(408), "nothing at first");
        assert_eq!(read_of(dripping(3, KIB, Duration::ZERO), 2 * KIB).await, Err(413));
    }
}
