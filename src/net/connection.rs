//! A TCP connection that ends with an error when it is silent for too long, or when its place is needed.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::places::{Handle, Place};

/// How long connections may be silent.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How many bytes must have come within which time.
    pub first: (u64, Duration),
    /// How long no call may be open.
    pub silent: Duration,
    /// Whether a client that takes bytes is not silent.
    pub taking_counts: bool,
    /// How long a connection may last, whatever happens on it.
    pub whole: Option<Duration>,
}

/// Where a call comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Who is at the other end.
    pub peer: SocketAddr,
    /// The place of the connection.
    pub place: Handle,
}

/// A connection with a place.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    rules: Rules,
    began: Instant,
    read: u64,
    timer: Pin<Box<Sleep>>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, peer: SocketAddr, place: Place, rules: Rules) -> Self {
        let began = Instant::now();
        let timer = Box::pin(sleep_until(began + rules.first.1.min(rules.silent)));
        Self { stream, peer, place, rules, began, read: 0, timer }
    }

    /// What calls on it know of it.
    pub fn origin(&self) -> Origin {
        Origin { peer: self.peer, place: self.place.handle() }
    }

    /// An error once the connection must end. Else this task is woken when it must.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.place.must_close(cx) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let end = self.end(now);
            if end <= now {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.timer.as_mut().reset(end);
        }
        Ok(())
    }

    /// The next moment at which the connection ends if nothing happens; or at which to look again.
    fn end(&self, now: Instant) -> Instant {
        let Rules { first: (bytes, within), silent, whole, .. } = &self.rules;
        let mut end = self.place.silent_since().unwrap_or(now) + *silent;
        if self.read < *bytes {
            end = end.min(self.began + *within);
        }
        whole.map_or(end, |it| end.min(self.began + it))
    }

    fn written(&mut self, attempt: &Poll<io::Result<usize>>) {
        if self.rules.taking_counts && matches!(attempt, Poll::Ready(Ok(1..))) {
            self.place.handle().touch();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        let before = buffer.filled().len();
        let attempt = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.read += (buffer.filled().len() - before) as u64;
        attempt
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        let attempt = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(&attempt);
        attempt
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.written(&attempt);
        attempt
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::places::Places;
    use super::*;

    const RULES: Rules = Rules {
        first: (10, Duration::from_secs(5)),
        silent: Duration::from_secs(60),
        taking_counts: false,
        whole: None,
    };

    async fn pair(rules: Rules) -> (TcpStream, Connection) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        let place = Places::new(1, 1).take(peer.ip()).unwrap();
        (client, Connection::new(stream, peer, place, rules))
    }

    /// After how many seconds reading ends with an error, if nothing comes.
    async fn ends(connection: &mut Connection) -> u64 {
        let (begun, mut byte) = (Instant::now(), [0; 100]);
        let error = loop {
            match connection.read(&mut byte).await {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        begun.elapsed().as_secs()
    }

    async fn send(client: &mut TcpStream, connection: &mut Connection, bytes: &[u8]) {
        client.write_all(bytes).await.unwrap();
        connection.stream.readable().await.unwrap();
        assert_eq!(connection.read(&mut [0; 100]).await.unwrap(), bytes.len());
    }

    #[tokio::test]
    async fn a_connection_without_its_first_bytes_is_closed_soon() {
        let (mut client, mut connection) = pair(RULES).await;
        tokio::time::pause();
        send(&mut client, &mut connection, b"too few").await;
        assert_eq!(ends(&mut connection).await, 5);
    }

    #[tokio::test]
    async fn a_connection_is_closed_when_no_call_was_open_for_a_while() {
        let (mut client, mut connection) = pair(RULES).await;
        tokio::time::pause();
        send(&mut client, &mut connection, b"0123456789").await;
        let call = connection.place.handle().busy();
        assert!(tokio::time::timeout(Duration::from_secs(1000), ends(&mut connection)).await.is_err());
        drop(call);
        // Looked at again after no more than the same time.
        assert!((60..=120).contains(&ends(&mut connection).await));
    }

    #[tokio::test]
    async fn bytes_that_the_client_sends_prolong_nothing_and_those_that_it_takes_may() {
        let rules = Rules { taking_counts: true, whole: Some(Duration::from_secs(200)), ..RULES };
        let (mut client, mut connection) = pair(rules).await;
        tokio::time::pause();
        send(&mut client, &mut connection, b"0123456789").await;
        tokio::time::advance(Duration::from_secs(40)).await;
        send(&mut client, &mut connection, b"x").await;
        connection.write_all(b"x").await.unwrap();
        tokio::time::advance(Duration::from_secs(40)).await;
        send(&mut client, &mut connection, b"x").await;
        assert_eq!(ends(&mut connection).await, 20);

        // Written to for ever: closed in the end.
        let (_client, mut connection) = pair(Rules { taking_counts: true, ..RULES }).await;
        connection.rules =
            Rules { first: (0, Duration::ZERO), whole: Some(Duration::from_secs(200)), ..connection.rules };
        let begun = Instant::now();
        while connection.write_all(b"x").await.is_ok() {
            tokio::time::advance(Duration::from_secs(10)).await;
        }
        assert!((200..=210).contains(&begun.elapsed().as_secs()));
    }

    #[tokio::test]
    async fn a_connection_whose_place_is_needed_is_closed_at_once() {
        let (_client, mut connection) = pair(RULES).await;
        let places = Places::new(1, 1);
        connection.place = places.take(connection.peer.ip()).unwrap();
        let peer = connection.peer.ip();
        let reading = async {
            let error = connection.read(&mut [0]).await.unwrap_err();
            drop(connection);
            error.kind()
        };
        let (made, error) = tokio::join!(places.make_room(peer, super::super::Full::All), reading);
        assert_eq!((made, error), (true, io::ErrorKind::ConnectionAborted));
    }
}
