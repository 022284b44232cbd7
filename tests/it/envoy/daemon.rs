//! The built `chancery` as a child process: an environment of its own, a log to watch, kill -9 and restart.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::{Child, Command};

use super::bench::{Bench, eventually};

/// How to start it.
#[derive(Debug, Clone, Default)]
pub(super) struct Serve {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    port: Option<u16>,
    admin: Option<u16>,
}

impl Serve {
    /// `chancery serve SOURCE`.
    pub(super) fn source(source: &Path) -> Self {
        Self { arguments: vec![source.display().to_string()], ..Self::default() }
    }

    /// `chancery serve`, with nothing but variables to say what and where, as the seeds' containers do.
    pub(super) fn by_environment(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let port = variables.iter().find(|(name, _)| *name == "SERVER_PORT").map(|(_, port)| port.parse().unwrap());
        Self { environment: variables.iter().map(owned).collect(), port, ..Self::default() }
    }

    /// More arguments.
    pub(super) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|it| (*it).to_owned()));
        self
    }

    /// With admin pages on this port.
    pub(super) fn with_admin(mut self, port: u16) -> Self {
        self.admin = Some(port);
        self
    }

    /// A port of one's own choice; otherwise the system chooses.
    pub(super) fn on_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chancery"));
        command.env_clear().envs(self.environment.iter().cloned()).arg("serve").args(&self.arguments);
        if !self.environment.iter().any(|(name, _)| name == "SERVER_PORT") {
            command.args(["--listen", &format!("127.0.0.1:{}", self.port.unwrap_or(0))]);
        }
        let admin = self.admin.map_or_else(|| "off".to_owned(), |it| format!("127.0.0.1:{it}"));
        command.args(["--log", "json", "--admin-listen", &admin]);
        command
    }
}

/// A running daemon, killed when dropped.
pub(super) struct Chancery {
    child: Child,
    serve: Serve,
    address: SocketAddr,
    log: PathBuf,
}

impl Chancery {
    /// Starts one and returns when it listens.
    pub(super) async fn start(bench: &Bench, serve: Serve) -> Self {
        let log = bench.path("chancery.log");
        let (child, address) = spawn(&serve, &log).await;
        Self { child, serve, address, log }
    }

    /// The port of its xDS services.
    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// kill -9, and its port is free.
    pub(super) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts it again after [`Self::kill`], on the same port, with the same documents.
    pub(super) async fn restart(&mut self) {
        self.serve.port = Some(self.address.port());
        (self.child, self.address) = spawn(&self.serve, &self.log).await;
    }

    /// Its log so far, of all its lives and of other daemons of the same bench.
    pub(super) fn log_lines(&self) -> Vec<Value> {
        lines(&self.log, 0)
    }

    /// Waits for a line of its log, and returns it.
    pub(super) async fn log_line(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(what, async || self.log_lines().into_iter().find(&wanted)).await
    }
}

async fn spawn(serve: &Serve, log: &Path) -> (Child, SocketAddr) {
    let file = std::fs::File::options().create(true).append(true).open(log).unwrap();
    let written = file.metadata().unwrap().len();
    let mut command = serve.command();
    command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let address = eventually("chancery to say where it listens", async || {
        let said = lines(log, usize::try_from(written).unwrap());
        let address = said.iter().find(|it| field(it, "message") == Some("listening"));
        let address = address.and_then(|it| field(it, "address")).map(|it| it.parse().unwrap());
        if address.is_none() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "chancery ended with {} before it listened", ended.unwrap());
        }
        address
    })
    .await;
    (child, address)
}

/// Whole lines of JSON from a place on; anything else is left out.
fn lines(log: &Path, from: usize) -> Vec<Value> {
    let bytes = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[from.min(bytes.len())..]).into_owned();
    text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect()
}

/// A field of a log line, wherever the log's format keeps fields.
pub(super) fn field<'a>(line: &'a Value, name: &str) -> Option<&'a str> {
    line["fields"].get(name).or_else(|| line.get(name)).and_then(Value::as_str)
}
