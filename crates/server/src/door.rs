//! The door that passwords pass: few at a time, few that wait, and ever slower for whoever guesses.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use ::scim::fold;
use axum::http::StatusCode;
use directory::{
    Millis,
    administrator::{check_password, hash_password, is_outdated, renewed_hash},
};
use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::problem::Problem;

/// So many passwords are hashed at once: each takes 64 MiB and a core.
const AT_ONCE: usize = 2;
/// So many wait for their turn, which is two or three seconds on two cores. More are turned away: whoever comes from
/// a thousand addresses is slowed by no count of failures, and must fill neither the memory nor the minutes to come.
const WAITING: usize = 20;
/// So many wrong passwords are let through per minute, for one user name and for one address.
const TRIES: usize = 10;
const MINUTE: Millis = 60_000;
/// So many names and addresses are remembered; beyond, those who failed least are forgotten.
const REMEMBERED: usize = 10_000;
/// So many letters of a name count: user names are no longer than that.
const NAME: usize = 200;

/// Checks and hashes passwords.
pub struct Door {
    hashing: Arc<Semaphore>,
    /// Those who are at it and those who wait.
    places: Arc<Semaphore>,
    hashed: Arc<AtomicU64>,
    failures: Mutex<HashMap<Who, VecDeque<Millis>>>,
}

/// What failures are counted by.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Who {
    /// A user name, whether or not somebody has it, as the directory folds it.
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

    /// A user name. Two spellings of one name are one name, or each would give ten tries more.
    pub fn name(name: &str) -> Who {
        let name: String = name.chars().take(NAME).collect();
        Who::Name(fold::fold(name.trim()))
    }
}

impl Default for Door {
    fn default() -> Door {
        Door {
            hashing: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            hashed: Arc::default(),
            failures: Mutex::default(),
        }
    }
}

impl Door {
    /// Hash a new password of whoever is called `user_name`.
    ///
    /// # Errors
    /// 400 for one that is too short, too long or soon guessed; 503 when too many wait.
    pub async fn hash(&self, password: SecretString, user_name: &str) -> Result<String, Problem> {
        let user_name = user_name.to_owned();
        Ok(self.blocking(move || hash_password(&password, &user_name)).await??)
    }

    /// Whether a password is the one that was hashed; takes as long, and says no, when there is no hash.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn check(&self, password: SecretString, hash: Option<String>) -> Result<bool, Problem> {
        self.blocking(move || check_password(&password, hash.as_deref())).await
    }

    /// Another hash of a password that was right, when it is stored at the cost of an earlier release.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn renew(&self, password: SecretString, stored: Option<&str>) -> Result<Option<String>, Problem> {
        if !stored.is_some_and(is_outdated) {
            return Ok(None);
        }
        Ok(Some(self.blocking(move || renewed_hash(&password)).await??))
    }

    /// How many passwords were hashed or checked since the process began.
    pub fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Problem::busy())?;
        let turn = Arc::clone(&self.hashing).acquire_owned().await.map_err(|error| Problem::fault(&error))?;
        let hashed = Arc::clone(&self.hashed);
        let work = move || {
            let done = work();
            hashed.fetch_add(1, Ordering::Relaxed);
            // Only now: the work goes on also when nobody waits for it any more.
            drop((turn, place));
            done
        };
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
        if failures.len() >= REMEMBERED {
            // A thousand addresses with a name each: those who are being slowed stay slowed.
            failures.retain(|_, times| times.len() >= TRIES);
        }
        if failures.len() >= REMEMBERED {
            failures.clear();
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
    use std::sync::{Condvar, atomic::AtomicUsize};

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
        assert!(door.admit(&[Who::name("ＡＮＡ")], 10).is_err(), "another spelling, which opens the same account");
        assert!(
            door.admit(&[Who::address("::ffff:192.0.2.1".parse().unwrap())], 10).is_err(),
            "another name from there"
        );
        assert!(door.admit(&[Who::name("bo"), Who::address("192.0.2.2".parse().unwrap())], 10).is_ok());
        assert!(door.admit(&ana(), MINUTE + 10).is_ok(), "a minute later");
        assert_eq!(Who::address("2001:db8::1".parse().unwrap()), Who::address("2001:db8::ffff:2".parse().unwrap()));
    }

    #[test]
    fn what_is_remembered_of_failures_has_an_end_and_who_is_slowed_stays_so() {
        let door = Door::default();
        for at in 0..10 {
            assert!(door.admit(&[Who::name("ana")], at).is_ok());
        }
        for n in 0..30_000_u32 {
            let who = [Who::name(&format!("guess {n}")), Who::Address(IpAddr::V4(n.into()))];
            assert!(door.admit(&who, 20).is_ok());
        }
        assert!(door.admit(&[Who::name("ana")], 30).is_err());
        let failures = door.failures.lock().unwrap();
        assert!(failures.len() <= REMEMBERED + 1, "{}", failures.len());
        drop(failures);
        let Who::Name(kept) = Who::name(&"n".repeat(1 << 20)) else { unreachable!() };
        assert_eq!(kept.len(), NAME);
    }

    /// Work that waits for a gate, and how many are at it.
    #[derive(Default)]
    struct Gate {
        open: Mutex<bool>,
        opened: Condvar,
        now: AtomicUsize,
        most: AtomicUsize,
    }

    impl Gate {
        fn pass(&self) {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            let mut open = self.open.lock().unwrap();
            while !*open {
                open = self.opened.wait(open).unwrap();
            }
            drop(open);
            self.now.fetch_sub(1, Ordering::SeqCst);
        }

        fn open(&self) {
            *self.open.lock().unwrap() = true;
            self.opened.notify_all();
        }
    }

    async fn until(holds: impl Fn() -> bool) {
        while !holds() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn two_passwords_are_hashed_at_once_twenty_wait_and_the_rest_is_turned_away() {
        let (door, gate) = (Arc::new(Door::default()), Arc::new(Gate::default()));
        let try_it = || {
            let (door, gate) = (Arc::clone(&door), Arc::clone(&gate));
            tokio::spawn(async move { door.blocking(move || gate.pass()).await.map_err(|problem| problem.status()) })
        };
        let tries: Vec<_> = (0..50).map(|_| try_it()).collect();
        // All who get a place have it, and the others their answer, before anybody is done.
        until(|| tries.iter().filter(|tried| tried.is_finished()).count() == 50 - AT_ONCE - WAITING).await;
        until(|| gate.now.load(Ordering::SeqCst) == AT_ONCE).await;
        assert_eq!((door.hashing.available_permits(), door.places.available_permits()), (0, 0));
        gate.open();
        let mut hashed = 0;
        for tried in tries {
            match tried.await.unwrap() {
                Ok(()) => hashed += 1,
                Err(status) => assert_eq!(status, 503),
            }
        }
        assert_eq!((hashed, door.hashed()), (AT_ONCE + WAITING, 22));
        assert_eq!(gate.most.load(Ordering::SeqCst), AT_ONCE, "never more at once");
        assert_eq!(try_it().await.unwrap(), Ok(()), "there is room again");
    }

    /// A client that hangs up gives its memory back when the hash is done, not before.
    #[tokio::test]
    async fn hanging_up_is_no_way_to_more_hashes_at_once() {
        let (door, gate) = (Arc::new(Door::default()), Arc::new(Gate::default()));
        for n in 1..=AT_ONCE {
            let (door, at_it) = (Arc::clone(&door), Arc::clone(&gate));
            let tried = tokio::spawn(async move { door.blocking(move || at_it.pass()).await.is_ok() });
            until(|| gate.now.load(Ordering::SeqCst) == n).await;
            tried.abort();
            assert!(tried.await.unwrap_err().is_cancelled());
        }
        assert_eq!(door.hashing.available_permits(), 0);
        gate.open();
        until(|| door.hashing.available_permits() == AT_ONCE).await;
        until(|| door.places.available_permits() == AT_ONCE + WAITING).await;
    }
}
