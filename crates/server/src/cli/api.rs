//! The admin API as the command line speaks to it.

use anyhow::{Context, bail};
use serde_json::Value;
use std::{env, time::Duration};
use ureq::http::{HeaderMap, Method, Request};

/// A server and the token for it.
pub struct Api {
    agent: ureq::Agent,
    base: String,
    token: String,
}

/// The longest answer that is read.
const ANSWER_LIMIT: u64 = 64 << 20;
/// So many items a list asks for at a time.
const PAGE: usize = 200;

impl Api {
    /// The server at `url`, with the token in `LOCKSTEP_TOKEN`. It has no flag, because every user of a machine can
    /// read the arguments of its processes.
    pub fn new(url: &str) -> anyhow::Result<Api> {
        let token = env::var("LOCKSTEP_TOKEN")
            .context("set LOCKSTEP_TOKEN to an API token: `lockstep admin token` makes one")?;
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        Ok(Api { agent, base: format!("{}/api/v1", url.trim_end_matches('/')), token: token.trim().to_owned() })
    }

    /// What is at a path.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None)
    }

    /// Post a body; an empty object when the answer has none.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, Some(body))
    }

    /// Put a body.
    pub fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::PUT, path, Some(body))
    }

    /// Change a part.
    pub fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::PATCH, path, Some(body))
    }

    /// Delete what is at a path.
    pub fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::DELETE, path, None)
    }

    /// What is at a path as text, such as a file.
    pub fn text(&self, path: &str) -> anyhow::Result<String> {
        let request = Request::builder()
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .body(())?;
        let mut answer = self.agent.run(request).with_context(|| format!("can't reach Lockstep at {}", self.base))?;
        if !answer.status().is_success() {
            bail!("{} answered {}", self.base, answer.status());
        }
        answer.body_mut().with_config().limit(ANSWER_LIMIT).read_to_string().context("the answer can't be read")
    }

    /// Delete what is at a path, with a body that says how.
    pub fn delete_with(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::DELETE, path, Some(body))
    }

    /// What is at a path, with its entity tag.
    pub fn get_tagged(&self, path: &str) -> anyhow::Result<(Value, String)> {
        let (value, headers) = self.exchange(Method::GET, path, None, None)?;
        let tag = headers.get("etag").and_then(|tag| tag.to_str().ok()).unwrap_or("*");
        Ok((value, tag.to_owned()))
    }

    /// Put a body in place of the version with this entity tag, and of no other.
    pub fn put_tagged(&self, path: &str, tag: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(self.exchange(Method::PUT, path, Some(tag), Some(body))?.0)
    }

    /// The first `limit` items of a list, from as many pages as they take. `cursor` is the list's parameter:
    /// `after` or `before`.
    pub fn list(&self, path: &str, cursor: &str, limit: usize) -> anyhow::Result<Value> {
        let mut items = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let length = PAGE.min(limit - items.len()).to_string();
            let mut page = self.get(&with_query(path, &[("limit", Some(&length)), (cursor, next.as_deref())]))?;
            if let Some(Value::Array(page)) = page.get_mut("items").map(Value::take) {
                items.extend(page);
            }
            next = page.get("next").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() || items.len() >= limit {
                items.truncate(limit);
                return Ok(Value::Array(items));
            }
        }
    }

    fn send(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        Ok(self.exchange(method, path, None, body)?.0)
    }

    fn exchange(
        &self,
        method: Method,
        path: &str,
        if_match: Option<&str>,
        body: Option<&Value>,
    ) -> anyhow::Result<(Value, HeaderMap)> {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept", "application/json");
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        let answer = match body {
            Some(body) if method == Method::DELETE => {
                let request = self.agent.delete(format!("{}{path}", self.base)).force_send_body();
                let request = request.header("authorization", format!("Bearer {}", self.token));
                request.header("content-type", "application/json").send(body.to_string())
            }
            Some(body) => self.agent.run(request.header("content-type", "application/json").body(body.to_string())?),
            None => self.agent.run(request.body(())?),
        };
        let mut answer = answer.with_context(|| format!("can't reach Lockstep at {}", self.base))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text =
            answer.body_mut().with_config().limit(ANSWER_LIMIT).read_to_string().context("the answer can't be read")?;
        let value: Value = match text.trim() {
            "" => Value::Object(serde_json::Map::new()),
            text => serde_json::from_str(text).unwrap_or_default(),
        };
        if status.is_success() {
            return Ok((value, headers));
        }
        match value.get("detail").and_then(Value::as_str) {
            Some(detail) => bail!("{detail}"),
            None => bail!("{} answered {status}: is this a Lockstep server?", self.base),
        }
    }
}

/// A name as one segment of a path, whatever it holds.
pub fn segment(name: &str) -> String {
    let mut segment = String::with_capacity(name.len());
    for byte in name.bytes() {
        // A dot too: "." and ".." would be directions.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            segment.push(char::from(byte));
        } else {
            segment += &format!("%{byte:02X}");
        }
    }
    segment
}

/// A path with those parameters that have a value.
pub fn with_query(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut target = path.to_owned();
    for (name, value) in parameters {
        if let Some(value) = value {
            target.push(if target.contains('?') { '&' } else { '?' });
            target += &format!("{name}={}", segment(value));
        }
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(segment("Sales & Marketing/EU"), "Sales%20%26%20Marketing%2FEU");
        assert_eq!(segment(".."), "%2E%2E");
        assert_eq!(segment("Zoë"), "Zo%C3%AB");
        assert_eq!(with_query("/users", &[("search", Some("a b")), ("active", None)]), "/users?search=a%20b");
        assert_eq!(with_query("/a?x=1", &[("y", Some("2"))]), "/a?x=1&y=2");
    }
}
