//! Passwords of administrators: hashed, and none that everybody guesses.

use argon2::{
    Argon2, Params, PasswordHasher,
    password_hash::{PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// Memory in KiB, passes and lanes: more than OWASP's least (19 MiB, two passes, one lane), and on a server of two
/// cores still a fifth of a second.
const COST: (u32, u32, u32) = (65_536, 3, 1);

/// What a password is compared with when nobody has the name: it costs as much as a right name.
const NOBODY: &str = "$argon2id$v=19$m=65536,t=3,p=1$bG9ja3N0ZXBub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn argon() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        Params::new(memory, passes, lanes, None).unwrap_or_default(),
    )
}

/// Hash a password. Takes a fifth of a second of a core and 64 MiB: run it where blocking is allowed, few at a time.
///
/// # Errors
/// `Invalid` for one that is too short, too long, or guessed by everybody.
pub fn hash_password(password: &SecretString) -> Result<String, Error> {
    let length = password.expose_secret().chars().count();
    if !(12..=128).contains(&length) {
        return Err(Error::invalid("a password has 12 to 128 characters"));
    }
    if is_guessable(password.expose_secret()) {
        return Err(Error::invalid(
            "everybody guesses this password: choose another, such as four words that do not belong together",
        ));
    }
    hash(password)
}

/// The hash at today's cost of a password that was right, when it is stored at the cost of an earlier release.
pub fn renewed_hash(password: &SecretString, stored: &str) -> Option<String> {
    let (memory, passes, lanes) = COST;
    if stored.contains(&format!("$m={memory},t={passes},p={lanes}$")) {
        return None;
    }
    hash(password).ok()
}

fn hash(password: &SecretString) -> Result<String, Error> {
    let hash = argon()
        .hash_password(password.expose_secret().as_bytes())
        .map_err(|error| Error::invalid(format!("the password can't be used: {error}")))?;
    Ok(hash.to_string())
}

/// What most passwords are made of, the longest first.
const COMMON: [&str; 44] = [
    "qwertyuiop",
    "1q2w3e4r5t",
    "administrator",
    "basketball",
    "password",
    "passwort",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "superman",
    "trustno1",
    "iloveyou",
    "changeme",
    "lockstep",
    "zxcvbnm",
    "letmein",
    "welcome",
    "asdfghjkl",
    "qazwsx",
    "qwertz",
    "qwerty",
    "azerty",
    "abc123",
    "monkey",
    "dragon",
    "master",
    "shadow",
    "secret",
    "michael",
    "charlie",
    "batman",
    "access",
    "summer",
    "winter",
    "spring",
    "autumn",
    "admin",
    "login",
    "test",
    "hello",
];

/// Whether little is left of a password without the words, runs and repetitions that everybody tries first. NIST SP
/// 800-63B section 5.1.1.2 asks to compare with such a list, and for no rules of composition.
fn is_guessable(password: &str) -> bool {
    let mut rest = password.to_lowercase();
    for word in COMMON {
        rest = rest.replace(word, "");
    }
    let mut left = 0;
    let mut before: Option<char> = None;
    for letter in rest.chars().filter(|letter| !letter.is_ascii_punctuation() && !letter.is_whitespace()) {
        let near = before.is_some_and(|before| (letter as i64 - before as i64).abs() <= 1);
        left += usize::from(!near);
        before = Some(letter);
    }
    let distinct: std::collections::BTreeSet<char> = rest.chars().collect();
    left < 6 || distinct.len() < 5
}

/// Whether a password is the one that was hashed. Without a hash it takes as long, and says no.
pub fn check_password(password: &SecretString, hash: Option<&str>) -> bool {
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY));
    let right =
        parsed.is_ok_and(|parsed| argon().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok());
    right && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_guesses_is_no_password() {
        for bad in [
            "passwordpassword",
            "Password12345!",
            "aaaaaaaaaaaaaa",
            "123456789012",
            "qwertyuiop123",
            "abcdefghijklmnop",
            "Lockstep2026!",
            "iloveyou12345",
            "121212121212",
        ] {
            assert!(is_guessable(bad), "{bad}");
        }
        for good in [
            "correct horse battery",
            "pickled-otter-42",
            "Tr0ub4dor&3xyz",
            "日本語のながいひみつのことば",
            "gK7#mQ2$vX9!",
        ] {
            assert!(!is_guessable(good), "{good}");
        }
    }

    #[test]
    fn an_old_hash_goes_on_working_and_is_renewed() {
        let password = SecretString::from("correct horse battery");
        let cheap =
            Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, Params::new(64, 2, 1, None).unwrap());
        let old = cheap.hash_password(b"correct horse battery").unwrap().to_string();
        assert!(check_password(&password, Some(&old)));
        let new = renewed_hash(&password, &old).unwrap();
        assert!(check_password(&password, Some(&new)));
        assert_eq!(renewed_hash(&password, &new), None);
        assert!(!check_password(&"another".into(), Some(&new)) && !check_password(&password, None));
        assert_eq!(
            PasswordHash::new(NOBODY).unwrap().params.to_string(),
            PasswordHash::new(&new).unwrap().params.to_string()
        );
    }
}
