//! What the demo shows of each change: who acked what, how fast, or why not.

use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::super::output::{self, talk};
use crate::fleet::Event;
use crate::printable::without_dump;
use crate::resource::Node;
use crate::telemetry::Told;

/// Prints events until the daemon ends.
pub(super) async fn follow(mut told: Receiver<Told>) {
    loop {
        match told.recv().await {
            Ok(Told::Event { node, event }) => {
                if let Some(line) = line(node.as_deref(), &event) {
                    talk(&line);
                }
            }
            Ok(Told::Milestone(it)) => {
                let after = milliseconds(it.after);
                talk(&format!("g{}  {}/{} nodes acked, {after} after the edit", it.generation, it.acked, it.nodes));
            }
            Ok(Told::Faults(faults)) => {
                talk("the documents have faults; what was good stays in service:");
                output::diagnostics(&faults);
            }
            Err(RecvError::Lagged(lost)) => talk(&format!("({lost} events were too fast to show)")),
            Err(RecvError::Closed) => return,
        }
    }
}

fn line(node: Option<&Node>, event: &Event) -> Option<String> {
    let who = node.map_or_else(String::new, ToString::to_string);
    Some(match event {
        Event::Published { generation, changed } => {
            format!("g{generation}  published, {} after the edit", milliseconds(*changed))
        }
        Event::Withdrawn { generation } => format!("g{generation}  refused and taken back"),
        Event::Connected { transport, .. } => {
            let protocol = if transport.delta { "delta" } else { "state of the world" };
            format!("    {who} connected ({protocol})")
        }
        Event::Waiting { reason, .. } => format!("    {who} waits: {reason}"),
        Event::Sent { kind, resources, removed, bytes, .. } => {
            let removed = if *removed == 0 { String::new() } else { format!(", {removed} removed") };
            format!("    {who} <- {kind}  {resources} sent{removed}, {bytes} bytes")
        }
        Event::Acked { kind, version, after, .. } => {
            format!("    {who} -> {kind}  acked {version} in {}", milliseconds(*after))
        }
        Event::Isolating { kind, suspects, .. } => {
            format!("    {who} -> {kind}  refused {suspects} resources and named none: looking for the bad ones")
        }
        Event::Refused { kind, version, message, .. } => {
            format!("    {who} -> {kind}  REFUSED {version}: {}", without_dump(message))
        }
        Event::Disconnected { reason, .. } => format!("    {who} disconnected: {}", reason),
        Event::Asked { .. } | Event::Shown { .. } | Event::Settled { .. } => return None,
    })
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}
