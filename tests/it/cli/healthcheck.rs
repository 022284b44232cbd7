//! `chancery healthcheck` against everything that is no healthy daemon.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};

use super::world::{World, cluster};
use crate::envoy::bench::free_port;
use crate::grpc::world::LONG;

#[tokio::test]
async fn nothing_that_listens() {
    let world = World::new();
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let ended = world.check(&format!("healthcheck 127.0.0.1:{port}"), 1).await;
    assert!(ended.err.contains(&format!("nothing answers on 127.0.0.1:{port}")), "{ended:?}");
    let ended = world.check("healthcheck //", 1).await;
    assert!(ended.err.contains("not an address"), "{ended:?}");
}

/// In a container the daemon and its health check have one environment.
#[tokio::test]
async fn it_finds_the_daemon_by_the_daemons_variables() {
    let world = World::new();
    world.write("config/a.yaml", cluster("a"));
    let port = free_port();
    for (environment, address) in [
        (format!("CHANCERY_LISTEN=0.0.0.0:{port}"), format!("localhost:{port}")),
        (format!("CHANCERY_LISTEN=127.0.0.1:{port} SERVER_PORT=1"), format!("127.0.0.1:{port}")),
        (format!("SERVER_PORT={port}"), format!("127.0.0.1:{port}")),
    ] {
        let mut daemon = world.start(&format!("{environment} serve --log json --quiet-ms 20")).await;
        world.until_ready(port).await;
        world.check(&format!("{environment} healthcheck"), 0).await;
        // What is given comes before what is in the environment.
        world.check(&format!("CHANCERY_LISTEN=127.0.0.1:1 healthcheck {address}"), 0).await;
        daemon.kill().await;
    }
}

/// Something that takes connections, sends this and then keeps still.
async fn against(greeting: &'static [u8]) {
    let world = World::new();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serve = async {
        let mut kept = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(greeting).await;
            kept.push(stream);
        }
    };
    let line = format!("healthcheck {address} --timeout-ms 300");
    let started = Instant::now();
    let check = timeout(LONG, world.check(&line, 1));
    let ended = tokio::select! { ended = check => ended.unwrap(), never = serve => never };
    assert!(ended.err.contains(&address.to_string()) && ended.out.is_empty(), "{ended:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    against(b"").await;
}

#[tokio::test]
async fn a_server_that_speaks_something_else() {
    against(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    against(&[0xff; 4096]).await;
}
