//! Filter chains, HTTP and network: a terminal filter, and it stands last.
//!
//! Envoy refuses a chain that ends with a filter which hands on what it gets, or that has something behind one which
//! does not. Leaves to `extensions` what each filter is.

use crate::check::View;
use crate::check::extensions::type_of;
use crate::check::rules::{Findings, Row};
use crate::spec::{Span, codes};

const HCM: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/// What the filters of one kind of chain are called, and which of them end it.
struct Chain {
    what: &'static str,
    prefix: &'static str,
    /// By the part of the type behind the prefix.
    terminal: &'static [&'static str],
    /// Filters whose settings decide, or that only some builds have.
    unsure: &'static [&'static str],
    code_end: &'static str,
    help: &'static str,
}

const HTTP: Chain = Chain {
    what: "HTTP filter chain",
    prefix: "envoy.extensions.filters.http.",
    terminal: &["router", "mcp_router"],
    unsure: &["dynamic_modules", "upstream_codec"],
    code_end: codes::ROUTER_MISSING,
    help: "add `envoy.filters.http.router` as the last filter",
};

const UPSTREAM: Chain = Chain {
    what: "upstream HTTP filter chain",
    prefix: "envoy.extensions.filters.http.",
    terminal: &["upstream_codec"],
    unsure: &[],
    code_end: codes::ROUTER_MISSING,
    help: "add `envoy.filters.http.upstream_codec` as the last filter",
};

const NETWORK: Chain = Chain {
    what: "network filter chain",
    prefix: "envoy.extensions.filters.network.",
    terminal: &[
        "direct_response",
        "dubbo_proxy",
        "echo",
        "generic_proxy",
        "http_connection_manager",
        "redis_proxy",
        "tcp_proxy",
        "thrift_proxy",
    ],
    unsure: &["dynamic_modules", "reverse_tunnel", "wasm"],
    code_end: codes::NO_TERMINAL_FILTER,
    help: "end the chain with `http_connection_manager`, `tcp_proxy` or another filter that answers",
};

pub(super) const RULES: &[Row] = &[
    (HCM, &[manager]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig", &[upgrade]),
    ("envoy.extensions.filters.http.router.v3.Router", &[upstream]),
    ("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", &[upstream_of_cluster]),
    ("envoy.config.listener.v3.FilterChain", &[network]),
];

fn manager(view: &View<'_>, findings: &mut Findings<'_>) {
    let filters = view.messages("http_filters");
    if filters.is_empty() {
        // A gRPC client refuses what Envoy takes: `grpc` tells of it.
        if findings.profile == crate::check::Profile::Envoy {
            let message = "no HTTP filters: every request is answered with 404";
            let fault = findings.fault(codes::NO_HTTP_FILTERS, view.key_span("http_filters"), message);
            findings.push(fault.help(HTTP.help));
        }
        return;
    }
    ends_well(&filters, &HTTP, findings);
    if let Some(last) = filters.last().filter(|it| it.flag("disabled") && is_terminal(it, &HTTP)) {
        let message = "the last filter of a chain cannot be disabled";
        findings.push(findings.fault(codes::ROUTER_MISSING, last.key_span("disabled"), message));
    }
}

fn upgrade(view: &View<'_>, findings: &mut Findings<'_>) {
    ends_well(&view.messages("filters"), &HTTP, findings);
}

fn upstream(view: &View<'_>, findings: &mut Findings<'_>) {
    ends_well(&view.messages("upstream_http_filters"), &UPSTREAM, findings);
}

fn upstream_of_cluster(view: &View<'_>, findings: &mut Findings<'_>) {
    ends_well(&view.messages("http_filters"), &UPSTREAM, findings);
}

fn network(view: &View<'_>, findings: &mut Findings<'_>) {
    ends_well(&view.messages("filters"), &NETWORK, findings);
}

/// The filter's own part of its type: `router`.
fn word(view: &View<'_>, chain: &Chain) -> Option<String> {
    let kind = type_of(view)?;
    Some(kind.strip_prefix(chain.prefix)?.split('.').next()?.to_owned())
}

fn is_terminal(view: &View<'_>, chain: &Chain) -> bool {
    word(view, chain).is_some_and(|it| chain.terminal.contains(&&*it))
}

fn place(view: &View<'_>) -> Span {
    view.span("name")
}

fn ends_well(filters: &[View<'_>], chain: &Chain, findings: &mut Findings<'_>) {
    let Some((last, others)) = filters.split_last() else { return };
    for early in others.iter().filter(|it| is_terminal(it, chain)) {
        let name = early.text("name").map_or("filter", |it| it);
        let message = format!("`{name}` ends a {}, but is not its last filter", chain.what);
        let fault = findings.fault(codes::TERMINAL_NOT_LAST, place(early), message);
        let fault = fault.related(findings.text, place(last), "what stands here would never be reached");
        findings.push(fault.help("move it to the end, and keep one only"));
    }
    let Some(word) = word(last, chain) else { return };
    if chain.terminal.contains(&&*word) || chain.unsure.contains(&&*word) || last.has("config_discovery") {
        return;
    }
    // What a stock Envoy does not have may well end a chain.
    if crate::check::extensions::is_stock_filter(last) && !others.iter().any(|it| is_terminal(it, chain)) {
        let name = last.text("name").map_or("a filter", |it| it);
        let message = format!("the {} ends with `{name}`, which only hands on", chain.what);
        findings.push(findings.fault(chain.code_end, place(last), message).help(chain.help));
    }
}
