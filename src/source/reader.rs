//! One file's bytes, as of one moment, without ever waiting for a writer.
//!
//! Answers for: refusing what is no regular file, too large or blank; reading again what changed while it was read;
//! not reading again what provably did not. Leaves to others: which files (`listing`), what a refusal means (`memory`).

use std::collections::BTreeMap;
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::fault::Fault;
use super::options::Limits;

/// How often a file that changes under the hand is read again at once. Its next change wakes us anyway.
const TRIES: usize = 4;

/// Time stamps of the coarsest file systems stand still for two seconds: within them, an equal stamp proves nothing.
const SETTLED_AFTER: Duration = Duration::from_secs(3);

/// Opening a pipe would wait for its other end. Spelled out, for want of a crate that names it.
const O_NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 0x4 };

/// A file's bytes, or why there are none.
pub(super) type Content = Result<Arc<[u8]>, Fault>;

/// Reads files and remembers what it has read.
#[derive(Debug)]
pub(super) struct Reader {
    limits: Limits,
    /// Whether an equal stamp means equal content.
    trusts_stamps: bool,
    known: BTreeMap<PathBuf, Known>,
}

#[derive(Debug)]
struct Known {
    stamp: Stamp,
    /// Whether the stamp was old enough when the file was read to tell any later change.
    settled: bool,
    content: Arc<[u8]>,
}

/// What tells one state of a file from the next. The change time cannot be set back by `touch -r` or `cp -p`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Reader {
    pub(super) fn new(limits: Limits, trusts_stamps: bool) -> Self {
        Self { limits, trusts_stamps, known: BTreeMap::new() }
    }

    /// Reads every file next time, whatever its stamp says.
    pub(super) fn distrust_stamps(&mut self) {
        for known in self.known.values_mut() {
            known.settled = false;
        }
    }

    /// Reads all files. The second value tells whether any was really read.
    pub(super) fn read_all<'a>(
        &mut self,
        files: impl Iterator<Item = &'a PathBuf>,
    ) -> (BTreeMap<PathBuf, Content>, bool) {
        let mut left = self.limits.total_bytes;
        let mut before = std::mem::take(&mut self.known);
        let mut any = false;
        let mut contents = BTreeMap::new();
        for path in files {
            let (read, is_fresh) = self.read(path, before.remove(path), left);
            any |= is_fresh;
            let content = read.map(|known| {
                left -= known.content.len() as u64;
                let content = known.content.clone();
                self.known.insert(path.clone(), known);
                content
            });
            contents.insert(path.clone(), content);
        }
        (contents, any)
    }

    /// One file, of which at most `left` bytes fit in; and whether it was really read.
    fn read(&self, path: &Path, known: Option<Known>, left: u64) -> (Result<Known, Fault>, bool) {
        let stamp = match path.metadata() {
            Ok(metadata) => Stamp::of(&metadata),
            Err(error) => return (Err(error.into()), true),
        };
        let does_not_fit = Err(Fault::TotalTooLarge(self.limits.total_bytes));
        match known {
            _ if stamp.size > left && stamp.size <= self.limits.file_bytes => (does_not_fit, false),
            Some(known) if self.trusts_stamps && known.settled && known.stamp == stamp => (Ok(known), false),
            known => match self.read_bytes(path, known) {
                // It has grown since it was asked for its size.
                Ok(known) if known.content.len() as u64 > left => (does_not_fit, true),
                read => (read, true),
            },
        }
    }

    fn read_bytes(&self, path: &Path, known: Option<Known>) -> Result<Known, Fault> {
        let now = SystemTime::now();
        let (mut stamp, mut bytes, mut calm) = self.read_once(path)?;
        for _ in 1..TRIES {
            if calm {
                break;
            }
            (stamp, bytes, calm) = self.read_once(path)?;
        }
        if is_blank(&bytes) {
            return Err(Fault::Blank);
        }
        let content = match known {
            Some(known) if *known.content == *bytes => known.content,
            _ => bytes.into(),
        };
        Ok(Known { stamp, settled: calm && stamp.is_older_than(now, SETTLED_AFTER), content })
    }

    /// The stamp, the bytes, and whether nothing happened to the file meanwhile.
    fn read_once(&self, path: &Path) -> Result<(Stamp, Vec<u8>, bool), Fault> {
        // Asked before opening: to open some devices is to do something to them.
        self.regular(&path.metadata()?)?;
        let mut file = OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path)?;
        let before = file.metadata()?;
        self.regular(&before)?;
        let mut bytes = Vec::with_capacity(before.len() as usize);
        let limit = self.limits.file_bytes;
        File::by_ref(&mut file).take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(Fault::TooLarge(limit));
        }
        let stamp = Stamp::of(&before);
        let calm = Stamp::of(&file.metadata()?) == stamp && Stamp::of(&path.metadata()?) == stamp;
        Ok((stamp, bytes, calm))
    }

    fn regular(&self, metadata: &Metadata) -> Result<(), Fault> {
        let kind = metadata.file_type();
        let special = match () {
            () if kind.is_file() => None,
            () if kind.is_dir() => Some("a directory in its place"),
            () if kind.is_fifo() => Some("a named pipe"),
            () if kind.is_socket() => Some("a socket"),
            () => Some("a device"),
        };
        match special {
            Some(what) => Err(Fault::Special(what)),
            None if metadata.len() > self.limits.file_bytes => Err(Fault::TooLarge(self.limits.file_bytes)),
            None => Ok(()),
        }
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// False for stamps from the future, too: another machine's clock set them.
    fn is_older_than(&self, now: SystemTime, age: Duration) -> bool {
        let latest = self.modified.0.max(self.changed.0);
        let Ok(latest) = u64::try_from(latest) else { return true };
        now.duration_since(UNIX_EPOCH + Duration::from_secs(latest)).is_ok_and(|it| it > age)
    }
}

/// Blank, too, are the zeros that a crash leaves where a file's blocks were not yet written.
fn is_blank(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// An edit within the same tick of the clock may leave stamp and size as they were.
    #[test]
    fn a_stamp_just_made_proves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "a").unwrap();
        let mut reader = Reader::new(Limits::default(), true);
        for _ in 0..2 {
            let (contents, any_read) = reader.read_all([&path].into_iter());
            assert!(any_read);
            assert_eq!(contents[&path].as_deref(), Ok(&b"a"[..]));
        }
    }

    #[test]
    fn a_stamp_settles_with_age() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let stamp = Stamp { device: 1, inode: 2, size: 3, modified: (50, 0), changed: (100, 999) };
        assert!(!stamp.is_older_than(at(102), SETTLED_AFTER));
        assert!(stamp.is_older_than(at(104), SETTLED_AFTER));
        assert!(!stamp.is_older_than(at(10), SETTLED_AFTER), "from the future");
    }

    #[test]
    fn a_settled_file_is_not_read_again_unless_stamps_lie() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "a").unwrap();
        for (trusts_stamps, expected) in [(true, "remembered"), (false, "a")] {
            let mut reader = Reader::new(Limits::default(), trusts_stamps);
            let stamp = Stamp::of(&path.metadata().unwrap());
            let known = Known { stamp, settled: true, content: b"remembered"[..].into() };
            reader.known.insert(path.clone(), known);
            let (contents, any_read) = reader.read_all([&path].into_iter());
            assert_eq!(contents[&path].as_deref(), Ok(expected.as_bytes()));
            assert_eq!(any_read, !trusts_stamps);
            reader.distrust_stamps();
            let (contents, any_read) = reader.read_all([&path].into_iter());
            assert_eq!((contents[&path].as_deref(), any_read), (Ok(&b"a"[..]), true));
        }
    }
}
