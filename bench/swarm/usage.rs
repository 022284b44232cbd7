//! What a process has used, from `/proc`: nothing here needs the server's cooperation.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::{Instant, sleep};

/// CPU time by thread.
///
/// `stat` counts in ticks of 10 ms, which is more than some pushes cost; the scheduler's own count is exact. A thread
/// that has ended takes its share with it: read both ends of a round, not more.
#[derive(Debug, Clone)]
pub(crate) struct Cpu(BTreeMap<String, u64>);

impl Cpu {
    /// Reads the count of a process.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let threads = format!("/proc/{pid}/task");
        let mut counts = BTreeMap::new();
        for thread in fs::read_dir(&threads).with_context(|| format!("reading `{threads}`"))? {
            let thread = thread?;
            // A thread may end between being listed and being read.
            let Ok(text) = fs::read_to_string(thread.path().join("schedstat")) else { continue };
            let nanoseconds = text.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0);
            counts.insert(thread.file_name().to_string_lossy().into_owned(), nanoseconds);
        }
        Ok(Self(counts))
    }

    /// What was used since then.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let used = self.0.iter().map(|(thread, now)| now.saturating_sub(*earlier.0.get(thread).unwrap_or(&0)));
        Duration::from_nanos(used.sum())
    }
}

/// A line of `/proc/PID/status` in kilobytes: `VmRSS` or `VmHWM`.
pub(crate) fn memory(pid: u32, line: &str) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("reading `{path}`"))?;
    let number = text.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(':')?.split_whitespace().next());
    number.and_then(|it| it.parse().ok()).with_context(|| format!("`{path}` has no `{line}`"))
}

/// Lets the peak begin anew at what is resident now.
pub(crate) fn reset_peak(pid: u32) -> Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").context("resetting VmHWM")
}

/// Waits, within bounds, until a process uses less than one part in fifty of a CPU.
pub(crate) async fn idle(pid: u32) -> Result<()> {
    const LOOK: Duration = Duration::from_millis(25);
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut before = Cpu::of(pid)?;
    while Instant::now() < deadline {
        sleep(LOOK).await;
        let now = Cpu::of(pid)?;
        if now.since(&before) < LOOK / 50 {
            return Ok(());
        }
        before = now;
    }
    Ok(())
}
