//! The end of a daemon: orderly, impatient, sudden; and what comes after.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use tokio::time::Instant;
use tonic::Code;

use super::world::{World, cluster};
use crate::grpc::world::{CDS, hello};

#[tokio::test]
async fn a_signal_ends_it_orderly_and_clients_are_told() {
    for signal in ["TERM", "INT"] {
        let world = World::new();
        world.write("a.yaml", cluster("a"));
        let mut daemon = world.serve("a.yaml").await;
        let mut client = daemon.ads().await;
        client.send(hello("test", CDS));
        client.accept().await;
        let asked = Instant::now();
        daemon.signal(signal).await;
        assert_eq!(client.end().await.code(), Code::Unavailable, "{signal}");
        assert_eq!(daemon.ended().await.code(), Some(0), "{signal}");
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        daemon.said("stopped").await;
    }
}

#[tokio::test]
async fn it_ends_in_time_before_it_was_ever_ready() {
    let world = World::new();
    let mut daemon = world.serve("none").await;
    let mut client = daemon.ads().await;
    client.send(hello("test", CDS));
    daemon.said("CH0001").await;
    daemon.signal("TERM").await;
    assert_eq!(client.end().await.code(), Code::Unavailable);
    assert_eq!(daemon.ended().await.code(), Some(0));
}

/// A connection that never says goodbye holds the drain up to its deadline, and no longer.
#[tokio::test]
async fn a_second_signal_is_not_kept_waiting() {
    let world = World::new();
    world.write("a.yaml", cluster("a"));
    for (second, code) in [("TERM", 128 + 15), ("INT", 128 + 2)] {
        let line = "serve a.yaml --listen 127.0.0.1:0 --log json --drain-seconds 600";
        let mut daemon = world.start(line).await;
        let _deaf = deaf(&daemon).await;
        daemon.signal("TERM").await;
        daemon.said("draining").await;
        daemon.signal(second).await;
        assert_eq!(daemon.ended().await.code(), Some(code), "{second}");
    }
}

#[tokio::test]
async fn the_deadline_cuts_off_what_does_not_end() {
    let world = World::new();
    world.write("a.yaml", cluster("a"));
    let mut daemon = world.start("serve a.yaml --listen 127.0.0.1:0 --log json --drain-seconds 0.2").await;
    let _deaf = deaf(&daemon).await;
    daemon.signal("TERM").await;
    daemon.said("cut off at the deadline").await;
    assert_eq!(daemon.ended().await.code(), Some(0));
}

/// A client that has opened a connection, says hello and reads nothing ever after.
async fn deaf(daemon: &super::world::Daemon) -> tokio::net::TcpStream {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(daemon.address).await.unwrap();
    // The preface of HTTP/2, empty settings, and half of a frame of headers.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x40\x01\x04\0\0\0\x01").await.unwrap();
    let mut greeting = [0; 9];
    stream.read_exact(&mut greeting).await.unwrap();
    stream
}

#[tokio::test]
async fn after_a_kill_it_starts_again_on_its_port() {
    let world = World::new();
    world.write("a.yaml", cluster("a"));
    let mut daemon = world.serve("a.yaml").await;
    let mut client = daemon.ads().await;
    client.send(hello("test", CDS));
    client.accept().await;
    let address = daemon.address;
    daemon.kill().await;
    assert_eq!(daemon.ended().await.signal(), Some(9));
    let again = world.start(&format!("serve a.yaml --listen {address} --log json")).await;
    assert_eq!(again.address, address);
    let mut client = again.ads().await;
    client.send(hello("test", CDS));
    assert_eq!(client.accept().await, ["a"]);
}
