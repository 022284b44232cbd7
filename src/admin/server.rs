//! The HTTP server: bound first, run later, drained with the daemon.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::serve::IncomingStream;
use tokio::net::TcpListener;

use super::connections::Connections;
use super::pages::Pages;
use crate::cache::Cache;
use crate::delivery::Book;
use crate::lifecycle::Drain;
use crate::net::Origin;

/// A bound server that does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    pages: Pages,
    drain: Drain,
    max_connections: usize,
}

impl Server {
    /// Binds the address, for at most so many connections. A taken port fails here, before anything else runs.
    ///
    /// # Errors
    /// When the address cannot be bound, or the system gives no more threads.
    pub async fn bind(
        address: SocketAddr,
        cache: Arc<Cache>,
        book: Arc<Mutex<Book>>,
        drain: Drain,
        max_connections: usize,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let pages = Pages::new(cache, book, drain.clone())?;
        Ok(Self { listener, address, pages, drain, max_connections })
    }

    /// The bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until drained; requests that are under way are answered.
    ///
    /// # Errors
    /// Never, as it is: what fails is a connection.
    pub async fn run(self) -> io::Result<()> {
        let Self { listener, pages, drain, max_connections, .. } = self;
        let router = Router::new().fallback(answer).with_state(Arc::new(pages));
        let router = router.into_make_service_with_connect_info::<Client>();
        let drained = async move { drain.signalled().await };
        axum::serve(Connections::of(listener, max_connections), router).with_graceful_shutdown(drained).await
    }
}

/// Who asks.
#[derive(Debug, Clone)]
struct Client(Origin);

impl Connected<IncomingStream<'_, Connections>> for Client {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        Self(stream.io().origin())
    }
}

async fn answer(
    State(pages): State<Arc<Pages>>,
    ConnectInfo(Client(origin)): ConnectInfo<Client>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let _busy = origin.place.busy();
    pages.answer(origin.peer, &method, &uri, &headers).await
}
