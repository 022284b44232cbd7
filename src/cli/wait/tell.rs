//! What a wait says: one line of progress, how it ended, and who lags behind. What clients say of themselves is made
//! harmless.

use std::time::Duration;

use serde_json::Value;

use super::Seen;
use super::state::{Fate, Outcome, Wanted, number, verdicts};
use crate::cli::rollout::refusals;
use crate::cli::{exit, output};

/// Tells how it ended; returns the exit code.
pub(super) fn verdict(seen: Option<&Seen>, timeout: Duration) -> u8 {
    let after = format!("after {}s", timeout.as_secs_f64());
    let Some(Seen { wanted, state, rollout, nodes }) = seen else {
        output::talk(&format!("chancery: out of time: there was no generation to wait for, {after}"));
        return exit::LATE;
    };
    let Wanted { generation, .. } = *wanted;
    if state.outcome == Outcome::Reached {
        // Elsewhere it has just been said.
        if output::talks_to_terminal() {
            output::talk(&state.line(*wanted));
        }
        return exit::DONE;
    }
    laggards(nodes);
    // The newest first: that one took the place of the others.
    let told = || verdicts(rollout).filter(|it| number(it) >= generation);
    let refused = told().map(|it| refusals(it, "  ")).find(|it| !it.is_empty());
    if let Some(refused) = &refused {
        output::talk_lines(refused.trim_end());
    }
    let late = format!("{}, {after}", state.line(*wanted));
    let refuses = |it: &Value| it["refuses"] == true;
    let (text, code) = if state.outcome == Outcome::Lost {
        let newest = told().next();
        let what = match newest.and_then(|it| it["verdict"].as_str()) {
            Some("aborted") => "was taken back by an operator",
            Some("refused") => "was refused",
            _ => "was refused, and is held until somebody decides: `chancery rollout`",
        };
        (format!("generation {} {what}", newest.map_or(generation, number)), exit::FAULTS)
    } else if refused.is_some() && state.fate == Fate::Good && listed(nodes).any(refuses) {
        (format!("refused by some: {late}"), exit::FAULTS)
    } else {
        (format!("out of time: {late}"), exit::LATE)
    };
    output::talk(&format!("chancery: {text}"));
    code
}

fn listed(nodes: &Value) -> impl Iterator<Item = &Value> {
    nodes["nodes"].as_array().into_iter().flatten()
}

/// Names who lags behind, and what each lacks.
fn laggards(nodes: &Value) {
    for it in listed(nodes) {
        let text = |it: &Value| output::word(it.as_str().unwrap_or_default());
        let has = it["has"].as_u64().map_or("nothing yet".to_owned(), |it| format!("generation {it}"));
        let mut line = format!("  {}: has {has}, stage {}", text(&it["id"]), text(&it["stage"]));
        let missing = it["missing"].as_array().into_iter().flatten();
        let missing: Vec<_> = missing.map(|it| format!("{} {}", text(&it["type"]), text(&it["name"]))).collect();
        if !missing.is_empty() {
            line.push_str(&format!(", lacks {}", missing.join(", ")));
        }
        if it["refuses"] == true {
            line.push_str(", refuses something");
        }
        if let Some(problem) = it["problem"].as_str() {
            line.push_str(&format!(", {}", output::word(problem)));
        }
        output::talk(&line);
    }
    if let Some(more) = nodes["more"].as_u64().filter(|it| *it > 0) {
        output::talk(&format!("  and {more} more"));
    }
}

/// A line that is written over on a terminal, and lines that tell what is new elsewhere.
#[derive(Debug, Default)]
pub(super) struct Progress {
    last: String,
}

impl Progress {
    pub(super) fn show(&mut self, bar: String, line: String) {
        if self.last == line {
            return;
        }
        if output::talks_to_terminal() {
            output::redraw(&bar);
        } else {
            output::talk(&line);
        }
        self.last = line;
    }

    /// Makes room for what is said at the end.
    pub(super) fn clear(&self) {
        if output::talks_to_terminal() && !self.last.is_empty() {
            output::clear();
        }
    }
}
