//! What becomes of each kind of reference.

use serde_json::{Value, json};

use super::{Member, StaticBootstrap};
use crate::resource::{Origin, ResourceType};

fn members(resources: Value) -> Vec<Member> {
    let member = |(key, fields): (&String, &Value)| {
        let (short, name) = key.split_once(' ').unwrap();
        let kind = ResourceType::from_short(short).unwrap();
        let fields = fields.as_object().unwrap().clone();
        Member { kind, name: name.into(), origin: Origin::default(), fields }
    };
    resources.as_object().unwrap().iter().map(member).collect()
}

#[track_caller]
fn check(resources: Value, expected: Value, notes: &[&str]) {
    let bootstrap = StaticBootstrap::new(members(resources));
    let mut value = bootstrap.value();
    assert_eq!(value.as_object_mut().unwrap().remove("node"), Some(bootstrap.node()));
    assert_eq!(value, expected);
    assert_eq!(bootstrap.notes, notes);
}

fn ads() -> Value {
    json!({"ads": {}, "resource_api_version": "V3"})
}

#[test]
fn routes_take_the_place_of_rds() {
    let rds = |name| json!({"name": "l", "x": [{"a": 1, "rds": {"route_config_name": name, "config_source": ads()}, "b": 2}]});
    check(
        json!({"LDS l": rds("r"), "RDS r": {"name": "r", "virtual_hosts": []}, "RDS s": {"name": "s"}}),
        json!({"static_resources": {"listeners": [
            {"name": "l", "x": [{"a": 1, "route_config": {"name": "r", "virtual_hosts": [], "validate_clusters": false}, "b": 2}]}]}}),
        &["RDS `s` is left out: nothing asks for it"],
    );
    check(
        json!({"LDS l": rds("missing")}),
        json!({"static_resources": {"listeners": [{"name": "l", "x": [{"a": 1, "route_config": {"name": "missing"}, "b": 2}]}]}}),
        &["RDS `missing` is missing: the listener has no routes"],
    );
}

#[test]
fn files_on_envoys_disk_stay_references() {
    let listener = json!({"rds": {"route_config_name": "r", "config_source": {"path_config_source": {"path": "/r"}}}});
    check(json!({"LDS l": listener}), json!({"static_resources": {"listeners": [listener]}}), &[]);
}

#[test]
fn endpoints_take_the_place_of_eds() {
    let eds = |service: &str| json!({"name": "web", "type": "EDS", "eds_cluster_config": {"service_name": service}});
    let endpoints = json!([{"lb_endpoints": []}]);
    let static_one = |assignment: Value| json!({"static_resources": {"clusters": [{"name": "web", "type": "STATIC", "load_assignment": assignment}]}});
    let full = static_one(json!({"cluster_name": "web", "endpoints": endpoints}));
    check(json!({"CDS web": eds(""), "EDS web": {"cluster_name": "web", "endpoints": endpoints}}), full.clone(), &[]);
    check(json!({"CDS web": eds("s"), "EDS s": {"cluster_name": "s", "endpoints": endpoints}}), full, &[]);
    check(json!({"CDS web": eds("nowhere")}), static_one(json!({"cluster_name": "web"})), &[]);
}

#[test]
fn secrets_that_are_there_need_no_source_and_others_keep_theirs() {
    let reference = |name| json!({"name": name, "sds_config": ads()});
    check(
        json!({"CDS c": {"a": reference("s"), "b": reference("other")}, "SDS s": {"name": "s"}}),
        json!({"static_resources": {"clusters": [{"a": {"name": "s"}, "b": reference("other")}], "secrets": [{"name": "s"}]}}),
        &[],
    );
}

#[test]
fn scopes_stand_inline_each_with_its_routes() {
    let scoped = json!({"name": "s", "rds_config_source": ads(), "scoped_rds": {}, "scope_key_builder": {}});
    let scopes = json!([{"name": "a", "key": {}, "route_configuration": {"name": "r", "validate_clusters": true}}]);
    check(
        json!({
            "LDS l": {"scoped_routes": scoped},
            "SRDS a": {"name": "a", "route_configuration_name": "r", "key": {}},
            "RDS r": {"name": "r", "validate_clusters": true}
        }),
        json!({"static_resources": {"listeners": [{"scoped_routes": {"name": "s", "scope_key_builder": {},
            "scoped_route_configurations_list": {"scoped_route_configurations": scopes}}}]}}),
        &[],
    );
}

#[test]
fn extension_configurations_stand_inline_and_never_inside_themselves() {
    let discovered = |name| json!({"name": name, "config_discovery": {"config_source": ads()}});
    check(
        json!({"LDS l": {"filters": [discovered("e"), discovered("none")]}, "ECDS e": {"name": "e", "typed_config": {"x": 1}}}),
        json!({"static_resources": {"listeners": [{"filters": [{"name": "e", "typed_config": {"x": 1}}, discovered("none")]}]}}),
        &[],
    );
    let itself = json!({"name": "e", "typed_config": {"twice": [discovered("e"), discovered("e")]}});
    check(
        json!({"LDS l": {"filters": [discovered("e")]}, "ECDS e": itself}),
        json!({"static_resources": {"listeners": [{"filters": [itself]}]}}),
        &["ECDS `e` is not put in place inside itself or too deep"],
    );
}

#[test]
fn runtime_becomes_layers_and_what_has_no_place_is_told() {
    check(
        json!({
            "RTDS r": {"name": "r", "layer": {"a.b": 1}},
            "VHDS v": {"name": "v"},
            "LDS grpc": {"name": "grpc", "api_listener": {}},
            "LDS l": {"route_config": {"name": "x", "vhds": {"config_source": {}}}}
        }),
        json!({
            "static_resources": {"listeners": [{"route_config": {"name": "x"}}]},
            "layered_runtime": {"layers": [{"name": "r", "static_layer": {"a.b": 1}}]}
        }),
        &[
            "VHDS `v` is left out: a bootstrap has no place for it",
            "LDS `grpc` is left out: it is for clients without a proxy, and binds no address",
            "`vhds` is left out: a bootstrap has no place for virtual hosts on demand",
        ],
    );
}
