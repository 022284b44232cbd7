//! Diagnostics: what is wrong, where, and what to do about it. Data only; words are rendered in `cli`.
//!
//! Their words repeat what documents and clients say, and so are made printable here, once for all who show them.

use super::{Levels, Span, Text, codes};
use crate::printable::{line, short};

/// How long a message may be: it repeats what the user wrote, which may be of any length.
const LONGEST: usize = 600;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Accepted, but worth a look: old habits and their kind.
    Warning,
    /// The document cannot be used.
    Error,
}

/// One fault or warning, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code: `CH1003`.
    pub code: &'static str,
    /// What is wrong, in one line: lower case, no period.
    pub message: String,
    /// The primary place first, then related ones ("first defined here").
    pub labels: Vec<Label>,
    /// What to do: a fix, or the allowed values.
    pub help: Vec<String>,
    /// Whether the source line holds a secret and must not be shown.
    pub redacted: bool,
    /// How the text can be mended, where that is sure.
    pub fix: Option<Box<Fix>>,
}

/// A change of the primary label's text that mends a fault and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does: "write `envoy.filters.http.router`".
    pub what: String,
    /// The replacements, none of which overlap.
    pub edits: Vec<Edit>,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A place with a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text that the place is in.
    pub text: Text,
    /// The place; `None` for faults of a whole file.
    pub span: Option<Span>,
    /// The remark; may be empty.
    pub remark: String,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, text: &Text, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, text, Some(span), message.into())
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, text: &Text, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, text, Some(span), message.into())
    }

    /// As bad as the table of codes says, at a place. What is allowed by default is a warning until its level is known.
    pub fn of(code: &'static str, text: &Text, span: Span, message: impl Into<String>) -> Self {
        let severity = codes::find(code).and_then(|it| it.level.severity()).unwrap_or(Severity::Warning);
        Self::new(severity, code, text, Some(span), message.into())
    }

    /// An error of a whole file or source, with no place inside it.
    pub fn of_file(code: &'static str, name: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, &Text::new(name, ""), None, message.into())
    }

    fn new(severity: Severity, code: &'static str, text: &Text, span: Option<Span>, message: String) -> Self {
        let label = Label { text: text.clone(), span, remark: String::new() };
        let message = short(&message, LONGEST).into_owned();
        Self { severity, code, message, labels: vec![label], help: Vec::new(), redacted: false, fix: None }
    }

    /// With a remark at the primary place.
    #[must_use]
    pub fn remark(mut self, remark: impl Into<String>) -> Self {
        if let Some(label) = self.labels.first_mut() {
            label.remark = line(&remark.into()).into_owned();
        }
        self
    }

    /// With a related place.
    #[must_use]
    pub fn related(mut self, text: &Text, span: Span, remark: impl Into<String>) -> Self {
        self.labels.push(Label { text: text.clone(), span: Some(span), remark: line(&remark.into()).into_owned() });
        self
    }

    /// With a line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(line(&help.into()).into_owned());
        self
    }

    /// With a fix.
    #[must_use]
    pub fn fix(mut self, what: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix = Some(Box::new(Fix { what: line(&what.into()).into_owned(), edits }));
        self
    }

    /// With a fix, if there is one.
    #[must_use]
    pub fn fix_if(self, what: impl Into<String>, edits: Option<Vec<Edit>>) -> Self {
        match edits {
            Some(edits) => self.fix(what, edits),
            None => self,
        }
    }

    /// Whether this says the same of the same place, mended or not.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let key = |it: &Self| (it.severity, it.code, it.redacted);
        key(self) == key(other)
            && self.message == other.message
            && self.help == other.help
            && self.labels == other.labels
    }

    /// The same about a text that holds this one's after so many bytes.
    #[must_use]
    pub fn moved(mut self, text: &Text, by: u32) -> Self {
        for label in self.labels.iter_mut().filter(|it| it.span.is_some()) {
            label.span = label.span.map(|it| it.moved(by));
            label.text = text.clone();
        }
        for edit in self.fix.iter_mut().flat_map(|it| &mut it.edits) {
            edit.span = edit.span.moved(by);
        }
        self
    }

    /// The primary place as `file:line:column`, or the file alone.
    pub fn place(&self) -> String {
        self.labels.first().map_or_else(String::new, Label::place)
    }
}

impl Label {
    /// `file:line:column`, or the file alone.
    pub fn place(&self) -> String {
        let name = line(&self.text.name);
        match self.span {
            Some(span) if !self.text.content.is_empty() => {
                let (line, column) = self.text.line_column(span);
                format!("{name}:{line}:{column}")
            }
            _ => name.into_owned(),
        }
    }
}

/// Collects diagnostics while a document is read; reading never stops at the first one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>, Levels);

impl Diagnostics {
    /// How many are kept for one file; a file of noise must not fill the memory.
    pub const LIMIT: usize = 200;

    /// Adds one as bad as its level says, up to [`Self::LIMIT`].
    ///
    /// The first error is always kept, whatever came before it: on it hangs whether the document is used.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let Some(diagnostic) = self.1.apply(diagnostic) else { return };
        if !self.is_full() {
            self.0.push(diagnostic);
        } else if diagnostic.severity == Severity::Error && !self.has_errors() {
            self.0.pop();
            self.0.push(diagnostic);
        }
    }

    /// Whether further ones are dropped: no need then to make them well.
    pub fn is_full(&self) -> bool {
        self.0.len() >= Self::LIMIT
    }

    /// Whether any of them makes the document unusable.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|it| it.severity == Severity::Error)
    }

    /// Whether any of them is in this stretch of the text that is read.
    pub fn has_errors_within(&self, span: Span) -> bool {
        let inside = span.start..span.end.max(span.start + 1);
        let place = |it: &Diagnostic| it.labels.first().and_then(|it| it.span).map(|it| it.start);
        let mut errors = self.0.iter().filter(|it| it.severity == Severity::Error);
        errors.any(|it| place(it).is_some_and(|it| inside.contains(&it)))
    }

    /// The levels of what is added.
    pub fn levels(&self) -> &Levels {
        &self.1
    }

    /// Sets the levels of what is added from now on.
    pub fn set_levels(&mut self, levels: Levels) {
        self.1 = levels;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_warnings_hides_no_error() {
        let text = Text::new("a", "b");
        let mut out = Diagnostics::default();
        for _ in 0..Diagnostics::LIMIT + 5 {
            out.push(Diagnostic::warning(codes::DEPRECATED, &text, Span::default(), "old"));
        }
        out.push(Diagnostic::error(codes::WRONG_TYPE, &text, Span::default(), "wrong"));
        assert!(out.has_errors() && out.0.len() == Diagnostics::LIMIT);
    }
}
