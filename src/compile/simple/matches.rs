//! What a route matches: path, method, headers, query parameters.

use super::listener::{filter, is_true};
use super::message::Message;
use super::read::first_of;
use super::shape::Object;
use super::tables::{HEADER_MATCH, QUERY_MATCH};
use crate::spec::{Tree, Value};

const PATHS: &[&str] = &["prefix", "path", "path_separated_prefix", "regex", "path_template"];
const TEMPLATE: &str = "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";
const CONDITIONS: &[&str] = &["exact", "prefix", "suffix", "contains", "regex", "range", "present"];

/// Sets a route's match. Simple paths have been copied by the table.
pub(super) fn set_match(tree: &Tree, route: &mut Message) {
    match first_of(tree, PATHS) {
        None => route.set("match.prefix", Tree::string(tree.span, "/")),
        Some(entry) if &*entry.key.text == "path_template" => {
            let mut config = Message::any(entry.key.span, TEMPLATE);
            config.set("path_template", entry.value.clone());
            let name = "envoy.path.match.uri_template.uri_template_matcher";
            route.set("match.path_match_policy", filter(entry.value.span, name, config.into_tree()));
        }
        Some(_) => {}
    }
    let mut headers: Vec<_> = tree.at("methods").and_then(methods).into_iter().collect();
    headers.extend(conditions(tree, "headers", &HEADER_MATCH));
    if !headers.is_empty() {
        route.set("match.headers", Tree::sequence(tree.at("headers").unwrap_or(tree).span, headers));
    }
    let query = conditions(tree, "query_parameters", &QUERY_MATCH);
    if !query.is_empty() {
        route.set("match.query_parameters", Tree::sequence(tree.span, query));
    }
    if let Some(flag) = tree.at("grpc").filter(|it| is_true(it)) {
        route.set("match.grpc", Tree::mapping(flag.span, []));
    }
}

/// Methods are values of the pseudo header `:method`.
fn methods(list: &Tree) -> Option<Tree> {
    let methods: Vec<_> = list.items().iter().filter_map(Tree::text).map(|it| it.to_ascii_uppercase()).collect();
    let value = match methods.as_slice() {
        [] => return None,
        [one] => [("exact", Tree::string(list.span, one.as_str()))],
        several => {
            let regex = [("regex", Tree::string(list.span, several.join("|")))];
            [("safe_regex", Tree::mapping(list.span, regex))]
        }
    };
    let name = Tree::string(list.span, ":method");
    Some(Tree::mapping(list.span, [("name", name), ("string_match", Tree::mapping(list.span, value))]))
}

/// Conditions on headers or query parameters; to be there is the least that can be asked.
fn conditions(tree: &Tree, key: &str, object: &Object) -> Vec<Tree> {
    let items = tree.at(key).map_or(&[][..], Tree::items);
    let items = items.iter().filter(|it| it.value != Value::Null);
    let mut condition = |item: &Tree| {
        let mut condition = Message::copy(object, item);
        if first_of(item, CONDITIONS).is_none() {
            condition.set("present_match", Tree::plain(item.span, true));
        }
        condition.finish(item)
    };
    items.map(&mut condition).collect()
}
