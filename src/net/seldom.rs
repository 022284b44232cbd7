//! Log lines about something that may happen thousands of times a second: one a minute, with the count.

use std::time::Duration;

use tokio::time::Instant;

/// How long nothing more is said of the same.
const QUIET: Duration = Duration::from_secs(60);

/// Counts occurrences, and tells when one is to be logged.
#[derive(Debug, Default)]
pub struct Seldom {
    last: Option<Instant>,
    count: u64,
}

impl Seldom {
    /// Counts one more. If a line is due: how many occurrences it stands for.
    pub fn count(&mut self) -> Option<u64> {
        self.count += 1;
        let now = Instant::now();
        if self.last.is_some_and(|it| now < it + QUIET) {
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_told_at_once_and_the_rest_once_a_minute() {
        let mut seldom = Seldom::default();
        assert_eq!(seldom.count(), Some(1));
        for _ in 0..99 {
            assert_eq!(seldom.count(), None);
        }
        tokio::time::advance(QUIET).await;
        assert_eq!(seldom.count(), Some(100));
        assert_eq!(seldom.count(), None);
    }
}
