//! `chancery wait` and `chancery rollout` with real Envoys: it ends when they have a change, or when one refused it.

use std::process::Output;

use chancery::envoy::Mode;
use tokio::process::Command;

use super::bench::{Bench, free_port};
use super::daemon::{Chancery, Serve};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

fn document(port: u16, cluster: &str, upstream: u16, tls: &str) -> String {
    format!(
        "spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {port}, {tls}routes: [{{name: all, prefix: /, clusters: [{cluster}]}}]}}
  clusters:
  - {{name: {cluster}, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
"
    )
}

#[tokio::test]
async fn a_wait_tells_what_real_envoys_have_and_what_one_of_them_refused() {
    let Some(bench) = Bench::open().await else { return };
    let upstream = Upstream::plain("one").await;
    let (port, admin) = (free_port(), free_port());
    let write =
        |cluster: &str, tls: &str| bench.write("config/web.yaml", &document(port, cluster, upstream.port(), tls));
    let chancery = async |line: &str| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chancery"));
        let admin = format!("127.0.0.1:{admin}");
        command.env_clear().args(line.split(' ')).args(["--admin", &admin]).output().await.unwrap()
    };
    let err = |it: &Output| String::from_utf8(it.stderr.clone()).unwrap();

    write("web", "");
    let daemon = Chancery::start(&bench, Serve::source(&bench.path("config")).with_admin(admin)).await;
    let one = bench.follower("edge-1", Mode::Ads, daemon.port()).await;
    let two = bench.follower("edge-2", Mode::Delta, daemon.port()).await;
    let first = chancery("wait --nodes id=edge-1 --nodes id=edge-2").await;
    assert_eq!(first.status.code(), Some(0), "{first:?}");

    write("shop", "");
    let second = chancery("wait --generation 2").await;
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    assert!(err(&second).ends_with("2/2 nodes have generation 2\n"), "{second:?}");

    for envoy in [&one, &two] {
        until_nothing_warms(envoy).await;
    }

    write("shop", "tls: {certificate: {cert_file: /nowhere.pem, key_file: /nowhere.key}}, ");
    let refused = chancery("wait --generation 3").await;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = err(&refused);
    assert!(said.contains(" refused LDS http") && said.contains("/nowhere.key"), "{said}");
    assert!(said.ends_with("chancery: generation 3 was refused\n"), "{said}");
    let status = String::from_utf8(chancery("rollout status").await.stdout).unwrap();
    assert!(status.contains("good       generation 2:") && status.contains("    3  refused "), "{status}");
    let mut rejected = 0;
    for envoy in [&one, &two] {
        rejected += envoy.admin().stats("update_rejected$").await.unwrap().sum_of(".update_rejected");
    }
    assert_eq!(rejected, 1, "the canary alone has seen it");
}
