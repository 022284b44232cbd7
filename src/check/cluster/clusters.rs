//! Clusters as a whole: how their type, their source of endpoints and their load balancing fit together.
//!
//! Leaves to `endpoints` what an assignment says, to `load_balancing` the policies, and to `upstream` connections.

use super::endpoints::{endpoints_of, is_host_name};
use crate::check::View;
use crate::check::facts::Profile;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

/// The types of clusters.
pub(super) const STATIC: i32 = 0;
pub(super) const LOGICAL_DNS: i32 = 2;
pub(super) const EDS: i32 = 3;
pub(super) const ORIGINAL_DST: i32 = 4;

/// The load balancing policies that rules are about.
pub(super) const CLUSTER_PROVIDED: i32 = 6;
const BY_POLICY: i32 = 7;

const CLUSTER: &str = "envoy.config.cluster.v3.Cluster";
const DNS: &str = "envoy.extensions.clusters.dns.v3.DnsCluster";

/// Extensions that bring their own load balancing, and demand `lb_policy: CLUSTER_PROVIDED`.
const PROVIDERS: &[&str] =
    &["envoy.extensions.clusters.aggregate.v3.ClusterConfig", "envoy.extensions.clusters.composite.v3.ClusterConfig"];

/// Cluster types of Envoy that take settings.
const TYPES: &[&str] = &[
    "aggregate",
    "composite",
    "dynamic_forward_proxy",
    "dynamic_modules",
    "mcp_multicluster",
    "redis",
    "reverse_connection",
];

pub(super) const RULES: &[Row] = &[
    (
        CLUSTER,
        &[source_of_endpoints, host_names, logical_dns, original_dst, policy_of_type, assignment_name, extension],
    ),
    ("envoy.extensions.clusters.aggregate.v3.ClusterConfig", &[aggregate]),
];

/// Where the endpoints come from must be said, and said once.
fn source_of_endpoints(view: &View<'_>, findings: &mut Findings<'_>) {
    let (kind, assignment) = (view.choice("type"), view.entry("load_assignment"));
    let source = view.message("eds_cluster_config");
    if view.has("cluster_type") {
        return;
    }
    match (kind, source) {
        (EDS, None) => {
            let message = "an EDS cluster that does not say where its endpoints come from";
            let help = "add `eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}`";
            findings.report(codes::EDS_WITHOUT_SOURCE, view.key_span("type"), message, help);
        }
        (EDS, Some(source)) if !source.has("eds_config") => {
            let message = "`eds_cluster_config` without `eds_config`: nobody is asked for the endpoints";
            let help = "add `eds_config: {ads: {}, resource_api_version: V3}`";
            findings.report(codes::EDS_WITHOUT_SOURCE, view.key_span("eds_cluster_config"), message, help);
        }
        (EDS, Some(_)) => {}
        (_, Some(_)) => {
            let message = "`eds_cluster_config` in a cluster that is not of type EDS";
            let help = "set `type: EDS`, or take it out";
            findings.report(codes::EDS_IN_VAIN, view.key_span("eds_cluster_config"), message, help);
        }
        (ORIGINAL_DST, None) => {}
        (_, None) if assignment.is_none() && findings.profile == Profile::Envoy && kind != LOGICAL_DNS => {
            let message = "a cluster without endpoints: no request to it can be served";
            let help = "add `load_assignment`, or set `type: EDS` and `eds_cluster_config`";
            findings.report(codes::NO_ENDPOINTS, view.key_span("name"), message, help);
        }
        (_, None) => {}
    }
    if let (EDS, Some(assignment)) = (kind, assignment) {
        let message = "`load_assignment` in an EDS cluster is never looked at";
        let help = "take it out, or serve it as a ClusterLoadAssignment";
        findings.report(codes::ASSIGNMENT_IN_VAIN, assignment.key.span, message, help);
    }
}

/// Clusters that do not ask DNS take addresses only.
fn host_names(view: &View<'_>, findings: &mut Findings<'_>) {
    let by_extension = match view.message("cluster_type") {
        Some(it) => it.text("name").map(|it| &**it) != Some("envoy.cluster.static"),
        None => view.choice("type") != STATIC,
    };
    let Some(assignment) = view.message("load_assignment").filter(|_| !by_extension) else { return };
    for endpoint in endpoints_of(&assignment) {
        let Some((host, text)) = endpoint.host().filter(|it| is_host_name(it.1)) else { continue };
        let message = format!("`{text}` is a host name, and a cluster of type STATIC takes IP addresses");
        let help = "set `type: STRICT_DNS` (every address of the name) or `LOGICAL_DNS` (any one of them)";
        findings.report(codes::HOST_NAME, host.span, message, help);
        if findings.out.is_full() {
            return;
        }
    }
}

/// One name, and so one endpoint.
fn logical_dns(view: &View<'_>, findings: &mut Findings<'_>) {
    let by_extension = view.message("cluster_type").and_then(|it| it.config());
    let one_name =
        by_extension.is_some_and(|it| &*it.message.name == DNS && it.flag("all_addresses_in_single_endpoint"));
    if !one_name && view.choice("type") != LOGICAL_DNS {
        return;
    }
    let (count, span) = match view.message("load_assignment") {
        Some(it) => (endpoints_of(&it).take(2).count(), view.span("load_assignment")),
        None => (0, view.key_span(if one_name { "cluster_type" } else { "type" })),
    };
    if count != 1 {
        let found = if count == 0 { "none" } else { "more" };
        let message = format!("a LOGICAL_DNS cluster must have exactly one endpoint, not {found}");
        findings.report(codes::LOGICAL_DNS_ONE, span, message, "for several host names, set `type: STRICT_DNS`");
    }
}

fn original_dst(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.choice("type") != ORIGINAL_DST {
        return;
    }
    if let Some(assignment) = view.entry("load_assignment") {
        let message = "an ORIGINAL_DST cluster takes its endpoints from the connections, not from `load_assignment`";
        findings.report(codes::ORIGINAL_DST, assignment.key.span, message, "take it out");
    }
    let config = view.message("original_dst_lb_config");
    if let Some(config) = config.filter(|it| it.has("http_header_name") && !it.flag("use_http_header")) {
        let message = "`http_header_name` without `use_http_header: true`";
        findings.report(
            codes::ORIGINAL_DST,
            config.key_span("http_header_name"),
            message,
            "add `use_http_header: true`",
        );
    }
}

/// Some clusters bring their own load balancing; the others have none to provide.
fn policy_of_type(view: &View<'_>, findings: &mut Findings<'_>) {
    if findings.profile == Profile::Grpc {
        return;
    }
    let policy = view.choice("lb_policy");
    let extension = view.message("cluster_type");
    let provides = match &extension {
        Some(it) => it.config().is_some_and(|it| PROVIDERS.contains(&&*it.message.name) || is_dynamic(&it)),
        None => view.choice("type") == ORIGINAL_DST,
    };
    let by_policy = view.has("load_balancing_policy");
    if policy == BY_POLICY && !by_policy {
        let message = "`lb_policy: LOAD_BALANCING_POLICY_CONFIG` without `load_balancing_policy`";
        findings.report(codes::POLICY_OF_TYPE, view.key_span("lb_policy"), message, "add `load_balancing_policy`");
    } else if provides && policy != CLUSTER_PROVIDED && !by_policy {
        let span =
            view.key_span(["lb_policy", "cluster_type", "type"].into_iter().find(|it| view.has(it)).unwrap_or("name"));
        let message = "this type of cluster balances load itself, and takes no other policy";
        findings.report(codes::POLICY_OF_TYPE, span, message, "set `lb_policy: CLUSTER_PROVIDED`");
    } else if extension.is_none() && !provides && policy == CLUSTER_PROVIDED && !by_policy {
        let message = "`lb_policy: CLUSTER_PROVIDED` for a cluster that provides no policy";
        findings.report(
            codes::POLICY_OF_TYPE,
            view.key_span("lb_policy"),
            message,
            "set `lb_policy: ROUND_ROBIN`, say",
        );
    }
}

/// A dynamic forward proxy balances itself, unless it makes clusters of their own.
fn is_dynamic(config: &View<'_>) -> bool {
    &*config.message.name == "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig"
        && !config.has("sub_clusters_config")
}

fn assignment_name(view: &View<'_>, findings: &mut Findings<'_>) {
    let assignment = view.message("load_assignment");
    let (Some(name), Some(other)) = (view.text("name"), assignment.as_ref().and_then(|it| it.text("cluster_name")))
    else {
        return;
    };
    if name != other {
        let span = assignment.map_or(view.start(), |it| it.span("cluster_name"));
        let message = format!("the assignment is for `{other}`, the cluster is called `{name}`");
        findings.report(codes::ASSIGNMENT_NAME, span, message, "call both the same");
    }
}

/// Envoy finds a cluster type by the type of its settings, or else by its name.
fn extension(view: &View<'_>, findings: &mut Findings<'_>) {
    const NAMED: [&str; 6] = [
        "envoy.cluster.dns",
        "envoy.cluster.eds",
        "envoy.cluster.original_dst",
        "envoy.cluster.logical_dns",
        "envoy.cluster.static",
        "envoy.cluster.strict_dns",
    ];
    const PACKAGE: &str = "envoy.extensions.clusters.";
    let Some(extension) = view.message("cluster_type") else { return };
    let Some(name) = extension.text("name") else { return };
    let by_type = extension.config().is_some_and(|it| it.message.name.starts_with(PACKAGE));
    // Whoever names an extension of his own builds his own Envoy.
    let is_ours = name.starts_with("envoy.");
    if is_ours
        && !by_type
        && !NAMED.contains(&&**name)
        && !TYPES.iter().any(|it| name.strip_prefix("envoy.clusters.") == Some(it))
    {
        let message = format!("Envoy has no cluster type `{name}`");
        findings.report(codes::UNKNOWN_CLUSTER_TYPE, extension.span("name"), message, "");
    }
}

fn aggregate(view: &View<'_>, findings: &mut Findings<'_>) {
    let names = view.items("clusters");
    let mut seen = std::collections::HashMap::new();
    for item in names {
        let Some(name) = item.text() else { continue };
        if let Some(first) = seen.insert(name.clone(), item.span) {
            let message = format!("the cluster `{name}` is a member twice");
            let fault = findings.fault(codes::MEMBER_TWICE, item.span, message);
            findings.push(fault.related(findings.text, first, "first named here"));
        }
    }
}
