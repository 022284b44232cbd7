//! What a client that comes back says that it has.

use super::script::{kind, start};
use crate::resource::Node;
use crate::snapshot::Claim;
use crate::subscription::{Body, Limits, Protocol, Request, Scope, Stream};

fn stream(protocol: Protocol) -> Stream {
    Stream::new(1, protocol, Scope::Aggregated, Limits::default())
}

fn request(short: &str, body: Body) -> Request {
    Request {
        type_url: kind(short).unwrap().url().to_owned(),
        node: Some(Node { id: "n1".into(), ..Node::default() }),
        nonce: "of-another-stream".to_owned(),
        error: None,
        body,
    }
}

fn sotw(version: &str, names: &[&str]) -> Body {
    let names: Vec<_> = names.iter().map(|it| (*it).to_owned()).collect();
    Body::Sotw { version_info: version.into(), names: names.into() }
}

fn delta(names: &[&str]) -> Body {
    let initial_versions = names.iter().map(|it| ((*it).to_owned(), "1".to_owned())).collect();
    Body::Delta { subscribe: Vec::new(), unsubscribe: Vec::new(), initial_versions }
}

#[test]
fn p53_p102_a_first_request_tells_what_a_client_has() {
    for (short, body, expected) in [
        ("CDS", sotw("", &[]), "Nothing"),
        ("CDS", sotw("1", &[]), "Version(\"1\")"),
        ("CDS", sotw("1", &["*", "a"]), "Version(\"1\")"),
        ("CDS", sotw("1", &["a"]), "Names([(\"a\", \"\")])"),
        ("EDS", sotw("1", &["a"]), "Something"),
        ("LDS", sotw("1", &[]), "Something"),
        ("CDS", delta(&[]), "Nothing"),
        ("CDS", delta(&["a"]), "Names([(\"a\", \"1\")])"),
        ("RDS", delta(&["a"]), "Something"),
    ] {
        let protocol = if matches!(body, Body::Sotw { .. }) { Protocol::Sotw } else { Protocol::Delta };
        let request = request(short, body);
        assert_eq!(format!("{:?}", stream(protocol).claim(&request)), expected, "{request:?}");
    }
}

#[test]
fn only_the_first_request_of_a_type_tells_it_whatever_nonce_it_brings_along() {
    let mut stream = stream(Protocol::Sotw);
    let request = |short| request(short, sotw("1", &[]));
    assert!(matches!(stream.claim(&request("CDS")), Claim::Version(_)));
    stream.handle_request(request("CDS"), start()).unwrap();
    assert!(matches!(stream.claim(&request("CDS")), Claim::Nothing));
    assert!(matches!(stream.claim(&request("LDS")), Claim::Something));
}
