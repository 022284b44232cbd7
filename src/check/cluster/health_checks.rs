//! Active health checks and outlier detection: what Envoy demands in code, beyond `validate.rules`.

use std::collections::HashMap;

use super::upstream::{Protocol, protocol_of};
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

const CLUSTER: &str = "envoy.config.cluster.v3.Cluster";
const HTTP: &str = "envoy.config.core.v3.HealthCheck.HttpHealthCheck";
const PAYLOAD: &str = "envoy.config.core.v3.HealthCheck.Payload";
const OUTLIERS: &str = "envoy.config.cluster.v3.OutlierDetection";

pub(super) const RULES: &[Row] = &[
    (CLUSTER, &[names, grpc_needs_http2]),
    (HTTP, &[statuses, body, codec]),
    (PAYLOAD, &[hexadecimal]),
    (OUTLIERS, &[ejection_times]),
];

/// Several checks of one cluster are told apart by name.
fn names(view: &View<'_>, findings: &mut Findings<'_>) {
    let checks = view.messages("health_checks");
    if checks.len() < 2 {
        return;
    }
    let mut seen = HashMap::new();
    for it in &checks {
        let Some(name) = it.text("name") else {
            let message = "a health check without a `name`, of several";
            let help = "give each of them a name of its own";
            findings.report(codes::HEALTH_CHECK_NAMES, it.start(), message, help);
            continue;
        };
        if let Some(first) = seen.insert(name.clone(), it.span("name")) {
            let message = format!("two health checks of one cluster are called `{name}`");
            let fault = findings.fault(codes::HEALTH_CHECK_NAMES, it.span("name"), message);
            findings.push(fault.related(findings.text, first, "first given here"));
        }
    }
}

fn grpc_needs_http2(view: &View<'_>, findings: &mut Findings<'_>) {
    let checks = view.messages("health_checks");
    let Some(check) = checks.iter().find(|it| it.has("grpc_health_check")) else { return };
    if protocol_of(view) == Protocol::Http1 {
        let message = "a gRPC health check of a cluster that speaks HTTP/1.1";
        let help = "say that its endpoints speak HTTP/2, as gRPC demands (in a raw cluster: \
                    `explicit_http_config: {http2_protocol_options: {}}` in its `HttpProtocolOptions`)";
        findings.report(codes::GRPC_CHECK_HTTP1, check.key_span("grpc_health_check"), message, help);
    }
}

/// Ranges of statuses are half open, and within what HTTP has.
fn statuses(view: &View<'_>, findings: &mut Findings<'_>) {
    for field in ["expected_statuses", "retriable_statuses"] {
        for range in view.messages(field) {
            let (start, end) = (range.number("start").unwrap_or(0.0), range.number("end").unwrap_or(0.0));
            let message = if start < 100.0 || end > 600.0 {
                format!("statuses are from 100 to 599, and this range is {start} to {end}")
            } else if start >= end {
                format!("the range from {start} to {end} is empty: its end is not part of it")
            } else {
                continue;
            };
            let help = "`{start: 200, end: 300}` is 200 to 299";
            findings.report(codes::STATUS_RANGE, range.start(), message, help);
        }
    }
}

fn body(view: &View<'_>, findings: &mut Findings<'_>) {
    /// Methods with a body: POST, PUT, OPTIONS, PATCH.
    const WITH_BODY: [i32; 4] = [3, 4, 7, 9];
    if view.has("send") && !WITH_BODY.contains(&view.choice("method")) {
        let message = "`send` with a method that has no body";
        findings.report(codes::CHECK_BODY, view.key_span("send"), message, "set `method: POST`, or take it out");
    }
}

/// Envoy 1.40 ends itself over this one.
fn codec(view: &View<'_>, findings: &mut Findings<'_>) {
    const HTTP3: i32 = 2;
    if view.choice("codec_client_type") == HTTP3 {
        let message = "`codec_client_type: HTTP3`: Envoy cannot check health over HTTP/3, and crashes";
        findings.report(codes::HTTP3_CHECK, view.span("codec_client_type"), message, "use `HTTP2`");
    }
}

/// `text` is hexadecimal.
fn hexadecimal(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(text) = view.text("text") else { return };
    if text.len() % 2 != 0 || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
        let digits: String = text.bytes().take(40).map(|it| format!("{it:02x}")).collect();
        let help = match text.len() <= 40 {
            true => format!("for these characters, write `text: \"{digits}\"`"),
            false => String::new(),
        };
        let message = "`text` takes hexadecimal digits, two for each byte";
        findings.report(codes::PAYLOAD_HEX, view.span("text"), message, &help);
    }
}

/// Endpoints are ejected for `base_ejection_time` at least.
fn ejection_times(view: &View<'_>, findings: &mut Findings<'_>) {
    const BASE: f64 = 30.0;
    let Some(most) = view.seconds("max_ejection_time") else { return };
    let base = view.seconds("base_ejection_time").unwrap_or(BASE);
    if most < base {
        let message = format!("`max_ejection_time` ({most}s) is less than `base_ejection_time` ({base}s)");
        let help = "the defaults are 300s and 30s";
        findings.report(codes::EJECTION_TIMES, view.span("max_ejection_time"), message, help);
    }
}
