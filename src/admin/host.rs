//! The `Host` header: only what names an address is taken.
//!
//! A web page may give a name of its own the address 127.0.0.1 and read what answers there as if it were its own (DNS
//! rebinding). A browser cannot help saying that name in `Host`.

use std::net::{IpAddr, Ipv6Addr};

/// Whether a `Host` header, or the authority of a request's target, is an address or `localhost`, with or without a port.
pub(super) fn is_address(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|it| it.split_once(']')) {
        Some((inside, rest)) => match rest.strip_prefix(':') {
            Some(port) => (inside, Some(port)),
            None if rest.is_empty() => (inside, None),
            None => return false,
        },
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let is_name = if host.starts_with('[') {
        name.parse::<Ipv6Addr>().is_ok()
    } else {
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
    };
    is_name && port.is_none_or(|it| it.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_localhost_only() {
        for host in ["127.0.0.1", "127.0.0.1:18002", "localhost", "LOCALHOST:1", "[::1]", "[::1]:18002", "10.0.0.7:80"]
        {
            assert!(is_address(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1:x",
            "localhost:",
            ":80",
            "[::1",
            "[::1]x",
            "::1",
            "[127.0.0.1]",
            "127.0.0.1:1:2",
            "localhost@evil.example",
            "127.0.0.1 ",
        ] {
            assert!(!is_address(host), "{host}");
        }
    }
}
