//! Asking an Envoy whether it would take a configuration, without serving anything.
//!
//! Answers for: the command line, a deadline, bounded output. Leaves to others: what the configuration says, and what
//! the answer means for it (`judge`).

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

use super::EnvoyError;

/// A configuration of thousands of clusters takes seconds; an Envoy that takes longer than this hangs.
const WITHIN: Duration = Duration::from_secs(60);
/// Of a log, so much of its beginning and so much of its end is kept. Envoy's last word stands behind a dump of the
/// message that it is about.
const HEAD: usize = 256 << 10;
const TAIL: usize = 64 << 10;

/// What `envoy --mode validate` said.
#[derive(Debug, Clone)]
pub struct Validation {
    /// Whether the configuration was accepted.
    pub accepted: bool,
    /// Whether Envoy fell over instead of answering.
    pub crashed: bool,
    /// What it printed.
    pub log: String,
}

impl Validation {
    /// Lines at level `warning` or above.
    pub fn warnings(&self) -> Vec<&str> {
        let is_warning = |it: &&str| ["[warning]", "[error]", "[critical]"].iter().any(|level| it.contains(level));
        self.log.lines().filter(is_warning).collect()
    }
}

/// Asks an Envoy whether it would take a configuration.
pub async fn validate(binary: &Path, config: &Path) -> Result<Validation, EnvoyError> {
    let start = |source| EnvoyError::Start { binary: binary.to_owned(), source };
    let mut child = Command::new(binary)
        .args(["--mode", "validate", "--disable-hot-restart", "-l", "info", "-c"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(start)?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let ended = timeout(WITHIN, async { tokio::join!(bounded(out), bounded(err), child.wait()) }).await;
    let Ok((out, err, status)) = ended else { return Err(EnvoyError::Slow { seconds: WITHIN.as_secs() }) };
    let status = status.map_err(start)?;
    // Envoy says "no" with 1; its handler of fatal signals ends it by the signal, which has no code.
    Ok(Validation { accepted: status.success(), crashed: status.code().is_none_or(|it| it > 1), log: out + &err })
}

/// The beginning and the end of all that can be read.
async fn bounded(from: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut from) = from else { return String::new() };
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    let mut chunk = vec![0; 16 << 10];
    loop {
        match from.read(&mut chunk).await {
            Ok(0) => break,
            Ok(read) => {
                let (first, rest) = chunk[..read].split_at(read.min(HEAD - head.len()));
                head.extend_from_slice(first);
                tail.extend_from_slice(rest);
                let surplus = tail.len().saturating_sub(TAIL);
                tail.drain(..surplus);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    head.append(&mut tail);
    String::from_utf8_lossy(&head).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_a_long_log_the_beginning_and_the_end_are_kept() {
        let long = format!("begin{}end", "x".repeat(HEAD + 3 * TAIL));
        let kept = bounded(Some(long.as_bytes())).await;
        assert!(kept.starts_with("begin") && kept.ends_with("end"));
        assert_eq!(kept.len(), HEAD + TAIL);
        assert_eq!(bounded(Some(&b"short"[..])).await, "short");
        assert_eq!(bounded(None::<&[u8]>).await, "");
    }

    #[tokio::test]
    async fn whoever_is_no_envoy_is_an_error_or_a_refusal() {
        assert!(matches!(validate(Path::new("/no/envoy"), Path::new("x")).await, Err(EnvoyError::Start { .. })));
        let refused = validate(Path::new("/bin/false"), Path::new("x")).await.unwrap();
        assert!(!refused.accepted && !refused.crashed);
    }
}
