//! Where pages of everything ended. To find the page that begins at number 500,001, the database counts to it: 200 ms
//! among a million. A client that goes through all by index asks for the page behind the one it has just got, and that
//! one's last id tells where it begins.
//!
//! Nothing is guessed: a place is good only while nothing has come or gone since, which the counts of records tell
//! ([`Tally`]). Otherwise, and after a restart, and where another node gave the page before, the database counts.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};
use uuid::Uuid;

use crate::Kind;

/// How many records of a kind a source has, and how many it ever lost. The second number only grows, so that two equal
/// tallies mean that nothing came or went between them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tally {
    /// Records that are there.
    pub total: i64,
    /// Records that were, and are gone.
    pub gone: i64,
}

/// Up to here counting takes less than anybody notices. Tests go through shorter lists.
const NEAR: i64 = if cfg!(test) { 10 } else { 1_000 };
/// So many places are kept of one list, for as many clients at once.
const PLACES: usize = 8;
/// So many lists have places; each takes some 600 bytes.
const LISTS: usize = 1_000;

#[derive(Debug)]
struct Place {
    /// So many records come before the next page,
    before: i64,
    /// and this is the last of them,
    id: Uuid,
    /// while the records are as they were then.
    tally: Tally,
}

/// The ends of pages that this process gave lately, by source and kind.
#[derive(Debug, Default)]
pub struct Places(Mutex<HashMap<(Uuid, Kind), VecDeque<Place>>>);

impl Places {
    /// The record before which `before` others, itself included, come in the order of ids; none when that is not known.
    pub(super) fn find(&self, list: (Uuid, Kind), before: i64, tally: Tally) -> Option<Uuid> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = lists.get(&list)?.iter().find(|place| place.before == before && place.tally == tally)?;
        Some(place.id)
    }

    /// Keep that `id` is the last of the first `before` records.
    pub(crate) fn keep(&self, list: (Uuid, Kind), before: i64, id: Uuid, tally: Tally) {
        if before < NEAR {
            return;
        }
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= LISTS && !lists.contains_key(&list) {
            // Whoever is in the middle of a list counts once more.
            lists.clear();
        }
        let places = lists.entry(list).or_default();
        places.retain(|place| place.before != before && place.tally == tally);
        if places.len() == PLACES {
            places.pop_front();
        }
        places.push_back(Place { before, id, tally });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_good_while_nothing_came_or_went() {
        let (places, list) = (Places::default(), (Uuid::from_u128(1), Kind::User));
        let tally = Tally { total: 5_000, gone: 7 };
        let id = |n: i64| Uuid::from_u128(u128::from(n.unsigned_abs()));
        places.keep(list, 2_000, id(2_000), tally);
        assert_eq!(places.find(list, 2_000, tally), Some(id(2_000)));
        assert_eq!(places.find(list, 2_001, tally), None);
        assert_eq!(places.find((list.0, Kind::Group), 2_000, tally), None);
        assert_eq!(places.find((Uuid::from_u128(2), Kind::User), 2_000, tally), None);
        // One came; one came and another one went.
        assert_eq!(places.find(list, 2_000, Tally { total: 5_001, ..tally }), None);
        assert_eq!(places.find(list, 2_000, Tally { gone: 8, ..tally }), None);
    }

    #[test]
    fn only_so_much_is_kept() {
        let (places, tally) = (Places::default(), Tally::default());
        let list = (Uuid::from_u128(1), Kind::User);
        places.keep(list, NEAR - 1, Uuid::nil(), tally);
        assert_eq!(places.find(list, NEAR - 1, tally), None, "near the beginning nothing is");
        for n in 0..20 {
            places.keep(list, NEAR + n, Uuid::nil(), tally);
        }
        let kept = (0..20).filter(|n| places.find(list, NEAR + n, tally).is_some()).count();
        assert_eq!(kept, PLACES);
        for n in 0..3_000 {
            places.keep((Uuid::from_u128(n), Kind::User), NEAR, Uuid::nil(), tally);
        }
        assert!(places.0.lock().unwrap().len() <= LISTS);
    }
}
