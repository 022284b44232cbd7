//! Where Envoy is told to ask for resources: sources that it refuses, and habits of older versions.
//!
//! Leaves to `references` whether what is asked for exists.

use super::View;
use super::facts::Profile;
use super::rules::{Findings, Row};
use crate::spec::{Value, codes};

const SOURCE: &str = "envoy.config.core.v3.ConfigSource";
const API: &str = "envoy.config.core.v3.ApiConfigSource";

/// Messages beside the API's own that say which version of it a server speaks.
const VERSIONED: &[&str] = &[
    "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
    "envoy.extensions.filters.network.ext_authz.v3.ExtAuthz",
    "envoy.config.ratelimit.v3.RateLimitServiceConfig",
    "envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig",
];

/// Kinds of API.
const REST: i32 = 1;
const AGGREGATED: [i32; 2] = [5, 6];

pub(super) const RULES: &[Row] = &[
    (SOURCE, &[version, specifier, file]),
    (API, &[transport_version, services]),
    (VERSIONED[0], &[transport_version]),
    (VERSIONED[1], &[transport_version]),
    (VERSIONED[2], &[transport_version]),
    (VERSIONED[3], &[transport_version]),
    ("envoy.config.cluster.v3.Cluster", &[eds_by_itself]),
    ("envoy.extensions.filters.network.http_connection_manager.v3.Rds", &[rds_by_itself]),
    ("envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig", &[sds_by_itself]),
];

/// Versions of the API.
const AUTO: i32 = 0;
const V2: i32 = 1;

fn version(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.tree.value == Value::ConfigSource {
        return;
    }
    match view.choice("resource_api_version") {
        V2 => {
            let message = "`resource_api_version: V2`: the v2 API has ended";
            findings.report(codes::API_V2, view.span("resource_api_version"), message, "write `V3`");
        }
        AUTO => {
            let message = "no `resource_api_version: V3`: Envoys before 1.21 take it for the v2 API";
            findings.report(codes::API_VERSION, view.start(), message, "add `resource_api_version: V3`");
        }
        _ => {}
    }
}

fn transport_version(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.choice("transport_api_version") == V2 {
        let message = "`transport_api_version: V2`: the v2 API has ended, and Envoy refuses it";
        findings.report(codes::TRANSPORT_V2, view.span("transport_api_version"), message, "write `V3`");
    }
}

fn specifier(view: &View<'_>, findings: &mut Findings<'_>) {
    let known = ["path", "path_config_source", "api_config_source", "ads", "self"];
    if view.tree.value != Value::ConfigSource && !known.into_iter().any(|it| view.has(it)) {
        let help = "add `ads: {}`: the stream by which this resource came";
        findings.report(codes::NO_SOURCE, view.start(), "a config source that does not say where to ask", help);
    }
}

/// `self` is for gRPC clients; Envoy takes it for nothing at all.
fn by_itself(source: Option<View<'_>>, findings: &mut Findings<'_>) {
    let Some(source) = source.filter(|it| it.has("self") && findings.profile == Profile::Envoy) else { return };
    let help = "write `ads: {}`; for gRPC clients, say `profile: grpc` at the top of the document";
    let message = "Envoy does not know the config source `self`: only gRPC clients do";
    findings.report(codes::NO_SOURCE, source.key_span("self"), message, help);
}

fn eds_by_itself(view: &View<'_>, findings: &mut Findings<'_>) {
    by_itself(view.message("eds_cluster_config").and_then(|it| it.message("eds_config")), findings);
}

fn rds_by_itself(view: &View<'_>, findings: &mut Findings<'_>) {
    by_itself(view.message("config_source"), findings);
}

fn sds_by_itself(view: &View<'_>, findings: &mut Findings<'_>) {
    by_itself(view.message("sds_config"), findings);
}

/// Envoy looks at a file again when it is moved into place, not when it is written or reached by a link that changes.
fn file(view: &View<'_>, findings: &mut Findings<'_>) {
    let source = view.message("path_config_source");
    let watched = source.as_ref().is_some_and(|it| it.has("watched_directory"));
    let field = if view.has("path") { "path" } else { "path_config_source" };
    if view.has(field) && !watched {
        let message = "the file is only looked at again when it is moved into its place";
        let help = "use `path_config_source` with `watched_directory: {path: /etc/envoy}` for files of a ConfigMap";
        findings.report(codes::FILE_NOT_WATCHED, view.key_span(field), message, help);
    }
}

/// Who is asked: one server.
fn services(view: &View<'_>, findings: &mut Findings<'_>) {
    let kind = view.choice("api_type");
    let (services, names) = (view.items("grpc_services"), view.items("cluster_names"));
    let own_stream = findings.resource != "envoy.config.bootstrap.v3.Bootstrap";
    let (field, message, help) = match () {
        () if AGGREGATED.contains(&kind) && own_stream => (
            "api_type",
            "an aggregated API cannot be asked for one resource",
            "write `ads: {}` in place of this source",
        ),
        () if kind == REST && !services.is_empty() => {
            ("grpc_services", "REST does not take `grpc_services`", "name the cluster in `cluster_names`")
        }
        () if kind == REST && names.len() != 1 => {
            ("cluster_names", "REST takes exactly one of `cluster_names`", "name one cluster")
        }
        () if kind == REST && !view.has("refresh_delay") => {
            ("api_type", "REST demands `refresh_delay`", "add `refresh_delay: 5s`, say")
        }
        () if kind == REST || kind == 0 => return,
        () if !names.is_empty() => {
            ("cluster_names", "gRPC does not take `cluster_names`", "name the cluster in `grpc_services`")
        }
        () if services.is_empty() => {
            ("api_type", "nobody to ask: `grpc_services` is missing", "add `grpc_services: [{envoy_grpc: …}]`")
        }
        () if services.len() > 1 && own_stream => {
            ("grpc_services", "Envoy asks one gRPC service, not several", "leave one of them")
        }
        () => return,
    };
    findings.report(codes::API_SOURCE, view.key_span(field), message, help);
}
