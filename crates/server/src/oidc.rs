//! Sign-in at an OpenID provider: OpenID Connect Core 1.0 with the authorization code flow, PKCE (RFC 7636), state and
//! nonce, as the relying party.
//!
//! Every request to the provider goes through the guarded transport that applications are called with, so an issuer on
//! a private address is reached only where the operator allows that network, and no redirect is followed. What the
//! provider says about itself and its keys is remembered for an hour; a token under a key that is not known has the
//! keys read again, once, which is how a provider changes them without anybody noticing.
//!
//! Tokens are read by `jsonwebtoken` and their signatures checked by `ring`, which TLS has brought along already: see
//! [`signature`]. `openidconnect` would do more of this, with a dozen crates more, a minute more of building, and `rsa`,
//! whose RUSTSEC-2023-0071 has no fix.

mod claims;
pub mod flow;
mod signature;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use ::scim_client::{Request, Transport, TransportError};
use axum::http::{HeaderName, HeaderValue, Method, header};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use directory::{Millis, administrator::ProviderSettings};
use jsonwebtoken::jwk::Jwk;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

pub use claims::{Claims, Expected};

/// So long the provider's description and keys are good without asking again.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// Why a sign-in at the provider came to nothing, in words for whoever tries.
#[derive(thiserror::Error, Debug)]
pub enum Fault {
    /// There is no answer.
    #[error("the provider does not answer: {0}")]
    Unreachable(#[from] TransportError),
    /// The provider answers with a refusal: its own words.
    #[error("The provider says: {0}")]
    Says(String),
    /// What it answers is not what the specification asks for.
    #[error("{what} of the provider can't be used: {why}")]
    Unusable {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// What it says about somebody can't be trusted.
    #[error("what the provider says about you is not accepted: {0}")]
    Untrusted(String),
}

impl Fault {
    fn unusable(what: &'static str, why: impl ToString) -> Fault {
        Fault::Unusable { what, why: why.to_string() }
    }
}

/// What a provider says about itself (OpenID Connect Discovery 1.0 section 3), as far as we ask.
#[derive(Clone, Debug, Deserialize)]
pub struct Metadata {
    /// Who it is; must be the issuer that was configured.
    pub issuer: String,
    /// Where people are sent to sign in.
    pub authorization_endpoint: Url,
    /// Where a code becomes tokens.
    pub token_endpoint: Url,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Where it says more about somebody.
    pub userinfo_endpoint: Option<Url>,
    /// Where people are sent to sign out.
    pub end_session_endpoint: Option<Url>,
    /// How clients may show who they are.
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether it names itself beside the code (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// The provider's answer for a code (OpenID Connect Core section 3.1.3.3).
#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
    access_token: Option<String>,
}

/// An error as OAuth writes it (RFC 6749 section 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

/// An ID token whose signature and claims were checked, and what it says.
pub struct Proof {
    /// The token, for signing out at the provider.
    pub id_token: SecretString,
    /// What it says.
    pub claims: Claims,
    access_token: Option<SecretString>,
}

/// Speaks to the provider, and remembers what it says about itself.
pub struct Oidc {
    transport: Arc<dyn Transport>,
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    at: Instant,
    metadata: Arc<Metadata>,
    keys: Arc<Vec<Jwk>>,
}

impl Oidc {
    /// A client over a guarded transport.
    pub fn new(transport: Arc<dyn Transport>) -> Oidc {
        Oidc { transport, known: Mutex::default() }
    }

    /// What a provider says about itself and its keys; asked anew.
    ///
    /// # Errors
    /// [`Fault`] when it does not answer, or is another issuer than it should be.
    pub async fn discover(&self, issuer: &str) -> Result<(Arc<Metadata>, usize), Fault> {
        let known = self.read(issuer).await?;
        Ok((known.metadata, known.keys.len()))
    }

    /// What a provider says about itself, as remembered for up to [`REMEMBERED`].
    ///
    /// # Errors
    /// As [`Oidc::discover`].
    pub async fn metadata(&self, issuer: &str) -> Result<Arc<Metadata>, Fault> {
        Ok(self.known(issuer).await?.metadata)
    }

    async fn known(&self, issuer: &str) -> Result<Known, Fault> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(known) if known.metadata.issuer == issuer && known.at.elapsed() < REMEMBERED => Ok(known),
            _ => self.read(issuer).await,
        }
    }

    async fn read(&self, issuer: &str) -> Result<Known, Fault> {
        const WHAT: &str = "the discovery document";
        let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let place = Url::parse(&place).map_err(|error| Fault::unusable(WHAT, error))?;
        let metadata: Metadata = self.get(WHAT, place, None).await?;
        if metadata.issuer != issuer {
            let why =
                format!("it is of the issuer {:?}, not of {issuer:?}: use the issuer as it writes it", metadata.issuer);
            return Err(Fault::unusable(WHAT, why));
        }
        let pages = [Some(&metadata.authorization_endpoint), metadata.end_session_endpoint.as_ref()];
        if pages.into_iter().flatten().any(|url| !matches!(url.scheme(), "https" | "http")) {
            return Err(Fault::unusable(WHAT, "a page for people is neither https nor http"));
        }
        let set: Map<String, Value> = self.get("the key set", metadata.jwks_uri.clone(), None).await?;
        // Keys of a kind that we do not know are no reason to refuse the others.
        let keys = set.get("keys").and_then(Value::as_array).into_iter().flatten();
        let keys: Vec<Jwk> =
            keys.filter_map(|key| serde_json::from_value(key.clone()).ok()).filter(claims::is_usable).collect();
        let known = Known { at: Instant::now(), metadata: Arc::new(metadata), keys: Arc::new(keys) };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        what: &'static str,
        url: Url,
        token: Option<&SecretString>,
    ) -> Result<T, Fault> {
        let mut headers = vec![(header::ACCEPT, HeaderValue::from_static("application/json"))];
        headers.extend(token.and_then(|token| bearer(token.expose_secret())));
        let answer = self.transport.send(Request { method: Method::GET, url, headers, body: None }).await?;
        if answer.status != 200 {
            return Err(Fault::unusable(what, format!("it was answered with status {}", answer.status)));
        }
        serde_json::from_slice(&answer.body).map_err(|error| Fault::unusable(what, error))
    }

    /// Where to send somebody to sign in (OpenID Connect Core section 3.1.2.1). `again`: even though they may be
    /// signed in there already.
    ///
    /// # Errors
    /// As [`Oidc::discover`].
    pub async fn sign_in_url(
        &self,
        settings: &ProviderSettings,
        redirect: &str,
        secrets: &flow::Secrets,
        state: &str,
        again: bool,
    ) -> Result<Url, Fault> {
        let mut url = self.metadata(&settings.issuer).await?.authorization_endpoint.clone();
        let mut scopes: Vec<&str> = vec!["openid"];
        scopes.extend(settings.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid"));
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(secrets.verifier.expose_secret()));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", state)
            .append_pair("nonce", &secrets.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if again {
            // With max_age, the provider must say when the sign-in was (section 3.1.2.1).
            url.query_pairs_mut().append_pair("prompt", "login").append_pair("max_age", "300");
        }
        Ok(url)
    }

    /// Exchange a code for a proof of who came back.
    ///
    /// # Errors
    /// [`Fault`] when the provider refuses the code, or what it says can't be trusted.
    pub async fn redeem(
        &self,
        settings: &ProviderSettings,
        secret: Option<&SecretString>,
        redirect: &str,
        secrets: &flow::Secrets,
        code: &str,
        now: Millis,
    ) -> Result<Proof, Fault> {
        let known = self.known(&settings.issuer).await?;
        let request = token_request(&known.metadata, settings, secret, redirect, secrets, code);
        let answer = self.transport.send(request).await?;
        if answer.status != 200 {
            let said = serde_json::from_slice::<Refusal>(&answer.body).ok();
            return Err(match said {
                Some(refusal) => Fault::Says(said_by(&refusal.error, refusal.error_description.as_deref())),
                None => Fault::unusable("the token answer", format!("its status is {}", answer.status)),
            });
        }
        let tokens: Tokens =
            serde_json::from_slice(&answer.body).map_err(|error| Fault::unusable("the token answer", error))?;
        let id_token = tokens.id_token.ok_or_else(|| Fault::unusable("the token answer", "it has no id_token"))?;
        let expected = Expected { issuer: &settings.issuer, client: &settings.client_id, nonce: &secrets.nonce, now };
        let claims = match claims::check(&id_token, &known.keys, &expected) {
            Err(claims::Wrong::UnknownKey) => {
                // The provider may have new keys: ask once.
                let fresh = self.read(&settings.issuer).await?;
                claims::check(&id_token, &fresh.keys, &expected)
            }
            checked => checked,
        };
        let claims = claims.map_err(|wrong| Fault::Untrusted(wrong.to_string()))?;
        Ok(Proof { id_token: id_token.into(), claims, access_token: tokens.access_token.map(Into::into) })
    }

    /// Ask the provider for what its token left out (OpenID Connect Core section 5.3). Nothing when it has no such
    /// place.
    ///
    /// # Errors
    /// [`Fault`] when it does not answer, or speaks of somebody else.
    pub async fn complete(&self, settings: &ProviderSettings, proof: &mut Proof) -> Result<(), Fault> {
        const WHAT: &str = "the user info";
        let metadata = self.metadata(&settings.issuer).await?;
        let (Some(place), Some(token)) = (&metadata.userinfo_endpoint, &proof.access_token) else { return Ok(()) };
        let more: Map<String, Value> = self.get(WHAT, place.clone(), Some(token)).await?;
        if more.get("sub").and_then(Value::as_str) != Some(proof.claims.subject()) {
            return Err(Fault::unusable(WHAT, "it is about somebody else"));
        }
        proof.claims.complete(more);
        Ok(())
    }

    /// Where to send somebody who has signed out here, so that they are signed out there (OpenID Connect RP-Initiated
    /// Logout 1.0). `None` when the provider announces no such page, or does not answer.
    pub async fn sign_out_url(&self, settings: &ProviderSettings, id_token: &SecretString, back: &str) -> Option<Url> {
        // Nobody is kept waiting for a provider that is down only to be signed out.
        let metadata =
            tokio::time::timeout(Duration::from_secs(3), self.metadata(&settings.issuer)).await.ok()?.ok()?;
        let mut url = metadata.end_session_endpoint.clone()?;
        url.query_pairs_mut()
            .append_pair("id_token_hint", id_token.expose_secret())
            .append_pair("client_id", &settings.client_id)
            .append_pair("post_logout_redirect_uri", back);
        Some(url)
    }
}

/// An OAuth error in one sentence, short and on one line: it was written by somebody else.
pub fn said_by(error: &str, description: Option<&str>) -> String {
    let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(300).collect::<String>();
    match description.map(clean).filter(|text| !text.trim().is_empty()) {
        Some(description) => format!("{description} ({})", clean(error)),
        None => clean(error),
    }
}

fn bearer(token: &str) -> Option<(HeaderName, HeaderValue)> {
    sensitive(format!("Bearer {token}"))
}

fn sensitive(text: String) -> Option<(HeaderName, HeaderValue)> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some((header::AUTHORIZATION, value))
}

/// OpenID Connect Core section 3.1.3.1. A client with a secret shows it as HTTP Basic (RFC 6749 section 2.3.1), or in
/// the body for a provider that announces only that; one without a secret is known by PKCE alone.
fn token_request(
    metadata: &Metadata,
    settings: &ProviderSettings,
    secret: Option<&SecretString>,
    redirect: &str,
    secrets: &flow::Secrets,
    code: &str,
) -> Request {
    let mut headers = vec![
        (header::ACCEPT, HeaderValue::from_static("application/json")),
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
    ];
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", redirect)
        .append_pair("code_verifier", secrets.verifier.expose_secret());
    let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
    let is_announced = |method: &str| methods.is_some_and(|methods| methods.iter().any(|one| one == method));
    // Basic is the default where nothing is announced (Discovery section 3).
    let in_body = is_announced("client_secret_post") && !is_announced("client_secret_basic");
    match secret {
        Some(secret) if in_body => {
            form.append_pair("client_id", &settings.client_id).append_pair("client_secret", secret.expose_secret());
        }
        Some(secret) => {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", encoded(&settings.client_id), encoded(secret.expose_secret()));
            headers.extend(sensitive(format!("Basic {}", BASE64_STANDARD.encode(pair))));
        }
        None => {
            form.append_pair("client_id", &settings.client_id);
        }
    }
    let body = Some(Bytes::from(form.finish()));
    Request { method: Method::POST, url: metadata.token_endpoint.clone(), headers, body }
}
