//! `lints:`, `profile:` and `rollout:` at the top of a document: what it decides about its own checking and delivery. One
//! reading for all kinds.

use super::rollout::rollout;
use crate::check::Profile;
use crate::spec::codes::{self, Level, WORDS};
use crate::spec::{Diagnostic, Diagnostics, Entry, Levels, NotALint, Rollout, Text, Tree, Value, did_you_mean};

/// The keys that this page is about.
pub(super) const OPTIONS: [&str; 3] = ["lints", "profile", "rollout"];

/// The words for profiles.
const PROFILES: [(&str, Profile); 2] = [("envoy", Profile::Envoy), ("grpc", Profile::Grpc)];

/// How a document wants to be checked and delivered.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    pub(super) levels: Levels,
    pub(super) profile: Profile,
    pub(super) rollout: Rollout,
}

/// Reads the options of a document of any kind.
pub(super) fn options(document: &Tree, text: &Text, out: &mut Diagnostics) -> Options {
    let mut options = Options::default();
    for entry in document.entries().iter().filter(|it| it.value.value != Value::Null) {
        match &*entry.key.text {
            "rollout" => options.rollout = rollout(&entry.value, text, out),
            "lints" => lints(&entry.value, &mut options.levels, text, out),
            "profile" => match word(&entry.value, &PROFILES) {
                Some(profile) => options.profile = profile,
                None => out.push(not_one_of(entry, &PROFILES.map(|it| it.0), text)),
            },
            _ => {}
        }
    }
    if options.profile == Profile::Grpc {
        // gRPC clients do not run Envoy's rules, and have rules of their own (CH37xx).
        options.levels = options.levels.within(&Levels::of_api_rules(Level::Warn));
    }
    options
}

fn lints(tree: &Tree, levels: &mut Levels, text: &Text, out: &mut Diagnostics) {
    let Value::Mapping(entries) = &tree.value else {
        let message = format!("`lints` takes a map such as `{{CH3007: allow}}`, not {}", tree.kind());
        out.push(Diagnostic::error(codes::WRONG_TYPE, text, tree.span, message));
        return;
    };
    for entry in entries {
        match word(&entry.value, &WORDS) {
            Some(level) => set(entry, level, levels, text, out),
            None => out.push(not_one_of(entry, &WORDS.map(|it| it.0), text)),
        }
    }
}

fn set(entry: &Entry, level: Level, levels: &mut Levels, text: &Text, out: &mut Diagnostics) {
    let code = &*entry.key.text;
    let Err(why) = levels.set(code, level) else { return };
    let fault = Diagnostic::error(codes::BAD_LINT, text, entry.key.span, format!("`{code}`: {why}"));
    out.push(match why {
        NotALint::Unknown => match did_you_mean(code, codes::all().map(|it| it.code)) {
            Some(near) => fault.remark(format!("did you mean `{near}`?")),
            None => fault.help("`chancery explain` lists all codes"),
        },
        NotALint::Fixed => fault.help(format!("`chancery explain {code}` tells why")),
    });
}

fn word<T: Copy>(tree: &Tree, words: &[(&str, T)]) -> Option<T> {
    let text = tree.text()?;
    words.iter().find(|it| it.0 == &**text).map(|it| it.1)
}

fn not_one_of(entry: &Entry, words: &[&str], text: &Text) -> Diagnostic {
    let message = format!("`{}` takes one of {}", entry.key.text, words.join(", "));
    Diagnostic::error(codes::BAD_LINT, text, entry.value.span, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> (Options, Vec<String>) {
        let text = Text::new("t", yaml);
        let mut out = Diagnostics::default();
        let trees = crate::spec::parse_yaml(&text, &mut out);
        let options = options(&trees[0], &text, &mut out);
        (options, out.0.iter().map(|it| format!("{} {}", it.place(), it.code)).collect())
    }

    #[test]
    fn levels_and_profile() {
        let (options, faults) = read("lints: {CH3007: allow, CH3001: warn}\nprofile: grpc");
        assert_eq!((options.profile, faults.len()), (Profile::Grpc, 0));
        let mut expected = Levels::of_api_rules(Level::Warn);
        expected.set("CH3001", Level::Warn).unwrap();
        expected.set("CH3007", Level::Allow).unwrap();
        assert_eq!(options.levels, expected);
    }

    #[test]
    fn faults() {
        for (yaml, expected) in [
            ("lints: [CH3007]", "t:1:8 CH1004"),
            ("lints: {CH3007: off}", "t:1:17 CH1025"),
            ("lints: {CH1001: warn}", "t:1:9 CH1025"),
            ("lints: {CH30071: warn}", "t:1:9 CH1025"),
            ("profile: grcp", "t:1:10 CH1025"),
        ] {
            assert_eq!(read(yaml).1, [expected], "{yaml}");
        }
    }
}
