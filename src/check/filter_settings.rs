//! Settings of single filters that Envoy refuses in code, beyond the rules of its API.
//!
//! Leaves to `http_filters` and `extensions` where filters stand.

use std::collections::HashMap;

use super::View;
use super::rules::{Findings, Row};
use crate::spec::{codes, did_you_mean};

pub(super) const RULES: &[Row] = &[
    ("envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor", &[processor]),
    ("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", &[version]),
    ("envoy.config.ratelimit.v3.RateLimitServiceConfig", &[version]),
    ("envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule", &[header_rule]),
    ("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication", &[providers]),
    ("envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", &[bucket]),
    ("envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit", &[bucket]),
    ("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy", &[prefixes]),
];

fn processor(view: &View<'_>, findings: &mut Findings<'_>) {
    let (grpc, http) = (view.has("grpc_service"), view.has("http_service"));
    if grpc == http {
        let message = "an external processor has either a `grpc_service` or an `http_service`";
        let span = if http { view.key_span("http_service") } else { view.start() };
        findings.push(findings.fault(codes::FILTER_SETTINGS, span, message));
    }
}

fn version(view: &View<'_>, findings: &mut Findings<'_>) {
    const V2: i32 = 1;
    if view.choice("transport_api_version") == V2 {
        let message = "Envoy no longer speaks the v2 API";
        let fault = findings.fault(codes::FILTER_SETTINGS, view.span("transport_api_version"), message);
        findings.push(fault.help("write `transport_api_version: V3`"));
    }
}

fn header_rule(view: &View<'_>, findings: &mut Findings<'_>) {
    if !view.has("on_header_present") && !view.has("on_header_missing") {
        let message = "the rule does nothing: neither `on_header_present` nor `on_header_missing`";
        findings.push(findings.fault(codes::FILTER_SETTINGS, view.start(), message));
    }
}

/// Requirements name providers of the same filter.
fn providers(view: &View<'_>, findings: &mut Findings<'_>) {
    let known: Vec<&str> = view.entries("providers").iter().map(|it| &*it.key.text).collect();
    for rule in view.messages("rules") {
        rule.message("requires").into_iter().for_each(|it| requirement(&it, &known, findings));
    }
}

fn requirement(view: &View<'_>, known: &[&str], findings: &mut Findings<'_>) {
    let inner = view.message("provider_and_audiences");
    let named = view.value("provider_name").or_else(|| inner.as_ref().and_then(|it| it.value("provider_name")));
    if let Some((name, text)) = named.and_then(|it| Some((it, it.text()?))).filter(|it| !known.contains(&&**it.1)) {
        let fault = findings.fault(codes::FILTER_SETTINGS, name.span, format!("no provider is called `{text}`"));
        findings.push(match did_you_mean(text, known.iter().copied()) {
            Some(near) => fault.remark(format!("did you mean `{near}`?")),
            None => fault.help("name one of the filter's `providers`"),
        });
    }
    for list in ["requires_any", "requires_all"] {
        let nested = view.message(list).map(|it| it.messages("requirements")).unwrap_or_default();
        nested.iter().for_each(|it| requirement(it, known, findings));
    }
}

fn bucket(view: &View<'_>, findings: &mut Findings<'_>) {
    const LEAST: f64 = 0.05;
    let Some(bucket) = view.message("token_bucket") else { return };
    if bucket.seconds("fill_interval").is_some_and(|it| it < LEAST) {
        let message = "a token bucket is filled at most every 50 milliseconds";
        let fault = findings.fault(codes::FILTER_SETTINGS, bucket.span("fill_interval"), message);
        findings.push(fault.help("fill it less often, with more `tokens_per_fill`"));
    }
}

fn prefixes(view: &View<'_>, findings: &mut Findings<'_>) {
    let routes = view.message("prefix_routes").map(|it| it.messages("routes")).unwrap_or_default();
    let mut seen = HashMap::new();
    for prefix in routes.iter().filter_map(|it| it.value("prefix")) {
        let text = prefix.text();
        if let Some(first) = seen.insert(text, prefix.span) {
            let text = text.map_or("", |it| it);
            let fault =
                findings.fault(codes::FILTER_SETTINGS, prefix.span, format!("the prefix `{text}` stands twice"));
            findings.push(fault.related(findings.text, first, "first used here"));
        }
    }
}
