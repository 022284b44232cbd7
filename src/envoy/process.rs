//! One running Envoy: started, waited for, logged to a file, and ended with its owner.
//!
//! Answers for: the command line, the moment when the admin answers, the log and its tail in every error.
//! Leaves to others: the configuration's content, and what is asked of a running one (`admin`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use thiserror::Error;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::Admin;

/// Between two looks at a starting Envoy.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// An Envoy answers within a second on an idle machine; a busy one gets this long.
const START_WITHIN: Duration = Duration::from_secs(20);
/// How much of a log an error shows.
const TAIL_LINES: usize = 25;

/// What to run and where to keep its files.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The Envoy binary.
    pub binary: PathBuf,
    /// The bootstrap file. Its admin may have port 0.
    pub config: PathBuf,
    /// A folder for the log and the admin's address; one Envoy, one `name` in it.
    pub folder: PathBuf,
    /// Names the files: `{name}.log`, `{name}.admin`.
    pub name: String,
    /// Anything more for the command line.
    pub arguments: Vec<String>,
}

/// A running Envoy, killed when dropped.
#[derive(Debug)]
pub struct Envoy {
    child: Child,
    admin: Admin,
    log: PathBuf,
}

/// Why there is no running Envoy.
#[derive(Debug, Error)]
pub enum EnvoyError {
    /// The program could not be run.
    #[error("`{}` could not be started", binary.display())]
    Start {
        /// The Envoy binary.
        binary: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file beside it could not be used.
    #[error("`{}` could not be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ended at once; most often the configuration is at fault.
    #[error("Envoy ended with {status} before its admin answered; its log ends with:\n{tail}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The log's last lines.
        tail: String,
    },
    /// It runs, but its admin never answered; most often the bootstrap has no `admin:`.
    #[error(
        "Envoy's admin did not answer within {seconds} s (does the bootstrap have `admin:`?); its log ends with:\n{tail}"
    )]
    Silent {
        /// How long it was given.
        seconds: u64,
        /// The log's last lines.
        tail: String,
    },
    /// It was asked about a configuration, and did not answer.
    #[error("Envoy did not say within {seconds} s whether it takes the configuration")]
    Slow {
        /// How long it was given.
        seconds: u64,
    },
}

impl Envoy {
    /// Starts one and returns when its admin answers.
    pub async fn start(launch: &Launch) -> Result<Self, EnvoyError> {
        let log = launch.folder.join(format!("{}.log", launch.name));
        let address = launch.folder.join(format!("{}.admin", launch.name));
        // A file left by an earlier Envoy of that name would give its address.
        match std::fs::remove_file(&address) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(EnvoyError::File { path: address, source });
            }
            _ => {}
        }
        let file = |source| EnvoyError::File { path: log.clone(), source };
        let out = std::fs::File::create(&log).map_err(file)?;
        let err = out.try_clone().map_err(file)?;
        let mut child = Command::new(&launch.binary)
            .args(["--disable-hot-restart", "--concurrency", "1", "-l", "info", "-c"])
            .arg(&launch.config)
            .arg("--admin-address-path")
            .arg(&address)
            .args(&launch.arguments)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| EnvoyError::Start { binary: launch.binary.clone(), source })?;
        let admin = answering_admin(&mut child, &address, &log).await?;
        Ok(Self { child, admin, log })
    }

    /// Its admin interface.
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// All it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Kills it and waits until it is gone, so that its ports are free.
    pub async fn kill(mut self) -> io::Result<()> {
        self.child.kill().await
    }
}

/// Waits until the address is written and answers, or the process ends, or time is up.
async fn answering_admin(child: &mut Child, address: &Path, log: &Path) -> Result<Admin, EnvoyError> {
    let deadline = Instant::now() + START_WITHIN;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Err(EnvoyError::Ended { status, tail: tail(log) });
        }
        let written = std::fs::read_to_string(address).ok().and_then(|it| it.trim().parse().ok());
        if let Some(address) = written {
            let admin = Admin::new(reachable(address));
            if admin.text("/server_info").await.is_ok() {
                return Ok(admin);
            }
        }
        if Instant::now() >= deadline {
            return Err(EnvoyError::Silent { seconds: START_WITHIN.as_secs(), tail: tail(log) });
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// An admin on all addresses is asked on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
