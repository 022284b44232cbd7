//! `chancery check`: every fault of every document, found in one run.

use clap::Args;

use super::format::Format;
use super::serve::Source;
use super::{exit, output};
use crate::app::{Isolation, Loader};
use crate::spec::{Diagnostic, Severity};

/// Report every fault of the documents, like a compiler
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    source: Source,
    /// The form of the report; all but text go to standard output
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORM")]
    format: Format,
    /// Exit 1 on warnings too
    #[arg(long)]
    strict: bool,
    /// Do not say that all is well
    #[arg(long, short)]
    quiet: bool,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        let settings = self.source.settings()?;
        let reading = self.source.reading()?;
        let loaded = Loader::new(settings, Isolation::Generation).load(&reading);
        let diagnostics = &loaded.diagnostics;
        match self.format.report(diagnostics) {
            Some(report) => output::data(&report)?,
            None => output::diagnostics(diagnostics),
        }
        for (file, reason) in &loaded.skipped {
            output::talk(&format!("chancery: {file} is skipped: {reason}"));
        }
        let count = |severity| diagnostics.iter().filter(|it| it.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let is_bad = errors > 0 || (self.strict && warnings > 0);
        if self.format == Format::Text && (is_bad || !self.quiet) {
            let documents = loaded.generation.as_ref().map_or(0, |it| it.documents().len());
            let resources = loaded.generation.iter().flat_map(|it| it.documents()).map(|it| it.resources.len()).sum();
            output::talk(&summary(diagnostics, documents, resources, is_bad));
        }
        Ok(if is_bad { exit::FAULTS } else { exit::DONE })
    }
}

fn summary(diagnostics: &[Diagnostic], documents: usize, resources: usize, is_bad: bool) -> String {
    let count = |severity| diagnostics.iter().filter(|it| it.severity == severity).count();
    let some = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let faults = [some(count(Severity::Error), "error"), some(count(Severity::Warning), "warning")];
    let faults = faults.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let has = |count: usize, what: &str| some(count, what).unwrap_or_else(|| format!("no {what}s"));
    match (is_bad, faults.is_empty()) {
        (true, _) => format!("chancery: {faults}; `chancery explain CODE` tells more"),
        (false, true) => format!("OK: {}, {}", has(documents, "document"), has(resources, "resource")),
        (false, false) => format!("OK, with {faults}: {}, {}", has(documents, "document"), has(resources, "resource")),
    }
}
