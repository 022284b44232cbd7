//! gRPC message framing: a body's bytes to whole messages and back, bounded.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use http_body::Body as _;
use tokio::time::Instant;

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
    limits: Arc<MessageLimits>,
    /// Bytes of the buffer that are counted in `limits.unfinished`.
    counted: usize,
    /// When the next message must be there.
    deadline: Option<Instant>,
}

/// What requests may take, one by one and all together.
#[derive(Debug)]
pub(super) struct MessageLimits {
    max_size: usize,
    /// Bytes of requests of which the rest has not come yet, in all streams.
    unfinished: AtomicUsize,
    /// How long a stream may be open before its first request.
    first: Duration,
}

/// How long the rest of a request may take.
const REST_WITHIN: Duration = Duration::from_secs(60);

/// Unfinished requests up to this size are not counted.
const SMALL: usize = 64 << 10;

/// How many of the largest requests may be unfinished at the same time.
const LARGEST_AT_ONCE: usize = 4;

impl MessageLimits {
    pub(super) fn new(max_size: usize, first: Duration) -> Self {
        Self { max_size, unfinished: AtomicUsize::new(0), first }
    }

    fn max_unfinished(&self) -> usize {
        (self.max_size + HEADER).saturating_mul(LARGEST_AT_ONCE)
    }
}

impl Messages {
    pub(super) fn new(body: Body, limits: Arc<MessageLimits>) -> Self {
        let deadline = Some(Instant::now() + limits.first);
        Self { body, buffer: BytesMut::new(), limits, counted: 0, deadline }
    }

    /// The next message; `None` when the client is done. Cancel-safe: what was read stays in the buffer.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.take()? {
                (self.deadline, self.counted) = (None, self.count(0)?);
                return Ok(Some(message));
            }
            self.counted = self.count(self.buffer.len())?;
            if !self.buffer.is_empty() && self.deadline.is_none() {
                self.deadline = Some(Instant::now() + REST_WITHIN);
            }
            let (body, deadline) = (&mut self.body, self.deadline);
            let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx));
            let frame = tokio::select! {
                biased;
                frame = frame => frame,
                () = until(deadline) => {
                    return Err(Status::new(Code::DeadlineExceeded, "no whole request came in time"));
                }
            };
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

    /// Counts so many bytes of this stream as unfinished, instead of those before.
    fn count(&mut self, bytes: usize) -> Result<usize, Status> {
        let bytes = if bytes > SMALL { bytes } else { 0 };
        let unfinished = &self.limits.unfinished;
        let before = std::mem::take(&mut self.counted);
        let total = unfinished.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let total = total - before;
        unfinished.fetch_sub(before, Ordering::Relaxed);
        if bytes > before && total > self.limits.max_unfinished() {
            unfinished.fetch_sub(bytes, Ordering::Relaxed);
            let text = "too many large requests are under way at the same time; try again later";
            return Err(Status::new(Code::ResourceExhausted, text));
        }
        Ok(bytes)
    }

    fn take(&mut self) -> Result<Option<Bytes>, Status> {
        let Some(header) = self.buffer.first_chunk::<HEADER>() else { return Ok(None) };
        let [compressed, length @ ..] = *header;
        // We advertise `identity` only, so a compressed message is the client's mistake (P255).
        if compressed != 0 {
            return Err(Status::new(Code::Unimplemented, "compressed messages are not accepted; use identity"));
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > self.limits.max_size {
            let text = format!("a request of {length} bytes is over the limit of {} bytes", self.limits.max_size);
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

impl Drop for Messages {
    fn drop(&mut self) {
        self.limits.unfinished.fetch_sub(self.counted, Ordering::Relaxed);
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
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

    fn limits() -> Arc<MessageLimits> {
        Arc::new(MessageLimits::new(1 << 20, Duration::from_secs(300)))
    }

    fn messages(body: Body) -> Messages {
        Messages::new(body, limits())
    }

    /// A body with these bytes and no end.
    struct Endless(Option<Bytes>);

    impl http_body::Body for Endless {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
            match self.0.take() {
                Some(bytes) => std::task::Poll::Ready(Some(Ok(http_body::Frame::data(bytes)))),
                None => std::task::Poll::Pending,
            }
        }
    }

    /// A megabyte is announced, and all but one byte of it comes.
    fn unfinished() -> Body {
        let bytes = [&[0, 0, 0x0f, 0xff, 0xff][..], &vec![7; 0xf_fffe]].concat();
        Body::new(Endless(Some(bytes.into())))
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_must_come_in_time() {
        for (body, seconds) in [(Body::new(Endless(None)), 300), (unfinished(), 300)] {
            let (mut messages, begun) = (messages(body), Instant::now());
            assert_eq!(messages.next().await.unwrap_err().code, Code::DeadlineExceeded);
            assert_eq!(begun.elapsed().as_secs(), seconds);
        }
        let mut wire = framed(b"first");
        wire.push(0);
        let mut messages = messages(Body::new(Endless(Some(wire.into()))));
        messages.next().await.unwrap().unwrap();
        let begun = Instant::now();
        assert_eq!(messages.next().await.unwrap_err().code, Code::DeadlineExceeded);
        assert_eq!(begun.elapsed(), REST_WITHIN);
    }

    #[tokio::test(start_paused = true)]
    async fn unfinished_requests_are_bounded_together() {
        let limits = limits();
        let mut held = Vec::new();
        for _ in 0..LARGEST_AT_ONCE {
            let mut messages = Messages::new(unfinished(), limits.clone());
            let waiting = tokio::time::timeout(Duration::from_secs(1), messages.next()).await;
            assert!(waiting.is_err());
            held.push(messages);
        }
        let mut last = Messages::new(unfinished(), limits.clone());
        assert_eq!(last.next().await.unwrap_err().code, Code::ResourceExhausted);
        drop((held, last));
        assert_eq!(limits.unfinished.load(Ordering::Relaxed), 0);
        // Small ones always go.
        assert_eq!(Messages::new(Body::from(framed(b"x")), limits).next().await.unwrap().unwrap(), "xtail");
    }

    #[tokio::test]
    async fn messages_survive_any_split_into_frames() {
        for size in [0, 1, 100, COPY_UP_TO, COPY_UP_TO + 1] {
            let wire = [framed(&vec![7; size]), framed(b"second")].concat();
            let mut messages = messages(Body::from(wire));
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
            let mut messages = messages(Body::from(wire));
            assert_eq!(messages.next().await.unwrap_err().code, code);
        }
    }
}
