//! Values that Envoy takes for what they are, though something else was surely meant.

use std::net::Ipv4Addr;

use super::View;
use super::rules::{Findings, Row};
use crate::spec::{codes, did_you_mean};

pub(super) const RULES: &[Row] = &[
    ("envoy.config.core.v3.SocketAddress", &[almost_an_address]),
    ("envoy.config.route.v3.HeaderMatcher", &[unknown_method]),
];

/// The methods of HTTP that are registered, and the one by which caches are emptied.
const METHODS: [&str; 41] = [
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

/// Four numbers with dots between that are no IPv4 address: as a host name it is in no DNS.
fn almost_an_address(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(address) = view.value("address") else { return };
    let Some(text) = address.text().filter(|it| it.parse::<Ipv4Addr>().is_err()) else { return };
    let parts: Vec<_> = text.split('.').collect();
    let is_number = |it: &&str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    if parts.len() == 4 && parts.iter().all(is_number) {
        let message = format!("`{text}` is no IPv4 address");
        findings.report(
            codes::ALMOST_AN_ADDRESS,
            address.span,
            message,
            "each of its numbers is from 0 to 255, without a zero before",
        );
    }
}

/// A match of a method that no request has.
fn unknown_method(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.text("name").is_none_or(|it| &**it != ":method") {
        return;
    }
    let inner = view.message("string_match");
    let any_case = inner.as_ref().is_some_and(|it| it.flag("ignore_case"));
    let exact = inner.as_ref().and_then(|it| it.value("exact")).or_else(|| view.value("exact_match"));
    // Several methods of the simple spec are a list of words in a regex.
    let words = || inner.as_ref()?.message("safe_regex")?.value("regex");
    let Some((tree, text)) = exact.or_else(words).and_then(|it| Some((it, it.text()?))) else { return };
    if exact.is_none() && !text.bytes().all(|it| it.is_ascii_alphabetic() || it == b'|') {
        return;
    }
    let is_known = |it: &str| METHODS.contains(&it) || (any_case && METHODS.contains(&&*it.to_ascii_uppercase()));
    for word in text.split('|').filter(|it| !it.is_empty() && !is_known(it)) {
        let fault = findings.fault(codes::UNKNOWN_METHOD, tree.span, format!("HTTP has no method `{word}`"));
        findings.push(match did_you_mean(word, METHODS) {
            Some(near) => fault.remark(format!("did you mean `{near}`?")),
            None => fault.help("methods are written in capitals: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        });
    }
}
