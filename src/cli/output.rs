//! The one place that prints. Data goes to stdout, talk to stderr; a closed pipe is no error.

use std::io::{self, ErrorKind, IsTerminal, Write};

use annotate_snippets::Renderer;
use anyhow::Context;

use super::format;
use crate::spec::Diagnostic;

/// Writes data, all of it or with an error: half a document must not pass for a whole one.
pub(super) fn data(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that has seen enough (`| head`) closes the pipe: nothing is wrong then.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Whether data may be coloured.
pub(super) fn colour_on_stdout() -> bool {
    io::stdout().is_terminal() && !no_colour()
}

/// Writes a line of talk.
pub(super) fn talk(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether talk goes to a terminal, where a line can be written over.
pub(super) fn talks_to_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Writes a line of talk over the one before; to be followed by [`clear`].
pub(super) fn redraw(line: &str) {
    let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
    let line: String = line.chars().take(width.saturating_sub(1)).collect();
    let mut err = io::stderr().lock();
    let _ = write!(err, "\r\u{1b}[2K{line}").and_then(|()| err.flush());
}

/// Takes away a line that [`redraw`] wrote.
pub(super) fn clear() {
    redraw("");
}

/// Text of others without what moves a terminal's cursor or changes its colours. Lines stay lines.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        if it.is_control() && it != '\n' { out.extend(it.escape_default()) } else { out.push(it) }
    }
    out
}

/// The same on one line.
pub(super) fn word(text: &str) -> String {
    harmless(text).replace('\n', "\\n")
}

/// Writes diagnostics like a compiler's.
pub(super) fn diagnostics(diagnostics: &[Diagnostic]) {
    let colour = io::stderr().is_terminal() && !no_colour();
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    for diagnostic in diagnostics {
        talk(&format::render(diagnostic, &renderer));
    }
}

/// Whether what goes to standard output may have colours.
pub(super) fn colour() -> bool {
    io::stdout().is_terminal() && !no_colour()
}

/// How wide the terminal is that standard output goes to, if it goes to one.
pub(super) fn width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

#[expect(clippy::disallowed_methods, reason = "`cli` is where the environment is read")]
pub(super) fn no_colour() -> bool {
    std::env::var("NO_COLOR").is_ok_and(|it| !it.is_empty())
}
