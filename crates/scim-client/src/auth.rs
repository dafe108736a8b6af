//! How Lockstep shows an application who it is.

use ::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use crate::exchange::spellings;

/// The credentials for an application.
#[derive(Clone)]
pub enum Auth {
    /// None: the application asks for none, or the network is trusted.
    None,
    /// A bearer token (RFC 6750).
    Bearer(SecretString),
    /// HTTP Basic (RFC 7617).
    Basic {
        /// The user name; without a colon.
        user: String,
        /// The password.
        password: SecretString,
    },
}

/// The `Authorization` header, and the texts that must never be shown, in all spellings.
pub(crate) struct Credentials {
    pub(crate) header: Option<HeaderValue>,
    pub(crate) secrets: Vec<SecretString>,
}

impl Auth {
    /// `None` when the credentials hold characters that a header cannot carry.
    pub(crate) fn credentials(&self) -> Option<Credentials> {
        let (text, secrets) = match self {
            Self::None => {
                return Some(Credentials { header: None, secrets: Vec::new() });
            }
            Self::Bearer(token) => (format!("Bearer {}", token.expose_secret()), spellings(token.expose_secret())),
            Self::Basic { user, password } => {
                let pair = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
                let mut secrets = spellings(password.expose_secret());
                let header = format!("Basic {pair}");
                secrets.push(pair.into());
                (header, secrets)
            }
        };
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(Credentials { header: Some(header), secrets })
    }
}
