//! `chancery plan`: what documents would change, for whom, and what it does to traffic.
//!
//! Answers for: both sides, the exit code. Leaves to others: the comparison (`crate::plan`), the forms (`text`, `json`).

mod json;
mod text;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::daemon::Admin;
use super::serve::{Source, runtime};
use super::state_dir::StateDir;
use super::{exit, output};
use crate::app::{Isolation, Loader};
use crate::compile::Settings;
use crate::plan::{Scope, compare};
use crate::resource::Node;
use crate::spec::Severity;
use crate::state::History;
use crate::statement::{Statement, Unreadable, read};

/// Tell what documents would change in a running daemon: for whom, field by field, and what it does to traffic
#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    admin: Admin,
    /// Compare with these files instead of a daemon, or with this generation of --state-dir
    #[arg(long, value_name = "PATH|GENERATION")]
    against: Option<PathBuf>,
    #[command(flatten)]
    state: StateDir,
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
    State(String),
}

impl Plan {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        let settings = self.source.settings()?;
        let Some(new) = loaded(&self.source, &settings)? else { return Ok(exit::FAULTS) };
        let (old, against) = match &self.against {
            Some(path) => match self.against_path(path, &settings)? {
                Some(both) => both,
                None => return Ok(exit::FAULTS),
            },
            None => (fetched(&self.admin)?, Against::Daemon(self.admin.admin.clone())),
        };
        let node = self.node.as_ref().map(|id| Node { id: id.clone(), ..Node::default() });
        let plan = compare(&old, &new, node.as_ref().map_or(Scope::Everyone, Scope::Node));
        output::data(&if self.json {
            output::json(&json::plan(&plan, &old, &against))
        } else {
            text::Style { colour: output::colour_on_stdout(), full: self.full }.plan(&plan)
        })?;
        Ok(if plan.changes.is_empty() { exit::DONE } else { exit::DIFFERENCES })
    }
}

impl Plan {
    /// What files say, or what a generation said; `None` if they have faults, which are told.
    fn against_path(&self, path: &Path, settings: &Settings) -> anyhow::Result<Option<(Statement, Against)>> {
        let number = path.to_str().and_then(|it| it.parse::<u64>().ok());
        match (number, &self.state.dir) {
            (Some(number), Some(dir)) => {
                let old = stored(number, dir, settings)?;
                return Ok(old.map(|it| (it, Against::State(dir.display().to_string()))));
            }
            (Some(number), None) if !path.exists() => {
                bail!("there is no file {number}; for a generation, say of which --state-dir")
            }
            _ => {}
        }
        let source = Source { sources: vec![path.to_owned()], ..self.source.clone() };
        Ok(loaded(&source, settings)?.map(|it| (it, Against::Files(path.display().to_string()))))
    }
}

/// What a stored generation says by today's settings; `None` if it has faults by them, which are told.
fn stored(number: u64, dir: &Path, settings: &Settings) -> anyhow::Result<Option<Statement>> {
    let record = History::at(dir)?.load(number)?;
    match Loader::new(settings.clone(), Isolation::Generation).restore(number, record.files) {
        Ok(generation) => Ok(Some(Statement::of(&generation))),
        Err(diagnostics) => {
            output::diagnostics(&diagnostics);
            let why = if diagnostics.is_empty() { "holds no document" } else { "has faults by today's rules" };
            output::talk(&format!("chancery: generation {number} in {} {why}", dir.display()));
            Ok(None)
        }
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
