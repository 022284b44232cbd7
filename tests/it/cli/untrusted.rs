//! Hostile text at every entrance: names and words of clients, names of files, the content of documents. Whatever comes of
//! it on a log, a page or a terminal has no control character and no mark of direction in it, and forges no line.

use std::net::SocketAddr;
use std::process::Stdio;

use chancery::envoy::http;
use envoy_types::pb::envoy::config::core::v3::{Locality, Node};
use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient;
use envoy_types::pb::envoy::service::discovery::v3::{DeltaDiscoveryRequest, DiscoveryRequest};
use envoy_types::pb::google::protobuf::{Struct, Value as ProtoValue, value::Kind};
use envoy_types::pb::google::rpc::Status as RpcStatus;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::Endpoint;

use super::world::{World, cluster};
use crate::grpc::world::{CDS, Client, LONG};

/// What a terminal obeys, and what turns text around.
const HOSTILE: &str = "x\nforged ERROR line\r\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}1m\u{7f}\u{85}\u{202e}\u{202a}\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}\u{200b}\u{200d}\u{2028}\u{2029}\u{feff}y";

/// The same as the inside of a YAML string.
fn quoted() -> String {
    let text: String = HOSTILE
        .chars()
        .map(|it| if it.is_ascii_graphic() || it == ' ' { it.to_string() } else { format!("\\u{:04x}", u32::from(it)) })
        .collect();
    format!("\"{text}\"")
}

fn is_hostile(char: char) -> bool {
    let marks =
        ['\u{61c}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{feff}'];
    char != '\n' && char.is_control()
        || marks.contains(&char)
        || ('\u{202a}'..='\u{202e}').contains(&char)
        || ('\u{2066}'..='\u{2069}').contains(&char)
}

#[track_caller]
fn assert_clean(what: &str, text: &str) {
    if let Some(bad) = text.chars().find(|it| is_hostile(*it)) {
        let line = text.lines().find(|it| it.contains(bad)).unwrap_or(text);
        panic!("{what}: {bad:?} in {line:?}");
    }
    assert!(!text.lines().any(|it| it.starts_with("forged")), "{what}: a forged line:\n{text}");
}

/// A daemon whose log is kept as it is, and read all the time: it must not wait for us.
struct Logged {
    _child: Child,
    _reader: JoinSet<()>,
    lines: mpsc::UnboundedReceiver<String>,
    log: String,
}

impl Logged {
    fn start(world: &World, line: &str) -> Self {
        let mut child = world.command(line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, lines) = mpsc::unbounded_channel();
        let mut reader = JoinSet::new();
        reader.spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                let _ = sender.send(line);
            }
        });
        Self { _child: child, _reader: reader, lines, log: String::new() }
    }

    /// Reads up to a line with this text.
    async fn said(&mut self, text: &str) -> String {
        loop {
            let line = timeout(LONG, self.lines.recv()).await.unwrap_or_else(|_| panic!("{text}: {}", self.log));
            let line = line.unwrap_or_else(|| panic!("ended before {text}: {}", self.log));
            self.log.push_str(&line);
            self.log.push('\n');
            if line.contains(text) {
                return line;
            }
        }
    }

    async fn address(&mut self, what: &str) -> SocketAddr {
        let line = self.said(what).await;
        let at = line.find("127.0.0.1:").unwrap();
        let end = line[at..].find(['"', ' ', '}']).map_or(line.len(), |it| at + it);
        line[at..end].parse().unwrap()
    }
}

/// Documents with a fault each, that say hostile things.
fn bad_documents() -> Vec<String> {
    let text = quoted();
    let any = "\"@type\": type.googleapis.com/envoy.config";
    let raw = HOSTILE.replace('\n', " ");
    vec![
        format!("spec:\n  clusters:\n  - {{name: a, {text}: 1}}\n"),
        format!("spec:\n  clusters:\n  - {{name: a, endpoints: [{text}]}}\n"),
        format!("spec:\n  clusters:\n  - {{name: a, connect_timeout: {text}, endpoints: ['127.0.0.1:80']}}\n"),
        format!("spec:\n  listeners:\n  - {{name: {text}, port: 1, routes: [{{prefix: /, cluster: {text}}}]}}\n"),
        format!("{text}: 1\n"),
        format!("spec: {{{text}: 1}}\n"),
        format!("nodes: [{{{text}: {text}}}]\nspec: {{}}\n"),
        format!("lints: {{{text}: allow}}\nspec: {{}}\n"),
        format!("rollout: {{{text}: {text}}}\nspec: {{}}\n"),
        format!("resources:\n- \"@type\": {text}\n"),
        format!("resources:\n- {any}.cluster.v3.Cluster\n  name: {text}\n  type: {text}\n"),
        format!("resources:\n- {any}.cluster.v3.Cluster\n  name: {text}\n  name: {text}\n"),
        format!("resources:\n- {any}.cluster.v3.Cluster\n  name: {text}\n- {any}.cluster.v3.Cluster\n  name: {text}\n"),
        format!(
            "resources:\n- {any}.route.v3.RouteConfiguration\n  name: r\n  virtual_hosts: [{{name: {text}, domains: [{text}, {text}]}}]\n"
        ),
        format!("spec:\n  clusters:\n  - {{name: \"{raw}\", endpoints: ['x']}}\n"),
        format!("spec:\n  clusters: # {raw}\n  - {{nam: a}} # {raw}\n"),
        format!("a: &{raw} b\n"),
        format!(
            "# {}\nspec: {{clusters: [{{nam: \"\u{202e}\u{2066}\u{200b}\u{200e}\u{61c}\"}}]}}\n",
            HOSTILE.replace(|it: char| it.is_control(), "")
        ),
    ]
}

/// A good document in which all that is free is hostile.
fn good_document(port: u16) -> String {
    let text = quoted();
    format!(
        "version: {text}\nlints: {{CH3601: allow}}\nresources:\n- \"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster\n  name: {text}\n  \
         type: STATIC\n  load_assignment: {{cluster_name: {text}, endpoints: [{{lb_endpoints: [{{endpoint: {{address: \
         {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}}}}}]}}]}}\n  metadata: {{filter_metadata: {{{text}: {{{text}: \
         {text}}}}}}}\n"
    )
}

fn node() -> Option<Node> {
    let text = || HOSTILE.to_owned();
    let metadata = Struct { fields: [(text(), ProtoValue { kind: Some(Kind::StringValue(text())) })].into() };
    Some(Node {
        id: text(),
        cluster: text(),
        metadata: Some(metadata),
        locality: Some(Locality { region: text(), zone: text(), sub_zone: text() }),
        user_agent_name: text(),
        ..Node::default()
    })
}

fn nack(type_url: &str, nonce: &str) -> DiscoveryRequest {
    DiscoveryRequest {
        type_url: type_url.to_owned(),
        response_nonce: nonce.to_owned(),
        version_info: HOSTILE.to_owned(),
        error_detail: Some(RpcStatus { code: 13, message: format!("{HOSTILE}: {HOSTILE}"), ..RpcStatus::default() }),
        ..DiscoveryRequest::default()
    }
}

/// Says hostile things in each field of each kind of request; returns the stream on which clusters came and were refused.
async fn talk_to(address: SocketAddr) -> Client {
    let channel = || async { Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap() };
    let text = || HOSTILE.to_owned();
    let mut first = Client::ads(channel().await).await;
    first.send(DiscoveryRequest { node: node(), type_url: CDS.to_owned(), ..DiscoveryRequest::default() });
    first.send(DiscoveryRequest {
        node: node(),
        type_url: format!("type.googleapis.com/{HOSTILE}"),
        resource_names: vec![text(), text()],
        version_info: text(),
        response_nonce: text(),
        ..DiscoveryRequest::default()
    });
    let response = first.next().await.unwrap().unwrap();
    first.send(nack(CDS, &response.nonce));

    let second = Client::ads(channel().await).await;
    second.send(DiscoveryRequest { type_url: text(), ..DiscoveryRequest::default() });
    let mut second = second;
    let _ = second.end().await;

    let (requests, receiver) = mpsc::unbounded_channel();
    let mut delta = AggregatedDiscoveryServiceClient::new(channel().await);
    for (names, kind) in [(vec![], CDS.to_owned()), (vec![text()], CDS.to_owned()), (vec![text()], text())] {
        let request = DeltaDiscoveryRequest {
            node: node(),
            type_url: kind,
            resource_names_subscribe: names,
            resource_names_unsubscribe: vec![text()],
            initial_resource_versions: [(text(), text())].into(),
            response_nonce: text(),
            ..DeltaDiscoveryRequest::default()
        };
        requests.send(request).unwrap();
    }
    drop(requests);
    if let Ok(stream) = delta.delta_aggregated_resources(UnboundedReceiverStream::new(receiver)).await {
        let mut stream = stream.into_inner();
        while let Ok(Ok(Some(_))) = timeout(LONG, stream.message()).await {}
    }
    first
}

/// The daemon at its most talkative, with hostile files, documents and clients.
async fn sweep(form: &str, level: &str) {
    let world = World::new();
    let name = |it: usize| format!("config/{it}{}.yaml", HOSTILE.replace('/', ""));
    world.write("config/a.yaml", good_document(80));
    let line = format!(
        "serve config --listen 127.0.0.1:0 --quiet-ms 20 --poll-ms 200 --bake 1h --state-dir state --log {form} --log-level {level}"
    );
    let mut daemon = Logged::start(&world, &line);
    let admin = daemon.address("admin pages").await;
    let address = daemon.address("listening").await;
    daemon.said("generation published").await;
    let mut client = talk_to(address).await;
    daemon.said("CH5004").await;
    // Accepted, so that there can be a canary, which refuses the next one.
    for (at, document) in bad_documents().iter().enumerate() {
        world.write(&name(at), document);
    }
    world.write(&name(99), cluster("other"));
    world.write("config/foreign.yaml", format!("{}: 1\nservices: {{}}\n", quoted()));
    daemon.said("the last good version stays in service").await;
    daemon.said("generation published").await;
    if let Ok(Some(response)) = client.next().await {
        client.send(nack(CDS, &response.nonce));
        daemon.said("does not accept").await;
    }
    let commands = [
        "rollout --admin A",
        "rollout --format json --admin A",
        "wait --timeout 500ms --admin A",
        "wait --timeout 500ms --nodes id=* --generation 9 --admin A",
        "plan good.yaml --admin A",
        "plan good.yaml --admin A --full",
        "plan good.yaml --admin A --json",
        "history --state-dir state",
        "history --state-dir state --format json",
        "history show 1 --state-dir state",
        "history show 1 --state-dir state --format json",
        "history show 2 --state-dir state",
        "plan good.yaml --against 1 --state-dir state",
    ];
    world.write("good.yaml", good_document(81));
    for line in commands {
        let ended = world.run(&line.replace("--admin A", &format!("--admin {admin}"))).await;
        assert_clean(&format!("stdout of {line}"), &ended.out);
        assert_clean(&format!("stderr of {line}"), &ended.err);
        assert!(!ended.err.contains("panicked"), "{line}: {ended:?}");
    }
    for path in
        ["/", "/ready", "/generation", "/rollout", "/nodes", "/nodes?most=%1b%e2%80%ae", "/rollout?since=%1b", "/%1b"]
    {
        let answer = http::get(admin, path, &[]).await.unwrap();
        assert_clean(path, &answer.body);
    }
    let known = http::get(admin, "/generation", &[]).await.unwrap().body;
    let known: serde_json::Value = serde_json::from_str(&known).unwrap();
    assert!(known.to_string().contains('\u{202e}'), "JSON says what the documents say: {known}");
    drop(client);
    daemon.said("disconnected").await;
    assert_clean("the log", &daemon.log);
    for it in daemon.log.lines() {
        match form {
            "json" => assert!(serde_json::from_str::<serde_json::Value>(it).unwrap().is_object(), "{it}"),
            _ => assert!(it.starts_with("20"), "no time: {it}"),
        }
        assert!(it.chars().count() < 64 << 10, "{} characters: {it}", it.len());
    }
    assert!(daemon.log.contains("\\u{202e}"), "{}", daemon.log);
}

#[tokio::test]
async fn of_a_daemon_that_logs_text() {
    sweep("text", "info,chancery=trace").await;
}

#[tokio::test]
async fn of_a_daemon_that_logs_json() {
    sweep("json", "info,chancery=trace").await;
}

#[tokio::test]
async fn of_a_daemon_whose_libraries_talk_too() {
    sweep("text", "debug,h2=trace,chancery=trace").await;
}

#[tokio::test]
async fn of_commands_on_documents() {
    let world = World::new();
    let mut documents = bad_documents();
    documents.push(good_document(80));
    let mut shown = 0;
    for (at, document) in documents.iter().enumerate() {
        let name = format!("{at}{}.yaml", HOSTILE.replace('/', ""));
        world.write(&name, document);
        for arguments in [
            &["check"][..],
            &["check", "--format", "json"],
            &["check", "--format", "sarif"],
            &["check", "--format", "github"],
            &["render"],
            &["render", "--origin"],
            &["render", "--format", "json"],
            &["render", "--to", "bootstrap", "--origin"],
            &["render", "--node", HOSTILE],
            &["import"],
            &["fix", "--check"],
            &["plan", "--against", "missing.yaml"],
            &["plan", "--admin", "127.0.0.1:1"],
        ] {
            let mut command = world.command(arguments[0]);
            let ended = super::world::ended({
                command.args(&arguments[1..]).arg(&name);
                command
            })
            .await;
            let what = format!("{arguments:?} of {document:?}");
            assert_clean(&format!("stdout of {what}"), &ended.out);
            assert_clean(&format!("stderr of {what}"), &ended.err);
            shown += usize::from(ended.err.contains("\\u{202e}") || ended.out.contains("\\u202e"));
        }
    }
    assert!(shown > documents.len() * 6, "what is hostile is shown, escaped: {shown}");
}
