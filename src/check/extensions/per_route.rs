//! What routes and virtual hosts say of HTTP filters: `typed_per_filter_config`.
//!
//! Answers for: the type is one that Envoy takes there, and a filter of that name is in the chain. Leaves to others
//! what the configuration says.

use std::collections::HashSet;

use super::stock::{Category, short};
use super::{HCM, inner_type, type_of, unknown_type};
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::{Key, codes, did_you_mean};

const FIELD: &str = "typed_per_filter_config";

pub(in crate::check) const RULES: &[Row] = &[
    ("envoy.config.route.v3.RouteConfiguration", &[types]),
    ("envoy.config.route.v3.VirtualHost", &[types]),
    ("envoy.config.route.v3.Route", &[types]),
    ("envoy.config.route.v3.WeightedCluster.ClusterWeight", &[types]),
    (HCM, &[names]),
];

/// Filters that take no configuration from a route, as Envoy 1.40 says of them.
const NONE: &str = "a2a alternate_protocols_cache body_size_limit cache cache_v2 connect_grpc_bridge gcp_authn \
                    grpc_http1_bridge grpc_stats grpc_web ip_tagging mcp_router original_src proto_api_scrubber \
                    proto_message_extraction rate_limit_quota router thrift_to_metadata wasm";

fn types(view: &View<'_>, findings: &mut Findings<'_>) {
    for (key, config) in view.anys(FIELD) {
        one(key, &config, findings);
    }
}

fn one(key: &Key, config: &View<'_>, findings: &mut Findings<'_>) {
    if &*config.message.name == "envoy.config.route.v3.FilterConfig" {
        match config.any("config") {
            Some(inner) if !config.flag("is_optional") => one(key, &inner, findings),
            None if !config.has("config") && !config.flag("disabled") && !config.flag("is_optional") => {
                let message = format!("nothing is said of the filter `{}`", key.text);
                let help = "give it a `config`, or `disabled: true`";
                findings.push(findings.fault(codes::PER_ROUTE, key.span, message).help(help));
            }
            _ => {}
        }
        return;
    }
    let kind = inner_type(config);
    let Some(category) = Category::named("envoy.filters.http") else { return };
    let span = config.tree.at("@type").map_or(key.span, |it| it.span);
    if !category.has(&kind) {
        let fault = unknown_type(&kind, category, span, findings);
        fault.into_iter().for_each(|it| findings.push(it));
        return;
    }
    let filter = filter_of(&kind);
    if NONE.split(' ').any(|it| it == filter) {
        let message = format!("the filter `{filter}` takes no configuration from a route");
        findings.push(findings.fault(codes::PER_ROUTE, span, message));
    } else if let Some(own) = for_routes(&kind, category).filter(|_| config.tree.entries().len() > 1) {
        let message = format!("`{kind}` configures the filter itself, not a route");
        let help = format!("for a route it is `envoy.extensions.{own}`");
        findings.push(findings.fault(codes::PER_ROUTE, span, message).help(help));
    }
}

/// `cors` of `envoy.extensions.filters.http.cors.v3.Cors`.
fn filter_of(kind: &str) -> &str {
    short(kind).strip_prefix("filters.http.").and_then(|it| it.split('.').next()).unwrap_or_default()
}

/// Whether a type's name says that it is for routes.
pub(super) fn is_for_routes(kind: &str) -> bool {
    kind.ends_with("PerRoute") || kind.ends_with("PerRouteConfig")
}

/// The type for routes of the filter that has this type for itself.
fn for_routes(kind: &str, category: &Category) -> Option<&'static str> {
    let package = |it: &str| it.rsplit_once('.').map(|it| it.0.to_owned());
    let own = package(short(kind))?;
    if is_for_routes(kind) {
        return None;
    }
    category.types().find(|it| is_for_routes(it) && package(it).as_deref() == Some(&own))
}

/// A key that names no filter of the chain has no effect.
fn names(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(routes) = view.message("route_config") else { return };
    let upgrades = view.messages("upgrade_configs");
    let mut filters = view.messages("http_filters");
    filters.extend(upgrades.iter().flat_map(|it| it.messages("filters")));
    let routers = filters.iter().filter_map(View::config);
    let upstream: Vec<_> = routers.flat_map(|it| it.messages("upstream_http_filters")).collect();
    filters.extend(upstream);
    let known: HashSet<&str> = filters.iter().filter_map(|it| it.text("name")).map(|it| &**it).collect();
    let mut told = HashSet::new();
    let mut look = |view: &View<'_>, findings: &mut Findings<'_>| {
        for (key, config) in view.anys(FIELD) {
            if !known.contains(&*key.text) && !may_be_upstream(&config) && told.insert(key.text.clone()) {
                unused(key, &known, findings);
            }
        }
    };
    look(&routes, findings);
    for host in routes.messages("virtual_hosts") {
        look(&host, findings);
        for route in host.messages("routes") {
            look(&route, findings);
            let clusters = route.message("route").and_then(|it| it.message("weighted_clusters"));
            let clusters = clusters.map(|it| it.messages("clusters")).unwrap_or_default();
            clusters.iter().for_each(|it| look(it, findings));
        }
    }
}

/// A cluster's own filters listen to routes, too.
fn may_be_upstream(config: &View<'_>) -> bool {
    let inner = config.any("config").map_or_else(|| inner_type(config), |it| inner_type(&it));
    Category::named("envoy.filters.http.upstream").is_some_and(|it| it.has(&inner))
}

fn unused(key: &Key, known: &HashSet<&str>, findings: &mut Findings<'_>) {
    let message = format!("no HTTP filter of this connection manager is called `{}`", key.text);
    let fault = findings.fault(codes::PER_ROUTE_UNUSED, key.span, message);
    let mut names: Vec<_> = known.iter().copied().collect();
    names.sort_unstable();
    let fault = match did_you_mean(&key.text, names.iter().copied()) {
        Some(near) => fault.remark(format!("did you mean `{near}`?")),
        None => fault,
    };
    let names: Vec<_> = names.iter().take(12).map(|it| format!("`{it}`")).collect();
    findings.push(fault.help(format!("keys are the names of filters in `http_filters`: {}", names.join(", "))));
}

/// A filter in a chain whose configuration is one for routes.
pub(super) fn misplaced(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(kind) = type_of(view).filter(|it| is_for_routes(it)) else { return };
    let Some(config) = view.value("typed_config").filter(|it| it.entries().len() > 1) else { return };
    let span = config.at("@type").map_or(config.span, |it| it.span);
    let message = format!("`{kind}` is for routes, not for the filter itself");
    let help = "move it to `typed_per_filter_config` of a route or virtual host";
    findings.push(findings.fault(codes::PER_ROUTE, span, message).help(help));
}
