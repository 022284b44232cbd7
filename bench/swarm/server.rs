//! A server under test: a child process on a CPU of its own, whose log says where it listens and when all have ACKed.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// Lines of the log that are kept to explain a failure.
const TAIL: usize = 15;

/// "all nodes acked", as the server's log has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Milestone {
    pub(crate) nodes: u64,
    /// From when the server noticed the edit to the last ACK that it saw.
    pub(crate) after_ms: f64,
}

/// A child process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) pid: u32,
    pub(crate) address: SocketAddr,
    child: Child,
    stdin: Option<ChildStdin>,
    milestones: mpsc::UnboundedReceiver<Milestone>,
    _reader: JoinSet<()>,
}

impl Server {
    /// Starts a program, on that CPU if any, and waits until it listens.
    pub(crate) async fn start(command: Vec<OsString>, cpu: Option<usize>, limit: Duration) -> Result<Self> {
        let shown = command.join(" ".as_ref()).to_string_lossy().into_owned();
        let pin = cpu.map(|cpu| ["taskset".into(), "-c".into(), cpu.to_string().into()]);
        let mut words = pin.into_iter().flatten().chain(command);
        let mut child = Command::new(words.next().context("an empty command")?)
            .args(words)
            .env("CHANCERY_ADMIN_LISTEN", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting `{shown}`"))?;
        let pid = child.id().context("the server has ended")?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        let (mut log, milestones) = Log::new();
        let mut lines = BufReader::new(stderr).lines();
        let deadline = Instant::now() + limit;
        let address = loop {
            match timeout_at(deadline, lines.next_line()).await {
                Err(_) => bail!("`{shown}` does not listen after {limit:?}\n{}", log.tail()),
                Ok(Ok(Some(line))) => {
                    if let Some(address) = log.read(&line) {
                        break address;
                    }
                }
                Ok(_) => bail!("`{shown}` has ended\n{}", log.tail()),
            }
        };
        let mut reader = JoinSet::new();
        reader.spawn_local(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                log.read(&line);
            }
        });
        let stdin = child.stdin.take();
        Ok(Self { pid, address, child, stdin, milestones, _reader: reader })
    }

    /// Forgets the milestones of earlier pushes.
    pub(crate) fn forget(&mut self) {
        while self.milestones.try_recv().is_ok() {}
    }

    /// The next milestone that this many nodes reached.
    pub(crate) async fn milestone(&mut self, nodes: u64, limit: Duration) -> Option<Milestone> {
        let deadline = Instant::now() + limit;
        loop {
            let next = timeout_at(deadline, self.milestones.recv()).await.ok()??;
            if next.nodes >= nodes {
                return Some(next);
            }
        }
    }

    /// Says a line on the server's stdin.
    pub(crate) async fn say(&mut self, line: &str) -> Result<()> {
        let stdin = self.stdin.as_mut().context("stdin is piped")?;
        stdin.write_all(line.as_bytes()).await.context("writing to the server's stdin")
    }

    /// Kills the server and waits for its end.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("stopping the server")
    }
}

/// A log that is read as it is written.
struct Log {
    tail: VecDeque<String>,
    milestones: mpsc::UnboundedSender<Milestone>,
}

impl Log {
    fn new() -> (Self, mpsc::UnboundedReceiver<Milestone>) {
        let (milestones, received) = mpsc::unbounded_channel();
        (Self { tail: VecDeque::new(), milestones }, received)
    }

    /// Reads a line; the address, if it is the one that tells it.
    fn read(&mut self, line: &str) -> Option<SocketAddr> {
        let event: Value = serde_json::from_str(line).unwrap_or_default();
        // tracing's JSON has the event's own fields in `fields`, unless they are flattened.
        let fields = event.get("fields").unwrap_or(&event);
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line.to_owned());
        match text("message") {
            Some("listening") => return text("address")?.parse().ok(),
            Some("all nodes acked") => {
                let number = |name: &str| fields.get(name).and_then(Value::as_f64);
                let nodes = number("nodes").unwrap_or(0.0) as u64;
                // Nobody listens any more once the server is dropped.
                let _unheard = self.milestones.send(Milestone { nodes, after_ms: number("after_ms")? });
            }
            _ => {}
        }
        None
    }

    fn tail(&self) -> String {
        self.tail.iter().map(|it| format!("  {it}\n")).collect()
    }
}
