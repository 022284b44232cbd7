//! Forms of text that have a name: of HTTP headers, hosts, addresses, identifiers. As strict as Envoy is, not more.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::schema::Known;

/// What a text must be, in words.
pub(super) fn words(known: Known) -> &'static str {
    match known {
        Known::HeaderName => "be the name of an HTTP header, such as `x-tenant`",
        Known::HeaderValue => "be the value of an HTTP header, which has no control characters but tabs",
        Known::HeaderText => "have no line breaks and no NUL, as it becomes part of an HTTP header",
        Known::Ip => "be an IP address",
        Known::Ipv4 => "be an IPv4 address",
        Known::Ipv6 => "be an IPv6 address",
        Known::Hostname => "be a host name",
        Known::Address => "be a host name or an IP address",
        Known::Uuid => "be a UUID",
    }
}

/// Whether a text is of this form.
pub(super) fn holds(known: Known, text: &[u8]) -> bool {
    match known {
        Known::HeaderName => is_header_name(text),
        Known::HeaderValue => !text.iter().any(|it| matches!(it, 0..=8 | 10..=31 | 127)),
        Known::HeaderText => !text.iter().any(|it| matches!(it, 0 | b'\n' | b'\r')),
        Known::Ip => is_ipv4(text) || is_ipv6(text),
        Known::Ipv4 => is_ipv4(text),
        Known::Ipv6 => is_ipv6(text),
        Known::Hostname => is_hostname(text),
        Known::Address => is_hostname(text) || is_ipv4(text) || is_ipv6(text),
        Known::Uuid => is_uuid(text),
    }
}

/// `^:?[0-9a-zA-Z!#$%&'*+-.^_|~]+$`, and backquotes; `+-.` is a range.
fn is_header_name(text: &[u8]) -> bool {
    let name = text.strip_prefix(b":").unwrap_or(text);
    let is_right = |it: &u8| it.is_ascii_alphanumeric() || b"!#$%&'*+,-.^_|~`".contains(it);
    !name.is_empty() && name.iter().all(is_right)
}

fn is_ipv4(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|it| it.parse::<Ipv4Addr>().is_ok())
}

fn is_ipv6(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|it| it.parse::<Ipv6Addr>().is_ok())
}

/// Labels of letters, digits and inner hyphens. A final dot ends the last label; the empty text has none.
fn is_hostname(text: &[u8]) -> bool {
    let is_label = |label: &[u8]| {
        let inner = |it: &u8| it.is_ascii_alphanumeric() || *it == b'-';
        matches!(label.len(), 1..=63) && label.iter().all(inner) && label[0] != b'-' && !label.ends_with(b"-")
    };
    let labels = text.strip_suffix(b".").unwrap_or(text);
    text.len() <= 253 && !text.is_empty() && labels.split(|it| *it == b'.').all(is_label)
}

fn is_uuid(text: &[u8]) -> bool {
    let is_right = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.iter().enumerate().all(is_right)
}
