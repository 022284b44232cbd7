//! Files that mean harm through `check`: whatever their bytes, it ends by itself, in bounded memory, without a panic.
//!
//! A quarter of a megabyte each here; `CHANCERY_TEST_HOSTILE_MB=10 cargo test --release --test it hostile_files` is the longer run.

use std::time::Duration;

use tokio::time::timeout;

use super::world::World;

/// Far more than any of them needs; a hang is what it is about.
const LONG: Duration = Duration::from_secs(300);

#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
fn size() -> usize {
    let megabytes = std::env::var("CHANCERY_TEST_HOSTILE_MB").ok().and_then(|it| it.parse::<usize>().ok());
    megabytes.map_or(256 << 10, |it| it << 20)
}

/// Repeats a piece to about this size, between a head and a tail.
fn filled(head: &str, piece: &str, tail: &str, bytes: usize) -> String {
    format!("{head}{}{tail}", piece.repeat(bytes / piece.len()))
}

fn numbered(head: &str, piece: impl Fn(usize) -> String, bytes: usize) -> String {
    let mut text = head.to_owned();
    let mut at = 0;
    while text.len() < bytes {
        text.push_str(&piece(at));
        at += 1;
    }
    text
}

fn hostile(bytes: usize) -> Vec<(&'static str, String)> {
    let any = "\"@type\": type.googleapis.com/envoy.config";
    let routes = format!("resources:\n- {any}.route.v3.RouteConfiguration\n  name: r\n  virtual_hosts:\n");
    let hosts = |at: usize| {
        format!(
            "  - {{name: h{at}, domains: [d{at}], routes: [{{match: {{prefix: /}}, direct_response: {{status: 200}}}}]}}\n"
        )
    };
    let one_host = format!("{routes}  - name: h\n    domains: [d]\n    routes:\n");
    let endpoints = format!(
        "resources:\n- {any}.endpoint.v3.ClusterLoadAssignment\n  cluster_name: c\n  endpoints:\n  - lb_endpoints:\n"
    );
    vec![
        ("brackets.yaml", filled("", "[", "", bytes)),
        ("braces.yaml", filled("spec: ", "{a: ", "", bytes)),
        ("dashes.yaml", filled("", "- ", "", bytes)),
        ("quotes.yaml", filled("a: \"", "\\u0041", "", bytes)),
        ("one-line.yaml", filled("spec: {clusters: [", "{name: a}, ", "]}", bytes)),
        ("one-key.yaml", filled("", "k", ": 1\n", bytes)),
        ("same-key.yaml", filled("spec:\n", "  a: 1\n", "", bytes)),
        ("anchors.yaml", numbered("spec:\n", |at| format!("  k{at}: &a{at} [x]\n"), bytes)),
        ("aliases.yaml", filled("a: &a [x, x, x, x, x, x, x, x]\nspec:\n", "- *a\n", "", bytes)),
        ("documents.yaml", filled("", "---\nspec: {}\n", "", bytes)),
        ("unknown.yaml", numbered("resources:\n- \"@type\": a\n", |at| format!("  k{at}: 1\n"), bytes)),
        ("tabs.yaml", filled("spec:\n", "\t- a\n", "", bytes)),
        ("comments.yaml", filled("", "# a\n", "", bytes)),
        ("block.yaml", filled("a: |\n", "  x\n", "", bytes)),
        ("nul.yaml", filled("", "\0", "", bytes)),
        ("hosts.yaml", numbered(&routes, hosts, bytes)),
        ("same-hosts.yaml", numbered(&routes, |_| hosts(0), bytes)),
        (
            "routes.yaml",
            numbered(&one_host, |at| format!("    - {{match: {{prefix: /{at}}}, route: {{cluster: c{at}}}}}\n"), bytes),
        ),
        (
            "shadowed.yaml",
            numbered(&one_host, |_| "    - {match: {prefix: /}, route: {cluster: c}}\n".to_owned(), bytes),
        ),
        (
            "clusters.yaml",
            numbered("spec:\n  clusters:\n", |at| format!("  - {{name: c{at}, endpoints: ['10.0.0.1:80']}}\n"), bytes),
        ),
        (
            "same-clusters.yaml",
            filled("spec:\n  clusters:\n", "  - {name: c, endpoints: ['10.0.0.1:80']}\n", "", bytes),
        ),
        (
            "endpoints.yaml",
            numbered(
                &endpoints,
                |_| "    - {endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}\n".to_owned(),
                bytes,
            ),
        ),
        (
            "regex.yaml",
            one_host.clone()
                + &filled(
                    "    - {match: {safe_regex: {regex: \"",
                    "(a|",
                    "\"}}, direct_response: {status: 200}}\n",
                    bytes,
                ),
        ),
        ("text.pb_text", filled("", "resources { ", "", bytes)),
        ("bytes.pb", filled("", "\x12\x7f", "", bytes)),
    ]
}

#[tokio::test]
async fn hostile_files_end_in_bounded_memory() {
    let world = World::new();
    let bytes = size();
    // A gigabyte, and 60 bytes for each byte of input: a limit of the system, so that going over it is a crash.
    let limit = (1 << 20) + 60 * (bytes >> 10);
    for (name, content) in hostile(bytes) {
        world.write(name, content);
        let mut command = world.program("sh");
        command.args(["-c", &format!("ulimit -v {limit}; exec \"$0\" check {name}"), env!("CARGO_BIN_EXE_chancery")]);
        let output = timeout(LONG, command.output()).await.unwrap_or_else(|_| panic!("{name} hangs")).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{name}: {:?}: {said:.2000}", output.status);
        assert!(!said.contains("panicked") && said.len() < 4 << 20, "{name}: {} bytes: {said:.2000}", said.len());
    }
}
