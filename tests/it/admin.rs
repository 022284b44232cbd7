//! The admin address as strangers see it: names, methods, sizes, slowness.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chancery::admin::Server;
use chancery::cache::Cache;
use chancery::delivery::Book;
use chancery::envoy::http;
use chancery::lifecycle::{DrainTrigger, drain};
use chancery::snapshot::Generation;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A running server with nothing published yet.
struct Admin {
    address: SocketAddr,
    cache: Arc<Cache>,
    book: Arc<Mutex<Book>>,
    trigger: DrainTrigger,
    running: JoinSet<std::io::Result<()>>,
}

impl Admin {
    async fn start() -> Self {
        let cache = Arc::new(Cache::default());
        let book = Arc::new(Mutex::new(Book::default()));
        let (trigger, drain) = drain();
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), cache.clone(), book.clone(), drain).await.unwrap();
        let address = server.address();
        let mut running = JoinSet::new();
        running.spawn(server.run());
        Self { address, cache, book, trigger, running }
    }

    async fn status(&self, path: &str, headers: &[(&str, &str)]) -> u16 {
        http::get(self.address, path, headers).await.unwrap().status
    }

    /// The whole answer to some bytes, up to the end of the connection.
    async fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // It may be refused before all of it is sent.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[tokio::test]
async fn pages() {
    let admin = Admin::start().await;
    for (path, status) in [("/", 200), ("/ready", 503), ("/generation", 503), ("/nope", 404), ("/generation/x", 404)] {
        assert_eq!(admin.status(path, &[]).await, status, "{path}");
    }
    admin.cache.publish(Arc::new(Generation::new(7, Vec::new(), None)));
    assert_eq!(admin.status("/ready", &[]).await, 200);
    let page = http::get(admin.address, "/generation", &[]).await.unwrap();
    assert!(page.body.starts_with("{\"format\":1,\"number\":7,"), "{page:?}");
    assert_eq!(page.header("content-type"), Some("application/json"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.headers.iter().all(|(name, _)| !name.starts_with("access-control")), "{page:?}");
    // The same bytes again, and the next generation's once there is one.
    assert_eq!(http::get(admin.address, "/generation", &[]).await.unwrap().body, page.body);
    admin.cache.publish(Arc::new(Generation::new(8, Vec::new(), None)));
    assert!(http::get(admin.address, "/generation", &[]).await.unwrap().body.contains("\"number\":8"));
}

#[tokio::test]
async fn only_addresses_are_names() {
    let admin = Admin::start().await;
    let port = admin.address.port();
    for host in [format!("localhost:{port}"), "127.0.0.1".to_owned(), "[::1]:80".to_owned()] {
        assert_eq!(admin.status("/", &[("Host", &host)]).await, 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", ""] {
        assert_eq!(admin.status("/", &[("Host", host)]).await, 403, "{host}");
    }
    let close = "Connection: close\r\n\r\n";
    for request in [
        format!("GET / HTTP/1.0\r\n{close}"),
        format!("GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{close}"),
        format!("GET / HTTP/1.1\r\nHost: \u{e9}vil\r\n{close}"),
    ] {
        let answer = admin.raw(request.as_bytes()).await;
        assert!(answer.contains(" 403 ") || answer.contains(" 400 "), "{request}: {answer}");
    }
}

#[tokio::test]
async fn nothing_but_get_and_head() {
    let admin = Admin::start().await;
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "NONSENSE"] {
        let request = format!(
            "{method} /generation HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let answer = admin.raw(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 405"), "{method}: {answer}");
        assert!(answer.to_ascii_lowercase().contains("\r\nallow: get, head\r\n"), "{method}: {answer}");
    }
    let head = admin.raw(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test]
async fn giants_are_refused_and_it_goes_on() {
    let admin = Admin::start().await;
    let giant = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(2 << 20));
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(1000));
    let path = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(2 << 20));
    for request in [giant, many, path, "\0\u{1}garbage\r\n\r\n".to_owned()] {
        let answer = admin.raw(request.as_bytes()).await;
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    assert_eq!(admin.status("/", &[]).await, 200);
}

/// Whoever has begun a request and says no more holds up nobody, and not the end either.
#[tokio::test]
async fn it_drains() {
    let mut admin = Admin::start().await;
    let mut idle = TcpStream::connect(admin.address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut some = [0; 16];
    idle.read_exact(&mut some).await.unwrap();
    admin.trigger.start();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), admin.running.join_next()).await;
    ended.expect("it does not drain").unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(admin.address).await.is_err());
}
