//! Where extensions stand, and of which category they are there. Leaves to `stock` what a category has.

use super::{HCM, in_slots, itself, listener_filters};
use crate::check::rules::Row;

const UPGRADE: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig";

/// Fields with extensions, by message, and their category.
pub(super) const SLOTS: &[(&str, &str, &str)] = &[
    (HCM, "http_filters", "envoy.filters.http"),
    (HCM, "original_ip_detection_extensions", "envoy.http.original_ip_detection"),
    (HCM, "early_header_mutation_extensions", "envoy.http.early_header_mutation"),
    (HCM, "request_id_extension", "envoy.request_id"),
    (UPGRADE, "filters", "envoy.filters.http"),
    ("envoy.extensions.filters.http.router.v3.Router", "upstream_http_filters", "envoy.filters.http.upstream"),
    ("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", "http_filters", "envoy.filters.http.upstream"),
    ("envoy.config.listener.v3.FilterChain", "filters", "envoy.filters.network"),
    ("envoy.config.listener.v3.FilterChain", "transport_socket", "envoy.transport_sockets.downstream"),
    ("envoy.config.cluster.v3.Cluster", "filters", "envoy.filters.upstream_network"),
    ("envoy.config.cluster.v3.Cluster", "transport_socket", "envoy.transport_sockets.upstream"),
    ("envoy.config.cluster.v3.Cluster.TransportSocketMatch", "transport_socket", "envoy.transport_sockets.upstream"),
    ("envoy.config.route.v3.RouteMatch", "path_match_policy", "envoy.path.match"),
    ("envoy.config.route.v3.RouteAction", "path_rewrite_policy", "envoy.path.rewrite"),
    ("envoy.config.route.v3.RetryPolicy", "retry_host_predicate", "envoy.retry_host_predicates"),
    ("envoy.config.route.v3.RetryPolicy", "retry_priority", "envoy.retry_priorities"),
    ("envoy.config.route.v3.InternalRedirectPolicy", "predicates", "envoy.internal_redirect_predicates"),
    ("envoy.config.route.v3.ClusterSpecifierPlugin", "extension", "envoy.router.cluster_specifier_plugin"),
    ("envoy.config.core.v3.SubstitutionFormatString", "formatters", "envoy.formatter"),
    ("envoy.extensions.filters.http.compressor.v3.Compressor", "compressor_library", "envoy.compression.compressor"),
    (
        "envoy.extensions.filters.http.decompressor.v3.Decompressor",
        "decompressor_library",
        "envoy.compression.decompressor",
    ),
    (
        "envoy.extensions.filters.http.stateful_session.v3.StatefulSession",
        "session_state",
        "envoy.http.stateful_session",
    ),
    ("envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy", "thrift_filters", "envoy.thrift_proxy.filters"),
];

/// Messages that are extensions themselves, wherever they stand.
pub(super) const THEMSELVES: &[(&str, &str)] = &[
    ("envoy.config.accesslog.v3.AccessLog", "envoy.access_loggers"),
    ("envoy.config.trace.v3.Tracing.Http", "envoy.tracers"),
    ("envoy.config.core.v3.HealthCheck.CustomHealthCheck", "envoy.health_checkers"),
];

pub(in crate::check) const RULES: &[Row] = &[
    (HCM, &[in_slots]),
    (UPGRADE, &[in_slots]),
    ("envoy.extensions.filters.http.router.v3.Router", &[in_slots]),
    ("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", &[in_slots]),
    ("envoy.config.listener.v3.FilterChain", &[in_slots]),
    ("envoy.config.listener.v3.Listener", &[listener_filters]),
    ("envoy.config.cluster.v3.Cluster", &[in_slots]),
    ("envoy.config.cluster.v3.Cluster.TransportSocketMatch", &[in_slots]),
    ("envoy.config.route.v3.RouteMatch", &[in_slots]),
    ("envoy.config.route.v3.RouteAction", &[in_slots]),
    ("envoy.config.route.v3.RetryPolicy", &[in_slots]),
    ("envoy.config.route.v3.InternalRedirectPolicy", &[in_slots]),
    ("envoy.config.route.v3.ClusterSpecifierPlugin", &[in_slots]),
    ("envoy.config.core.v3.SubstitutionFormatString", &[in_slots]),
    ("envoy.extensions.filters.http.compressor.v3.Compressor", &[in_slots]),
    ("envoy.extensions.filters.http.decompressor.v3.Decompressor", &[in_slots]),
    ("envoy.extensions.filters.http.stateful_session.v3.StatefulSession", &[in_slots]),
    ("envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy", &[in_slots]),
    ("envoy.config.accesslog.v3.AccessLog", &[itself]),
    ("envoy.config.trace.v3.Tracing.Http", &[itself]),
    ("envoy.config.core.v3.HealthCheck.CustomHealthCheck", &[itself]),
];
