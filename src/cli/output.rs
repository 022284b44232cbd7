//! The one place that prints. Data goes to stdout, talk to stderr; a closed pipe is no error.
//!
//! Nothing leaves here that a terminal would obey but this program's own colours: whoever composes a text makes others'
//! words [`word`]s, so that they cannot forge a line, and what is left of them is escaped on the way out.

use std::io::{self, ErrorKind, IsTerminal, Write};

use annotate_snippets::Renderer;
use anyhow::Context;
use serde_json::Value;

use super::format;
use crate::printable;
use crate::spec::Diagnostic;

/// Writes a text for people, all of it or with an error.
pub(super) fn data(text: &str) -> anyhow::Result<()> {
    write_out(&if colour_on_stdout() { printable::coloured(text) } else { printable::lines(text).into_owned() })
}

/// JSON as text to be written.
pub(super) fn json(value: &Value) -> String {
    printable::json(format!("{value:#}\n"))
}

/// Writes a document for other programs, byte by byte; on a terminal, as [`data`].
pub(super) fn document(text: &str) -> anyhow::Result<()> {
    if io::stdout().is_terminal() { data(text) } else { write_out(text) }
}

/// All of it or with an error: half a document must not pass for a whole one.
fn write_out(text: &str) -> anyhow::Result<()> {
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
    write_err(&printable::short(line, TALK));
}

/// Writes talk of several lines.
pub(super) fn talk_lines(text: &str) {
    write_err(&printable::lines(text));
}

fn write_err(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// How long a line of talk may be, in characters.
const TALK: usize = 64 << 10;

/// Whether talk goes to a terminal, where a line can be written over.
pub(super) fn talks_to_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Writes a line of talk over the one before; to be followed by [`clear`].
pub(super) fn redraw(line: &str) {
    let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
    let line = printable::line(line);
    let line: String = line.chars().take(width.saturating_sub(1)).collect();
    let mut err = io::stderr().lock();
    let _ = write!(err, "\r\u{1b}[2K{line}").and_then(|()| err.flush());
}

/// Takes away a line that [`redraw`] wrote.
pub(super) fn clear() {
    redraw("");
}

/// Text of others as it may stand in a line.
pub(super) fn word(text: &str) -> String {
    printable::line(text).into_owned()
}

/// Writes diagnostics like a compiler's.
pub(super) fn diagnostics(diagnostics: &[Diagnostic]) {
    let colour = io::stderr().is_terminal() && !no_colour();
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    for diagnostic in diagnostics {
        let text = format::render(diagnostic, &renderer);
        write_err(&if colour { printable::coloured(&text) } else { printable::lines(&text).into_owned() });
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
