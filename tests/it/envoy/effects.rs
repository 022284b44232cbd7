//! What `plan` says of effects is what a real Envoy does: filter chains in place, listeners as a whole, clusters renewed.

use chancery::envoy::{Admin, Mode, http};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::bench::{Bench, SOON, eventually, free_port, local};
use super::daemon::{Chancery, Serve};
use super::settled::nothing_warms;

/// A chain for clients of one source address that answers with a text.
fn chain(name: &str, source: &str, answer: &str) -> String {
    let api = "type.googleapis.com/envoy.extensions.filters";
    format!(
        "  - name: {name}
    filter_chain_match: {{source_prefix_ranges: [{{address_prefix: {source}, prefix_len: 32}}]}}
    filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        \"@type\": {api}.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: {name}
        route_config: {{name: {name}, virtual_hosts: [{{name: all, domains: [\"*\"], routes: [
          {{match: {{prefix: /}}, direct_response: {{status: 200, body: {{inline_string: {answer}}}}}}}]}}]}}
        http_filters: [{{name: router, typed_config: {{\"@type\": {api}.http.router.v3.Router}}}}]\n"
    )
}

fn listener(port: u16, chains: &str, more: &str) -> String {
    format!(
        "resources:\n- \"@type\": type.googleapis.com/envoy.config.listener.v3.Listener\n  name: l\n  address: \
         {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}\n{more}  filter_chains:\n{chains}"
    )
}

/// The answer to one request on a connection that stays open.
async fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\none") && !answer.ends_with(b"\ntwo") {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "{}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8_lossy(&answer).into_owned()
}

async fn until(admin: &Admin, stat: &str, least: u64) {
    let what = format!("{stat} of {least}");
    let filter = format!("^{}$", stat.replace('.', "\\."));
    admin.wait_for_stats(&filter, &what, SOON, |it| it.count(stat) >= least).await.unwrap();
    nothing_warms(admin).await.unwrap();
}

#[tokio::test]
async fn chains_change_in_place_and_all_else_is_another_listener() {
    let Some(bench) = Bench::open().await else { return };
    let port = free_port();
    let (one, two, other) =
        (chain("one", "127.0.0.1", "one"), chain("two", "127.0.0.2", "two"), chain("two", "127.0.0.2", "other"));
    bench.write("config/l.yaml", &listener(port, &format!("{one}{two}"), ""));
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let envoy = bench.follower("edge-1", Mode::DeltaAds, chancery.port()).await;
    let answers = async || http::get(local(port), "/", &[]).await.ok().filter(|it| it.status == 200);
    eventually("the listener", answers).await;
    let mut first = TcpStream::connect(local(port)).await.unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut second = socket.connect(local(port)).await.unwrap();
    assert!(ask(&mut first).await.ends_with("one") && ask(&mut second).await.ends_with("two"));

    // Chain `two` changes: it alone drains, and the connection on the other is not even told.
    bench.write("config/l.yaml", &listener(port, &format!("{one}{other}"), ""));
    until(envoy.admin(), "listener_manager.listener_in_place_updated", 1).await;
    until(envoy.admin(), "listener_manager.total_filter_chains_draining", 1).await;
    let stats = envoy.admin().stats("^listener_manager").await.unwrap();
    assert_eq!(stats.count("listener_manager.total_listeners_draining"), 0);
    assert!(!ask(&mut first).await.to_ascii_lowercase().contains("connection: close"));

    // Anything else: the old listener drains as a whole.
    bench.write("config/l.yaml", &listener(port, &format!("{one}{other}"), "  stat_prefix: x\n"));
    until(envoy.admin(), "listener_manager.total_listeners_draining", 1).await;

    // And this is refused.
    bench.write(
        "config/l.yaml",
        &listener(port, &format!("{one}{other}"), "  stat_prefix: x\n  enable_reuse_port: false\n"),
    );
    until(envoy.admin(), "listener_manager.lds.update_rejected", 1).await;
}

/// The next request that an upstream gets, unanswered.
async fn request(upstream: &TcpListener) -> TcpStream {
    let (mut stream, _) = tokio::time::timeout(SOON, upstream.accept()).await.expect("no request").unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(stream.read_buf(&mut head).await.unwrap() > 0);
    }
    stream
}

#[tokio::test]
async fn a_changed_cluster_finishes_requests_and_takes_new_connections() {
    let Some(bench) = Bench::open().await else { return };
    let (port, upstream) = (free_port(), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let document = |timeout: &str, route: &str, cluster: bool| {
        let listeners = format!(
            "  listeners:\n  - {{name: http, address: 127.0.0.1, port: {port}, routes: [{{name: all, prefix: /, {route}}}]}}\n"
        );
        let address = upstream.local_addr().unwrap();
        let cluster = if cluster {
            format!(
                "  clusters:\n  - {{name: web, endpoints: [\"{address}\"], envoy: {{connect_timeout: {timeout}}}}}\n"
            )
        } else {
            String::new()
        };
        format!("spec:\n{listeners}{cluster}")
    };
    let to_web = "clusters: [web]";
    bench.write("config/web.yaml", &document("1s", to_web, true));
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let envoy = bench.follower("edge-1", Mode::DeltaAds, chancery.port()).await;
    eventually("the listener", async || TcpStream::connect(local(port)).await.ok()).await;
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    for (next, stat) in [
        (document("2s", to_web, true), "cluster_manager.cluster_modified"),
        (document("2s", "direct_response: {status: 404}", false), "cluster_manager.cluster_removed"),
    ] {
        let edit = async {
            // A connection of its own each time: the old cluster's are not used any more.
            let mut under_way = request(&upstream).await;
            let before = envoy.admin().stats(&format!("^{stat}$")).await.unwrap().count(stat);
            bench.write("config/web.yaml", &next);
            until(envoy.admin(), stat, before + 1).await;
            under_way.write_all(ok).await.unwrap();
            under_way
        };
        let (answer, _open) = tokio::join!(http::get(local(port), "/", &[]), edit);
        assert_eq!(answer.unwrap().body, "ok", "{stat}");
    }
}
