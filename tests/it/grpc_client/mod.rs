//! A real proxyless gRPC client (`grpcio`) resolves `xds:///` names against Chancery and follows an edit (P216, P219).
//!
//! `grpcio` is fetched once into `target/` (7 MB, by pip). `CHANCERY_TEST_GRPCIO=off` switches this test off.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use chancery::app::{Config, Isolation, bind};
use chancery::compile::Settings;
use chancery::source::WatchOptions;
use chancery::transport::grpc::Options;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::wheel::wheel;

const PINNED: &str = "grpcio==1.76.0";
const LONG: Duration = Duration::from_secs(20);

struct Client {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Client {
    fn start(grpcio: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/grpc_client/client.py");
        let mut command = Command::new("python3");
        command.arg(script).env("PYTHONPATH", grpcio).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { _child: child, input, output: BufReader::new(output).lines() }
    }

    async fn hear(&mut self) -> String {
        timeout(LONG, self.output.next_line()).await.expect("the client is silent").unwrap().expect("the client ended")
    }

    async fn ask(&mut self, line: &str) -> String {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        self.hear().await
    }

    async fn until_served_by(&mut self, name: &str) {
        let deadline = Instant::now() + LONG;
        loop {
            let answer = self.ask("call").await;
            if answer == name {
                return;
            }
            assert!(Instant::now() < deadline, "not served by {name}: {answer}");
        }
    }
}

fn document(port: &str) -> String {
    format!(
        "spec:
  listeners:
  - {{name: greeter, api_listener: true, routes: [{{name: all, prefix: '', clusters: [backend]}}]}}
  clusters:
  - {{name: backend, endpoints: [{{address: 127.0.0.1, port: {port}}}]}}
"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p216_a_proxyless_client_finds_its_servers_and_follows_an_edit() {
    let Some(grpcio) = wheel(PINNED, "CHANCERY_TEST_GRPCIO").await else { return };
    let mut client = Client::start(&grpcio);
    let ports = client.hear().await;
    let (one, two) = ports.split_once(' ').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |port: &str| std::fs::write(folder.path().join("greeter.yaml"), document(port)).unwrap();
    write(one);

    let config = Config {
        sources: vec![folder.path().to_owned()],
        listen: ([127, 0, 0, 1], 0).into(),
        admin: None,
        watch: WatchOptions::default(),
        settings: Settings::default(),
        isolation: Isolation::default(),
        delivery: chancery::delivery::Options::default(),
        state: None,
        grpc: Options::default(),
        drain_deadline: Duration::from_secs(1),
    };
    let bound = bind(config).await.unwrap();
    let address = bound.address();
    let mut daemon = JoinSet::new();
    daemon.spawn(bound.run(std::future::pending()));

    assert_eq!(client.ask(&format!("follow {address}")).await, "ok");
    client.until_served_by("one").await;
    write(two);
    client.until_served_by("two").await;
}
