//! What a node's streams see, and what they answer.

use std::sync::Arc;

use crate::snapshot::{Clash, Marks, Need, Snapshot};

/// What a node's streams see. The newest state wins; nothing queues behind a slow reader.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The resources, once there are any for this node.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Counts the views of a node; streams answer by it.
    pub step: u64,
    /// What the streams should look out for.
    pub needs: Arc<[Need]>,
    /// Why the newest generation is not what the node sees.
    pub problem: Option<Problem>,
}

/// Why a node sees nothing, or nothing new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No document selects it; the text names the nearest selector.
    Unmatched(Option<String>),
    /// Documents that contradict each other for this node.
    Clash(Arc<Clash>),
}

/// How far a stream is with the view that it was given last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The view's step.
    pub step: u64,
    /// Whether nothing is due or unanswered: of what is used, of what routes.
    pub settled: [bool; 2],
    /// Whether the client lacks something that it refused: of what is used, of what routes.
    pub refuses: [bool; 2],
    /// Whether the client asks for anything that routes.
    pub asks_for_routes: bool,
    /// Whether the client asks for clusters, for listeners: the types that it gets as a whole, on one stream.
    pub asks_for_all: [bool; 2],
    /// Which of the view's needs arise from what the client asks for on this stream.
    pub asks: Marks,
    /// Which of them are met on this stream.
    pub has: Marks,
}
