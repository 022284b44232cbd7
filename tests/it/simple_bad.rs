//! Faults of simple specs: documents in, places, codes and words out.

use chancery::compile::{Settings, compile};
use chancery::spec::{Diagnostic, RawFile};

use crate::simple::desugared;

fn line(it: &Diagnostic) -> String {
    let place = it.place();
    let remark = it.labels.first().map(|it| it.remark.as_str()).filter(|it| !it.is_empty());
    let remark = remark.map_or(String::new(), |it| format!(" ({it})"));
    format!("{} {} {}{remark}", place.trim_start_matches("t.yaml:"), it.code, it.message)
}

/// Faults, one a line: place, code, message, remark.
#[track_caller]
fn check(yaml: &str, expected: &str) {
    let (_, out) = desugared(yaml);
    let lines: Vec<_> = out.0.iter().map(line).collect();
    assert_eq!(lines.join("\n"), expected.trim(), "{yaml}");
    // The encoder, which runs over what could be rewritten, must not report the same faults in other words.
    let compiled = compile(&RawFile::new("t.yaml", yaml.as_bytes()), &Settings::default());
    let mut codes: Vec<_> = compiled.diagnostics.0.iter().map(|it| it.code).collect();
    let mut own: Vec<_> = out.0.iter().map(|it| it.code).collect();
    codes.sort_unstable();
    own.sort_unstable();
    assert_eq!(codes, own, "{yaml}\n{:#?}", compiled.diagnostics);
}

#[track_caller]
fn check_route(route: &str, expected: &str) {
    check(&format!("spec:\n  listeners:\n  - name: l\n    port: 80\n    routes:\n    - {route}\n"), expected);
}

#[track_caller]
fn check_cluster(cluster: &str, expected: &str) {
    check(&format!("spec:\n  clusters:\n  - name: c\n    {cluster}\n"), expected);
}

#[test]
fn all_faults_are_reported_at_once() {
    check(
        "\
version: [1]
sepc: {}
spec:
  listeners:
  - name: http
    port: eighty
    routes:
    - {prefx: /, clusters: [web], timeout: 5}
    - prefix: /x
  clusters:
  - endpoints: [{address: 10.0.0.1}]
    lb_policy: round-robin
",
        "\
1:10 CH2002 `version` must be a string (this is a list)
2:1 CH2001 the document has no key `sepc` (did you mean `spec`?)
6:11 CH2002 `port` must be a whole number (this is a plain value)
8:8 CH2001 a route has no key `prefx` (did you mean `prefix`?)
8:44 CH2004 `timeout` must be a duration, not `5` (a unit is missing)
12:16 CH2005 `lb_policy` cannot be `round-robin` (did you mean `round_robin`?)
11:5 CH2003 a cluster needs `name`
9:7 CH2007 a route needs something to do
11:27 CH2010 `10.0.0.1` has no port
",
    );
}

#[test]
fn known_keys_stand_in_the_help() {
    let (_, out) = desugared("spec: {runtime: [{name: a, value: {}}]}");
    assert_eq!(out.0[0].help[0], "known keys: `name`, `values`, `envoy`");
    assert_eq!(out.0[0].help[1], "any field of Envoy's envoy.service.runtime.v3.Runtime can be set under `envoy:`");
}

#[test]
fn routes() {
    check_route("{clusters: []}", "6:8 CH2007 `clusters` names no cluster");
    check_route(
        "{cluster: a, redirect: {scheme: https}}",
        "6:20 CH2006 `cluster` and `redirect` exclude each other (only one of them can hold)",
    );
    check_route(
        "{redirect: {scheme: https}, timeout: 5s}",
        "6:35 CH2006 `timeout` has no meaning with `redirect` (no request is forwarded here)",
    );
    check_route(
        "{prefix: /, path: /a, cluster: c}",
        "6:19 CH2006 `prefix` and `path` exclude each other (only one of them can hold)",
    );
    check_route("{clusters: [{name: a, weight: 1}, b]}", "6:41 CH2008 `b` has no weight, but another cluster has");
    check_route("{clusters: [{name: a, weight: 0}, {name: b, weight: 0}]}", "6:8 CH2008 all weights are zero");
    check_route("{prefix: , cluster: c}", "6:14 CH2002 `prefix` has no value");
    check_route("{cluster: c, mirrors: [{cluster: d, percent: 101}]}", "6:52 CH2005 `percent` must be from 0 to 100");
    check_route("{cluster: c, retries: {attempts: 3}}", "6:29 CH2003 a retry policy needs `on`");
    check_route(
        "{direct_response: {status: 200, body: a, body_file: /b}}",
        "6:48 CH2006 `body` and `body_file` exclude each other (only one of them can hold)",
    );
    check_route("cluster", "6:7 CH2002 `routes` must be a map: a route (this is a plain value)");
}

#[test]
fn what_would_be_dropped_in_silence() {
    check_route(
        "{cluster: c, retries: {on: '5xx,gateway-eror'}}",
        "6:34 CH2005 `on` cannot be `gateway-eror` (did you mean `gateway-error`?)",
    );
    check_route("{redirect: {status: 302}}", "6:8 CH2003 the redirect leads to where it came from");
    check_route("{cluster: c, path_template_rewrite: /a}", "6:20 CH2003 `path_template_rewrite` needs `path_template`");
    check("spec: {listeners: [{name: l, port: 1, tcp: a, http: {}}]}", "1:47 CH2006 `http` has no meaning with `tcp`");
    check(
        "spec: {listeners: [{name: l, port: 1, route_config_name: a, route_config: {}}]}",
        "1:61 CH2006 `route_config` has no meaning with `route_config_name`",
    );
    check_cluster("endpoints: ['a:80']\n    protocol: auto", "5:15 CH2003 `protocol: auto` needs `tls`");
    check_cluster(
        "endpoints: ['a:80']\n    lb_policy: maglev\n    slow_start: 5s",
        "6:17 CH2006 `slow_start` has no meaning with MAGLEV",
    );
    check_cluster("type: original_dst\n    load_assignment: {}", "5:5 CH2009 an ORIGINAL_DST cluster has no endpoints");
}

#[test]
fn listeners() {
    check(
        "spec: {listeners: [{name: l, port: 80}]}",
        "1:20 CH2007 a listener needs `routes`, `virtual_hosts` or `tcp`",
    );
    check(
        "spec: {listeners: [{name: l, port: 80, routes: []}]}",
        "1:40 CH2007 a listener needs `routes`, `virtual_hosts` or `tcp`",
    );
    check("spec: {listeners: [{name: l, tcp: a}]}", "1:20 CH2003 a listener needs `port`");
    check(
        "spec: {listeners: [{name: l, path: /s, port: 1, tcp: a}]}",
        "1:40 CH2006 `path` and `port` exclude each other (a unix socket has neither address nor port)",
    );
    check(
        "spec: {listeners: [{name: l, port: 1, tcp: a, routes: [{cluster: c}]}]}",
        "1:47 CH2006 `tcp` and `routes` exclude each other (only one of them can hold)",
    );
    check("spec: {listeners: [{name: l, port: 1, tcp: {}}]}", "1:44 CH2007 tcp needs `cluster` or `clusters`");
    check(
        "spec: {listeners: [{name: l, port: 1, tcp: a, filter_chains: [{name: x, tcp: b}]}]}",
        "1:39 CH2006 `filter_chains` and `tcp` exclude each other (with `filter_chains`, this belongs into one of them)",
    );
    check(
        "spec: {listeners: [{name: l, port: 1, api_listener: true, routes: [{cluster: c}]}]}",
        "1:30 CH2006 `api_listener` and `port` exclude each other (an API listener has no socket)",
    );
    check("spec: {listeners: web}", "1:19 CH2002 `listeners` must be a map: a listener (this is a plain value)");
}

#[test]
fn clusters() {
    check_cluster(
        "type: EDS\n    endpoints: ['web:80']",
        "5:17 CH2009 `web` is a host name, but EDS clusters take IP addresses",
    );
    check_cluster("connect_timeout: 1s", "3:5 CH2003 a cluster needs `endpoints`");
    check_cluster(
        "type: logical_dns\n    endpoints: ['a:1', 'b:1']",
        "5:5 CH2009 a LOGICAL_DNS cluster has exactly one endpoint",
    );
    check_cluster("endpoints: [{path: /s}, 'a:1']", "4:24 CH2009 a STRICT_DNS cluster cannot have unix sockets");
    check_cluster("type: original_dst\n    endpoints: []", "5:5 CH2009 an ORIGINAL_DST cluster has no endpoints");
    check_cluster(
        "endpoints: ['1.1.1.1:80']\n    dns: {refresh_rate: 5s}",
        "5:5 CH2006 `dns` has no meaning for an EDS cluster (no host name is resolved here)",
    );
    check_cluster("endpoints: [{port: 80}]", "4:17 CH2010 an endpoint needs `address` and `port`");
    check_cluster(
        "endpoints: [{address: 'a:80', port: 80}]",
        "4:41 CH2010 the port is given twice (and also in `address`)",
    );
    check_cluster(
        "endpoints: ['a:80']\n    health_checks: [{interval: 1s}]",
        "5:21 CH2003 a health check needs `http`, `tcp` or `grpc`",
    );
    check_cluster(
        "endpoints: ['a:80']\n    health_checks: [{http: {path: /, statuses: [2xx]}}]",
        "5:49 CH2005 `2xx` is not a status",
    );
    check_cluster(
        "endpoints: ['a:80']\n    protocol: http1\n    http2: true",
        "6:5 CH2006 `protocol` and `http2` exclude each other (only one of them can hold)",
    );
}

#[test]
fn tls() {
    let listener = |tls: &str| format!("spec: {{listeners: [{{name: l, port: 1, tcp: a, tls: {tls}}}]}}");
    check(&listener("{}"), "1:52 CH2003 downstream TLS needs `certificate`");
    check(&listener("{certificate: {cert_file: /c}}"), "1:66 CH2003 the private key is missing");
    check(
        &listener("{certificate: {secret: s, key_file: /k}}"),
        "1:78 CH2006 `secret` and `key_file` exclude each other (the secret holds everything)",
    );
    check(
        &listener("{certificate: {secret: s}, verify_names: [a]}"),
        "1:79 CH2011 `verify_names` verifies nothing without `client_ca`",
    );
    check(
        &listener("{certificate: {secret: s}, require_client_certificate: true}"),
        "1:79 CH2011 `require_client_certificate` verifies nothing without `client_ca`",
    );
}

#[test]
fn secrets_are_not_shown() {
    let (_, out) = desugared(
        "spec: {secrets: [{name: s, certificate: {cert: C, kye: PRIVATE}}, {name: g, generic: {inline: [x]}}]}",
    );
    assert_eq!(out.0.len(), 3);
    assert!(out.0.iter().all(|it| it.redacted && !it.message.contains("PRIVATE")), "{:#?}", out.0);
}

/// What only the encoder finds is said under the user's key, and what is under `envoy:` under Envoy's.
#[test]
fn faults_of_generated_messages_name_the_users_keys() {
    let encoded = |yaml: &str| {
        let compiled = compile(&RawFile::new("t.yaml", yaml.as_bytes()), &Settings::default());
        compiled.diagnostics.0.iter().map(|it| format!("{} {:?}", line(it), it.help)).collect::<Vec<_>>().join("\n")
    };
    let listener = |it: &str| format!("spec:\n  listeners:\n  - {{name: l, {it}}}\n");
    let cluster = |it: &str| format!("spec:\n  clusters:\n  - {{name: c, {it}}}\n");
    for (yaml, expected) in [
        (
            listener("port: 99999, tcp: c") + "  clusters: [{name: c, endpoints: []}]\n",
            "3:21 CH1202 `port` must be at most 65535, not `99999` []",
        ),
        (
            cluster("endpoints: [{address: 10.0.0.1, port: 99999}]"),
            "3:53 CH1202 `port` must be at most 65535, not `99999` []",
        ),
        (
            cluster("endpoints: [{address: 10.0.0.1, port: 9, weight: -1}]"),
            "3:64 CH1009 `weight` takes a whole number from 0 to 4294967295, not `-1` []",
        ),
        (
            cluster("endpoints: [{address: 10.0.0.1, port: 9, envoy: {load_balancing_weight: 0}}]"),
            "3:87 CH1202 `load_balancing_weight` must be at least 1, not `0` [\"Envoy's API has this rule at `envoy.config.endpoint.v3.LbEndpoint.load_balancing_weight`\"]",
        ),
        (
            listener("port: 80, routes: [{prefix: /, cluster: c, request_headers: {set: {'': a}}}]")
                + "  clusters: [{name: c, endpoints: []}]\n",
            "3:82 CH1203 a key of `set` must not be empty []",
        ),
        (
            cluster("connect_timeout: 0s, endpoints: []"),
            "3:32 CH1202 `connect_timeout` must be more than 0s, not `0s` [\"Envoy's API has this rule at `envoy.config.cluster.v3.Cluster.connect_timeout`\"]",
        ),
        (
            cluster("endpoints: [], envoy: {connect_timeout: {nanos: 0}}"),
            "3:55 CH1202 `connect_timeout` must be more than 0s, not a map [\"Envoy's API has this rule at `envoy.config.cluster.v3.Cluster.connect_timeout`\"]",
        ),
    ] {
        assert_eq!(encoded(&yaml), expected, "{yaml}");
    }
}

#[test]
fn hosts_and_ports_of_endpoints_and_the_weight_of_one_cluster() {
    check_cluster("endpoints: [':80']", "4:17 CH2010 `:80` has no host");
    check_cluster("endpoints: ['10.0.0.1:99999']", "4:17 CH2010 the port of `10.0.0.1:99999` must be at most 65535");
    check(
        "spec:\n  listeners:\n  - {name: l, port: 80, routes: [{prefix: /, clusters: [{name: c, weight: -1}]}]}\n  clusters: [{name: c, endpoints: []}]\n",
        "3:75 CH2008 `weight` takes a whole number from 0 to 4294967295, not `-1`",
    );
}
