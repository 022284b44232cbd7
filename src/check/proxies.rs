//! What network filters and tracers demand in code, beyond `validate.rules`. Leaves HTTP filters to `filters`.

use std::collections::HashMap;

use super::View;
use super::rules::{Findings, Row};
use crate::spec::codes;

pub(super) const RULES: &[Row] = &[
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy", &[redis_routes]),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes", &[redis_prefixes]),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig", &[post_path]),
    ("envoy.extensions.filters.network.rbac.v3.RBAC", &[no_headers]),
    ("envoy.config.trace.v3.OpenTelemetryConfig", &[exporter]),
];

fn redis_routes(view: &View<'_>, findings: &mut Findings<'_>) {
    let routes = view.message("prefix_routes");
    let any = routes.is_some_and(|it| !it.items("routes").is_empty() || it.has("catch_all_route"));
    if !any {
        let help = "add `prefix_routes: {catch_all_route: {cluster: …}}`";
        findings.report(codes::FILTER_DEMANDS, view.start(), "a Redis proxy without a route to any cluster", help);
    }
}

fn redis_prefixes(view: &View<'_>, findings: &mut Findings<'_>) {
    let folded = view.flag("case_insensitive");
    let mut seen = HashMap::new();
    for it in view.messages("routes") {
        let prefix = it.text("prefix").map_or("", |it| &**it);
        let key = if folded { prefix.to_lowercase() } else { prefix.to_owned() };
        if let Some(first) = seen.insert(key, it.span("prefix")) {
            let message = format!("two routes have the prefix `{prefix}`");
            let fault = findings.fault(codes::FILTER_DEMANDS, it.span("prefix"), message);
            findings.push(fault.related(findings.text, first, "first given here"));
        }
    }
}

fn post_path(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.text("post_path").is_some() && !view.flag("use_post") {
        let message = "`post_path` without `use_post: true`";
        findings.report(codes::FILTER_DEMANDS, view.key_span("post_path"), message, "add `use_post: true`");
    }
}

/// Connections have no headers.
fn no_headers(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut open: Vec<View<'_>> = Vec::new();
    for rules in ["rules", "shadow_rules"].into_iter().filter_map(|it| view.message(it)) {
        for policy in rules.map_messages("policies") {
            open.extend(policy.messages("permissions"));
            open.extend(policy.messages("principals"));
        }
    }
    while let Some(it) = open.pop() {
        if it.has("header") {
            let message = "the network filter `rbac` sees no headers";
            let help = "use the HTTP filter of the same name, in the HTTP connection manager";
            findings.report(codes::FILTER_DEMANDS, it.key_span("header"), message, help);
        }
        for (list, items) in [("and_rules", "rules"), ("or_rules", "rules"), ("and_ids", "ids"), ("or_ids", "ids")] {
            open.extend(it.message(list).into_iter().flat_map(|it| it.messages(items)));
        }
    }
}

fn exporter(view: &View<'_>, findings: &mut Findings<'_>) {
    let given = ["grpc_service", "http_service", "custom_exporter"].into_iter().filter(|it| view.has(it)).count();
    if given != 1 {
        let message = "the OpenTelemetry tracer takes exactly one of `grpc_service` and `http_service`";
        findings.report(codes::FILTER_DEMANDS, view.start(), message, "");
    }
}
