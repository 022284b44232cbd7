//! What is wrong with the bootstrap of an Envoy that is to follow Chancery.
//!
//! Answers for: faults for which Envoy does not start, for which it starts and never hears of us, and what will hurt
//! one day; each at its line, with what to write. Leaves to others: fields and types (`compile::encode`), the text of
//! a good bootstrap (`envoy::bootstrap`), flags and printing (`cli`). Pure.

mod look;
mod management;
mod node;
mod rest;
mod sources;
#[cfg(test)]
mod tests;

use crate::compile::{Context, encode_bootstrap, missing_key};
use crate::snapshot::Generation;
use crate::spec::{Diagnostic, Diagnostics, Severity, Span, Text, Tree, Value, codes, parse_yaml};

/// The message of a bootstrap.
const BOOTSTRAP: &str = "envoy.config.bootstrap.v3.Bootstrap";

/// Old habits that only we forgive.
const REFUSED: &[&str] = &[codes::NO_TYPED_CONFIG, codes::V2_TYPE];

/// What the Envoy is to follow.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The port that Chancery listens on, as this Envoy sees it.
    pub port: u16,
    /// The name of the management cluster that generated references have.
    pub management_cluster: &'a str,
    /// The documents that this Envoy is to get, if they are to be looked at.
    pub documents: Option<&'a Generation>,
}

/// The bootstrap being looked at, and where faults go.
struct Lint<'a> {
    text: &'a Text,
    tree: &'a Tree,
    expected: Expected<'a>,
    out: &'a mut Diagnostics,
}

/// Finds the faults of a bootstrap, in the order of the text.
///
/// A key that is missing before a list is reported, and the rest is read as if it were there.
pub fn lint(text: &Text, expected: Expected<'_>) -> Diagnostics {
    let mut syntax = Diagnostics::default();
    let trees = parse_yaml(text, &mut syntax);
    if syntax.has_errors() {
        let Some(found) = missing_key::find(text, &syntax) else { return syntax };
        let mut rest = lint(&Text::new(text.name.clone(), found.mended(text)), expected);
        for diagnostic in &mut rest.0 {
            found.move_back(diagnostic, text);
        }
        rest.0.insert(0, found.diagnostic(text));
        return rest;
    }
    let mut out = syntax;
    match trees.as_slice() {
        [] => out.push(Diagnostic::of_file(codes::EMPTY, &text.name, "the file holds no bootstrap")),
        [tree] => bootstrap(text, tree, expected, &mut out),
        [_, second, ..] => {
            let message = "a bootstrap is one document, and Envoy reads no further";
            out.push(Diagnostic::of(codes::NOT_A_BOOTSTRAP, text, start_of(second), message));
        }
    }
    let place = |it: &Diagnostic| it.labels.first().and_then(|label| label.span).map(|it| it.start);
    out.0.sort_by_key(place);
    out.0.dedup_by(|again, first| first.is_same_as(again));
    out
}

fn bootstrap(text: &Text, tree: &Tree, expected: Expected<'_>, out: &mut Diagnostics) {
    if let Some(kind) = something_else(tree) {
        let fault = Diagnostic::of(codes::NOT_A_BOOTSTRAP, text, start_of(tree), format!("this is {kind}"));
        out.push(fault.help("a bootstrap is what `envoy -c` reads; `chancery bootstrap` prints one"));
        return;
    }
    fields(text, tree, expected, out);
    let mut lint = Lint { text, tree, expected, out };
    let sources = sources::Sources::of(&mut lint);
    node::check(&mut lint, &sources);
    management::check(&mut lint, &sources);
    rest::check(&mut lint, &sources);
}

/// What a document without any of a bootstrap's marks is.
fn something_else(tree: &Tree) -> Option<&'static str> {
    let has = |name: &str| look::entry(tree, name).is_some();
    match &tree.value {
        Value::Mapping(_) => {}
        _ => return Some("not even a map"),
    }
    if ["node", "static_resources", "dynamic_resources", "admin"].iter().any(|it| has(it)) {
        return None;
    }
    match () {
        () if has("spec") => Some("a document of the simple spec, not a bootstrap"),
        () if has("resources") => Some("a discovery document, not a bootstrap"),
        () if has("@type") => Some("a single resource, not a bootstrap"),
        () => None,
    }
}

/// Unknown fields, wrong types, old habits: whatever the encoder sees in every message.
fn fields(text: &Text, tree: &Tree, expected: Expected<'_>, out: &mut Diagnostics) {
    let mut found = Diagnostics::default();
    encode_bootstrap(tree, Context::new(text, expected.management_cluster), &mut found);
    for fault in found.0 {
        // In a document we would mend it, but this file Envoy reads itself.
        out.push(match REFUSED.contains(&fault.code) {
            true => Diagnostic { severity: Severity::Error, ..fault }.help("Envoy refuses this in its bootstrap"),
            false => fault,
        });
    }
}

/// A place that points at the first line of a tree, not at all of it.
fn start_of(tree: &Tree) -> Span {
    tree.entries().first().map_or(tree.span, |it| it.key.span)
}

impl Lint<'_> {
    /// Reports a fault; `dress` adds remarks and help.
    fn push(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        dress: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        self.out.push(dress(Diagnostic::of(code, self.text, span, message)));
    }
}
