//! Passwords of administrators: hashed, and none that is soon guessed.

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

/// How many characters a password may have. Any characters, in any mixture, all of which count.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=128;

/// Hash a new password of whoever is called `user_name`. Takes a fifth of a second of a core and 64 MiB: run it where
/// blocking is allowed, few at a time.
///
/// # Errors
/// `Invalid` for one that is too short, too long, or soon guessed; it says what to do instead.
pub fn hash_password(password: &SecretString, user_name: &str) -> Result<String, Error> {
    let text = password.expose_secret();
    let length = text.chars().count();
    if !LENGTH.contains(&length) {
        return Err(Error::invalid(format!(
            "a password has 12 to 128 characters, of any kind, and this one has {length}"
        )));
    }
    if is_guessable(text, user_name) {
        return Err(Error::invalid(
            "this password is among the first that are tried, because it is made of a common password, a pattern or \
             your own name: take four words that have nothing to do with each other, or one that a password manager \
             makes",
        ));
    }
    hash(password)
}

/// Whether a hash is of the cost of an earlier release.
pub fn is_outdated(stored: &str) -> bool {
    let (memory, passes, lanes) = COST;
    !stored.contains(&format!("$m={memory},t={passes},p={lanes}$"))
}

/// The hash at today's cost of a password that was right: whether it is soon guessed is not asked again.
///
/// # Errors
/// `Invalid` when it can't be hashed at all.
pub fn renewed_hash(password: &SecretString) -> Result<String, Error> {
    hash(password)
}

fn hash(password: &SecretString) -> Result<String, Error> {
    let hash = argon()
        .hash_password(password.expose_secret().as_bytes())
        .map_err(|error| Error::invalid(format!("the password can't be used: {error}")))?;
    Ok(hash.to_string())
}

/// Whether a password falls within the first ten thousand million guesses of whoever tries common ones first.
///
/// NIST SP 800-63B section 5.1.1.2 asks to compare with a list of what is commonly used, and for no rules of
/// composition. Bare, such a list says little about passwords of twelve characters and more: `password` is in it and
/// `Password2026!` is not. So `zxcvbn` compares: with its 30,000 most common passwords, with words and names, alone,
/// repeated, reversed, with the usual substitutions and endings, and with what is known about this person. It looks at
/// the first hundred characters.
fn is_guessable(password: &str, user_name: &str) -> bool {
    let parts = user_name.split(|letter: char| !letter.is_alphanumeric()).filter(|part| part.chars().count() > 2);
    // An address without its domain is a name as well.
    let before_at = user_name.split('@').next();
    let own: Vec<&str> = [user_name, "lockstep"].into_iter().chain(before_at).chain(parts).collect();
    zxcvbn::zxcvbn(password, &own).score() < zxcvbn::Score::Four
}

/// Whether a password is the one that was hashed. Without a hash it takes as long, and says no.
pub fn check_password(password: &SecretString, hash: Option<&str>) -> bool {
    compare(password, hash.unwrap_or(NOBODY)).is_ok() && hash.is_some()
}

/// Hash a password as the stored one was hashed, and compare.
fn compare(password: &SecretString, stored: &str) -> Result<(), argon2::password_hash::Error> {
    argon().verify_password(password.expose_secret().as_bytes(), &PasswordHash::new(stored)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_soon_guessed_is_no_password() {
        for bad in [
            "passwordpassword",
            "Password12345!",
            "P@ssw0rd2026!!",
            "drowssapdrowssap",
            "aaaaaaaaaaaaaa",
            "123456789012",
            "qwertyuiop123",
            "1qaz2wsx3edc",
            "abcdefghijklmnop",
            "Lockstep2026!",
            "iloveyou12345",
            "121212121212",
            "Summer2026!!",
            "christopher1",
            // Of whoever it is.
            "ana.ruiz@northwind.example",
            "Ana.Ruiz2026!",
            "northwind-ruiz",
            "ziur.ana.1234",
        ] {
            assert!(is_guessable(bad, "ana.ruiz@northwind.example"), "{bad}");
        }
        assert!(is_guessable("Vqxlwmzkrtpb", "vqxlwmzkrtpb"), "one's own name, however odd");
        // No rules of composition: lower case alone, spaces, other alphabets, all are as good.
        for good in [
            "correct horse battery",
            "pickled-otter-42",
            "seventeen quiet herons",
            "kvxwqzplmtrj",
            "日本語のながいひみつのことば",
            "gK7#mQ2$vX9!",
            "ana likes seventeen quiet herons",
        ] {
            assert!(!is_guessable(good, "ana.ruiz@northwind.example"), "{good}");
        }
    }

    #[test]
    fn a_password_has_12_to_128_characters_and_all_of_them_count() {
        let of = |length: usize| -> String { "kvx wqz ß日 plm trj ".chars().cycle().skip(3).take(length).collect() };
        let unguessable = "pickled otter 42, seventeen quiet herons; ";
        let long = format!("{unguessable}{}", of(128 - unguessable.len()));
        for (password, expected) in
            [("kvxwqzplmtr".to_owned(), false), (long.clone(), true), (format!("{long}!"), false)]
        {
            assert_eq!(
                hash_password(&password.as_str().into(), "ana").is_ok(),
                expected,
                "{}",
                password.chars().count()
            );
        }
        let stored = hash_password(&long.as_str().into(), "ana").unwrap();
        assert!(check_password(&long.as_str().into(), Some(&stored)));
        let other: String = long.chars().take(127).chain(['x']).collect();
        assert!(!check_password(&other.into(), Some(&stored)), "the last character counts");
    }

    /// Who asks for a name that nobody has waits for the same work: the hash is made in full and found wrong, which is
    /// another error than one before the work.
    #[test]
    fn without_a_hash_the_same_work_is_done() {
        let password = SecretString::from("correct horse battery");
        let stored = hash(&password).unwrap();
        for stored in [stored.as_str(), NOBODY] {
            let wrong = compare(&"another".into(), stored);
            assert!(matches!(wrong, Err(argon2::password_hash::Error::PasswordInvalid)), "{wrong:?}");
        }
        let parsed = |text| PasswordHash::new(text).unwrap();
        let (nobody, somebody) = (parsed(NOBODY), parsed(&stored));
        assert_eq!(nobody.params.to_string(), somebody.params.to_string());
        assert_eq!((nobody.algorithm, nobody.version), (somebody.algorithm, somebody.version));
        assert_eq!(nobody.hash.map(|hash| hash.as_bytes().len()), somebody.hash.map(|hash| hash.as_bytes().len()));
        assert!(!check_password(&password, None));
    }

    #[test]
    fn an_old_hash_goes_on_working_and_is_renewed() {
        let password = SecretString::from("correct horse battery");
        let cheap =
            Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, Params::new(64, 2, 1, None).unwrap());
        let old = cheap.hash_password(b"correct horse battery").unwrap().to_string();
        assert!(check_password(&password, Some(&old)));
        assert!(is_outdated(&old));
        let new = renewed_hash(&password).unwrap();
        assert!(check_password(&password, Some(&new)));
        assert!(!is_outdated(&new));
        assert!(!check_password(&"another".into(), Some(&new)));
    }
}
