//! Active health checks.

use super::faults::Faults;
use super::message::Message;
use super::read::first_of;
use super::tables::{HEALTH_CHECK, HTTP_CHECK};
use crate::spec::codes::{BAD_CHOICE, MISSING_KEY};
use crate::spec::{Tree, Value};

/// What Envoy demands and people leave out.
const DEFAULTS: [(&str, &str); 2] = [("interval", "5s"), ("timeout", "1s")];
const THRESHOLDS: [(&str, u32); 2] = [("unhealthy_threshold", 3), ("healthy_threshold", 2)];

/// A list of health checks.
pub(super) fn checks(list: &Tree, protocol: &Option<Tree>, faults: &mut Faults<'_>) -> Tree {
    let good = list.items().iter().filter(|it| it.value != Value::Null);
    Tree::sequence(list.span, good.map(|it| check(it, protocol, faults)).collect::<Vec<_>>())
}

fn check(tree: &Tree, protocol: &Option<Tree>, faults: &mut Faults<'_>) -> Tree {
    let mut check = Message::copy(&HEALTH_CHECK, tree);
    let kind = first_of(tree, &["http", "tcp", "grpc"]);
    match kind {
        Some(kind) if &*kind.key.text == "http" && kind.value.value != Value::Null => {
            check.set("http_health_check", http_check(&kind.value, protocol, faults));
        }
        Some(_) => {}
        None => faults.push(MISSING_KEY, tree.span, "a health check needs `http`, `tcp` or `grpc`", |it| {
            it.help("for example `http: /healthz` or `tcp: {}`")
        }),
    }
    for (field, default) in DEFAULTS {
        check.set_default(field, Tree::string(tree.span, default));
    }
    for (field, default) in THRESHOLDS {
        check.set_default(field, Tree::plain(tree.span, default));
    }
    check.finish(tree)
}

fn http_check(tree: &Tree, protocol: &Option<Tree>, faults: &mut Faults<'_>) -> Tree {
    let mut check = Message::copy(&HTTP_CHECK, tree);
    if let Some(statuses) = tree.at("statuses") {
        let ranges: Vec<_> = statuses.items().iter().filter_map(|it| status_range(it, faults)).collect();
        check.set("expected_statuses", Tree::sequence(statuses.span, ranges));
    }
    // An HTTP/2 server does not understand a check in HTTP/1.
    if let Some(http2) = protocol.as_ref().filter(|it| it.text().is_some_and(|it| &**it == "http2")) {
        check.set("codec_client_type", Tree::string(http2.span, "HTTP2"));
    }
    check.finish(tree)
}

/// `200` or `200-299`, as Envoy's range, whose end is one past the last.
fn status_range(tree: &Tree, faults: &mut Faults<'_>) -> Option<Tree> {
    let text = tree.text()?;
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let status = |it: &str| it.trim().parse::<u32>().ok().filter(|it| (100..600).contains(it));
    match (status(first), status(last)) {
        (Some(first), Some(last)) if first <= last => {
            let end = Tree::plain(tree.span, last + 1);
            Some(Tree::mapping(tree.span, [("start", Tree::plain(tree.span, first)), ("end", end)]))
        }
        _ => {
            faults.push(BAD_CHOICE, tree.span, format!("`{text}` is not a status"), |it| {
                it.help("one status, `200`, or a range with both ends, `200-299`")
            });
            None
        }
    }
}
