//! `chancery demo` as a newcomer runs it, on free ports: traffic, an edit, and each command that it prints.

use std::process::{Output, Stdio};

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use super::bench::{Bench, SOON, adapt, free_port, served_by_all, until_served_by};

/// A running demo.
struct Demo {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
}

impl Demo {
    fn start(bench: &Bench, arguments: &[&str]) -> Self {
        let mut command = chancery(bench);
        command.arg("demo").args(arguments).arg("--envoy").arg(bench.envoy_binary());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, said }
    }

    /// Reads what it prints up to a line with that text.
    async fn says(&mut self, text: &str) -> String {
        let mut heard = Vec::new();
        loop {
            let line = timeout(SOON, self.said.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("waited for `{text}`: {heard:#?}")).unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended before `{text}`: {heard:#?}"));
            if line.contains(text) {
                return line;
            }
            heard.push(line);
        }
    }
}

/// The built `chancery` in the test's folder, with an environment of its own.
fn chancery(bench: &Bench) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chancery"));
    command.env_clear().env("HOME", bench.path("")).current_dir(bench.path("")).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs words that the demo printed after its own name.
async fn run(bench: &Bench, words: &[&str]) -> Output {
    timeout(SOON, chancery(bench).args(words).output()).await.expect("it does not end").unwrap()
}

#[tokio::test]
async fn the_commands_that_the_demo_prints_work() {
    let Some(bench) = Bench::open().await else { return };
    let ports = [free_port(), free_port(), free_port()].map(|it| it.to_string());
    let [listener, one, two] = &ports;
    let shipped = include_str!("../../../config/front-proxy.yaml");
    let document = adapt(shipped, &[("port: 10000", &format!("port: {listener}")), ("8081", one), ("8082", two)]);
    bench.write("config/front-proxy.yaml", &document);
    let upstreams = format!("{one},{two}");
    let arguments = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--upstreams", &upstreams];
    let mut demo = Demo::start(&bench, &arguments);

    let line = demo.says(" rollout").await;
    let words: Vec<_> = line.split_whitespace().skip_while(|it| *it != "rollout").take(3).collect();
    let ["rollout", "--admin", admin] = words[..] else { panic!("{line}") };
    demo.says("1/1 nodes acked").await;
    let port = listener.parse().unwrap();
    until_served_by(port, "/", "service1").await;
    for command in ["rollout", "wait", "plan"] {
        let output = run(&bench, &[command, "--admin", admin]).await;
        assert!(output.status.success(), "{command}: {output:?}");
    }

    bench.write("config/front-proxy.yaml", &adapt(&document, &[("service2, weight: 50", "service2, weight: 0")]));
    demo.says("published").await;
    demo.says("1/1 nodes acked").await;
    assert_eq!(served_by_all(port, "/").await, ["service1".to_owned()].into());

    let id = demo.child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-s", "HUP", &id]).status().await.unwrap().success());
    assert!(timeout(SOON, demo.child.wait()).await.expect("it does not end").unwrap().success());
    assert!(served_by_all(port, "/").await.is_empty(), "its Envoy outlived it");
}
