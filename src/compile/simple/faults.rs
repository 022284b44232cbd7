//! Collects the faults of one document.

use crate::spec::codes::KEYS_EXCLUDE;
use crate::spec::{Diagnostic, Diagnostics, Entry, Span, Text};

/// Where faults go, and the text that they are in.
#[derive(Debug)]
pub(super) struct Faults<'a> {
    text: &'a Text,
    out: &'a mut Diagnostics,
    /// Whether the lines being read may hold secrets.
    pub(super) redacted: bool,
}

impl<'a> Faults<'a> {
    pub(super) fn new(text: &'a Text, out: &'a mut Diagnostics) -> Self {
        Self { text, out, redacted: false }
    }

    /// Reports an error; `dress` adds remarks and help.
    pub(super) fn push(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        dress: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        let mut diagnostic = dress(Diagnostic::error(code, self.text, span, message));
        diagnostic.redacted = self.redacted;
        self.out.push(diagnostic);
    }

    /// Reports that the second key has no meaning beside the first.
    pub(super) fn exclude(&mut self, first: &Entry, second: &Entry, why: &str) {
        let message = format!("`{}` and `{}` exclude each other", first.key.text, second.key.text);
        let text = self.text;
        self.push(KEYS_EXCLUDE, second.key.span, message, |it| {
            it.remark(why).related(text, first.key.span, "the other one is here")
        });
    }
}
