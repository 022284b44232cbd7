//! A response body that is its own driver: polled when the client can take bytes, idle otherwise.
//!
//! The stream's driver lives inside the body, so a stream needs no task, no channel and no wake-up between the two,
//! and it ends, whatever it is doing, when the HTTP/2 stream goes away (P13). While the client takes nothing, nothing
//! is computed for it and its requests are not read: back-pressure by not reading (P241, P252).

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::frames::Frames;
use super::status::Status;

/// Where a driver puts the one message that is on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox(Arc<Mutex<Frames>>);

impl Outbox {
    /// Whether the message before has been handed to HTTP/2.
    pub(super) fn is_free(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Waits until the message before has been handed to HTTP/2. It registers no waker: the body polls the driver again
    /// after the last frame of each message, and nothing else empties the outbox.
    pub(super) async fn freed(&self) {
        poll_fn(|_| if self.is_free() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    pub(super) fn put(&self, frames: Frames) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = frames;
    }

    fn next(&self) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}

/// The body: frames from the outbox, then the driver's status as trailers.
pub(super) struct DrivenBody {
    driver: Option<Pin<Box<dyn Future<Output = Status> + Send>>>,
    outbox: Outbox,
    status: Option<Status>,
}

impl DrivenBody {
    /// A body that `drive` fills through the outbox that it is given.
    pub(super) fn new<F>(drive: impl FnOnce(Outbox) -> F) -> Self
    where
        F: Future<Output = Status> + Send + 'static,
    {
        let outbox = Outbox::default();
        Self { driver: Some(Box::pin(drive(outbox.clone()))), outbox, status: None }
    }
}

impl Body for DrivenBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(bytes) = self.outbox.next() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if let Some(driver) = &mut self.driver
            && let Poll::Ready(status) = driver.as_mut().poll(cx)
        {
            self.driver = None;
            self.status = Some(status);
        }
        if let Some(bytes) = self.outbox.next() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.status.take() {
            Some(status) => Poll::Ready(Some(Ok(Frame::trailers(status.trailers())))),
            None if self.driver.is_some() => Poll::Pending,
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.driver.is_none() && self.status.is_none() && self.outbox.is_free()
    }
}

impl fmt::Debug for DrivenBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrivenBody").field("running", &self.driver.is_some()).finish()
    }
}
