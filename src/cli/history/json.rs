//! The history for programs: shapes that stay, described in `docs/state.md`.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Shown, text::utc};
use crate::state::{Listing, Record, Summary};

/// The shapes' version.
const FORMAT: u64 = 1;

pub(super) fn listing(listing: &Listing, dir: &Path) -> Value {
    let files = |it: &Summary| it.files.iter().map(|it| json!({ "name": &*it.name, "bytes": it.bytes })).collect();
    json!({
        "format": FORMAT,
        "state_dir": dir.display().to_string(),
        "generations": listing.generations.iter().map(|it| head(it, files(it))).collect::<Vec<_>>(),
        "damaged": listing.damaged.iter().map(|it| json!({
            "number": it.number,
            "path": it.path.display().to_string(),
            "reason": it.reason,
        })).collect::<Vec<_>>(),
    })
}

pub(super) fn generation(record: &Record, files: &[Shown]) -> Value {
    let file = |it: &Shown| {
        let counts = it.resources.iter().map(|(kind, count)| (kind.url().to_owned(), (*count).into()));
        json!({
            "name": &*it.file.name,
            "bytes": it.file.content.len(),
            "documents": it.documents,
            "resources": counts.collect::<Map<String, Value>>(),
            "errors": it.errors,
        })
    };
    let mut json = head(&record.summary(), files.iter().map(file).collect());
    json["format"] = FORMAT.into();
    json
}

fn head(it: &Summary, files: Vec<Value>) -> Value {
    json!({
        "number": it.number,
        "at": utc(it.at_ms, "T") + "Z",
        "version": it.version.to_string(),
        "outcome": it.outcome.json(),
        "sources": it.sources,
        "files": files,
    })
}
