//! Old habits mended in a document's own text, with its comments and its layout.
//!
//! Answers for: which of the fixes that diagnostics bring are made, in which order, and that nothing gets worse: a text
//! that compiled gives the same resources afterwards, byte for byte, unless a fix is meant to change what is said.
//! Leaves to others: what is wrong and how it is mended (whoever reports it, with `spec::mend`), files (`cli`). Pure.

mod reading;
mod unified;

use std::collections::HashSet;

pub use unified::unified_diff;

use self::reading::Reading;
use crate::compile::Settings;
use crate::spec::{Diagnostic, Diagnostics, Edit, Span, Text, apply_edits, codes};

/// Each round mends what the rounds before brought to light; more than a few are never needed.
const ROUNDS: usize = 32;

/// How many fixes may make something worse before the rest is left as it is: each costs a reading of the whole text.
const ATTEMPTS: usize = 64;

/// Codes whose fixes are guesses, made only if asked for.
const GUESSES: &[&str] = &[
    codes::UNKNOWN_FIELD,
    codes::UNKNOWN_ENUM,
    codes::MISSPELLED_DOCUMENT,
    codes::UNKNOWN_KEY,
    codes::BAD_CHOICE,
    codes::BAD_DURATION,
    codes::VIRTUAL_HOST_NAME,
];

/// Codes whose fixes say the same in other fields or under another name, so that bytes change. The name of a listener is
/// written into its bootstrap, where Envoy would have made up one.
const CHANGING: &[&str] = &[codes::DEPRECATED, codes::LEGACY_NAME, codes::NAMELESS_LISTENER];

/// What is mended.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Also what is probably meant: the nearest field, key or value.
    pub suggestions: bool,
    /// How documents are read.
    pub settings: Settings,
}

/// A text after mending.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// What was mended; places are those of the text at that time, the first round's those of the original.
    pub done: Vec<Diagnostic>,
    /// What is still wrong, at its place in the new text.
    pub left: Diagnostics,
    /// Whether anything in the file was read as a document or a bootstrap at all.
    pub is_ours: bool,
}

/// Mends a text as far as it can be done surely.
pub fn fix(text: &Text, options: &Options) -> Fixed {
    let mut reading = Reading::of(text.clone(), &options.settings);
    let is_ours = reading.is_ours;
    let mut done = Vec::new();
    // What made something worse once is not tried again.
    let mut refused = HashSet::new();
    for _ in 0..ROUNDS {
        let candidates = candidates(&reading, options, &refused);
        if candidates.is_empty() {
            break;
        }
        match attempt(&reading, &candidates, options) {
            Some(next) => {
                done.extend(candidates);
                reading = next;
            }
            None => match one_by_one(&reading, candidates, options, &mut refused) {
                Some((fix, next)) => {
                    done.push(fix);
                    reading = next;
                }
                None => break,
            },
        }
    }
    Fixed { text: reading.text.content.to_string(), done, left: reading.diagnostics, is_ours }
}

/// Fixes of which no two touch the same place, in the order of the text.
fn candidates(reading: &Reading, options: &Options, refused: &HashSet<String>) -> Vec<Diagnostic> {
    let mut taken: Vec<Span> = Vec::new();
    let mut candidates = Vec::new();
    for diagnostic in &reading.diagnostics.0 {
        let Some(fix) = &diagnostic.fix else { continue };
        let guess = GUESSES.contains(&diagnostic.code);
        if (guess && !options.suggestions) || refused.contains(&key(diagnostic)) {
            continue;
        }
        let clashes = |it: &Edit| taken.iter().any(|other| touches(it.span, *other));
        if !fix.edits.is_empty() && !fix.edits.iter().any(clashes) {
            taken.extend(fix.edits.iter().map(|it| it.span));
            candidates.push(diagnostic.clone());
        }
    }
    candidates
}

/// Whether two edits have a place in common; where two insert at one place, their order would be anybody's guess.
fn touches(a: Span, b: Span) -> bool {
    a == b || (a.start < b.end && b.start < a.end)
}

fn key(diagnostic: &Diagnostic) -> String {
    format!("{} {} {}", diagnostic.place(), diagnostic.code, diagnostic.message)
}

/// The text with all of these fixes, if it is not worse for it.
fn attempt(reading: &Reading, fixes: &[Diagnostic], options: &Options) -> Option<Reading> {
    let edits: Vec<_> = fixes.iter().filter_map(|it| it.fix.as_ref()).flat_map(|it| it.edits.clone()).collect();
    let content = apply_edits(&reading.text.content, &edits)?;
    let next = Reading::of(Text::new(reading.text.name.clone(), content), &options.settings);
    let keeps = fixes.iter().all(|it| !CHANGING.contains(&it.code) && !GUESSES.contains(&it.code));
    next.is_as_good_as(reading, keeps).then_some(next)
}

/// The first fix that does no harm.
fn one_by_one(
    reading: &Reading,
    fixes: Vec<Diagnostic>,
    options: &Options,
    refused: &mut HashSet<String>,
) -> Option<(Diagnostic, Reading)> {
    for fix in fixes {
        if refused.len() >= ATTEMPTS {
            return None;
        }
        match attempt(reading, std::slice::from_ref(&fix), options) {
            Some(next) => return Some((fix, next)),
            None => drop(refused.insert(key(&fix))),
        }
    }
    None
}
