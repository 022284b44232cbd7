//! A daemon under attack: its own folder, a limit of descriptors, a log in a file, and what it costs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use tonic::transport::{Channel, Endpoint};

use crate::grpc::world::{CDS, Client, LONG, hello, names};

/// How long an edit may take to reach a client, on a busy machine and in a debug build.
const EDIT_WITHIN: Duration = Duration::from_secs(10);

/// How long `/ready` may take.
const READY_WITHIN: Duration = Duration::from_secs(1);

/// A running daemon, killed when dropped.
pub(super) struct Daemon {
    child: Child,
    folder: TempDir,
    pub(super) address: SocketAddr,
    pub(super) admin: SocketAddr,
    edits: u32,
}

impl Daemon {
    /// Starts one with at most so many descriptors, and more arguments of one's choice.
    pub(super) async fn start(descriptors: u32, arguments: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("config")).unwrap();
        std::fs::write(folder.path().join("config/edited.yaml"), document(0)).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let serve = "serve config --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --quiet-ms 20 --log json";
        let line = format!("ulimit -n {descriptors}; exec \"$0\" {serve} {arguments}");
        let mut command = Command::new("sh");
        command.args(["-c", &line, env!("CARGO_BIN_EXE_chancery")]).env_clear().current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        let child = command.spawn().unwrap();
        let none = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut daemon = Self { child, folder, address: none, admin: none, edits: 0 };
        let address = |line: Value| field(&line, "address").as_str().unwrap().parse().unwrap();
        daemon.address = address(daemon.said("listening").await);
        daemon.admin = address(daemon.said("admin pages").await);
        let ready = async { while !daemon.is_ready().await {} };
        timeout(LONG, ready).await.expect("ready");
        daemon
    }

    /// Waits for a line of its log.
    pub(super) async fn said(&self, message: &str) -> Value {
        let said = async {
            loop {
                let lines = self.log();
                if let Some(line) = lines.into_iter().find(|it| *field(it, "message") == message) {
                    return line;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LONG, said).await.unwrap_or_else(|_| panic!("waited for {message}: {:#?}", self.log()))
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// The whole lines of its log.
    pub(super) fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.log_file()).unwrap();
        text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect()
    }

    pub(super) fn log_bytes(&self) -> u64 {
        self.log_file().metadata().unwrap().len()
    }

    /// Its resident memory, in bytes.
    pub(super) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// The processor time that it has used, in seconds.
    pub(super) fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id().unwrap())).unwrap();
        // After the name, which may hold spaces: the fields from the third on, user and system time in ticks of 10 ms.
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        [11, 12].map(|it: usize| fields[it].parse::<f64>().unwrap()).iter().sum::<f64>() / 100.0
    }

    pub(super) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id().unwrap())).unwrap().count()
    }

    async fn is_ready(&self) -> bool {
        chancery::envoy::http::get(self.admin, "/ready", &[]).await.is_ok_and(|it| it.status == 200)
    }

    /// Asks `/ready`, which must answer in time: how long it took.
    pub(super) async fn ready(&self) -> Duration {
        let begun = Instant::now();
        assert!(timeout(READY_WITHIN, self.is_ready()).await.expect("/ready in time"));
        begun.elapsed()
    }

    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap()
    }

    pub(super) async fn channel(&self) -> Channel {
        self.endpoint().connect().await.unwrap()
    }

    /// A well-behaved client with everything there is.
    pub(super) async fn client(&self, id: &str) -> Client {
        let mut client = Client::ads(self.channel().await).await;
        client.send(hello(id, CDS));
        self.reaches(&mut client, LONG).await.expect("a newcomer is served");
        client
    }

    /// Edits the document, and waits until a client has it: how long it took.
    pub(super) async fn edit(&mut self, client: &mut Client) -> Duration {
        let taken = self.try_edit(client, EDIT_WITHIN).await;
        taken.unwrap_or_else(|| panic!("edit {} does not reach a connected client", self.edits))
    }

    /// The same, for so long.
    pub(super) async fn try_edit(&mut self, client: &mut Client, within: Duration) -> Option<Duration> {
        self.write_edit();
        self.reaches(client, within).await
    }

    pub(super) fn write_edit(&mut self) {
        self.edits += 1;
        let path = self.folder.path().join("config/edited.yaml");
        std::fs::write(path.with_extension("new"), document(self.edits)).unwrap();
        std::fs::rename(path.with_extension("new"), path).unwrap();
    }

    /// Waits until a client has the last edit, and nothing of the one before.
    pub(super) async fn reaches(&self, client: &mut Client, within: Duration) -> Option<Duration> {
        let (name, begun) = (format!("edit-{}", self.edits), Instant::now());
        let reached = async {
            loop {
                // Silence is what the time limit is for.
                let response = client.responses.message().await.unwrap().expect("the stream goes on");
                client.acknowledge(&response);
                if names(&response) == [name.as_str()] {
                    return;
                }
            }
        };
        timeout(within, reached).await.ok().map(|()| begun.elapsed())
    }
}

/// A field of a log line, wherever the log's format keeps fields.
fn field<'a>(line: &'a Value, name: &str) -> &'a Value {
    line["fields"].get(name).unwrap_or(&line[name])
}

/// A cluster that resolves a name: it needs no endpoints from us, for which the clients here do not ask. With them, each
/// would count as a silent canary.
fn document(edit: u32) -> String {
    format!("spec:\n  clusters:\n  - name: edit-{edit}\n    endpoints: [\"localhost:80\"]\n")
}
