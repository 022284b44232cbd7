//! HTTP/2 itself, frame by frame: what the server announces, and how it finds out who is gone.

use std::time::Duration;

use chancery::transport::grpc::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::world::{LONG, World};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame.
const SETTINGS: &[u8] = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00";
const SETTINGS_TYPE: u8 = 4;
const PING_TYPE: u8 = 6;
const GOAWAY_TYPE: u8 = 7;
const ACK: u8 = 1;

struct Frame {
    kind: u8,
    flags: u8,
    payload: Vec<u8>,
}

async fn connect(world: &World) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(&[PREFACE, SETTINGS].concat()).await.unwrap();
    stream
}

/// The next frame; `None` once the server has closed the connection.
async fn frame(stream: &mut TcpStream) -> Option<Frame> {
    let read = async {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.ok()?;
        Some(Frame { kind: head[3], flags: head[4], payload })
    };
    tokio::time::timeout(LONG, read).await.expect("the server neither writes nor closes")
}

#[tokio::test]
async fn p245_p246_windows_are_raised_and_streams_come_by_the_thousand() {
    let world = World::start().await;
    let mut stream = connect(&world).await;
    let first = frame(&mut stream).await.unwrap();
    assert_eq!(first.kind, SETTINGS_TYPE);
    let setting = |id: u16| {
        let found = first.payload.chunks(6).find(|it| it[..2] == id.to_be_bytes());
        found.map(|it| u32::from_be_bytes(it[2..].try_into().unwrap()))
    };
    let (max_concurrent_streams, initial_window_size) = (setting(3), setting(4));
    assert!(max_concurrent_streams.is_some_and(|it| (1_000..=2_000).contains(&it)), "{max_concurrent_streams:?}");
    let max_header_list_size = setting(6);
    assert!(max_header_list_size.is_some_and(|it| it <= 8 << 10), "{max_header_list_size:?}");
    assert!(initial_window_size.is_some_and(|it| it >= 1 << 20), "{initial_window_size:?}");
}

#[tokio::test]
async fn p247_a_peer_that_answers_no_ping_is_cut_off() {
    let short = Duration::from_millis(50);
    let world = World::with(Options { keepalive: (short, short), ..Options::default() }).await;
    let mut stream = connect(&world).await;
    let mut pinged = false;
    while let Some(frame) = frame(&mut stream).await {
        pinged |= frame.kind == PING_TYPE && frame.flags & ACK == 0;
    }
    assert!(pinged);
}

#[tokio::test]
async fn p247_a_client_may_ping_as_often_as_it_likes() {
    let world = World::start().await;
    let mut stream = connect(&world).await;
    for count in 0..50_u64 {
        let ping = [b"\x00\x00\x08\x06\x00\x00\x00\x00\x00".as_slice(), &count.to_be_bytes()].concat();
        stream.write_all(&ping).await.unwrap();
        loop {
            let answer = frame(&mut stream).await.expect("the server closed the connection");
            assert_ne!(answer.kind, GOAWAY_TYPE);
            if answer.kind == PING_TYPE && answer.flags & ACK != 0 {
                assert_eq!(answer.payload, count.to_be_bytes());
                break;
            }
        }
    }
}
