//! When to try again.

use directory::{Clock, Millis};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;

/// The waits between attempts at one object. After the last, daily.
const OBJECT: [Millis; 9] =
    [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR];

/// The rests of a connection that fails as a whole. After the last, every six hours.
const CONNECTION: [Millis; 8] = [2 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR];

/// What failed for good is tried once a day, out of courtesy: the application may have changed its mind.
const COURTESY: Millis = 24 * HOUR;

/// When an object is tried again that failed `attempts` times before.
pub(crate) fn again(clock: &Clock, attempts: i64) -> Millis {
    clock.now() + jitter(clock, step(&OBJECT, attempts))
}

/// When an object is tried again that the application refused.
pub(crate) fn courtesy(clock: &Clock) -> Millis {
    clock.now() + jitter(clock, COURTESY)
}

/// Until when a connection rests that failed `failures` times in a row before.
pub(crate) fn rest(clock: &Clock, failures: i64) -> Millis {
    clock.now() + jitter(clock, step(&CONNECTION, failures))
}

fn step(waits: &[Millis], tries: i64) -> Millis {
    let at = usize::try_from(tries).unwrap_or(0).min(waits.len() - 1);
    waits[at]
}

/// Up to 20 % more or less, so that what failed together does not come back together.
fn jitter(clock: &Clock, wait: Millis) -> Millis {
    let fifth = wait / 5;
    // `fraction` is below one: the result stays within the fifth.
    wait - fifth + (clock.fraction() * 2.0 * fifth as f64) as Millis
}
