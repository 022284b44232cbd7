//! Errors of syntax, said at the place of the mistake: where a parser gives up is often a line later, or the end.

use granit_parser::{ErrorKind, ScanError};

use super::error;
use crate::spec::template::HELP;
use crate::spec::{Diagnostic, Span, Text, codes};

/// The fault that a parser's error stands for; `columns` are those of the open block lists and maps, from 0, and `bracket`
/// is where the innermost collection opens, if that is by a bracket.
pub(super) fn fault(text: &Text, cause: &ScanError, columns: &[usize], bracket: Option<usize>) -> Diagnostic {
    let at = cause.marker().byte_offset().unwrap_or_default().min(text.content.len());
    let place = Place::of(&text.content, at);
    let found = template(&place)
        .or_else(|| tab(&place))
        .or_else(|| tab_in_next_line(&text.content, cause.kind(), at))
        .or_else(|| unclosed(&text.content, cause.kind(), bracket, at))
        .or_else(|| quote(&text.content, cause.kind(), at))
        .or_else(|| colon(&text.content, cause.kind(), &place))
        .or_else(|| list_without_key(cause, &place))
        .or_else(|| indentation(cause.kind(), &place, columns));
    let Some(Found { at, message, help }) = found else {
        return said(text, at, cause.kind().to_string());
    };
    said(text, at, message.unwrap_or_else(|| cause.kind().to_string())).help(help)
}

fn said(text: &Text, at: usize, message: String) -> Diagnostic {
    error(codes::SYNTAX, text, Span { start: at as u32, end: at as u32 }, message)
}

/// What was found out.
struct Found {
    at: usize,
    /// Nothing if the parser's own message says it.
    message: Option<String>,
    help: String,
}

/// A byte, its line, and the last line before with anything in it.
struct Place<'t> {
    at: usize,
    start: usize,
    line: &'t str,
    before: Option<(usize, &'t str)>,
}

impl<'t> Place<'t> {
    fn of(text: &'t str, at: usize) -> Self {
        let start = text.as_bytes()[..at].iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
        let line = text.get(start..).and_then(|it| it.lines().next()).unwrap_or_default();
        let mut end = start;
        let mut before = None;
        while before.is_none() && end > 0 {
            let begin = text.as_bytes()[..end - 1].iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
            let content = text.get(begin..end - 1).unwrap_or_default();
            before = (!content.trim().is_empty()).then_some((begin, content));
            end = begin;
        }
        Self { at, start, line, before }
    }

    fn indent(&self) -> usize {
        indent(self.line)
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A line of a template that was not rendered.
fn template(place: &Place<'_>) -> Option<Found> {
    let is_template = ["{{", "{%", "<%"].iter().any(|it| place.line.contains(it));
    is_template.then(|| Found { at: place.at, message: Some("a line of a template".to_owned()), help: HELP.to_owned() })
}

/// A tab among the spaces that a line begins with.
fn tab(place: &Place<'_>) -> Option<Found> {
    let indent = place.indent();
    let help = "indent with spaces, not tabs".to_owned();
    let message = Some("a tab in the indentation of a line".to_owned());
    place.line[indent..].starts_with('\t').then_some(Found { at: place.start + indent, message, help })
}

/// A tab where a plain value would go on in the next line.
fn tab_in_next_line(text: &str, kind: &ErrorKind, at: usize) -> Option<Found> {
    let rest = text.get(at..).filter(|_| *kind == ErrorKind::TabInPlainScalar)?;
    let next = at + rest.find('\n')? + 1;
    tab(&Place::of(text, next))
}

/// A bracket that was opened on a line before, where a block goes on.
fn unclosed(text: &str, kind: &ErrorKind, bracket: Option<usize>, at: usize) -> Option<Found> {
    let at = match kind {
        ErrorKind::UnclosedFlowCollection { .. } => at,
        ErrorKind::BlockEntryInFlowCollection
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::InvalidFlowScalarIndent
        | ErrorKind::InvalidColonPlacement => {
            bracket.filter(|it| text.get(*it..at).is_some_and(|it| it.contains('\n')))?
        }
        _ => return None,
    };
    let open = text.get(at..)?.chars().next()?;
    let message = Some(format!("unclosed bracket: no `{}` closes this `{open}`", if open == '[' { ']' } else { '}' }));
    Some(Found { at, message, help: "close it where the list or map ends".to_owned() })
}

/// A quote that was not closed on its line: the text goes on until the next quote, or the end.
fn quote(text: &str, kind: &ErrorKind, at: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let is_quote = |it: &u8| matches!(it, b'"' | b'\'');
    let begin = match kind {
        ErrorKind::UnclosedQuotedScalar => at,
        ErrorKind::InvalidQuotedScalarIndent | ErrorKind::DocumentIndicatorInQuotedScalar => {
            bytes[..at].iter().rposition(is_quote)?
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            let close = bytes[..at].iter().rposition(is_quote)?;
            let open = bytes[..close].iter().rposition(|it| *it == bytes[close])?;
            Some(open).filter(|open| bytes[*open..close].contains(&b'\n'))?
        }
        _ => return None,
    };
    let message = Some("a quote that begins here is not closed".to_owned());
    Some(Found { at: begin, message, help: "close it on this line".to_owned() })
}

/// A colon without a space behind it, which makes key and value one word.
fn colon(text: &str, kind: &ErrorKind, place: &Place<'_>) -> Option<Found> {
    if !matches!(
        kind,
        ErrorKind::MappingValueNotAllowed | ErrorKind::ExpectedBlockMappingKey | ErrorKind::SimpleKeyExpected
    ) {
        return None;
    }
    let lines = [Some((place.start, place.line)), place.before];
    let (start, line) = lines.into_iter().flatten().find(|it| glued(it.1).is_some())?;
    let colon = start + glued(line)?;
    let key = text.get(start..colon)?.trim().trim_start_matches("- ");
    Some(Found {
        at: colon,
        message: Some("a space is missing after this colon".to_owned()),
        help: format!("write `{key}: …`"),
    })
}

/// Where a line that is one `key:value` has its colon.
fn glued(line: &str) -> Option<usize> {
    let word = line.trim_start().trim_start_matches("- ").trim_end();
    let (key, value) = word.split_once(':')?;
    let is_key = !key.is_empty() && key.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-.".contains(&it));
    let is_value = !value.is_empty() && !value.contains(' ') && !value.starts_with('/');
    (is_key && is_value).then(|| line.find(':')).flatten()
}

/// A list where a map goes on: the parser only sees that no key is here.
fn list_without_key(cause: &ScanError, place: &Place<'_>) -> Option<Found> {
    let is_list = *cause.kind() == ErrorKind::ExpectedBlockMappingKey && place.line.trim_start().starts_with("- ");
    let help = "a list needs a key of its own: is `key:` missing in the line before, or is this too far in?".to_owned();
    is_list.then_some(Found { at: place.at, message: None, help })
}

/// A line that begins at a column where nothing does.
fn indentation(kind: &ErrorKind, place: &Place<'_>, columns: &[usize]) -> Option<Found> {
    let expected = match kind {
        // A plain value went on in this line, and turned out to be a key.
        ErrorKind::MappingValueNotAllowed => {
            let before = place.before.filter(|it| it.1.contains(": ") && indent(it.1) < place.indent())?.1;
            before.len() - before.trim_start_matches([' ', '-']).len()
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::InvalidIndentation => {
            let column = place.indent();
            // The line before counts first: the parser has left its map or list already.
            let before = place.before.map(|it| it.1.len() - it.1.trim_start_matches([' ', '-']).len());
            let known = before.into_iter().chain(columns.iter().rev().copied());
            known.filter(|it| *it != column).min_by_key(|it| it.abs_diff(column))?
        }
        _ => return None,
    };
    let column = place.indent();
    (expected != column && !columns.contains(&column)).then(|| Found {
        at: place.start + column,
        message: Some(format!("this line begins at column {}, expected column {}", column + 1, expected + 1)),
        help: "keys of one map, and items of one list, begin at the same column".to_owned(),
    })
}
