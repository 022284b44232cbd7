//! Secrets and runtime layers: resources that are hardly more than their name.

use super::faults::Faults;
use super::listener::push;
use super::message::Message;
use super::read::first_of;
use super::tables::{DATA, RUNTIME, SECRET};
use super::tls;
use crate::resource::ResourceType;
use crate::spec::codes::MISSING_KEY;
use crate::spec::{Tree, Value};

/// Adds a secret.
pub(super) fn secret(tree: &Tree, faults: &mut Faults<'_>, resources: &mut Vec<(ResourceType, Tree)>) {
    let mut secret = Message::copy(&SECRET, tree);
    match first_of(tree, &["certificate", "ca", "session_ticket_keys", "generic"]) {
        Some(kind) if kind.value.value == Value::Null => {}
        Some(kind) => set_kind(&kind.key.text, &kind.value, &mut secret, faults),
        None if tree.at("envoy").is_some() => {}
        None => faults.push(MISSING_KEY, tree.span, "a secret needs something to keep", |it| {
            it.help("`certificate`, `ca`, `session_ticket_keys` or `generic`")
        }),
    }
    push(resources, SECRET.message, tree, secret.finish(tree));
}

/// Adds a runtime layer.
pub(super) fn runtime(tree: &Tree, resources: &mut Vec<(ResourceType, Tree)>) {
    push(resources, RUNTIME.message, tree, Message::copy(&RUNTIME, tree).finish(tree));
}

fn set_kind(kind: &str, value: &Tree, secret: &mut Message, faults: &mut Faults<'_>) {
    if let Some(name) = value.entries().iter().find(|it| &*it.key.text == "secret") {
        faults.push(MISSING_KEY, name.key.span, "a secret cannot refer to another one", |it| {
            it.help("give the files or the content")
        });
        return;
    }
    match kind {
        "certificate" => secret.set("tls_certificate", tls::certificate(value, faults)),
        "ca" => secret.set("validation_context", tls::validation(value, faults)),
        "generic" => secret.set("generic_secret.secret", data(value, faults)),
        _ => {
            let good = value.items().iter().filter(|it| it.value != Value::Null);
            let keys = good.map(|it| data(it, faults)).collect::<Vec<_>>();
            secret.set("session_ticket_keys.keys", Tree::sequence(value.span, keys));
        }
    }
}

/// Envoy's `DataSource`.
fn data(tree: &Tree, faults: &mut Faults<'_>) -> Tree {
    if first_of(tree, &["file", "inline"]).is_none() && tree.at("envoy").is_none() {
        faults.push(MISSING_KEY, tree.span, "the content is missing", |it| it.help("add `file` or `inline`"));
    }
    Message::copy(&DATA, tree).finish(tree)
}
