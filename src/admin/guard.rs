//! Who may ask, and who may change something. No password: what counts is where a request comes from, and that no web
//! page can have sent it.
//!
//! A page in a browser on the operator's machine reaches loopback too. It cannot read answers, since there are no CORS
//! headers; but it could send a POST of the simple kind (a form does) without being asked. So what changes something
//! wants a header of its own, which a browser sends to another origin only after a preflight, which fails here; and
//! what browsers say of themselves is refused besides.

use std::net::SocketAddr;

use axum::http::{HeaderMap, Uri, header};

use super::host::is_address;

/// The header that a request that changes something must have, and its value.
const OWN: (&str, &str) = ("x-chancery", "1");

/// What is wrong with a request, whatever it wants.
pub(super) fn refusal(uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
    let host = headers.get(header::HOST).map_or(Some(""), |it| it.to_str().ok());
    let target = uri.authority().map(|it| it.as_str());
    let is_named = !host.is_some_and(is_address) || !target.is_none_or(is_address);
    is_named.then_some("this address is asked by its IP address or as localhost, never by another name\n")
}

/// What is wrong with a request that would change something.
pub(super) fn refusal_of_change(peer: SocketAddr, headers: &HeaderMap) -> Option<&'static str> {
    if !peer.ip().to_canonical().is_loopback() {
        return Some("changes are made from the daemon's own machine, over loopback: `chancery rollout` does\n");
    }
    let site = headers.get("sec-fetch-site");
    if headers.contains_key(header::ORIGIN) || site.is_some_and(|it| it != "none") {
        return Some("changes are not made by web pages\n");
    }
    if headers.get(OWN.0).is_none_or(|it| it != OWN.1) {
        return Some("a change needs the header `x-chancery: 1`, by which it is known that no web page sends it\n");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(peer: &str, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        refusal_of_change(peer.parse().unwrap(), &headers.collect()).is_some()
    }

    #[test]
    fn changes_come_from_loopback_and_from_no_browser() {
        let own = ("x-chancery", "1");
        for peer in ["127.0.0.1:9", "127.8.9.1:9", "[::1]:9", "[::ffff:127.0.0.1]:9"] {
            assert!(!refused(peer, &[own]), "{peer}");
            assert!(!refused(peer, &[own, ("sec-fetch-site", "none")]), "{peer}");
        }
        for peer in ["10.0.0.1:9", "192.168.0.1:9", "[fe80::1]:9", "[::ffff:10.0.0.1]:9", "0.0.0.0:9"] {
            assert!(refused(peer, &[own]), "{peer}");
        }
        for pairs in [
            &[][..],
            &[("x-chancery", "0")],
            &[own, ("origin", "http://127.0.0.1:18002")],
            &[own, ("origin", "null")],
            &[own, ("sec-fetch-site", "same-origin")],
            &[own, ("sec-fetch-site", "cross-site")],
        ] {
            assert!(refused("127.0.0.1:9", pairs), "{pairs:?}");
        }
    }
}
