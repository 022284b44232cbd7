//! HTTP connection managers: settings of which Envoy takes one or the other.

use std::collections::HashMap;

use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

const HCM: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

pub(super) const RULES: &[Row] =
    &[(HCM, &[exclusive, upgrades]), ("envoy.config.core.v3.Http2ProtocolOptions", &[settings])];

/// Settings that exclude each other, and what to do about it.
const PAIRS: &[(&str, &str, &str)] = &[
    ("strip_matching_host_port", "strip_any_host_port", "`strip_any_host_port` alone does both"),
    ("use_remote_address", "original_ip_detection_extensions", "the extensions decide what the client's address is"),
    (
        "xff_num_trusted_hops",
        "original_ip_detection_extensions",
        "set it in `XffConfig` of `envoy.http.original_ip_detection.xff`",
    ),
];

fn exclusive(view: &View<'_>, findings: &mut Findings<'_>) {
    for (one, other, help) in PAIRS {
        let is_on =
            |it: &str| view.flag(it) || view.number(it).is_some_and(|it| it > 0.0) || !view.items(it).is_empty();
        let is_off = |it: &str| {
            view.number(it) == Some(0.0)
                || view.value(it).is_some_and(|it| it.text().is_some_and(|it| &**it == "false"))
        };
        if is_on(one) && is_on(other) && !is_off(one) && !is_off(other) {
            let message = format!("`{one}` and `{other}` exclude each other");
            let fault = findings.fault(codes::EXCLUSIVE, view.key_span(other), message);
            findings.push(fault.related(findings.text, view.key_span(one), "the other one").help(*help));
        }
    }
}

/// Each type of upgrade once, in a manager or in a route.
pub(super) fn upgrades(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut seen = HashMap::new();
    for upgrade in view.messages("upgrade_configs") {
        let Some(kind) = upgrade.text("upgrade_type") else { continue };
        if let Some(first) = seen.insert(kind.to_ascii_lowercase(), upgrade.span("upgrade_type")) {
            let message = format!("the upgrade `{kind}` stands twice");
            let fault = findings.fault(codes::SAME_UPGRADE, upgrade.span("upgrade_type"), message);
            findings.push(fault.related(findings.text, first, "first named here"));
        }
    }
}

/// HTTP/2 settings that have a field of their own, by their number.
const SETTINGS: &[(f64, &str)] = &[
    (1.0, "hpack_table_size"),
    (3.0, "max_concurrent_streams"),
    (4.0, "initial_stream_window_size"),
    (8.0, "allow_connect"),
];

fn settings(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut seen = HashMap::new();
    for setting in view.messages("custom_settings_parameters") {
        let Some(number) = setting.number("identifier") else { continue };
        let span = setting.span("identifier");
        let named = SETTINGS.iter().find(|it| it.0 == number && view.has(it.1)).map(|it| it.1);
        let value = setting.number("value").map(f64::to_bits);
        let first = seen.insert(number.to_bits(), (span, value));
        if let Some(field) = named {
            let message = format!("the HTTP/2 setting {number} is `{field}`, which is set, too");
            let fault = findings.fault(codes::EXCLUSIVE, span, message);
            findings.push(fault.related(findings.text, view.key_span(field), "set here").help("keep one of them"));
        } else if let Some((first, _)) = first.filter(|it| it.1 != value) {
            let message = format!("the HTTP/2 setting {number} has two values");
            let fault = findings.fault(codes::EXCLUSIVE, span, message);
            findings.push(fault.related(findings.text, first, "the other one"));
        }
    }
}
