//! How a route forwards requests: retries, mirrors, rewrites, hashing, upgrades.

use super::faults::Faults;
use super::listener::filter;
use super::message::Message;
use super::read::first_of;
use super::split;
use super::tables::{HASH_POLICY, HOST_REWRITE, MIRROR, RETRIES};
use crate::spec::codes::{BAD_CHOICE, MISSING_KEY};
use crate::spec::{Tree, Value, did_you_mean};

/// The keys of a route that only forwarding can use.
pub(super) const OPTIONS: &[&str] = &[
    "timeout",
    "idle_timeout",
    "max_stream_duration",
    "retries",
    "prefix_rewrite",
    "regex_rewrite",
    "path_template_rewrite",
    "host_rewrite",
    "mirrors",
    "hash_policy",
    "subset",
    "websocket",
];

/// What Envoy's router retries on: HTTP, then gRPC.
const RETRY_ON: &[&str] = &[
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "envoy-ratelimited",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
];

const PREVIOUS_HOSTS: &str = "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate";
const TEMPLATE: &str = "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig";

/// Sets all options that need more than copying.
pub(super) fn set_options(tree: &Tree, route: &mut Message, faults: &mut Faults<'_>) {
    let present = |key: &str| tree.at(key).filter(|it| it.value != Value::Null);
    let rewrite = first_of(tree, &["prefix_rewrite", "regex_rewrite", "path_template_rewrite"]);
    if let Some(rewrite) = rewrite.filter(|it| &*it.key.text == "path_template_rewrite") {
        if tree.at("path_template").is_none() {
            faults.push(MISSING_KEY, rewrite.key.span, "`path_template_rewrite` needs `path_template`", |it| it);
        }
        let mut config = Message::any(rewrite.key.span, TEMPLATE);
        config.set("path_template_rewrite", rewrite.value.clone());
        let name = "envoy.path.rewrite.uri_template.uri_template_rewriter";
        route.set("route.path_rewrite_policy", filter(rewrite.value.span, name, config.into_tree()));
    }
    if let Some(host) = present("host_rewrite") {
        route.merge_copies(&HOST_REWRITE, host);
    }
    route.set_some("route.retry_policy", present("retries").map(|it| retry_policy(it, faults)));
    route.set_some("route.request_mirror_policies", present("mirrors").map(|it| mirrors(it, faults)));
    route.set_some("route.hash_policy", present("hash_policy").map(|it| hash_policies(it, faults)));
    split::set_subset("route.metadata_match", tree, route);
    if let Some(flag) = present("websocket") {
        let kind = Tree::string(flag.span, "websocket");
        let upgrade = Tree::mapping(flag.span, [("upgrade_type", kind), ("enabled", flag.clone())]);
        route.set("route.upgrade_configs", Tree::sequence(flag.span, [upgrade]));
    }
}

/// Envoy's `RetryPolicy`.
pub(super) fn retry_policy(tree: &Tree, faults: &mut Faults<'_>) -> Tree {
    if tree.value == Value::Null {
        return tree.clone();
    }
    let mut policy = Message::copy(&RETRIES, tree);
    if let Some(on) = tree.at("on") {
        let mut on_what: Vec<_> = on.items().iter().flat_map(|it| retry_conditions(it, faults)).collect();
        let by_status = "retriable-status-codes";
        if tree.at("statuses").is_some() && !on_what.iter().any(|it| it == by_status) {
            on_what.push(by_status.into());
        }
        policy.set("retry_on", Tree::string(on.span, on_what.join(",")));
    }
    if let Some(flag) = tree.at("avoid_previous_hosts").filter(|it| super::listener::is_true(it)) {
        let predicate = Message::any(flag.span, PREVIOUS_HOSTS).into_tree();
        let predicate = filter(flag.span, "envoy.retry_host_predicates.previous_hosts", predicate);
        policy.set("retry_host_predicate", Tree::sequence(flag.span, [predicate]));
        // Envoy picks once more only; a few rounds make it likely to find another endpoint.
        policy.set("host_selection_retry_max_attempts", Tree::plain(flag.span, 5));
    }
    policy.finish(tree)
}

/// The conditions in one string. Envoy would pass over words that it does not know.
fn retry_conditions(tree: &Tree, faults: &mut Faults<'_>) -> Vec<String> {
    let words = tree.text().map_or("", |it| it).split(',').map(str::trim).filter(|it| !it.is_empty());
    let mut known = |word: &str| {
        if !RETRY_ON.contains(&word) {
            faults.push(BAD_CHOICE, tree.span, format!("`on` cannot be `{word}`"), |it| {
                let it = it.help(format!("allowed: `{}`", RETRY_ON.join("`, `")));
                match did_you_mean(word, RETRY_ON.iter().copied()) {
                    Some(near) => it.remark(format!("did you mean `{near}`?")),
                    None => it,
                }
            });
        }
        word.to_owned()
    };
    words.map(&mut known).collect()
}

fn mirrors(list: &Tree, faults: &mut Faults<'_>) -> Tree {
    let good = list.items().iter().filter(|it| it.value != Value::Null);
    let mut mirror = |tree: &Tree| {
        let mut mirror = Message::copy(&MIRROR, tree);
        if let Some(percent) = tree.at("percent").filter(|it| it.value != Value::Null) {
            mirror.set_some("runtime_fraction.default_value", fraction(percent, faults));
        }
        mirror.finish(tree)
    };
    Tree::sequence(list.span, good.map(&mut mirror).collect::<Vec<_>>())
}

/// A percentage as Envoy's `FractionalPercent`, which knows hundredths, ten-thousandths and millionths.
fn fraction(percent: &Tree, faults: &mut Faults<'_>) -> Option<Tree> {
    let value: f64 = percent.text()?.parse().ok()?;
    if !(0.0..=100.0).contains(&value) {
        faults.push(BAD_CHOICE, percent.span, "`percent` must be from 0 to 100", |it| it);
        return None;
    }
    let is_whole = |it: f64| (it - it.round()).abs() < 1e-6;
    let (scale, denominator) = match value {
        it if is_whole(it) => (1.0, "HUNDRED"),
        it if is_whole(it * 100.0) => (100.0, "TEN_THOUSAND"),
        _ => (10_000.0, "MILLION"),
    };
    let numerator = Tree::plain(percent.span, (value * scale).round() as u32);
    let denominator = Tree::string(percent.span, denominator);
    Some(Tree::mapping(percent.span, [("numerator", numerator), ("denominator", denominator)]))
}

fn hash_policies(list: &Tree, faults: &mut Faults<'_>) -> Tree {
    let kinds = ["header", "cookie", "query_parameter", "source_ip"];
    let good = list.items().iter().filter(|it| it.value != Value::Null);
    let mut policy = |tree: &Tree| {
        if first_of(tree, &kinds).is_none() {
            faults.push(MISSING_KEY, tree.span, "a hash policy needs something to hash", |it| {
                it.help("`header`, `cookie`, `query_parameter` or `source_ip`")
            });
        }
        Message::copy(&HASH_POLICY, tree).finish(tree)
    };
    Tree::sequence(list.span, good.map(&mut policy).collect::<Vec<_>>())
}
