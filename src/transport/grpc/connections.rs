//! The connections of the gRPC port, as tonic's server takes them.
//!
//! A connection must begin as HTTP/2 does within seconds, and is closed when no stream was open on it for a while. One
//! with an open stream lasts as long as its peer answers pings.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::net::TcpListener;
use tonic::transport::server::Connected;

use super::server::Options;
use crate::net::{Acceptor, Connection, Origin, Places, Rules};

/// The client's preface of HTTP/2 and the head of its SETTINGS frame, in bytes.
const PREFACE: u64 = 24 + 9;

type Accepting = Pin<Box<dyn Future<Output = (Acceptor, Connection)> + Send>>;

/// Connections as they come.
pub(super) struct Incoming(Accepting);

impl Incoming {
    pub(super) fn new(listener: TcpListener, options: &Options) -> Self {
        let places = Places::new(options.max_connections, options.connections_per_address());
        let rules =
            Rules { first: (PREFACE, options.handshake), silent: options.idle, taking_counts: false, whole: None };
        Self(accepting(Acceptor::new(listener, "gRPC", places, rules)))
    }
}

fn accepting(mut acceptor: Acceptor) -> Accepting {
    Box::pin(async move {
        let connection = acceptor.accept().await;
        (acceptor, connection)
    })
}

impl Stream for Incoming {
    type Item = Result<Connection, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll(cx).map(|(acceptor, connection)| {
            self.0 = accepting(acceptor);
            Some(Ok(connection))
        })
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").finish_non_exhaustive()
    }
}

impl Connected for Connection {
    type ConnectInfo = Origin;

    fn connect_info(&self) -> Origin {
        self.origin()
    }
}
