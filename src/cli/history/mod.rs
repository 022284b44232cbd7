//! `chancery history`: the generations in a state directory, what one of them says, and the way back to it.
//!
//! Answers for: arguments, what is compiled anew. Leaves to others: reading the directory (`crate::state`), the forms
//! (`text`, `json`), writing documents out (`files`).

mod files;
mod json;
mod text;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::serve::Meaning;
use super::state_dir::StateDir;
use super::{exit, output};
use crate::compile::{Compiled, Settings, compile};
use crate::resource::ResourceType;
use crate::spec::{RawFile, Severity};
use crate::state;

/// List the generations that a daemon keeps in its state directory, newest first
#[derive(Debug, Args)]
pub(super) struct History {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    state: StateDir,
    /// The form
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM", global = true)]
    format: Form,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Box<Show>),
}

/// Tell what a generation says, and write its documents out
#[derive(Debug, Args)]
struct Show {
    /// Its number
    #[arg(value_name = "GENERATION")]
    number: u64,
    /// Write its documents into this new directory
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    #[command(flatten)]
    meaning: Meaning,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Text,
    /// One JSON object (docs/state.md)
    Json,
}

/// A stored file, compiled by today's rules.
#[derive(Debug)]
struct Shown {
    file: RawFile,
    documents: usize,
    /// How many resources of each type, in wire order.
    resources: Vec<(ResourceType, usize)>,
    /// How many faults it has by now.
    errors: usize,
}

impl History {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let Some(dir) = &self.state.dir else {
            output::talk("chancery: name the directory that `serve` keeps its state in: --state-dir DIR");
            return Ok(exit::USAGE);
        };
        let history = state::History::at(dir)?;
        match &self.command {
            None => {
                let listing = history.list()?;
                output::data(&match self.format {
                    Form::Text => text::listing(&listing, dir),
                    Form::Json => output::json(&json::listing(&listing, dir)),
                })?;
            }
            Some(Command::Show(show)) => show.run(&history, self.format)?,
        }
        Ok(exit::DONE)
    }
}

impl Show {
    fn run(&self, history: &state::History, format: Form) -> anyhow::Result<()> {
        let record = history.load(self.number)?;
        let settings = self.meaning.settings()?;
        let files: Vec<_> = record.files.iter().map(|it| Shown::of(it, &settings)).collect();
        if let Some(folder) = &self.output_dir {
            self.write_out(&record.files, folder)?;
        }
        output::data(&match format {
            Form::Text => text::generation(&record, &files),
            Form::Json => output::json(&json::generation(&record, &files)),
        })
    }

    fn write_out(&self, documents: &[RawFile], folder: &Path) -> anyhow::Result<()> {
        files::write_out(documents, folder)?;
        let (number, folder) = (self.number, folder.display());
        output::talk(&format!("chancery: the documents of generation {number} are in {folder}"));
        Ok(())
    }
}

impl Shown {
    fn of(file: &RawFile, settings: &Settings) -> Self {
        let Compiled { documents, diagnostics, .. } = compile(file, settings);
        let mut resources: Vec<(ResourceType, usize)> = Vec::new();
        for (kind, _) in documents.iter().flat_map(|it| &it.resources) {
            match resources.iter_mut().find(|it| it.0 == *kind) {
                Some(counted) => counted.1 += 1,
                None => resources.push((kind.clone(), 1)),
            }
        }
        resources.sort_by(|a, b| a.0.cmp(&b.0));
        let errors = diagnostics.0.iter().filter(|it| it.severity == Severity::Error).count();
        Self { file: file.clone(), documents: documents.len(), resources, errors }
    }
}
