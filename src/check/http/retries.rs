//! Retry policies: words that Envoy knows, and intervals that fit.

use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::{codes, did_you_mean};

pub(super) const RULES: &[Row] =
    &[("envoy.config.route.v3.RetryPolicy", &[words]), ("envoy.config.route.v3.RetryPolicy.RetryBackOff", &[back_off])];

/// What Envoy can retry on, for HTTP and for gRPC.
const WORDS: &[&str] = &[
    "5xx",
    "cancelled",
    "connect-failure",
    "deadline-exceeded",
    "envoy-ratelimited",
    "gateway-error",
    "http3-post-connect-failure",
    "internal",
    "refused-stream",
    "reset",
    "reset-before-request",
    "resource-exhausted",
    "retriable-4xx",
    "retriable-headers",
    "retriable-status-codes",
    "unavailable",
];

/// Envoy passes over words that it does not know: what was meant is then not retried.
fn words(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(text) = view.text("retry_on") else { return };
    let words: Vec<_> = text.split(',').map(str::trim).collect();
    for word in words.iter().filter(|it| !it.is_empty() && !WORDS.contains(it)) {
        let message = format!("Envoy does not know `{word}`, and passes over it");
        let fault = findings.fault(codes::RETRY_WORD, view.span("retry_on"), message);
        findings.push(match did_you_mean(word, WORDS.iter().copied()) {
            Some(near) => fault.remark(format!("did you mean `{near}`?")),
            None => fault.help(format!("it knows {}", WORDS.join(", "))),
        });
    }
    if view.items("retriable_status_codes").is_empty() {
        return;
    }
    if !words.contains(&"retriable-status-codes") {
        let message = "`retriable_status_codes` has no effect without `retriable-status-codes` in `retry_on`";
        findings.push(findings.fault(codes::RETRY_WORD, view.key_span("retriable_status_codes"), message));
    }
}

fn back_off(view: &View<'_>, findings: &mut Findings<'_>) {
    let (Some(base), Some(most)) = (view.seconds("base_interval"), view.seconds("max_interval")) else { return };
    if most < base {
        let message = "`max_interval` is shorter than `base_interval`";
        let fault = findings.fault(codes::RETRY_INTERVALS, view.span("max_interval"), message);
        findings.push(fault.related(findings.text, view.span("base_interval"), "the base interval"));
    }
}
