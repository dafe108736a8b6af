//! Bearer tokens: made once, shown once, stored hashed.
//!
//! `lockstep_<kind>_<id>_<secret><check>`: the id finds the row, the secret has 256 bits from the operating system
//! (so a fast hash is right), the check (CRC-32) refuses typing errors and random guesses without a database query
//! and lets leak scanners tell a real token.
//!
//! What is stored is an HMAC under the deployment's key, over the id too: whoever can only write to the database can
//! neither make a token nor move a hash to another row. Tokens made before that are stored as plain SHA-256; they
//! go on working.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Vault, clock};

/// What a token opens. The classes are disjoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// One source's SCIM endpoint.
    Source,
    /// The same, as the password of HTTP Basic. The id is the user name.
    Basic,
    /// The token endpoint, as the secret of an OAuth client. The id is the client's.
    Client,
    /// One source's SCIM endpoint, for an hour or so: what the token endpoint gives.
    Access,
    /// The admin API.
    Api,
    /// Nothing yet: it makes its bearer an administrator, once.
    Invitation,
}

impl TokenKind {
    fn as_str(self) -> &'static str {
        match self {
            TokenKind::Source => "in",
            TokenKind::Basic => "ba",
            TokenKind::Client => "oc",
            TokenKind::Access => "oa",
            TokenKind::Api => "ad",
            TokenKind::Invitation => "iv",
        }
    }
}

/// A token just made: the text to show once and what is stored of it.
#[derive(Debug)]
pub struct NewToken {
    /// Finds the row; not secret.
    pub id: String,
    /// What the client sends.
    pub text: SecretString,
    pub(crate) hash: String,
}

/// A token as it came in, shape and check sum verified.
pub(crate) struct Presented<'a> {
    pub id: &'a str,
    secret: &'a str,
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID: usize = 12;
const SECRET: usize = 43;
const CHECK: usize = 6;

/// Make a token.
pub(crate) fn make(kind: TokenKind, vault: &Vault) -> NewToken {
    let (id, secret) = (letters(ID), letters(SECRET));
    let body = format!("lockstep_{}_{id}_{secret}", kind.as_str());
    let text = format!("{body}{}", check(&body));
    NewToken { hash: sealed(vault, &id, &secret), id, text: text.into() }
}

/// Random letters and digits: an id, a slug, a code. No underscore, which Okta refuses in base URLs.
pub(crate) fn letters(length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        clock::random(&mut bytes);
        // 248 is the largest multiple of 62 in a byte: above it, some letters would be likelier than others.
        let usable = bytes.iter().filter(|byte| **byte < 248).map(|byte| ALPHABET[usize::from(byte % 62)] as char);
        text.extend(usable.take(length - text.len()));
    }
    text
}

/// Read a token's shape. `None` for anything we can't have made.
pub(crate) fn read(kind: TokenKind, text: &str) -> Option<Presented<'_>> {
    let rest = text.strip_prefix("lockstep_")?.strip_prefix(kind.as_str())?.strip_prefix('_')?;
    let (id, rest) = rest.split_once('_')?;
    if !rest.is_ascii() || rest.len() != SECRET + CHECK || id.len() != ID {
        return None;
    }
    let (secret, sum) = rest.split_at(SECRET);
    (check(&text[..text.len() - CHECK]) == sum).then_some(Presented { id, secret })
}

/// The id of what has the form of a token, of whatever kind: to count guesses at its secret by.
pub fn token_id(text: &str) -> Option<&str> {
    [TokenKind::Source, TokenKind::Basic, TokenKind::Client, TokenKind::Access, TokenKind::Api]
        .into_iter()
        .find_map(|kind| read(kind, text).map(|presented| presented.id))
}

impl Presented<'_> {
    /// Whether this is the token whose hash is stored. Takes the same time for every wrong secret, and for no row.
    pub(crate) fn matches(&self, stored: Option<&str>, vault: &Vault) -> bool {
        const NOBODY: &str = "1:0000000000000000000000000000000000000000000000000000000000000000";
        let expected = stored.unwrap_or(NOBODY);
        let given = if expected.starts_with(SEALED) { sealed(vault, self.id, self.secret) } else { hash(self.secret) };
        let equal: bool = given.as_bytes().ct_eq(expected.as_bytes()).into();
        equal && stored.is_some()
    }
}

/// Begins a hash under the deployment's key: the version of that key.
const SEALED: &str = "1:";

/// Stored form of a token.
fn sealed(vault: &Vault, id: &str, secret: &str) -> String {
    format!("{SEALED}{}", hex(&vault.stamp("token", format!("{id}.{secret}").as_bytes())))
}

/// Compare two texts in a time that does not tell where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    use subtle::ConstantTimeEq;
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// Stored form of a session, and of tokens made before there was a key for them.
pub(crate) fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// CRC-32 (IEEE) in base 62, six letters.
fn check(text: &str) -> String {
    let mut crc = !0_u32;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut rest = !crc;
    let mut letters = [b'0'; CHECK];
    for letter in letters.iter_mut().rev() {
        *letter = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    letters.iter().map(|letter| *letter as char).collect()
}

impl NewToken {
    /// The whole text, to be shown once.
    pub fn reveal(&self) -> &str {
        self.text.expose_secret()
    }

    /// The last four letters, to recognise a token by.
    pub fn last4(&self) -> String {
        let text = self.text.expose_secret();
        text[text.len().saturating_sub(4)..].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognised_and_nothing_else_is() {
        let folder = std::env::temp_dir().join(format!("lockstep-token-{}", uuid::Uuid::now_v7()));
        let vault = Vault::open(&folder).unwrap();
        let token = make(TokenKind::Source, &vault);
        let text = token.text.expose_secret();
        let matches = |stored: &str| {
            read(TokenKind::Source, text).is_some_and(|t| t.id == token.id && t.matches(Some(stored), &vault))
        };
        assert!(matches(&token.hash));
        let (_, secret) = text[..text.len() - CHECK].rsplit_once('_').unwrap();
        assert!(matches(&hash(secret)), "stored before there was a key for tokens");
        assert!(!matches(&make(TokenKind::Source, &vault).hash), "another row's hash");
        for other in [TokenKind::Api, TokenKind::Access, TokenKind::Basic, TokenKind::Client, TokenKind::Invitation] {
            assert!(read(other, text).is_none(), "classes are disjoint");
        }
        for at in 0..text.len() {
            let mut wrong = text.to_owned().into_bytes();
            wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
            let wrong = String::from_utf8(wrong).unwrap();
            let accepted = read(TokenKind::Source, &wrong)
                .is_some_and(|t| t.id == token.id && t.matches(Some(&token.hash), &vault));
            assert!(!accepted, "a changed letter at {at} is accepted");
        }
        assert!(read(TokenKind::Source, text).is_some_and(|t| !t.matches(None, &vault)));
        assert!(read(TokenKind::Source, "non-token").is_none());
        assert!(read(TokenKind::Source, "lockstep_in_ééé_é").is_none());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_check_is_the_published_crc32() {
        // CRC-32/ISO-HDLC of "123456789" is 0xCBF43926 = 3421780262.
        let mut n = 3_421_780_262_u64;
        let mut want = vec![];
        for _ in 0..6 {
            want.insert(0, ALPHABET[(n % 62) as usize] as char);
            n /= 62;
        }
        assert_eq!(check("123456789"), want.into_iter().collect::<String>());
    }
}
