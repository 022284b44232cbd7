//! Headers that are added or removed: which of them Envoy lets one touch.
//!
//! Leaves to `substitution` what a value may say.

use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

pub(super) const RULES: &[Row] = &[
    ("envoy.config.core.v3.HeaderValueOption", &[added]),
    ("envoy.config.route.v3.RouteConfiguration", &[removed]),
    ("envoy.config.route.v3.VirtualHost", &[removed]),
    ("envoy.config.route.v3.Route", &[removed]),
    ("envoy.config.route.v3.WeightedCluster.ClusterWeight", &[removed]),
];

/// Whether a header is one that routing and the codec depend on.
fn is_reserved(name: &str) -> bool {
    name.starts_with(':') || name.eq_ignore_ascii_case("host")
}

fn added(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(header) = view.message("header") else { return };
    let Some(name) = header.text("key") else { return };
    if is_reserved(name) {
        let message = format!("Envoy lets nobody set the header `{name}`");
        let fault = findings.fault(codes::RESERVED_HEADER, header.span("key"), message);
        findings.push(fault.help(instead(name)));
    } else if !name.chars().all(is_token) {
        let message = format!("`{name}` cannot be the name of a header");
        let fault = findings.fault(codes::BAD_HEADER_NAME, header.span("key"), message);
        findings.push(fault.help("names of headers are letters, digits and `-`, for example `x-request-id`"));
    }
}

fn is_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter)
}

/// What does that which setting the header would have done.
fn instead(name: &str) -> &'static str {
    match &*name.to_ascii_lowercase() {
        "host" | ":authority" => "to change the host, use a route's `host_rewrite_literal` or one of its kin",
        ":path" => "to change the path, use a route's `prefix_rewrite` or `regex_rewrite`",
        ":status" => "to answer with a status of your own, use `direct_response` or `local_reply_config`",
        _ => "headers that begin with `:` are part of the protocol",
    }
}

fn removed(view: &View<'_>, findings: &mut Findings<'_>) {
    let names = ["request_headers_to_remove", "response_headers_to_remove"].map(|it| view.items(it));
    for name in names.into_iter().flatten() {
        if let Some(text) = name.text().filter(|it| is_reserved(it)) {
            let message = format!("Envoy lets nobody remove the header `{text}`");
            findings.push(findings.fault(codes::RESERVED_HEADER, name.span, message).help(instead(text)));
        }
    }
}
