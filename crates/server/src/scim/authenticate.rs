//! Who sends a request to a base URL: a source's token as a bearer token, an access token, or a user name and a
//! password.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use directory::{
    access_token::{Credential, Wrong},
    source::SourceCaller,
    source_token::SourceTokenKind,
};

use super::answer::Refusal;
use crate::app::App;

/// What an `Authorization` header holds, as far as it is one of ours.
pub(super) enum Presented {
    /// A bearer token (RFC 6750).
    Bearer(String),
    /// A user name and a password (RFC 7617).
    Basic { user: String, password: String },
    /// Something else.
    Other,
}

impl Presented {
    /// Read an `Authorization` header, whose scheme has no case (RFC 7235 section 2.1).
    pub(super) fn read(header: &HeaderValue) -> Presented {
        let Some((scheme, rest)) = header.to_str().ok().and_then(|text| text.trim().split_once(' ')) else {
            return Presented::Other;
        };
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Presented::Bearer(rest.to_owned());
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Presented::Other;
        }
        let pair = BASE64_STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        match pair.as_deref().and_then(|pair| pair.split_once(':')) {
            Some((user, password)) => Presented::Basic { user: user.to_owned(), password: password.to_owned() },
            None => Presented::Other,
        }
    }

    pub(super) fn credential(&self) -> Option<Credential<'_>> {
        match self {
            Presented::Bearer(text) => Some(Credential::Bearer(text)),
            Presented::Basic { user, password } => Some(Credential::Basic { user, password }),
            Presented::Other => None,
        }
    }

    /// The secret part of it.
    fn secret(&self) -> Option<&str> {
        match self {
            Presented::Bearer(text) | Presented::Basic { password: text, .. } => Some(text),
            Presented::Other => None,
        }
    }
}

/// Who sends a request to the base URL with this slug.
///
/// # Errors
/// 401, the same for every kind of wrong; 429 instead for an address or a token that was wrong too often.
pub(super) async fn authenticate(
    app: &App,
    slug: &str,
    method: &Method,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
) -> Result<Arc<SourceCaller>, Refusal> {
    let presented = headers.get(header::AUTHORIZATION).map(Presented::read);
    let credential = presented.as_ref().and_then(Presented::credential);
    let wrong = match (&credential, &presented) {
        (Some(credential), _) => match app.authenticate_source(slug, credential, peer).await? {
            Ok(caller) => return Ok(caller),
            Err(wrong) => wrong,
        },
        (None, Some(_)) => Wrong::Unknown,
        (None, None) => Wrong::Missing,
    };
    let secret = presented.as_ref().and_then(Presented::secret);
    if let Some(seconds) = too_often(app, peer, secret) {
        let detail = "too many requests with wrong credentials came from this address or for this token";
        return Err(Refusal::too_many(detail, seconds));
    }
    app.refusals.note(slug, wrong, app.scim.clock.now(), method, secret, peer);
    // Who comes with a bearer token knows what to come with; a wrong one costs no statement.
    let is_basic_on = match presented {
        Some(Presented::Bearer(_)) => false,
        _ => app.scim.source_token_kinds(slug).await?.contains(&SourceTokenKind::Basic),
    };
    Err(Refusal::unauthorized(presented.is_some(), is_basic_on))
}

/// Whether wrong credentials came too often, from an address or for one token; if so, for how many seconds to wait.
/// It is asked after credentials were looked at and found wrong: behind a proxy all clients may have one address, and
/// those with right credentials must not suffer for the others.
pub fn too_often(app: &App, peer: Option<IpAddr>, secret: Option<&str>) -> Option<u64> {
    let address = peer.map(|peer| format!("address {}", network(peer)));
    let token = secret.and_then(directory::token_id).map(|id| format!("token {id}"));
    [address, token].into_iter().flatten().filter_map(|who| app.failures.take(&who).err()).max()
}

/// An address as far as it tells clients apart: an IPv6 client has a whole /64 to choose from.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_found() {
        let read = |header: &'static str| match Presented::read(&HeaderValue::from_static(header)) {
            Presented::Bearer(text) => format!("bearer {text}"),
            Presented::Basic { user, password } => format!("basic {user} {password}"),
            Presented::Other => "other".into(),
        };
        for (header, expected) in [
            ("Bearer abc", "bearer abc"),
            ("bearer  abc ", "bearer abc"),
            ("BEARER abc", "bearer abc"),
            ("Bearer", "other"),
            ("Bearer ", "other"),
            ("non-token", "other"),
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "basic Aladdin open sesame"),
            ("basic YTo6", "basic a :"),
            ("Basic abc", "other"),
            ("Basic YWJj", "other"),
            ("Digest abc", "other"),
        ] {
            assert_eq!(read(header), expected, "{header:?}");
        }
    }
}
