//! Clusters: how endpoints are found, picked, spoken to and guarded.

use super::endpoint::{self, Endpoints};
use super::faults::Faults;
use super::health;
use super::listener::{filter, is_true, push};
use super::message::{Message, merge};
use super::read::first_of;
use super::tables::{CIRCUIT_BREAKERS, CLUSTER, DNS, HTTP_OPTIONS, TCP_KEEPALIVE, THRESHOLDS};
use super::tls;
use crate::resource::ResourceType;
use crate::spec::codes::{BAD_DURATION, BAD_ENDPOINTS, KEYS_EXCLUDE, MISSING_KEY};
use crate::spec::{Entry, Tree, Value};

const ASSIGNMENT: &str = "envoy.config.endpoint.v3.ClusterLoadAssignment";

/// Adds a cluster, and its endpoints if they are a resource of their own.
pub(super) fn cluster(tree: &Tree, faults: &mut Faults<'_>, resources: &mut Vec<(ResourceType, Tree)>) {
    let endpoints = endpoint::read(tree, faults);
    let kind = cluster_type(tree, &endpoints);
    check_endpoints(tree, &kind, &endpoints, faults);
    let mut cluster = Message::copy(&CLUSTER, tree);
    set_type(tree, &kind, &mut cluster, faults);
    cluster.set_default("connect_timeout", Tree::string(tree.span, "5s"));
    let protocol = protocol(tree, faults);
    set_balancing(tree, &kind, &mut cluster, faults);
    set_connections(tree, &protocol, &mut cluster, faults);
    if let Some(tls) = given(tree, "tls") {
        cluster.set("transport_socket", tls::upstream(tls, endpoints.common_host(), faults));
    }
    cluster.set_some("health_checks", given(tree, "health_checks").map(|it| health::checks(it, &protocol, faults)));
    cluster.set_some("circuit_breakers.thresholds", given(tree, "circuit_breakers").map(thresholds));
    let assignment = load_assignment(tree, endpoints);
    match kind_text(&kind) {
        "EDS" => {
            let source = Tree { span: kind.span, value: Value::ConfigSource };
            cluster.set("eds_cluster_config.eds_config", source);
            push(resources, CLUSTER.message, tree, cluster.finish(tree));
            // Endpoints that are not mentioned at all come from another document.
            if tree.at("endpoints").is_some() || tree.at("load_assignment").is_some() {
                push(resources, ASSIGNMENT, tree, assignment);
            }
        }
        "ORIGINAL_DST" => push(resources, CLUSTER.message, tree, cluster.finish(tree)),
        _ => {
            cluster.set("load_assignment", assignment);
            push(resources, CLUSTER.message, tree, cluster.finish(tree));
        }
    }
}

/// A key that holds something good.
fn given<'t>(tree: &'t Tree, key: &str) -> Option<&'t Tree> {
    tree.at(key).filter(|it| it.value != Value::Null)
}

fn kind_text(kind: &Tree) -> &str {
    kind.text().map_or("", |it| it)
}

/// The user's type; or EDS for addresses, which can change without a new cluster, and STRICT_DNS for names.
fn cluster_type(tree: &Tree, endpoints: &Endpoints) -> Tree {
    if let Some(kind) = given(tree, "type") {
        return kind.clone();
    }
    match endpoints.first_name() {
        Some(name) => Tree::string(name.span, "STRICT_DNS"),
        None => Tree::string(tree.at("endpoints").unwrap_or(tree).span, "EDS"),
    }
}

fn check_endpoints(tree: &Tree, kind: &Tree, endpoints: &Endpoints, faults: &mut Faults<'_>) {
    let list = tree.entries().iter().find(|it| &*it.key.text == "endpoints");
    let list = list.or_else(|| tree.entries().iter().find(|it| &*it.key.text == "load_assignment"));
    match (kind_text(kind), list) {
        ("ORIGINAL_DST", Some(list)) => {
            faults.push(BAD_ENDPOINTS, list.key.span, "an ORIGINAL_DST cluster has no endpoints", |it| {
                it.help(format!("each connection goes where the client wanted it to go; leave `{}` out", list.key.text))
            });
        }
        ("ORIGINAL_DST", None) => {}
        (_, None) if given(tree, "type").is_none() => {
            faults.push(MISSING_KEY, tree.span, "a cluster needs `endpoints`", |it| {
                it.help("`endpoints: []` if there are none yet; `type: EDS` if they come from another document")
            });
        }
        ("EDS" | "STATIC", _) => names_in_static(kind, endpoints, faults),
        ("LOGICAL_DNS", Some(list)) if tree.at("endpoints").is_some_and(|it| it.items().len() != 1) => {
            faults.push(BAD_ENDPOINTS, list.key.span, "a LOGICAL_DNS cluster has exactly one endpoint", |it| {
                it.help("use `type: STRICT_DNS` for several")
            });
        }
        ("STRICT_DNS" | "LOGICAL_DNS", _) => sockets_in_dns(kind, endpoints, faults),
        _ => {}
    }
}

fn names_in_static(kind: &Tree, endpoints: &Endpoints, faults: &mut Faults<'_>) {
    let Some(name) = endpoints.first_name() else { return };
    let (kind, host) = (kind_text(kind), name.text().cloned().unwrap_or_default());
    let message = format!("`{host}` is a host name, but {kind} clusters take IP addresses");
    faults.push(BAD_ENDPOINTS, name.span, message, |it| {
        it.help("leave `type` out, or use `type: STRICT_DNS`, and Envoy resolves the name")
    });
}

fn sockets_in_dns(kind: &Tree, endpoints: &Endpoints, faults: &mut Faults<'_>) {
    let Some(path) = endpoints.first_path() else { return };
    faults.push(BAD_ENDPOINTS, path, format!("a {} cluster cannot have unix sockets", kind_text(kind)), |it| {
        it.help("put the sockets into a cluster of their own")
    });
}

fn load_assignment(tree: &Tree, endpoints: Endpoints) -> Tree {
    let span = tree.at("endpoints").unwrap_or(tree).span;
    let mut assignment = Message::new(span);
    assignment.set_some("cluster_name", tree.at("name").cloned());
    assignment.set("endpoints", Tree::sequence(span, endpoints.into_localities()));
    let assignment = assignment.into_tree();
    match given(tree, "load_assignment") {
        Some(over) => merge(assignment, over),
        None => assignment,
    }
}

/// How endpoints are found. What a plain type cannot say is said by the extension that has replaced it.
fn set_type(tree: &Tree, kind: &Tree, cluster: &mut Message, faults: &mut Faults<'_>) {
    let is_dns = kind_text(kind).ends_with("_DNS");
    let dns = tree.entries().iter().find(|it| &*it.key.text == "dns" && it.value.value != Value::Null);
    if let (false, Some(dns)) = (is_dns, dns) {
        let message = format!("`dns` has no meaning for an {} cluster", kind_text(kind));
        faults.push(KEYS_EXCLUDE, dns.key.span, message, |it| it.remark("no host name is resolved here"));
    }
    let empty = Tree { span: kind.span, value: Value::Mapping(Vec::new()) };
    let dns = dns.map_or(&empty, |it| &it.value);
    let family = given(dns, "lookup_family").cloned().unwrap_or_else(|| Tree::string(kind.span, "V4_ONLY"));
    if !dns.entries().iter().any(|it| &*it.key.text != "lookup_family") {
        cluster.set("type", kind.clone());
        cluster.set_some("dns_lookup_family", is_dns.then_some(family));
        return;
    }
    let mut extension = Message::copy_any(&DNS, dns);
    extension.set("dns_lookup_family", family);
    if kind_text(kind) == "LOGICAL_DNS" {
        extension.set("all_addresses_in_single_endpoint", Tree::plain(kind.span, true));
    }
    cluster.set("cluster_type", filter(dns.span, "envoy.clusters.dns", extension.finish(dns)));
}

fn set_balancing(tree: &Tree, kind: &Tree, cluster: &mut Message, faults: &mut Faults<'_>) {
    let default = if kind_text(kind) == "ORIGINAL_DST" { "CLUSTER_PROVIDED" } else { "ROUND_ROBIN" };
    let policy = given(tree, "lb_policy").cloned().unwrap_or_else(|| Tree::string(tree.span, default));
    if let Some(window) = given(tree, "slow_start") {
        match kind_text(&policy) {
            "ROUND_ROBIN" => cluster.set("round_robin_lb_config.slow_start_config.slow_start_window", window.clone()),
            "LEAST_REQUEST" => {
                cluster.set("least_request_lb_config.slow_start_config.slow_start_window", window.clone())
            }
            other => {
                let message = format!("`slow_start` has no meaning with {other}");
                faults.push(KEYS_EXCLUDE, window.span, message, |it| it.help("use `round_robin` or `least_request`"));
            }
        }
    }
    cluster.set("lb_policy", policy);
    if let Some(subsets) = given(tree, "subsets") {
        let keys = subsets.items().iter().filter(|it| it.value != Value::Null);
        let selectors: Vec<_> = keys.map(|it| Tree::mapping(it.span, [("keys", it.clone())])).collect();
        cluster.set("lb_subset_config.subset_selectors", Tree::sequence(subsets.span, selectors));
    }
}

/// `http1`, `http2` or `auto`, with its place, if the user chose one.
fn protocol(tree: &Tree, faults: &mut Faults<'_>) -> Option<Tree> {
    let chosen: &Entry = first_of(tree, &["protocol", "http2"])?;
    match &*chosen.key.text {
        "http2" => is_true(&chosen.value).then(|| Tree::string(chosen.value.span, "http2")),
        _ if kind_text(&chosen.value) == "auto" && tree.at("tls").is_none() && tree.at("envoy").is_none() => {
            faults.push(MISSING_KEY, chosen.value.span, "`protocol: auto` needs `tls`", |it| {
                it.help("the protocol is negotiated in the TLS handshake; without TLS choose `http1` or `http2`")
            });
            None
        }
        _ => (chosen.value.value != Value::Null).then(|| chosen.value.clone()),
    }
}

fn set_connections(tree: &Tree, protocol: &Option<Tree>, cluster: &mut Message, faults: &mut Faults<'_>) {
    if protocol.is_some() || given(tree, "http").is_some() {
        let span = protocol.as_ref().map_or(tree.span, |it| it.span);
        let empty = Tree { span, value: Value::Mapping(Vec::new()) };
        let http = given(tree, "http").unwrap_or(&empty);
        let mut options = Message::copy_any(&HTTP_OPTIONS, http);
        let none = Tree::mapping(span, []);
        match protocol.as_ref().map_or("http1", kind_text) {
            "http2" => options.set("explicit_http_config.http2_protocol_options", none),
            "auto" => {
                options.set("auto_config.http_protocol_options", none.clone());
                options.set("auto_config.http2_protocol_options", none);
            }
            _ => options.set("explicit_http_config.http_protocol_options", none),
        }
        let options = Tree::mapping(span, [(HTTP_OPTIONS.message, options.finish(http))]);
        cluster.set("typed_extension_protocol_options", options);
    }
    if let Some(keepalive) = given(tree, "tcp_keepalive") {
        let mut probes = Message::copy(&TCP_KEEPALIVE, keepalive);
        for (key, field) in [("time", "keepalive_time"), ("interval", "keepalive_interval")] {
            probes.set_some(field, given(keepalive, key).and_then(|it| whole_seconds(it, faults)));
        }
        cluster.set("upstream_connection_options.tcp_keepalive", probes.finish(keepalive));
    }
}

/// The kernel counts keepalive in seconds.
fn whole_seconds(duration: &Tree, faults: &mut Faults<'_>) -> Option<Tree> {
    let seconds = duration.text()?.strip_suffix('s')?.parse::<u32>().ok();
    if seconds.is_none() {
        faults.push(BAD_DURATION, duration.span, "TCP keepalive counts in whole seconds", |it| it);
    }
    Some(Tree::plain(duration.span, seconds?))
}

/// One set of limits for each priority of requests.
fn thresholds(tree: &Tree) -> Tree {
    let of_priority = |mut message: Message, tree: &Tree, priority: &str| {
        message.set("priority", Tree::string(tree.span, priority));
        message.finish(tree)
    };
    let mut all = Vec::new();
    if tree.entries().iter().any(|it| &*it.key.text != "high") {
        all.push(of_priority(Message::copy(&CIRCUIT_BREAKERS, tree), tree, "DEFAULT"));
    }
    if let Some(high) = given(tree, "high") {
        all.push(of_priority(Message::copy(&THRESHOLDS, high), high, "HIGH"));
    }
    Tree::sequence(tree.span, all)
}
