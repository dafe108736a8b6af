//! The door that passwords pass: few at a time, and ever slower for whoever guesses.

use axum::http::StatusCode;
use directory::{
    Millis,
    administrator::{check_password, hash_password, renewed_hash},
};
use secrecy::SecretString;
use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};
use tokio::sync::Semaphore;

use crate::problem::Problem;

/// So many wrong passwords are let through per minute, for one user name and for one address.
const TRIES: usize = 10;
const MINUTE: Millis = 60_000;
/// So many names and addresses are remembered; beyond, those without a recent failure are forgotten.
const REMEMBERED: usize = 10_000;

/// Checks and hashes passwords. Two at a time, because each takes 64 MiB and a core.
pub struct Door {
    hashing: Semaphore,
    failures: Mutex<HashMap<Who, VecDeque<Millis>>>,
}

/// What failures are counted by. A name is kept folded.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Who {
    /// A user name, whether or not somebody has it.
    Name(String),
    /// The address of the client. An IPv6 client has a whole /64 to choose from, so that is what counts.
    Address(IpAddr),
}

impl Who {
    /// An address, as far as it tells clients apart.
    pub fn address(ip: IpAddr) -> Who {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Who::Address(ip.into()),
            IpAddr::V6(ip) => Who::Address(std::net::Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into()),
        }
    }

    /// A user name.
    pub fn name(name: &str) -> Who {
        Who::Name(name.trim().to_lowercase())
    }
}

impl Default for Door {
    fn default() -> Door {
        Door { hashing: Semaphore::new(2), failures: Mutex::default() }
    }
}

impl Door {
    /// Hash a new password.
    ///
    /// # Errors
    /// 400 for one that is too short or too long.
    pub async fn hash(&self, password: SecretString) -> Result<String, Problem> {
        Ok(self.blocking(move || hash_password(&password)).await??)
    }

    /// Whether a password is the one that was hashed; takes as long, and says no, when there is no hash.
    pub async fn check(&self, password: SecretString, hash: Option<String>) -> Result<bool, Problem> {
        self.blocking(move || check_password(&password, hash.as_deref())).await
    }

    /// The hash of a password that was right, when it is stored at the cost of an earlier release.
    pub async fn renew(&self, password: SecretString, hash: Option<String>) -> Result<Option<String>, Problem> {
        self.blocking(move || renewed_hash(&password, hash.as_deref()?)).await
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let _permit = self.hashing.acquire().await.map_err(|error| Problem::fault(&error))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Problem::fault(&error))
    }

    /// Let somebody try. The try counts as a failure until [`Door::forgive`] says otherwise, so that a thousand at
    /// once are no way around the count.
    ///
    /// # Errors
    /// 429 after too many failures within the last minute.
    pub fn admit(&self, who: &[Who], now: Millis) -> Result<(), Problem> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let recent =
            |who: &Who| failures.get(who).map_or(0, |times| times.iter().filter(|at| **at > now - MINUTE).count());
        if who.iter().any(|who| recent(who) >= TRIES) {
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many failed tries: try again in a minute"));
        }
        if failures.len() >= REMEMBERED {
            failures.retain(|_, times| times.back().is_some_and(|at| *at > now - MINUTE));
        }
        for who in who {
            let times = failures.entry(who.clone()).or_default();
            if times.len() == TRIES {
                times.pop_front();
            }
            times.push_back(now);
        }
        Ok(())
    }

    /// The try was no failure.
    pub fn forgive(&self, who: &[Who]) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for who in who {
            if let Some(times) = failures.get_mut(who) {
                times.pop_back();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_guesses_is_slowed_by_name_and_by_address() {
        let door = Door::default();
        let ana = || vec![Who::name("Ana"), Who::address("192.0.2.1".parse().unwrap())];
        for at in 0..100 {
            assert!(door.admit(&ana(), at).is_ok());
            door.forgive(&ana());
        }
        for at in 0..10 {
            assert!(door.admit(&ana(), at).is_ok());
        }
        assert!(door.admit(&ana(), 10).is_err());
        assert!(door.admit(&[Who::name(" aNA")], 10).is_err(), "the same name from elsewhere");
        assert!(
            door.admit(&[Who::address("::ffff:192.0.2.1".parse().unwrap())], 10).is_err(),
            "another name from there"
        );
        assert!(door.admit(&[Who::name("bo"), Who::address("192.0.2.2".parse().unwrap())], 10).is_ok());
        assert!(door.admit(&ana(), MINUTE + 10).is_ok(), "a minute later");
        assert_eq!(Who::address("2001:db8::1".parse().unwrap()), Who::address("2001:db8::ffff:2".parse().unwrap()));
    }
}
