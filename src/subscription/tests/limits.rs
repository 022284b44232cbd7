//! Flow control and limits (group P).

use std::time::Duration;

use super::script::{check, check_with};
use crate::subscription::Limits;

#[test]
fn p93_p239_one_unanswered_response_and_then_the_newest() {
    check(
        "sotw
        delta
        = 1 CDS a b
        > CDS
        2> CDS
        < CDS a b
        2< CDS a b
        = 2 CDS a:2 b
        = 3 CDS a:3 b
        = 4 CDS a:4
        <
        2<
        + 60s
        <
        2<
        > CDS ack
        2> CDS ack
        < CDS a:4
        2< CDS a:4 -b
        > CDS ack
        2> CDS ack",
    );
}

#[test]
fn p240_a_new_subscription_does_not_wait_for_ever() {
    check(
        "sotw
        = 1 EDS a b c
        > EDS a nonce=
        < EDS a nonce=n1
        > EDS a b nonce=
        <
        timeout 2s
        + 2s
        < EDS a b                    // all that is lacking, since nobody will tell of the first
        timeout none
        > EDS a b nonce=n1
        * stale EDS
        > EDS ack
        * acked EDS
        <",
    );
    check(
        "delta
        = 1 EDS a b
        > EDS +a +x
        < EDS a -x nonce=n1
        > EDS +b
        <
        + 1s
        timeout 1s
        <
        + 1s
        < EDS a b -x
        > EDS ack nonce=n1
        * stale EDS
        > EDS ack
        <",
    );
}

#[test]
fn p240_what_the_given_up_response_brought_is_not_believed() {
    check(
        "delta
        = 1 EDS a b
        > EDS +a
        < EDS a
        > EDS ack
        = 2 EDS a:2 b
        < EDS a:2
        = 3 EDS a b                  // as it was acked, but the client may have 2 by now
        > EDS +b
        + 2s
        < EDS a b
        > EDS ack
        <",
    );
}

#[test]
fn p240_only_for_what_is_new_and_can_be_answered() {
    check(
        "sotw
        = 1 EDS a b
        > EDS a
        < EDS a nonce=n1
        > EDS a missing nonce=
        timeout none
        + 10s
        <
        = 2 EDS a:2 b
        + 10s
        <
        timeout none
        > EDS ack
        < EDS a:2
        > EDS ack",
    );
}

#[test]
fn p253_limits_end_the_stream_with_words() {
    let limits = Limits { max_names: 3, max_name_len: 5, max_types: 2, ..Limits::default() };
    check_with(limits.clone(), "sotw\n > EDS a b c\n > EDS a b c d\n ! RESOURCE_EXHAUSTED EDS: 4 names");
    check_with(
        limits.clone(),
        "delta\n > EDS +a +b\n > EDS +b +c\n > EDS -a +d\n > EDS +e\n ! RESOURCE_EXHAUSTED EDS: 4",
    );
    check_with(limits.clone(), "delta\n > EDS +a irv=a,b,c,d\n ! RESOURCE_EXHAUSTED");
    check_with(limits.clone(), "sotw\n > EDS abcdef\n ! RESOURCE_EXHAUSTED EDS: a name of 6 bytes");
    check_with(limits.clone(), "sotw\n > EDS a\n > CDS\n > EDS a\n > LDS\n ! RESOURCE_EXHAUSTED more than 2 types");
    check_with(limits, "sotw\n > url:aaaaaa a\n ! RESOURCE_EXHAUSTED type_url");
}

#[test]
fn p240_the_bound_is_a_limit_like_others() {
    let limits = Limits { unanswered_bound: Duration::from_millis(100), ..Limits::default() };
    check_with(limits, "delta\n = 1 EDS a b\n > EDS +a\n < EDS a\n > EDS +b\n timeout 100ms\n + 100ms\n < EDS a b");
}

#[test]
fn p241_p251_idle_wildcard_streams_share_bytes_and_hold_no_list() {
    use std::sync::Arc;

    use super::script::{kind, resource};
    use crate::resource::Node;
    use crate::snapshot::{Snapshot, TypeSet};
    use crate::subscription::*;

    let cds = kind("CDS").unwrap();
    let view = |generation, last: &str| {
        let names = (0..1_000).map(|it| format!("c{it:04}")).chain([last.to_owned()]);
        let resources = names.map(|it| resource(&cds, &it)).collect();
        Arc::new(Snapshot::new(generation, [Arc::new(TypeSet::new(cds.clone(), resources, None))]))
    };
    let now = super::script::start();
    let request = |nonce: &str, protocol| Request {
        type_url: cds.url().into(),
        node: Some(Node { id: "n1".into(), ..Node::default() }),
        nonce: nonce.into(),
        error: None,
        body: match protocol {
            Protocol::Sotw => Body::Sotw { version_info: String::new(), names: Vec::new().into() },
            Protocol::Delta => {
                Body::Delta { subscribe: Vec::new(), unsubscribe: Vec::new(), initial_versions: [].into() }
            }
        },
    };
    let (first, second) = (view(1, "x"), view(2, "x:2"));
    for protocol in [Protocol::Sotw, Protocol::Delta] {
        let mut heads = Vec::new();
        for id in 0..2 {
            let mut stream = Stream::new(id, protocol, Scope::Aggregated, Limits::default());
            stream.handle_view(first.clone());
            stream.handle_request(request("", protocol), now).unwrap();
            for view in [&first, &second] {
                stream.handle_view(view.clone());
                let response = stream.poll_response(now).unwrap();
                stream.handle_request(request(&response.nonce, protocol), now).unwrap();
                heads.push(response.head);
            }
            let subscription = &stream.types[&cds];
            assert!(subscription.held.exceptions().is_empty() && subscription.owed.is_empty());
            assert!(subscription.interest.names().is_empty() && subscription.pending.is_none());
        }
        assert_eq!(heads[0].as_ptr(), heads[2].as_ptr());
        assert_eq!(heads[1].as_ptr(), heads[3].as_ptr());
        assert_eq!(protocol == Protocol::Delta, heads[1].len() < 200);
    }
}

#[test]
fn p241_p251_streams_with_the_same_names_share_list_and_bytes() {
    use std::sync::Arc;

    use super::script::{kind, resource};
    use crate::resource::Node;
    use crate::snapshot::{Snapshot, TypeSet};
    use crate::subscription::*;

    let eds = kind("EDS").unwrap();
    let names: Vec<String> = (0..200).map(|it| format!("e{it:04}")).collect();
    let view = |generation: u64| {
        let resources = names.iter().map(|it| resource(&eds, &format!("{it}:{generation}"))).collect();
        Arc::new(Snapshot::new(generation, [Arc::new(TypeSet::new(eds.clone(), resources, None))]))
    };
    let now = super::script::start();
    let request = |nonce: &str, protocol| Request {
        type_url: eds.url().into(),
        node: Some(Node { id: "n1".into(), ..Node::default() }),
        nonce: nonce.into(),
        error: None,
        body: match protocol {
            Protocol::Sotw => Body::Sotw { version_info: String::new(), names: names.clone().into() },
            Protocol::Delta => {
                let subscribe = if nonce.is_empty() { names.clone() } else { Vec::new() };
                Body::Delta { subscribe, unsubscribe: Vec::new(), initial_versions: [].into() }
            }
        },
    };
    let views = [view(1), view(2), view(3)];
    for protocol in [Protocol::Sotw, Protocol::Delta] {
        let (mut heads, mut streams) = (Vec::new(), Vec::new());
        for id in 0..2 {
            let mut stream = Stream::new(id, protocol, Scope::Aggregated, Limits::default());
            stream.handle_request(request("", protocol), now).unwrap();
            for view in &views {
                stream.handle_view(view.clone());
                let response = stream.poll_response(now).unwrap();
                assert_eq!(response.resources, names.len());
                stream.handle_request(request(&response.nonce, protocol), now).unwrap();
                heads.push(response.head);
            }
            let subscription = &stream.types[&eds];
            assert!(subscription.held.exceptions().is_empty() && subscription.owed.is_empty());
            streams.push(stream);
        }
        let list = |at: usize| streams[at].types[&eds].interest.shared_names().unwrap();
        assert!(Arc::ptr_eq(list(0), list(1)));
        assert_eq!(heads[0].as_ptr(), heads[3].as_ptr());
        assert_eq!(heads[1].as_ptr(), heads[4].as_ptr());
        assert_eq!(heads[2].as_ptr(), heads[5].as_ptr());
    }
}

#[test]
fn p15_p253_a_list_that_is_repeated_is_not_read_and_a_new_one_is_checked() {
    use super::script::kind;
    use crate::resource::Node;
    use crate::subscription::*;

    let eds = kind("EDS").unwrap();
    let mut stream = Stream::new(1, Protocol::Sotw, Scope::Aggregated, Limits::default());
    let mut send = |text: &'static str, read| {
        let mut fingerprint = Fingerprint::default();
        fingerprint.add(text.as_bytes());
        let names = NameList::unread(fingerprint, text.into(), read);
        let node = Some(Node { id: "n1".into(), ..Node::default() });
        let body = Body::Sotw { version_info: String::new(), names };
        let request = Request { type_url: eds.url().into(), node, nonce: String::new(), error: None, body };
        stream.handle_request(request, super::script::start())
    };
    assert!(send("a", |it| Ok(vec![String::from_utf8_lossy(it).into_owned()])).is_ok());
    let events = send("a", |_| Err("it was read".into())).unwrap();
    assert!(!events.iter().any(|it| matches!(it, Event::Subscribed { .. })), "{events:?}");
    let misuse = send("b", |_| Err("not text".into())).unwrap_err();
    assert!(misuse.code == MisuseCode::InvalidArgument && misuse.message == "EDS: resource_names: not text");
}
