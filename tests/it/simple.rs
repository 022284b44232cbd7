//! The simple spec: documents in, Envoy's resources out.

use std::collections::BTreeMap;

use chancery::compile::simple::{Desugared, desugar};
use chancery::resource::descriptors;
use chancery::spec::{Diagnostics, Text, Tree, Value, parse_yaml};
use prost_reflect::{DeserializeOptions, DynamicMessage};
use serde_json::{Value as Json, json};

/// A document's resources, by type and name, each proven to be a message of Envoy's API; and the document's faults.
pub(crate) fn read(yaml: &str) -> (BTreeMap<String, Json>, Diagnostics) {
    let (desugared, out) = desugared(yaml);
    let mut resources = BTreeMap::new();
    for (kind, tree) in &desugared.resources {
        let json = to_json(tree);
        let message = descriptors().get_message_by_name(kind.message()).unwrap();
        let strict = DeserializeOptions::new().deny_unknown_fields(true);
        if let Err(error) = DynamicMessage::deserialize_with_options(message, &json, &strict) {
            panic!("{kind}: {error}\n{json:#}");
        }
        let name = json[kind.rules().name_field].as_str().unwrap().to_owned();
        assert_eq!(resources.insert(format!("{kind} {name}"), json), None, "{kind} {name} twice");
    }
    (resources, out)
}

pub(crate) fn desugared(yaml: &str) -> (Desugared, Diagnostics) {
    let text = Text::new("t.yaml", yaml);
    let mut out = Diagnostics::default();
    let trees = parse_yaml(&text, &mut out);
    assert_eq!((trees.len(), out.0.len()), (1, 0), "{out:#?}\n{yaml}");
    let desugared = desugar(&trees[0], &text, &mut out);
    (desugared, out)
}

pub(crate) fn to_json(tree: &Tree) -> Json {
    match &tree.value {
        Value::Null => Json::Null,
        Value::Scalar(it) if it.quoted => Json::String(it.text.to_string()),
        Value::Scalar(it) => serde_json::from_str(&it.text).unwrap_or_else(|_| Json::String(it.text.to_string())),
        Value::Sequence(items) => items.iter().map(to_json).collect(),
        Value::Mapping(entries) => entries.iter().map(|it| (it.key.text.to_string(), to_json(&it.value))).collect(),
        Value::ConfigSource => json!({"ads": {}, "resource_api_version": "V3"}),
    }
}

/// Whether the expected value is in the actual one: maps may have more, lists must have the same length.
fn contains(actual: &Json, expected: &Json, path: &str) -> Result<(), String> {
    match (actual, expected) {
        (Json::Object(actual), Json::Object(expected)) => expected.iter().try_for_each(|(key, it)| {
            let path = format!("{path}.{key}");
            actual.get(key).map_or_else(|| Err(format!("{path} is missing")), |actual| contains(actual, it, &path))
        }),
        (Json::Array(actual), Json::Array(expected)) if actual.len() == expected.len() => {
            let mut pairs = actual.iter().zip(expected).enumerate();
            pairs.try_for_each(|(at, (actual, expected))| contains(actual, expected, &format!("{path}.{at}")))
        }
        (actual, expected) if actual == expected => Ok(()),
        _ => Err(format!("{path} is {actual}, not {expected}")),
    }
}

/// The document gives at least these fields, in these resources and no others, and has no faults.
#[track_caller]
fn check(yaml: &str, expected: &str) {
    let (resources, out) = read(yaml);
    assert_eq!(out.0, [], "{yaml}");
    let text = Text::new("expected", expected);
    let mut out = Diagnostics::default();
    let trees = parse_yaml(&text, &mut out);
    assert_eq!(out.0, [], "{expected}");
    let Json::Object(expected) = to_json(&trees[0]) else { panic!("a map of resources is expected") };
    let names: Vec<_> = expected.keys().cloned().collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(resources.keys().cloned().collect::<Vec<_>>(), sorted);
    for (name, expected) in expected {
        contains(&resources[&name], &expected, &name).unwrap_or_else(|it| panic!("{it}\n{:#}", resources[&name]));
    }
}

/// The same for the one route of a listener.
#[track_caller]
fn check_route(route: &str, expected: &str) {
    let yaml = format!("spec: {{listeners: [{{name: l, port: 80, routes: [{route}]}}]}}");
    let expected = format!("RDS l: {{virtual_hosts: [{{routes: [{expected}]}}]}}\nLDS l: {{}}");
    check(&yaml, &expected);
}

/// The same for one cluster.
#[track_caller]
fn check_cluster(cluster: &str, expected: &str) {
    check(&format!("spec: {{clusters: [{{name: c, {cluster}}}]}}"), &format!("CDS c: {expected}"));
}

/// The same for the connection manager of a listener.
#[track_caller]
fn check_manager(keys: &str, expected: &str) {
    let yaml = format!("spec: {{listeners: [{{name: l, port: 80, routes: [{{cluster: c}}], {keys}}}]}}");
    let expected = format!(
        "LDS l: {{filter_chains: [{{filters: [{{name: envoy.filters.network.http_connection_manager, typed_config: {expected}}}]}}]}}\nRDS l: {{}}"
    );
    check(&yaml, &expected);
}

const S63: &str = "\
name: myconfig
spec:
  listeners:
  - name: listener_http
    address: 0.0.0.0
    port: 80
    routes:
    - name: local_route
      prefix: /
      clusters:
      - webcluster
  clusters:
  - name: webcluster
    endpoints:
    - address: 172.31.15.11
      port: 80
    - address: 172.31.15.12
      port: 80
";

#[test]
fn s63_the_old_servers_config_works_unchanged() {
    let (resources, out) = read(S63);
    assert_eq!(out.0, []);
    let source = json!({"ads": {}, "resource_api_version": "V3"});
    let endpoint =
        |address: &str| json!({"endpoint": {"address": {"socket_address": {"address": address, "port_value": 80}}}});
    let router = json!({"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"});
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "listener_http",
        "rds": {"route_config_name": "listener_http", "config_source": source},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
    });
    let expected = json!({
        "CDS webcluster": {
            "name": "webcluster", "type": "EDS", "connect_timeout": "5s", "lb_policy": "ROUND_ROBIN",
            "eds_cluster_config": {"eds_config": source},
        },
        "EDS webcluster": {
            "cluster_name": "webcluster",
            "endpoints": [{"locality": {}, "load_balancing_weight": 2, "lb_endpoints": [endpoint("172.31.15.11"), endpoint("172.31.15.12")]}],
        },
        "LDS listener_http": {
            "name": "listener_http",
            "address": {"socket_address": {"address": "0.0.0.0", "port_value": 80}},
            "filter_chains": [{"filters": [
                {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager},
            ]}],
        },
        "RDS listener_http": {
            "name": "listener_http",
            "virtual_hosts": [{"name": "listener_http", "domains": ["*"], "routes": [
                {"name": "local_route", "match": {"prefix": "/"}, "route": {"cluster": "webcluster"}},
            ]}],
        },
    });
    assert_eq!(json!(resources), expected);
}

#[test]
fn labels_and_nodes() {
    let yaml =
        "name: edge\nversion: 7\nrollout: {canary: edge-1}\nnodes: [{id: 'edge-*', locality: {zone: a}}]\nspec: {}\n";
    let (desugared, out) = desugared(yaml);
    assert_eq!(out.0, []);
    assert_eq!((desugared.name.as_deref(), desugared.label.as_deref()), (Some("edge"), Some("7")));
    assert_eq!(desugared.nodes.len(), 1);
    assert_eq!(desugared.nodes[0].zone.as_ref().unwrap().as_str(), "a");
    assert!(desugared.resources.is_empty());
}

#[test]
fn each_generated_node_has_the_place_of_what_it_was_made_from() {
    let (desugared, _) = desugared(S63);
    let text = Text::new("t.yaml", S63);
    let line = |short: &str, path: &[&str]| {
        let tree = &desugared.resources.iter().find(|it| it.0.to_string() == short).unwrap().1;
        let step = |tree: &'_ Tree, key: &&str| {
            key.parse().map_or_else(|_| tree.at(key).unwrap().clone(), |at: usize| tree.items()[at].clone())
        };
        text.line_column(path.iter().fold(tree.clone(), |it, key| step(&it, key)).span).0
    };
    assert_eq!(line("LDS", &["address", "socket_address", "port_value"]), 6);
    assert_eq!(line("RDS", &["virtual_hosts", "0", "routes", "0", "route", "cluster"]), 11);
    assert_eq!(line("EDS", &["endpoints", "0", "lb_endpoints", "1", "endpoint", "address"]), 17);
    assert_eq!(line("CDS", &["connect_timeout"]), 13);
}

#[test]
fn s133_clusters_without_weights_share_equally() {
    check_route(
        "{clusters: [a, b]}",
        "{route: {weighted_clusters: {clusters: [{name: a, weight: 1}, {name: b, weight: 1}]}}}",
    );
    check_route("{clusters: [{name: a, weight: 90}]}", "{route: {cluster: a}}");
    check_route("{clusters: a}", "{match: {prefix: /}, route: {cluster: a}}");
    check_route(
        "{clusters: [{name: a, weight: 0, subset: {v: 1}}, {name: b, weight: 5, response_headers: {remove: x}}]}",
        "{route: {weighted_clusters: {clusters: [\
           {name: a, weight: 0, metadata_match: {filter_metadata: {envoy.lb: {v: '1'}}}}, \
           {name: b, weight: 5, response_headers_to_remove: [x]}]}}}",
    );
    check_route("{cluster_header: x-to}", "{route: {cluster_header: x-to}}");
}

#[test]
fn s135_routes_keep_their_order() {
    check(
        "spec: {listeners: [{name: l, port: 1, routes: [{prefix: /b, cluster: b}, {prefix: /a, cluster: a}, {cluster: c}]}]}",
        "LDS l: {}\nRDS l: {virtual_hosts: [{routes: [{match: {prefix: /b}}, {match: {prefix: /a}}, {match: {prefix: /}}]}]}",
    );
}

#[test]
fn matches() {
    check_route("{path: /a, cluster: c, case_sensitive: false}", "{match: {path: /a, case_sensitive: false}}");
    check_route("{regex: '/a/.*', cluster: c}", "{match: {safe_regex: {regex: '/a/.*'}}}");
    check_route(
        "{path_template: '/u/{id}', cluster: c, path_template_rewrite: '/v/{id}'}",
        "{match: {path_match_policy: {typed_config: {path_template: '/u/{id}'}}}, \
          route: {path_rewrite_policy: {typed_config: {path_template_rewrite: '/v/{id}'}}}}",
    );
    check_route(
        "{methods: [get, POST], cluster: c}",
        "{match: {headers: [{name: ':method', string_match: {safe_regex: {regex: GET|POST}}}]}}",
    );
    check_route(
        "{methods: GET, headers: [{name: a}, {name: b, exact: 1, ignore_case: true, invert: true}, {name: c, range: {start: 1, end: 5}}], cluster: c, grpc: true}",
        "{match: {grpc: {}, headers: [{name: ':method', string_match: {exact: GET}}, {name: a, present_match: true}, \
          {name: b, string_match: {exact: '1', ignore_case: true}, invert_match: true}, {name: c, range_match: {start: 1, end: 5}}]}}",
    );
    check_route(
        "{query_parameters: [{name: q, prefix: x}, {name: r}], cluster: c}",
        "{match: {query_parameters: [{name: q, string_match: {prefix: x}}, {name: r, present_match: true}]}}",
    );
}

#[test]
fn forwarding() {
    check_route(
        "{cluster: c, timeout: 1m30s, idle_timeout: 250ms, max_stream_duration: 1h, prefix_rewrite: /}",
        "{route: {timeout: 90s, idle_timeout: 0.25s, max_stream_duration: {max_stream_duration: 3600s}, prefix_rewrite: /}}",
    );
    check_route("{cluster: c, host_rewrite: www.envoyproxy.io}", "{route: {host_rewrite_literal: www.envoyproxy.io}}");
    check_route("{cluster: c, host_rewrite: {auto: true}}", "{route: {auto_host_rewrite: true}}");
    check_route(
        "{cluster: c, regex_rewrite: {regex: '^/a(.*)', substitution: '\\1'}}",
        "{route: {regex_rewrite: {pattern: {regex: '^/a(.*)'}, substitution: '\\1'}}}",
    );
    check_route(
        "{cluster: c, retries: {on: [5xx, reset], attempts: 3, per_try_timeout: 1s, statuses: 409, backoff: {base: 25ms}, avoid_previous_hosts: true}}",
        "{route: {retry_policy: {retry_on: '5xx,reset,retriable-status-codes', num_retries: 3, per_try_timeout: 1s, \
          retriable_status_codes: [409], retry_back_off: {base_interval: 0.025s}, \
          retry_host_predicate: [{name: envoy.retry_host_predicates.previous_hosts}]}}}",
    );
    check_route(
        "{cluster: c, mirrors: [a, {cluster: b, percent: 0.5}]}",
        "{route: {request_mirror_policies: [{cluster: a}, {cluster: b, runtime_fraction: {default_value: {numerator: 50, denominator: TEN_THOUSAND}}}]}}",
    );
    check_route(
        "{cluster: c, hash_policy: [{header: x, terminal: true}, {cookie: {name: s, ttl: 0s}}, {source_ip: true}]}",
        "{route: {hash_policy: [{header: {header_name: x}, terminal: true}, {cookie: {name: s, ttl: 0s}}, {connection_properties: {source_ip: true}}]}}",
    );
    check_route(
        "{cluster: c, websocket: true, request_headers: {set: {a: 1}, add: {b: x}, add_if_absent: {c: y}, remove: [d]}}",
        "{request_headers_to_remove: [d], request_headers_to_add: [\
          {header: {key: a, value: '1'}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}, \
          {header: {key: b, value: x}, append_action: APPEND_IF_EXISTS_OR_ADD}, \
          {header: {key: c, value: y}, append_action: ADD_IF_ABSENT}], \
          route: {upgrade_configs: [{upgrade_type: websocket, enabled: true}]}}",
    );
}

#[test]
fn answers_without_a_cluster() {
    check_route(
        "{redirect: {scheme: https, status: 308, strip_query: true}}",
        "{redirect: {scheme_redirect: https, response_code: PERMANENT_REDIRECT, strip_query: true}}",
    );
    check_route("{direct_response: 404}", "{direct_response: {status: 404}}");
    check_route(
        "{direct_response: {status: 200, body: hi}}",
        "{direct_response: {status: 200, body: {inline_string: hi}}}",
    );
}

#[test]
fn envoy_is_merged_over_each_message() {
    check_route(
        "{name: r, cluster: c, timeout: 5s, envoy: {route: {timeout: null, maxGrpcTimeout: 1s, cluster: d}, decorator: {operation: o}}}",
        "{name: r, route: {cluster: d, maxGrpcTimeout: 1s}, decorator: {operation: o}}",
    );
    check_route("{prefix: /x, envoy: {non_forwarding_action: {}}}", "{match: {prefix: /x}, non_forwarding_action: {}}");
    check_manager(
        "envoy: {enable_mptcp: true}, http: {envoy: {xff_num_trusted_hops: 2, statPrefix: other}}",
        "{xff_num_trusted_hops: 2, stat_prefix: other}",
    );
    check(
        "spec: {clusters: [{name: c, envoy: {lbPolicy: RANDOM}, load_assignment: {policy: {overprovisioning_factor: 100}}, endpoints: [{address: '1.1.1.1:80', envoy: {endpoint: {hostname: h}}}]}]}",
        "CDS c: {lb_policy: RANDOM}\n\
         EDS c: {policy: {overprovisioning_factor: 100}, endpoints: [{lb_endpoints: [{endpoint: {hostname: h, address: {socket_address: {address: 1.1.1.1, port_value: 80}}}}]}]}",
    );
    // Another type in an `Any` replaces it as a whole.
    check_cluster(
        "endpoints: 'h:1', tls: {sni: s}, envoy: {transport_socket: {typed_config: {'@type': type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer}}}",
        "{transport_socket: {typed_config: {'@type': type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer}}}",
    );
}

#[test]
fn virtual_hosts_and_shared_routes() {
    check(
        "spec: {listeners: [\
          {name: a, port: 1, virtual_hosts: [{name: v, domains: '*.x.com', require_tls: all, retries: {on: 5xx}, routes: {cluster: c}}], route_config: {ignore_port_in_host_matching: true}}, \
          {name: b, port: 2, route_config_name: a}]}",
        "LDS a: {}\nLDS b: {filter_chains: [{filters: [{typed_config: {stat_prefix: b, rds: {route_config_name: a}}}]}]}\n\
         RDS a: {ignore_port_in_host_matching: true, virtual_hosts: [{name: v, domains: ['*.x.com'], require_tls: ALL, retry_policy: {retry_on: 5xx}, routes: [{route: {cluster: c}}]}]}",
    );
}

#[test]
fn s120_the_connection_manager() {
    check_manager(
        "http: {scheme: https, codec: http2, idle_timeout: 1h, websocket: true}, stat_prefix: ingress_http",
        "{stat_prefix: ingress_http, codec_type: HTTP2, scheme_header_transformation: {scheme_to_overwrite: https}, \
          common_http_protocol_options: {idle_timeout: 3600s}, upgrade_configs: [{upgrade_type: websocket}]}",
    );
    check_manager(
        "http_filters: [{name: f, disabled: true}]",
        "{http_filters: [{name: f, disabled: true}, {name: envoy.filters.http.router}]}",
    );
    check_manager(
        "http_filters: [{name: envoy.filters.http.router}]",
        "{http_filters: [{name: envoy.filters.http.router}]}",
    );
}

#[test]
fn access_logs() {
    check_manager("access_log: stdout", "{access_log: [{name: envoy.access_loggers.stdout}]}");
    check_manager(
        "access_log: [{to: stderr, format: json}, {to: /var/log/a, format: '%PROTOCOL%'}, {to: stdout, format: {m: '%REQ(:METHOD)%'}}]",
        "{access_log: [{typed_config: {log_format: {json_format: {duration: '%DURATION%'}}}}, \
          {typed_config: {path: /var/log/a, log_format: {text_format_source: {inline_string: \"%PROTOCOL%\\n\"}}}}, \
          {typed_config: {log_format: {json_format: {m: '%REQ(:METHOD)%'}}}}]}",
    );
}

#[test]
fn tcp_listeners() {
    check(
        "spec: {listeners: [{name: l, port: 1, tcp: db}]}",
        "LDS l: {filter_chains: [{filters: [{name: envoy.filters.network.tcp_proxy, typed_config: {stat_prefix: l, cluster: db}}]}]}",
    );
    check(
        "spec: {listeners: [{name: l, path: /run/s, tcp: {clusters: [a, b], idle_timeout: 1h}}]}",
        "LDS l: {address: {pipe: {path: /run/s}}, filter_chains: [{filters: [{typed_config: {idle_timeout: 3600s, weighted_clusters: {clusters: [{name: a, weight: 1}, {name: b}]}}}]}]}",
    );
}

#[test]
fn downstream_tls_and_sni() {
    check(
        "spec: {listeners: [{name: l, port: 443, http: {codec: http1}, filter_chains: [\
           {name: a, server_names: a.com, tls: {certificate: {secret: s}, min_version: 1.2, client_ca: {secret: ca}, verify_names: ['spiffe://x/y']}, routes: [{cluster: a}]}, \
           {name: db, server_names: [db.com], tcp: db}, \
           {name: plain, routes: [{redirect: {scheme: https}}]}]}]}",
        "LDS l:\n  listener_filters: [{name: envoy.filters.listener.tls_inspector}]\n  filter_chains:\n  \
         - {name: a, filter_chain_match: {server_names: [a.com], transport_protocol: tls}, transport_socket: {typed_config: {require_client_certificate: true, common_tls_context: {\
             alpn_protocols: [http/1.1], tls_params: {tls_minimum_protocol_version: TLSv1_2}, tls_certificate_sds_secret_configs: [{name: s, sds_config: {ads: {}}}], \
             combined_validation_context: {default_validation_context: {match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://x/y'}}]}, validation_context_sds_secret_config: {name: ca}}}}}}\n  \
         - {name: db, filter_chain_match: {server_names: [db.com], transport_protocol: tls}, filters: [{name: envoy.filters.network.tcp_proxy}]}\n  \
         - {name: plain, filter_chain_match: {transport_protocol: raw_buffer}, filters: [{typed_config: {codec_type: HTTP1, stat_prefix: l/plain, rds: {route_config_name: l/plain}}}]}\n\
         RDS l/a: {}\nRDS l/plain: {}",
    );
}

#[test]
fn proxyless_grpc() {
    check(
        "spec: {listeners: [{name: 'svc:50051', api_listener: true, routes: [{cluster: c}]}]}",
        "LDS svc:50051: {api_listener: {api_listener: {rds: {route_config_name: 'svc:50051'}, http_filters: [{}]}}}\nRDS svc:50051: {}",
    );
}

#[test]
fn cluster_types() {
    check_cluster(
        "endpoints: [{address: www.envoyproxy.io, port: 443}], connect_timeout: 3s, tls: {}",
        "{type: STRICT_DNS, dns_lookup_family: V4_ONLY, connect_timeout: 3s, load_assignment: {cluster_name: c}, \
          transport_socket: {name: envoy.transport_sockets.tls, typed_config: {sni: www.envoyproxy.io}}}",
    );
    check_cluster(
        "type: static, endpoints: [{path: /run/s}, '[::1]:80']",
        "{type: STATIC, load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {address: {pipe: {path: /run/s}}}}, {endpoint: {address: {socket_address: {address: '::1', port_value: 80}}}}]}]}}",
    );
    check_cluster("type: ORIGINAL_DST", "{type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED}");
    check_cluster("endpoints: 'h:1', dns: {lookup_family: auto}", "{type: STRICT_DNS, dns_lookup_family: AUTO}");
    check_cluster("type: EDS", "{type: EDS, eds_cluster_config: {eds_config: {ads: {}}}}");
    check_cluster(
        "type: logical_dns, endpoints: 'h:1', dns: {lookup_family: auto, refresh_rate: 1m}",
        "{cluster_type: {name: envoy.clusters.dns, typed_config: {dns_lookup_family: AUTO, dns_refresh_rate: 60s, all_addresses_in_single_endpoint: true}}}",
    );
    check(
        "spec: {clusters: [{name: c, endpoints: []}]}",
        "CDS c: {type: EDS}\nEDS c: {cluster_name: c, endpoints: []}",
    );
}

#[test]
fn endpoints_in_localities_and_priorities() {
    check(
        "spec: {clusters: [{name: c, endpoints: [\
          {address: 1.1.1.1, port: 80, zone: a, weight: 2, health_status: draining}, {address: 1.1.1.2, port: 80, priority: 1}, \
          {address: 1.1.1.3, port: 80, priority: 0, locality: {zone: a}, metadata: {v: 1}, hostname: h, health_check_port: 81}]}]}",
        "CDS c: {}\nEDS c: {endpoints: [\
          {locality: {zone: a}, lb_endpoints: [{load_balancing_weight: 2, health_status: DRAINING}, \
             {metadata: {filter_metadata: {envoy.lb: {v: '1'}}}, endpoint: {hostname: h, health_check_config: {port_value: 81}, address: {}}}]}, \
          {priority: 1, lb_endpoints: [{}]}]}",
    );
}

#[test]
fn cluster_settings() {
    check_cluster(
        "endpoints: 'h:1', lb_policy: least_request, slow_start: 30s, panic_threshold: 0, subsets: [v, [v, w]]",
        "{lb_policy: LEAST_REQUEST, least_request_lb_config: {slow_start_config: {slow_start_window: 30s}}, \
          common_lb_config: {healthy_panic_threshold: {value: 0}}, lb_subset_config: {subset_selectors: [{keys: [v]}, {keys: [v, w]}]}}",
    );
    check_cluster(
        "endpoints: 'h:1', http2: true, http: {idle_timeout: 1m}, health_checks: {http: /healthz}",
        "{typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: \
            {explicit_http_config: {http2_protocol_options: {}}, common_http_protocol_options: {idle_timeout: 60s}}}, \
          health_checks: [{timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /healthz, codec_client_type: HTTP2}}]}",
    );
    check_cluster(
        "endpoints: 'h:1', health_checks: [{tcp: {}, interval: 1s}, {grpc: {service: s}}, {http: {path: /, statuses: [200-299, 404]}}]",
        "{health_checks: [{interval: 1s, tcp_health_check: {}}, {grpc_health_check: {service_name: s}}, \
          {http_health_check: {expected_statuses: [{start: 200, end: 300}, {start: 404, end: 405}]}}]}",
    );
    check_cluster(
        "endpoints: 'h:1', outlier_detection: {consecutive_5xx: 3, interval: 1s}, circuit_breakers: {max_requests: 5, high: {max_requests: 9}}, tcp_keepalive: {time: 5m}",
        "{outlier_detection: {consecutive_5xx: 3, interval: 1s}, circuit_breakers: {thresholds: [{priority: DEFAULT, max_requests: 5}, {priority: HIGH, max_requests: 9}]}, \
          upstream_connection_options: {tcp_keepalive: {keepalive_time: 300}}}",
    );
}

#[test]
fn upstream_tls() {
    check_cluster(
        "endpoints: '1.1.1.1:443', type: static, tls: {sni: a.com, ca: {file: /ca.pem}, certificate: {cert_file: /c, key_file: /k}, alpn: h2}",
        "{transport_socket: {typed_config: {sni: a.com, common_tls_context: {alpn_protocols: [h2], \
           validation_context: {trusted_ca: {filename: /ca.pem}, match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: a.com}}]}, \
           tls_certificates: [{certificate_chain: {filename: /c}, private_key: {filename: /k}}]}}}}",
    );
}

#[test]
fn secrets_and_runtime() {
    check(
        "spec: {secrets: [{name: s, certificate: {cert_file: C, key_file: K}}, {name: ca, ca: {file: /ca.pem}}, {name: t, session_ticket_keys: {file: /k}}, {name: g, generic: {inline: x}}], \
          runtime: [{name: runtime-0, values: {a: 1, b: {c: true}}}]}",
        "SDS s: {tls_certificate: {certificate_chain: {filename: C}, private_key: {filename: K}}}\n\
         SDS ca: {validation_context: {trusted_ca: {filename: /ca.pem}}}\n\
         SDS t: {session_ticket_keys: {keys: [{filename: /k}]}}\n\
         SDS g: {generic_secret: {secret: {inline_string: x}}}\n\
         RTDS runtime-0: {layer: {a: 1, b: {c: true}}}",
    );
}
