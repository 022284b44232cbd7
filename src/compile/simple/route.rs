//! Route configurations, virtual hosts and routes.

use super::faults::Faults;
use super::filter_chain::Chain;
use super::forward;
use super::headers;
use super::matches;
use super::message::{Message, merge};
use super::read::first_of;
use super::split;
use super::tables::{DIRECT_RESPONSE, REDIRECT, ROUTE, VIRTUAL_HOST};
use crate::spec::codes::{KEYS_EXCLUDE, MISSING_KEY, NO_ACTION};
use crate::spec::{Entry, Tree, Value};

const ACTIONS: &[&str] = &["cluster", "clusters", "cluster_header", "redirect", "direct_response"];

/// A chain's route configuration, if it has routes of its own.
pub(super) fn route_configuration(chain: &Chain<'_>, faults: &mut Faults<'_>) -> Option<Tree> {
    let name = chain.route_config_name();
    let (hosts, span) = if let Some(routes) = chain.tree.at("routes") {
        let mut host = Message::new(routes.span);
        host.set("name", Tree::string(routes.span, name.clone()));
        host.set("domains", Tree::sequence(routes.span, [Tree::string(routes.span, "*")]));
        host.set("routes", route_list(routes, faults));
        (Tree::sequence(routes.span, [host.into_tree()]), routes.span)
    } else {
        let hosts = chain.tree.at("virtual_hosts")?;
        let good = hosts.items().iter().filter(|it| it.value != Value::Null);
        (Tree::sequence(hosts.span, good.map(|it| virtual_host(it, faults)).collect::<Vec<_>>()), hosts.span)
    };
    let mut configuration = Message::new(span);
    configuration.set("name", Tree::string(span, name));
    configuration.set("virtual_hosts", hosts);
    let configuration = configuration.into_tree();
    match chain.tree.at("route_config").filter(|it| it.value != Value::Null) {
        Some(over) => Some(merge(configuration, over)),
        None => Some(configuration),
    }
}

fn virtual_host(tree: &Tree, faults: &mut Faults<'_>) -> Tree {
    let mut host = Message::copy(&VIRTUAL_HOST, tree);
    if let Some(routes) = tree.at("routes") {
        host.set("routes", route_list(routes, faults));
    }
    host.set_some("retry_policy", tree.at("retries").map(|it| forward::retry_policy(it, faults)));
    headers::set_edits(tree, &mut host);
    host.finish(tree)
}

fn route_list(routes: &Tree, faults: &mut Faults<'_>) -> Tree {
    let good = routes.items().iter().filter(|it| it.value != Value::Null);
    Tree::sequence(routes.span, good.map(|it| route(it, faults)).collect::<Vec<_>>())
}

fn route(tree: &Tree, faults: &mut Faults<'_>) -> Tree {
    let mut route = Message::copy(&ROUTE, tree);
    matches::set_match(tree, &mut route);
    headers::set_edits(tree, &mut route);
    match first_of(tree, ACTIONS) {
        Some(action) => set_action(action, tree, &mut route, faults),
        // `envoy:` may bring an action that this language does not have, such as a filter's own.
        None if has_own_action(tree) => forward::set_options(tree, &mut route, faults),
        None => faults.push(NO_ACTION, tree.span, "a route needs something to do", |it| {
            it.help("for example `clusters: [web]`, `redirect: {scheme: https}` or `direct_response: 404`")
        }),
    }
    route.finish(tree)
}

fn set_action(action: &Entry, tree: &Tree, route: &mut Message, faults: &mut Faults<'_>) {
    match &*action.key.text {
        "redirect" => {
            forbid_forwarding(action, tree, route, faults);
            if action.value.value != Value::Null && !action.value.entries().iter().any(|it| &*it.key.text != "status") {
                faults.push(MISSING_KEY, action.key.span, "the redirect leads to where it came from", |it| {
                    it.help("change the `scheme`, `host`, `port`, `path` or `prefix_rewrite`")
                });
            }
            route.set("redirect", copied(&REDIRECT, &action.value));
        }
        "direct_response" => {
            forbid_forwarding(action, tree, route, faults);
            route.set("direct_response", copied(&DIRECT_RESPONSE, &action.value));
        }
        key => {
            match key {
                "cluster" => route.set("route.cluster", action.value.clone()),
                "clusters" => split::to_clusters(action, route, faults),
                _ => {}
            }
            forward::set_options(tree, route, faults);
        }
    }
}

fn copied(object: &super::shape::Object, tree: &Tree) -> Tree {
    match tree.value {
        Value::Null => tree.clone(),
        _ => Message::copy(object, tree).finish(tree),
    }
}

/// Options of forwarding mean nothing for a route that does not forward.
fn forbid_forwarding(action: &Entry, tree: &Tree, route: &mut Message, faults: &mut Faults<'_>) {
    route.unset("route");
    for option in tree.entries().iter().filter(|it| forward::OPTIONS.contains(&&*it.key.text)) {
        let message = format!("`{}` has no meaning with `{}`", option.key.text, action.key.text);
        faults.push(KEYS_EXCLUDE, option.key.span, message, |it| it.remark("no request is forwarded here"));
    }
}

fn has_own_action(tree: &Tree) -> bool {
    let actions = ["route", "redirect", "direct_response", "directResponse", "filter_action", "filterAction"];
    let more = ["non_forwarding_action", "nonForwardingAction"];
    tree.at("envoy").is_some_and(|it| actions.iter().chain(&more).any(|key| it.at(key).is_some()))
}
