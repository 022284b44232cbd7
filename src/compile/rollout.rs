//! `rollout:` of a document: how its changes are rolled out. One reading for all kinds.

use std::time::Duration;

use super::keys::unknown_key;
use super::nodes::selector;
use crate::spec::{
    Canary, Diagnostic, Diagnostics, Entry, LONGEST_WAIT, OnNack, Rollout, Text, Tree, Value, codes, did_you_mean,
    mend, parse_duration,
};

const KEYS: [&str; 4] = ["canary", "bake", "ack_timeout", "on_nack"];

/// Reads the map. What is at fault counts as not said.
pub(super) fn rollout(tree: &Tree, text: &Text, out: &mut Diagnostics) -> Rollout {
    let mut rollout = Rollout::default();
    let Value::Mapping(entries) = &tree.value else {
        let message = format!("`rollout` takes a map such as `{{canary: one, bake: 30s}}`, not {}", tree.kind());
        out.push(Diagnostic::error(codes::WRONG_TYPE, text, tree.span, message));
        return rollout;
    };
    for entry in entries.iter().filter(|it| KEYS.contains(&&*it.key.text) && it.value.value == Value::Null) {
        let message = format!("`{}` has no value", entry.key.text);
        out.push(bad(text, entry, message).help("give it one, or leave the key out"));
    }
    for entry in entries.iter().filter(|it| it.value.value != Value::Null) {
        match &*entry.key.text {
            "canary" => rollout.canary = canary(entry, text, out),
            "bake" => rollout.bake = duration(entry, text, out),
            "ack_timeout" => {
                rollout.ack_timeout = duration(entry, text, out).filter(|it| is_some_time(*it, entry, text, out))
            }
            "on_nack" => rollout.on_nack = on_nack(entry, text, out),
            _ => out.push(unknown_key(text, entry, "`rollout`", &KEYS)),
        }
    }
    rollout
}

fn canary(entry: &Entry, text: &Text, out: &mut Diagnostics) -> Option<Canary> {
    let tree = &entry.value;
    match &tree.value {
        Value::Sequence(items) if items.is_empty() => {
            let fault = bad(text, entry, "`canary` is empty, so nobody could try anything");
            out.push(fault.help("write `off` to give everyone the change at once, or leave the key out"));
            None
        }
        Value::Sequence(items) => {
            Some(Canary::Nodes(items.iter().map(|it| selector("canary", it, text, out)).collect()))
        }
        Value::Mapping(_) => Some(Canary::Nodes(vec![selector("canary", tree, text, out)])),
        _ => {
            let word = tree.text().map_or("", |it| it);
            let canary = Canary::of_word(word);
            if canary.is_none() {
                let fault = bad(text, entry, format!("`canary` cannot be {}", shown(tree)));
                let fault = with_nearest(fault, entry, word, &["off", "one"], text);
                out.push(
                    fault.help("write `off`, `one`, a share from `1%` to `100%`, or selectors: `[{id: \"edge-1\"}]`"),
                );
            }
            canary
        }
    }
}

fn on_nack(entry: &Entry, text: &Text, out: &mut Diagnostics) -> Option<OnNack> {
    let word = entry.value.text().map_or("", |it| it);
    let found = OnNack::WORDS.iter().find(|it| it.0.eq_ignore_ascii_case(word)).map(|it| it.1);
    if found.is_none() {
        let words = OnNack::WORDS.map(|it| it.0);
        let fault = bad(text, entry, format!("`on_nack` cannot be {}", shown(&entry.value)));
        let fault = with_nearest(fault, entry, word, &words, text);
        out.push(fault.help("write `rollback`, `hold` or `ignore`"));
    }
    found
}

fn duration(entry: &Entry, text: &Text, out: &mut Diagnostics) -> Option<Duration> {
    let (key, tree) = (&entry.key.text, &entry.value);
    let word = tree.text().map_or("", |it| it);
    match parse_duration(word) {
        Some(duration) if duration <= LONGEST_WAIT => return Some(duration),
        Some(_) => {
            out.push(bad(text, entry, format!("`{key}` is longer than a week")).help("write at most `7d`"));
        }
        None => {
            let fault = bad(text, entry, format!("`{key}` must be a duration, not {}", shown(tree)));
            out.push(match word.parse::<f64>() {
                Ok(_) => fault.remark("a unit is missing").help(format!("write `{word}s` for seconds")),
                Err(_) => fault.help("write numbers with units, largest first: `250ms`, `5s`, `1m30s`, `1h`"),
            });
        }
    }
    None
}

/// No client answers at once: all would count as silent.
fn is_some_time(duration: Duration, entry: &Entry, text: &Text, out: &mut Diagnostics) -> bool {
    if duration.is_zero() {
        let fault = bad(text, entry, "`ack_timeout` is no time at all, so every canary would count as silent");
        out.push(fault.help("write `10s`, or leave the key out"));
    }
    !duration.is_zero()
}

fn bad(text: &Text, entry: &Entry, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::BAD_ROLLOUT, text, entry.value.span, message)
}

fn shown(tree: &Tree) -> String {
    tree.text().map_or_else(|| tree.kind().to_owned(), |it| format!("`{}`", it.escape_debug()))
}

fn with_nearest(fault: Diagnostic, entry: &Entry, word: &str, good: &[&str], text: &Text) -> Diagnostic {
    match did_you_mean(word, good.iter().copied()) {
        Some(near) => {
            let edits = mend::replace(text, entry.value.span, near);
            fault.remark(format!("did you mean `{near}`?")).fix_if(format!("write `{near}`"), edits)
        }
        None => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Glob, NodeSelector};

    fn read(yaml: &str) -> (Rollout, Vec<String>) {
        let text = Text::new("t", yaml);
        let mut out = Diagnostics::default();
        let trees = crate::spec::parse_yaml(&text, &mut out);
        let rollout = rollout(&trees[0], &text, &mut out);
        (rollout, out.0.iter().map(|it| format!("{} {}", it.place(), it.code)).collect())
    }

    #[test]
    fn all_that_can_be_said() {
        let id = |it: &str| NodeSelector { id: Some(Glob::new(it)), ..NodeSelector::default() };
        for (yaml, canary) in [
            ("off", Canary::Off),
            ("one", Canary::One),
            ("25%", Canary::Share(25)),
            ("{id: a}", Canary::Nodes(vec![id("a")])),
            ("[{id: a}, {id: b*}]", Canary::Nodes(vec![id("a"), id("b*")])),
        ] {
            let (rollout, faults) =
                read(&format!("{{canary: {yaml}, bake: 1m30s, ack_timeout: 250ms, on_nack: hold}}"));
            assert_eq!(faults.len(), 0, "{yaml}: {faults:?}");
            let expected = Rollout {
                canary: Some(canary),
                bake: Some(Duration::from_secs(90)),
                ack_timeout: Some(Duration::from_millis(250)),
                on_nack: Some(OnNack::Hold),
            };
            assert_eq!(rollout, expected);
        }
        assert_eq!(read("{bake: 0s}").0.bake, Some(Duration::ZERO));
    }

    #[test]
    fn what_is_at_fault_is_not_said() {
        for (yaml, expected) in [
            ("[canary]", "t:1:1 CH1004"),
            ("{canari: one}", "t:1:2 CH1003"),
            ("{canary: all}", "t:1:10 CH1026"),
            ("{canary: 0%}", "t:1:10 CH1026"),
            ("{canary: []}", "t:1:10 CH1026"),
            ("{canary: }", "t:1:8 CH1026"),
            ("{bake: 30}", "t:1:8 CH1026"),
            ("{bake: [1s]}", "t:1:8 CH1026"),
            ("{bake: 8d}", "t:1:8 CH1026"),
            ("{ack_timeout: 0s}", "t:1:15 CH1026"),
            ("{on_nack: rolback}", "t:1:11 CH1026"),
        ] {
            let (rollout, faults) = read(yaml);
            assert_eq!(faults, [expected], "{yaml}");
            assert_eq!(rollout, Rollout::default(), "{yaml}");
        }
        for (yaml, expected) in [
            ("{canary: [{}]}", "t:1:11 CH1004"),
            ("{canary: {di: a}}", "t:1:11 CH1003"),
            ("{canary: [a]}", "t:1:11 CH1004"),
        ] {
            assert_eq!(read(yaml).1, [expected], "{yaml}");
        }
    }
}
