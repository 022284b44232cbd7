//! The floor: what any server must at least do for such a push. One thread, TCP, frames made beforehand and shared by
//! all connections; of HTTP/2 it knows enough to find the requests, of xDS nothing.
//!
//! It talks to the runner as the daemon does: "listening" and "all nodes acked" as JSON lines on stderr. A line on
//! stdin is a push.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context, Result};
use bytes::Bytes;
use serde_json::json;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::http2::{self, FrameReader, STREAM, Seen, kind, setting};
use crate::request::framed;

/// The largest window there is.
const WINDOW: u32 = i32::MAX as u32;

/// What the floor pretends to serve.
#[derive(Debug, clap::Args)]
pub(crate) struct Floor {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The type of all responses.
    #[arg(long, default_value = crate::envoy::Kind::Clusters.url())]
    pub(crate) type_url: String,
    /// Resources in the first response of a stream.
    #[arg(long, default_value_t = 1000)]
    pub(crate) first_resources: usize,
    /// Size of that message.
    #[arg(long, default_value_t = 300_000)]
    pub(crate) first_bytes: usize,
    /// Resources in each push.
    #[arg(long, default_value_t = 1000)]
    pub(crate) push_resources: usize,
    /// Size of that message.
    #[arg(long, default_value_t = 300_000)]
    pub(crate) push_bytes: usize,
}

/// Who has been pushed to and has not answered.
#[derive(Debug, Default)]
struct Acks {
    connected: Cell<usize>,
    awaited: Cell<usize>,
    pushed_at: Cell<Option<Instant>>,
}

impl Floor {
    /// Serves until stdin ends.
    pub(crate) async fn serve(&self) -> Result<()> {
        let listener = TcpListener::bind(self.listen).await.context("listening")?;
        say(&json!({"message": "listening", "address": listener.local_addr()?.to_string()}));
        let first = Bytes::from(self.frames(0, self.first_resources, self.first_bytes));
        let (pushes, _) = watch::channel(Bytes::new());
        let acks = Rc::new(Acks::default());
        let mut lines = BufReader::new(File::open("/dev/stdin").await?).lines();
        let mut tasks = JoinSet::new();
        let mut generation = 0;
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (socket, _) = accepted?;
                    socket.set_nodelay(true)?;
                    let (first, pushes, acks) = (first.clone(), pushes.subscribe(), Rc::clone(&acks));
                    tasks.spawn_local(async move {
                        acks.connected.update(|it| it + 1);
                        // A peer that goes away is not the floor's business: the swarm reports what it misses.
                        let _gone = serve_one(socket, first, pushes, &acks).await;
                        acks.connected.update(|it| it - 1);
                    });
                }
                Some(_) = tasks.join_next() => {}
                line = lines.next_line() => {
                    if line?.is_none() {
                        return Ok(());
                    }
                    generation += 1;
                    acks.pushed_at.set(Some(Instant::now()));
                    acks.awaited.set(acks.connected.get());
                    pushes.send_replace(Bytes::from(self.frames(generation, self.push_resources, self.push_bytes)));
                }
            }
        }
    }

    /// A response as DATA frames of 16 KiB.
    fn frames(&self, generation: usize, resources: usize, bytes: usize) -> Vec<u8> {
        let message = framed(&[&message(&self.type_url, generation, resources, bytes)]);
        let mut frames = Vec::with_capacity(message.len() + message.len() / 1000);
        for piece in message.chunks(http2::MAX_FRAME) {
            http2::put_frame(&mut frames, kind::DATA, 0, STREAM, piece);
        }
        frames
    }
}

/// A discovery response of this size, its resources about equal; another generation has another checksum.
fn message(type_url: &str, generation: usize, resources: usize, bytes: usize) -> Vec<u8> {
    let mut message = Vec::with_capacity(bytes + 4);
    let version = generation.to_string();
    for (number, text) in [(1, version.as_str()), (4, type_url), (5, version.as_str())] {
        message.extend_from_slice(&[number << 3 | 2, text.len() as u8]);
        message.extend_from_slice(text.as_bytes());
    }
    for left in (1..=resources).rev() {
        let share = bytes.saturating_sub(message.len()) / left;
        let head = 1 + varint_len(share);
        let payload = share.saturating_sub(head);
        message.push(2 << 3 | 2);
        prost::encoding::encode_varint(payload as u64, &mut message);
        message.resize(message.len() + payload, generation as u8);
    }
    message
}

fn varint_len(value: usize) -> usize {
    prost::encoding::encoded_len_varint(value as u64)
}

/// Answers the first request, writes what is pushed, and counts the requests in between as ACKs.
async fn serve_one(mut socket: TcpStream, first: Bytes, mut pushes: watch::Receiver<Bytes>, acks: &Acks) -> Result<()> {
    let (read, mut write) = socket.split();
    let mut out = Vec::new();
    // Wide enough for all the ACKs of a run, which in SotW repeat every name: no window is ever given back.
    http2::put_settings(&mut out, &[(setting::INITIAL_WINDOW_SIZE, WINDOW)]);
    http2::put_window_update(&mut out, 0, WINDOW - http2::FIRST_WINDOW);
    http2::put_accepted(&mut out);
    write.write_all(&out).await?;
    let mut requests = Requests::default();
    let (mut is_subscribed, mut is_awaited) = (false, false);
    let mut buffer = [0; 4096];
    loop {
        tokio::select! {
            biased;
            ready = read.readable() => {
                ready?;
                let bytes = match read.try_read(&mut buffer) {
                    Ok(0) => return Ok(()),
                    Ok(bytes) => bytes,
                    Err(reason) if reason.kind() == std::io::ErrorKind::WouldBlock => continue,
                    Err(reason) => return Err(reason.into()),
                };
                let complete = requests.feed(&buffer[..bytes])?;
                if complete > 0 && !std::mem::replace(&mut is_subscribed, true) {
                    write.write_all(&first).await?;
                } else if complete > 0 && std::mem::take(&mut is_awaited) {
                    acked(acks);
                }
            }
            changed = pushes.changed() => {
                changed?;
                let push = pushes.borrow_and_update().clone();
                is_awaited = true;
                write.write_all(&push).await?;
            }
        }
    }
}

fn acked(acks: &Acks) {
    let left = acks.awaited.get().saturating_sub(1);
    acks.awaited.set(left);
    if left == 0
        && let Some(pushed_at) = acks.pushed_at.take()
    {
        let after_ms = pushed_at.elapsed().as_secs_f64() * 1000.0;
        say(&json!({"message": "all nodes acked", "nodes": acks.connected.get(), "after_ms": after_ms}));
    }
}

fn say(line: &serde_json::Value) {
    eprintln!("{line}");
}

/// Finds the ends of gRPC messages.
#[derive(Debug, Default)]
struct Requests {
    preface: usize,
    reader: FrameReader,
    prefix: Vec<u8>,
    left: usize,
}

impl Requests {
    /// How many messages these bytes complete.
    fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        let skip = bytes.len().min(http2::PREFACE.len() - self.preface);
        self.preface += skip;
        let (prefix, left) = (&mut self.prefix, &mut self.left);
        let mut complete = 0;
        self.reader.feed(&bytes[skip..], |seen| {
            let Seen::Data(mut piece) = seen else { return Ok(()) };
            while !piece.is_empty() {
                if *left > 0 {
                    let take = piece.len().min(*left);
                    *left -= take;
                    piece = &piece[take..];
                } else {
                    prefix.push(piece[0]);
                    piece = &piece[1..];
                    let [_, a, b, c, d] = *prefix.as_slice() else { continue };
                    *left = u32::from_be_bytes([a, b, c, d]) as usize;
                    prefix.clear();
                }
                complete += usize::from(*left == 0);
            }
            Ok(())
        })?;
        Ok(complete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skim::Skimmer;

    #[test]
    fn a_message_has_the_size_and_resources_asked_for() {
        for (resources, bytes) in [(1, 350), (1000, 299_000), (7, 130_000)] {
            let mut seen = None;
            let message = framed(&[&message("type", 3, resources, bytes)]);
            Skimmer::default()
                .feed(&message, |it| {
                    seen = Some(it);
                    Ok(())
                })
                .unwrap();
            let seen = seen.unwrap();
            assert_eq!(seen.resources, resources);
            assert!(seen.bytes.abs_diff(bytes) <= 2, "{} for {bytes}", seen.bytes);
        }
    }
}
