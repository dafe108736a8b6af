//! What requests said and were answered, for an administrator who asked to see it: redacted, short, and only for a
//! while.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use serde_json::Value;

/// So much of a body is looked at, in bytes. What is longer can't be redacted, and so is not kept.
const MOST: usize = 256 * 1024;
/// So much of it is kept.
const KEPT: usize = 64 * 1024;

/// What has come of a body.
pub(super) type Copied = Arc<Mutex<Vec<u8>>>;

/// A body that is copied while it is read.
struct Tee {
    body: Body,
    copied: Copied,
}

/// Copy a body while it is read.
pub(super) fn copy(body: Body) -> (Body, Copied) {
    let copied = Copied::default();
    (Body::new(Tee { body, copied: Arc::clone(&copied) }), copied)
}

impl HttpBody for Tee {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
            let mut copied = self.copied.lock().unwrap_or_else(PoisonError::into_inner);
            // One byte more than is looked at tells that there was more.
            let room = (MOST + 1).saturating_sub(copied.len());
            copied.extend_from_slice(&data[..data.len().min(room)]);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What is kept of a body that was copied.
pub(super) fn asked(copied: &Copied) -> Option<String> {
    kept(&copied.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What is kept of an answer, and the answer as it was.
pub(super) async fn answered(body: Body) -> (Option<String>, Body) {
    // Our own answers are whole already.
    match body.collect().await {
        Ok(collected) => {
            let bytes = collected.to_bytes();
            (kept(&bytes), Body::from(bytes))
        }
        Err(_) => (None, Body::empty()),
    }
}

fn kept(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return None;
    }
    if bytes.len() > MOST {
        return Some(format!("not kept: it has more than {MOST} bytes"));
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
        return Some(format!("not kept: its {} bytes are not JSON", bytes.len()));
    };
    redact(&mut value);
    let mut text = value.to_string();
    if text.len() > KEPT {
        let end = (0..=KEPT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let more = text.len() - end;
        text.truncate(end);
        text += &format!("… and {more} bytes more");
    }
    Some(text)
}

/// What nobody should read afterwards.
const HIDDEN: &str = "[hidden]";

/// Whether a name, or a path, is of something secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    ["password", "secret", "token", "credential", "authorization"].iter().any(|word| name.contains(word))
}

/// Hide secrets, wherever they stand: by their name, by the path of a PATCH operation, in a filter that asks about one,
/// and inside texts that hold JSON.
fn redact(value: &mut Value) {
    match value {
        Value::Object(object) => {
            let by_path = object
                .iter()
                .any(|(name, path)| name.eq_ignore_ascii_case("path") && path.as_str().is_some_and(is_secret));
            for (name, value) in object.iter_mut() {
                let asks = name.eq_ignore_ascii_case("filter") && value.as_str().is_some_and(is_secret);
                if is_secret(name) || asks || (by_path && name.eq_ignore_ascii_case("value")) {
                    *value = HIDDEN.into();
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            if let Ok(mut inner) = serde_json::from_str::<Value>(text) {
                redact(&mut inner);
                *text = inner.to_string();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let body = json!({"userName": "ana", "Password": "s3cret", "Operations": [
            {"op": "replace", "path": "password", "value": "s3cret"},
            {"op": "add", "value": {"password": "s3cret", "title": "Eng"}},
            {"op": "add", "value": "{\"password\":\"s3cret\"}"},
            {"method": "POST", "data": {"urn:x:User": {"apiToken": ["s3cret"]}}}],
            "filter": "password eq \"s3cret\""});
        let text = kept(body.to_string().as_bytes()).unwrap();
        assert!(!text.contains("s3cret") && text.contains("ana") && text.contains("Eng"), "{text}");
        assert_eq!(kept(b"password=s3cret").as_deref(), Some("not kept: its 15 bytes are not JSON"));
        assert_eq!(kept(b""), None);
        let long = kept(json!({"title": "x".repeat(KEPT)}).to_string().as_bytes()).unwrap();
        assert!(long.len() < KEPT + 40 && long.ends_with("bytes more"));
        assert!(kept(&vec![b'1'; MOST + 1]).unwrap().starts_with("not kept"));
    }
}
