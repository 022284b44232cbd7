//! Who may ask, and who may change something. No password: what counts is where a request comes from, and that no web
//! page can have sent it.
//!
//! A page in a browser on the operator's machine reaches loopback too. It cannot read answers, since there are no CORS
//! headers; but it could send a POST of the simple kind (a form does) without being asked. So what changes something
//! wants a header of its own, which a browser sends to another origin only after a preflight, which fails here; and
//! what browsers say of themselves is refused besides.

use std::net::SocketAddr;

use axum::http::{HeaderMap, StatusCode, Uri, header};

use super::host::is_address;

/// The header that a request that changes something must have, and its value.
const OWN: (&str, &str) = ("x-chancery", "1");

/// Headers that a request has once: what stands before this server may heed another one of two. Of `content-length`
/// hyper knows.
const ONCE: [&str; 5] = ["host", "transfer-encoding", OWN.0, "origin", "sec-fetch-site"];

/// What is wrong with a request, whatever it wants, and with which status it is refused.
pub(super) fn refusal(uri: &Uri, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
    if ONCE.iter().any(|it| headers.get_all(*it).iter().nth(1).is_some()) {
        return Some((StatusCode::BAD_REQUEST, "a header is given twice of which a request has only one\n"));
    }
    if headers.contains_key(header::CONTENT_LENGTH) && headers.contains_key(header::TRANSFER_ENCODING) {
        return Some((StatusCode::BAD_REQUEST, "a request has `content-length` or `transfer-encoding`, not both\n"));
    }
    let Some(host) = headers.get(header::HOST) else {
        return Some((StatusCode::BAD_REQUEST, "a request names its host in the header `host`\n"));
    };
    let host = host.to_str().unwrap_or_default();
    let target = uri.authority().map(|it| it.as_str());
    if !is_address(host) || !target.is_none_or(is_address) {
        let why = "this address is asked by its IP address or as localhost, never by another name\n";
        return Some((StatusCode::FORBIDDEN, why));
    }
    let differs = target.is_some_and(|it| !it.eq_ignore_ascii_case(host));
    differs.then_some((StatusCode::BAD_REQUEST, "the target of the request and its header `host` differ\n"))
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

    #[track_caller]
    fn check(target: &str, hosts: &[&str], more: &[(&'static str, &'static str)], status: Option<u16>) {
        let mut headers = HeaderMap::new();
        hosts.iter().for_each(|it| _ = headers.append(header::HOST, it.parse().unwrap()));
        more.iter().for_each(|(name, value)| _ = headers.append(*name, value.parse().unwrap()));
        let refused = refusal(&target.parse().unwrap(), &headers).map(|it| it.0.as_u16());
        assert_eq!(refused, status, "{target} {hosts:?} {more:?}");
    }

    #[test]
    fn a_request_has_one_host_which_is_an_address() {
        check("/", &["127.0.0.1:1"], &[], None);
        check("http://LOCALHOST:1/", &["localhost:1"], &[], None);
        check("/", &[], &[], Some(400));
        check("/", &["127.0.0.1", "evil.example"], &[], Some(400));
        check("/", &["127.0.0.1", "127.0.0.1"], &[], Some(400));
        check("/", &["evil.example"], &[], Some(403));
        check("/", &["127.0.0.1, evil.example"], &[], Some(403));
        check("http://evil.example/", &["127.0.0.1"], &[], Some(403));
        check("http://127.0.0.1/", &["127.0.0.1:2"], &[], Some(400));
        check("http://127.0.0.1@evil.example/", &["127.0.0.1"], &[], Some(403));
    }

    #[test]
    fn what_decides_is_said_once() {
        let host = &["127.0.0.1"];
        check("/", host, &[("content-length", "1"), ("transfer-encoding", "chunked")], Some(400));
        for (name, one, other) in [
            ("transfer-encoding", "chunked", "identity"),
            ("sec-fetch-site", "none", "cross-site"),
            ("x-chancery", "1", "0"),
            ("origin", "null", "http://evil.example"),
        ] {
            check("/", host, &[(name, one), (name, other)], Some(400));
        }
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
