//! Stored documents as files again: below a new directory, by their old names, for their owner only.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use anyhow::Context;

use crate::spec::RawFile;

/// Writes them out. Whatever is there already is not touched.
pub(super) fn write_out(files: &[RawFile], folder: &Path) -> anyhow::Result<()> {
    let cannot = |path: &Path| format!("cannot make {}, which must not be there yet", path.display());
    DirBuilder::new().mode(0o700).create(folder).with_context(|| cannot(folder))?;
    for file in files {
        let path = folder.join(below(&file.name));
        let parent = path.parent().unwrap_or(folder);
        DirBuilder::new().recursive(true).mode(0o700).create(parent).with_context(|| cannot(parent))?;
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let written = opened.and_then(|mut it| it.write_all(&file.content));
        written.with_context(|| cannot(&path))?;
    }
    Ok(())
}

/// The name as a path that leads down only: `/etc/a.yaml` is `etc/a.yaml`, and so is `../etc/a.yaml`.
fn below(name: &str) -> PathBuf {
    let parts = Path::new(name).components().filter(|it| matches!(it, Component::Normal(_)));
    let path: PathBuf = parts.collect();
    if path.as_os_str().is_empty() { PathBuf::from("document") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_directory() {
        for (name, path) in [
            ("config/a.yaml", "config/a.yaml"),
            ("/etc/a.yaml", "etc/a.yaml"),
            ("../../etc/./a.yaml", "etc/a.yaml"),
            ("a/../../b.yaml", "a/b.yaml"),
            ("-", "-"),
            ("..", "document"),
            ("", "document"),
        ] {
            assert_eq!(below(name), Path::new(path), "{name}");
        }
    }
}
