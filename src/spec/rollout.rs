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
