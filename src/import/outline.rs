//! What the language says in its own way, and the same message said in Envoy's: routes of their own, endpoints with
//! localities. Used where the user wants simple documents rather than equal bytes; each change is told.

use serde_json::{Value, json};

use super::listener::{MANAGER, last_filter, last_filter_mut};

/// A listener whose inline routes are a route configuration of its name, and that configuration.
pub(super) fn routes(listener: &Value) -> Option<(Value, Value)> {
    let name = listener.get("name")?.clone();
    let config = last_filter(listener).filter(|it| it["@type"] == MANAGER)?;
    let mut routes = config.get("route_config")?.clone();
    let mut listener = listener.clone();
    let manager = last_filter_mut(&mut listener)?.as_object_mut()?;
    manager.shift_remove("route_config");
    let source = json!({"ads": {}, "resource_api_version": "V3"});
    manager.insert("rds".to_owned(), json!({"config_source": source, "route_config_name": name}));
    let fields = routes.as_object_mut()?;
    fields.insert("name".to_owned(), name);
    let mut typed = serde_json::Map::new();
    typed.insert("@type".to_owned(), "type.googleapis.com/envoy.config.route.v3.RouteConfiguration".into());
    typed.append(fields);
    Some((listener, typed.into()))
}

/// A cluster or an assignment whose localities say their weight, as gRPC clients want it; nothing if all do.
pub(super) fn localities(message: &Value) -> Option<Value> {
    let mut message = message.clone();
    let assignment = match message.get("load_assignment") {
        Some(_) => message.get_mut("load_assignment")?,
        None => &mut message,
    };
    let mut changed = false;
    for locality in assignment.get_mut("endpoints")?.as_array_mut()? {
        let fields = locality.as_object_mut()?;
        let weight = |it: &Value| it.get("load_balancing_weight").and_then(Value::as_u64).unwrap_or(1);
        let endpoints = fields.get("lb_endpoints").and_then(Value::as_array);
        let sum: u64 = endpoints.map_or(0, |it| it.iter().map(weight).sum());
        for (key, value) in [("locality", json!({})), ("load_balancing_weight", json!(sum.max(1)))] {
            if !fields.contains_key(key) {
                fields.insert(key.to_owned(), value);
                changed = true;
            }
        }
    }
    changed.then_some(message)
}
