//! Diagnostics as workflow commands of GitHub Actions: `::error file=…,line=…::message`.

use std::fmt::Write;

use super::Region;
use crate::printable::lines;
use crate::spec::{Diagnostic, Severity};

/// One command a line.
pub(in crate::cli) fn report(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for it in diagnostics {
        let command = match it.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut place = String::new();
        if let Some(label) = it.labels.first() {
            let _ = write!(place, "file={}", property(&label.text.name));
            if let Some(Region { start, end }) = Region::of(label) {
                let _ = write!(place, ",line={},endLine={},col={}", start.0, end.0, start.1);
                if start.0 == end.0 {
                    let _ = write!(place, ",endColumn={}", end.1);
                }
            }
        }
        let remark = it.labels.first().map(|it| it.remark.as_str()).filter(|it| !it.is_empty());
        let words = std::iter::once(it.message.as_str()).chain(remark).chain(it.help.iter().map(String::as_str));
        let message = words.collect::<Vec<_>>().join("\n");
        let _ = writeln!(out, "::{command} {place},title={}::{}", it.code, data(&message));
    }
    out
}

/// A command's message: its line breaks would end it.
fn data(text: &str) -> String {
    lines(text).replace('%', "%25").replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Span, Text};

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let text = Text::new("a,b.yaml", "x: 1\ny: 2\n");
        let fault = Diagnostic::error("CH1003", &text, Span { start: 5, end: 6 }, "100% of\n::it").help("or: not");
        assert_eq!(
            report(&[fault]),
            "::error file=a%2Cb.yaml,line=2,endLine=2,col=1,endColumn=2,title=CH1003::100%25 of\\n::it%0Aor: not\n"
        );
    }
}
