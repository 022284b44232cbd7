//! `chancery rollout`: what is being rolled out by a daemon, and an operator's decision about it.
//!
//! Answers for: arguments, exit codes. Leaves to others: how the state looks (`text`), what may be done (`delivery`).

mod text;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::daemon::Admin;
use super::serve::runtime;
use super::{exit, output};

pub(super) use text::refusals;

/// Tell what a running daemon is rolling out, or decide about it: pause, resume, promote, abort or retry
#[derive(Debug, Args)]
pub(super) struct Rollout {
    /// `pause` leaves everyone with what they have; `resume` goes on; `promote` gives what is on trial to everyone now;
    /// `abort` takes it back; `retry` tries once more, as it is, what was refused. Decisions are taken from the daemon's own machine only
    #[arg(value_enum, default_value_t = Act::Status, value_name = "ACTION")]
    act: Act,
    #[command(flatten)]
    admin: Admin,
    /// The form of `status`: text, or JSON as /rollout has it (docs/admin.md)
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Act {
    Status,
    Pause,
    Resume,
    Promote,
    Abort,
    Retry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

impl Rollout {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        let (word, done) = match self.act {
            Act::Status => return self.status(),
            Act::Pause => ("pause", "is paused: it goes no further until `resume`, `promote` or `abort`"),
            Act::Resume => ("resume", "goes on"),
            Act::Promote => ("promote", "goes to everyone"),
            Act::Abort => ("abort", "is taken back"),
            Act::Retry => ("retry", "is in service; what was refused since is tried once more"),
        };
        let answer = runtime()?.block_on(self.admin.post(&format!("/rollout/{word}")))?;
        let page: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
        match (answer.status, page["generation"].as_u64()) {
            (200, Some(generation)) => output::data(&format!("generation {generation} {done}\n"))?,
            (403 | 409, _) => bail!("{}", answer.body.trim()),
            (status, _) => bail!("{}", self.admin.stranger(status)),
        }
        Ok(exit::DONE)
    }

    fn status(&self) -> anyhow::Result<u8> {
        let page = runtime()?.block_on(self.admin.json("/rollout"))?;
        output::data(&match self.format {
            Form::Json => output::json(&page),
            Form::Text => text::status(&page),
        })?;
        Ok(exit::DONE)
    }
}
