//! Regular expressions as Envoy reads them, and what is put in place of their matches.
//!
//! Leaves to `syntax` what RE2 accepts.

mod syntax;

use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

pub(super) const RULES: &[Row] = &[
    ("envoy.type.matcher.v3.RegexMatcher", &[pattern]),
    ("envoy.type.matcher.v3.RegexMatchAndSubstitute", &[substitution]),
    ("envoy.type.matcher.v3.StringMatcher", &[case]),
];

fn pattern(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(regex) = view.text("regex") else { return };
    if let Err(fault) = syntax::check(regex) {
        let fault = findings.fault(codes::BAD_REGEX, view.span("regex"), format!("not a regular expression: {fault}"));
        findings.push(fault.help("Envoy uses RE2, which has no look-around and no back-references"));
    }
}

/// `\1` stands for the first group, `\0` for the whole match. Envoy takes anything here, and then rewrites nothing.
fn substitution(view: &View<'_>, findings: &mut Findings<'_>) {
    let regex = view.message("pattern").and_then(|it| it.text("regex").cloned());
    let Some(groups) = regex.and_then(|it| syntax::check(&it).ok()) else { return };
    let Some(text) = view.text("substitution") else { return };
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            continue;
        }
        let message = match letters.next() {
            Some('\\') => continue,
            Some(it) if it.to_digit(10).is_some_and(|it| it as usize <= groups) => continue,
            Some(it) if it.is_ascii_digit() => match groups {
                0 => format!("`\\{it}` stands for a group, and the pattern has none"),
                1 => format!("`\\{it}` stands for a group, and the pattern has one only"),
                _ => format!("`\\{it}` stands for a group, and the pattern has {groups}"),
            },
            _ => "a `\\` stands before a digit or another `\\` only".to_owned(),
        };
        let fault = findings.fault(codes::BAD_SUBSTITUTION, view.span("substitution"), message);
        findings.push(fault.help("Envoy would leave the text as it is, without a word"));
        return;
    }
}

/// Envoy refuses what would have no effect.
fn case(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.flag("ignore_case") && view.has("safe_regex") {
        let message = "`ignore_case` has no effect on a regular expression";
        let fault = findings.fault(codes::BAD_REGEX, view.key_span("ignore_case"), message);
        findings.push(fault.help("begin the expression with `(?i)`"));
    }
}
