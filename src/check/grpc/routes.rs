//! Routes of gRPC clients (P220): matches that they refuse, and actions that they do not know.

use super::{is_grpc, tell};
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

pub(in crate::check) const RULES: &[Row] = &[
    ("envoy.config.route.v3.RouteMatch", &[matching]),
    ("envoy.config.route.v3.Route", &[action]),
    ("envoy.config.route.v3.RetryPolicy", &[retries]),
];

fn matching(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    if !["prefix", "path", "safe_regex"].iter().any(|it| view.has(it)) {
        let message = "gRPC refuses a route whose path is matched by none of `prefix`, `path` and `safe_regex`";
        tell(findings, codes::GRPC_ROUTE, view.start(), message, "`prefix: \"\"` matches every method");
    }
    if view.has("query_parameters") {
        let message = "gRPC passes over a route with `query_parameters`: its calls have none";
        tell(findings, codes::GRPC_IGNORED, view.key_span("query_parameters"), message, "");
    }
}

fn action(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    for field in ["redirect", "direct_response"].into_iter().filter(|it| view.has(it)) {
        let message = format!("gRPC does not know `{field}`: calls on this route fail with UNAVAILABLE");
        tell(findings, codes::GRPC_IGNORED, view.key_span(field), message, "");
    }
}

const RETRY_ON: &[&str] = &["cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"];

fn retries(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    let words = view.text("retry_on").map_or("", |it| it);
    if !words.is_empty() && !words.split(',').any(|it| RETRY_ON.contains(&it.trim())) {
        let help = format!("it retries on {}", RETRY_ON.join(", "));
        tell(findings, codes::GRPC_IGNORED, view.span("retry_on"), "gRPC retries on none of these", &help);
    }
    if view.number("num_retries") == Some(0.0) {
        let message = "gRPC refuses `num_retries: 0`";
        tell(findings, codes::GRPC_ROUTE, view.span("num_retries"), message, "leave out the retry policy");
    }
}
