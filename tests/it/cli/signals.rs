//! Signals that do not end the daemon: SIGHUP reads the documents again, SIGUSR1 and SIGUSR2 do nothing.

use super::world::{World, cluster};
use crate::grpc::world::{CDS, hello};

/// Where neither an event nor the poll tells of an edit, a SIGHUP does.
#[tokio::test]
async fn sighup_reads_the_documents_again() {
    let world = World::new();
    world.write("config/a.yaml", cluster("a1"));
    let mut daemon = world.start("serve config --listen 127.0.0.1:0 --log json --force-poll --poll-ms 3600000").await;
    let mut client = daemon.ads().await;
    client.send(hello("test", CDS));
    assert_eq!(client.accept().await, ["a1"]);

    world.write("config/a.yaml", cluster("a2"));
    daemon.signal("HUP").await;
    let line = daemon.said("documents read again").await;
    assert_eq!((&line["files"], &line["changed"]), (&1.into(), &true.into()), "{line}");
    assert_eq!(client.accept().await, ["a2"]);

    daemon.signal("HUP").await;
    let line = daemon.said("documents read again").await;
    assert_eq!(line["changed"], false, "{line}");

    world.write("config/a.yaml", "spec: ]");
    daemon.signal("HUP").await;
    daemon.said("the last good version stays in service").await;
    world.write("config/a.yaml", cluster("a3"));
    daemon.signal("HUP").await;
    assert_eq!(client.accept().await, ["a3"]);
}

#[tokio::test]
async fn sigusr1_and_sigusr2_do_nothing() {
    let world = World::new();
    world.write("config/a.yaml", cluster("a"));
    let mut daemon = world.serve("config").await;
    daemon.published().await;
    for name in ["USR1", "USR2"] {
        daemon.signal(name).await;
        daemon.said("ignored").await;
        assert_eq!(daemon.health(&world).await.code, Some(0), "{name}");
    }
    daemon.signal("TERM").await;
    assert_eq!(daemon.ended().await.code(), Some(0));
}
