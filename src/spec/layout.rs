//! Lines and columns of a text, as edits need them: how far in, what comes behind, how lines end.

use super::{Edit, Span, Text};

/// The line that a place is on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    content: &'a str,
    start: usize,
    /// Where its ending begins.
    end: usize,
    /// The place itself.
    at: usize,
}

impl<'a> Line<'a> {
    /// `None` if the place is not in the text.
    pub(crate) fn of(text: &'a Text, at: u32) -> Option<Self> {
        let (content, at) = (&*text.content, at as usize);
        let (before, behind) = content.split_at_checked(at)?;
        let start = before.rfind('\n').map_or(0, |it| it + 1);
        let end = at + behind.find('\n').unwrap_or(behind.len());
        let end = if content[start..end].ends_with('\r') { end - 1 } else { end };
        Some(Self { content, start, end: end.max(start), at })
    }

    /// Where it begins.
    pub(crate) fn start(&self) -> u32 {
        self.start as u32
    }

    /// Where its content ends, before its ending.
    pub(crate) fn content_end(&self) -> u32 {
        self.end as u32
    }

    /// The line without its ending.
    pub(crate) fn content(&self) -> &'a str {
        &self.content[self.start..self.end]
    }

    /// How far in the place is, if only indentation and dashes of lists stand before it.
    pub(crate) fn column(&self) -> Option<usize> {
        let before = &self.content[self.start..self.at];
        before.bytes().all(|it| matches!(it, b' ' | b'-')).then_some(before.len())
    }

    /// How far in a place of this line is, if only indentation stands before it.
    pub(crate) fn indent_only(&self, at: u32) -> Option<usize> {
        let before = self.content.get(self.start..at as usize)?;
        before.bytes().all(|it| it == b' ').then_some(before.len())
    }

    /// Whether nothing but a comment comes behind a place.
    pub(crate) fn is_rest_blank(&self, at: u32) -> bool {
        let rest = self.content.get(at as usize..self.end.max(at as usize)).unwrap_or_default();
        let trimmed = rest.trim_start();
        trimmed.is_empty() || (trimmed.starts_with('#') && trimmed.len() < rest.len())
    }

    /// How lines of this text end.
    pub(crate) fn ending(&self) -> &'static str {
        if self.content.contains("\r\n") { "\r\n" } else { "\n" }
    }
}

/// What stands at a place.
pub(crate) fn source(text: &Text, span: Span) -> Option<&str> {
    text.content.get(span.start as usize..span.end as usize)
}

/// A text in quotes of this kind.
pub(crate) fn quote(text: &str, mark: char) -> String {
    match mark {
        '\'' => format!("'{}'", text.replace('\'', "''")),
        _ => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// The text after these edits; `None` if two of them overlap or one is outside of it.
pub fn apply_edits(content: &str, edits: &[Edit]) -> Option<String> {
    let mut edits: Vec<_> = edits.iter().collect();
    edits.sort_by_key(|it| (it.span.start, it.span.end));
    let mut out = String::with_capacity(content.len() + 64);
    let mut at = 0;
    for Edit { span, text } in edits {
        out.push_str(content.get(at..span.start as usize)?);
        out.push_str(text);
        at = span.end as usize;
    }
    out.push_str(content.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_in_any_order_but_never_over_each_other() {
        let edit = |start, end, text: &str| Edit { span: Span { start, end }, text: text.to_owned() };
        assert_eq!(apply_edits("abcd", &[edit(3, 4, "x"), edit(0, 1, "")]).as_deref(), Some("bcx"));
        assert_eq!(apply_edits("abcd", &[edit(0, 2, "x"), edit(1, 3, "y")]), None);
        assert_eq!(apply_edits("abcd", &[edit(4, 9, "x")]), None);
        assert_eq!(apply_edits("ü", &[edit(1, 1, "x")]), None);
    }

    #[test]
    fn a_place_on_its_line() {
        let text = Text::new("t", "a: 1\r\n  - b: 2 # c\r\n");
        let line = Line::of(&text, 10).unwrap();
        assert_eq!((line.content(), line.column(), line.ending()), ("  - b: 2 # c", Some(4), "\r\n"));
        assert!(line.is_rest_blank(14) && !line.is_rest_blank(13));
        assert_eq!(line.indent_only(10), None);
    }
}
