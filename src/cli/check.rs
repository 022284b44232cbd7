//! `chancery check`: every fault of every document, found in one run.

use clap::Args;

use super::envoy_binary::{cache_folder, envoy_of};
use super::format::Format;
use super::serve::{Source, runtime};
use super::{exit, output};
use crate::app::{Isolation, Loader};
use crate::compile::Settings;
use crate::judge::judge;
use crate::snapshot::{Generation, audiences};
use crate::spec::{Diagnostic, Severity};

/// Report every fault of the documents, like a compiler
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    source: Source,
    /// The form of the report; all but text go to standard output
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORM")]
    format: Format,
    /// Ask a real Envoy too: a binary, or a version such as 1.40.0, which is fetched once
    #[arg(long, value_name = "PATH|VERSION", env = "CHANCERY_CHECK_ENVOY")]
    envoy: Option<String>,
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
        let mut loaded = Loader::new(settings.clone(), Isolation::Generation).load(&reading);
        if let Some(envoy) = self.envoy.as_deref().filter(|it| !it.is_empty()) {
            loaded.diagnostics.extend(envoy_says(envoy, loaded.generation.as_deref(), &settings)?);
        }
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

/// What a real Envoy says of each group of nodes. It is not asked about documents that are at fault already.
fn envoy_says(envoy: &str, generation: Option<&Generation>, settings: &Settings) -> anyhow::Result<Vec<Diagnostic>> {
    let Some(generation) = generation else {
        output::talk("chancery: no Envoy is asked until the documents are good");
        return Ok(Vec::new());
    };
    let judgement = runtime()?.block_on(async {
        let binary = envoy_of(envoy, |it| output::talk(&format!("chancery: {it}"))).await?;
        let groups = audiences(generation.documents());
        Ok::<_, anyhow::Error>(judge(&binary, &cache_folder().join("check"), &groups, settings).await?)
    })?;
    judgement.notes.iter().for_each(|it| output::talk(&format!("chancery: {it}")));
    Ok(judgement.diagnostics)
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
