//! Upstreams: they answer who they are and what they were asked, as the seeds' echo servers do. The header [`HOLD`]
//! makes them slow.
//!
//! Tasks belong to the upstream and end with it.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

/// A request header: for so many milliseconds the answer is held back.
pub(super) const HOLD: &str = "x-hold-ms";

/// A running upstream.
pub(super) struct Upstream {
    port: u16,
    seen: Arc<Mutex<Option<Seen>>>,
    _tasks: JoinSet<()>,
}

/// One request, as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// The request line and the headers.
    pub(super) head: String,
    /// The server name that the client asked for in its TLS greeting.
    pub(super) sni: Option<String>,
}

impl Seen {
    /// The first header of that name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().skip(1).filter_map(|it| it.split_once(": "));
        pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Upstream {
    /// An upstream that speaks plain HTTP/1.1 and answers by that name.
    pub(super) async fn plain(name: &str) -> Self {
        Self::start(name, None).await
    }

    /// An upstream that speaks TLS with a certificate for `host`, which nobody vouches for.
    pub(super) async fn tls(name: &str, host: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        Self::start(name, Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn start(name: &str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, name.to_owned(), tls, Arc::clone(&seen)));
        Self { port, seen, _tasks: tasks }
    }

    /// Where it listens on 127.0.0.1.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The latest request.
    pub(super) fn last_seen(&self) -> Option<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn accept(listener: TcpListener, name: String, tls: Option<TlsAcceptor>, seen: Arc<Mutex<Option<Seen>>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        // Those that ended are let go here, so that a long test does not collect them.
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(stream, name.clone(), tls.clone(), Arc::clone(&seen)));
    }
}

async fn connection(stream: TcpStream, name: String, tls: Option<TlsAcceptor>, seen: Arc<Mutex<Option<Seen>>>) {
    let Some(tls) = tls else { return echo(stream, &name, None, &seen).await };
    if let Ok(stream) = tls.accept(stream).await {
        let sni = stream.get_ref().1.server_name().map(str::to_owned);
        echo(stream, &name, sni, &seen).await;
    }
}

/// Answers requests without bodies until the client has no more.
async fn echo(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    name: &str,
    sni: Option<String>,
    seen: &Mutex<Option<Seen>>,
) {
    let mut read = Vec::new();
    while stream.read_buf(&mut read).await.is_ok_and(|it| it > 0) {
        while let Some(end) = read.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).replace("\r\n", "\n");
            read.drain(..end + 4);
            let last = head.to_ascii_lowercase().contains("\nconnection: close");
            let body = format!("Request served by {name}\n\n{head}\n");
            let request = Seen { head, sni: sni.clone() };
            let hold = request.header(HOLD).and_then(|it| it.parse().ok()).map(Duration::from_millis);
            *seen.lock().unwrap() = Some(request);
            if let Some(hold) = hold {
                sleep(hold).await;
            }
            let length = body.len();
            let answer =
                format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}");
            if stream.write_all(answer.as_bytes()).await.is_err() || last {
                return;
            }
        }
    }
}
