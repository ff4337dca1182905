//! Counters for rate limits, shared by all nodes.
use crate::{Result, Storage};
use jiff::Timestamp;

pub struct Throttle<'a> {
    pub(crate) storage: &'a Storage,
}

impl Throttle<'_> {
    /// Counts one try under `key` in a window; false once more than `max` were counted.
    pub async fn allow(
        &self,
        _key: &str,
        _max: i64,
        _window_seconds: i64,
        _now: Timestamp,
    ) -> Result<bool> {
        let _ = self.storage;
        todo!()
    }
    pub async fn clear(&self, _key: &str) -> Result<()> {
        todo!()
    }
}
