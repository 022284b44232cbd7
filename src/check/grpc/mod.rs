//! What gRPC clients and servers without a proxy can use of Envoy's API: for documents with `profile: grpc`.
//!
//! They know a part of the API only, refuse some of the rest and pass over the rest of that (gRFCs A27 to A48). Answers
//! for P219 to P224. Leaves all that holds for Envoy, too, to the other rules.

mod clients;
mod clusters;
mod endpoints;
mod routes;
mod servers;

use super::View;
use super::facts::Profile;
use super::rules::Findings;
use crate::spec::{Span, Value, codes};

pub(super) use clients::RULES as CLIENTS;
pub(super) use clusters::RULES as CLUSTERS;
pub(super) use endpoints::RULES as ENDPOINTS;
pub(super) use routes::RULES as ROUTES;
pub(super) use servers::RULES as SERVERS;

const HCM: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

fn is_grpc(findings: &Findings<'_>) -> bool {
    findings.profile == Profile::Grpc
}

/// Reports a fault, with the next step.
fn tell(findings: &mut Findings<'_>, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
    let fault = findings.fault(code, span, message);
    findings.push(if help.is_empty() { fault } else { fault.help(help) });
}

/// A gRPC client has one stream, and asks for all on it (A27, A47).
fn same_stream(source: Option<View<'_>>, otherwise: Span, what: &str, findings: &mut Findings<'_>) {
    let is_good = |it: &View<'_>| it.tree.value == Value::ConfigSource || it.has("ads") || it.has("self");
    if source.as_ref().is_some_and(is_good) {
        return;
    }
    let span = source.map_or(otherwise, |it| it.start());
    let message = format!("gRPC takes {what} by ADS only");
    tell(
        findings,
        codes::GRPC_SOURCE,
        span,
        message,
        "write `{ads: {}, resource_api_version: V3}`, or `self` for `ads`",
    );
}
