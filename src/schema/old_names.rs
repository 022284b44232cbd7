//! Names and types that Envoy once had, and what they are called today; extensions that need no settings.

/// Names from before Envoy 1.14, and today's.
const LEGACY_NAMES: &[(&str, &str)] = &[
    ("envoy.buffer", "envoy.filters.http.buffer"),
    ("envoy.client_ssl_auth", "envoy.filters.network.client_ssl_auth"),
    ("envoy.cors", "envoy.filters.http.cors"),
    ("envoy.csrf", "envoy.filters.http.csrf"),
    ("envoy.echo", "envoy.filters.network.echo"),
    ("envoy.fault", "envoy.filters.http.fault"),
    ("envoy.file_access_log", "envoy.access_loggers.file"),
    ("envoy.grpc_http1_bridge", "envoy.filters.http.grpc_http1_bridge"),
    ("envoy.grpc_json_transcoder", "envoy.filters.http.grpc_json_transcoder"),
    ("envoy.grpc_web", "envoy.filters.http.grpc_web"),
    ("envoy.gzip", "envoy.filters.http.compressor"),
    ("envoy.health_check", "envoy.filters.http.health_check"),
    ("envoy.http_connection_manager", "envoy.filters.network.http_connection_manager"),
    ("envoy.http_grpc_access_log", "envoy.access_loggers.http_grpc"),
    ("envoy.ip_tagging", "envoy.filters.http.ip_tagging"),
    ("envoy.listener.http_inspector", "envoy.filters.listener.http_inspector"),
    ("envoy.listener.original_dst", "envoy.filters.listener.original_dst"),
    ("envoy.listener.original_src", "envoy.filters.listener.original_src"),
    ("envoy.listener.proxy_protocol", "envoy.filters.listener.proxy_protocol"),
    ("envoy.listener.tls_inspector", "envoy.filters.listener.tls_inspector"),
    ("envoy.lua", "envoy.filters.http.lua"),
    ("envoy.mongo_proxy", "envoy.filters.network.mongo_proxy"),
    ("envoy.rate_limit", "envoy.filters.http.ratelimit"),
    ("envoy.ratelimit", "envoy.filters.network.ratelimit"),
    ("envoy.redis_proxy", "envoy.filters.network.redis_proxy"),
    ("envoy.router", "envoy.filters.http.router"),
    ("envoy.squash", "envoy.filters.http.squash"),
    ("envoy.tcp_grpc_access_log", "envoy.access_loggers.tcp_grpc"),
    ("envoy.tcp_proxy", "envoy.filters.network.tcp_proxy"),
];

/// Extensions that need no settings, and their types: a bare name means the defaults (S36, L4).
const BARE: &[(&str, &str)] = &[
    ("envoy.access_loggers.stderr", "envoy.extensions.access_loggers.stream.v3.StderrAccessLog"),
    ("envoy.access_loggers.stdout", "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"),
    (
        "envoy.filters.http.alternate_protocols_cache",
        "envoy.extensions.filters.http.alternate_protocols_cache.v3.FilterConfig",
    ),
    ("envoy.filters.http.buffer", "envoy.extensions.filters.http.buffer.v3.Buffer"),
    ("envoy.filters.http.connect_grpc_bridge", "envoy.extensions.filters.http.connect_grpc_bridge.v3.FilterConfig"),
    ("envoy.filters.http.cors", "envoy.extensions.filters.http.cors.v3.Cors"),
    ("envoy.filters.http.fault", "envoy.extensions.filters.http.fault.v3.HTTPFault"),
    ("envoy.filters.http.grpc_http1_bridge", "envoy.extensions.filters.http.grpc_http1_bridge.v3.Config"),
    ("envoy.filters.http.grpc_stats", "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig"),
    ("envoy.filters.http.grpc_web", "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb"),
    ("envoy.filters.http.header_mutation", "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"),
    ("envoy.filters.http.lua", "envoy.extensions.filters.http.lua.v3.Lua"),
    ("envoy.filters.http.on_demand", "envoy.extensions.filters.http.on_demand.v3.OnDemand"),
    ("envoy.filters.http.rbac", "envoy.extensions.filters.http.rbac.v3.RBAC"),
    ("envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router"),
    ("envoy.filters.http.stateful_session", "envoy.extensions.filters.http.stateful_session.v3.StatefulSession"),
    ("envoy.filters.http.upstream_codec", "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec"),
    ("envoy.filters.listener.http_inspector", "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"),
    ("envoy.filters.listener.original_dst", "envoy.extensions.filters.listener.original_dst.v3.OriginalDst"),
    ("envoy.filters.listener.original_src", "envoy.extensions.filters.listener.original_src.v3.OriginalSrc"),
    ("envoy.filters.listener.proxy_protocol", "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"),
    ("envoy.filters.listener.tls_inspector", "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"),
    ("envoy.filters.network.echo", "envoy.extensions.filters.network.echo.v3.Echo"),
    ("envoy.filters.network.sni_cluster", "envoy.extensions.filters.network.sni_cluster.v3.SniCluster"),
    ("envoy.transport_sockets.raw_buffer", "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"),
];

/// Packages of the v2 API and what became of them; what follows is kept, but for its version.
const V2_PACKAGES: &[(&str, &[&str])] = &[
    ("envoy.api.v2.auth.", &["envoy.extensions.transport_sockets.tls.v3."]),
    ("envoy.api.v2.cluster.", &["envoy.config.cluster.v3."]),
    ("envoy.api.v2.core.", &["envoy.config.core.v3."]),
    ("envoy.api.v2.endpoint.", &["envoy.config.endpoint.v3."]),
    ("envoy.api.v2.listener.", &["envoy.config.listener.v3."]),
    ("envoy.api.v2.route.", &["envoy.config.route.v3."]),
    (
        "envoy.api.v2.",
        &[
            "envoy.config.cluster.v3.",
            "envoy.config.listener.v3.",
            "envoy.config.route.v3.",
            "envoy.config.endpoint.v3.",
            "envoy.service.discovery.v3.",
        ],
    ),
    (
        "envoy.config.accesslog.v2.",
        &["envoy.extensions.access_loggers.file.v3.", "envoy.extensions.access_loggers.grpc.v3."],
    ),
    ("envoy.config.filter.accesslog.v2.", &["envoy.config.accesslog.v3."]),
    ("envoy.config.filter.http.rate_limit.v2.", &["envoy.extensions.filters.http.ratelimit.v3."]),
    ("envoy.config.filter.http.transcoder.v2.", &["envoy.extensions.filters.http.grpc_json_transcoder.v3."]),
    ("envoy.config.filter.network.rate_limit.v2.", &["envoy.extensions.filters.network.ratelimit.v3."]),
    ("envoy.config.filter.", &["envoy.extensions.filters."]),
    ("envoy.config.cluster.", &["envoy.extensions.clusters."]),
    ("envoy.config.transport_socket.", &["envoy.extensions.transport_sockets."]),
    ("envoy.config.trace.", &["envoy.config.trace."]),
    ("envoy.config.bootstrap.", &["envoy.config.bootstrap."]),
    ("envoy.config.rbac.", &["envoy.config.rbac."]),
    ("envoy.service.discovery.v2.", &["envoy.service.runtime.v3.", "envoy.service.discovery.v3."]),
];

/// Today's name of an extension that is called by an old one.
pub(crate) fn modern_name(name: &str) -> Option<&'static str> {
    look_up(LEGACY_NAMES, name)
}

/// The type of an extension that needs no settings.
pub(crate) fn bare_type(name: &str) -> Option<&'static str> {
    look_up(BARE, name)
}

/// The v3 type of a v2 type, as far as `known` has it.
pub(crate) fn v3_of<T>(name: &str, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let moved = V2_PACKAGES.iter().filter_map(|(old, new)| Some((name.strip_prefix(old)?, new)));
    moved.flat_map(|(rest, new)| new.iter().map(move |it| format!("{it}{}", at_v3(rest)))).find_map(|it| known(&it))
}

/// `http.router.v2.Router` as `http.router.v3.Router`.
fn at_v3(name: &str) -> String {
    let is_version = |it: &str| it.starts_with("v2") || it == "v1" || it.starts_with("v1alpha");
    name.split('.').map(|it| if is_version(it) { "v3" } else { it }).collect::<Vec<_>>().join(".")
}

fn look_up(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|it| it.0 == word).map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::descriptors;

    #[test]
    fn all_types_of_the_tables_exist() {
        let pool = descriptors();
        for (name, kind) in BARE {
            assert!(pool.get_message_by_name(kind).is_some(), "{name}: {kind}");
        }
    }

    #[test]
    fn s96_v2_types() {
        let pool = descriptors();
        for (old, new) in [
            ("envoy.api.v2.Cluster", "envoy.config.cluster.v3.Cluster"),
            ("envoy.api.v2.RouteConfiguration", "envoy.config.route.v3.RouteConfiguration"),
            ("envoy.api.v2.ClusterLoadAssignment", "envoy.config.endpoint.v3.ClusterLoadAssignment"),
            ("envoy.api.v2.auth.Secret", "envoy.extensions.transport_sockets.tls.v3.Secret"),
            (
                "envoy.config.filter.network.http_connection_manager.v2.HttpConnectionManager",
                "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            ),
            ("envoy.config.filter.http.router.v2.Router", "envoy.extensions.filters.http.router.v3.Router"),
            ("envoy.config.accesslog.v2.FileAccessLog", "envoy.extensions.access_loggers.file.v3.FileAccessLog"),
        ] {
            assert!(pool.get_message_by_name(old).is_none(), "{old} is known");
            let found = v3_of(old, |it| pool.get_message_by_name(it));
            assert_eq!(found.unwrap().full_name(), new);
        }
        assert!(v3_of("envoy.api.v2.Nothing", |it| pool.get_message_by_name(it)).is_none());
    }
}
