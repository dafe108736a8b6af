//! Whose turn it is at what only one can use at a time: theirs who have used it least, however many of theirs wait.
//!
//! Each waits in a line. A line begins where the others are and moves on by what its turns take; the one that is least
//! far has the next turn ("start-time fair queueing"). So whoever comes waits for one turn of each other line at most,
//! and nobody saves up turns by not coming. Within a line it is first come, first served.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};
use uuid::Uuid;

/// Those who wait, by line.
#[derive(Debug)]
pub(super) struct Fair<T> {
    lines: HashMap<Uuid, Line<T>>,
    /// Where the line was that has, or had, the latest turn.
    reached: Duration,
    /// How many ever came.
    came: u64,
}

#[derive(Debug)]
struct Line<T> {
    /// Each with its number among all that ever came.
    waiting: VecDeque<(u64, T)>,
    at: Duration,
    /// What its latest turn took.
    latest: Duration,
}

impl<T> Fair<T> {
    pub(super) fn new() -> Fair<T> {
        Fair { lines: HashMap::new(), reached: Duration::ZERO, came: 0 }
    }

    /// Somebody waits.
    pub(super) fn wait(&mut self, line: Uuid, who: T) {
        self.came += 1;
        let fresh = || Line { waiting: VecDeque::new(), at: Duration::ZERO, latest: Duration::ZERO };
        let line = self.lines.entry(line).or_insert_with(fresh);
        if line.waiting.is_empty() {
            line.at = line.at.max(self.reached);
        }
        line.waiting.push_back((self.came, who));
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lines.values().map(|line| line.waiting.len()).sum()
    }

    /// What the next turn may take, as far as the line's latest one tells; none when nobody waits.
    pub(super) fn outlook(&self) -> Option<Duration> {
        self.lines.get(&self.first()?).map(|line| line.latest)
    }

    /// Who has the next turn, and in which line.
    pub(super) fn next(&mut self) -> Option<(Uuid, T)> {
        let first = self.first()?;
        let line = self.lines.get_mut(&first)?;
        self.reached = line.at;
        line.waiting.pop_front().map(|(_, who)| (first, who))
    }

    /// A line's turn is over.
    pub(super) fn pass(&mut self, line: Uuid, took: Duration) {
        if self.len() == 0 {
            // Where nobody waits, nobody is ahead.
            self.lines.clear();
            self.reached = Duration::ZERO;
        } else if let Some(line) = self.lines.get_mut(&line) {
            (line.at, line.latest) = (line.at + took, took);
        }
    }

    fn first(&self) -> Option<Uuid> {
        let waiting = self.lines.iter().filter_map(|(id, line)| Some((line.at, line.waiting.front()?.0, *id)));
        waiting.min().map(|(_, _, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    /// Turns until nobody waits, each as long as its number says in milliseconds.
    fn turns(fair: &mut Fair<u64>) -> Vec<u64> {
        let mut had = Vec::new();
        while let Some((line, who)) = fair.next() {
            fair.pass(line, Duration::from_millis(who));
            had.push(who);
        }
        had
    }

    #[test]
    fn first_come_first_served_within_a_line() {
        let mut fair = Fair::new();
        (0..5).for_each(|who| fair.wait(ONE, who));
        assert_eq!(fair.len(), 5);
        assert_eq!(turns(&mut fair), [0, 1, 2, 3, 4]);
        assert_eq!(fair.outlook(), None);
    }

    #[test]
    fn whoever_comes_waits_for_no_more_than_the_turn_that_is_going_on() {
        let mut fair = Fair::new();
        (0..9).for_each(|_| fair.wait(ONE, 1_000));
        assert_eq!(fair.next(), Some((ONE, 1_000)));
        fair.wait(OTHER, 1);
        fair.pass(ONE, Duration::from_secs(1));
        assert_eq!(fair.next(), Some((OTHER, 1)));
        fair.pass(OTHER, Duration::from_millis(1));
        assert_eq!(fair.outlook(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_line_that_takes_long_turns_gets_as_much_time_as_one_that_takes_short_ones() {
        let mut fair = Fair::new();
        (0..3).for_each(|_| fair.wait(ONE, 100));
        (0..50).for_each(|_| fair.wait(OTHER, 10));
        let had = turns(&mut fair);
        let seconds = had.iter().enumerate().filter(|(_, who)| **who == 100).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(seconds, [0, 11, 22]);
    }

    #[test]
    fn nobody_saves_up_turns() {
        let mut fair = Fair::new();
        fair.wait(OTHER, 10);
        (0..10).for_each(|_| fair.wait(ONE, 10));
        for _ in 0..6 {
            let (line, who) = fair.next().unwrap();
            fair.pass(line, Duration::from_millis(who));
        }
        // Now the other comes again, and has every second turn, not those of the time when it had nothing to do.
        (0..5).for_each(|_| fair.wait(OTHER, 11));
        assert_eq!(turns(&mut fair), [11, 10, 11, 10, 11, 10, 11, 10, 11, 10]);
    }
}
