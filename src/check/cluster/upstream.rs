//! Connections to endpoints: protocols, transport sockets, source addresses, limits.
//!
//! Leaves to `tls` what a TLS context says.

use std::net::IpAddr;

use super::endpoints::is_host_name;
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

const CLUSTER: &str = "envoy.config.cluster.v3.Cluster";
const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const BIND: &str = "envoy.config.core.v3.BindConfig";
const CODEC: &str = "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec";
const RAW: &str = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
const QUIC: &str = "envoy.extensions.transport_sockets.quic.v3.QuicUpstreamTransport";
const DYNAMIC: &str = "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig";

/// Options of protocols, whose keys are the names of their types.
const KEYS: &[&str] = &[OPTIONS, "envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions"];

pub(super) const RULES: &[Row] = &[
    (CLUSTER, &[protocol_keys, alpn_needs_tls, http3_needs_quic, dynamic_names, matches_in_vain]),
    (OPTIONS, &[alternate_protocols, upstream_filters]),
    (BIND, &[source_addresses]),
    ("envoy.config.cluster.v3.CircuitBreakers", &[limits]),
];

/// What a cluster speaks to its endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/3 only.
    Http3,
    /// As ALPN has it.
    Auto {
        /// Whether HTTP/3 is among them.
        http3: bool,
    },
    /// HTTP/2, or as the client has it.
    Other,
}

/// The protocol of a cluster's requests.
pub(super) fn protocol_of(cluster: &View<'_>) -> Protocol {
    let options = cluster.anys("typed_extension_protocol_options").into_iter();
    let options = options.map(|it| it.1).find(|it| &*it.message.name == OPTIONS);
    let Some(options) = options else {
        let other = cluster.has("http2_protocol_options") || cluster.choice("protocol_selection") != 0;
        return if other { Protocol::Other } else { Protocol::Http1 };
    };
    if let Some(auto) = options.message("auto_config") {
        return Protocol::Auto { http3: auto.has("http3_protocol_options") };
    }
    let explicit = options.message("explicit_http_config");
    let given = explicit.clone().or_else(|| options.message("use_downstream_protocol_config"));
    let has = |field: &str| given.as_ref().is_some_and(|it| it.has(field));
    match () {
        () if has("http2_protocol_options") => Protocol::Other,
        () if has("http3_protocol_options") && explicit.is_some() => Protocol::Http3,
        () => Protocol::Http1,
    }
}

/// The key says how the value is read.
fn protocol_keys(view: &View<'_>, findings: &mut Findings<'_>) {
    for (key, options) in view.anys("typed_extension_protocol_options") {
        let name = &*options.message.name;
        if KEYS.contains(&name) && *key.text != *name {
            let message = format!("the options `{}` stand under the key of something else", options.message.short());
            let fault = findings.fault(codes::PROTOCOL_KEY, key.span, message);
            findings.push(fault.help(format!("the key must be `{name}`")));
        } else if KEYS.contains(&&*key.text) && *key.text != *name {
            let message = format!("the key demands `{}`, not `{name}`", key.text);
            findings.report(codes::PROTOCOL_KEY, key.span, message, "give `typed_config` the type that the key names");
        }
    }
}

/// The type of a cluster's transport socket; none for plain TCP.
fn socket_of(view: &View<'_>) -> Option<String> {
    view.message("transport_socket")?.config_type().filter(|it| it != RAW)
}

fn alpn_needs_tls(view: &View<'_>, findings: &mut Findings<'_>) {
    if !matches!(protocol_of(view), Protocol::Auto { .. }) {
        return;
    }
    if socket_of(view).is_none() {
        let message = "`auto_config` picks the protocol by ALPN, and this cluster has no TLS";
        let help = "add TLS to it, or name the protocol with `explicit_http_config`";
        findings.report(codes::AUTO_WITHOUT_TLS, view.key_span("typed_extension_protocol_options"), message, help);
    }
    for it in view.messages("transport_socket_matches") {
        let plain = it.message("transport_socket").and_then(|it| it.config_type()).is_some_and(|it| it == RAW);
        if plain {
            let message = "a match without TLS in a cluster whose `auto_config` picks the protocol by ALPN";
            findings.report(
                codes::AUTO_WITHOUT_TLS,
                it.start(),
                message,
                "name the protocol with `explicit_http_config`",
            );
        }
    }
}

fn http3_needs_quic(view: &View<'_>, findings: &mut Findings<'_>) {
    let is_quic = socket_of(view).is_some_and(|it| it == QUIC || it.ends_with("HttpProxyUpstreamTransport"));
    if matches!(protocol_of(view), Protocol::Http3 | Protocol::Auto { http3: true }) && !is_quic {
        let message = "HTTP/3 demands the transport socket `QuicUpstreamTransport`";
        let help = "set `transport_socket` to `envoy.transport_sockets.quic`, with `upstream_tls_context` inside";
        findings.report(codes::HTTP3_WITHOUT_QUIC, view.key_span("typed_extension_protocol_options"), message, help);
    }
}

fn alternate_protocols(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(auto) = view.message("auto_config").filter(|it| it.has("http3_protocol_options")) else { return };
    if !auto.has("alternate_protocols_cache_options") {
        let message = "HTTP/3 in `auto_config` demands `alternate_protocols_cache_options`";
        let help = "add `alternate_protocols_cache_options: {name: default}`";
        findings.report(codes::HTTP3_WITHOUT_QUIC, auto.key_span("http3_protocol_options"), message, help);
    }
}

/// Upstream HTTP filters end with the codec.
fn upstream_filters(view: &View<'_>, findings: &mut Findings<'_>) {
    let filters = view.messages("http_filters");
    let Some(last) = filters.last() else { return };
    let is_codec = |it: &View<'_>| it.config_type().is_some_and(|it| it == CODEC);
    if !is_codec(last) && !last.has("config_discovery") {
        let message = "upstream HTTP filters must end with the codec";
        let help = "add `name: envoy.filters.http.upstream_codec` as the last one";
        findings.report(codes::UPSTREAM_CODEC, last.start(), message, help);
    }
    for it in filters.iter().take(filters.len() - 1).filter(|it| is_codec(it)) {
        let message = "the codec must be the last of the upstream HTTP filters";
        findings.report(codes::UPSTREAM_CODEC, it.start(), message, "move it to the end");
    }
}

/// Names from requests are only safe if certificates are verified for them.
fn dynamic_names(view: &View<'_>, findings: &mut Findings<'_>) {
    let config = view.message("cluster_type").and_then(|it| it.config()).filter(|it| &*it.message.name == DYNAMIC);
    if config.is_none_or(|it| it.flag("allow_insecure_cluster_options")) {
        return;
    }
    let options = view.anys("typed_extension_protocol_options").into_iter().map(|it| it.1);
    let options = options.filter_map(|it| it.message("upstream_http_protocol_options"));
    for it in options.chain(view.message("upstream_http_protocol_options")) {
        if !it.flag("auto_sni") || !it.flag("auto_san_validation") {
            let message = "a dynamic forward proxy must set both `auto_sni` and `auto_san_validation`";
            let help = "set both to true; `allow_insecure_cluster_options: true` gives up the check";
            findings.report(codes::DYNAMIC_NAMES, it.start(), message, help);
        }
    }
}

/// The first match is taken, and an empty one matches everything.
fn matches_in_vain(view: &View<'_>, findings: &mut Findings<'_>) {
    let matches = view.messages("transport_socket_matches");
    let is_open = |it: &View<'_>| it.value("match").is_none_or(|it| it.entries().is_empty());
    let Some(open) = matches.iter().position(is_open) else { return };
    if let Some(next) = matches.get(open + 1) {
        let message = "this match is never looked at: the one before matches every endpoint";
        let fault = findings.fault(codes::MATCH_IN_VAIN, next.start(), message);
        let fault = fault.related(findings.text, matches[open].start(), "an empty `match` matches everything");
        findings.push(fault.help("put the empty one last"));
    }
}

/// One source address, and at most one more, of the other family.
fn source_addresses(view: &View<'_>, findings: &mut Findings<'_>) {
    let first = view.message("source_address");
    let more: Vec<_> = ["extra_source_addresses", "additional_source_addresses"]
        .into_iter()
        .flat_map(|field| view.messages(field))
        .map(|it| it.message("address").unwrap_or(it))
        .collect();
    for it in first.iter().chain(&more) {
        let text = it.text("address").filter(|it| is_host_name(it));
        if let Some(text) = text {
            let message = format!("`{text}` is a host name, and a source address must be an IP address");
            findings.report(codes::HOST_NAME, it.span("address"), message, "");
        }
    }
    let Some(second) = more.first() else { return };
    let is_v6 = |it: &View<'_>| it.text("address").and_then(|it| it.parse().ok()).map(|it: IpAddr| it.is_ipv6());
    let message = match &first {
        None => "more source addresses without a `source_address`",
        Some(_) if more.len() > 1 => "more than one further source address",
        Some(first) if is_v6(first).is_some() && is_v6(first) == is_v6(second) => {
            "two source addresses of the same IP version"
        }
        Some(_) => return,
    };
    let help = "Envoy takes one IPv4 and one IPv6 address, the first of them as `source_address`";
    findings.report(codes::SOURCE_ADDRESSES, second.start(), message, help);
}

/// Each priority once; and of an endpoint's own limits only that of connections.
fn limits(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut seen = std::collections::HashMap::new();
    for it in view.messages("thresholds") {
        if let Some(first) = seen.insert(it.choice("priority"), it.start()) {
            let message = "two thresholds for one priority: only the first counts";
            let fault = findings.fault(codes::THRESHOLD_IN_VAIN, it.start(), message);
            findings.push(fault.related(findings.text, first, "first given here"));
        }
    }
    for it in view.messages("per_host_thresholds") {
        let others = ["max_pending_requests", "max_requests", "max_retries", "max_connection_pools", "retry_budget"];
        if let Some(field) = others.into_iter().find(|field| it.has(field)) {
            let message = format!("`{field}` is not supported in `per_host_thresholds`");
            findings.report(codes::PER_HOST_LIMIT, it.key_span(field), message, "only `max_connections` is");
        }
    }
}
