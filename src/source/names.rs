//! Which names in a directory are documents.
//!
//! Answers for: leaving alone what editors, mounts and people put beside documents. Leaves to others: files named on
//! the command line, which are read whatever they are called.

use std::ffi::OsStr;
use std::path::Path;

const EXTENSIONS: [&str; 5] = ["yaml", "yml", "json", "pb", "pb_text"];

/// Why neither a file nor a directory of this name is looked at; `None` when it is.
pub(super) fn reason_to_skip_entry(name: &OsStr) -> Option<&'static str> {
    let name = name.to_string_lossy();
    let has_end = |end: &str| name.ends_with(end);
    match () {
        () if name.starts_with("..") => Some("a mount's own entry"),
        () if name.starts_with('.') => Some("hidden"),
        () if has_end("~") => Some("a backup"),
        () if has_end(".swp") || has_end(".swx") || has_end(".swo") => Some("an editor's swap file"),
        () if name.starts_with('#') && has_end("#") => Some("an editor's autosave"),
        () if name == "4913" => Some("vim's probe"),
        () if name == "lost+found" => Some("the file system's own"),
        () => None,
    }
}

/// Why a file of this name is no document; `None` when it is one.
pub(super) fn reason_to_skip_file(name: &OsStr) -> Option<&'static str> {
    let extension = Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default();
    (!EXTENSIONS.contains(&extension)).then_some("not .yaml, .yml, .json, .pb or .pb_text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_document(name: &str) -> bool {
        let name = OsStr::new(name);
        reason_to_skip_entry(name).or_else(|| reason_to_skip_file(name)).is_none()
    }

    #[test]
    fn documents_are_known_by_their_extension() {
        for name in ["eds.yaml", "a.yml", "a.b.json", "x.pb", "x.pb_text", "4913.yaml", "my file.yaml"] {
            assert!(is_document(name), "{name}");
        }
    }

    #[test]
    fn siblings_are_left_alone() {
        let seeds = ["eds.yaml.v1", "config.yaml-v2", "inotify.sh", "f_bak", "README.md", "yaml"];
        let editors = [".eds.yaml.swp", "eds.yaml~", "4913", "#eds.yaml#", ".#eds.yaml", "eds.yaml.swx", "sedGkV3Bq"];
        let mounts = ["..data", "..data_tmp", "..2024_01_01_00_00_00.123", "..yaml", ".git", ".yaml", "lost+found"];
        for name in seeds.iter().chain(&editors).chain(&mounts) {
            assert!(!is_document(name), "{name}");
        }
    }
}
