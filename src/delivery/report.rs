//! What the outside may see: where each node is, and where the generation on trial stands.

use std::sync::Arc;
use std::time::Instant;

use super::course::Stage;
use super::state::Delivery;
use super::view::Problem;
use crate::resource::{Node, ResourceType};

/// Everything at one moment.
#[derive(Debug, Clone)]
pub struct Report {
    /// The generation that everyone gets.
    pub good: Option<u64>,
    /// The one on trial.
    pub trial: Option<TrialReport>,
    /// All connected nodes, by id.
    pub nodes: Vec<NodeReport>,
}

/// A generation on trial.
#[derive(Debug, Clone)]
pub struct TrialReport {
    /// Its number.
    pub generation: u64,
    /// When it began.
    pub since: Instant,
    /// Whether it goes no further by itself.
    pub paused: bool,
    /// How many canaries disconnected that count against it.
    pub lost: usize,
    /// Who got it first, and whether each has accepted all of it; none for who says nothing.
    pub canaries: Vec<(Arc<Node>, Option<bool>)>,
}

/// A connected node.
#[derive(Debug, Clone)]
pub struct NodeReport {
    /// Who it is.
    pub node: Arc<Node>,
    /// When it came.
    pub since: Instant,
    /// How many streams it has open.
    pub streams: usize,
    /// The generation that it is to have.
    pub goal: Option<u64>,
    /// The newest one that it has all of.
    pub has: Option<u64>,
    /// Where it is on the way.
    pub stage: Stage,
    /// Why the newest generation is not what it sees.
    pub problem: Option<Problem>,
    /// Whether it refuses something.
    pub refuses: bool,
    /// What it has not asked for or not accepted yet, the first few.
    pub missing: Vec<(ResourceType, Arc<str>)>,
}

impl Delivery {
    /// Everything at this moment.
    pub fn report_all(&self) -> Report {
        let node = |it: &super::node::NodeState| NodeReport {
            node: it.node.clone(),
            since: it.since,
            streams: it.streams(),
            goal: it.course.goal().map(|it| it.generation),
            has: it.has,
            stage: it.course.stage(),
            problem: it.problem.clone(),
            refuses: it.refuses(),
            missing: if it.course.is_done() { Vec::new() } else { it.missing() },
        };
        let mut nodes: Vec<_> = self.nodes.values().map(node).collect();
        nodes.sort_by(|a, b| a.node.id.cmp(&b.node.id));
        let trial = self.trial.as_ref().map(|it| TrialReport {
            generation: it.generation.number,
            since: it.began,
            paused: it.is_held(),
            lost: it.losses(),
            canaries: (it.groups.values().flat_map(|it| &it.canaries))
                .filter_map(|(key, it)| {
                    let node = self.nodes.get(key)?.node.clone();
                    Some((node, if it.silent { None } else { Some(it.passed.is_some()) }))
                })
                .collect(),
        });
        Report { good: self.good.as_ref().map(|it| it.number), trial, nodes }
    }
}
