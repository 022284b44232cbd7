//! A cluster, and its endpoints, in the simple spec.

use serde_json::{Map, Value, json};

use super::invert::{at, object, remove, take, whole};
use super::tls;

const HTTP_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/// What a cluster says; its assignment is its own, or that of a resource beside it.
pub(super) fn cluster(message: &Value, assignment: Option<&Value>) -> Option<Map<String, Value>> {
    let mut rest = message.as_object()?.clone();
    let mut said = take(object("spec.clusters"), &mut rest);
    let kind = rest.get("type").and_then(Value::as_str).unwrap_or("STATIC").to_owned();
    said.insert("type".to_owned(), kind.to_ascii_lowercase().into());
    let policy = rest.get("lb_policy").and_then(Value::as_str).unwrap_or("ROUND_ROBIN");
    said.insert("lb_policy".to_owned(), policy.to_ascii_lowercase().into());
    if kind.ends_with("_DNS") {
        let family = rest.get("dns_lookup_family").and_then(Value::as_str).unwrap_or("AUTO");
        said.insert("dns".to_owned(), json!({"lookup_family": family.to_ascii_lowercase()}));
    }
    let given = rest.get("load_assignment").or(assignment);
    if let Some(given) = given.and_then(Value::as_object) {
        let name = said.get("name").and_then(Value::as_str).unwrap_or_default();
        for (key, value) in endpoints(given, name) {
            said.insert(key, value);
        }
    }
    protocol(&rest, &mut said);
    circuit_breakers(&rest, &mut said);
    let checks = rest.get("health_checks").and_then(Value::as_array);
    if let Some(checks) = checks.and_then(|it| it.iter().map(health_check).collect::<Option<Vec<_>>>()) {
        said.insert("health_checks".to_owned(), checks.into());
    }
    let context = rest.get("transport_socket").and_then(|it| it.get("typed_config"));
    if let Some(tls) = context.filter(|it| is_tls(it)).and_then(tls::upstream) {
        said.insert("tls".to_owned(), tls.into());
    }
    keepalive(&rest, &mut said);
    Some(said)
}

fn is_tls(context: &Value) -> bool {
    context["@type"].as_str().is_some_and(|it| it.ends_with(".UpstreamTlsContext"))
}

/// `endpoints`, if they can say all of it; else the whole as it is, under `load_assignment`.
fn endpoints(assignment: &Map<String, Value>, name: &str) -> Vec<(String, Value)> {
    let localities = assignment.get("endpoints").and_then(Value::as_array).cloned().unwrap_or_default();
    let simple: Option<Vec<Vec<Value>>> = localities.iter().map(locality).collect();
    let mut rest = assignment.clone();
    if rest.get("cluster_name").and_then(Value::as_str) == Some(name) {
        rest.shift_remove("cluster_name");
    }
    let mut said = Vec::new();
    if let Some(simple) = simple {
        said.push(("endpoints".to_owned(), simple.concat().into()));
        rest.shift_remove("endpoints");
    }
    if !rest.is_empty() {
        said.push(("load_assignment".to_owned(), rest.into()));
    }
    said
}

fn locality(message: &Value) -> Option<Vec<Value>> {
    let fields = message.as_object()?;
    // What the language would write itself; without it, the bytes would differ.
    let stands = fields.get("locality")?.as_object()?;
    fields.get("load_balancing_weight")?;
    let known = ["locality", "priority", "load_balancing_weight", "lb_endpoints"];
    if fields.keys().any(|it| !known.contains(&&**it)) {
        return None;
    }
    let each = |it: &Value| {
        let mut endpoint = endpoint(it)?;
        match stands.len() {
            0 => {}
            1 if stands.contains_key("zone") => drop(endpoint.insert("zone".to_owned(), stands["zone"].clone())),
            _ => drop(endpoint.insert("locality".to_owned(), Value::Object(stands.clone()))),
        }
        if let Some(priority) = fields.get("priority") {
            endpoint.insert("priority".to_owned(), priority.clone());
        }
        Some(short(endpoint))
    };
    fields.get("lb_endpoints")?.as_array()?.iter().map(each).collect()
}

fn endpoint(message: &Value) -> Option<Map<String, Value>> {
    let mut rest = message.as_object()?.clone();
    let mut said = Map::new();
    if let Some(path) = remove(&mut rest, "endpoint.address.pipe.path") {
        said.insert("path".to_owned(), path);
    } else {
        said.insert("address".to_owned(), remove(&mut rest, "endpoint.address.socket_address.address")?);
        said.insert("port".to_owned(), remove(&mut rest, "endpoint.address.socket_address.port_value")?);
    }
    said.extend(take(object("spec.clusters.endpoints"), &mut rest));
    if let Some(marks) = at(&rest, "metadata.filter_metadata").and_then(Value::as_object)
        && marks.len() == 1
        && let Some(Value::Object(lb)) = marks.get("envoy.lb")
        && lb.values().all(Value::is_string)
    {
        said.insert("metadata".to_owned(), Value::Object(lb.clone()));
        rest.shift_remove("metadata");
    }
    if !rest.is_empty() {
        said.insert("envoy".to_owned(), rest.into());
    }
    Some(said)
}

/// `10.0.0.1:80` for an endpoint of which nothing else is said.
fn short(endpoint: Map<String, Value>) -> Value {
    match (endpoint.get("address").and_then(Value::as_str), endpoint.get("port").and_then(Value::as_u64)) {
        (Some(address), Some(port)) if endpoint.len() == 2 && !address.contains(':') => {
            format!("{address}:{port}").into()
        }
        _ => endpoint.into(),
    }
}

/// What the endpoints speak.
fn protocol(rest: &Map<String, Value>, said: &mut Map<String, Value>) {
    let options = rest.get("typed_extension_protocol_options").and_then(|it| it.get(HTTP_OPTIONS));
    let Some(mut options) = options.and_then(Value::as_object).cloned() else { return };
    options.shift_remove("@type");
    let has = |path: &str| at(&options, path).is_some();
    let (word, field) = match () {
        () if has("explicit_http_config.http2_protocol_options") => ("http2", "explicit_http_config"),
        () if has("explicit_http_config.http_protocol_options") => ("http1", "explicit_http_config"),
        () if has("auto_config.http2_protocol_options") => ("auto", "auto_config"),
        () => return,
    };
    let inner = options.get(field).and_then(Value::as_object).cloned().unwrap_or_default();
    if inner.values().all(|it| it.as_object().is_some_and(Map::is_empty)) {
        options.shift_remove(field);
    }
    said.insert("protocol".to_owned(), word.into());
    if let Some(http) = whole(object("spec.clusters.http"), &Value::Object(options)).filter(|it| !it.is_empty()) {
        said.insert("http".to_owned(), http.into());
    }
}

fn circuit_breakers(rest: &Map<String, Value>, said: &mut Map<String, Value>) {
    let Some(thresholds) = at(rest, "circuit_breakers.thresholds").and_then(Value::as_array) else { return };
    let mut breakers = Map::new();
    for threshold in thresholds {
        let Some(mut message) = threshold.as_object().cloned() else { return };
        let priority = message.shift_remove("priority");
        match priority.as_ref().and_then(Value::as_str) {
            None => match whole(object("spec.clusters.circuit_breakers"), &message.into()) {
                Some(it) => breakers.extend(it),
                None => return,
            },
            Some("HIGH") => {
                let high = whole(object("spec.clusters.circuit_breakers.high"), &message.into());
                breakers.extend(high.map(|it| ("high".to_owned(), it.into())));
            }
            Some(_) => return,
        }
    }
    said.insert("circuit_breakers".to_owned(), breakers.into());
}

fn health_check(message: &Value) -> Option<Value> {
    let mut rest = message.as_object()?.clone();
    let mut said = take(object("spec.clusters.health_checks"), &mut rest);
    if let Some(mut http) = rest.shift_remove("http_health_check").and_then(|it| it.as_object().cloned()) {
        // The language says it again for clusters that speak HTTP/2.
        if http.get("codec_client_type").and_then(Value::as_str) == Some("HTTP2") {
            http.shift_remove("codec_client_type");
        }
        let ranges = http.shift_remove("expected_statuses");
        let mut check = whole(object("spec.clusters.health_checks.http"), &http.into())?;
        if let Some(ranges) = ranges {
            let statuses = ranges.as_array()?.iter().map(|it| {
                let (start, end) = (it.get("start")?.as_u64()?, it.get("end")?.as_u64()?.checked_sub(1)?);
                Some(if start == end { format!("{start}") } else { format!("{start}-{end}") })
            });
            check.insert("statuses".to_owned(), statuses.collect::<Option<Vec<_>>>()?.into());
        }
        said.insert("http".to_owned(), check.into());
    }
    if !rest.is_empty() {
        said.insert("envoy".to_owned(), rest.into());
    }
    Some(said.into())
}

fn keepalive(rest: &Map<String, Value>, said: &mut Map<String, Value>) {
    let Some(message) = at(rest, "upstream_connection_options.tcp_keepalive").and_then(Value::as_object) else {
        return;
    };
    let mut keepalive = Map::new();
    let seconds = |field: &str| message.get(field).and_then(Value::as_u64).map(|it| format!("{it}s"));
    keepalive.extend(message.get("keepalive_probes").map(|it| ("probes".to_owned(), it.clone())));
    keepalive.extend(seconds("keepalive_time").map(|it| ("time".to_owned(), it.into())));
    keepalive.extend(seconds("keepalive_interval").map(|it| ("interval".to_owned(), it.into())));
    said.insert("tcp_keepalive".to_owned(), keepalive.into());
}
