//! The one place that prints. Data goes to stdout, talk to stderr; a closed pipe is no error.

use std::io::{self, ErrorKind, IsTerminal, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anyhow::Context;

use super::excerpt::Excerpt;
use crate::spec::{Diagnostic, Severity};

/// Writes data, all of it or with an error: half a document must not pass for a whole one.
pub(super) fn data(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that has seen enough (`| head`) closes the pipe: nothing is wrong then.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Writes a line of talk.
pub(super) fn talk(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes diagnostics like a compiler's.
pub(super) fn diagnostics(diagnostics: &[Diagnostic]) {
    let colour = io::stderr().is_terminal() && !no_colour();
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    for diagnostic in diagnostics {
        talk(&render(diagnostic, &renderer));
    }
}

#[expect(clippy::disallowed_methods, reason = "`cli` is where the environment is read")]
fn no_colour() -> bool {
    std::env::var("NO_COLOR").is_ok_and(|it| !it.is_empty())
}

/// One diagnostic as text: the line, the caret, the help. Lines that hold secrets are named, not shown.
fn render(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let labels = diagnostic.labels.iter().filter(|_| !diagnostic.redacted);
    let excerpts: Vec<_> = labels.filter_map(|it| Some((it, Excerpt::of(it)?))).collect();
    let title = if excerpts.is_empty() {
        format!("{}: {}", diagnostic.place(), diagnostic.message)
    } else {
        diagnostic.message.clone()
    };
    let mut group = Group::with_title(level.primary_title(title).id(diagnostic.code));
    for (index, (label, excerpt)) in excerpts.into_iter().enumerate() {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(excerpt.span).label(&label.remark);
        let snippet = Snippet::source(excerpt.lines).line_start(excerpt.first).path(&*label.text.name);
        group = group.element(snippet.annotation(annotation));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Span, Text};

    #[test]
    fn a_diagnostic_shows_line_and_caret_and_a_redacted_one_only_its_place() {
        let text = Text::new("a.yaml", "name: x\nprot: 80\n");
        let mut diagnostic = Diagnostic::error("CH1003", &text, Span { start: 8, end: 12 }, "unknown field `prot`")
            .help("did you mean `port`?");
        let shown = render(&diagnostic, &Renderer::plain());
        for part in ["error[CH1003]: unknown field `prot`", "a.yaml:2:1", "prot: 80", "^^^^", "did you mean `port`?"] {
            assert!(shown.contains(part), "{shown}");
        }
        diagnostic.redacted = true;
        let hidden = render(&diagnostic, &Renderer::plain());
        assert!(hidden.contains("a.yaml:2:1: unknown field") && !hidden.contains("80"), "{hidden}");
    }
}
