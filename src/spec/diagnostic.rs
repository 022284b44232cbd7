//! Diagnostics: what is wrong, where, and what to do about it. Data only; words are rendered in `cli`.

use super::{Span, Text};

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

    /// An error of a whole file or source, with no place inside it.
    pub fn of_file(code: &'static str, name: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, &Text::new(name, ""), None, message.into())
    }

    fn new(severity: Severity, code: &'static str, text: &Text, span: Option<Span>, message: String) -> Self {
        let label = Label { text: text.clone(), span, remark: String::new() };
        let message = shorten(message);
        Self { severity, code, message, labels: vec![label], help: Vec::new(), redacted: false }
    }

    /// With a remark at the primary place.
    #[must_use]
    pub fn remark(mut self, remark: impl Into<String>) -> Self {
        if let Some(label) = self.labels.first_mut() {
            label.remark = remark.into();
        }
        self
    }

    /// With a related place.
    #[must_use]
    pub fn related(mut self, text: &Text, span: Span, remark: impl Into<String>) -> Self {
        self.labels.push(Label { text: text.clone(), span: Some(span), remark: remark.into() });
        self
    }

    /// With a line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The primary place as `file:line:column`, or the file alone.
    pub fn place(&self) -> String {
        match self.labels.first() {
            Some(Label { text, span: Some(span), .. }) if !text.content.is_empty() => {
                let (line, column) = text.line_column(*span);
                format!("{}:{line}:{column}", text.name)
            }
            Some(label) => label.text.name.to_string(),
            None => String::new(),
        }
    }
}

/// A message repeats what the user wrote, which may be of any length.
fn shorten(mut message: String) -> String {
    const LONGEST: usize = 600;
    if let Some((at, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(at);
        message.push('…');
    }
    message
}

/// Collects diagnostics while a document is read; reading never stops at the first one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// How many are kept for one document; a file of noise must not fill the memory.
    pub const LIMIT: usize = 200;

    /// Adds one, up to [`Self::LIMIT`].
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
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
}
