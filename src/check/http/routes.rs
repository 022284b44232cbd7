//! Routes and their actions: what Envoy refuses, and what it takes and never does.
//!
//! Leaves to `matches` which requests a route gets, to `retries` what follows a failure.

use super::managers::upgrades;
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::{codes, did_you_mean};

pub(super) const RULES: &[Row] = &[
    ("envoy.config.route.v3.WeightedCluster", &[weights]),
    ("envoy.config.route.v3.WeightedCluster.ClusterWeight", &[cluster_of_split]),
    ("envoy.config.route.v3.RouteAction", &[rewrites, upgrades, tunnels]),
    ("envoy.config.route.v3.Route", &[rewrites_of_match]),
    ("envoy.config.route.v3.RouteConfiguration", &[bodies, plugins]),
];

fn weights(view: &View<'_>, findings: &mut Findings<'_>) {
    let clusters = view.messages("clusters");
    let given: Vec<_> = clusters.iter().filter_map(|it| it.number("weight")).collect();
    let sum: f64 = given.iter().sum();
    if let Some(first) = clusters.iter().find(|it| !it.has("weight")) {
        let message = "a cluster of a split without a `weight`";
        let fault = findings.fault(codes::BAD_SUM, first.start(), message);
        findings.push(fault.help("each cluster of a split needs one, also if all are equal"));
    } else if !clusters.is_empty() && given.len() == clusters.len() && sum <= 0.0 {
        let message = "all weights of this split are zero";
        let fault = findings.fault(codes::BAD_SUM, view.key_span("clusters"), message);
        findings.push(fault.help("give at least one cluster a weight above zero"));
    } else if sum > f64::from(u32::MAX) {
        let message = format!("the weights of this split sum up to {sum}, more than {}", u32::MAX);
        findings.push(findings.fault(codes::BAD_SUM, view.key_span("clusters"), message));
    }
}

fn cluster_of_split(view: &View<'_>, findings: &mut Findings<'_>) {
    let (name, header) = (view.text("name"), view.text("cluster_header"));
    let message = match (name, header) {
        (Some(_), Some(_)) => "a cluster of a split has either a `name` or a `cluster_header`",
        (None, None) => "a cluster of a split has neither a `name` nor a `cluster_header`",
        _ => return,
    };
    let span = if name.is_some() { view.key_span("cluster_header") } else { view.start() };
    findings.push(findings.fault(codes::CLUSTER_OF_SPLIT, span, message));
}

/// The ways to rewrite a path, of which a route takes one.
const REWRITES: [&str; 3] = ["prefix_rewrite", "regex_rewrite", "path_rewrite_policy"];

fn rewrites(view: &View<'_>, findings: &mut Findings<'_>) {
    let is_set = |it: &&&str| view.has(it) && (**it != "prefix_rewrite" || view.text(it).is_some());
    let given: Vec<_> = REWRITES.iter().filter(is_set).collect();
    if let [first, second, ..] = given.as_slice() {
        let message = format!("`{second}` beside `{first}`: a path is rewritten in one way only");
        let fault = findings.fault(codes::TWO_REWRITES, view.key_span(second), message);
        findings.push(fault.related(findings.text, view.key_span(first), "the other one"));
    }
}

/// A rewrite that its route's match gives nothing to.
fn rewrites_of_match(view: &View<'_>, findings: &mut Findings<'_>) {
    let (Some(matching), Some(action)) = (view.message("match"), view.message("route")) else { return };
    if action.has("path_rewrite_policy") && !matching.has("path_match_policy") {
        let message = "a path template can rewrite only what a path template has matched";
        let fault = findings.fault(codes::BAD_TEMPLATE, action.key_span("path_rewrite_policy"), message);
        findings.push(fault.help("match by `path_match_policy` (`path_template` in a simple spec), too"));
    }
    if let Some(text) = action.text("prefix_rewrite").filter(|_| matching.has("safe_regex")) {
        let message = format!("`{text}` replaces the whole path, since the route matches a regular expression");
        let fault = findings.fault(codes::REWRITE_OF_REGEX, action.span("prefix_rewrite"), message);
        findings.push(fault.help("use `regex_rewrite` to replace a part of it"));
    }
}

/// A tunnel for CONNECT only.
fn tunnels(view: &View<'_>, findings: &mut Findings<'_>) {
    for upgrade in view.messages("upgrade_configs") {
        let Some(kind) = upgrade.text("upgrade_type") else { continue };
        let is_tunnel = kind.eq_ignore_ascii_case("CONNECT") || kind.eq_ignore_ascii_case("CONNECT-UDP");
        if upgrade.has("connect_config") && !is_tunnel {
            let message = format!("`connect_config` is for `CONNECT`, not for `{kind}`");
            findings.push(findings.fault(codes::CONNECT_CONFIG, upgrade.key_span("connect_config"), message));
        }
    }
}

/// The body of a direct response has a limit, which the route configuration can raise.
fn bodies(view: &View<'_>, findings: &mut Findings<'_>) {
    const USUAL: f64 = 4096.0;
    let limit = view.number("max_direct_response_body_size_bytes").unwrap_or(USUAL);
    for host in view.messages("virtual_hosts") {
        for route in host.messages("routes") {
            let body = route.message("direct_response").and_then(|it| it.message("body"));
            let Some(body) = body else { continue };
            let text = body.text("inline_string").map(|it| it.len());
            let bytes = || body.text("inline_bytes").map(|it| it.trim_end_matches('=').len() * 3 / 4);
            let Some(size) = text.or_else(bytes).filter(|it| *it as f64 > limit) else { continue };
            let span = if text.is_some() { body.key_span("inline_string") } else { body.key_span("inline_bytes") };
            let message = format!("a direct response of {size} bytes, where {limit} are the most");
            let fault = findings.fault(codes::LARGE_BODY, span, message);
            findings.push(fault.help("raise `max_direct_response_body_size_bytes` of the route configuration"));
        }
    }
}

/// A route may name a plugin that its route configuration defines.
fn plugins(view: &View<'_>, findings: &mut Findings<'_>) {
    let plugins = view.messages("cluster_specifier_plugins");
    let extension = |it: &View<'_>| it.message("extension")?.text("name").cloned();
    let known: Vec<_> = plugins.iter().filter_map(extension).collect();
    for route in view.messages("virtual_hosts").iter().flat_map(|it| it.messages("routes")) {
        let Some(action) = route.message("route") else { continue };
        let Some(name) = action.text("cluster_specifier_plugin").filter(|it| !known.contains(it)) else { continue };
        let message = format!("no cluster specifier plugin is called `{name}`");
        let fault = findings.fault(codes::UNKNOWN_PLUGIN, action.span("cluster_specifier_plugin"), message);
        findings.push(match did_you_mean(name, known.iter().map(|it| &**it)) {
            Some(near) => fault.remark(format!("did you mean `{near}`?")),
            None => fault.help("define it in `cluster_specifier_plugins` of the route configuration"),
        });
    }
}
