//! `chancery plan`: what documents would change, for whom, and what it does to traffic.
//!
//! Answers for: both sides, the exit code. Leaves to others: the comparison (`crate::plan`), the forms (`text`, `json`).

mod json;
mod text;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::daemon::Admin;
use super::serve::{Source, runtime};
use super::{exit, output};
use crate::app::{Isolation, Loader};
use crate::compile::Settings;
use crate::plan::{Scope, compare};
use crate::resource::Node;
use crate::spec::Severity;
use crate::statement::{Statement, Unreadable, read};

/// Tell what documents would change in a running daemon: for whom, field by field, and what it does to traffic
#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    admin: Admin,
    /// Compare with these files instead of a daemon
    #[arg(long, value_name = "PATH")]
    against: Option<PathBuf>,
    /// Only what a node of this id would see
    #[arg(long = "node", value_name = "ID")]
    node: Option<String>,
    /// All fields of each resource, not only the first 20, and all of long values
    #[arg(long)]
    full: bool,
    /// As JSON (docs/plan.md)
    #[arg(long)]
    json: bool,
}

/// What the documents are compared with.
#[derive(Debug)]
pub(super) enum Against {
    Daemon(String),
    Files(String),
}

impl Plan {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        let settings = self.source.settings()?;
        let Some(new) = loaded(&self.source, &settings)? else { return Ok(exit::FAULTS) };
        let (old, against) = match &self.against {
            Some(path) => {
                let mut source = self.source.clone();
                source.sources = vec![path.clone()];
                let Some(old) = loaded(&source, &settings)? else { return Ok(exit::FAULTS) };
                (old, Against::Files(path.display().to_string()))
            }
            None => (fetched(&self.admin)?, Against::Daemon(self.admin.admin.clone())),
        };
        let node = self.node.as_ref().map(|id| Node { id: id.clone(), ..Node::default() });
        let plan = compare(&old, &new, node.as_ref().map_or(Scope::Everyone, Scope::Node));
        output::data(&if self.json {
            format!("{:#}\n", json::plan(&plan, &old, &against))
        } else {
            text::Style { colour: output::colour_on_stdout(), full: self.full }.plan(&plan)
        })?;
        Ok(if plan.changes.is_empty() { exit::DONE } else { exit::DIFFERENCES })
    }
}

/// What the documents say; `None` if they have faults, which are told.
fn loaded(source: &Source, settings: &Settings) -> anyhow::Result<Option<Statement>> {
    let reading = source.reading()?;
    let loaded = Loader::new(settings.clone(), Isolation::Generation).load(&reading);
    output::diagnostics(&loaded.diagnostics);
    if loaded.diagnostics.iter().any(|it| it.severity == Severity::Error) {
        return Ok(None);
    }
    for (file, reason) in &loaded.skipped {
        output::talk(&format!("chancery: {file} is skipped: {reason}"));
    }
    let Some(generation) = loaded.generation else { bail!("there is no document in {}", source.places()) };
    Ok(Some(Statement::of(&generation)))
}

/// What a daemon serves.
fn fetched(daemon: &Admin) -> anyhow::Result<Statement> {
    let advice = "start `chancery serve`, name its admin address with --admin, or compare with files: --against PATH";
    let admin = &daemon.admin;
    let answer = runtime()?.block_on(daemon.get("/generation"));
    let answer = answer.map_err(|error| anyhow::anyhow!("no daemon answers at {admin}: {error:#}; {advice}"))?;
    match answer.status {
        200 => {}
        503 => bail!("the daemon at {admin} has no good configuration yet; its log says why"),
        status => bail!("{}", daemon.stranger(status)),
    }
    read(answer.body.as_bytes()).map_err(|error| match error {
        Unreadable::Format(_) => anyhow::anyhow!(
            "the daemon at {admin} is of another version: {error}; run `plan` with the daemon's own version"
        ),
        other => anyhow::anyhow!("what {admin} answers is no generation: {other}; see --admin"),
    })
}
