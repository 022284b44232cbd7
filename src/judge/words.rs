//! What Envoy says of a configuration that it refuses, taken apart: the reason, and the fields that it names.
//!
//! Envoy prints the whole message that a reason is about in front of or behind it. That dump may be of any size and
//! hold what is nobody's business, so it is dropped. Leaves to `place` where the words belong.

use crate::printable::{short, without_dump};

/// How much of a reason is shown.
const LONGEST: usize = 400;
const RULE: &str = "Proto constraint validation failed (";
const CAUSE: &str = "caused by ";

/// One reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// The reason, on one line.
    pub(super) reason: String,
    /// For a rule of Envoy's API: the message types and fields that lead to the value, outermost first.
    pub(super) steps: Vec<Step>,
    /// For a rule about a oneof: its name.
    pub(super) oneof: Option<String>,
}

/// `BufferValidationError.MaxRequestBytes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The message type's own name.
    pub(super) message: String,
    /// The field's name without case and underscores.
    pub(super) field: String,
}

impl Words {
    /// What a log of `envoy --mode validate` says, if it says why.
    pub(super) fn of(log: &str) -> Option<Self> {
        last_word(log).map(Self::of_reason)
    }

    /// What a reason says.
    pub(super) fn of_reason(said: &str) -> Self {
        let Some((_, rule)) = said.rsplit_once(RULE) else {
            return Self { reason: tidy(&without_dump(said)), ..Self::default() };
        };
        let rule = rule.trim_end().strip_suffix(')').unwrap_or(rule);
        let mut words = Self::default();
        for cause in rule.split(CAUSE) {
            match cause.split_once(": ") {
                Some(("field", rest)) => words.oneof = rest.split('"').nth(1).map(str::to_owned),
                Some((path, _)) => words.steps.extend(Step::of(path)),
                None => {}
            }
            words.reason = tidy(cause);
        }
        if let Some(oneof) = &words.oneof {
            words.reason = format!("one of the fields of `{}` is required", tidy(oneof));
        }
        words
    }

    /// The texts that the reason quotes, what stands behind its last colon, which Envoy does not quote, and names of
    /// fields and extensions.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for quote in ['\'', '"', '`'] {
            names.extend(quoted(&self.reason, quote));
        }
        let format = self.reason.split_once("Incorrect configuration: ").and_then(|it| it.1.split_once(". Couldn't"));
        names.extend(format.map(|it| it.0));
        names.extend(self.reason.split_once(": ").and_then(|_| self.reason.rsplit(": ").next()));
        let is_name = |it: &&str| it.trim_matches('.').contains(['_', '.']) && it.chars().all(is_of_name);
        let tokens = self.reason.split(|it: char| it.is_whitespace() || "{}(),".contains(it));
        names.extend(tokens.map(|it| it.trim_end_matches('.')).filter(is_name));
        names
    }

    /// Further texts, which mean something only if a value is exactly that.
    pub(super) fn values(&self) -> Vec<&str> {
        let number = |it: &str| it.find(|it: char| !it.is_ascii_digit()).unwrap_or(it.len());
        let numbers = self.reason.split('=').skip(1).map(|it| &it[..number(it)]).filter(|it| !it.is_empty());
        let last = self.reason.split_whitespace().last().filter(|it| it.len() > 2);
        numbers.chain(last).collect()
    }

    /// Whether a duration is below zero: Envoy does not say which.
    pub(super) fn is_negative_duration(&self) -> bool {
        self.reason.starts_with("Invalid duration: Expected positive duration")
    }

    /// The path of a file that Envoy does not find on this machine.
    pub(super) fn missing_file(&self) -> Option<&str> {
        ["Invalid path: ", "unable to read file: ", "Unable to read file: "]
            .iter()
            .find_map(|it| self.reason.split_once(it))
            .map(|it| it.1)
    }
}

impl Step {
    fn of(path: &str) -> Option<Self> {
        let (message, field) = path.split_once("ValidationError.")?;
        let field = field.split('[').next().unwrap_or(field);
        Some(Self { message: message.to_owned(), field: folded(field) })
    }
}

/// The texts between two quotes; the one in "didn't" opens nothing.
fn quoted(text: &str, quote: char) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some((outside, opened)) = rest.split_once(quote) {
        before = outside.chars().next_back().unwrap_or(before);
        if before.is_alphanumeric() {
            rest = opened;
            continue;
        }
        let Some((inside, after)) = opened.split_once(quote) else { break };
        found.extend(Some(inside).filter(|it| !it.is_empty()));
        (rest, before) = (after, ' ');
    }
    found
}

fn is_of_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-')
}

/// A field's name in any spelling: `EnforcingConsecutive_5Xx` and `enforcing_consecutive_5xx` are the same.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|it| *it != '_').map(|it| it.to_ascii_lowercase()).collect()
}

/// The entry of the log that tells why, with the lines that belong to it.
fn last_word(log: &str) -> Option<&str> {
    let at = log.rfind("][critical]")?;
    let entry = &log[at..];
    // Further entries begin with their time.
    let end = entry.match_indices("\n[20").map(|it| it.0).next().unwrap_or(entry.len());
    let entry = &entry[..end];
    let begin = entry.find("': ").filter(|_| entry.contains("error initializing configuration '"));
    let begin = begin.map_or_else(|| entry.find(" [source").map_or(0, |it| it + 1), |it| it + 3);
    Some(entry[begin..].trim())
}

/// On one line, bounded, and without what would move a terminal's cursor.
fn tidy(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = match line.strip_prefix("error adding listener").and_then(|it| it.split_once("': ")) {
        Some((_, rest)) => rest.to_owned(),
        None => line,
    };
    short(&line, LONGEST).trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[2026-11-24 19:48:14.967][10101][critical][main] [source/server/config_validation/server.cc:76] error initializing configuration '/tmp/a.yaml': ";

    #[track_caller]
    fn check(said: &str, reason: &str, steps: &[(&str, &str)]) -> Words {
        let log = format!(
            "[2026-11-24 19:48:14.9][1][info][main] hello\n{HEAD}{said}\n[2026-11-24 19:48:15.0][1][info] bye\n"
        );
        let words = Words::of(&log).unwrap();
        assert_eq!(words.reason, reason);
        assert_eq!(words.steps.iter().map(|it| (&*it.message, &*it.field)).collect::<Vec<_>>(), steps);
        words
    }

    #[test]
    fn a_rule_of_the_api_names_its_fields_and_the_dump_is_dropped() {
        let said = "goo.gle/debugproto   \ndelay {\n  fixed_delay {\n  }\n}\n: Proto constraint validation failed (HTTPFaultValidationError.Delay: embedded message failed validation\ncaused by FaultDelayValidationError.FixedDelay: value must be greater than 0s)";
        check(
            said,
            "FaultDelayValidationError.FixedDelay: value must be greater than 0s",
            &[("HTTPFault", "delay"), ("FaultDelay", "fixeddelay")],
        );
        let said = "goo.gle/x: Proto constraint validation failed (AValidationError.Providers[main]: embedded message failed validation\ncaused by field: \"jwks_source_specifier\", reason: is required)";
        let words = check(said, "one of the fields of `jwks_source_specifier` is required", &[("A", "providers")]);
        assert_eq!(words.oneof.as_deref(), Some("jwks_source_specifier"));
    }

    #[test]
    fn other_reasons_lose_their_dump_and_keep_what_follows() {
        check("route: unknown cluster 'nowhere'", "route: unknown cluster 'nowhere'", &[]);
        check("error adding listener '0.0.0.0:80': no filter chains specified", "no filter chains specified", &[]);
        check(
            "Invalid duration: Expected positive duration: goo.gle/debugproto  \nseconds: -1\n",
            "Invalid duration: Expected positive duration",
            &[],
        );
        check(
            "V2 is deprecated in goo.gle/debugproto     \ngrpc_service {\n  a: \"b\"\n}\nversion: V2\n. The v2 version has been removed.",
            "V2 is deprecated: The v2 version has been removed",
            &[],
        );
        check(
            "Found header(goo.gle/debugonly  \nname: \"a\"\npresent_match: true\n) rule,not supported",
            "Found header: rule,not supported",
            &[],
        );
    }

    #[test]
    fn words_are_bounded_and_cannot_move_the_cursor() {
        let words =
            check(&format!("a\u{1b}[2J{}", "x".repeat(900)), &format!("a\\u{{1b}}[2J{}…", "x".repeat(390)), &[]);
        assert!(words.reason.len() < 500);
        assert_eq!(Words::of("nothing"), None);
    }

    #[test]
    fn names_are_what_is_quoted_and_what_comes_last() {
        let words = Words { reason: "missing ]: [0-9+".to_owned(), ..Words::default() };
        assert_eq!(words.names(), ["[0-9+"]);
        let words = Words { reason: "route: unknown cluster 'a b'".to_owned(), ..Words::default() };
        assert_eq!(words.names()[0], "a b");
        let words = Words { reason: "didn't: %REQ(X%".to_owned(), ..Words::default() };
        assert_eq!(words.names(), ["%REQ(X%"]);
        let words = Words { reason: "expecting end <= 600, but found end=700".to_owned(), ..Words::default() };
        assert_eq!(words.values()[..1], ["700"]);
        let words = Words { reason: "Invalid path: /etc/x.pem".to_owned(), ..Words::default() };
        assert_eq!(words.missing_file(), Some("/etc/x.pem"));
    }
}
