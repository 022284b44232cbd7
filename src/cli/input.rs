//! Files as commands read and write them: `-` is standard input, and a file is replaced whole or not at all.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, bail};

use crate::spec::{RawFile, Text};

/// The name of standard input.
pub(super) const STDIN: &str = "-";

/// Reads a file.
pub(super) fn file(path: &Path) -> anyhow::Result<RawFile> {
    let mut content = Vec::new();
    if path.as_os_str() == STDIN {
        std::io::stdin().lock().read_to_end(&mut content).context("cannot read standard input")?;
    } else {
        content = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(RawFile::new(path.to_string_lossy().as_ref(), content))
}

/// Reads a file that must be text.
pub(super) fn text(path: &Path) -> anyhow::Result<Text> {
    let file = file(path)?;
    let Ok(content) = std::str::from_utf8(&file.content) else { bail!("{} is not UTF-8 text", path.display()) };
    Ok(Text::new(file.name.clone(), content))
}

/// Replaces a file's content: a reader sees the old or the new one, and its mode stays. A link keeps leading there.
pub(super) fn replace(path: &Path, content: &str) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let target = std::fs::canonicalize(path).with_context(failed)?;
    let mode = std::fs::metadata(&target).with_context(failed)?.permissions();
    let name = target.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    // Hidden and with an ending of its own, so that no source takes it for a document.
    let beside = target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_new(&beside, content, mode).and_then(|()| std::fs::rename(&beside, &target));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written.with_context(failed)
}

/// Makes a file that was not there; a reader sees all of it or nothing.
pub(super) fn create(path: &Path, content: &str) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    std::fs::File::options().write(true).create_new(true).open(path).with_context(failed)?;
    replace(path, content)
}

fn write_new(path: &Path, content: &str, mode: std::fs::Permissions) -> std::io::Result<()> {
    let mut file = std::fs::File::options().write(true).create_new(true).open(path)?;
    file.set_permissions(mode)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}
