//! Answers that take the same time whatever they found, where the time would tell.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How long an answer takes at least, in milliseconds: more than looking for what there is.
const LEAST_MS: u64 = 300;

/// A request whose answer must not tell by its time what was found.
#[derive(Debug)]
pub struct Pace(Instant);

impl Pace {
    /// From here on.
    pub fn begin() -> Self {
        Self(Instant::now())
    }
    /// Waits until as much time is over as every such answer takes.
    pub async fn keep(self) {
        sleep_until(self.0 + Duration::from_millis(LEAST_MS)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn quick_and_slow_take_the_same() {
        for working in [0, 120] {
            let began = Instant::now();
            let pace = Pace::begin();
            tokio::time::sleep(Duration::from_millis(working)).await;
            pace.keep().await;
            let took = began.elapsed();
            assert!(took >= Duration::from_millis(LEAST_MS), "{took:?}");
            assert!(took < Duration::from_millis(2 * LEAST_MS), "{took:?}");
        }
    }
}
