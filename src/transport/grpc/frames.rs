//! gRPC message framing: a body's bytes to whole messages and back, bounded.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::Body;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use http_body::Body as _;

use super::status::{Code, Status};

/// Compressed flag and length.
const HEADER: usize = 5;

/// Heads up to this size are copied into one frame with header and tail: cheaper than three small DATA frames.
const COPY_UP_TO: usize = 16 * 1024;

/// The messages of a request body.
#[derive(Debug)]
pub(super) struct Messages {
    body: Body,
    buffer: BytesMut,
    max_size: usize,
}

impl Messages {
    pub(super) fn new(body: Body, max_size: usize) -> Self {
        Self { body, buffer: BytesMut::new(), max_size }
    }

    /// The next message; `None` when the client is done. Cancel-safe: what was read stays in the buffer.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(Some(message));
            }
            let frame = poll_fn(|cx| Pin::new(&mut self.body).poll_frame(cx)).await;
            match frame {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => {
                    return Err(Status::new(Code::Unavailable, format!("the connection broke: {error}")));
                }
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(Status::new(Code::InvalidArgument, "the client ended inside a message")),
            }
        }
    }

    fn take(&mut self) -> Result<Option<Bytes>, Status> {
        let Some(header) = self.buffer.first_chunk::<HEADER>() else { return Ok(None) };
        let [compressed, length @ ..] = *header;
        // We advertise `identity` only, so a compressed message is the client's mistake (P255).
        if compressed != 0 {
            return Err(Status::new(Code::Unimplemented, "compressed messages are not accepted; use identity"));
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > self.max_size {
            let text = format!("a request of {length} bytes is over the limit of {} bytes", self.max_size);
            return Err(Status::new(Code::ResourceExhausted, text));
        }
        if self.buffer.len() < HEADER + length {
            return Ok(None);
        }
        self.buffer.advance(HEADER);
        let message = self.buffer.split_to(length).freeze();
        // Freed with the message: an idle stream keeps no buffer, however large its first request was.
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
        Ok(Some(message))
    }
}

/// One message as the frames of a response body, from its shared head and its own tail.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// In reverse order of sending.
    rest: Vec<Bytes>,
}

impl Frames {
    pub(super) fn new(head: Bytes, tail: Bytes) -> Self {
        let length = head.len() + tail.len();
        let mut header = BytesMut::with_capacity(HEADER + if head.len() <= COPY_UP_TO { length } else { 0 });
        header.put_u8(0);
        header.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
        if head.len() <= COPY_UP_TO {
            header.put(head);
            header.put(tail);
            return Self { rest: vec![header.freeze()] };
        }
        Self { rest: vec![tail, head, header.freeze()] }
    }

    pub(super) fn next(&mut self) -> Option<Bytes> {
        self.rest.pop()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(payload: &[u8]) -> Vec<u8> {
        let mut frames = Frames::new(Bytes::copy_from_slice(payload), Bytes::from_static(b"tail"));
        std::iter::from_fn(|| frames.next()).flatten().collect()
    }

    #[tokio::test]
    async fn messages_survive_any_split_into_frames() {
        for size in [0, 1, 100, COPY_UP_TO, COPY_UP_TO + 1] {
            let wire = [framed(&vec![7; size]), framed(b"second")].concat();
            let mut messages = Messages::new(Body::from(wire), 1 << 20);
            assert_eq!(messages.next().await.unwrap().unwrap().len(), size + 4);
            assert_eq!(messages.next().await.unwrap().unwrap(), "secondtail");
            assert_eq!(messages.next().await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn bad_framing_is_refused_with_the_right_code() {
        for (wire, code) in [
            (b"\x01\x00\x00\x00\x01x".as_slice(), Code::Unimplemented),
            (b"\x00\xff\xff\xff\xff", Code::ResourceExhausted),
            (b"\x00\x00\x00\x00\x09half", Code::InvalidArgument),
            (b"\x00\x00", Code::InvalidArgument),
        ] {
            let mut messages = Messages::new(Body::from(wire), 1 << 20);
            assert_eq!(messages.next().await.unwrap_err().code, code);
        }
    }
}
