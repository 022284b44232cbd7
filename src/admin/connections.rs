//! Connections that cannot pile up: so many at a time, none idle for long, none for ever.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::debug;

/// How many connections there may be. Others wait to be accepted.
const MOST: usize = 64;
/// How long a client may neither send nor take anything.
const IDLE: Duration = Duration::from_secs(10);
/// How long a connection may last, however busy it is: a byte now and then must not hold a place.
const WHOLE: Duration = Duration::from_secs(120);

/// A listener whose connections are limited.
#[derive(Debug)]
pub(super) struct Connections {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// A connection that ends with an error once its time is over.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    end: Instant,
    timer: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connections {
    pub(super) fn of(listener: TcpListener) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(MOST)) }
    }
}

impl axum::serve::Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            // Never closed; if it were, there would be nobody to accept for.
            let Ok(place) = self.places.clone().acquire_owned().await else { return std::future::pending().await };
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let now = Instant::now();
                    let timer = Box::pin(sleep_until(now + IDLE));
                    return (Connection { stream, end: now + WHOLE, timer, _place: place }, address);
                }
                Err(error) => {
                    // Out of file handles, most likely: others may be given back meanwhile.
                    debug!(%error, "cannot accept a connection to the admin address");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connection {
    /// What came of an attempt: progress sets the timer anew, and waiting ends when it rings.
    fn timed<T>(&mut self, context: &mut Context<'_>, attempt: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if attempt.is_ready() {
            let next = (Instant::now() + IDLE).min(self.end);
            self.timer.as_mut().reset(next);
        }
        let over = Instant::now() >= self.end || attempt.is_pending() && self.timer.as_mut().poll(context).is_ready();
        if over { Poll::Ready(Err(io::ErrorKind::TimedOut.into())) } else { attempt }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.timed(cx, attempt)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.timed(cx, attempt)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.timed(cx, attempt)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use axum::serve::Listener as _;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn pair() -> (Connections, TcpStream, Connection) {
        let mut connections = Connections::of(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let client = TcpStream::connect(connections.local_addr().unwrap()).await.unwrap();
        let (connection, _) = connections.accept().await;
        (connections, client, connection)
    }

    #[tokio::test]
    async fn who_says_nothing_is_cut_off_and_so_is_who_never_ends() {
        let (_connections, mut client, mut connection) = pair().await;
        tokio::time::pause();
        let begun = Instant::now();
        let mut byte = [0];
        assert_eq!(connection.read(&mut byte).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), IDLE.as_secs());

        let end = connection.end;
        while Instant::now() + IDLE < end {
            client.write_all(b"x").await.unwrap();
            connection.stream.readable().await.unwrap();
            assert_eq!(connection.read(&mut byte).await.unwrap(), 1);
            tokio::time::advance(IDLE / 2).await;
        }
        tokio::time::advance(IDLE).await;
        client.write_all(b"x").await.unwrap();
        assert_eq!(connection.read(&mut byte).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn the_one_too_many_waits_until_another_leaves() {
        let mut connections = Connections::of(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = connections.local_addr().unwrap();
        let mut held = Vec::new();
        for _ in 0..MOST {
            held.push((TcpStream::connect(address).await.unwrap(), connections.accept().await.0));
        }
        let _client = TcpStream::connect(address).await.unwrap();
        let waiting = tokio::time::timeout(Duration::from_millis(1), connections.accept()).await;
        assert!(waiting.is_err());
        held.pop();
        connections.accept().await;
    }
}
