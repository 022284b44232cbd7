//! `/rollout` for people. What clients say of themselves is made harmless; what is missing is passed over.

use std::fmt::Write;

use serde_json::Value;

use crate::cli::output::{harmless, word};

/// How many of the last generations are shown.
const SHOWN: usize = 10;

/// The verdicts, as people say them.
const VERDICTS: [(&str, &str); 5] = [
    ("trial", "on trial"),
    ("good", "good"),
    ("refused", "refused"),
    ("aborted", "aborted"),
    ("superseded", "superseded"),
];

/// The whole state.
pub(super) fn status(page: &Value) -> String {
    let mut out = String::new();
    let now = page["now"].as_u64().unwrap_or_default();
    trial(page, now, &mut out);
    match page["good"].as_u64() {
        Some(good) => {
            _ = writeln!(out, "good       generation {good}: what everyone gets but for those who try a newer one")
        }
        None => out.push_str("good       none yet: the daemon's log says why\n"),
    }
    let nodes = |key: &str| page["nodes"][key].as_u64().unwrap_or_default();
    let (connected, under_way, refusing) = (nodes("connected"), nodes("on_their_way"), nodes("refusing"));
    let _ = writeln!(out, "nodes      {connected} connected, {under_way} on their way, {refusing} refusing something");
    let verdicts = page["verdicts"].as_array().map_or(&[][..], Vec::as_slice);
    if !verdicts.is_empty() {
        out.push_str("\nlast generations\n");
    }
    for it in verdicts.iter().take(SHOWN) {
        verdict(it, now, &mut out);
    }
    out
}

fn trial(page: &Value, now: u64, out: &mut String) {
    let trial = &page["trial"];
    let Some(generation) = trial["generation"].as_u64() else {
        out.push_str("on trial   nothing\n");
        return;
    };
    let since = age(now, &trial["since"]);
    let paused = if trial["paused"] == true { ", paused" } else { "" };
    let _ = writeln!(out, "on trial   generation {generation} for {since}{paused}");
    let count = |key: &str| trial[key].as_u64().unwrap_or_default();
    let counts = [count("accepted"), count("waiting"), count("silent")];
    let lost = Some(count("lost")).filter(|it| *it > 0).map_or(String::new(), |it| format!(", {it} disconnected"));
    let _ = writeln!(out, "canaries   {} accepted, {} waiting, {} silent{lost}", counts[0], counts[1], counts[2]);
    let canaries = trial["canaries"].as_array().map_or(&[][..], Vec::as_slice);
    for it in canaries.iter().take(SHOWN) {
        let text = |key: &str| word(it[key].as_str().unwrap_or_default());
        let _ = writeln!(out, "           {}  {}", text("node"), text("state"));
    }
    let more = counts.iter().sum::<u64>().saturating_sub(canaries.len().min(SHOWN) as u64);
    if more > 0 {
        let _ = writeln!(out, "           and {more} more");
    }
}

fn verdict(it: &Value, now: u64, out: &mut String) {
    let generation = it["generation"].as_u64().unwrap_or_default();
    let said = it["verdict"].as_str().unwrap_or_default();
    let said = VERDICTS.iter().find(|it| it.0 == said).map_or("of a kind unknown here", |it| it.1);
    let _ = write!(out, "{generation:>5}  {said:<10}  {} ago", age(now, &it["at"]));
    if let (Some(accepted), Some(silent)) = (it["accepted"].as_u64(), it["silent"].as_u64())
        && accepted + silent > 0
    {
        let _ = write!(out, ", canaries: {accepted} accepted, {silent} silent");
    }
    out.push('\n');
    out.push_str(&refusals(it, "         "));
}

/// Who refused what of a generation, and where it is written.
pub(in crate::cli) fn refusals(verdict: &Value, margin: &str) -> String {
    let mut out = String::new();
    let mut told: Vec<&str> = Vec::new();
    for it in verdict["refusals"].as_array().into_iter().flatten() {
        let text = |key: &str| word(it[key].as_str().unwrap_or_default());
        let names = it["names"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let names = names.map(word).collect::<Vec<_>>().join(", ");
        let place = it["place"].as_str().map(|it| format!(" ({})", word(it))).unwrap_or_default();
        let _ = writeln!(out, "{margin}{} refused {} {names}{place}: {}", text("node"), text("type"), text("message"));
        if let Some(diagnostic) = it["diagnostic"].as_str().filter(|it| !told.contains(it)) {
            told.push(diagnostic);
            harmless(diagnostic).lines().for_each(|line| _ = writeln!(out, "{margin}{line}"));
        }
    }
    if let Some(more) = verdict["more_refusals"].as_u64().filter(|it| *it > 0) {
        let _ = writeln!(out, "{margin}and {more} more refusals");
    }
    out
}

/// How long ago a moment was: `12s`, `5m`, `3h`, `2d`.
fn age(now: u64, then: &Value) -> String {
    let seconds = now.saturating_sub(then.as_u64().unwrap_or(now)) / 1000;
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_trial_and_what_came_before() {
        let refusal = json!({"node": "e\u{1b}1", "type": "CDS", "names": ["a"], "message": "bad\n", "place": "a.yaml:3", "diagnostic": "error: bad\n  a.yaml:3"});
        let page = json!({
            "format": 1, "now": 600_000, "good": 7, "latest": 8,
            "trial": {"generation": 8, "since": 588_000, "paused": true, "accepted": 1, "waiting": 0, "silent": 0, "lost": 3,
                "canaries": [{"node": "edge-1", "state": "accepted"}]},
            "nodes": {"connected": 12, "on_their_way": 3, "refusing": 0},
            "verdicts": [
                {"generation": 8, "at": 588_000, "verdict": "trial", "refusals": [], "more_refusals": 0},
                {"generation": 7, "at": 300_000, "verdict": "good", "accepted": 1, "silent": 0},
                {"generation": 6, "at": 0, "verdict": "refused", "refusals": [refusal, refusal], "more_refusals": 2},
            ],
        });
        let expected = "on trial   generation 8 for 12s, paused
canaries   1 accepted, 0 waiting, 0 silent, 3 disconnected
           edge-1  accepted
good       generation 7: what everyone gets but for those who try a newer one
nodes      12 connected, 3 on their way, 0 refusing something

last generations
    8  on trial    12s ago
    7  good        5m ago, canaries: 1 accepted, 0 silent
    6  refused     10m ago
         e\\u{1b}1 refused CDS a (a.yaml:3): bad\\n
         error: bad
           a.yaml:3
         e\\u{1b}1 refused CDS a (a.yaml:3): bad\\n
         and 2 more refusals
";
        assert_eq!(status(&page), expected);
    }

    /// Whatever answers: no panic.
    #[test]
    fn an_empty_page_is_shown_too() {
        assert!(status(&json!({})).starts_with("on trial   nothing\ngood       none yet"));
    }
}
