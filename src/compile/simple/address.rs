//! Addresses: sockets, unix sockets, and what is an IP address.

use std::net::IpAddr;

use super::faults::Faults;
use crate::spec::codes::BAD_ADDRESS;
use crate::spec::{Tree, Value};

/// `address` and `port` as Envoy's `Address`; none if one of them was at fault.
pub(super) fn socket(address: Tree, port: Tree) -> Option<Tree> {
    if address.value == Value::Null || port.value == Value::Null {
        return None;
    }
    let span = address.span;
    let socket = Tree::mapping(span, [("address", address), ("port_value", port)]);
    Some(Tree::mapping(span, [("socket_address", socket)]))
}

/// `path` as Envoy's `Address`; reports `address` and `port` beside it.
pub(super) fn unix_socket(tree: &Tree, faults: &mut Faults<'_>) -> Option<Tree> {
    let path = tree.entries().iter().find(|it| &*it.key.text == "path")?;
    for other in tree.entries().iter().filter(|it| matches!(&*it.key.text, "address" | "port")) {
        faults.exclude(path, other, "a unix socket has neither address nor port");
    }
    let pipe = Tree::mapping(path.value.span, [("path", path.value.clone())]);
    Some(Tree::mapping(path.value.span, [("pipe", pipe)]))
}

/// Whether this is an IP address, and so needs no DNS.
pub(super) fn is_ip(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

/// Host and port of an endpoint: from `address` and `port`, or both from `address`.
pub(super) fn host_and_port(tree: &Tree, faults: &mut Faults<'_>) -> Option<(Tree, Tree)> {
    let Some(address) = tree.at("address") else {
        faults.push(BAD_ADDRESS, tree.span, "an endpoint needs `address` and `port`", |it| {
            it.help("or `path` for a unix socket")
        });
        return None;
    };
    let text = address.text()?;
    let (host, behind) = split_port(text);
    if host.is_empty() && behind.is_some() {
        faults.push(BAD_ADDRESS, address.span, format!("`{text}` has no host"), |it| {
            it.help("write an IP address or a host name, such as `10.0.0.1:80`")
        });
        return None;
    }
    let host = Tree::string(address.span, host);
    match (behind, tree.at("port")) {
        (None, Some(port)) => Some((host, port.clone())),
        (Some(behind), None) => Some((host, Tree::plain(address.span, behind))),
        (Some(_), Some(port)) => {
            faults.push(BAD_ADDRESS, port.span, "the port is given twice", |it| it.remark("and also in `address`"));
            None
        }
        (None, None) if is_large_port(text) => {
            faults.push(BAD_ADDRESS, address.span, format!("the port of `{text}` must be at most 65535"), |it| it);
            None
        }
        (None, None) => {
            faults.push(BAD_ADDRESS, address.span, format!("`{text}` has no port"), |it| {
                it.help(format!("add `port:`, or write `{text}:80`"))
            });
            None
        }
    }
}

/// `10.0.0.1:80`, `[::1]:80`, `web:80`; a bare IPv6 address has no port.
fn split_port(text: &str) -> (&str, Option<&str>) {
    let (host, port) = match text.strip_prefix('[').and_then(|it| it.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None if is_ip(text) => (text, None),
        None => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    match port.filter(|it| it.parse::<u16>().is_ok()) {
        Some(port) => (host, Some(port)),
        None if port.is_none() => (host, None),
        None => (text, None),
    }
}

/// Whether a host is followed by a number that is too large for a port.
fn is_large_port(text: &str) -> bool {
    let port = text.rsplit_once(':').map_or("", |it| it.1);
    !is_ip(text) && !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::split_port;

    #[test]
    fn ports_behind_addresses() {
        for (text, host, port) in [
            ("10.0.0.1:80", "10.0.0.1", Some("80")),
            ("10.0.0.1", "10.0.0.1", None),
            ("[::1]:80", "::1", Some("80")),
            ("[::1]", "::1", None),
            ("::1", "::1", None),
            ("web:80", "web", Some("80")),
            ("web", "web", None),
            ("web:http", "web:http", None),
            ("", "", None),
        ] {
            assert_eq!(split_port(text), (host, port), "{text}");
        }
    }
}
