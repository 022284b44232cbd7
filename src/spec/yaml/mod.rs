//! YAML and JSON text to spanned trees. Answers for syntax, keys, anchors and bounds; leaves types to `compile`.
//!
//! The events come from `granit-parser`. JSON needs no parser of its own, since YAML 1.2 contains it.

mod anchors;
mod builder;
mod pieces;
mod syntax;
#[cfg(test)]
mod tests;

use granit_parser::{Event, Parser};

use self::builder::Builder;
pub use self::builder::Keys;
pub use self::pieces::{parse_item, parse_skeleton, stretch};
use super::{Diagnostic, Diagnostics, Span, Text, Tree};

/// How deep collections may be nested: far more than Envoy's deepest message, and safe to recurse over.
const DEPTH: usize = 100;

/// Reads all documents of a text; empty ones are left out.
///
/// A document with a syntax error is left out too, and reported; those before and after it are still read.
pub fn parse(text: &Text, out: &mut Diagnostics) -> Vec<Tree> {
    let options = granit_parser::options! { emit_unresolved_aliases: true };
    let mut parser = Parser::new_from_str_with_options(&text.content, options);
    let mut builder = Builder::new(text, out);
    let mut trees = Vec::new();
    while let Some(event) = parser.next_event() {
        let abandoned = match event {
            Ok((Event::DocumentEnd, _)) => {
                trees.extend(builder.finish_document());
                false
            }
            Ok((event, span)) => builder.accept(event, span_of(span)).is_err(),
            Err(error) => {
                builder.syntax_error(&error);
                true
            }
        };
        if abandoned {
            builder.abandon_document();
            if !parser.proceed_next_document().unwrap_or(false) {
                break;
            }
        }
    }
    trees
}

fn span_of(span: granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or_default();
    Span { start: range.start as u32, end: range.end as u32 }
}

/// Whether the line of a place may hold a secret: then it must not be shown, and what is wrong with it be said without.
fn looks_secret(text: &Text, span: Span) -> bool {
    const MARKS: [&str; 7] =
        ["inline_string", "inline_bytes", "inlineString", "inlineBytes", "password", "private_key", "PRIVATE KEY"];
    let at = (span.start as usize).min(text.content.len());
    let bytes = text.content.as_bytes();
    let start = bytes[..at].iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
    let end = bytes[at..].iter().position(|it| *it == b'\n').map_or(bytes.len(), |it| at + it);
    text.content.get(start..end).is_some_and(|line| MARKS.iter().any(|it| line.contains(it)))
}

/// An error whose source line is hidden if it looks like a secret.
fn error(code: &'static str, text: &Text, span: Span, message: impl Into<String>) -> Diagnostic {
    let redacted = looks_secret(text, span);
    Diagnostic { redacted, ..Diagnostic::error(code, text, span, message) }
}
