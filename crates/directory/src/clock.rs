//! Time and randomness, handed in so that the whole engine runs under simulation.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// Milliseconds since 1970, the unit of every stored time.
pub type Millis = i64;

/// Where time and randomness come from.
pub trait Source: Send + Sync + 'static {
    /// Now, in milliseconds since 1970.
    fn now(&self) -> Millis;
    /// Fill a buffer with random bytes. For ids and jitter; secrets always come from the operating system.
    fn fill(&self, bytes: &mut [u8]);
}

/// The clock that everything in a deployment shares.
#[derive(Clone)]
pub struct Clock(Arc<dyn Source>);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The machine's clock and the operating system's randomness.
#[derive(Default)]
pub struct System {
    /// The last instant given out, so that time, and with it the order of ids, never runs backwards.
    last: Mutex<(Millis, u16)>,
}

impl Clock {
    /// The machine's clock and the operating system's randomness.
    pub fn system() -> Clock {
        Clock(Arc::new(System::default()))
    }

    /// A clock for tests.
    pub fn new(source: impl Source) -> Clock {
        Clock(Arc::new(source))
    }

    /// Now, in milliseconds since 1970.
    pub fn now(&self) -> Millis {
        self.0.now()
    }

    /// A new UUIDv7: ids grow with time, so rows that are made together lie together.
    pub fn id(&self) -> Uuid {
        let mut random = [0; 10];
        self.0.fill(&mut random);
        let millis = u64::try_from(self.0.now()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A random number in `0.0..1.0`, for jitter.
    pub fn fraction(&self) -> f64 {
        let mut random = [0; 4];
        self.0.fill(&mut random);
        f64::from(u32::from_le_bytes(random)) / (f64::from(u32::MAX) + 1.0)
    }
}

impl Source for System {
    fn now(&self) -> Millis {
        wall()
    }

    fn fill(&self, bytes: &mut [u8]) {
        random(bytes);
        // UUIDv7 leaves 12 bits after the milliseconds to us: a counter keeps ids of one millisecond in order.
        if let Ok(mut last) = self.last.lock() {
            let now = wall();
            *last = if now > last.0 { (now, 0) } else { (last.0, last.1.wrapping_add(1)) };
            if let [first, second, ..] = bytes {
                [*first, *second] = last.1.to_be_bytes();
            }
        }
    }
}

/// The machine's clock. Everything but [`Clock::system`] and log lines goes through a [`Clock`].
pub(crate) fn wall() -> Millis {
    #[allow(clippy::disallowed_methods)] // the one place
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// Fill a buffer from the operating system's generator.
pub(crate) fn random(bytes: &mut [u8]) {
    // Without randomness there are no safe tokens or nonces; there is nothing sensible to go on with.
    getrandom::fill(bytes).expect("the operating system provides randomness");
}

/// A stored time as RFC 3339 in UTC with milliseconds, as `meta.created` has it.
pub fn rfc3339(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

/// A time from its text: RFC 3339, or a date alone, which is its beginning in UTC.
pub fn read_rfc3339(text: &str) -> Option<Millis> {
    let whole = text.parse::<jiff::Timestamp>().or_else(|_| format!("{text}T00:00:00Z").parse());
    whole.ok().map(|at| at.as_millisecond())
}
