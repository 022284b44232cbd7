//! Where in a resource Envoy's words belong: the field that they name, or the value that they quote.
//!
//! Leaves to `words` what was said, and to `search` which resource it is about.

use std::rc::Rc;

use super::words::{Words, folded};
use crate::check::View;
use crate::schema::{Kind, Message, Schema, Shape, Special};
use crate::spec::{Entry, Span, Tree, Value};

/// The best place in a resource's tree; `None` if the words name none.
pub(super) fn place(root: &View<'_>, words: &Words) -> Option<Span> {
    let mut views = Vec::new();
    collect(root, &mut views, 0);
    by_field(&views, words)
        .or_else(|| by_oneof(&views, words))
        .or_else(|| by_extension_step(&views, words))
        .or_else(|| by_texts(root.tree, words))
}

/// All messages in a resource, outermost first.
fn collect<'t>(view: &View<'t>, into: &mut Vec<View<'t>>, depth: usize) {
    /// As deep as documents may be.
    const DEEPEST: usize = 200;
    if depth > DEEPEST || matches!(view.message.special, Special::Struct | Special::Value | Special::List) {
        return;
    }
    into.push(view.clone());
    for entry in view.tree.entries() {
        let Some(index) = view.message.find(&entry.key.text) else { continue };
        let field = &view.message.fields[index];
        let Some(message) = message_of(&field.kind, field.shape) else { continue };
        for tree in values(entry, field.shape) {
            let inner = if message.special == Special::Any { opened(view, tree, &field.name) } else { None };
            collect(&inner.unwrap_or_else(|| View::new(tree, message.clone())), into, depth + 1);
        }
    }
}

/// The type of a field's values; of a map, that of its entries' values.
fn message_of(kind: &Kind, shape: Shape) -> Option<Rc<Message>> {
    let Kind::Message(reference) = kind else { return None };
    let message = Schema::here().message(reference);
    if shape != Shape::Map {
        return Some(message);
    }
    message_of(&message.fields[message.find("value")?].kind, Shape::Single)
}

fn values(entry: &Entry, shape: Shape) -> Vec<&Tree> {
    match (shape, &entry.value.value) {
        (Shape::Map, Value::Mapping(entries)) => entries.iter().map(|it| &it.value).collect(),
        (_, Value::Sequence(items)) => items.iter().collect(),
        _ => vec![&entry.value],
    }
}

/// The message inside an `Any`.
fn opened<'t>(view: &View<'t>, any: &'t Tree, field: &str) -> Option<View<'t>> {
    let single = view.any(field).filter(|it| it.tree.span == any.span);
    single.or_else(|| view.anys(field).into_iter().map(|it| it.1).find(|it| it.tree.span == any.span))
}

/// A rule of the API: the message type and field that were named last.
fn by_field(views: &[View<'_>], words: &Words) -> Option<Span> {
    let step = words.steps.last().filter(|_| words.oneof.is_none())?;
    let candidates: Vec<_> = views.iter().filter(|it| it.message.short() == step.message).collect();
    let entry = |view: &View<'_>| view.tree.entries().iter().find(|it| folded(&it.key.text) == step.field).cloned();
    if words.reason.contains("required") {
        return candidates.iter().find(|it| entry(it).is_none()).or(candidates.first()).map(|it| it.start());
    }
    let values: Vec<_> = candidates.iter().filter_map(|it| entry(it)).collect();
    let broken = values.iter().find(|it| texts(&it.value).iter().any(|it| breaks(&words.reason, it) == Some(true)));
    let found = broken.or(values.first()).map(|it| it.value.span);
    // What is not there is empty: a name that is too short, a list without items.
    found.or_else(|| candidates.first().map(|it| it.start()))
}

/// A message that has none of a oneof's fields.
fn by_oneof(views: &[View<'_>], words: &Words) -> Option<Span> {
    let oneof = words.oneof.as_deref()?;
    let lacks = |view: &&View<'_>| {
        let index = view.message.oneofs.iter().position(|it| &**it == oneof);
        let fields = || view.message.fields.iter().filter(|it| it.oneof == index);
        index.is_some() && !fields().any(|it| view.has(&it.name))
    };
    views.iter().find(lacks).map(View::start)
}

/// The field on the way to a message that could not be found.
fn by_extension_step(views: &[View<'_>], words: &Words) -> Option<Span> {
    words.steps.iter().rev().find_map(|step| {
        let view = views.iter().find(|it| it.message.short() == step.message)?;
        view.tree.entries().iter().find(|it| folded(&it.key.text) == step.field).map(|it| it.key.span)
    })
}

/// A value or key that the words name.
fn by_texts(root: &Tree, words: &Words) -> Option<Span> {
    let mut scalars = Vec::new();
    gather(root, &mut scalars, 0);
    let find = |is_it: &dyn Fn(&str) -> bool| scalars.iter().find(|it| is_it(it.0)).map(|it| it.1);
    let is_negative = |it: &str| it.strip_prefix('-').is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    if words.is_negative_duration() {
        return find(&|it| is_negative(it) && it.ends_with('s'));
    }
    let named = words.names().into_iter().find_map(|name| {
        let is_long = name.chars().count() > 1;
        let field = name.contains('_').then(|| folded(name));
        find(&|it| it == name)
            .or_else(|| field.and_then(|field| find(&|it| folded(it) == field)))
            .or_else(|| is_long.then(|| find(&|it| it.contains(name))).flatten())
    });
    named.or_else(|| words.values().into_iter().find_map(|value| find(&|it| it == value)))
}

fn gather<'t>(tree: &'t Tree, into: &mut Vec<(&'t str, Span)>, depth: usize) {
    const DEEPEST: usize = 200;
    if depth > DEEPEST {
        return;
    }
    into.extend(tree.text().map(|it| (&**it, tree.span)));
    tree.items().iter().for_each(|it| gather(it, into, depth + 1));
    for entry in tree.entries() {
        if &*entry.key.text != "@type" {
            gather(&entry.value, into, depth + 1);
        }
        into.push((&entry.key.text, entry.key.span));
    }
}

fn texts(tree: &Tree) -> Vec<&str> {
    let items = tree.items().iter().filter_map(Tree::text);
    tree.text().into_iter().chain(items).map(|it| &**it).collect()
}

/// Whether a value breaks a rule, as far as Envoy's words for the rule are understood.
fn breaks(reason: &str, value: &str) -> Option<bool> {
    let after = |words: &str| reason.split_once(words).map(|it| it.1);
    let number = |text: &str| {
        let text = text.trim_end_matches(['s', ')', ']']);
        text.chars()
            .take_while(|it| it.is_ascii_digit() || matches!(it, '.' | '-'))
            .collect::<String>()
            .parse::<f64>()
            .ok()
    };
    let own = || number(value);
    if let Some(rest) = after("length must be at least ") {
        return Some((value.chars().count() as f64) < number(rest)?);
    }
    if let Some(rest) = after("length must be at most ") {
        return Some((value.chars().count() as f64) > number(rest)?);
    }
    if let Some(rest) = after("greater than or equal to ") {
        return Some(own()? < number(rest)?);
    }
    if let Some(rest) = after("less than or equal to ") {
        return Some(own()? > number(rest)?);
    }
    if let Some(rest) = after("greater than ") {
        return Some(own()? <= number(rest)?);
    }
    if let Some(rest) = after("less than ") {
        return Some(own()? >= number(rest)?);
    }
    let (low, high) = after("inside range ")?.split_once(", ")?;
    let (low, high) = (number(low.trim_start_matches(['[', '(']))?, number(high)?);
    Some(own()? < low || own()? > high)
}

/// A resource's root, if its type is known.
pub(super) fn root<'t>(tree: &'t Tree, message: &str) -> Option<View<'t>> {
    let message: Rc<Message> = Schema::here().named(message)?;
    Some(View::new(tree, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::{Settings, resource_trees};
    use crate::spec::Text;

    const LOG: &str =
        "[2026-11-24 19:48:14.967][1][critical][main] [source/server.cc:76] error initializing configuration '/x': ";

    /// The text at the place of Envoy's words in the document's first resource.
    #[track_caller]
    fn check(yaml: &str, said: &str, expected: &str) {
        let text = Text::new("a.yaml", yaml);
        let resource = resource_trees(&text, &Settings::default()).swap_remove(0);
        let words = Words::of(&format!("{LOG}{said}")).unwrap();
        let span = place(&root(&resource.tree, resource.kind.message()).unwrap(), &words);
        assert_eq!(span.map_or("", |it| &yaml[it.start as usize..it.end as usize]), expected, "{words:?}");
    }

    const CLUSTER: &str = "\
\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster
name: web
connectTimeout: 0s
health_checks: [{timeout: 1s, interval: 0s}, {interval: 2s}]
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    \"@type\": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    http_filters: [{name: nowhere}]
load_assignment:
  endpoints: [{lb_endpoints: [{load_balancing_weight: 3}, {load_balancing_weight: 0}]}]
";

    fn rule(said: &str) -> String {
        format!("goo.gle/debugproto \nname: \"web\"\n: Proto constraint validation failed ({said})")
    }

    #[test]
    fn a_rule_is_placed_at_the_value_that_breaks_it() {
        check(CLUSTER, &rule("ClusterValidationError.ConnectTimeout: value must be greater than 0s"), "0s");
        let weight = "LbEndpointValidationError.LoadBalancingWeight: value must be greater than or equal to 1";
        check(CLUSTER, &rule(weight), "0");
        check(CLUSTER, &rule("HealthCheckValidationError.Interval: value must be greater than 0s"), "0s");
    }

    #[test]
    fn what_is_missing_is_placed_where_it_is_missing() {
        let twice = CLUSTER.replace("{interval: 2s}", "{healthy_threshold: 7, interval: 2s}");
        check(&twice, &rule("HealthCheckValidationError.Timeout: value is required"), "healthy_threshold");
        let oneof = "ClusterValidationError.X: embedded message failed validation\ncaused by field: \"upstream_protocol_options\", reason: is required";
        check(CLUSTER, &rule(oneof), "\"@type\"");
    }

    #[test]
    fn a_value_that_is_quoted_is_found_and_what_names_nothing_has_no_place() {
        check(CLUSTER, "Didn't find a registered implementation for 'nowhere' with type URL: ''", "nowhere");
        check(CLUSTER, "something about load_assignment is odd", "load_assignment");
        check(CLUSTER, "max must be above connect_timeout (5)", "connectTimeout");
        check(
            &CLUSTER.replace("2s}", "-2s}"),
            "Invalid duration: Expected positive duration: goo.gle/debugstr\nseconds: -2",
            "-2s",
        );
        check(CLUSTER, "no words that help", "");
    }
}
