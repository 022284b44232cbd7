//! Accepts connections on one port, as long as there are places and descriptors.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::connection::{Connection, Rules};
use super::places::{Network, Place, Places};
use super::seldom::Seldom;

/// How long to wait after an error of the system: at first, and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// How long a connection that must close may take to do so. It only has to be scheduled.
const CLOSES_WITHIN: Duration = Duration::from_millis(200);

/// A listener whose connections are limited.
#[derive(Debug)]
pub struct Acceptor {
    listener: TcpListener,
    /// What the port is for, in log lines: `gRPC`.
    port: &'static str,
    places: Arc<Places>,
    rules: Rules,
    back_off: Duration,
    errors: Seldom,
    refused: Seldom,
}

impl Acceptor {
    /// Accepts from this listener, for these places.
    pub fn new(listener: TcpListener, port: &'static str, places: Arc<Places>, rules: Rules) -> Self {
        let (errors, refused) = (Seldom::default(), Seldom::default());
        Self { listener, port, places, rules, back_off: BACK_OFF.0, errors, refused }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The next connection that has a place. Others are closed at once.
    pub async fn accept(&mut self) -> Connection {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    self.back_off = BACK_OFF.0;
                    if let Some(place) = self.place(peer).await {
                        return connection(stream, peer, place, self.rules.clone());
                    }
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if let Some(times) = self.errors.count() {
                        let port = self.port;
                        warn!(port, %error, times, "cannot accept connections");
                    }
                    // The connection stays in the queue, so the next attempt would fail at once.
                    sleep(self.back_off).await;
                    self.back_off = (self.back_off * 2).min(BACK_OFF.1);
                }
            }
        }
    }

    async fn place(&mut self, peer: SocketAddr) -> Option<Place> {
        let full = match self.places.take(peer.ip()) {
            Ok(place) => return Some(place),
            Err(full) => full,
        };
        if let Ok(true) = timeout(CLOSES_WITHIN, self.places.make_room(peer.ip(), full)).await
            && let Ok(place) = self.places.take(peer.ip())
        {
            return Some(place);
        }
        if let Some(connections) = self.refused.count() {
            let (port, network) = (self.port, Network::from(peer.ip()));
            let reason = self.places.reason(full);
            warn!(port, from = %network, connections, reason, "connections refused");
        }
        None
    }
}

fn connection(stream: TcpStream, peer: SocketAddr, place: Place, rules: Rules) -> Connection {
    // Responses are written whole. Without it they are only slower.
    let _ = stream.set_nodelay(true);
    Connection::new(stream, peer, place, rules)
}

/// Whether an error says something about one connection only, which was closed before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    async fn acceptor(most: usize) -> (Acceptor, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let long = Duration::from_secs(60);
        let rules = Rules { first: (0, long), silent: long, taking_counts: false, whole: None };
        (Acceptor::new(listener, "test", Places::new(most, most), rules), address)
    }

    #[tokio::test]
    async fn a_newcomer_takes_the_place_of_a_silent_connection() {
        let (mut acceptor, address) = acceptor(1).await;
        let _silent = TcpStream::connect(address).await.unwrap();
        let mut first = acceptor.accept().await;
        let _newcomer = TcpStream::connect(address).await.unwrap();
        let closing = async {
            assert_eq!(first.read(&mut [0]).await.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
            drop(first);
        };
        let (second, ()) = tokio::join!(acceptor.accept(), closing);
        assert_eq!(acceptor.places.taken(), 1);
        drop(second);
    }

    #[tokio::test]
    async fn a_newcomer_is_closed_when_all_places_are_in_use() {
        let (mut acceptor, address) = acceptor(1).await;
        let _client = TcpStream::connect(address).await.unwrap();
        let first = acceptor.accept().await;
        let call = first.origin().place.busy();
        let mut newcomer = TcpStream::connect(address).await.unwrap();
        let closed = async { newcomer.read(&mut [0]).await };
        tokio::select! {
            _ = acceptor.accept() => panic!("there is no place"),
            closed = closed => assert!(matches!(closed, Ok(0) | Err(_))),
        }
        drop((call, first));
        let _last = TcpStream::connect(address).await.unwrap();
        acceptor.accept().await;
    }
}
