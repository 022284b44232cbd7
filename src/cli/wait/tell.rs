//! What a wait says: one line of progress, and who lags behind. What clients say of themselves is made harmless.

use serde_json::Value;

use crate::cli::output;

/// Names who lags behind, and what each lacks.
pub(super) fn laggards(nodes: &Value) {
    for it in nodes["nodes"].as_array().into_iter().flatten() {
        let text = |it: &Value| output::word(it.as_str().unwrap_or_default());
        let has = it["has"].as_u64().map_or("nothing yet".to_owned(), |it| format!("generation {it}"));
        let mut line = format!("  {}: has {has}, stage {}", text(&it["id"]), text(&it["stage"]));
        let missing = it["missing"].as_array().into_iter().flatten();
        let missing: Vec<_> = missing.map(|it| format!("{} {}", text(&it["type"]), text(&it["name"]))).collect();
        if !missing.is_empty() {
            line.push_str(&format!(", lacks {}", missing.join(", ")));
        }
        if it["refuses"] == true {
            line.push_str(", refuses something");
        }
        if let Some(problem) = it["problem"].as_str() {
            line.push_str(&format!(", {}", output::word(problem)));
        }
        output::talk(&line);
    }
    if let Some(more) = nodes["more"].as_u64().filter(|it| *it > 0) {
        output::talk(&format!("  and {more} more"));
    }
}

/// A line that is written over on a terminal, and lines that tell what is new elsewhere.
#[derive(Debug, Default)]
pub(super) struct Progress {
    last: String,
}

impl Progress {
    pub(super) fn show(&mut self, bar: String, line: String) {
        if self.last == line {
            return;
        }
        if output::talks_to_terminal() {
            output::redraw(&output::word(&bar));
        } else {
            output::talk(&output::word(&line));
        }
        self.last = line;
    }

    /// Makes room for what is said at the end.
    pub(super) fn clear(&self) {
        if output::talks_to_terminal() && !self.last.is_empty() {
            output::clear();
        }
    }
}
