//! `chancery fix`: old habits mended, with comments and layout as they were.

use std::path::PathBuf;

use clap::Args;

use super::{exit, input, output};
use crate::compile::Settings;
use crate::fix::{self, Fixed, Options, unified_diff};
use crate::spec::Text;

/// Print documents with their old habits mended, comments and layout as they were
#[derive(Debug, Args)]
pub(super) struct Fix {
    /// Documents and bootstraps; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Print what would change, as a unified diff
    #[arg(long, conflicts_with_all = ["write", "check"])]
    diff: bool,
    /// Write the files instead of printing them
    #[arg(long, conflicts_with = "check")]
    write: bool,
    /// Print nothing, and exit 1 if a file would change
    #[arg(long)]
    check: bool,
    /// Also mend what is probably meant: the nearest field or value
    #[arg(long)]
    suggestions: bool,
}

impl Fix {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let options = Options { suggestions: self.suggestions, settings: Settings::default() };
        let mut code = exit::DONE;
        for path in &self.files {
            let text = input::text(path)?;
            let fixed = fix::fix(&text, &options);
            let changed = *fixed.text != *text.content;
            self.tell(&text, &fixed);
            match () {
                () if self.check && changed => code = exit::FAULTS,
                () if self.check => {}
                () if self.diff => output::document(&unified_diff(&text.name, &text.content, &fixed.text))?,
                () if self.write && path.as_os_str() != input::STDIN => {
                    if changed {
                        input::replace(path, &fixed.text)?;
                    }
                }
                () => output::document(&fixed.text)?,
            }
        }
        Ok(code)
    }

    /// What was mended, and what is left, on standard error.
    fn tell(&self, text: &Text, fixed: &Fixed) {
        let word = if self.check { "would mend" } else { "mended" };
        for it in &fixed.done {
            let what = it.fix.as_ref().map_or("", |it| it.what.as_str());
            output::talk(&format!("{}: {word} {}: {what}", it.place(), it.code));
        }
        if !fixed.is_ours {
            output::talk(&format!("chancery: {} holds no document of ours, and stays as it is", text.name));
        }
        let guesses = fixed.left.0.iter().filter(|it| it.fix.is_some()).count();
        if guesses > 0 && !self.suggestions {
            output::talk(&format!("chancery: {}: {guesses} more with --suggestions", text.name));
        }
        if fixed.left.has_errors() {
            output::talk(&format!("chancery: {} still has faults: `chancery check` tells them", text.name));
        }
    }
}
