//! The journal: every event is folded into the fleet, logged, and handed on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tracing::{debug, error, info, warn};

use crate::delivery::{self, Ending};
use crate::fleet::{Event, Fleet, Milestone, Notice, Observer, StreamId};
use crate::resource::Node;
use crate::spec::{Diagnostic, Severity};

/// How many events an observer may lag behind before it loses some. Nobody ever waits for an observer.
const LAG: usize = 4096;

/// An event or a milestone, as observers get it.
#[derive(Debug, Clone)]
pub enum Told {
    /// Something happened to a stream of this node.
    Event {
        /// The node, where it is known.
        node: Option<Arc<Node>>,
        /// What happened.
        event: Event,
    },
    /// Every connected node has a generation.
    Milestone(Milestone),
    /// Documents have faults or deserve a warning.
    Faults(Arc<[Diagnostic]>),
}

/// Folds, logs and hands on what the transport reports.
#[derive(Debug)]
pub struct Journal {
    fleet: Mutex<Fleet>,
    observers: broadcast::Sender<Told>,
    milestones: watch::Sender<Option<Milestone>>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { fleet: Mutex::default(), observers: broadcast::Sender::new(LAG), milestones: watch::Sender::new(None) }
    }
}

impl Journal {
    /// Everything that happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Told> {
        self.observers.subscribe()
    }

    /// The newest milestone.
    pub fn milestones(&self) -> watch::Receiver<Option<Milestone>> {
        self.milestones.subscribe()
    }

    /// Logs diagnostics and hands them on.
    pub fn faults(&self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let (place, code, help) = (diagnostic.place(), diagnostic.code, diagnostic.help.join("; "));
            let (message, remark) = (&diagnostic.message, diagnostic.labels.first().map(|it| it.remark.as_str()));
            let remark = remark.filter(|it| !it.is_empty());
            let related: Vec<_> =
                diagnostic.labels.iter().skip(1).map(|it| format!("{}: {}", it.place(), it.remark)).collect();
            let related = (!related.is_empty()).then(|| related.join("; "));
            match diagnostic.severity {
                Severity::Error => error!(place, code, remark, related, help, "{message}"),
                Severity::Warning => warn!(place, code, remark, related, help, "{message}"),
            }
        }
        if !diagnostics.is_empty() && self.observers.receiver_count() > 0 {
            let _ = self.observers.send(Told::Faults(diagnostics.into()));
        }
    }
}

impl Journal {
    /// Logs what happened on a generation's way. One that was taken back is waited for no longer.
    pub fn notice(&self, notice: &delivery::Notice) {
        super::notices::log(notice);
        if let delivery::Notice::Ended { generation, ending: Ending::RolledBack | Ending::Aborted } = notice {
            self.observe(Event::Withdrawn { generation: *generation });
        }
    }
}

impl Observer for Journal {
    fn observe(&self, event: Event) {
        let now = tokio::time::Instant::now().into_std();
        let (node, notice) = {
            let mut fleet = self.fleet.lock().unwrap_or_else(PoisonError::into_inner);
            let node = stream(&event).and_then(|it| fleet.streams().get(&it)).map(|it| it.node.clone());
            (node, fleet.apply(&event, now))
        };
        let node = match &event {
            Event::Connected { node, .. } => Some(node.clone()),
            _ => node,
        };
        log(node.as_deref(), &event);
        match &notice {
            Some(Notice::Milestone(Milestone { generation, acked, nodes, after })) => {
                let after_ms = millis(*after);
                if acked == nodes {
                    info!(generation, acked, nodes, after_ms, "all nodes acked");
                } else {
                    warn!(generation, acked, nodes, after_ms, "some nodes refused");
                }
            }
            Some(Notice::Deserted { generation }) => {
                warn!(generation, "the last node disconnected before it had the generation");
            }
            Some(Notice::Duplicate(peers)) => {
                let node = node.as_deref().map(tracing::field::display);
                warn!(node, ?peers, "several machines claim this node id");
            }
            None => {}
        }
        if let Some(Notice::Milestone(milestone)) = &notice {
            self.milestones.send_replace(Some(milestone.clone()));
        }
        if self.observers.receiver_count() > 0 {
            // An error only means that the last observer left in between.
            let _ = self.observers.send(Told::Event { node, event });
            if let Some(Notice::Milestone(milestone)) = notice {
                let _ = self.observers.send(Told::Milestone(milestone));
            }
        }
    }
}

/// The stream that an event is about.
fn stream(event: &Event) -> Option<StreamId> {
    match event {
        Event::Published { .. } | Event::Withdrawn { .. } => None,
        Event::Connected { stream, .. }
        | Event::Waiting { stream, .. }
        | Event::Shown { stream, .. }
        | Event::Sent { stream, .. }
        | Event::Acked { stream, .. }
        | Event::Isolating { stream, .. }
        | Event::Refused { stream, .. }
        | Event::Asked { stream, .. }
        | Event::Settled { stream, .. }
        | Event::Disconnected { stream, .. } => Some(*stream),
    }
}

/// One line for each event. All of a client's own words are escaped by their `Display` or `{:?}` (P254).
fn log(node: Option<&Node>, event: &Event) {
    let is_grpc = node.is_some_and(|it| it.user_agent.contains("grpc"));
    let node = node.map(tracing::field::display);
    match event {
        Event::Published { generation, changed } => {
            info!(generation, after_ms = millis(*changed), "generation published");
        }
        Event::Withdrawn { generation } => debug!(generation, "waited for no longer"),
        Event::Connected { stream, peer, transport, .. } => {
            let peer = peer.map(tracing::field::display);
            let only = transport.only.as_ref().map(tracing::field::display);
            info!(node, stream = stream.0, peer, delta = transport.delta, r#type = only, "connected");
        }
        Event::Waiting { stream, reason } => warn!(node, stream = stream.0, reason, "waiting"),
        Event::Shown { stream, generation } => debug!(node, stream = stream.0, generation, "sees"),
        Event::Sent { stream, kind, version, nonce, resources, removed, bytes, oversize } => {
            debug!(node, stream = stream.0, r#type = %kind, version, nonce, resources, removed, bytes, "sent");
            // Envoy takes any size; gRPC libraries refuse what is over their limit (P229, P243).
            if *oversize && is_grpc {
                warn!(node, stream = stream.0, r#type = %kind, version, bytes, "over the message limit of gRPC clients");
            }
        }
        Event::Acked { stream, kind, version, after } => {
            debug!(node, stream = stream.0, r#type = %kind, version, after_ms = millis(*after), "acked");
        }
        Event::Isolating { stream, kind, suspects, message } => {
            info!(node, stream = stream.0, r#type = %kind, suspects, error = ?message, "refused, naming none");
        }
        Event::Refused { stream, kind, version, names, message } => {
            warn!(node, stream = stream.0, r#type = %kind, version, ?names, error = ?message, "refused");
        }
        Event::Asked { stream, kind, what } => {
            let kind = kind.as_ref().map(tracing::field::display);
            debug!(node, stream = stream.0, r#type = kind, what, "asked");
        }
        Event::Settled { stream, generation, refused } => {
            debug!(node, stream = stream.0, generation, refused, "settled");
        }
        Event::Disconnected { stream, reason } => info!(node, stream = stream.0, reason, "disconnected"),
    }
}

/// Milliseconds with two places: what people read in a log.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}
