//! How many connections one of many may have at a time, so that some are left for the others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// So many are remembered before those who have none are forgotten.
const REMEMBERED: usize = 1_000;

/// Counts the connections of each.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    most: usize,
    known: Arc<Mutex<HashMap<Uuid, Arc<Semaphore>>>>,
}

impl Shares {
    /// Nobody has more than `most` of them.
    pub(super) fn new(most: usize) -> Shares {
        Shares { most, known: Arc::default() }
    }

    /// Wait until this one may have one more; it is counted until the permit is dropped.
    pub(super) async fn take(&self, whose: Uuid) -> Option<OwnedSemaphorePermit> {
        let share = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= REMEMBERED {
                known.retain(|_, share| Arc::strong_count(share) > 1);
            }
            known.entry(whose).or_insert_with(|| Arc::new(Semaphore::new(self.most))).clone()
        };
        // It is never closed.
        share.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_waits_for_its_own_the_others_do_not() {
        let shares = Shares::new(2);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = shares.take(one).await;
        let _second = shares.take(one).await;
        let mut third = Box::pin(shares.take(one));
        assert!(futures::poll!(&mut third).is_pending());
        assert!(shares.take(other).await.is_some());
        drop(first);
        assert!(third.await.is_some());
    }

    #[tokio::test]
    async fn those_who_have_none_are_forgotten() {
        let shares = Shares::new(1);
        let kept = shares.take(Uuid::from_u128(0)).await;
        for whose in 1..5_000 {
            drop(shares.take(Uuid::from_u128(whose)).await);
        }
        assert!(shares.known.lock().unwrap().len() <= REMEMBERED);
        assert!(futures::poll!(Box::pin(shares.take(Uuid::from_u128(0)))).is_pending());
        drop(kept);
    }
}
