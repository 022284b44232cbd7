//! The old server's variables and flags (S61, S62, S130).

use super::world::{Daemon, World, cluster, ended};
use crate::envoy::bench::free_port;
use crate::grpc::world::hello;

const CDS: &str = crate::grpc::world::CDS;

/// It listens on the port, and gives the document to that node only.
async fn check(mut daemon: Daemon, port: u16, node: &str) {
    assert_eq!(daemon.address.port(), port);
    let mut client = daemon.ads().await;
    client.send(hello(node, CDS));
    assert_eq!(client.accept().await, ["web"]);
    let stranger = daemon.ads().await;
    stranger.send(hello("stranger", CDS));
    daemon.said("stranger").await;
    daemon.signal("TERM").await;
    assert!(daemon.ended().await.success());
}

#[tokio::test]
async fn s61_nothing_but_three_variables() {
    let world = World::new();
    world.write("etc/config/config.yaml", cluster("web"));
    let port = free_port();
    let environment =
        format!("SERVER_PORT={port} NODE_ID=envoy_front_proxy RESOURCES_FILE=etc/config/config.yaml CHANCERY_LOG=json");
    check(world.start(&format!("{environment} serve")).await, port, "envoy_front_proxy").await;
    // The health check finds the port by the same variable.
    let daemon = world.start(&format!("{environment} serve")).await;
    let mut client = daemon.ads().await;
    client.send(hello("envoy_front_proxy", CDS));
    client.accept().await;
    world.check(&format!("SERVER_PORT={port} healthcheck"), 0).await;
}

#[tokio::test]
async fn s62_through_a_shell() {
    let world = World::new();
    world.write("config/config.yaml", cluster("web"));
    let port = free_port();
    let mut shell = world.program("sh");
    shell.env("SERVER_PORT", port.to_string()).env("NODE_ID", "a").env("CHANCERY_LOG", "json");
    shell.args(["-c", "exec \"$0\" serve config/config.yaml", env!("CARGO_BIN_EXE_chancery")]);
    check(Daemon::start(shell).await, port, "a").await;
}

#[tokio::test]
async fn s130_flags_with_one_dash_or_two() {
    let world = World::new();
    world.write("config/config.yaml", cluster("web"));
    let port = free_port();
    for line in [
        format!("-port {port} -nodeID test-id -watchDirectoryFileName config/config.yaml"),
        format!("--port={port} --nodeID=test-id --watchDirectoryFileName=config/config.yaml"),
        format!("serve -port={port} --nodeID test-id -watchDirectoryFileName=config/config.yaml"),
    ] {
        check(world.start(&format!("CHANCERY_LOG=json {line}")).await, port, "test-id").await;
    }
    for line in ["-port", "-port x", "-port 1 -verbose", "-nodeID"] {
        world.check(line, 64).await;
    }
}

#[tokio::test]
async fn node_id_restricts_documents_that_name_no_nodes() {
    let world = World::new();
    world.write("config/all.yaml", cluster("web"));
    world.write("config/some.yaml", format!("nodes: [{{id: other}}]\n{}", cluster("other")));
    let own = world.check("NODE_ID=front render --node front", 0).await;
    assert!(own.out.contains("name: web") && !own.out.contains("name: other"), "{own:?}");
    let other = world.check("NODE_ID=front render --node other", 0).await;
    assert!(!other.out.contains("name: web") && other.out.contains("name: other"), "{other:?}");
    let stranger = world.check("NODE_ID=front render --node stranger", 1).await;
    assert!(stranger.err.contains("no document selects node \"stranger\""), "{stranger:?}");
    // A flag comes before its variable, and an id is no pattern.
    world.check("NODE_ID=front render --node back --only-node back", 0).await;
    world.check("NODE_ID=fr* render --node front", 1).await;
    // Through the program of the old server's container.
    let mut shell = world.program("/bin/sh");
    shell.env("RESOURCES_FILE", "config/all.yaml").args(["-c", "\"$0\" render", env!("CARGO_BIN_EXE_chancery")]);
    assert!(ended(shell).await.out.contains("name: web"));
}
