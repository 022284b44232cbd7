//! What an Envoy is asked about, in a file that nobody else can read and that does not outlive the question.
//!
//! A bootstrap holds private keys. Leaves to others: which folder.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::JudgeError;

/// A file that is removed when dropped.
pub(super) struct PrivateFile(PathBuf);

impl PrivateFile {
    pub(super) fn write(folder: &Path, content: &str) -> Result<Self, JudgeError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let fault = |source| JudgeError::Folder { folder: folder.display().to_string(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fault)?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("check-{}-{number}.json", std::process::id()));
        // What a killed process of the same id left is not written into: its mode is its own.
        let _ = fs::remove_file(&path);
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path).map_err(fault)?;
        let made = Self(path);
        file.write_all(content.as_bytes()).map_err(fault)?;
        Ok(made)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_its_owner_can_read_it_and_it_goes_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("new");
        let file = PrivateFile::write(&inside, "secret").unwrap();
        let path = file.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&inside).unwrap().permissions().mode() & 0o777, 0o700);
        drop(file);
        assert!(!path.exists());
    }
}
