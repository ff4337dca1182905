//! The one clock of the house: real, or moved by hand in the demo and in tests.

use jiff::{SignedDuration, Timestamp};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

/// Cheap to clone; all clones tell the same time.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_us: Arc<AtomicI64>,
    movable: Arc<AtomicBool>,
}

impl Clock {
    pub fn real() -> Self {
        Self::default()
    }
    /// A clock that [`Self::set`] may move.
    pub fn movable() -> Self {
        let clock = Self::default();
        clock.movable.store(true, Ordering::Relaxed);
        clock
    }
    pub fn is_movable(&self) -> bool {
        self.movable.load(Ordering::Relaxed)
    }
    /// The time, as this clock tells it.
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_micros(self.offset_us.load(Ordering::Relaxed));
        ambient().checked_add(offset).unwrap_or(Timestamp::MAX)
    }
    /// What an instant of this clock is on everybody else's: for times that other machines compare
    /// with their own clocks (`exp` of an id_token). The same instant unless the clock was moved.
    pub fn outside(&self, at: Timestamp) -> Timestamp {
        let offset = SignedDuration::from_micros(self.offset_us.load(Ordering::Relaxed));
        at.checked_sub(offset).unwrap_or(at)
    }
    /// Moves the clock to `at` (from where it runs on), or back to real time. False on a
    /// clock that cannot be moved.
    pub fn set(&self, at: Option<Timestamp>) -> bool {
        if !self.is_movable() {
            return false;
        }
        let offset = at.map_or(0, |at| at.as_microsecond() - ambient().as_microsecond());
        self.offset_us.store(offset, Ordering::Relaxed);
        true
    }
    pub fn advance_seconds(&self, seconds: i64) -> bool {
        if !self.is_movable() {
            return false;
        }
        self.offset_us
            .fetch_add(seconds.saturating_mul(1_000_000), Ordering::Relaxed);
        true
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the system"
)]
fn ambient() -> Timestamp {
    Timestamp::now()
}
