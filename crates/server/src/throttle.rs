//! How often somebody may do something: a bucket for each, filled at a steady rate, that every turn takes from.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So many are remembered. Whoever has not been seen for long has a full bucket, which need not be remembered.
const REMEMBERED: usize = 10_000;

/// Counts the turns of many, each by its own.
pub struct Throttle<K> {
    /// Turns a second; 0: no limit.
    rate: f64,
    /// Turns at once.
    burst: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    turns: f64,
    at: Instant,
}

impl<K: Hash + Eq> Throttle<K> {
    /// `rate` turns a second, and up to `burst` at once; no limit when either is 0.
    pub fn new(rate: u32, burst: u32) -> Throttle<K> {
        let rate = if burst == 0 { 0 } else { rate };
        Throttle { rate: rate.into(), burst: burst.into(), buckets: Mutex::default() }
    }

    /// Take a turn.
    ///
    /// # Errors
    /// When there is none: after how many seconds there will be, at least 1.
    pub fn take<Q>(&self, who: &Q) -> Result<(), u64>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        self.take_at(who, Instant::now())
    }

    fn take_at<Q>(&self, who: &Q, now: Instant) -> Result<(), u64>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        if self.rate == 0.0 {
            return Ok(());
        }
        let full = Bucket { turns: self.burst, at: now };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(who) {
            return self.turn(bucket, now);
        }
        if buckets.len() >= REMEMBERED {
            buckets.retain(|_, bucket| self.turns(bucket, now) < self.burst);
        }
        if buckets.len() >= REMEMBERED {
            // More than we can remember at a time: nobody is refused for it.
            buckets.clear();
        }
        self.turn(buckets.entry(who.to_owned()).or_insert(full), now)
    }

    fn turns(&self, bucket: &Bucket, now: Instant) -> f64 {
        let since = now.checked_duration_since(bucket.at).unwrap_or(Duration::ZERO);
        (bucket.turns + since.as_secs_f64() * self.rate).min(self.burst)
    }

    fn turn(&self, bucket: &mut Bucket, now: Instant) -> Result<(), u64> {
        *bucket = Bucket { turns: self.turns(bucket, now), at: now };
        if bucket.turns >= 1.0 {
            bucket.turns -= 1.0;
            return Ok(());
        }
        let wait = Duration::try_from_secs_f64((1.0 - bucket.turns) / self.rate).unwrap_or_default();
        Err(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_a_steady_rate_for_each() {
        let throttle: Throttle<String> = Throttle::new(50, 200);
        let start = Instant::now();
        for _ in 0..200 {
            assert_eq!(throttle.take_at("a", start), Ok(()));
        }
        assert_eq!(throttle.take_at("a", start), Err(1));
        assert_eq!(throttle.take_at("b", start), Ok(()), "somebody else is not affected");
        let later = start + Duration::from_millis(100);
        let turns = (0..200).filter(|_| throttle.take_at("a", later).is_ok()).count();
        assert_eq!(turns, 5);
        assert_eq!((0..500).filter(|_| throttle.take_at("a", start + Duration::from_secs(60)).is_ok()).count(), 200);
    }

    #[test]
    fn without_a_rate_there_is_no_limit() {
        let throttle: Throttle<String> = Throttle::new(0, 200);
        assert!((0..1_000).all(|_| throttle.take("a").is_ok()));
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let throttle: Throttle<u32> = Throttle::new(1, 10);
        for who in 0..30_000 {
            assert_eq!(throttle.take(&who), Ok(()));
        }
        assert!(throttle.buckets.lock().unwrap().len() <= REMEMBERED);
    }
}
