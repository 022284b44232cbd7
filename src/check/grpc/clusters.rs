//! Clusters of gRPC clients: their type, where endpoints come from, how load is balanced (P220).

use super::{is_grpc, same_stream, tell};
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

pub(in crate::check) const RULES: &[Row] = &[
    ("envoy.config.cluster.v3.Cluster", &[kind, policy]),
    ("envoy.config.cluster.v3.LoadBalancingPolicy", &[policies]),
];

const LOGICAL_DNS: i32 = 2;
const EDS: i32 = 3;

fn kind(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    if let Some(extension) = view.message("cluster_type") {
        if extension.text("name").is_some_and(|it| &**it != "envoy.clusters.aggregate") {
            let help = "gRPC has EDS, LOGICAL_DNS and `envoy.clusters.aggregate`";
            tell(findings, codes::GRPC_CLUSTER, extension.span("name"), "gRPC has no clusters of this type", help);
        }
        return;
    }
    match view.choice("type") {
        EDS => {
            let config = view.message("eds_cluster_config");
            let span = config.as_ref().map_or(view.span("type"), View::start);
            same_stream(config.and_then(|it| it.message("eds_config")), span, "endpoints", findings);
        }
        LOGICAL_DNS => one_endpoint(view, findings),
        _ => {
            let text = view.text("type").map_or("STATIC", |it| it);
            let message = format!("gRPC has no clusters of type {text}, and refuses this one");
            let help = "use EDS, LOGICAL_DNS with one endpoint, or `envoy.clusters.aggregate`";
            tell(findings, codes::GRPC_CLUSTER, view.span("type"), message, help);
        }
    }
}

fn one_endpoint(view: &View<'_>, findings: &mut Findings<'_>) {
    let localities = view.message("load_assignment").map(|it| it.messages("endpoints")).unwrap_or_default();
    let count: usize = localities.iter().map(|it| it.items("lb_endpoints").len()).sum();
    if localities.len() != 1 || count != 1 {
        let message = "a LOGICAL_DNS cluster of gRPC has exactly one locality with one endpoint";
        tell(findings, codes::GRPC_CLUSTER, view.key_span("load_assignment"), message, "");
    }
}

/// Policies that gRPC has, by their enum: ROUND_ROBIN, LEAST_REQUEST and RING_HASH (A42, A48).
const POLICIES: &[i32] = &[0, 1, 2];

fn policy(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) || view.has("load_balancing_policy") {
        return;
    }
    if !POLICIES.contains(&view.choice("lb_policy")) {
        let text = view.text("lb_policy").map_or("", |it| it);
        let message = format!("gRPC has no load balancing policy {text}, and refuses the cluster");
        let help = "use ROUND_ROBIN, LEAST_REQUEST or RING_HASH, or `load_balancing_policy`";
        tell(findings, codes::GRPC_POLICY, view.span("lb_policy"), message, help);
    }
    const XX_HASH: i32 = 0;
    if let Some(ring) = view.message("ring_hash_lb_config").filter(|it| it.choice("hash_function") != XX_HASH) {
        let message = "gRPC hashes with XX_HASH only";
        tell(findings, codes::GRPC_POLICY, ring.span("hash_function"), message, "");
    }
}

/// Policies of `load_balancing_policy` that gRPC has; others can be registered, in a `TypedStruct` (A52).
const KNOWN: &[&str] =
    &["client_side_weighted_round_robin", "least_request", "pick_first", "ring_hash", "round_robin", "wrr_locality"];

/// gRPC takes the first policy that it knows, and refuses a list without one. Policies may hold others, to a depth.
fn policies(view: &View<'_>, findings: &mut Findings<'_>) {
    const DEEPEST: usize = 16;
    if !is_grpc(findings) {
        return;
    }
    if depth(view, DEEPEST + 1) > DEEPEST {
        let message = format!("policies within policies, more than {DEEPEST} deep");
        tell(findings, codes::GRPC_POLICY, view.start(), message, "");
        return;
    }
    let kinds: Vec<_> = view.messages("policies").iter().filter_map(kind_of_policy).collect();
    let is_known = |kind: &String| match kind.strip_prefix("envoy.extensions.load_balancing_policies.") {
        Some(rest) => rest.split('.').next().is_some_and(|it| KNOWN.contains(&it)),
        None => true,
    };
    if !kinds.iter().any(is_known) {
        let help = format!("gRPC has {}; it takes the first of the list that it knows", KNOWN.join(", "));
        tell(findings, codes::GRPC_POLICY, view.key_span("policies"), "gRPC has none of these policies", &help);
    }
}

fn kind_of_policy(policy: &View<'_>) -> Option<String> {
    policy.message("typed_extension_config")?.config_type()
}

/// How deep policies hold others, as far as it matters.
fn depth(view: &View<'_>, limit: usize) -> usize {
    if limit == 0 {
        return 0;
    }
    let inner = |it: &View<'_>| {
        let config = it.message("typed_extension_config")?.config()?;
        let nested = config.message("endpoint_picking_policy").or_else(|| config.message("child_policy"));
        nested.map(|it| depth(&it, limit - 1))
    };
    1 + view.messages("policies").iter().filter_map(inner).max().unwrap_or(0)
}
