//! Seeded randomness and a clock that only moves when told.

use directory::{Millis, clock};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

/// A small generator (SplitMix64): one seed, one sequence, on every machine.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(mix(seed ^ 0x5eed))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn percent(&mut self, likely: usize) -> bool {
        self.below(100) < likely
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { Some(&of[self.below(of.len())]) }
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number that depends on its parts and on nothing else: what happens to a request must not depend on which of
/// several requests under way came first.
pub fn hash(seed: u64, parts: &[&str]) -> u64 {
    let mut state = mix(seed);
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        state = mix(state ^ u64::from(byte));
    }
    state
}

/// Time that stands still until it is moved.
#[derive(Clone)]
pub struct Time(Arc<(AtomicI64, Mutex<Chance>)>);

impl Time {
    pub fn new(seed: u64) -> Time {
        Time(Arc::new((AtomicI64::new(1_800_000_000_000), Mutex::new(Chance::new(seed)))))
    }

    pub fn advance(&self, by: Millis) {
        self.0.0.fetch_add(by, Ordering::SeqCst);
    }

    pub fn at(&self) -> Millis {
        self.0.0.load(Ordering::SeqCst)
    }
}

impl clock::Source for Time {
    fn now(&self) -> Millis {
        self.at()
    }

    fn fill(&self, bytes: &mut [u8]) {
        let mut chance = self.0.1.lock().unwrap();
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&chance.next().to_le_bytes()[..part.len()]);
        }
    }
}
