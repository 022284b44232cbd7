//! What an Envoy says it holds, reduced to what this test's changes change.
//!
//! Section by section: a whole dump is nine tenths bootstrap, and making and reading it again and again would be a load
//! of its own.

use std::collections::BTreeMap;

use chancery::envoy::{Admin, AdminError};
use serde_json::Value;

/// `cluster one-1`, `endpoints one-1`, `route one`, `route inline`, `listener http`, `secret server`, … and what is said
/// of each.
pub(in crate::envoy) type Picture = BTreeMap<String, String>;

type Read = fn(&Value, &mut Picture);

/// Each section and what one item of it says.
const SECTIONS: &[(&str, Read)] = &[
    ("dynamic_active_clusters", |it, picture| note(picture, "cluster", &it["cluster"]["name"], String::new())),
    ("dynamic_warming_clusters", |it, picture| note(picture, "warming", &it["cluster"]["name"], String::new())),
    ("dynamic_endpoint_configs&include_eds", endpoints),
    ("dynamic_listeners", listener),
    ("dynamic_route_configs", |it, picture| {
        for route in list(&it["route_config"]["virtual_hosts"][0]["routes"]) {
            note(picture, "route", &route["name"], destination(route));
        }
    }),
    ("dynamic_active_secrets", |it, picture| {
        let chain = &it["secret"]["tls_certificate"]["certificate_chain"]["inline_string"];
        note(picture, "secret", &it["name"], mark(chain.as_str().unwrap_or_default()));
    }),
];

/// The picture of an Envoy.
pub(in crate::envoy) async fn of(admin: &Admin) -> Picture {
    let mut picture = Picture::new();
    for (section, read) in SECTIONS {
        let dump = match admin.json(&format!("/config_dump?resource={section}")).await {
            // An Envoy that has just begun has nothing of the kind.
            Err(AdminError::Status { status: 404, .. }) => continue,
            dump => dump.unwrap(),
        };
        list(&dump["configs"]).for_each(|it| read(it, &mut picture));
    }
    picture
}

fn endpoints(item: &Value, picture: &mut Picture) {
    let assignment = &item["endpoint_config"];
    let address = &assignment["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"];
    let port = address["socket_address"]["port_value"].to_string();
    note(picture, "endpoints", &assignment["cluster_name"], port);
}

fn listener(item: &Value, picture: &mut Picture) {
    if let Some(why) = item["error_state"]["details"].as_str() {
        return note(picture, "refused", &item["name"], why.to_owned());
    }
    let listener = &item["active_state"]["listener"];
    let manager = &listener["filter_chains"][0]["filters"][0]["typed_config"];
    let limit = &listener["per_connection_buffer_limit_bytes"];
    let timeout = manager["stream_idle_timeout"].as_str().unwrap_or_default();
    let logs = list(&manager["access_log"]).count();
    note(picture, "listener", &item["name"], format!("{limit} {timeout} {logs}"));
    for route in list(&manager["route_config"]["virtual_hosts"][0]["routes"]) {
        note(picture, "route", &item["name"], destination(route));
    }
    if !item["warming_state"].is_null() {
        note(picture, "warming", &item["name"], String::new());
    }
}

fn note(picture: &mut Picture, what: &str, name: &Value, value: String) {
    picture.insert(format!("{what} {}", name.as_str().unwrap_or_default()), value);
}

/// What tells one certificate from another.
pub(in crate::envoy) fn mark(pem: &str) -> String {
    pem.lines().nth_back(1).unwrap_or_default().to_owned()
}

/// `one-1`, or `split-1:30 split-2:70`.
fn destination(route: &Value) -> String {
    let action = &route["route"];
    if let Some(cluster) = action["cluster"].as_str() {
        return cluster.to_owned();
    }
    let share = |it: &Value| format!("{}:{}", it["name"].as_str().unwrap_or_default(), it["weight"]);
    list(&action["weighted_clusters"]["clusters"]).map(share).collect::<Vec<_>>().join(" ")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
