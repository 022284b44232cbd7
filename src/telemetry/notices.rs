//! A line of the log for what happens on a generation's way.

use tracing::{debug, info, warn};

use crate::delivery::{Ending, Nack, Notice, Stage};
use crate::resource::Node;

/// How many names a line lists.
const NAMES: usize = 5;

/// All of a client's own words are escaped by their `Display` or `{:?}` (P254).
pub(super) fn log(notice: &Notice) {
    match notice {
        Notice::Tried { generation, groups, canaries } => {
            let first: Vec<_> = canaries.iter().take(NAMES).map(|it| it.to_string()).collect();
            info!(generation, groups, canaries = canaries.len(), first = first.join(", "), "canaries get it first");
        }
        Notice::Silent { generation, node, next } => {
            let next = next.as_deref().map(tracing::field::display::<&Node>);
            warn!(generation, %node, next, "the canary says nothing");
        }
        Notice::Lost { generation, node } => warn!(generation, %node, "the canary disconnected"),
        Notice::Returned { generation, node } => {
            info!(generation, %node, "the canary is back with what it had, and goes on");
        }
        Notice::Stopped { generation, lost } => {
            let help = "change the documents, or decide with `chancery rollout resume`, `promote` or `abort`";
            warn!(generation, lost, help, "canaries disconnected while other nodes stayed; nobody else gets it");
        }
        Notice::Doubted { generation, node } => {
            warn!(generation, %node, "refused by a node that refused what others accepted; another is asked");
        }
        // The log has it as a milestone.
        Notice::Arrived { .. } => {}
        Notice::Ended { generation, ending } => ended(*generation, ending),
        Notice::Nacked { generation, nack: Nack { node, kind, names, message } } => {
            let names = &names[..names.len().min(NAMES)];
            // The log has the refusal already, and will have the diagnostic.
            debug!(generation, %node, r#type = %kind, ?names, error = ?message, "does not accept the generation");
        }
        Notice::Retried => info!("what was refused is tried once more"),
        Notice::Late { node, generation, stage, missing } => {
            let missing: Vec<_> = missing.iter().map(|(kind, name)| format!("{kind} {name:?}")).collect();
            let missing = (!missing.is_empty()).then(|| missing.join(", "));
            let outcome = match stage {
                Stage::Last => "no answer, or something is still warming",
                Stage::Make | Stage::Warm | Stage::Switch | Stage::Linger => "no answer in time; going on without",
            };
            warn!(generation, %node, stage = ?stage, missing, "{outcome}");
        }
    }
}

fn ended(generation: u64, ending: &Ending) {
    match ending {
        Ending::Promoted { accepted: 0, silent: 0 } => info!(generation, "everyone gets it"),
        Ending::Promoted { accepted, silent: 0 } => {
            info!(generation, accepted, "canaries accepted it; everyone gets it")
        }
        Ending::Promoted { accepted, silent } => {
            warn!(generation, accepted, silent, "some canaries said nothing; everyone gets it");
        }
        Ending::RolledBack => warn!(generation, "refused and taken back"),
        Ending::Aborted => warn!(generation, "taken back by an operator"),
        Ending::Superseded => info!(generation, "superseded by a newer one"),
    }
}
