//! TLS on both sides: certificates, who signed them, and which names stand in them.

use super::faults::Faults;
use super::listener::filter;
use super::message::{Message, merge};
use super::read::first_of;
use super::tables::{CA, CERTIFICATE, DOWNSTREAM_TLS, NAME, UPSTREAM_TLS};
use crate::spec::codes::{MISSING_KEY, UNVERIFIED};
use crate::spec::{Entry, Tree, Value};

/// A listener's transport socket.
pub(super) fn downstream(tree: &Tree, alpn: &[&str], faults: &mut Faults<'_>) -> Tree {
    let mut context = Message::copy_any(&DOWNSTREAM_TLS, tree);
    if !alpn.is_empty() {
        let alpn = alpn.iter().map(|it| Tree::string(tree.span, *it)).collect::<Vec<_>>();
        context.set_default("common_tls_context.alpn_protocols", Tree::sequence(tree.span, alpn));
    }
    set_certificate(tree, &mut context, faults);
    let names = given(tree, "verify_names").map(|it| names(it, faults));
    set_validation(tree, "client_ca", names, &mut context, faults);
    if let Some(keys) = given(tree, "session_ticket_keys").and_then(|it| it.at("secret")) {
        context.set("session_ticket_keys_sds_secret_config", reference(keys));
    }
    let demand = tree.entries().iter().find(|it| &*it.key.text == "require_client_certificate");
    match (given(tree, "client_ca"), demand) {
        // Whoever names a CA wants certificates; Envoy alone would let clients without one pass.
        (Some(ca), None) => context.set("require_client_certificate", Tree::plain(ca.span, true)),
        (None, Some(demand)) if super::listener::is_true(&demand.value) => {
            unverified(demand, "`client_ca`", tree, faults);
        }
        _ => {}
    }
    filter(tree.span, "envoy.transport_sockets.tls", context.finish(tree))
}

/// A cluster's transport socket. `host` is the host name of all endpoints.
pub(super) fn upstream(tree: &Tree, host: Option<&Tree>, faults: &mut Faults<'_>) -> Tree {
    let mut context = Message::copy_any(&UPSTREAM_TLS, tree);
    let sni = given(tree, "sni").or(host);
    context.set_some("sni", sni.cloned());
    set_certificate(tree, &mut context, faults);
    let names = match given(tree, "verify_names") {
        Some(list) => Some(names(list, faults)),
        // Any certificate of a public CA would do otherwise, whoever holds it.
        None => given(tree, "ca").and(sni).map(|it| Tree::sequence(it.span, [exact_name(it)])),
    };
    set_validation(tree, "ca", names, &mut context, faults);
    filter(tree.span, "envoy.transport_sockets.tls", context.finish(tree))
}

/// Envoy's `TlsCertificate`, from files or texts.
pub(super) fn certificate(tree: &Tree, faults: &mut Faults<'_>) -> Tree {
    let outer = std::mem::replace(&mut faults.redacted, true);
    for (keys, what) in [(["cert_file", "cert"], "certificate"), (["key_file", "key"], "private key")] {
        let present = first_of(tree, &keys);
        if present.is_none() {
            let message = format!("the {what} is missing");
            faults.push(MISSING_KEY, tree.span, message, |it| it.help(format!("add `{}` or `{}`", keys[0], keys[1])));
        }
    }
    faults.redacted = outer;
    Message::copy(&CERTIFICATE, tree).finish(tree)
}

/// Envoy's `CertificateValidationContext`, from a file or a text.
pub(super) fn validation(ca: &Tree, faults: &mut Faults<'_>) -> Tree {
    if first_of(ca, &["file", "inline"]).is_none() && ca.at("envoy").is_none() {
        faults.push(MISSING_KEY, ca.span, "the CA certificates are missing", |it| it.help("add `file` or `inline`"));
    }
    Message::copy(&CA, ca).finish(ca)
}

/// A secret to be fetched by SDS.
fn reference(name: &Tree) -> Tree {
    let source = Tree { span: name.span, value: Value::ConfigSource };
    let entries = [("name", name.clone()), ("sds_config", source)];
    Tree::mapping(name.span, entries.into_iter().filter(|_| name.value != Value::Null))
}

fn given<'t>(tree: &'t Tree, key: &str) -> Option<&'t Tree> {
    tree.at(key).filter(|it| it.value != Value::Null)
}

/// The `secret` of a certificate or a CA, which stands for all other keys.
fn secret<'t>(tree: &'t Tree, faults: &mut Faults<'_>) -> Option<&'t Tree> {
    let secret: &Entry = tree.entries().iter().find(|it| &*it.key.text == "secret")?;
    for other in tree.entries().iter().filter(|it| &*it.key.text != "secret") {
        faults.exclude(secret, other, "the secret holds everything");
    }
    Some(&secret.value)
}

fn set_certificate(tree: &Tree, context: &mut Message, faults: &mut Faults<'_>) {
    let Some(given) = given(tree, "certificate") else { return };
    match secret(given, faults) {
        Some(name) => {
            let configs = Tree::sequence(name.span, [reference(name)]);
            context.set("common_tls_context.tls_certificate_sds_secret_configs", configs);
        }
        None => {
            let certificates = Tree::sequence(given.span, [certificate(given, faults)]);
            context.set("common_tls_context.tls_certificates", certificates);
        }
    }
}

/// Who must have signed the peer's certificate, and which names it must have.
fn set_validation(tree: &Tree, key: &str, names: Option<Tree>, context: &mut Message, faults: &mut Faults<'_>) {
    let names = names.filter(|it| !it.items().is_empty());
    let by_name = |names: Tree| Tree::mapping(names.span, [("match_typed_subject_alt_names", names)]);
    let Some(ca) = given(tree, key) else {
        let asked = tree.entries().iter().find(|it| &*it.key.text == "verify_names");
        if let (Some(asked), Some(_)) = (asked, names) {
            unverified(asked, &format!("`{key}`"), tree, faults);
        }
        return;
    };
    match (secret(ca, faults), names) {
        (Some(name), None) => context.set("common_tls_context.validation_context_sds_secret_config", reference(name)),
        (Some(name), Some(names)) => {
            let combined = "common_tls_context.combined_validation_context";
            context.set(&format!("{combined}.default_validation_context"), by_name(names));
            context.set(&format!("{combined}.validation_context_sds_secret_config"), reference(name));
        }
        (None, names) => {
            let validation = validation(ca, faults);
            let validation = names.map(by_name).map_or(validation.clone(), |names| merge(names, &validation));
            context.set("common_tls_context.validation_context", validation);
        }
    }
}

fn unverified(asked: &Entry, ca: &str, tree: &Tree, faults: &mut Faults<'_>) {
    // The raw validation context can be under `envoy:`.
    if tree.at("envoy").is_some_and(|it| it.at("common_tls_context").is_some()) {
        return;
    }
    let message = format!("`{}` verifies nothing without {ca}", asked.key.text);
    faults.push(UNVERIFIED, asked.key.span, message, |it| {
        it.help(format!("add {ca}: who must have signed the certificate"))
    });
}

fn names(list: &Tree, faults: &mut Faults<'_>) -> Tree {
    let good = list.items().iter().filter(|it| it.value != Value::Null);
    let mut name = |tree: &Tree| {
        let text = first_of(tree, &["exact", "prefix", "suffix", "regex"]);
        if text.is_none() {
            faults.push(MISSING_KEY, tree.span, "a name to verify needs the name", |it| {
                it.help("`exact`, `prefix`, `suffix` or `regex`")
            });
        }
        let mut name = Message::copy(&NAME, tree);
        let kind = text.and_then(|it| it.value.text()).map_or("DNS", |it| kind_of(it));
        name.set_default("san_type", Tree::string(tree.span, kind));
        name.finish(tree)
    };
    Tree::sequence(list.span, good.map(&mut name).collect::<Vec<_>>())
}

fn exact_name(name: &Tree) -> Tree {
    let kind = name.text().map_or("DNS", |it| kind_of(it));
    let matcher = Tree::mapping(name.span, [("exact", name.clone())]);
    Tree::mapping(name.span, [("san_type", Tree::string(name.span, kind)), ("matcher", matcher)])
}

/// `spiffe://…` is a URI, `10.0.0.1` an address, anything else a host name.
fn kind_of(name: &str) -> &'static str {
    match name {
        it if it.contains("://") => "URI",
        it if super::address::is_ip(it) => "IP_ADDRESS",
        _ => "DNS",
    }
}
