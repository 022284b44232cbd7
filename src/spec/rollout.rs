//! How a change is rolled out, as far as a document or the command line says: whom it meets first, how long it is
//! watched, what a refusal does.

use std::time::Duration;

use super::NodeSelector;

/// `rollout:` of a document. What is not said here is decided by the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rollout {
    /// Who gets a change first.
    pub canary: Option<Canary>,
    /// How long a change is watched after the canaries accepted it.
    pub bake: Option<Duration>,
    /// After how long a canary counts as silent.
    pub ack_timeout: Option<Duration>,
    /// What a refusal does.
    pub on_nack: Option<OnNack>,
}

/// Who gets a change first, of each group of nodes that get the same documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Canary {
    /// Nobody: all at once.
    Off,
    /// The one that has been connected longest and refuses nothing.
    One,
    /// This share of the group, in percent from 1 to 100, and never less than one node.
    Share(u8),
    /// All that any of these match; where none is connected, the one that has been connected longest.
    Nodes(Vec<NodeSelector>),
}

/// What a refusal by a canary does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnNack {
    /// The change is refused: who has it gets the last good version back.
    Rollback,
    /// The change goes no further, and who has it keeps it, until somebody decides.
    Hold,
    /// Nothing: it is reported, and the change goes on.
    Ignore,
}

/// No change is watched for longer than this: what is meant to last is no trial.
pub const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 3600);

impl Canary {
    /// What `off`, `one` or `25%` means.
    pub fn of_word(text: &str) -> Option<Self> {
        match text {
            _ if text.eq_ignore_ascii_case("off") => Some(Self::Off),
            _ if text.eq_ignore_ascii_case("one") => Some(Self::One),
            _ => {
                let digits = text.strip_suffix('%')?;
                let share = digits.parse().ok().filter(|_| digits.bytes().all(|it| it.is_ascii_digit()));
                share.filter(|it| (1..=100).contains(it)).map(Self::Share)
            }
        }
    }
}

impl OnNack {
    /// The words for what a refusal does.
    pub const WORDS: [(&str, Self); 3] = [("rollback", Self::Rollback), ("hold", Self::Hold), ("ignore", Self::Ignore)];
}

impl Rollout {
    /// Takes from `outer` what is not said here.
    #[must_use]
    pub fn within(self, outer: &Self) -> Self {
        Self {
            canary: self.canary.or_else(|| outer.canary.clone()),
            bake: self.bake.or(outer.bake),
            ack_timeout: self.ack_timeout.or(outer.ack_timeout),
            on_nack: self.on_nack.or(outer.on_nack),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_canaries() {
        for (text, expected) in [
            ("off", Some(Canary::Off)),
            ("one", Some(Canary::One)),
            ("1%", Some(Canary::Share(1))),
            ("100%", Some(Canary::Share(100))),
            ("0%", None),
            ("101%", None),
            ("+5%", None),
            ("2.5%", None),
            ("%", None),
            ("25", None),
            ("Off", Some(Canary::Off)),
        ] {
            assert_eq!(Canary::of_word(text), expected, "{text}");
        }
    }
}
