//! Listeners of gRPC clients, connection managers of both sides, and TLS (P219, P222). Leaves sockets to `servers`.

use std::collections::HashMap;

use super::{HCM, is_grpc, same_stream, tell};
use crate::check::View;
use crate::check::extensions::type_of;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

pub(in crate::check) const RULES: &[Row] = &[
    ("envoy.config.listener.v3.Listener", &[api_listener]),
    (HCM, &[routes, filters, addresses]),
    ("envoy.extensions.transport_sockets.tls.v3.CommonTlsContext", &[certificates]),
];

fn api_listener(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(api) = view.message("api_listener").filter(|_| is_grpc(findings)) else { return };
    match api.any("api_listener") {
        Some(manager) if &*manager.message.name == HCM => {}
        Some(other) => {
            let message = format!("an API listener holds an HTTP connection manager, not `{}`", other.message.name);
            tell(findings, codes::GRPC_LISTENER, api.start(), message, "");
        }
        None => {
            let message = "an API listener without an HTTP connection manager";
            tell(
                findings,
                codes::GRPC_LISTENER,
                api.start(),
                message,
                &format!("add `\"@type\": type.googleapis.com/{HCM}`"),
            );
        }
    }
}

fn routes(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    if let Some(scoped) = view.entry("scoped_routes") {
        tell(findings, codes::GRPC_LISTENER, scoped.key.span, "gRPC knows no `scoped_routes`", "use `rds`");
    }
    if let Some(rds) = view.message("rds") {
        same_stream(rds.message("config_source"), rds.start(), "route configurations", findings);
    }
}

/// Filters that gRPC has, by the part of their type behind `envoy.extensions.filters.http.`.
const FILTERS: &[&str] = &["fault", "gcp_authn", "rbac", "router", "stateful_session"];

fn filters(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    let filters = view.messages("http_filters");
    if filters.is_empty() {
        let message = "gRPC refuses a connection manager without HTTP filters";
        let help = "add `envoy.filters.http.router` as the last filter";
        tell(findings, codes::GRPC_ROUTER, view.key_span("http_filters"), message, help);
    }
    let mut names = HashMap::new();
    for filter in &filters {
        let span = filter.span("name");
        if let Some(first) = filter.text("name").and_then(|it| names.insert(it, span)) {
            let fault = findings.fault(codes::GRPC_FILTER, span, "gRPC refuses two filters of one name");
            let fault = fault.related(findings.text, first, "first used here");
            findings.push(fault);
        }
        let Some(kind) = type_of(filter).filter(|_| !filter.flag("is_optional")) else { continue };
        let word = kind.strip_prefix("envoy.extensions.filters.http.").and_then(|it| it.split('.').next());
        if !word.is_some_and(|it| FILTERS.contains(&it)) {
            let message = format!("gRPC has no HTTP filter `{kind}`, and refuses the listener");
            let help = format!("set `is_optional: true` to have it passed over; it has {}", FILTERS.join(", "));
            tell(findings, codes::GRPC_FILTER, span, message, &help);
        }
    }
}

/// Who the client is, gRPC finds out from the connection only (A41).
fn addresses(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    let field = match () {
        () if view.number("xff_num_trusted_hops").is_some_and(|it| it != 0.0) => "xff_num_trusted_hops",
        () if !view.items("original_ip_detection_extensions").is_empty() => "original_ip_detection_extensions",
        () => return,
    };
    let message = format!("gRPC refuses a connection manager with `{field}`");
    tell(findings, codes::GRPC_LISTENER, view.key_span(field), message, "");
}

/// What gRPC refuses in TLS, since certificates come from providers of its bootstrap (A29).
const TLS: &[&str] = &[
    "tls_certificates",
    "tls_certificate_sds_secret_configs",
    "validation_context_sds_secret_config",
    "tls_params",
    "custom_handshaker",
];

fn certificates(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    for field in TLS.iter().filter(|it| view.has(it)) {
        let message = format!("gRPC refuses `{field}`: certificates come from the providers of its bootstrap");
        let help = "use `tls_certificate_provider_instance: {instance_name: …}`, and \
                    `validation_context: {ca_certificate_provider_instance: {instance_name: …}}`";
        tell(findings, codes::GRPC_TLS, view.key_span(field), message, help);
    }
    let combined = view.message("combined_validation_context");
    let validation = combined
        .as_ref()
        .map_or_else(|| view.message("validation_context"), |it| it.message("default_validation_context"));
    if let Some(trusted) = validation.as_ref().and_then(|it| it.entry("trusted_ca")) {
        let message = "gRPC takes no `trusted_ca`: it comes from a provider of its bootstrap";
        let help = "use `ca_certificate_provider_instance: {instance_name: …}`";
        tell(findings, codes::GRPC_TLS, trusted.key.span, message, help);
    }
}
