//! An ID token: is it genuine, meant for us, fresh, and the answer to what we asked (OpenID Connect Core section 3.1.3.7)?

use directory::{Millis, administrator::Identity};
use jsonwebtoken::{
    AlgorithmFamily, DecodingKey, Header, TokenData, Validation, decode, decode_header, errors::ErrorKind, jwk,
};
use serde_json::{Map, Value};

use super::signature::{self, ALLOWED};

/// Clocks of two machines differ by so much, in seconds.
const LEEWAY: i64 = 60;
/// A sign-in at the provider counts as a confirmation for so long, in seconds.
const FRESH: i64 = 5 * 60;

/// What a token must say.
pub struct Expected<'a> {
    /// Who says it.
    pub issuer: &'a str,
    /// To whom: our client id.
    pub client: &'a str,
    /// In answer to what.
    pub nonce: &'a str,
    /// Now, in milliseconds since 1970.
    pub now: Millis,
}

/// What a token says about somebody.
#[derive(Clone, Debug)]
pub struct Claims(Map<String, Value>);

/// Why a token is not accepted.
#[derive(thiserror::Error, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// None of the known keys has the token's id.
    #[error("it is signed with a key that the provider does not publish")]
    UnknownKey,
    /// Not signed as it should be.
    #[error("its signature is wrong")]
    Signature,
    /// An algorithm that is not allowed.
    #[error("it is signed by an algorithm that is not accepted")]
    Algorithm,
    /// Not of the shape of a token.
    #[error("it is no ID token")]
    Shape,
    /// A claim is missing or says something else.
    #[error("its claim {0} is missing or wrong")]
    Claim(&'static str),
    /// Its time has passed.
    #[error("it has expired; check the clocks of both servers")]
    Expired,
}

/// Check a token against the provider's keys and what it must say.
pub fn check(token: &str, keys: &[jwk::Jwk], expected: &Expected<'_>) -> Result<Claims, Wrong> {
    signature::install();
    let header = decode_header(token).map_err(|error| match error.kind() {
        // `none` is not even in the library's list.
        ErrorKind::InvalidAlgorithmName | ErrorKind::Json(_) => Wrong::Algorithm,
        _ => Wrong::Shape,
    })?;
    if !ALLOWED.contains(&header.alg) {
        return Err(Wrong::Algorithm);
    }
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[expected.client]);
    validation.set_issuer(&[expected.issuer]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // Below, by our own clock.
    validation.validate_exp = false;
    let mut wrong = Wrong::UnknownKey;
    for key in keys.iter().filter(|key| fits(key, &header)).filter_map(|key| DecodingKey::from_jwk(key).ok()) {
        match decode::<Map<String, Value>>(token, &key, &validation) {
            Ok(TokenData { claims, .. }) => {
                let claims = Claims(claims);
                claims.check(expected)?;
                return Ok(claims);
            }
            Err(error) => wrong = of(error.kind()),
        }
    }
    Err(wrong)
}

fn of(kind: &ErrorKind) -> Wrong {
    match kind {
        ErrorKind::InvalidSignature => Wrong::Signature,
        ErrorKind::InvalidAlgorithm => Wrong::Algorithm,
        ErrorKind::InvalidIssuer => Wrong::Claim("iss"),
        ErrorKind::InvalidAudience => Wrong::Claim("aud"),
        ErrorKind::MissingRequiredClaim(claim) => {
            Wrong::Claim(["iss", "aud", "sub", "exp"].into_iter().find(|one| one == claim).unwrap_or("iss"))
        }
        _ => Wrong::Shape,
    }
}

/// Whether tokens may be checked with a key at all: of a kind that we know, public, and not for encryption.
pub fn is_usable(key: &jwk::Jwk) -> bool {
    let signs = key.common.public_key_use.as_ref().is_none_or(|one| *one == jwk::PublicKeyUse::Signature);
    signs && DecodingKey::from_jwk(key).is_ok_and(|key| key.family() != AlgorithmFamily::Hmac)
}

/// Whether a key may be the one of a token: its id, and what it is for.
fn fits(key: &jwk::Jwk, header: &Header) -> bool {
    let is_named = header.kid.as_ref().is_none_or(|kid| key.common.key_id.as_ref() == Some(kid));
    is_named && DecodingKey::from_jwk(key).is_ok_and(|key| key.family() == header.alg.family())
}

impl Claims {
    fn check(&self, expected: &Expected<'_>) -> Result<(), Wrong> {
        let now = expected.now / 1000;
        let exp = self.number("exp").ok_or(Wrong::Claim("exp"))?;
        if exp + LEEWAY <= now {
            return Err(Wrong::Expired);
        }
        if self.number("iat").is_none_or(|iat| iat > now + LEEWAY) {
            return Err(Wrong::Claim("iat"));
        }
        if self.number("nbf").is_some_and(|nbf| nbf > now + LEEWAY) {
            return Err(Wrong::Claim("nbf"));
        }
        // For several audiences it must be said that it was us who asked.
        let several = self.0.get("aud").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
        match self.text("azp") {
            Some(azp) if azp != expected.client => return Err(Wrong::Claim("azp")),
            None if several => return Err(Wrong::Claim("azp")),
            _ => {}
        }
        if self.text("nonce") != Some(expected.nonce) {
            return Err(Wrong::Claim("nonce"));
        }
        if self.subject().is_empty() || self.subject().len() > 255 {
            return Err(Wrong::Claim("sub"));
        }
        Ok(())
    }

    fn number(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        // Some write times with a fraction.
        #[allow(clippy::cast_possible_truncation)]
        value.as_i64().or_else(|| value.as_f64().filter(|n| n.abs() < 1e15).map(|n| n as i64))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// Who it is about, for ever.
    pub fn subject(&self) -> &str {
        self.0.get("sub").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether they signed in there within the last five minutes, and not merely once upon a time.
    pub fn is_fresh(&self, now: Millis) -> bool {
        self.number("auth_time").is_some_and(|at| at + FRESH + LEEWAY > now / 1000)
    }

    /// Whether what decides about somebody new is missing.
    pub fn is_short(&self, groups_claim: Option<&str>) -> bool {
        self.text("email").is_none() || groups_claim.is_some_and(|claim| self.at(claim).is_none())
    }

    /// Take over what was left out.
    pub fn complete(&mut self, more: Map<String, Value>) {
        for (name, value) in more {
            self.0.entry(name).or_insert(value);
        }
    }

    /// A claim by its name, or by its path: `realm_access.roles`.
    fn at(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut parts = name.split('.');
            let first = self.0.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))
        })
    }

    /// Whether a claim that is not there is said to be somewhere else (OpenID Connect Core section 5.6.2). Entra ID does
    /// so for somebody in more than 200 groups (“overage”), and names a place of its Graph that our token does not open.
    /// Where the token comes by the browser it says `hasgroups` instead.
    fn leaves_out(&self, name: &str) -> bool {
        let first = name.split('.').next().unwrap_or(name);
        let is_elsewhere = |name| self.0.get("_claim_names").is_some_and(|names| names.get(name).is_some());
        is_elsewhere(name) || is_elsewhere(first) || name == "groups" && self.0.contains_key("hasgroups")
    }

    /// The claims as the directory decides by them.
    pub fn identity(&self, issuer: &str, groups_claim: Option<&str>) -> Identity {
        let is_verified = match self.0.get("email_verified") {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(verified)) => verified == "true",
            _ => false,
        };
        let verified_email = self.text("email").filter(|_| is_verified).map(str::to_owned);
        let name = verified_email.as_deref().or_else(|| self.text("preferred_username")).unwrap_or(self.subject());
        let groups = match groups_claim.and_then(|claim| self.at(claim)) {
            Some(Value::Array(groups)) => Some(groups.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            Some(Value::String(group)) => Some(vec![group.clone()]),
            _ if groups_claim.is_some_and(|claim| self.leaves_out(claim)) => None,
            _ => Some(Vec::new()),
        };
        Identity {
            issuer: issuer.to_owned(),
            subject: self.subject().to_owned(),
            name: name.to_owned(),
            verified_email,
            groups,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(change: Value) -> Claims {
        let mut claims =
            json!({"iss": "https://id.example", "sub": "42", "aud": "us", "exp": 2_000, "iat": 1_000, "nonce": "n"});
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        Claims(claims.as_object().unwrap().clone())
    }

    fn checked(change: Value) -> Result<(), Wrong> {
        claims(change).check(&Expected { issuer: "https://id.example", client: "us", nonce: "n", now: 1_500_000 })
    }

    #[test]
    fn what_a_token_must_say() {
        assert_eq!(checked(json!({})), Ok(()));
        for (change, wrong) in [
            (json!({"exp": 1_440}), Wrong::Expired),
            (json!({"exp": "2000"}), Wrong::Claim("exp")),
            (json!({"iat": 1_600}), Wrong::Claim("iat")),
            (json!({"iat": null}), Wrong::Claim("iat")),
            (json!({"nbf": 1_600}), Wrong::Claim("nbf")),
            (json!({"nonce": "m"}), Wrong::Claim("nonce")),
            (json!({"nonce": null}), Wrong::Claim("nonce")),
            (json!({"aud": ["us", "them"]}), Wrong::Claim("azp")),
            (json!({"azp": "them"}), Wrong::Claim("azp")),
            (json!({"sub": ""}), Wrong::Claim("sub")),
        ] {
            assert_eq!(checked(change.clone()), Err(wrong), "{change}");
        }
        assert_eq!(checked(json!({"exp": 1_441})), Ok(()), "clocks differ");
        assert_eq!(checked(json!({"aud": ["us", "them"], "azp": "us"})), Ok(()));
    }

    #[test]
    fn a_sign_in_is_fresh_for_five_minutes() {
        assert!(!claims(json!({})).is_fresh(1_500_000), "not said when");
        assert!(claims(json!({"auth_time": 1_300})).is_fresh(1_500_000));
        assert!(!claims(json!({"auth_time": 1_100})).is_fresh(1_500_000));
    }

    #[test]
    fn an_address_counts_only_when_it_is_verified() {
        let identity = |change| claims(change).identity("https://id.example", Some("realm_access.roles"));
        let ana = identity(json!({"email": "ana@x.example", "email_verified": true}));
        assert_eq!((ana.verified_email.as_deref(), ana.name.as_str()), (Some("ana@x.example"), "ana@x.example"));
        let bo = identity(json!({"email": "bo@x.example", "preferred_username": "bo"}));
        assert_eq!((bo.verified_email, bo.name.as_str()), (None, "bo"));
        assert_eq!(identity(json!({})).name, "42");
        let groups = |change| identity(change).groups.unwrap();
        assert_eq!(groups(json!({"realm_access": {"roles": ["a", 1, "b"]}})), ["a", "b"]);
        assert_eq!(groups(json!({"realm_access.roles": "a"})), ["a"]);
        assert!(groups(json!({})).is_empty());
    }

    /// What Entra ID sends for somebody in too many groups.
    #[test]
    fn groups_that_are_left_out_are_not_taken_for_none() {
        let source = json!({"src1": {"endpoint": "https://graph.windows.net/t/users/u/getMemberObjects"}});
        let overage = json!({"_claim_names": {"groups": "src1"}, "_claim_sources": source});
        let groups = |change, claim| claims(change).identity("https://id.example", claim).groups;
        assert_eq!(groups(overage.clone(), Some("groups")), None);
        assert_eq!(groups(json!({"hasgroups": true}), Some("groups")), None);
        assert_eq!(groups(overage.clone(), Some("roles")), Some(vec![]), "another claim is not meant");
        assert_eq!(groups(overage.clone(), None), Some(vec![]), "nobody asked");
        let mut told = claims(overage);
        told.complete(json!({"groups": ["a"]}).as_object().unwrap().clone());
        assert_eq!(told.identity("https://id.example", Some("groups")).groups, Some(vec!["a".to_owned()]));
    }
}
