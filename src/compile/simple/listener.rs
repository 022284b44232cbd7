//! Listeners: the socket, and one filter chain or several.

use super::address;
use super::faults::Faults;
use super::filter_chain::Chain;
use super::message::Message;
use super::route;
use super::tables::LISTENER;
use crate::resource::ResourceType;
use crate::spec::codes::MISSING_KEY;
use crate::spec::{Span, Tree, Value};

/// Adds a listener and its route configurations.
pub(super) fn listener(tree: &Tree, faults: &mut Faults<'_>, resources: &mut Vec<(ResourceType, Tree)>) {
    let mut listener = Message::copy(&LISTENER, tree);
    let chains = chains(tree, faults);
    let is_api = tree.at("api_listener").is_some_and(is_true);
    if is_api {
        api_listener(tree, &chains, &mut listener, faults);
    } else {
        let address = listener_address(tree, faults);
        listener.set_some("address", address);
        let filters = listener_filters(tree, &chains);
        if !filters.is_empty() {
            listener.set("listener_filters", Tree::sequence(tree.span, filters));
        }
        let is_mixed = chains.iter().any(Chain::is_tls) && chains.iter().any(|it| !it.is_tls());
        let built: Vec<_> = chains.iter().map(|it| it.build(is_mixed, faults)).collect();
        listener.set("filter_chains", Tree::sequence(tree.span, built));
    }
    push(resources, LISTENER.message, tree, listener.finish(tree));
    for chain in &chains {
        if let Some(routes) = route::route_configuration(chain, faults) {
            push(resources, "envoy.config.route.v3.RouteConfiguration", tree, routes);
        }
    }
}

/// Adds a resource, if the object that it comes from has a name at all.
pub(super) fn push(resources: &mut Vec<(ResourceType, Tree)>, message: &str, tree: &Tree, resource: Tree) {
    if tree.at("name").is_some_and(|it| it.value != Value::Null) {
        resources.push((ResourceType::from_url(&format!("type.googleapis.com/{message}")), resource));
    }
}

/// Whether a flag is set.
pub(super) fn is_true(tree: &Tree) -> bool {
    tree.text().is_some_and(|it| &**it == "true")
}

/// The listener's own chain, or those under `filter_chains`.
fn chains<'t>(tree: &'t Tree, faults: &mut Faults<'_>) -> Vec<Chain<'t>> {
    let Some(chains) = tree.entries().iter().find(|it| &*it.key.text == "filter_chains") else {
        return vec![Chain::of_listener(tree)];
    };
    let own = ["routes", "virtual_hosts", "route_config_name", "route_config", "tcp", "tls", "api_listener"];
    for other in tree.entries().iter().filter(|it| own.contains(&&*it.key.text)) {
        faults.exclude(chains, other, "with `filter_chains`, this belongs into one of them");
    }
    if chains.value.items().is_empty() && chains.value.value != Value::Null {
        faults.push(MISSING_KEY, chains.key.span, "a listener needs at least one filter chain", |it| it);
    }
    let items = chains.value.items().iter().filter(|it| it.value != Value::Null);
    items.map(|it| Chain::of_chain(it, tree)).collect()
}

fn listener_address(tree: &Tree, faults: &mut Faults<'_>) -> Option<Tree> {
    let host = tree.at("address").cloned().unwrap_or_else(|| Tree::string(tree.span, "0.0.0.0"));
    if let Some(path) = address::unix_socket(tree, faults) {
        return Some(path);
    }
    let Some(port) = tree.at("port") else {
        faults.push(MISSING_KEY, tree.span, "a listener needs `port`", |it| {
            it.help("or `path` for a unix socket, or `api_listener: true` for proxyless gRPC clients")
        });
        return None;
    };
    address::socket(host, port.clone())
}

/// The user's listener filters, after the ones that other keys ask for.
fn listener_filters(tree: &Tree, chains: &[Chain<'_>]) -> Vec<Tree> {
    let mut filters = Vec::new();
    let given = tree.at("listener_filters").map_or(&[][..], Tree::items);
    let has = |name: &str| given.iter().any(|it| it.at("name").and_then(Tree::text).is_some_and(|it| &**it == name));
    if let Some(flag) = tree.at("proxy_protocol").filter(|it| is_true(it)) {
        let name = "envoy.filters.listener.proxy_protocol";
        if !has(name) {
            let message = "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";
            filters.push(filter(flag.span, name, Message::any(flag.span, message).into_tree()));
        }
    }
    let inspected = chains.iter().find_map(Chain::needs_inspector);
    let is_mixed = chains.iter().any(Chain::is_tls) && chains.iter().any(|it| !it.is_tls());
    if let Some(span) = inspected.or_else(|| is_mixed.then_some(tree.span)) {
        let name = "envoy.filters.listener.tls_inspector";
        if !has(name) {
            let message = "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";
            filters.push(filter(span, name, Message::any(span, message).into_tree()));
        }
    }
    filters.extend(given.iter().cloned());
    filters
}

/// A named filter with its configuration.
pub(super) fn filter(span: Span, name: &str, config: Tree) -> Tree {
    Tree::mapping(span, [("name", Tree::string(span, name)), ("typed_config", config)])
}

/// A listener without a socket holds a connection manager and nothing else (gRFC A27).
fn api_listener(tree: &Tree, chains: &[Chain<'_>], listener: &mut Message, faults: &mut Faults<'_>) {
    let socket = ["address", "port", "path", "tls", "tcp", "proxy_protocol", "listener_filters", "network_filters"];
    let api = tree.entries().iter().find(|it| &*it.key.text == "api_listener");
    for (api, other) in api.iter().flat_map(|api| tree.entries().iter().map(move |it| (api, it))) {
        if socket.contains(&&*other.key.text) {
            faults.exclude(api, other, "an API listener has no socket");
        }
    }
    if let Some(manager) = chains.iter().find_map(|it| it.connection_manager(faults)) {
        listener.set("api_listener.api_listener", manager);
    }
}
