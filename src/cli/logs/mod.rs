//! Where log lines go: stderr, as text or JSON. Leaves to `fields` how a line looks.

mod fields;

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use self::fields::{JsonLines, TextFields};

/// How the daemon logs.
#[derive(Debug, Clone, Args)]
pub(super) struct Logs {
    /// The form of log lines
    #[arg(long, value_enum, default_value_t = Form::Text, env = "CHANCERY_LOG", value_name = "FORM")]
    log: Form,
    /// What is logged: a level, or a list such as `info,chancery::source=debug,h2=debug`
    #[arg(long, default_value = "info", env = "CHANCERY_LOG_LEVEL", value_name = "LEVEL", value_parser = level)]
    log_level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

impl Logs {
    /// Sets up logging for the process.
    pub(super) fn start(&self) -> anyhow::Result<()> {
        let filter = EnvFilter::builder().parse(directives(&self.log_level))?;
        let ansi = io::stderr().is_terminal();
        let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
        // A line that cannot be written is lost. Complaining, on the same stderr, would panic.
        let builder = builder.log_internal_errors(false);
        match self.log {
            Form::Text => builder.with_ansi(ansi).fmt_fields(TextFields).init(),
            Form::Json => builder.event_format(JsonLines).init(),
        }
        Ok(())
    }
}

fn level(text: &str) -> Result<String, String> {
    EnvFilter::builder().parse(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// A level alone is ours: what libraries have to say at debug would bury it.
fn directives(level: &str) -> String {
    match level.parse::<LevelFilter>() {
        Ok(level) if level > LevelFilter::WARN => format!("warn,chancery={level}"),
        _ => level.to_owned(),
    }
}
