//! `chancery serve`: from a start with faults to edits that come and go, as an Envoy and an operator see it.

use std::net::TcpListener;

use super::world::{Daemon, World, cluster};
use crate::grpc::world::{CDS, Client, hello};

/// A client that has asked for all clusters.
async fn follower(daemon: &Daemon) -> Client {
    let client = daemon.ads().await;
    client.send(hello("test", CDS));
    client
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for line in [format!("serve --listen {address}"), format!("SERVER_PORT={} serve", address.port())] {
        let ended = world.check(&line, 1).await;
        assert!(ended.err.contains("cannot listen on ") && ended.err.contains("--listen"), "{ended:?}");
        assert!(ended.err.contains(&format!(":{}", address.port())), "{ended:?}");
    }
}

#[tokio::test]
async fn at_start_a_fault_holds_everything_back_until_it_is_mended() {
    let world = World::new();
    world.write("config/good.yaml", cluster("good"));
    world.write("config/bad.yaml", cluster("bad").replace("endpoints", "endpoint"));
    let mut daemon = world.serve("config").await;
    let mut client = follower(&daemon).await;
    let fault = daemon.said("CH2001").await;
    assert_eq!((&fault["place"], &fault["level"]), (&"config/bad.yaml:5:5".into(), &"ERROR".into()));
    let health = daemon.health(&world).await;
    assert_eq!(health.code, Some(1), "{health:?}");
    assert!(health.err.contains("is not ready"), "{health:?}");
    // Nothing has been sent: the first that comes is what is whole.
    world.write("config/bad.yaml", cluster("bad"));
    assert_eq!(client.accept().await, ["bad", "good"]);
    // Ready just before or just after it is sent.
    world.until_ready(daemon.address.port()).await;
}

#[tokio::test]
async fn later_a_fault_keeps_the_last_good_version_and_other_files_go_on() {
    let world = World::new();
    world.write("config/a.yaml", cluster("a1"));
    world.write("config/b.yaml", cluster("b1"));
    let mut daemon = world.serve("config").await;
    let mut client = follower(&daemon).await;
    assert_eq!(client.accept().await, ["a1", "b1"]);

    world.write("config/a.yaml", cluster("a2").replace("spec:", "spec: ]"));
    let fault = daemon.said("CH1001").await;
    assert_eq!(fault["place"], "config/a.yaml:2:7", "{fault}");
    let kept = daemon.said("the last good version stays in service").await;
    assert_eq!(kept["file"], "config/a.yaml", "{kept}");
    assert_eq!(daemon.health(&world).await.code, Some(0));

    world.write("config/b.yaml", cluster("b2"));
    assert_eq!(client.accept().await, ["a1", "b2"]);
    std::fs::remove_file(world.path("config/b.yaml")).unwrap();
    assert_eq!(client.accept().await, ["a1"]);
    world.write("config/a.yaml", cluster("a3"));
    assert_eq!(client.accept().await, ["a3"]);
}

#[tokio::test]
async fn a_source_that_appears_later_is_taken_up() {
    let world = World::new();
    let mut daemon = world.serve("not/yet").await;
    daemon.said("CH0001").await;
    assert_eq!(daemon.health(&world).await.code, Some(1));
    let mut client = follower(&daemon).await;
    world.write("new/web.yaml", cluster("web"));
    std::fs::create_dir(world.path("not")).unwrap();
    std::fs::rename(world.path("new"), world.path("not/yet")).unwrap();
    assert_eq!(client.accept().await, ["web"]);
}

#[tokio::test]
async fn polling_alone_will_do() {
    let world = World::new();
    world.write("a.yaml", cluster("a1"));
    let line = "CHANCERY_FORCE_POLL=1 serve a.yaml --listen 127.0.0.1:0 --poll-ms 20 --quiet-ms 5 --log json";
    let daemon = world.start(line).await;
    let mut client = follower(&daemon).await;
    assert_eq!(client.accept().await, ["a1"]);
    world.write("a.yaml", cluster("a2"));
    assert_eq!(client.accept().await, ["a2"]);
}

/// A log that cannot be written is lost; the daemon is not.
#[tokio::test]
async fn a_full_or_closed_stderr_stops_nothing() {
    for (redirection, form) in
        [("2>/dev/full", "text"), ("2>/dev/full", "json"), ("2>&-", "text"), ("2>&- 1>&-", "json")]
    {
        let world = World::new();
        world.write("a.yaml", cluster("a1"));
        let port = crate::envoy::bench::free_port();
        let mut shell = world.program("sh");
        let line =
            format!("exec \"$0\" serve a.yaml --listen 127.0.0.1:{port} --log {form} --quiet-ms 20 {redirection}");
        let mut child = shell.args(["-c", &line, env!("CARGO_BIN_EXE_chancery")]).spawn().unwrap();
        world.until_ready(port).await;
        let endpoint = tonic::transport::Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
        let mut client = Client::ads(endpoint.connect().await.unwrap()).await;
        client.send(hello("test", CDS));
        assert_eq!(client.accept().await, ["a1"]);
        world.write("a.yaml", "spec: ]");
        world.write("a.yaml", cluster("a2"));
        assert_eq!(client.accept().await, ["a2"], "{redirection} {form}");
        assert_eq!(child.try_wait().unwrap(), None, "{redirection} {form}");
    }
}

#[tokio::test]
async fn a_clash_is_told_and_the_node_keeps_what_it_has() {
    let world = World::new();
    world.write("config/a.yaml", cluster("a"));
    let mut daemon = world.serve("config").await;
    let mut client = follower(&daemon).await;
    assert_eq!(client.accept().await, ["a"]);
    world.write("config/b.yaml", format!("# one line down\n{}", cluster("a")));
    let clash = daemon.said("defined by two documents").await.to_string();
    assert!(clash.contains("config/a.yaml:4") && clash.contains("config/b.yaml:5"), "{clash}");
    world.write("config/b.yaml", cluster("b"));
    assert_eq!(client.accept().await, ["a", "b"]);
}

const SECRET: &str = "TOPSECRET";

/// Faults in and near a private key: the key is in no line of `render`, and in none of the daemon's log.
#[tokio::test]
async fn a_private_key_is_never_shown() {
    let block = "resources:\n- \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret\n  \
                 name: k\n  tls_certificate:\n    private_key:\n      inline_string: |\n        \
                 -----BEGIN PRIVATE KEY-----\n        TOPSECRET\n        -----END PRIVATE KEY-----\n";
    let flow = "resources:\n- {\"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret, name: k, \
                tls_certificate: {private_key: {inline_string: \"TOPSECRET\"}}}\n";
    let documents = [
        block.replace("inline_string: |", "inline_strin: |"),
        block.replace("inline_string: |", "inline_bytes: |"),
        block.replace("private_key:", "private_ke:"),
        block.replace("tls_certificate:", "tls_certificat:"),
        block.replace("        TOPSECRET", "   TOPSECRET"),
        block.replace("        TOPSECRET", "TOPSECRET"),
        block.replace("        TOPSECRET", "\tTOPSECRET"),
        block.replace("-----BEGIN", "\u{1}-----BEGIN"),
        format!("{block}      filenam: x\n"),
        format!("{block}       filenam: x\n"),
        format!("{block}     filenam: x\n"),
        flow.replace("name: k", "nam: k"),
        flow.replace("\"TOPSECRET\"", "\"TOPSECRET"),
        flow.replace("\"TOPSECRET\"", "[TOPSECRET]"),
        flow.replace("\"TOPSECRET\"", "{a: TOPSECRET}"),
        flow.replace("{inline_string: \"TOPSECRET\"}", "TOPSECRET"),
        flow.replace("inline_string: \"TOPSECRET\"", "inline_string: \"TOPSECRET\", filename: x"),
        flow.replace("inline_string: \"TOPSECRET\"", "inline_string:\n\"TOPSECRET\" x"),
    ];
    let world = World::new();
    world.write("config/k.yaml", cluster("a"));
    let mut daemon = world.serve("config").await;
    follower(&daemon).await.accept().await;
    for (at, document) in documents.iter().enumerate() {
        assert!(document.contains(SECRET));
        world.write("k.yaml", document);
        let ended = world.check("render k.yaml", 1).await;
        assert!(!ended.err.contains(SECRET) && ended.out.is_empty(), "{document}\n{}", ended.err);
        world.write("config/k.yaml", format!("{document}# {at}\n"));
        daemon.said("the last good version stays in service").await;
    }
    assert!(daemon.log.iter().all(|it| !it.to_string().contains(SECRET)), "{:#?}", daemon.log);
}
