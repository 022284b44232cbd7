//! Debounce: when to look after something has happened. A pure value: time is an argument.
//!
//! Answers for: one look per burst, soon after its end, and in good time when the burst does not end. Leaves to others:
//! what a wake-up is and what is looked at.

use std::time::{Duration, Instant};

/// Collects wake-ups into bursts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Debounce {
    quiet: Duration,
    at_most: Duration,
    burst: Option<Burst>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Burst {
    first: Instant,
    last: Instant,
}

impl Debounce {
    /// A burst is over after `quiet` without a wake-up, or `at_most` after its first.
    pub(super) fn new(quiet: Duration, at_most: Duration) -> Self {
        Self { quiet, at_most, burst: None }
    }

    /// Something happened.
    pub(super) fn wake(&mut self, now: Instant) {
        let first = self.burst.map_or(now, |burst| burst.first);
        self.burst = Some(Burst { first, last: now });
    }

    /// When the burst is over; `None` when there is none.
    pub(super) fn due(&self) -> Option<Instant> {
        self.burst.map(|burst| (burst.last + self.quiet).min(burst.first + self.at_most))
    }

    /// Whether the burst has lasted as long as any may.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.burst.is_some_and(|burst| now >= burst.first + self.at_most)
    }

    /// Ends the burst and tells when it began; `None` while it is not over.
    pub(super) fn take(&mut self, now: Instant) -> Option<Instant> {
        self.due().filter(|due| now >= *due)?;
        self.cut()
    }

    /// Ends the burst, over or not, and tells when it began.
    pub(super) fn cut(&mut self) -> Option<Instant> {
        self.burst.take().map(|burst| burst.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wakes at `wakes` (ms), looks each millisecond; returns `(when it was over, when it began)`.
    #[expect(clippy::disallowed_methods, reason = "an origin for fabricated instants; no time passes")]
    fn check(wakes: &[u64]) -> Vec<(u64, u64)> {
        let origin = Instant::now();
        let mut debounce = Debounce::new(Duration::from_millis(100), Duration::from_millis(1000));
        let mut seen = Vec::new();
        for ms in 0..5000 {
            let now = origin + Duration::from_millis(ms);
            if wakes.contains(&ms) {
                debounce.wake(now);
            }
            if let Some(began) = debounce.take(now) {
                seen.push((ms, (began - origin).as_millis() as u64));
            }
        }
        assert_eq!(debounce.due(), None);
        seen
    }

    #[test]
    fn silence_causes_nothing() {
        assert_eq!(check(&[]), []);
    }

    #[test]
    fn one_change_is_looked_at_after_the_quiet_time() {
        assert_eq!(check(&[10]), [(110, 10)]);
    }

    #[test]
    fn a_burst_is_one_look() {
        assert_eq!(check(&[10, 50, 149, 200]), [(300, 10)]);
        assert_eq!(check(&[10, 110, 300]), [(210, 10), (400, 300)]);
    }

    #[test]
    fn a_burst_that_does_not_end_is_looked_at_all_the_same() {
        let endless: Vec<u64> = (0..2500).step_by(50).collect();
        assert_eq!(check(&endless), [(1000, 0), (2050, 1050), (2550, 2100)]);
    }
}
