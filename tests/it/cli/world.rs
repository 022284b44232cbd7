//! A folder with documents, and `chancery` run in it with an environment of the test's own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;
use tonic::transport::Endpoint;

use crate::grpc::world::{Client, LONG};

/// A good document with one cluster of that name.
pub(super) fn cluster(name: &str) -> String {
    format!("name: {name}\nspec:\n  clusters:\n  - name: {name}\n    endpoints: [\"127.0.0.1:80\"]\n")
}

/// One test's folder: the working directory of all that it runs.
pub(super) struct World(TempDir);

/// What became of a run.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl World {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file in place, with its folders.
    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// A command in this folder, killed when dropped: words before the first that has no `=` are its environment.
    pub(super) fn command(&self, line: &str) -> Command {
        let words: Vec<_> = line.split_whitespace().collect();
        let first = words.iter().position(|it| it.starts_with('-') || !it.contains('=')).unwrap_or(words.len());
        let mut command = self.program(env!("CARGO_BIN_EXE_chancery"));
        command.envs(words[..first].iter().filter_map(|it| it.split_once('='))).args(&words[first..]);
        command
    }

    /// The same with a program of one's choice.
    pub(super) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.0.path()).stdin(Stdio::null()).kill_on_drop(true);
        // The usual port is one for all tests, which run beside each other.
        command.env("CHANCERY_ADMIN_LISTEN", "127.0.0.1:0");
        command
    }

    /// Runs `chancery LINE` to its end.
    pub(super) async fn run(&self, line: &str) -> Ended {
        ended(self.command(line)).await
    }

    /// Runs it, which must end with this code and say nothing where nothing belongs.
    #[track_caller]
    pub(super) fn check(&self, line: &str, code: i32) -> impl Future<Output = Ended> {
        let caller = std::panic::Location::caller();
        async move {
            let ended = self.run(line).await;
            assert_eq!(ended.code, Some(code), "{caller}: {line}: {ended:?}");
            assert!(!ended.err.contains("panicked"), "{caller}: {line}: {ended:?}");
            assert!(!ended.out.contains('\u{1b}') && !ended.err.contains('\u{1b}'), "{caller}: {line}: colours");
            ended
        }
    }

    /// Asks whatever is to listen on a port until it is ready.
    pub(super) async fn until_ready(&self, port: u16) {
        let line = format!("healthcheck 127.0.0.1:{port}");
        let ready = async { while self.run(&line).await.code != Some(0) {} };
        timeout(LONG, ready).await.unwrap_or_else(|_| panic!("port {port} does not get ready"));
    }

    /// Starts `chancery LINE` and returns when it listens.
    pub(super) async fn start(&self, line: &str) -> Daemon {
        Daemon::start(self.command(line)).await
    }

    /// `serve` on a free port, quick to notice edits, with a log that can be read.
    pub(super) async fn serve(&self, source: &str) -> Daemon {
        self.start(&format!("serve {source} --listen 127.0.0.1:0 --quiet-ms 20 --poll-ms 200 --log json")).await
    }
}

/// Runs a command to its end.
pub(super) async fn ended(mut command: Command) -> Ended {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = timeout(LONG, child.wait_with_output()).await.expect("it does not end").unwrap();
    let text = |it| String::from_utf8(it).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A daemon that listens, killed when dropped.
pub(super) struct Daemon {
    child: Child,
    pub(super) address: SocketAddr,
    lines: Lines<BufReader<ChildStderr>>,
    /// Its log so far.
    pub(super) log: Vec<Value>,
}

impl Daemon {
    /// Starts it; `--log json` must be among its arguments.
    pub(super) async fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut daemon = Self { child, address: ([0, 0, 0, 0], 0).into(), lines, log: Vec::new() };
        let line = daemon.said("listening").await;
        daemon.address = line["address"].as_str().unwrap().parse().unwrap();
        daemon
    }

    /// Where its admin pages are.
    pub(super) fn admin(&self) -> SocketAddr {
        let line =
            self.log.iter().find(|it| it["message"] == "admin pages" || it["fields"]["message"] == "admin pages");
        let line = line.unwrap_or_else(|| panic!("no admin pages: {:#?}", self.log));
        line.get("address").or(line["fields"].get("address")).unwrap().as_str().unwrap().parse().unwrap()
    }

    /// Waits until its admin pages have a generation: the log tells of one a moment before it is in service.
    pub(super) async fn published(&mut self) {
        self.said("generation published").await;
        let ready = async {
            loop {
                let answer = chancery::envoy::http::get(self.admin(), "/ready", &[]).await;
                if answer.is_ok_and(|it| it.status == 200) {
                    return;
                }
            }
        };
        timeout(LONG, ready).await.expect("ready");
    }

    /// Reads its log up to the first line with a text in it.
    pub(super) async fn said(&mut self, text: &str) -> Value {
        loop {
            let line = timeout(LONG, self.lines.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("waited for {text}: {:#?}", self.log)).unwrap();
            let line = line.unwrap_or_else(|| panic!("ended before {text}: {:#?}", self.log));
            let value = serde_json::from_str(&line).unwrap_or(Value::String(line.clone()));
            self.log.push(value.clone());
            if line.contains(text) {
                return value;
            }
        }
    }

    /// A stream of a new connection.
    pub(super) async fn ads(&self) -> Client {
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{}", self.address.port())).unwrap();
        Client::ads(endpoint.connect().await.unwrap()).await
    }

    /// Sends a signal: `TERM`, `INT`.
    pub(super) async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().await.unwrap().success());
    }

    /// Its resident memory, in bytes.
    pub(super) fn resident(&self) -> usize {
        self.memory("VmRSS")
    }

    /// A line of the system's account of its memory, in bytes.
    pub(super) fn memory(&self, line: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    pub(super) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// How it ends.
    pub(super) async fn ended(&mut self) -> ExitStatus {
        timeout(LONG, self.child.wait()).await.expect("it does not end").unwrap()
    }

    /// What `chancery healthcheck` says of it.
    pub(super) async fn health(&self, world: &World) -> Ended {
        world.run(&format!("healthcheck 127.0.0.1:{} --timeout-ms 9000", self.address.port())).await
    }
}
