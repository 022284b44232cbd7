//! The HTTP connection manager and access logs.

use super::super::shape::Shape::{Any, Boolean, Choice, Duration, Integer, Text, TextOrMap};
use super::super::shape::object;

object! {
    /// The HTTP connection manager.
    HTTP: "http", "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    codec: Choice(&[("auto", "AUTO"), ("http1", "HTTP1"), ("http2", "HTTP2")]) => "codec_type", "What clients speak; `auto` by default";
    scheme: Choice(&[("http", "http"), ("https", "https")]) => "scheme_header_transformation.scheme_to_overwrite", "Overwrite the request's scheme";
    server_name: Text => "server_name", "The `server` header of responses; Envoy's default is `envoy`";
    use_remote_address: Boolean => "use_remote_address", "Trust the connection's address, not `x-forwarded-for`: for Envoys at the edge";
    xff_num_trusted_hops: Integer => "xff_num_trusted_hops", "How many proxies before this one are trusted";
    skip_xff_append: Boolean => "skip_xff_append", "Leave `x-forwarded-for` as it is";
    via: Text => "via", "The name to add to `via`";
    forward_client_cert: Choice(&[("sanitize", "SANITIZE"), ("forward_only", "FORWARD_ONLY"), ("append_forward", "APPEND_FORWARD"), ("sanitize_set", "SANITIZE_SET"), ("always_forward_only", "ALWAYS_FORWARD_ONLY")]) => "forward_client_cert_details", "What to do with `x-forwarded-client-cert`";
    generate_request_id: Boolean => "generate_request_id", "Give each request an `x-request-id`; `true` by default";
    preserve_external_request_id: Boolean => "preserve_external_request_id", "Keep an `x-request-id` that comes from outside";
    idle_timeout: Duration => "common_http_protocol_options.idle_timeout", "Close connections without requests; Envoy's default is `1h`";
    max_connection_duration: Duration => "common_http_protocol_options.max_connection_duration", "Drain connections of this age";
    max_headers_count: Integer => "common_http_protocol_options.max_headers_count", "How many headers a request may have";
    max_requests_per_connection: Integer => "common_http_protocol_options.max_requests_per_connection", "Drain a connection after so many requests";
    max_request_headers_kb: Integer => "max_request_headers_kb", "How large a request's headers may be";
    max_concurrent_streams: Integer => "http2_protocol_options.max_concurrent_streams", "How many requests at once on one HTTP/2 connection";
    stream_idle_timeout: Duration => "stream_idle_timeout", "End requests on which nothing moves; Envoy's default is `5m`";
    request_timeout: Duration => "request_timeout", "How long a whole request may take to arrive";
    request_headers_timeout: Duration => "request_headers_timeout", "How long a request's headers may take to arrive";
    drain_timeout: Duration => "drain_timeout", "How long a drained connection may live on";
    delayed_close_timeout: Duration => "delayed_close_timeout", "How long to wait for the client to close";
    normalize_path: Boolean => "normalize_path", "Resolve `.` and `..` in paths before matching";
    merge_slashes: Boolean => "merge_slashes", "Read `//` in paths as `/`";
    strip_port: Boolean => "strip_any_host_port", "Take the port off the `host` header before matching";
    accept_http_10: Boolean => "http_protocol_options.accept_http_10", "Serve HTTP/1.0 clients";
    websocket: Boolean, "Allow websocket upgrades on all routes";
}

/// Where a log can go, other than a path.
pub(in crate::compile::simple) const STREAMS: [(&str, &str, &str); 2] = [
    ("stdout", "envoy.access_loggers.stdout", "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"),
    ("stderr", "envoy.access_loggers.stderr", "envoy.extensions.access_loggers.stream.v3.StderrAccessLog"),
];

object! {
    /// An access log.
    ACCESS_LOG: "an access log", "envoy.config.accesslog.v3.AccessLog";
    to required: Text, "`stdout`, `stderr`, or a path on Envoy's machine";
    format: TextOrMap(&Any), "A line with Envoy's command operators, a map of such for JSON, or `json` for the usual fields";
}
