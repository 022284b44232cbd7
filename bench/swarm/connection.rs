//! One connection with one stream, as a value: bytes in, bytes out. The windows of both directions are kept here.

use std::collections::VecDeque;

use anyhow::{Result, bail};

use crate::envoy::{Envoy, Kind};
use crate::http2::{self, FrameReader, Head, STREAM, Seen, flag, kind, setting};
use crate::skim::{Response, Skimmer};

/// The windows that a client opens for its server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    pub(crate) connection: u32,
    pub(crate) stream: u32,
}

/// Envoy's own since 1.36.
pub(crate) const ENVOY_WINDOWS: Windows = Windows { connection: 24 << 20, stream: 16 << 20 };

/// A response that has been answered.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) kind: Kind,
    pub(crate) response: Response,
}

/// A client's end of a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    reader: FrameReader,
    skimmer: Skimmer,
    envoy: Envoy,
    send: SendSide,
    windows: Windows,
    /// Bytes received and not yet given back to the server's windows.
    connection_used: u32,
    stream_used: u32,
}

impl Connection {
    /// A connection that has its preface, settings, call and first request to send.
    pub(crate) fn new(authority: &str, path: &str, windows: Windows, envoy: Envoy, first: Vec<u8>) -> Self {
        let mut send = SendSide::default();
        send.out.extend_from_slice(http2::PREFACE);
        http2::put_settings(
            &mut send.out,
            &[(setting::ENABLE_PUSH, 0), (setting::INITIAL_WINDOW_SIZE, windows.stream)],
        );
        http2::put_window_update(&mut send.out, 0, windows.connection - http2::FIRST_WINDOW);
        http2::put_call(&mut send.out, authority, path);
        send.push(first);
        let (reader, skimmer) = Default::default();
        Self { reader, skimmer, envoy, send, windows, connection_used: 0, stream_used: 0 }
    }

    /// From now on, responses have their messages.
    pub(crate) fn keep(&mut self) {
        self.skimmer.keep();
    }

    /// Takes what was read; the responses that it completes are answered and added to `arrivals`.
    pub(crate) fn receive(&mut self, bytes: &[u8], arrivals: &mut Vec<Arrival>) -> Result<()> {
        let Self { reader, skimmer, envoy, send, .. } = self;
        let mut used = 0;
        reader.feed(bytes, |seen| match seen {
            Seen::Data(piece) => {
                used += piece.len() as u32;
                skimmer.feed(piece, |response| {
                    let (kind, requests) = envoy.handle(&response)?;
                    requests.into_iter().for_each(|it| send.push(it));
                    arrivals.push(Arrival { kind, response });
                    Ok(())
                })
            }
            Seen::Control(head, payload) => send.control(head, payload),
        })?;
        self.replenish(used);
        Ok(())
    }

    /// Gives windows back once half of them is used, as nghttp2 and oghttp2 do.
    fn replenish(&mut self, used: u32) {
        self.connection_used += used;
        self.stream_used += used;
        if self.connection_used > self.windows.connection / 2 {
            http2::put_window_update(&mut self.send.out, 0, std::mem::take(&mut self.connection_used));
        }
        if self.stream_used > self.windows.stream / 2 {
            http2::put_window_update(&mut self.send.out, STREAM, std::mem::take(&mut self.stream_used));
        }
    }

    /// What to write to the socket.
    pub(crate) fn output(&self) -> &[u8] {
        &self.send.out
    }

    /// So many bytes of the output have been written.
    pub(crate) fn written(&mut self, bytes: usize) {
        self.send.out.drain(..bytes);
    }

    /// Whether all that was to be said has been written.
    pub(crate) fn is_flushed(&self) -> bool {
        self.send.out.is_empty() && self.send.waiting.is_empty()
    }

    pub(crate) fn is_synced(&self) -> bool {
        self.envoy.is_synced()
    }
}

/// What goes to the server, and how much of it the server takes.
#[derive(Debug)]
struct SendSide {
    out: Vec<u8>,
    /// Requests that the server's windows hold back; the first may be sent in part.
    waiting: VecDeque<Vec<u8>>,
    connection: i64,
    stream: i64,
    /// The server's SETTINGS_INITIAL_WINDOW_SIZE, to apply the change of it (RFC 9113 §6.9.2).
    initial: i64,
    max_frame: usize,
}

impl Default for SendSide {
    fn default() -> Self {
        let first = i64::from(http2::FIRST_WINDOW);
        let (out, waiting) = Default::default();
        Self { out, waiting, connection: first, stream: first, initial: first, max_frame: http2::MAX_FRAME }
    }
}

impl SendSide {
    fn push(&mut self, request: Vec<u8>) {
        self.waiting.push_back(request);
        self.release();
    }

    /// Frames as much of the waiting requests as the windows allow.
    fn release(&mut self) {
        while let Some(mut request) = self.waiting.pop_front() {
            let window = self.connection.min(self.stream).max(0) as usize;
            let take = request.len().min(window).min(self.max_frame);
            if take == 0 {
                return self.waiting.push_front(request);
            }
            http2::put_frame(&mut self.out, kind::DATA, 0, STREAM, &request[..take]);
            self.connection -= take as i64;
            self.stream -= take as i64;
            if take < request.len() {
                self.waiting.push_front(request.split_off(take));
            }
        }
    }

    fn control(&mut self, head: Head, payload: &[u8]) -> Result<()> {
        let number = payload.first_chunk().map_or(0, |it| u32::from_be_bytes(*it));
        match head.kind {
            kind::SETTINGS if !head.has(flag::ACK) => self.settings(payload),
            kind::PING if !head.has(flag::ACK) => http2::put_frame(&mut self.out, kind::PING, flag::ACK, 0, payload),
            kind::WINDOW_UPDATE if head.stream == 0 => self.connection += i64::from(number),
            kind::WINDOW_UPDATE => self.stream += i64::from(number),
            kind::RST_STREAM => bail!("the server reset the stream, code {number}"),
            kind::GOAWAY => bail!("the server said GOAWAY"),
            kind::DATA | kind::HEADERS if head.has(flag::END_STREAM) => bail!("the server ended the stream"),
            _ => {}
        }
        self.release();
        Ok(())
    }

    fn settings(&mut self, payload: &[u8]) {
        for (id, value) in http2::settings(payload) {
            match id {
                setting::INITIAL_WINDOW_SIZE => {
                    self.stream += i64::from(value) - self.initial;
                    self.initial = i64::from(value);
                }
                setting::MAX_FRAME_SIZE => self.max_frame = value as usize,
                _ => {}
            }
        }
        http2::put_frame(&mut self.out, kind::SETTINGS, flag::ACK, 0, &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_wait_for_the_servers_windows() {
        let mut send = SendSide::default();
        send.push(vec![1; 100_000]);
        let framed = |send: &SendSide| send.out.len() - 9 * send.out.len().div_ceil(http2::MAX_FRAME + 9);
        assert_eq!(framed(&send), 65_535);
        let head = |kind, stream| Head { len: 4, kind, flags: 0, stream };
        send.control(head(kind::WINDOW_UPDATE, 0), &50_000_u32.to_be_bytes()).unwrap();
        assert_eq!(send.waiting.len(), 1, "the stream's window is still shut");
        send.out.clear();
        send.control(head(kind::SETTINGS, 0), &[0, 4, 0, 2, 0, 0]).unwrap();
        assert!(send.waiting.is_empty());
        assert_eq!(send.stream, 131_072 - 100_000);
    }
}
