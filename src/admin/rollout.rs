//! `/rollout`: what everyone gets, what is on trial, and what became of the last generations, as JSON.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::clock::Clock;
use super::query;
use super::respond::{json, text};
use crate::cache::Cache;
use crate::delivery::{Book, Command, Ending, Entry, Refused, Report, TrialReport};

/// The form's version.
const FORMAT: u64 = 1;
/// How many canaries are listed.
const CANARIES: usize = 100;

/// The words for commands, as in the paths `/rollout/WORD`.
pub(super) fn word(command: Command) -> &'static str {
    match command {
        Command::Pause => "pause",
        Command::Resume => "resume",
        Command::Promote => "promote",
        Command::Abort => "abort",
        Command::Retry => "retry",
    }
}

/// Does what an operator wants.
pub(super) fn command(cache: &Cache, command: Command) -> Response {
    match cache.command(command) {
        Ok(generation) => json(&json!({ "format": FORMAT, "generation": generation, "did": word(command) })),
        Err(none) => text(StatusCode::CONFLICT, format!("{none}: there is nothing to {}\n", word(command))),
    }
}

/// The generation from which on verdicts are wanted: `since=8`, or nothing.
pub(super) fn since(query: &str) -> Result<u64, String> {
    let mut since = 0;
    for (key, value) in query::pairs(query).ok_or("the query is not UTF-8 behind its percent signs")? {
        match (&*key, value.parse()) {
            ("since", Ok(number)) => since = number,
            _ => return Err("a query has `since=GENERATION` only".to_owned()),
        }
    }
    Ok(since)
}

/// The page.
pub(super) fn page(report: &Report, book: &Book, since: u64, clock: Clock) -> Value {
    let told = book.entries().rev().filter(|it| it.generation >= since);
    let verdicts: Vec<_> = told.map(|it| entry(it, report)).collect();
    let newest = book.entries().map(|it| it.generation).max();
    let trial = report.trial.as_ref();
    let latest = [newest, report.good, trial.map(|it| it.generation)].into_iter().flatten().max();
    let nodes = &report.nodes;
    json!({
        "format": FORMAT,
        "now": clock.now_millis(),
        "good": report.good,
        "latest": latest,
        "trial": trial.map(|it| on_trial(it, clock)),
        "nodes": {
            "connected": nodes.len(),
            "on_their_way": nodes.iter().filter(|it| it.goal.is_some() && it.has != it.goal).count(),
            "refusing": nodes.iter().filter(|it| it.refuses).count(),
        },
        "verdicts": verdicts,
    })
}

fn on_trial(trial: &TrialReport, clock: Clock) -> Value {
    let mut canaries: Vec<_> = trial.canaries.iter().map(|(node, state)| (&*node.id, state_of(*state))).collect();
    canaries.sort_unstable();
    let count = |word: &str| canaries.iter().filter(|it| it.1 == word).count();
    let listed = canaries.iter().take(CANARIES).map(|(node, state)| json!({ "node": node, "state": state }));
    json!({
        "generation": trial.generation,
        "since": clock.millis(trial.since),
        "paused": trial.paused,
        "lost": trial.lost,
        "accepted": count(state_of(Some(true))),
        "waiting": count(state_of(Some(false))),
        "silent": count(state_of(None)),
        "canaries": listed.collect::<Vec<_>>(),
    })
}

fn state_of(canary: Option<bool>) -> &'static str {
    match canary {
        Some(true) => "accepted",
        Some(false) => "waiting",
        None => "silent",
    }
}

fn entry(entry: &Entry, report: &Report) -> Value {
    let (verdict, ended, counts) = match &entry.ending {
        Some((ending, at)) => {
            let (word, counts) = match ending {
                Ending::Promoted { accepted, silent } => ("good", Some((*accepted, *silent))),
                Ending::RolledBack => ("refused", None),
                Ending::Aborted => ("aborted", None),
                Ending::Superseded => ("superseded", None),
            };
            (word, Some(*at), counts)
        }
        // The notice of its end is on its way.
        None if report.good == Some(entry.generation) => ("good", None, None),
        None => ("trial", None, None),
    };
    json!({
        "generation": entry.generation,
        "version": entry.version.to_string(),
        "at": entry.at,
        "verdict": verdict,
        "ended": ended,
        "accepted": counts.map(|it| it.0),
        "silent": counts.map(|it| it.1),
        "refusals": entry.refusals.iter().map(refused).collect::<Vec<_>>(),
        "more_refusals": entry.more,
    })
}

fn refused(it: &Refused) -> Value {
    json!({
        "node": it.node,
        "type": it.kind.to_string(),
        "names": it.names.iter().map(|it| &**it).collect::<Vec<_>>(),
        "message": it.message,
        "place": it.place,
        "diagnostic": it.diagnostic,
    })
}
