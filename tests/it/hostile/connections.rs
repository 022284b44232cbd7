//! Connections that occupy places: silent, half-spoken, without a stream, and slow at the admin address.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Size;
use super::daemon::Daemon;
use super::figures::{Before, Bounds};

const LITTLE: Bounds = Bounds { cpu: 30.0, memory: 64.0, log: 64.0 };

/// An HTTP/2 client's preface and an empty SETTINGS frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

async fn connections(to: SocketAddr, count: usize, say: &[u8]) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..count {
        // The daemon may close the one before at once.
        let Ok(Ok(mut stream)) = timeout(Duration::from_secs(1), TcpStream::connect(to)).await else { continue };
        let _ = stream.write_all(say).await;
        held.push(stream);
    }
    held
}

/// More connections than the daemon has descriptors, to both ports. Files are still read, and newcomers served.
pub(super) async fn descriptors(size: Size) {
    for (what, say) in [("silent connections", &b""[..]), ("connections without a stream", PREFACE)] {
        let mut daemon = Daemon::start(256, "").await;
        let mut client = daemon.client("good").await;
        let before = Before::of(&daemon);
        let count = size.of(400, 4_000);
        let _grpc = connections(daemon.address, count, say).await;
        let _admin = connections(daemon.admin, count, b"").await;
        before.hold(what, size, &mut daemon, &mut client, LITTLE).await;
        assert!(daemon.descriptors() < 240, "{} descriptors", daemon.descriptors());
        daemon.client("newcomer").await;
    }
}

/// A connection that says nothing, or too little, is closed after ten seconds.
pub(super) async fn handshake() {
    let daemon = Daemon::start(256, "").await;
    let mut silent = connections(daemon.address, 2, b"").await;
    silent.extend(connections(daemon.address, 2, &PREFACE[..20]).await);
    for mut stream in silent {
        let closed = async { while stream.read(&mut [0; 100]).await.is_ok_and(|it| it > 0) {} };
        timeout(Duration::from_secs(20), closed).await.expect("a silent connection is closed");
    }
}

/// Requests to the admin address that come a byte at a time.
pub(super) async fn slow_admin(size: Size) {
    let mut daemon = Daemon::start(1_024, "").await;
    let mut client = daemon.client("good").await;
    let before = Before::of(&daemon);
    let mut attackers = JoinSet::new();
    for _ in 0..size.of(200, 1_000) {
        let admin = daemon.admin;
        attackers.spawn(async move {
            loop {
                let Ok(mut stream) = TcpStream::connect(admin).await else { continue };
                for byte in b"POST /rollout/promote HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n" {
                    if stream.write_all(&[*byte]).await.is_err() {
                        break;
                    }
                    sleep(Duration::from_millis(500)).await;
                }
                sleep(Duration::from_secs(1)).await;
            }
        });
    }
    sleep(Duration::from_secs(2)).await;
    before.hold("slow admin requests", size, &mut daemon, &mut client, Bounds { cpu: 100.0, ..LITTLE }).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_of_descriptors_stop_nothing() {
    descriptors(Size::Short).await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    handshake().await;
}

#[tokio::test]
async fn slow_admin_requests_keep_nobody_waiting() {
    slow_admin(Size::Short).await;
}
