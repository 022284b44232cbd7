//! What is worth telling: the log, the loader, the state directory and whoever waits hear of it.

use std::sync::Arc;

use super::Stage;
use crate::resource::{Node, ResourceType};

/// One thing that happened on a generation's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A generation is shown to some nodes first.
    Tried {
        /// Its number.
        generation: u64,
        /// How many groups of nodes it changes something for.
        groups: usize,
        /// Who gets it first.
        canaries: Vec<Arc<Node>>,
    },
    /// A canary said nothing in time.
    Silent {
        /// The generation's number.
        generation: u64,
        /// The canary.
        node: Arc<Node>,
        /// Who is tried next, if there is anybody.
        next: Option<Arc<Node>>,
    },
    /// A canary disconnected.
    Lost {
        /// The generation's number.
        generation: u64,
        /// The canary.
        node: Arc<Node>,
    },
    /// A canary that disconnected is connected again, with the resources that it had.
    Returned {
        /// The generation's number.
        generation: u64,
        /// The canary.
        node: Arc<Node>,
    },
    /// Too many canaries disconnected while others stayed: the change may crash Envoys, and nobody else gets it.
    Stopped {
        /// The generation's number.
        generation: u64,
        /// How many canaries it was.
        lost: usize,
    },
    /// A canary refused it that had refused what others accepted: another node is asked before anything follows.
    Doubted {
        /// The generation's number.
        generation: u64,
        /// The canary.
        node: Arc<Node>,
    },
    /// A generation's trial is over.
    Ended {
        /// Its number.
        generation: u64,
        /// How.
        ending: Ending,
    },
    /// Everyone has a generation who was there when its trial ended.
    Arrived {
        /// Its number.
        generation: u64,
    },
    /// A node refused some of a generation.
    Nacked {
        /// The generation's number.
        generation: u64,
        /// What was refused.
        nack: Nack,
    },
    /// An operator wants what was refused to be tried once more, as it is.
    Retried,
    /// A stage went on without an answer, or the last one still has none.
    Late {
        /// The node.
        node: Arc<Node>,
        /// The generation to which it is on its way.
        generation: u64,
        /// The stage.
        stage: Stage,
        /// What it has not asked for or not accepted, the first few: it may still be warming (P44).
        missing: Vec<(ResourceType, Arc<str>)>,
    },
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everyone gets it, or has it.
    Promoted {
        /// How many canaries accepted it.
        accepted: usize,
        /// How many said nothing.
        silent: usize,
    },
    /// It was taken back after a refusal.
    RolledBack,
    /// It was taken back by an operator.
    Aborted,
    /// A newer generation took its place.
    Superseded,
}

/// A refusal, as the client told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nack {
    /// Who refused.
    pub node: Arc<Node>,
    /// The type.
    pub kind: ResourceType,
    /// The resources that it names, else the first of those that it was sent.
    pub names: Vec<Arc<str>>,
    /// Its words: untrusted, bounded.
    pub message: String,
}
