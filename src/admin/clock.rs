//! Moments of this process as the wall clock has them.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// One moment, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    now: Instant,
    millis: u64,
}

impl Clock {
    pub(super) fn now() -> Self {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis());
        Self { now: tokio::time::Instant::now().into_std(), millis: u64::try_from(millis).unwrap_or(u64::MAX) }
    }

    /// This moment, as milliseconds since 1970.
    pub(super) fn now_millis(self) -> u64 {
        self.millis
    }

    /// Milliseconds since 1970 of a moment that has passed.
    pub(super) fn millis(self, moment: Instant) -> u64 {
        let ago = u64::try_from(self.now.saturating_duration_since(moment).as_millis()).unwrap_or(u64::MAX);
        self.millis.saturating_sub(ago)
    }
}
