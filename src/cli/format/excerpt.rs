//! The lines of a document that are shown with a diagnostic: few, short, and none that may hold a secret.

use std::borrow::Cow;
use std::ops::Range;

use crate::printable;
use crate::spec::Label;

/// The most of a text that is shown with a diagnostic, in bytes. Whole files on one line are written by machines.
const SHOWN: usize = 16 << 10;

/// Words after which a secret may stand.
const MARKS: [&str; 9] = [
    "inline:",
    "inline_string",
    "inline_bytes",
    "inlineString",
    "inlineBytes",
    "password",
    "private_key",
    "privateKey",
    "PRIVATE KEY",
];

/// The lines that a label is on: all that the renderer needs to see. It would go through a large file for each label.
pub(super) struct Excerpt<'a> {
    pub(super) lines: &'a str,
    /// The number of the first line, from 1.
    pub(super) first: usize,
    /// The label's place in `lines`.
    pub(super) span: Range<usize>,
}

impl<'a> Excerpt<'a> {
    /// The lines as they may be printed, and the label's place in them. Tabs are left to the renderer.
    pub(super) fn shown(&self) -> (Cow<'a, str>, Range<usize>) {
        printable::excerpt(self.lines, self.span.clone())
    }

    /// `None` if there is no text to show, a line is too long to be, or it may hold a secret.
    pub(super) fn of(label: &'a Label) -> Option<Self> {
        let (text, span) = (&*label.text.content, label.span?);
        let start = (span.start as usize).min(text.len());
        let end = (span.end as usize).clamp(start, text.len());
        let (before, _) = text.split_at_checked(start)?;
        let from = before.rfind('\n').map_or(0, |it| it + 1);
        let line_end = |at: usize| text.get(at..).map(|it| it.find('\n').map_or(text.len(), |it| at + it));
        let mut to = line_end(end)?;
        if to - from > SHOWN {
            to = line_end(start)?;
        }
        let lines = text.get(from..to).filter(|it| !text.is_empty() && it.len() <= SHOWN)?;
        if looks_secret(&text[..from], lines) {
            return None;
        }
        let first = before.bytes().filter(|it| *it == b'\n').count() + 1;
        Some(Self { lines, first, span: start - from..end.min(to) - from })
    }
}

/// Whether lines, after the text before them, may hold a secret: on a line of its mark, on the one after a mark with no
/// value, or in a private key that has begun and not ended. Faults of syntax have no better way to know.
fn looks_secret(before: &str, lines: &str) -> bool {
    let last = before.lines().rev().find(|it| !it.trim().is_empty()).unwrap_or_default();
    let open = |rest: &str| !last.contains("-----") && rest.chars().all(|it| "\"': |>+-0123456789{[".contains(it));
    let in_key = before.rfind("-----BEGIN").is_some_and(|at| {
        let begun = &before[at..];
        begun.lines().next().is_some_and(|it| it.contains("PRIVATE KEY")) && !begun.contains("-----END")
    });
    in_key || lines.lines().any(|it| after_mark(it).is_some()) || after_mark(last).is_some_and(open)
}

fn after_mark(line: &str) -> Option<&str> {
    MARKS.iter().find_map(|it| line.rfind(it).map(|at| &line[at + it.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Span, Text};

    fn label(content: &str, start: usize, end: usize) -> Label {
        let span = Some(Span { start: start as u32, end: end as u32 });
        Label { text: Text::new("a", content), span, remark: String::new() }
    }

    #[track_caller]
    fn check(content: &str, start: usize, end: usize, expected: Option<(usize, &str, &str)>) {
        let label = label(content, start, end);
        let found = Excerpt::of(&label);
        assert_eq!(found.as_ref().map(|it| (it.first, it.lines, &it.lines[it.span.clone()])), expected);
    }

    #[test]
    fn only_the_lines_of_the_place_are_shown_with_their_numbers() {
        let text = "one\ntwo ü x\nthree\nfour\n";
        check(text, 11, 12, Some((2, "two ü x", "x")));
        check(text, 4, 18, Some((2, "two ü x\nthree", "two ü x\nthree")));
        check(text, text.len(), 900, Some((5, "", "")));
        check("", 0, 0, None);
        check(text, 12, 4, Some((2, "two ü x", "")));
    }

    #[test]
    fn a_line_too_long_to_show_is_named_and_of_many_lines_the_first_is_shown() {
        check(&format!("[\n{}\n]", "x".repeat(SHOWN + 1)), 12, 13, None);
        let many = format!("a: 1\n{}", "b: 2\n".repeat(SHOWN));
        check(&many, 0, many.len(), Some((1, "a: 1", "a: 1")));
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        let hidden = [
            "tls: {private_key: abc, @: 1}",
            "inline_string: |\n  -----BEGIN PRIVATE KEY-----\nab@c\n  -----END PRIVATE KEY-----\n",
            "\"inline_string\":\n\"abc\" @\n",
            "password: >-\n\n  ab@c\n",
            "a: -----BEGIN RSA PRIVATE KEY-----\n b\n b\n @",
        ];
        for text in hidden {
            let at = text.find('@').unwrap();
            check(text, at, at + 1, None);
        }
        let certificate = "x: |\n  -----BEGIN CERTIFICATE-----\n  @\n";
        check(certificate, 37, 38, Some((3, "  @", certificate.get(37..38).unwrap())));
        let after = "inline_string: abc\n-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\nx: @\n";
        let at = after.find('@').unwrap();
        check(after, at, at + 1, Some((4, "x: @", "@")));
    }
}
