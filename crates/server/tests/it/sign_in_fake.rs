//! An OpenID provider that lies on demand. The real one that sign-in is tested with is in `tests/apps/openid`; this one
//! is for what a real one never does.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

/// The provider, and what it will say next.
pub struct Provider {
    /// Its issuer.
    pub url: String,
    inside: Arc<Inside>,
}

#[derive(Default)]
struct Inside {
    issuer: Mutex<String>,
    keys: Mutex<Vec<(String, Vec<u8>)>>,
    published: Mutex<Vec<String>>,
    next: Mutex<Option<String>>,
    user_info: Mutex<Value>,
    reads: AtomicUsize,
    seen: Mutex<Vec<(String, String)>>,
}

fn encode(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Inside {
    fn pair(&self, kid: &str) -> EcdsaKeyPair {
        let mut keys = self.keys.lock().unwrap();
        if !keys.iter().any(|(id, _)| id == kid) {
            let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
            keys.push((kid.to_owned(), made.as_ref().to_vec()));
        }
        let (_, bytes) = keys.iter().find(|(id, _)| id == kid).unwrap();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes, &SystemRandom::new()).unwrap()
    }

    fn jwk(&self, kid: &str) -> Value {
        let pair = self.pair(kid);
        let point = pair.public_key().as_ref();
        let part = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": part(&point[1..33]), "y": part(&point[33..])})
    }
}

impl Provider {
    /// A provider that publishes one key, `one`.
    pub async fn start() -> Provider {
        let inside = Arc::new(Inside::default());
        inside.published.lock().unwrap().push("one".into());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        inside.issuer.lock().unwrap().clone_from(&url);
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Provider { url, inside }
    }

    /// The keys that it publishes from now on.
    pub fn publish(&self, kids: &[&str]) {
        *self.inside.published.lock().unwrap() = kids.iter().map(|kid| (*kid).to_owned()).collect();
    }

    /// How often its keys were read.
    pub fn reads(&self) -> usize {
        self.inside.reads.load(Ordering::Relaxed)
    }

    /// The `Authorization` headers and forms that came to the token endpoint.
    pub fn seen(&self) -> Vec<(String, String)> {
        self.inside.seen.lock().unwrap().clone()
    }

    /// What it says beside the token.
    pub fn user_info(&self, claims: Value) {
        *self.inside.user_info.lock().unwrap() = claims;
    }

    /// The next code is good for nothing.
    pub fn say_nothing(&self) {
        *self.inside.next.lock().unwrap() = None;
    }

    /// The token that the next code becomes, under a key.
    pub fn say(&self, kid: &str, claims: &Value) {
        let message = format!("{}.{}", encode(&json!({"alg": "ES256", "kid": kid})), encode(claims));
        let signature = self.inside.pair(kid).sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        self.say_text(format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)));
    }

    /// The same without a real signature.
    pub fn say_unsigned(&self, header: &Value, claims: &Value, signature: &str) {
        self.say_text(format!("{}.{}.{signature}", encode(header), encode(claims)));
    }

    /// The same as text.
    pub fn say_text(&self, token: String) {
        *self.inside.next.lock().unwrap() = Some(token);
    }
}

async fn configuration(State(inside): State<Arc<Inside>>) -> Json<Value> {
    let url = inside.issuer.lock().unwrap().clone();
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
        "userinfo_endpoint": format!("{url}/me"),
        "end_session_endpoint": format!("{url}/end"),
    }))
}

async fn keys(State(inside): State<Arc<Inside>>) -> Json<Value> {
    inside.reads.fetch_add(1, Ordering::Relaxed);
    let published = inside.published.lock().unwrap().clone();
    let mut keys: Vec<Value> = published.iter().map(|kid| inside.jwk(kid)).collect();
    keys.push(json!({"kty": "surprise", "kid": "new kind"}));
    Json(json!({"keys": keys}))
}

async fn token(State(inside): State<Arc<Inside>>, headers: HeaderMap, form: String) -> Response {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    inside.seen.lock().unwrap().push((authorization.to_owned(), form));
    match inside.next.lock().unwrap().take() {
        Some(id_token) => {
            Json(json!({"id_token": id_token, "access_token": "at", "token_type": "Bearer"})).into_response()
        }
        None => {
            let refusal = json!({"error": "invalid_grant", "error_description": "the code is \u{7}unknown"});
            (StatusCode::BAD_REQUEST, Json(refusal)).into_response()
        }
    }
}

async fn user_info(State(inside): State<Arc<Inside>>) -> Json<Value> {
    Json(inside.user_info.lock().unwrap().clone())
}
