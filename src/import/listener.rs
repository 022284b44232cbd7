//! A listener, and its route configuration, in the simple spec.

use serde_json::{Map, Value, json};

use super::access_log::access_logs;
use super::invert::{at, object, remove, take};
use super::probe::Probe;
use super::{route, tls};

/// The type of the HTTP connection manager.
pub(super) const MANAGER: &str =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const TCP_PROXY: &str = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

/// Where the last filter of the only filter chain is configured.
pub(super) fn last_filter(listener: &Value) -> Option<&Value> {
    listener.get("filter_chains")?.get(0)?.get("filters")?.as_array()?.last()?.get("typed_config")
}

/// The same, to be changed.
pub(super) fn last_filter_mut(listener: &mut Value) -> Option<&mut Value> {
    listener
        .get_mut("filter_chains")?
        .get_mut(0)?
        .get_mut("filters")?
        .as_array_mut()?
        .last_mut()?
        .get_mut("typed_config")
}

/// The TLS context of the only filter chain.
pub(super) fn tls_context(listener: &Value) -> Option<&Value> {
    listener.get("filter_chains")?.get(0)?.get("transport_socket")?.get("typed_config")
}

/// What a listener says, with the key under which its last filter's own fields go; nothing if the language has no word
/// for what it is.
pub(super) fn listener(
    message: &Value,
    routes: Option<&Value>,
    probe: &Probe,
) -> Option<(Map<String, Value>, &'static str)> {
    let mut rest = message.as_object()?.clone();
    let mut said = take(object("spec.listeners"), &mut rest);
    if let Some(path) = remove(&mut rest, "address.pipe.path") {
        said.insert("path".to_owned(), path);
    } else {
        said.insert("address".to_owned(), remove(&mut rest, "address.socket_address.address")?);
        said.insert("port".to_owned(), remove(&mut rest, "address.socket_address.port_value")?);
    }
    if let Some(filters) = rest.get("listener_filters") {
        said.insert("listener_filters".to_owned(), filters.clone());
    }
    let [chain] = rest.get("filter_chains")?.as_array()?.as_slice() else { return None };
    let chain = chain.as_object()?;
    if chain.keys().any(|it| it != "filters" && it != "transport_socket") {
        return None;
    }
    if let Some(context) = tls_context(message) {
        said.insert("tls".to_owned(), tls::downstream(context)?.into());
    }
    let (last, before) = chain.get("filters")?.as_array()?.split_last()?;
    if !before.is_empty() {
        said.insert("network_filters".to_owned(), before.to_vec().into());
    }
    let config = last.get("typed_config")?.as_object()?.clone();
    let under = match config.get("@type").and_then(Value::as_str)? {
        MANAGER => http(config, routes, &mut said, probe)?,
        TCP_PROXY => tcp(config, &mut said),
        _ => return None,
    };
    Some((said, under))
}

fn http(
    mut config: Map<String, Value>,
    routes: Option<&Value>,
    said: &mut Map<String, Value>,
    probe: &Probe,
) -> Option<&'static str> {
    let name = at(&config, "rds.route_config_name")?.clone();
    if let Some(prefix) = config.shift_remove("stat_prefix") {
        said.insert("stat_prefix".to_owned(), prefix);
    }
    if let Some(logs) = config.get("access_log").and_then(access_logs) {
        said.insert("access_log".to_owned(), logs);
    }
    if let Some(filters) = config.shift_remove("http_filters") {
        said.insert("http_filters".to_owned(), filters);
    }
    let mut http = take(object("spec.listeners.http"), &mut config);
    if config.get("upgrade_configs").is_some_and(|it| *it == json!([{"upgrade_type": "websocket"}])) {
        http.insert("websocket".to_owned(), true.into());
    }
    said.insert("http".to_owned(), http.into());
    match routes {
        Some(routes) => {
            let hosts = route::hosts(routes, probe)?;
            said.insert("virtual_hosts".to_owned(), hosts.into());
        }
        None => drop(said.insert("route_config_name".to_owned(), name)),
    }
    Some("http")
}

fn tcp(mut config: Map<String, Value>, said: &mut Map<String, Value>) -> &'static str {
    if let Some(prefix) = config.shift_remove("stat_prefix") {
        said.insert("stat_prefix".to_owned(), prefix);
    }
    if let Some(logs) = config.get("access_log").and_then(access_logs) {
        said.insert("access_log".to_owned(), logs);
    }
    let mut tcp = route::tcp(&mut config);
    tcp.extend(take(object("spec.listeners.tcp"), &mut config));
    said.insert("tcp".to_owned(), tcp.into());
    "tcp"
}
