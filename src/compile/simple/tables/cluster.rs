//! Clusters, their endpoints, and how they are watched and guarded.

use super::super::shape::Shape::{Boolean, Choice, Duration, Integer, List, Map, Number, Object, Raw, Short, Text};
use super::super::shape::object;
use super::tls::UPSTREAM_TLS;

object! {
    /// A cluster.
    CLUSTER: "a cluster", "envoy.config.cluster.v3.Cluster";
    @one_of [protocol http2];
    name required: Text => "name", "The cluster's name";
    endpoints: List(&Short("address", &ENDPOINT)), "Where it is";
    type: Choice(&[("eds", "EDS"), ("static", "STATIC"), ("strict_dns", "STRICT_DNS"), ("logical_dns", "LOGICAL_DNS"), ("original_dst", "ORIGINAL_DST")]), "How endpoints are found; by default EDS for IP addresses, STRICT_DNS for host names";
    load_assignment: Raw("envoy.config.endpoint.v3.ClusterLoadAssignment"), "Fields merged over the generated ClusterLoadAssignment";
    connect_timeout: Duration => "connect_timeout", "How long connecting may take; `5s` by default";
    lb_policy: Choice(&[("round_robin", "ROUND_ROBIN"), ("least_request", "LEAST_REQUEST"), ("ring_hash", "RING_HASH"), ("maglev", "MAGLEV"), ("random", "RANDOM"), ("cluster_provided", "CLUSTER_PROVIDED")]), "How an endpoint is picked; `round_robin` by default";
    slow_start: Duration, "How long a new endpoint's share grows; for `round_robin` and `least_request`";
    panic_threshold: Number => "common_lb_config.healthy_panic_threshold.value", "Below this percentage of healthy endpoints, use all of them; Envoy's default is 50";
    subsets: List(&List(&Text)), "The metadata keys by which routes may choose a `subset`";
    subset_fallback: Choice(&[("any", "ANY_ENDPOINT"), ("none", "NO_FALLBACK")]) => "lb_subset_config.fallback_policy", "Where to if no endpoint has the subset's metadata; `none` by default";
    protocol: Choice(&[("http1", "http1"), ("http2", "http2"), ("auto", "auto")]), "What the endpoints speak; `auto` is negotiated by TLS";
    http2: Boolean, "Short for `protocol: http2`";
    http: Object(&HTTP_OPTIONS), "Settings of the connections to the endpoints";
    tls: Object(&UPSTREAM_TLS), "Speak TLS";
    health_checks: List(&Object(&HEALTH_CHECK)), "How to find out which endpoints are healthy";
    outlier_detection: Object(&OUTLIER_DETECTION) => "outlier_detection", "Take endpoints out that fail";
    circuit_breakers: Object(&CIRCUIT_BREAKERS), "Limits, above which requests fail at once";
    dns: Object(&DNS), "How host names are resolved";
    tcp_keepalive: Object(&TCP_KEEPALIVE), "TCP keepalive probes";
    per_connection_buffer_limit_bytes: Integer => "per_connection_buffer_limit_bytes", "Soft limit of the buffers of one connection";
    alt_stat_name: Text => "alt_stat_name", "The name in metrics, if not the cluster's";
}

object! {
    /// An endpoint.
    ENDPOINT: "an endpoint", "envoy.config.endpoint.v3.LbEndpoint";
    @one_of [zone locality];
    address: Text, "An IP address or a host name; the port may follow it: `10.0.0.1:80`";
    port: Integer, "The port";
    path: Text, "A unix socket, instead of `address` and `port`";
    weight: Integer => "load_balancing_weight", "Its share of the requests";
    priority: Integer, "Used only while lower numbers are unhealthy; 0 by default";
    zone: Text, "Its zone; short for `locality: {zone}`";
    locality: Object(&LOCALITY), "Where it stands";
    health_status: Choice(&[("unknown", "UNKNOWN"), ("healthy", "HEALTHY"), ("unhealthy", "UNHEALTHY"), ("draining", "DRAINING"), ("timeout", "TIMEOUT"), ("degraded", "DEGRADED")]) => "health_status", "Its health, as you know it";
    hostname: Text => "endpoint.hostname", "Its host name, for `host_rewrite: {auto: true}`";
    health_check_port: Integer => "endpoint.health_check_config.port_value", "The port for health checks, if not `port`";
    metadata: Map(&Text), "Marks by which a route's `subset` finds it";
}

object! {
    /// Where an endpoint stands.
    LOCALITY: "a locality", "envoy.config.core.v3.Locality";
    region: Text => "region", "The region";
    zone: Text => "zone", "The zone";
    sub_zone: Text => "sub_zone", "The part of the zone";
}

object! {
    /// HTTP on the connections to a cluster.
    HTTP_OPTIONS: "a cluster's http", "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    idle_timeout: Duration => "common_http_protocol_options.idle_timeout", "Close connections without requests; Envoy's default is `1h`";
    max_connection_duration: Duration => "common_http_protocol_options.max_connection_duration", "Drain connections of this age";
    max_requests_per_connection: Integer => "common_http_protocol_options.max_requests_per_connection", "Close a connection after so many requests";
    max_headers_count: Integer => "common_http_protocol_options.max_headers_count", "How many headers a response may have";
    auto_sni: Boolean => "upstream_http_protocol_options.auto_sni", "Take the SNI from the request's host";
    auto_san_validation: Boolean => "upstream_http_protocol_options.auto_san_validation", "Verify the certificate's name by the request's host";
}

object! {
    /// A health check.
    HEALTH_CHECK: "a health check", "envoy.config.core.v3.HealthCheck";
    @one_of [http tcp grpc];
    http: Short("path", &HTTP_CHECK), "By an HTTP request";
    tcp: Object(&TCP_CHECK) => "tcp_health_check", "By connecting";
    grpc: Object(&GRPC_CHECK) => "grpc_health_check", "By gRPC's health service";
    interval: Duration => "interval", "How often; `5s` by default";
    timeout: Duration => "timeout", "How long an answer may take; `1s` by default";
    unhealthy_threshold: Integer => "unhealthy_threshold", "Failures in a row that make an endpoint unhealthy; 3 by default";
    healthy_threshold: Integer => "healthy_threshold", "Successes in a row that make it healthy again; 2 by default";
}

object! {
    /// An HTTP health check.
    HTTP_CHECK: "an http check", "envoy.config.core.v3.HealthCheck.HttpHealthCheck";
    path required: Text => "path", "The path to ask for";
    host: Text => "host", "The `host` header; the cluster's name by default";
    method: Choice(&[("get", "GET"), ("head", "HEAD"), ("post", "POST"), ("options", "OPTIONS")]) => "method", "The method; `get` by default";
    statuses: List(&Text), "Healthy statuses: `200`, `200-299`; 200 by default";
}

object! {
    /// A TCP health check.
    TCP_CHECK: "a tcp check", "envoy.config.core.v3.HealthCheck.TcpHealthCheck";
}

object! {
    /// A gRPC health check.
    GRPC_CHECK: "a grpc check", "envoy.config.core.v3.HealthCheck.GrpcHealthCheck";
    service: Text => "service_name", "The service to ask about; the whole server by default";
    authority: Text => "authority", "The `:authority` header; the cluster's name by default";
}

object! {
    /// Taking failing endpoints out.
    OUTLIER_DETECTION: "outlier detection", "envoy.config.cluster.v3.OutlierDetection";
    consecutive_5xx: Integer => "consecutive_5xx", "Errors in a row; Envoy's default is 5";
    consecutive_gateway_failure: Integer => "consecutive_gateway_failure", "502, 503 or 504 in a row";
    interval: Duration => "interval", "How often is counted; Envoy's default is `10s`";
    base_ejection_time: Duration => "base_ejection_time", "How long out, the first time; Envoy's default is `30s`";
    max_ejection_time: Duration => "max_ejection_time", "How long out at most";
    max_ejection_percent: Integer => "max_ejection_percent", "How many of a hundred endpoints may be out; Envoy's default is 10";
}

object! {
    /// Circuit breakers.
    CIRCUIT_BREAKERS: "circuit breakers", "envoy.config.cluster.v3.CircuitBreakers.Thresholds";
    max_connections: Integer => "max_connections", "Connections at once; Envoy's default is 1024";
    max_pending_requests: Integer => "max_pending_requests", "Requests that wait for a connection; Envoy's default is 1024";
    max_requests: Integer => "max_requests", "Requests at once; Envoy's default is 1024";
    max_retries: Integer => "max_retries", "Retries at once; Envoy's default is 3";
    high: Object(&THRESHOLDS), "The same for requests of high priority";
}

object! {
    /// The limits of one priority.
    THRESHOLDS: "thresholds", "envoy.config.cluster.v3.CircuitBreakers.Thresholds";
    max_connections: Integer => "max_connections", "As above";
    max_pending_requests: Integer => "max_pending_requests", "As above";
    max_requests: Integer => "max_requests", "As above";
    max_retries: Integer => "max_retries", "As above";
}

object! {
    /// DNS.
    DNS: "dns", "envoy.extensions.clusters.dns.v3.DnsCluster";
    lookup_family: Choice(&[("v4_only", "V4_ONLY"), ("v6_only", "V6_ONLY"), ("v4_preferred", "V4_PREFERRED"), ("auto", "AUTO"), ("all", "ALL")]) => "dns_lookup_family", "Which addresses; `v4_only` by default";
    refresh_rate: Duration => "dns_refresh_rate", "How often to ask; Envoy's default is `5s`";
    respect_ttl: Boolean => "respect_dns_ttl", "Ask again when the answer says so";
}

object! {
    /// TCP keepalive.
    TCP_KEEPALIVE: "tcp keepalive", "envoy.config.core.v3.TcpKeepalive";
    probes: Integer => "keepalive_probes", "Probes without an answer before the connection is dead";
    time: Duration, "Silence before the first probe, in whole seconds";
    interval: Duration, "Time between probes, in whole seconds";
}
