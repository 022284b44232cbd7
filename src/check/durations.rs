//! Durations that Envoy refuses for being below zero. Leaves to others what each field takes beyond that.

use super::View;
use super::rules::{Findings, Row};
use crate::spec::codes;

/// Fields that are read as milliseconds, for which Envoy takes no negative ones.
const FIELDS: &[(&str, &[&str])] = &[
    (
        HCM,
        &[
            "stream_idle_timeout",
            "request_timeout",
            "request_headers_timeout",
            "drain_timeout",
            "delayed_close_timeout",
        ],
    ),
    ("envoy.config.core.v3.HttpProtocolOptions", &["idle_timeout", "max_connection_duration", "max_stream_duration"]),
    ("envoy.config.listener.v3.Listener", &["listener_filters_timeout"]),
    ("envoy.config.listener.v3.FilterChain", &["transport_socket_connect_timeout"]),
    ("envoy.config.route.v3.RouteAction", &["timeout", "idle_timeout", "max_grpc_timeout", "grpc_timeout_offset"]),
    (
        "envoy.config.route.v3.RouteAction.MaxStreamDuration",
        &["max_stream_duration", "grpc_timeout_header_max", "grpc_timeout_header_offset"],
    ),
    ("envoy.config.route.v3.RetryPolicy", &["per_try_timeout", "per_try_idle_timeout"]),
    ("envoy.config.route.v3.RetryPolicy.RetryBackOff", &["base_interval", "max_interval"]),
];

const HCM: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

pub(super) const RULES: &[Row] = &[
    (HCM, &[negative]),
    ("envoy.config.core.v3.HttpProtocolOptions", &[negative]),
    ("envoy.config.listener.v3.Listener", &[negative]),
    ("envoy.config.listener.v3.FilterChain", &[negative]),
    ("envoy.config.route.v3.RouteAction", &[negative]),
    ("envoy.config.route.v3.RouteAction.MaxStreamDuration", &[negative]),
    ("envoy.config.route.v3.RetryPolicy", &[negative]),
    ("envoy.config.route.v3.RetryPolicy.RetryBackOff", &[negative]),
];

fn negative(view: &View<'_>, findings: &mut Findings<'_>) {
    let fields = FIELDS.iter().filter(|it| it.0 == &*view.message.name).flat_map(|it| it.1);
    for field in fields.filter(|it| seconds(view, it).is_some_and(|it| it < 0.0)) {
        let message = format!("`{field}` is below zero");
        let fault = findings.fault(codes::NEGATIVE, view.span(field), message);
        findings.push(fault.help("`0s` switches most timeouts off"));
    }
}

/// The seconds of a duration, if it is one.
pub(super) fn seconds(view: &View<'_>, field: &str) -> Option<f64> {
    view.value(field)?.text()?.strip_suffix('s')?.parse().ok()
}
