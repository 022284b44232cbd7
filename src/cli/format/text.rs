//! Diagnostics for people: the line, the caret, the help.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::excerpt::Excerpt;
use crate::printable::line;
use crate::spec::{Diagnostic, Severity};

/// One diagnostic as text: the line, the caret, the help. Lines that hold secrets are named, not shown.
pub(in crate::cli) fn render(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let labels = diagnostic.labels.iter().filter(|_| !diagnostic.redacted);
    let excerpts: Vec<_> = labels.filter_map(|it| Some((it, Excerpt::of(it)?))).collect();
    let title = if excerpts.is_empty() {
        format!("{}: {}", diagnostic.place(), line(&diagnostic.message))
    } else {
        line(&diagnostic.message).into_owned()
    };
    let mut group = Group::with_title(level.primary_title(title).id(diagnostic.code));
    for (index, (label, excerpt)) in excerpts.into_iter().enumerate() {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let (lines, place) = excerpt.shown();
        let annotation = kind.span(place).label(line(&label.remark).into_owned());
        let snippet = Snippet::source(lines).line_start(excerpt.first).path(line(&label.text.name).into_owned());
        group = group.element(snippet.annotation(annotation));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(line(help).into_owned()));
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
