//! Which log lines are written when clients cause thousands of them: the first of each kind, then a count.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::{info, warn};

use crate::delivery::Notice;
use crate::fleet::Event;

/// How long lines of a kind are counted together.
pub const WINDOW: Duration = Duration::from_secs(10);

/// How many lines of a kind are written in that time.
const MOST: u64 = 100;

/// The kinds, by what a summary says of them; and whether they are warnings.
const KINDS: [(&str, bool); 8] = [
    ("connected", false),
    ("disconnected", false),
    ("waiting", true),
    ("refused, naming none", false),
    ("refused", true),
    ("canaries say nothing", true),
    ("canaries are gone", true),
    ("give no answer in time", true),
];

/// A row of [`KINDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(usize);

impl Kind {
    /// The kind of line that is written for an event; `None` for lines that are never left out.
    pub(super) fn of_event(event: &Event) -> Option<Self> {
        match event {
            Event::Connected { .. } => Some(Self(0)),
            Event::Disconnected { .. } => Some(Self(1)),
            Event::Waiting { .. } => Some(Self(2)),
            Event::Isolating { .. } => Some(Self(3)),
            Event::Refused { .. } => Some(Self(4)),
            Event::Published { .. }
            | Event::Withdrawn { .. }
            | Event::Shown { .. }
            | Event::Sent { .. }
            | Event::Acked { .. }
            | Event::Asked { .. }
            | Event::Settled { .. } => None,
        }
    }

    /// The same for a notice of delivery.
    pub(super) fn of_notice(notice: &Notice) -> Option<Self> {
        match notice {
            Notice::Silent { .. } => Some(Self(5)),
            Notice::Lost { .. } => Some(Self(6)),
            Notice::Late { .. } => Some(Self(7)),
            _ => None,
        }
    }
}

/// Counts lines.
#[derive(Debug, Default)]
pub(super) struct Sampler(Mutex<[Count; KINDS.len()]>);

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    began: Option<Instant>,
    lines: u64,
}

impl Sampler {
    /// Whether a line of this kind is written. Says how many were not, when that is due.
    pub(super) fn admits(&self, kind: Option<Kind>, now: Instant) -> bool {
        let Some(Kind(kind)) = kind else { return true };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = &mut counts[kind];
        let more = count.over(now);
        count.began.get_or_insert(now);
        count.lines += 1;
        let admits = count.lines <= MOST;
        drop(counts);
        say(kind, more);
        admits
    }

    /// Says how many lines were left out in the windows that are over.
    pub(super) fn summarise(&self, now: Instant) {
        let over = {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            counts.each_mut().map(|it| it.over(now))
        };
        for (kind, more) in over.into_iter().enumerate() {
            say(kind, more);
        }
    }
}

impl Count {
    /// Begins anew if the window is over: how many lines were left out in it.
    fn over(&mut self, now: Instant) -> u64 {
        if self.began.is_none_or(|it| now < it + WINDOW) {
            return 0;
        }
        std::mem::take(self).lines.saturating_sub(MOST)
    }
}

fn say(kind: usize, more: u64) {
    let (what, is_warning) = KINDS[kind];
    let seconds = WINDOW.as_secs();
    match (more, is_warning) {
        (0, _) => {}
        (more, true) => warn!(more, "… and {more} more {what} in {seconds} s"),
        (more, false) => info!(more, "… and {more} more {what} in {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_of_a_kind_are_written_and_the_rest_counted() {
        let (sampler, now) = (Sampler::default(), tokio::time::Instant::now().into_std());
        let admitted = |kind, at| (0..1_000).filter(|_| sampler.admits(kind, at)).count() as u64;
        assert_eq!(admitted(Some(Kind(0)), now), MOST);
        assert_eq!(admitted(Some(Kind(1)), now), MOST, "another kind");
        assert_eq!(admitted(None, now), 1_000);
        let counts = || sampler.0.lock().unwrap()[0];
        sampler.summarise(now + WINDOW / 2);
        assert_eq!(counts().lines, 1_000);
        assert_eq!(counts().over(now + WINDOW), 900);
        sampler.summarise(now + WINDOW);
        assert_eq!(counts().lines, 0);
        assert_eq!(admitted(Some(Kind(0)), now + WINDOW), MOST);
    }
}
