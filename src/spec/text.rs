//! A document's text and the places in it.

use std::sync::Arc;

/// One file's name and content: what spans refer to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The name as the user would write it: a path, `-` for standard input.
    pub name: Arc<str>,
    /// The content. Empty for binary files, which have no places but their name.
    pub content: Arc<str>,
}

/// A range of bytes in a [`Text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Where the lines of a text begin, for many look-ups in one text.
#[derive(Debug, Clone)]
pub struct Lines(Vec<u32>);

impl Lines {
    /// The lines of a text.
    pub fn of(text: &Text) -> Self {
        let breaks = text.content.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(breaks.map(|(at, _)| at as u32).collect())
    }

    /// The line that a span starts in, from 1.
    pub fn line(&self, span: Span) -> u32 {
        self.0.partition_point(|it| *it < span.start) as u32 + 1
    }
}

impl Span {
    /// The same place in a text that has so many bytes more before it; fewer, if they are counted around zero.
    #[must_use]
    pub fn moved(self, by: u32) -> Self {
        Self { start: self.start.wrapping_add(by), end: self.end.wrapping_add(by) }
    }
}

impl Text {
    /// A named text.
    pub fn new(name: impl Into<Arc<str>>, content: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), content: content.into() }
    }

    /// Line and column of a span's start, both from 1; the column counts characters.
    pub fn line_column(&self, span: Span) -> (u32, u32) {
        let mut at = (span.start as usize).min(self.content.len());
        while !self.content.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.content[..at];
        let line = before.bytes().filter(|it| *it == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line as u32, column as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_agree_with_the_text() {
        let text = Text::new("a", "ü\n\nbc\n");
        let lines = Lines::of(&text);
        for start in [0, 2, 3, 4, 6] {
            let span = Span { start, end: start };
            assert_eq!(lines.line(span), text.line_column(span).0, "{start}");
        }
    }
}
