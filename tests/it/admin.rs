//! The admin address as strangers see it: names, methods, sizes, slowness.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chancery::admin::Server;
use chancery::cache::{Cache, Standing, Views};
use chancery::compile::{Document, Settings, compile};
use chancery::delivery::{Book, Ending, Notice};
use chancery::envoy::http;
use chancery::lifecycle::{DrainTrigger, drain};
use chancery::resource::Node;
use chancery::snapshot::{Claim, Generation};
use chancery::spec::RawFile;
use serde_json::{Value, json};
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

const COMMANDS: [&str; 4] = ["/rollout/pause", "/rollout/resume", "/rollout/promote", "/rollout/abort"];
const OWN: (&str, &str) = ("x-chancery", "1");

fn document(cluster: &str) -> Arc<Document> {
    let yaml = format!("spec:\n  clusters:\n  - {{name: {cluster}, endpoints: [\"127.0.0.1:80\"]}}\n");
    let compiled = compile(&RawFile::new("a.yaml", yaml.as_bytes()), &Settings::default());
    Arc::new(compiled.documents.into_iter().next().unwrap())
}

impl Admin {
    /// Two nodes, generation 1 in service and generation 2 on trial at the first of them.
    async fn on_trial() -> (Self, Vec<Views>) {
        let admin = Self::start().await;
        admin.cache.publish(Arc::new(Generation::new(1, vec![document("a")], None)));
        let mut views = Vec::new();
        for id in ["edge-1", "edge-2"] {
            let node = Arc::new(Node { id: id.to_owned(), cluster: "web".to_owned(), ..Node::default() });
            let mut watch = admin.cache.watch(&node, &Claim::Nothing);
            accept(&mut watch).await;
            views.push(watch);
        }
        let second = Generation::new(2, vec![document("b")], None);
        admin.book.lock().unwrap().published(2, second.version, 1);
        admin.cache.publish(Arc::new(second));
        (admin, views)
    }

    async fn json(&self, path: &str) -> Value {
        let page = http::get(self.address, path, &[]).await.unwrap();
        assert_eq!(page.status, 200, "{page:?}");
        serde_json::from_str(&page.body).unwrap()
    }
}

/// The stream takes in whatever it is shown.
async fn accept(views: &mut Views) {
    let step = views.next().await.step;
    views.report(Standing { step, settled: [true; 2], asks_for_routes: true, ..Standing::default() });
}

#[tokio::test]
async fn rollout_and_nodes_say_where_everyone_is() {
    let (admin, mut views) = Admin::on_trial().await;
    let page = admin.json("/rollout").await;
    let expected = json!({"generation": 2, "since": page["trial"]["since"], "paused": false, "lost": 0, "accepted": 0, "waiting": 1,
        "silent": 0, "canaries": [{"node": "edge-1", "state": "waiting"}]});
    assert_eq!((&page["trial"], &page["good"], &page["latest"]), (&expected, &1.into(), &2.into()));
    assert_eq!(page["verdicts"][0]["verdict"], "trial");
    assert_eq!(admin.json("/rollout?since=3").await["verdicts"], json!([]));
    let nodes = admin.json("/nodes").await;
    let told = |at: usize| {
        [&nodes["nodes"][at]["id"], &nodes["nodes"][at]["has"], &nodes["nodes"][at]["goal"]].map(Value::to_string)
    };
    assert_eq!([told(0), told(1)], [["\"edge-1\"", "1", "2"], ["\"edge-2\"", "1", "1"]]);
    let lacking = admin.json("/nodes?lacking=2&nodes=id%3Dedge-2+cluster%3Dw*").await;
    assert_eq!(
        (&lacking["have"], &lacking["lacking"], &lacking["nodes"][0]["id"]),
        (&0.into(), &1.into(), &"edge-2".into())
    );
    for (path, status) in
        [("/nodes?nodes=edge", 400), ("/nodes?x=y", 400), ("/rollout?since=x", 400), ("/nodes?nodes=%zz", 400)]
    {
        assert_eq!(admin.status(path, &[]).await, status, "{path}");
    }
    accept(&mut views[0]).await;
    admin
        .book
        .lock()
        .unwrap()
        .tell(&Notice::Ended { generation: 2, ending: Ending::Promoted { accepted: 1, silent: 0 } }, 9);
    let page = admin.json("/rollout").await;
    assert_eq!(
        (&page["trial"], &page["good"], &page["verdicts"][0]["verdict"]),
        (&Value::Null, &2.into(), &"good".into())
    );
    assert_eq!(page["nodes"], json!({"connected": 2, "on_their_way": 1, "refusing": 0}));
}

#[tokio::test]
async fn commands_act_on_what_is_on_trial_and_conflict_when_nothing_is() {
    let (admin, _views) = Admin::on_trial().await;
    let post = async |path: &str| http::post(admin.address, path, &[OWN]).await.unwrap();
    assert_eq!(post("/rollout/pause").await.body, "{\"format\":1,\"generation\":2,\"did\":\"pause\"}\n");
    assert_eq!(admin.json("/rollout").await["trial"]["paused"], true);
    assert_eq!(post("/rollout/resume").await.status, 200);
    assert_eq!(admin.json("/rollout").await["trial"]["paused"], false);
    assert_eq!(post("/rollout/promote").await.status, 200);
    assert_eq!(admin.json("/rollout").await["good"], 2);
    for path in COMMANDS {
        let answer = post(path).await;
        assert!(answer.status == 409 && answer.body.contains("no generation is being rolled out"), "{answer:?}");
    }
    admin.cache.publish(Arc::new(Generation::new(3, vec![document("c")], None)));
    assert_eq!(post("/rollout/abort").await.status, 200);
    assert_eq!(
        (&admin.json("/rollout").await["good"], &admin.json("/rollout").await["trial"]),
        (&2.into(), &Value::Null)
    );
}

#[tokio::test]
async fn no_browser_and_no_stranger_changes_anything() {
    let (admin, _views) = Admin::on_trial().await;
    for path in COMMANDS {
        for headers in [
            &[][..],
            &[OWN, ("Origin", "http://evil.example")],
            &[OWN, ("Origin", "null")],
            &[OWN, ("Sec-Fetch-Site", "same-origin")],
            &[OWN, ("Host", "evil.example")],
            &[("x-chancery", "yes")],
        ] {
            assert_eq!(http::post(admin.address, path, headers).await.unwrap().status, 403, "{path} {headers:?}");
        }
        // The only preflight that a browser would send.
        for method in ["GET", "HEAD", "OPTIONS", "PUT"] {
            let request =
                format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nx-chancery: 1\r\nConnection: close\r\n\r\n");
            let answer = admin.raw(request.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 405"), "{method} {path}: {answer}");
            assert!(answer.to_ascii_lowercase().contains("\r\nallow: post\r\n"), "{method} {path}: {answer}");
        }
    }
    let page = admin.json("/rollout").await;
    assert_eq!(
        (&page["trial"]["generation"], &page["trial"]["paused"]),
        (&2.into(), &false.into()),
        "nothing happened"
    );
    assert_eq!(http::post(admin.address, "/rollout", &[OWN]).await.unwrap().status, 405);
    assert_eq!(http::post(admin.address, "/nope", &[OWN]).await.unwrap().status, 404);
    let index = http::get(admin.address, "/", &[]).await.unwrap().body;
    assert!(COMMANDS.iter().chain(&["/nodes", "/rollout "]).all(|it| index.contains(it)), "{index}");
}
