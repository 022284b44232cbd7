//! The limits of connections to the admin pages: none is silent for long, none lasts for ever, and a newcomer takes the
//! place of the one that has been silent for longest, so that slow clients cannot keep a probe of `/ready` waiting.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::net::{Acceptor, Connection, Places, Rules};

/// How long a client may take to send its request, and how long it may take no byte of the answer.
const SILENT: Duration = Duration::from_secs(10);
/// How long a connection may last, however busy it is.
const WHOLE: Duration = Duration::from_secs(120);

/// A listener whose connections are limited.
#[derive(Debug)]
pub(super) struct Connections(Acceptor);

impl Connections {
    /// At most so many.
    pub(super) fn of(listener: TcpListener, most: usize) -> Self {
        let rules = Rules { first: (0, SILENT), silent: SILENT, taking_counts: true, whole: Some(WHOLE) };
        Self(Acceptor::new(listener, "admin", Places::new(most, most), rules))
    }
}

impl axum::serve::Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let connection = self.0.accept().await;
        let peer = connection.origin().peer;
        (connection, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
