//! `chancery explain`: the story of a code, or the documentation of a field.
//!
//! Leaves to others: what there is to say (`reference`), how it looks (`cli::page`).

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::page::Canvas;
use super::{exit, output, serve};
use crate::reference::{Answer, Page, explain, overview};

/// Tell the story of a code, or what a field means, may hold, and is by default
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A code (`CH1003`), a key of the simple spec or a field of Envoy's API by its path (`cluster.outlier_detection`),
    /// a message, an enum or an extension by any of its names; nothing lists what there is
    #[arg(value_name = "CODE|FIELD")]
    topic: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// A descriptor set with contrib or private message types
    #[arg(long, env = "CHANCERY_DESCRIPTORS", value_name = "FILE")]
    descriptors: Vec<PathBuf>,
}

impl Explain {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        serve::add_descriptors(&self.descriptors)?;
        let Some(topic) = self.topic.as_deref() else { return self.print(&[overview()]) };
        match explain(topic) {
            Answer::Pages(pages) => self.print(&pages),
            Answer::Unknown { reason, near } => {
                output::talk(&format!("chancery: {reason}"));
                let near: Vec<_> = near.iter().map(|it| format!("  chancery explain {it}")).collect();
                output::talk_lines(&match near.as_slice() {
                    [] => "next: `chancery explain` lists what can be asked for".to_owned(),
                    _ => format!("did you mean:\n{}", near.join("\n")),
                });
                Ok(exit::FAULTS)
            }
        }
    }

    fn print(&self, pages: &[Page]) -> anyhow::Result<u8> {
        let text = if self.json {
            let pages: Vec<_> = pages.iter().map(Page::to_json).collect();
            output::json(&json!({ "pages": pages }))
        } else {
            let canvas = Canvas::new(output::width(), output::colour());
            let pages: Vec<_> = pages.iter().map(|it| canvas.show(it)).collect();
            pages.join("\n\n")
        };
        output::data(&text)?;
        Ok(exit::DONE)
    }
}
