//! Diagnostics in the forms that are asked for: one file each, all from the same data. Leaves to `output` where they go.
//!
//! Whatever the form, a line that may hold a secret is named and not shown.

mod excerpt;
mod github;
mod json;
mod sarif;
mod text;

use clap::ValueEnum;

pub(super) use text::render;

use crate::spec::Diagnostic;

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Commands of GitHub Actions, which annotate the lines of a pull request
    Github,
}

impl Format {
    /// A report as data; nothing for text, which is talk.
    pub(super) fn report(self, diagnostics: &[Diagnostic]) -> Option<String> {
        match self {
            Self::Text => None,
            Self::Json => Some(json::report(diagnostics)),
            Self::Sarif => Some(sarif::report(diagnostics)),
            Self::Github => Some(github::report(diagnostics)),
        }
    }
}

/// Line and column from 1, of the start and the end of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Region {
    start: (u32, u32),
    end: (u32, u32),
}

impl Region {
    /// `None` for a label without a place.
    fn of(label: &crate::spec::Label) -> Option<Self> {
        let span = label.span.filter(|_| !label.text.content.is_empty())?;
        let end = crate::spec::Span { start: span.end.max(span.start), ..span };
        Some(Self { start: label.text.line_column(span), end: label.text.line_column(end) })
    }
}
