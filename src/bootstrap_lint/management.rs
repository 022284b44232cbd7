//! The cluster that leads to the management server: it must be there at the start, and stay reachable.

use std::net::IpAddr;

use super::look;
use super::sources::Sources;
use super::{Lint, start_of};
use crate::spec::{Edit, Entry, Tree, codes, did_you_mean, mend};

const HTTP_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/// Looks at each cluster that is asked.
pub(super) fn check(lint: &mut Lint<'_>, sources: &Sources<'_>) {
    let clusters = look::items(lint.tree, "static_resources.clusters");
    for reference in &sources.clusters {
        let name = reference.text().map_or("", |it| it);
        let Some(cluster) = clusters.iter().find(|it| look::text(it, "name") == Some(name)) else {
            missing(lint, reference, name, clusters);
            continue;
        };
        check_cluster(lint, cluster, name);
        if sources.streams && name != lint.expected.management_cluster {
            let expected = lint.expected.management_cluster;
            let message = format!("the management cluster is `{name}`, but resources refer to `{expected}`");
            lint.push(codes::MANAGEMENT_CLUSTER_NAME, reference.span, message, |it| {
                it.help(format!("rename it, or start Chancery with `--management-cluster {name}`"))
                    .help("on separate streams, listeners and clusters name the cluster to ask for their routes")
            });
        }
    }
}

fn missing(lint: &mut Lint<'_>, reference: &Tree, name: &str, clusters: &[Tree]) {
    let names = clusters.iter().filter_map(|it| look::text(it, "name"));
    let near = did_you_mean(name, names);
    let message = format!("there is no static cluster `{name}`, by which Envoy could ask");
    lint.push(codes::NO_MANAGEMENT_CLUSTER, reference.span, message, |it| {
        let it = match near {
            Some(near) => it.remark(format!("did you mean `{near}`?")),
            None => it,
        };
        it.help("define it under `static_resources.clusters`: it cannot come from the server that it leads to")
    });
}

fn check_cluster(lint: &mut Lint<'_>, cluster: &Tree, name: &str) {
    let kind = look::text(cluster, "type").map_or_else(|| "STATIC".to_owned(), str::to_ascii_uppercase);
    let is_plain = look::entry(cluster, "cluster_type").is_none();
    if is_plain && matches!(kind.as_str(), "EDS" | "3") {
        let place = look::at(cluster, "type").unwrap_or(cluster).span;
        let message = format!("`{name}` asks the management server where the management server is");
        lint.push(codes::MANAGEMENT_BY_EDS, place, message, |it| {
            it.help("use `type: STRICT_DNS`, or `STATIC` for addresses, with a `load_assignment`")
        });
        return;
    }
    endpoints(lint, cluster, name, is_plain && matches!(kind.as_str(), "STATIC" | "0"));
    speaks_http2(lint, cluster, name);
    keepalive(lint, cluster, name);
}

fn endpoints(lint: &mut Lint<'_>, cluster: &Tree, name: &str, is_static: bool) {
    let localities = look::items(cluster, "load_assignment.endpoints");
    let all: Vec<_> = localities.iter().flat_map(|it| look::items(it, "lb_endpoints")).collect();
    if all.is_empty() {
        let message = format!("`{name}` has no endpoint, so there is nobody to ask");
        lint.push(codes::NO_ENDPOINT, name_of(cluster), message, |it| {
            it.help("add a `load_assignment` with the address and port of Chancery")
        });
    }
    for socket in all.iter().filter_map(|it| look::at(it, "endpoint.address.socket_address")) {
        let (address, port) = (look::at(socket, "address"), look::at(socket, "port_value"));
        let host = address.and_then(Tree::text).filter(|it| it.parse::<IpAddr>().is_err());
        if let (true, Some(host), Some(address)) = (is_static, host, address) {
            let message = format!("`{host}` is a host name, but `{name}` is STATIC: its addresses are IP addresses");
            lint.push(codes::NAME_IN_STATIC, address.span, message, |it| it.help("use `type: STRICT_DNS`"));
        }
        let expected = lint.expected.port;
        if let Some((port, found)) = port.and_then(|it| Some((it, it.text()?.parse::<u32>().ok()?)))
            && found != u32::from(expected)
        {
            let message = format!("`{name}` leads to port {found}, but Chancery is to be on {expected}");
            lint.push(codes::OTHER_PORT, port.span, message, |it| {
                it.help(format!("write {expected}, or say where Chancery is: `--server HOST:{found}`"))
            });
        }
    }
}

/// gRPC needs HTTP/2, and Envoy speaks HTTP/1 unless told otherwise.
fn speaks_http2(lint: &mut Lint<'_>, cluster: &Tree, name: &str) {
    let options = http_options(cluster);
    let has = |path: &str| options.is_some_and(|it| look::at(it, path).is_some());
    let is_agreed = has("auto_config") && look::entry(cluster, "transport_socket").is_some();
    if has("explicit_http_config.http2_protocol_options")
        || is_agreed
        || look::entry(cluster, "http2_protocol_options").is_some()
    {
        return;
    }
    let message = format!("`{name}` speaks HTTP/1, but gRPC needs HTTP/2");
    let edits = options.is_none().then(|| add(lint, cluster, &http2_lines(), &http2_flow())).flatten();
    lint.push(codes::NO_HTTP2, name_of(cluster), message, |it| {
        it.help(format!("add to the cluster:\n{}", http2_lines().join("\n"))).fix_if("add HTTP/2 to the cluster", edits)
    });
}

/// A peer that vanishes without a word is noticed only by asking it.
fn keepalive(lint: &mut Lint<'_>, cluster: &Tree, name: &str) {
    let http2 = "explicit_http_config.http2_protocol_options.connection_keepalive";
    let by_http2 = http_options(cluster).is_some_and(|it| look::at(it, http2).is_some())
        || look::at(cluster, "http2_protocol_options.connection_keepalive").is_some();
    if by_http2 || look::at(cluster, "upstream_connection_options.tcp_keepalive").is_some() {
        return;
    }
    let line = "upstream_connection_options: {tcp_keepalive: {keepalive_probes: 3, keepalive_time: 30, keepalive_interval: 10}}";
    let options = look::entry(cluster, "upstream_connection_options");
    let edits = options.is_none().then(|| add(lint, cluster, &[line.to_owned()], line)).flatten();
    let message = format!("`{name}` has no keepalive: an Envoy behind a connection that died silently waits for ever");
    lint.push(codes::NO_KEEPALIVE, name_of(cluster), message, |it| {
        it.help(format!("add `{line}` to the cluster")).fix_if("add TCP keepalive to the cluster", edits)
    });
}

fn http_options(cluster: &Tree) -> Option<&Tree> {
    // The key is a name, not a field: it has one spelling, and dots in it.
    look::at(cluster, "typed_extension_protocol_options")?.at(HTTP_OPTIONS)
}

fn http2_lines() -> Vec<String> {
    vec![
        "typed_extension_protocol_options:".to_owned(),
        format!("  {HTTP_OPTIONS}:"),
        format!("    \"@type\": type.googleapis.com/{HTTP_OPTIONS}"),
        "    explicit_http_config:".to_owned(),
        "      http2_protocol_options: {}".to_owned(),
    ]
}

/// The same in one line, which is JSON as well.
fn http2_flow() -> String {
    format!(
        "\"typed_extension_protocol_options\": {{\"{HTTP_OPTIONS}\": {{\"@type\": \"type.googleapis.com/{HTTP_OPTIONS}\", \
         \"explicit_http_config\": {{\"http2_protocol_options\": {{}}}}}}}}"
    )
}

fn add(lint: &Lint<'_>, cluster: &Tree, block: &[String], flow: &str) -> Option<Vec<Edit>> {
    mend::add_entry(lint.text, cluster.span, name_entry(cluster)?, block, flow)
}

fn name_entry(cluster: &Tree) -> Option<&Entry> {
    look::entry(cluster, "name")
}

/// Where a cluster says its name: what is missing in it has no place of its own.
fn name_of(cluster: &Tree) -> crate::spec::Span {
    name_entry(cluster).map_or_else(|| start_of(cluster), |it| it.value.span)
}
