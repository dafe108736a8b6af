//! One request and its answer, fit to be shown: without secrets.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// What is shown in place of a secret.
const MASK: &str = "********";

/// How much of an answer is kept, in bytes.
const KEPT: usize = 4096;

/// One HTTP exchange as history keeps it. Headers are not in it, passwords and credentials are
/// masked wherever they appear.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method, such as `PATCH`.
    pub method: String,
    /// Path and query below the base URL, such as `/Users/42`; without the base URL's own query.
    pub path: String,
    /// The answer's status; `None` when there was none.
    pub status: Option<u16>,
    /// From sending to the last byte, or to giving up.
    pub duration: Duration,
    /// The body that was sent.
    pub request: Option<Value>,
    /// The first 4 KiB of the answer's body; `None` when it was empty.
    pub response: Option<String>,
}

/// Texts that must not be shown: the credentials, and the passwords met on the way.
#[derive(Default)]
pub(crate) struct Secrets<'a> {
    known: &'a [SecretString],
    met: Vec<SecretString>,
}

/// The spellings in which a secret may come back: as it is, and as a JSON string has it.
pub(crate) fn spellings(secret: &str) -> Vec<SecretString> {
    if secret.is_empty() {
        return Vec::new();
    }
    let quoted = Value::from(secret).to_string();
    let escaped = &quoted[1..quoted.len() - 1];
    if escaped == secret { vec![secret.into()] } else { vec![escaped.into(), secret.into()] }
}

impl<'a> Secrets<'a> {
    /// `known` in all their [`spellings`].
    pub(crate) fn new(known: &'a [SecretString]) -> Self {
        Self { known, met: Vec::new() }
    }

    /// Replaces every secret in a text.
    pub(crate) fn conceal(&self, mut text: String) -> String {
        for secret in self.known.iter().chain(&self.met).map(ExposeSecret::expose_secret) {
            if text.contains(secret) {
                text = text.replace(secret, MASK);
            }
        }
        text
    }

    /// Masks every password in a body, and remembers it, for the answer may repeat it.
    pub(crate) fn mask(&mut self, body: &mut Value) {
        match body {
            Value::Object(object) => {
                let at_password = object.get("path").and_then(Value::as_str).is_some_and(names_password);
                for (name, value) in object.iter_mut() {
                    if names_password(name) || (at_password && name == "value") {
                        self.take(value);
                    } else {
                        self.mask(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask(item)),
            _ => {}
        }
    }

    fn take(&mut self, value: &mut Value) {
        if let Value::String(password) = value {
            self.met.extend(spellings(password));
        }
        if !value.is_null() {
            *value = Value::from(MASK);
        }
    }

    /// The part of an answer that is kept. `json` is the same body when it could be read.
    pub(crate) fn excerpt(&mut self, body: &[u8], json: Option<&Value>) -> Option<String> {
        if body.is_empty() {
            return None;
        }
        // Secrets are longer than nothing, so look a little past the cut to find those across it.
        let window = &body[..body.len().min(2 * KEPT)];
        let text = match json {
            Some(json) if mentions_password(window) => {
                let mut masked = json.clone();
                self.mask(&mut masked);
                masked.to_string()
            }
            _ => String::from_utf8_lossy(window).into_owned(),
        };
        Some(cut(self.conceal(text), KEPT))
    }
}

/// At most `limit` bytes of a text, cut between characters.
pub(crate) fn cut(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
    }
    text
}

/// `password`, in any case, also behind a URN.
fn names_password(name: &str) -> bool {
    let last = name.rsplit([':', '.']).next().unwrap_or(name);
    last.eq_ignore_ascii_case("password")
}

fn mentions_password(text: &[u8]) -> bool {
    const WORD: &[u8] = b"password";
    text.windows(WORD.len()).any(|w| matches!(w[0], b'p' | b'P') && w.eq_ignore_ascii_case(WORD))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(mut body: Value) -> Value {
        Secrets::default().mask(&mut body);
        body
    }

    #[test]
    fn passwords_are_masked_wherever_they_are() {
        assert_eq!(masked(json!({"userName": "ana", "Password": "s3"})), json!({"userName": "ana", "Password": MASK}));
        assert_eq!(
            masked(
                json!({"Operations": [{"op": "replace", "path": "password", "value": "s3"}, {"op": "add", "value": {"password": "s4"}}]})
            ),
            json!({"Operations": [{"op": "replace", "path": "password", "value": MASK}, {"op": "add", "value": {"password": MASK}}]})
        );
        assert_eq!(
            masked(json!({"path": "urn:x:2.0:User:password", "value": "s"})),
            json!({"path": "urn:x:2.0:User:password", "value": MASK})
        );
        let harmless = json!({"path": "title", "value": "password", "changePassword": {"supported": true}});
        assert_eq!(masked(harmless.clone()), harmless);
    }

    #[test]
    fn an_echo_of_a_secret_is_masked() {
        let known = spellings("tok\"en");
        let mut secrets = Secrets::new(&known);
        secrets.mask(&mut json!({"password": "hunter2"}));
        let shown = secrets.excerpt(br#"{"detail":"hunter2 is short; Bearer tok\"en"}"#, None).unwrap();
        assert_eq!(shown, format!(r#"{{"detail":"{MASK} is short; Bearer {MASK}"}}"#));
    }

    #[test]
    fn a_password_in_an_answer_is_masked() {
        let answer = json!({"id": "1", "password": "hash"});
        let shown = Secrets::default().excerpt(answer.to_string().as_bytes(), Some(&answer)).unwrap();
        assert_eq!(shown, json!({"id": "1", "password": MASK}).to_string());
    }

    #[test]
    fn excerpts_are_short_and_whole_characters() {
        assert_eq!(Secrets::default().excerpt(b"", None), None);
        let shown = Secrets::default().excerpt(&"é".repeat(10_000).into_bytes(), None).unwrap();
        assert!(shown.len() <= KEPT && shown.chars().all(|c| c == 'é'));
        let across = format!("{}{}", "x".repeat(KEPT - 3), "topsecret");
        let known = spellings("topsecret");
        let shown = Secrets::new(&known).excerpt(across.as_bytes(), None).unwrap();
        assert!(!shown.contains("top"));
    }
}
