//! Which fields hold names of other resources. Leaves to `across` whether they exist.

use super::View;
use super::facts::Reference;
use super::rules::{Findings, Row};
use crate::resource::ResourceType;
use crate::spec::{Tree, Value};

/// Fields that hold names of clusters, or lists of them, by message.
const CLUSTERS: &[(&str, &str)] = &[
    ("envoy.config.core.v3.GrpcService.EnvoyGrpc", "cluster_name"),
    ("envoy.config.core.v3.HttpUri", "cluster"),
    ("envoy.config.route.v3.RouteAction", "cluster"),
    ("envoy.config.route.v3.RouteAction.RequestMirrorPolicy", "cluster"),
    ("envoy.config.route.v3.WeightedCluster.ClusterWeight", "name"),
    ("envoy.config.trace.v3.DatadogConfig", "collector_cluster"),
    ("envoy.config.trace.v3.ZipkinConfig", "collector_cluster"),
    ("envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig", "cluster"),
    ("envoy.extensions.clusters.aggregate.v3.ClusterConfig", "clusters"),
    ("envoy.extensions.clusters.composite.v3.ClusterConfig.ClusterEntry", "name"),
    ("envoy.extensions.filters.http.fault.v3.HTTPFault", "upstream_cluster"),
    ("envoy.extensions.filters.http.gcp_authn.v3.GcpAuthnFilterConfig", "cluster"),
    ("envoy.extensions.filters.network.dubbo_proxy.v3.RouteAction", "cluster"),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route", "cluster"),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes.Route.RequestMirrorPolicy", "cluster"),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "cluster"),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight", "name"),
    ("envoy.extensions.filters.network.thrift_proxy.v3.RouteAction", "cluster"),
    ("envoy.extensions.filters.network.thrift_proxy.v3.RouteAction.RequestMirrorPolicy", "cluster"),
    ("envoy.extensions.filters.network.thrift_proxy.v3.WeightedCluster.ClusterWeight", "name"),
    ("envoy.extensions.filters.udp.udp_proxy.v3.Route", "cluster"),
    ("envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig", "default_cluster"),
    ("envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction", "cluster"),
    ("envoy.extensions.tracers.fluentd.v3.FluentdConfig", "cluster"),
];

/// Fields that pick a cluster by what a request says.
const PICKS: &[(&str, &str)] = &[
    ("envoy.config.route.v3.RouteAction", "cluster_header"),
    ("envoy.config.route.v3.RouteAction", "cluster_specifier_plugin"),
    ("envoy.config.route.v3.RouteAction", "inline_cluster_specifier_plugin"),
    ("envoy.config.route.v3.WeightedCluster.ClusterWeight", "cluster_header"),
    ("envoy.config.route.v3.RouteAction.RequestMirrorPolicy", "cluster_header"),
    ("envoy.extensions.filters.network.thrift_proxy.v3.RouteAction", "cluster_header"),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "on_demand"),
];

/// Messages with a name and the config source by which it is asked for: message, name, source, the type of the other.
const ASKED: &[(&str, &str, &str, &str)] = &[
    ("envoy.extensions.filters.network.http_connection_manager.v3.Rds", "route_config_name", "config_source", "RDS"),
    ("envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig", "name", "sds_config", "SDS"),
];

const HTTP_FILTER: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter";

/// Rows that only gather; they report nothing. [`clusters`] runs for every message that [`names_clusters`].
pub(super) const RULES: &[Row] = &[
    ("envoy.extensions.filters.network.http_connection_manager.v3.Rds", &[asked]),
    ("envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig", &[asked]),
    ("envoy.config.cluster.v3.Cluster", &[endpoints, warming]),
    ("envoy.config.route.v3.ScopedRouteConfiguration", &[scoped_routes]),
    ("envoy.config.listener.v3.Filter", &[discovered]),
    ("envoy.config.listener.v3.ListenerFilter", &[discovered]),
    ("envoy.config.cluster.v3.Filter", &[discovered]),
    (HTTP_FILTER, &[discovered]),
];

/// Whether a message has fields with names of clusters.
pub(super) fn names_clusters(message: &str) -> bool {
    CLUSTERS.iter().chain(PICKS).any(|it| it.0 == message)
}

pub(super) fn clusters(view: &View<'_>, findings: &mut Findings<'_>) {
    let fields = |table: &'static [(&str, &'static str)]| {
        let name = view.message.name.clone();
        table.iter().filter(move |it| *it.0 == *name).map(|it| it.1)
    };
    for item in fields(CLUSTERS).flat_map(|it| view.items(it)) {
        refer(findings, "CDS", item, true);
    }
    if fields(PICKS).any(|it| view.has(it)) {
        findings.facts.picks_any_cluster = true;
    }
}

fn asked(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some((_, name, source, to)) = ASKED.iter().find(|it| *it.0 == *view.message.name) else { return };
    if let Some(name) = view.value(name) {
        // A secret without a source is one of the Envoy's own bootstrap, or one of ours in a static bootstrap.
        let ours = view.message(source).is_some_and(|it| is_ours(&it, findings));
        refer(findings, to, name, ours);
    }
}

/// A cluster of type EDS asks for its service's name, or its own.
fn endpoints(view: &View<'_>, findings: &mut Findings<'_>) {
    const EDS: i32 = 3;
    if view.choice("type") != EDS {
        return;
    }
    let config = view.message("eds_cluster_config");
    let service =
        config.as_ref().and_then(|it| it.value("service_name")).filter(|it| it.text().is_some_and(|it| !it.is_empty()));
    let ours = config.as_ref().and_then(|it| it.message("eds_config")).is_some_and(|it| is_ours(&it, findings));
    if let Some(name) = service.or_else(|| view.value("name")) {
        refer(findings, "EDS", name, ours);
    }
}

/// A cluster warms until its names are resolved and its health checks have answered once.
fn warming(view: &View<'_>, findings: &mut Findings<'_>) {
    const RESOLVING: [i32; 2] = [1, 2];
    findings.facts.warms_unseen |=
        RESOLVING.contains(&view.choice("type")) || !view.messages("health_checks").is_empty();
}

fn scoped_routes(view: &View<'_>, findings: &mut Findings<'_>) {
    if let Some(name) = view.value("route_configuration_name") {
        refer(findings, "RDS", name, true);
    }
}

/// A filter whose configuration is asked for by its name (ECDS).
fn discovered(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(source) = view.message("config_discovery").and_then(|it| it.message("config_source")) else { return };
    if let Some(name) = view.value("name") {
        let ours = is_ours(&source, findings);
        refer(findings, "ECDS", name, ours);
    }
}

/// Whether a config source leads to us: not to a file, and not to another management server.
fn is_ours(source: &View<'_>, findings: &Findings<'_>) -> bool {
    let by_api = source.message("api_config_source").is_some_and(|it| {
        let services = it.messages("grpc_services");
        let cluster = |it: &View<'_>| it.message("envoy_grpc").and_then(|it| it.text("cluster_name").cloned());
        services.iter().filter_map(cluster).any(|it| *it == *findings.management_cluster)
    });
    source.tree.value == Value::ConfigSource || source.has("ads") || source.has("self") || by_api
}

fn refer(findings: &mut Findings<'_>, to: &str, name: &Tree, ours: bool) {
    let (Some(to), Some(text)) = (ResourceType::from_short(to), name.text().filter(|it| !it.is_empty())) else {
        return;
    };
    findings.facts.references.push(Reference { to, name: text.clone(), span: name.span, ours });
}
