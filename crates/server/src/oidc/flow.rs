//! What a browser carries while somebody is away at the provider: a stamped cookie. Nothing is stored for it, so that
//! nobody can fill a table by setting out and never coming back.

use std::fmt::Write;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use directory::{Millis, Vault};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// So long somebody may take at the provider, in milliseconds.
pub const LIFE: Millis = 10 * 60_000;

/// A sign-in that is under way.
#[derive(Clone, Serialize, Deserialize)]
pub struct Flow {
    /// What the provider gives back beside the code, once.
    pub state: String,
    /// When it began.
    pub begun: Millis,
    /// What it is for.
    pub purpose: Purpose,
    /// The page to go to afterwards.
    pub next: Option<String>,
}

/// What somebody goes to the provider for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// To begin a session, perhaps with the link of an invitation.
    SignIn {
        /// The link's secret.
        invitation: Option<String>,
    },
    /// To show again who they are, in this session.
    Confirm(Uuid),
    /// To let the administrator of this session come from the provider from now on.
    Connect(Uuid),
}

/// What goes with a state, and never leaves the server but in the two requests it belongs to.
pub struct Secrets {
    /// The PKCE verifier.
    pub verifier: SecretString,
    /// What the ID token must repeat.
    pub nonce: String,
}

impl Flow {
    /// A sign-in that begins now.
    pub fn begin(purpose: Purpose, next: Option<String>, now: Millis) -> Flow {
        let mut bytes = [0; 32];
        // Without randomness there are no safe states, and nothing sensible to go on with.
        getrandom::fill(&mut bytes).expect("the operating system provides randomness");
        Flow { state: BASE64_URL_SAFE_NO_PAD.encode(bytes), begun: now, purpose, next }
    }

    /// What goes with its state: derived, so that it need not be kept.
    pub fn secrets(&self, vault: &Vault) -> Secrets {
        let derived = |purpose| BASE64_URL_SAFE_NO_PAD.encode(vault.stamp(purpose, self.state.as_bytes()));
        Secrets { verifier: derived("sign-in verifier").into(), nonce: derived("sign-in nonce") }
    }

    /// The cookie that carries it. Each sign-in has its own, so that two tabs do not disturb each other.
    pub fn cookie(&self, vault: &Vault, public_url: &str) -> Option<HeaderValue> {
        let text = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).ok()?);
        let stamp = stamp(vault, &text);
        cookie(public_url, &self.state, &format!("{text}.{stamp}"), LIFE / 1000)
    }

    /// The sign-in of a state, if this browser began it and not too long ago.
    pub fn find(headers: &HeaderMap, vault: &Vault, public_url: &str, state: &str, now: Millis) -> Option<Flow> {
        let name = name(public_url, state);
        let value = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)?;
        let (text, given) = value.split_once('.')?;
        let right: bool = stamp(vault, text).as_bytes().ct_eq(given.as_bytes()).into();
        let flow: Flow = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        (right && flow.state == state && (flow.begun..flow.begun + LIFE).contains(&now)).then_some(flow)
    }

    /// The cookie that removes it.
    pub fn no_cookie(&self, public_url: &str) -> Option<HeaderValue> {
        cookie(public_url, &self.state, "", 0)
    }
}

fn stamp(vault: &Vault, text: &str) -> String {
    vault.stamp("sign-in cookie", text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a text can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn name(public_url: &str, state: &str) -> String {
    let prefix = if public_url.starts_with("https:") { "__Host-" } else { "" };
    // Only letters that are good in a name, whatever comes in as a state.
    let mark: String = state.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    format!("{prefix}lockstep-sign-in-{mark}")
}

fn cookie(public_url: &str, state: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if public_url.starts_with("https:") { "; Secure" } else { "" };
    let name = name(public_url, state);
    // Lax: the way back begins on the provider's site.
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_browser_that_began_it_can_finish_it_and_in_time() {
        let folder = std::env::temp_dir().join(format!("lockstep-flow-{}", uuid::Uuid::now_v7()));
        let vault = Vault::open(&folder).unwrap();
        let url = "https://id.example";
        let flow = Flow::begin(Purpose::SignIn { invitation: None }, Some("/users".into()), 1_000);
        let set = flow.cookie(&vault, url).unwrap();
        let set = set.to_str().unwrap();
        assert!(set.starts_with("__Host-lockstep-sign-in-") && set.ends_with("; Secure"), "{set}");
        let pair = set.split(';').next().unwrap();
        let find = |pair: &str, state: &str, now| {
            let headers = HeaderMap::from_iter([(header::COOKIE, pair.parse().unwrap())]);
            Flow::find(&headers, &vault, url, state, now).is_some()
        };
        assert!(find(pair, &flow.state, 1_000));
        assert!(find(&format!("a=b; {pair}"), &flow.state, LIFE));
        assert!(!find(pair, &flow.state, 1_000 + LIFE), "too late");
        assert!(!find(pair, "another", 1_000));
        assert!(!find("a=b", &flow.state, 1_000), "another browser");
        assert!(!find(&pair.replace('.', "A."), &flow.state, 1_000), "made up");
        let other = Flow::begin(Purpose::Confirm(Uuid::nil()), None, 1_000);
        assert_ne!(flow.secrets(&vault).nonce, other.secrets(&vault).nonce);
        assert_eq!(flow.secrets(&vault).nonce.len(), 43);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
