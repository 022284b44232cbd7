//! One message in YAML in, its JSON or its faults out; and the same JSON through prost-reflect as a second opinion.

use prost_reflect::{DynamicMessage, SerializeOptions};

use super::*;
use crate::check::Facts;
use crate::resource::descriptors;
use crate::spec::codes;

const CLUSTER: &str = "envoy.config.cluster.v3.Cluster";
const LISTENER: &str = "envoy.config.listener.v3.Listener";
const CERTIFICATE: &str = "envoy.extensions.transport_sockets.tls.v3.TlsCertificate";

fn encode_yaml(message: &str, yaml: &str, flavour: Flavour) -> (Vec<u8>, Diagnostics) {
    let text = Text::new("t", yaml);
    let mut out = Diagnostics::default();
    let trees = crate::spec::parse_yaml(&text, &mut out);
    let descriptor = descriptors().get_message_by_name(message).expect(message);
    let context = Context::new(&text, "xds_cluster");
    let bytes = encode(&trees[0], &descriptor, context, flavour, &mut out);
    (bytes, out)
}

fn json(message: &str, bytes: &[u8]) -> String {
    let descriptor = descriptors().get_message_by_name(message).unwrap();
    let decoded = DynamicMessage::decode(descriptor, bytes).expect("well-formed bytes");
    let options = SerializeOptions::new().use_proto_field_name(true).stringify_64_bit_integers(false);
    let value = decoded.serialize_with_options(serde_json::value::Serializer, &options).unwrap();
    value.to_string()
}

/// The message as JSON, then each fault on a line.
#[track_caller]
fn check(message: &str, yaml: &str, expected: &str) {
    let (bytes, out) = encode_yaml(message, yaml, Flavour::Ads);
    let mut lines = vec![];
    if !out.has_errors() {
        lines.push(json(message, &bytes));
    }
    for it in &out.0 {
        let related: String = it.labels[1..]
            .iter()
            .map(|label| label.text.line_column(label.span.unwrap()))
            .map(|(line, column)| format!(" (see {line}:{column})"))
            .collect();
        lines.push(format!("{} {} {}{related}", it.place().trim_start_matches("t:"), it.code, it.message));
    }
    assert_eq!(lines.join("\n"), expected, "{yaml}");
}

#[test]
fn both_spellings_of_a_field_but_not_at_once() {
    check(CLUSTER, "{connect_timeout: 5s}", r#"{"connect_timeout":"5s"}"#);
    check(CLUSTER, "{connectTimeout: 0.25s}", r#"{"connect_timeout":"0.250s"}"#);
    check(
        CLUSTER,
        "connectTimeout: 1s\nconnect_timeout: 1s",
        "2:1 CH1005 the field `connect_timeout` is given twice (see 1:1)",
    );
}

#[test]
fn s13_a_single_map_for_a_list() {
    check(
        LISTENER,
        "filter_chains: {name: a}",
        "{\"filter_chains\":[{\"name\":\"a\"}]}\n1:16 CH1101 `filter_chains` is a list, but a single value is given",
    );
}

#[test]
fn enums_in_any_case_or_as_numbers() {
    check(CLUSTER, "{type: strict_dns}", r#"{"type":"STRICT_DNS"}"#);
    check(CLUSTER, "{type: 3}", r#"{"type":"EDS"}"#);
    check(CLUSTER, "{type: STRICT_DSN}", "1:8 CH1010 `type` takes a value of `DiscoveryType`, not `STRICT_DSN`");
    check(CLUSTER, "{type: [EDS]}", "1:8 CH1004 `type` takes a value of `DiscoveryType`, not a list");
}

#[test]
fn a_member_of_a_oneof_is_written_even_if_it_is_the_default() {
    check(CLUSTER, "{type: STATIC}", r#"{"type":"STATIC"}"#);
    check(CLUSTER, "{lb_policy: ROUND_ROBIN}", "{}");
    check("envoy.config.core.v3.SocketAddress", "{port_value: 0}", r#"{"port_value":0}"#);
    check(
        CLUSTER,
        "type: EDS\ncluster_type: {name: a}\n",
        "2:1 CH1011 only one of `type` and `cluster_type` may be given (see 1:1)",
    );
    check(CLUSTER, "{type: EDS, cluster_type: null}", r#"{"type":"EDS"}"#);
}

#[test]
fn numbers() {
    let address = "envoy.config.core.v3.SocketAddress";
    check(address, "{port_value: '80'}", r#"{"port_value":80}"#);
    check(address, "{port_value: 0x50}", r#"{"port_value":80}"#);
    check(address, "{port_value: http}", "1:14 CH1004 `port_value` takes a whole number, not `http`");
    check(address, "{port_value: -1}", "1:14 CH1009 `port_value` takes a whole number from 0 to 4294967295, not `-1`");
    check("google.protobuf.DoubleValue", "1e3", "1000.0");
    check("envoy.type.v3.Percent", "value: .nan", r#"{"value":"NaN"}"#);
    check(
        "google.protobuf.FloatValue",
        "1e300",
        "1:1 CH1009 `FloatValue` takes a number of 32 bits, whose size is at most 3.4e38, not `1e300`",
    );
    check("google.protobuf.Int64Value", "'-9223372036854775808'", "-9223372036854775808");
}

#[test]
fn l12_durations() {
    let (_, out) = encode_yaml(CLUSTER, "connect_timeout: 10 miliseconds", Flavour::Ads);
    assert_eq!(
        out.0[0].message,
        "`connect_timeout` takes a duration in seconds, such as `0.25s`, not `10 miliseconds`"
    );
    assert_eq!(out.0[0].help, ["write `0.01s`"]);
    check("google.protobuf.Duration", "-1.5s", "\"-1.500s\"");
    check("google.protobuf.Timestamp", "2026-01-31T12:00:00Z", "\"2026-01-31T12:00:00Z\"");
    check(
        "google.protobuf.Timestamp",
        "soon",
        "1:1 CH1012 `Timestamp` takes a time such as `2026-01-31T12:00:00Z`, not `soon`",
    );
}

#[test]
fn booleans_as_envoy_reads_them() {
    let value = "google.protobuf.BoolValue";
    for (yaml, expected) in
        [("true", "true"), ("Yes", "true"), ("off", "false"), ("'true'", "true"), ("'yes'", "true"), ("tRue", "true")]
    {
        check(value, yaml, expected);
    }
    check(value, "'on'", "1:1 CH1004 `BoolValue` takes `true` or `false`, not `on`");
    check(value, "1", "1:1 CH1004 `BoolValue` takes `true` or `false`, not `1`");
    check(value, "{value: true}", "1:1 CH1004 `BoolValue` takes `true` or `false`, not a map");
}

#[test]
fn structs_are_typed_as_envoys_yaml_is() {
    check(
        "google.protobuf.Struct",
        "{a: 1, b: '1', c: true, d: null, e: [0.5, x], f: {g: 0x10}, h: 12345678901234567890, i: .inf, j: TRUE}",
        r#"{"a":1.0,"b":"1","c":true,"d":null,"e":[0.5,"x"],"f":{"g":16.0},"h":"12345678901234567890","i":".inf","j":true}"#,
    );
    check("google.protobuf.Struct", "[1]", "1:1 CH1004 `Struct` takes a map, not a list");
}

#[test]
fn any_values() {
    check(
        "google.protobuf.Any",
        "{'@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, dynamic_stats: false}",
        r#"{"@type":"type.googleapis.com/envoy.extensions.filters.http.router.v3.Router","dynamic_stats":false}"#,
    );
    check(
        "google.protobuf.Any",
        "{'@type': type.googleapis.com/google.protobuf.Duration, value: 5s}",
        r#"{"@type":"type.googleapis.com/google.protobuf.Duration","value":"5s"}"#,
    );
    check(
        "google.protobuf.Any",
        "{'@type': google.protobuf.Any, value: {'@type': google.protobuf.Empty}}",
        r#"{"@type":"type.googleapis.com/google.protobuf.Any","value":{"@type":"type.googleapis.com/google.protobuf.Empty","value":{}}}"#,
    );
    check(
        "google.protobuf.Any",
        "{'@type': google.protobuf.Empty, value: {}}",
        r#"{"@type":"type.googleapis.com/google.protobuf.Empty","value":{}}"#,
    );
    check("google.protobuf.Any", "{a: 1}", "1:1 CH1014 `Any` lacks its `@type`");
    check("google.protobuf.Any", "{'@type': x.Y}", "1:11 CH1013 no message has the type `x.Y`");
    check(
        "google.protobuf.Any",
        "{'@type': envoy.extensions.filters.http.router.v3.Router, stat: 1}",
        "1:59 CH1003 `Router` has no field `stat`",
    );
}

#[test]
fn an_unknown_type_has_a_nearest() {
    for name in ["envoy.filters.http.router.v3.HttpConnectionManager", "envoy.config.cluster.v3.Clutser"] {
        let (_, out) = encode_yaml("google.protobuf.Any", &format!("{{'@type': {name}}}"), Flavour::Ads);
        assert!(out.0[0].labels[0].remark.starts_with("did you mean `envoy."), "{:?}", out.0[0]);
    }
}

#[test]
fn maps_are_sorted_by_key() {
    let (one, _) =
        encode_yaml("envoy.config.core.v3.Metadata", "filter_metadata: {b: {}, a: {x: 1, w: 2}}", Flavour::Ads);
    let (two, _) =
        encode_yaml("envoy.config.core.v3.Metadata", "filter_metadata: {a: {w: 2, x: 1}, b: {}}", Flavour::Ads);
    assert_eq!(one, two);
    check(
        "envoy.config.core.v3.Metadata",
        "filter_metadata: [a]",
        "1:18 CH1004 `filter_metadata` takes a map, not a list",
    );
}

#[test]
fn all_faults_are_reported() {
    check(
        CLUSTER,
        "nme: a\nconnect_timeot: 1s\ntype: X\nload_assignment:\n  endpoints:\n  - lb_endpoints:\n    - endpoint: {address: {socket_address: {port_value: x}}}\n    -\n",
        "1:1 CH1003 `Cluster` has no field `nme`\n\
         2:1 CH1003 `Cluster` has no field `connect_timeot`\n\
         3:7 CH1010 `type` takes a value of `DiscoveryType`, not `X`\n\
         7:57 CH1004 `port_value` takes a whole number, not `x`\n\
         8:6 CH1004 an item of `lb_endpoints` is empty",
    );
}

#[test]
fn secrets_are_never_shown() {
    let yaml = "private_key: {inline_bytes: 'my secret'}\nprivate_kye: {inline_string: k}\npassword: {inline_strin: p}";
    let (_, out) = encode_yaml(CERTIFICATE, yaml, Flavour::Ads);
    assert_eq!(out.0.len(), 3);
    assert!(out.0.iter().all(|it| it.redacted && !it.message.contains("my secret")), "{out:?}");
}

#[test]
fn s36_s48_bare_and_legacy_filters() {
    let filter = "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter";
    check(
        filter,
        "{is_optional: true, name: envoy.router}",
        "{\"name\":\"envoy.router\",\"typed_config\":{\"@type\":\"type.googleapis.com/envoy.extensions.filters.http.router.v3.Router\"},\"is_optional\":true}\n\
         1:27 CH1103 `envoy.router` is a name from before Envoy 1.14\n\
         1:27 CH1102 `envoy.router` has no `typed_config`: Envoy needs one, so its defaults are filled in",
    );
    check(filter, "{name: envoy.filters.http.jwt_authn}", r#"{"name":"envoy.filters.http.jwt_authn"}"#);
    let (_, out) = encode_yaml(filter, "{name: envoy.router, config: {}}", Flavour::Ads);
    let fault = out.0.iter().find(|it| it.code == crate::spec::codes::UNKNOWN_FIELD).unwrap();
    assert_eq!(fault.help[0], "`config` is of the v2 API: use `typed_config` with an `@type`");
}

#[test]
fn s96_v2_types_inside_any() {
    check(
        "google.protobuf.Any",
        "{'@type': type.googleapis.com/envoy.config.filter.http.router.v2.Router}",
        "{\"@type\":\"type.googleapis.com/envoy.extensions.filters.http.router.v3.Router\"}\n\
         1:11 CH1104 `envoy.config.filter.http.router.v2.Router` is a type of the v2 API, which Envoy no longer has",
    );
}

#[test]
fn l14_deprecated_fields() {
    let (_, out) = encode_yaml("envoy.config.core.v3.ConfigSource", "path: /a", Flavour::Ads);
    assert_eq!((out.0[0].code, out.0[0].help.len()), (crate::spec::codes::DEPRECATED, 1));
}

#[test]
fn l9_generated_references_follow_the_flavour() {
    let span = Span::default();
    let reference = Tree { span, value: Value::ConfigSource };
    let tree = Tree::mapping(span, [("eds_config", reference)]);
    let text = Text::default();
    let context = Context::new(&text, "me");
    let message = "envoy.config.cluster.v3.Cluster.EdsClusterConfig";
    let descriptor = descriptors().get_message_by_name(message).unwrap();
    let mut out = Diagnostics::default();
    let values = encode_flavours(&tree, &descriptor, context, &mut Facts::default(), &mut out);
    assert_eq!(out, Diagnostics::default());
    let values: Vec<_> = values.iter().map(|it| json(message, it)).collect();
    let api = |kind: &str| {
        format!(
            "{{\"eds_config\":{{\"api_config_source\":{{\"api_type\":\"{kind}\",\"grpc_services\":[{{\"envoy_grpc\":{{\"cluster_name\":\"me\"}}}}],\
             \"set_node_on_first_message_only\":true,\"transport_api_version\":\"V3\"}},\"resource_api_version\":\"V3\"}}}}"
        )
    };
    let ads = r#"{"eds_config":{"ads":{},"resource_api_version":"V3"}}"#.to_owned();
    assert_eq!(values, [ads, api("GRPC"), api("DELTA_GRPC")]);
    let plain = Tree::mapping(span, [("service_name", Tree::string(span, "a"))]);
    assert_eq!(encode_flavours(&plain, &descriptor, context, &mut Facts::default(), &mut out).len(), 1);
}

#[test]
fn a_typed_struct_is_read_as_the_message_of_its_type_and_kept_as_it_is() {
    let kind = "xds.type.v3.TypedStruct";
    let url = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua";
    let said = |yaml: &str| {
        // As it stands in an extension's `typed_config`.
        let any = format!("{{'@type': type.googleapis.com/{kind}, {yaml}}}");
        let (bytes, out) = encode_yaml("google.protobuf.Any", &any, Flavour::Ads);
        (json("google.protobuf.Any", &bytes), out.0.iter().map(|it| (it.code, it.message.clone())).collect::<Vec<_>>())
    };
    let (kept, faults) = said(&format!("type_url: {url}, value: {{statPrefix: a}}"));
    assert_eq!(
        kept,
        format!(
            "{{\"@type\":\"type.googleapis.com/{kind}\",\"type_url\":\"{url}\",\"value\":{{\"statPrefix\":\"a\"}}}}"
        )
    );
    assert_eq!(faults, []);
    let (_, faults) = said(&format!("type_url: {url}, value: {{stat_prefix: [a]}}"));
    assert_eq!(faults, [(codes::WRONG_TYPE, "`stat_prefix` takes a string, not a list".to_owned())]);
    // What an extension of somebody else knows by itself, and what has no type at all.
    for yaml in ["type_url: a/acme.Plugin, value: {any: [thing]}", "value: {any: [thing]}"] {
        assert_eq!(said(yaml).1, [], "{yaml}");
    }
    let (_, faults) = said("type_url: a/envoy.extensions.filters.http.lua.v3.Lau");
    assert_eq!(faults[0].0, codes::UNKNOWN_TYPE);
}
