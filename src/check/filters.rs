//! What single HTTP filters demand in code, beyond `validate.rules`.
//!
//! Leaves to others their order and which extensions there are. Scripts, expressions and modules are out of reach.

use std::collections::HashSet;

use super::View;
use super::rules::{Findings, Row};
use crate::spec::{Span, codes, from_base64};

const EXT_PROC: &str = "envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor";
const JWT: &str = "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication";
const JWT_PROVIDER: &str = "envoy.extensions.filters.http.jwt_authn.v3.JwtProvider";
const TO_METADATA: &str = "envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule";

pub(super) const RULES: &[Row] = &[
    (EXT_PROC, &[processor]),
    (JWT, &[requirements]),
    (JWT_PROVIDER, &[jwks]),
    (TO_METADATA, &[metadata_rule]),
    ("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", &[authorization]),
    ("envoy.extensions.filters.http.ext_authz.v3.HttpService", &[path_prefix]),
    ("envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", &[bucket]),
    ("envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit", &[bucket]),
    ("envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit", &[bucket]),
    ("envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor", &[bucket]),
    ("envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig", &[cdn_id]),
    ("envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder", &[descriptors]),
    ("envoy.extensions.filters.http.health_check.v3.HealthCheck", &[cache_time]),
    ("envoy.extensions.filters.http.cache.v3.CacheConfig", &[cache]),
    ("envoy.extensions.filters.http.ip_tagging.v3.IPTagging", &[tags]),
    ("envoy.extensions.filters.http.basic_auth.v3.BasicAuth", &[users]),
    ("envoy.extensions.filters.http.aws_lambda.v3.Config", &[arn]),
    (
        "envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.MinimumRTTCalculationParams",
        &[min_rtt],
    ),
    ("envoy.extensions.filters.http.rbac.v3.RBAC", &[rules_in_vain]),
];

/// Reports what a filter demands.
fn demand(findings: &mut Findings<'_>, span: Span, message: &str, help: &str) {
    findings.report(codes::FILTER_DEMANDS, span, message, help);
}

fn processor(view: &View<'_>, findings: &mut Findings<'_>) {
    let (grpc, http) = (view.has("grpc_service"), view.has("http_service"));
    if grpc == http {
        let message = "the external processor takes exactly one of `grpc_service` and `http_service`";
        demand(findings, view.start(), message, "add `grpc_service: {envoy_grpc: {cluster_name: …}}`");
    }
    const FULL_DUPLEX: i32 = 4;
    const SEND: i32 = 1;
    let Some(mode) = view.message("processing_mode") else { return };
    for (body, trailers) in
        [("request_body_mode", "request_trailer_mode"), ("response_body_mode", "response_trailer_mode")]
    {
        if mode.choice(body) == FULL_DUPLEX && mode.choice(trailers) != SEND {
            let message = format!("`{body}: FULL_DUPLEX_STREAMED` demands `{trailers}: SEND`");
            demand(findings, mode.span(body), &message, "");
        }
    }
}

/// Providers and requirements that rules name must be there.
fn requirements(view: &View<'_>, findings: &mut Findings<'_>) {
    let keys = |field: &str| view.entries(field).iter().map(|it| it.key.text.clone()).collect::<HashSet<_>>();
    let (providers, named) = (keys("providers"), keys("requirement_map"));
    let mut open: Vec<View<'_>> = Vec::new();
    for rule in view.messages("rules") {
        if let Some(name) = rule.text("requirement_name").filter(|it| !named.contains(*it)) {
            let message = format!("no requirement in `requirement_map` is called `{name}`");
            demand(findings, rule.span("requirement_name"), &message, "");
        }
        open.extend(rule.message("requires"));
    }
    open.extend(view.map_messages("requirement_map"));
    if let Some(states) = view.message("filter_state_rules") {
        open.extend(states.map_messages("requires"));
    }
    // A stack, not a recursion: requirements nest as deep as the user likes.
    while let Some(it) = open.pop() {
        let audience = it.message("provider_and_audiences");
        for holder in std::iter::once(&it).chain(&audience) {
            if let Some(name) = holder.text("provider_name").filter(|it| !providers.contains(*it)) {
                let message = format!("no provider is called `{name}`");
                demand(findings, holder.span("provider_name"), &message, "define it in `providers`");
            }
        }
        for list in ["requires_any", "requires_all"].into_iter().filter_map(|field| it.message(field)) {
            open.extend(list.messages("requirements"));
        }
    }
}

/// Keys that stand in the document must be JSON, with a list of keys.
fn jwks(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(local) = view.message("local_jwks") else { return };
    let Some(text) = local.text("inline_string") else { return };
    let parsed: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let is_set = parsed.as_ref().is_some_and(|it| it.get("keys").is_some_and(|it| it.is_array()));
    // Envoy also takes certificates as PEM.
    if !is_set && !text.contains("-----BEGIN ") {
        let message = match parsed {
            Some(_) => "the key set has no list `keys`",
            None => "the key set is not JSON",
        };
        demand(findings, local.span("inline_string"), message, "it is a JSON Web Key Set: `{\"keys\": […]}`");
    }
}

fn metadata_rule(view: &View<'_>, findings: &mut Findings<'_>) {
    let (header, cookie) = (view.text("header").is_some(), view.text("cookie").is_some());
    let missing = view.message("on_header_missing");
    if header == cookie {
        let message = "a rule takes exactly one of `header` and `cookie`";
        demand(findings, view.start(), message, "");
    } else if !view.has("on_header_present") && missing.is_none() {
        let message = "a rule that does nothing: neither `on_header_present` nor `on_header_missing`";
        demand(findings, view.start(), message, "add `on_header_present: {key: …}`");
    } else if let Some(missing) = missing.filter(|it| it.text("value").is_none()) {
        let message = "`on_header_missing` without a `value` has nothing to say";
        demand(findings, missing.start(), message, "add `value`");
    }
    let both =
        view.message("on_header_present").filter(|it| it.text("value").is_some() && it.has("regex_value_rewrite"));
    if let Some(both) = both {
        let message = "only one of `value` and `regex_value_rewrite` may be given";
        demand(findings, both.key_span("regex_value_rewrite"), message, "");
    }
}

/// Without anybody to ask, Envoy lets every request pass.
fn authorization(view: &View<'_>, findings: &mut Findings<'_>) {
    if !["grpc_service", "http_service"].into_iter().any(|it| view.has(it)) {
        let message = "nobody is asked for authorization: every request may pass";
        let help = "add `grpc_service` or `http_service`";
        findings.report(codes::FILTER_IN_VAIN, view.start(), message, help);
    }
}

fn path_prefix(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.text("path_prefix").is_some_and(|it| !it.starts_with('/')) {
        demand(findings, view.span("path_prefix"), "`path_prefix` must begin with `/`", "");
    }
}

fn bucket(view: &View<'_>, findings: &mut Findings<'_>) {
    const LEAST: f64 = 0.05;
    let Some(bucket) = view.message("token_bucket") else { return };
    if bucket.seconds("fill_interval").is_some_and(|it| it > 0.0 && it < LEAST) {
        let message = "`fill_interval` must be at least 50 milliseconds";
        let help = "`0.1s` and a tenth of a second's tokens, say";
        demand(findings, bucket.span("fill_interval"), message, help);
    }
}

fn cdn_id(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.text("cdn_id").is_some_and(|it| it.contains([' ', '\t', ',', ';', '"'])) {
        demand(findings, view.span("cdn_id"), "`cdn_id` takes a host name or a token, without spaces", "");
    }
}

/// The descriptors must be readable, and have the services.
fn descriptors(view: &View<'_>, findings: &mut Findings<'_>) {
    use prost_reflect::prost::Message;
    use prost_reflect::prost_types::FileDescriptorSet;

    let Some(bytes) = view.text("proto_descriptor_bin").and_then(|it| from_base64(it)) else { return };
    let span = view.span("proto_descriptor_bin");
    let Ok(set) = FileDescriptorSet::decode(&*bytes) else {
        let help = "`protoc --include_imports --descriptor_set_out` makes them; here they stand in base64";
        return demand(findings, span, "these are no proto descriptors", help);
    };
    let services: HashSet<String> = set
        .file
        .iter()
        .flat_map(|file| file.service.iter().map(move |it| (file.package(), it.name())))
        .map(|(package, name)| if package.is_empty() { name.to_owned() } else { format!("{package}.{name}") })
        .collect();
    for item in view.items("services") {
        if let Some(name) = item.text().filter(|it| !services.contains(&***it)) {
            demand(findings, item.span, &format!("the descriptors have no service `{name}`"), "");
        }
    }
}

fn cache_time(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.has("cache_time") && !view.flag("pass_through_mode") {
        let message = "`cache_time` without `pass_through_mode: true`: there is nothing to be kept";
        demand(findings, view.key_span("cache_time"), message, "");
    }
}

fn cache(view: &View<'_>, findings: &mut Findings<'_>) {
    if !view.has("typed_config") && !view.has("disabled") {
        demand(findings, view.start(), "the cache filter needs a cache", "add `typed_config`");
    }
}

fn tags(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.items("ip_tags").is_empty()
        && !["ip_tags_datasource", "ip_tags_file_provider"].iter().any(|it| view.has(it))
    {
        demand(findings, view.start(), "no tags are given", "add `ip_tags`");
    }
}

/// Lines of `user:{SHA}hash`. They are secret, so nothing of them is said.
fn users(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(users) = view.message("users") else { return };
    let Some(text) = users.text("inline_string") else { return };
    let mut seen = HashSet::new();
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (user, hash) = line.split_once(':').unwrap_or((line, ""));
        let hash = hash.strip_prefix("{SHA}");
        let what = match hash {
            _ if user.is_empty() => "has no user",
            None => "is not of the form `user:{SHA}hash`",
            Some(it) if it.len() != 28 => "has a hash that is not a SHA-1 in base64",
            Some(_) if !seen.insert(user) => "names a user that an earlier line has",
            Some(_) => continue,
        };
        let message = format!("line {} of the users {what}", index + 1);
        let fault = findings.fault(codes::FILTER_DEMANDS, users.span("inline_string"), message);
        let fault = fault.help("`htpasswd -nbs USER PASSWORD` makes such lines");
        findings.push(crate::spec::Diagnostic { redacted: true, ..fault });
        return;
    }
}

fn arn(view: &View<'_>, findings: &mut Findings<'_>) {
    let is_arn = |it: &str| it.starts_with("arn:") && it.split(':').count() >= 7;
    if view.text("arn").is_some_and(|it| !is_arn(it)) {
        let help = "such as `arn:aws:lambda:us-west-2:987654321:function:hello`";
        demand(findings, view.span("arn"), "this is no ARN of a Lambda function", help);
    }
}

fn min_rtt(view: &View<'_>, findings: &mut Findings<'_>) {
    if !view.has("interval") && !view.has("fixed_value") {
        let message = "the least round trip time is neither measured nor given";
        demand(findings, view.start(), message, "add `interval: 60s`, or `fixed_value`");
    }
}

fn rules_in_vain(view: &View<'_>, findings: &mut Findings<'_>) {
    for (rules, matcher) in [("rules", "matcher"), ("shadow_rules", "shadow_matcher")] {
        if view.has(rules) && view.has(matcher) {
            let message = format!("`{rules}` are not looked at when there is a `{matcher}`");
            findings.report(codes::FILTER_IN_VAIN, view.key_span(rules), message, "leave one of them");
        }
    }
}
