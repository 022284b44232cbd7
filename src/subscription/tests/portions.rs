//! Responses within a size limit (P83, P118, P229, P243).

use super::script::{check_with, kind, resource, start};
use crate::resource::{Flavour, Node};
use crate::snapshot::{Snapshot, TypeSet};
use crate::subscription::*;

/// Room for two small resources of this type, whichever the protocol; removals of one letter take 26 bytes.
fn two(protocol: Protocol, short: &str) -> Limits {
    let kind = kind(short).unwrap();
    let resource = resource(&kind, "a:1");
    let size = match protocol {
        Protocol::Sotw => resource.sotw_element(Flavour::Ads).len(),
        Protocol::Delta => resource.delta_element(Flavour::Ads).len(),
    };
    Limits { max_response: 48 + 16 + kind.url().len() + 2 * size, ..Limits::default() }
}

/// The same without a search for who is bad.
fn parked_two(protocol: Protocol, short: &str) -> Limits {
    Limits { max_isolation: 0, ..two(protocol, short) }
}

#[test]
fn p83_partial_types_come_in_portions_each_after_the_ack_of_the_one_before() {
    check_with(
        two(Protocol::Sotw, "EDS"),
        "sotw
        = 1 EDS a b c d e f
        > EDS a b c d e
        < EDS a b v=$all nonce=first
        <
        settled no
        + 60s
        <
        > EDS ack
        * acked EDS
        < EDS c d v=$all
        > EDS a b c d e nonce=first
        * stale EDS
        <
        > EDS ack
        < EDS e v=$all
        > EDS ack
        settled 1
        = 2 EDS a:2 b:2 c:2 d e f
        < EDS a:2 b:2
        > EDS ack
        < EDS c:2
        > EDS ack
        settled 2",
    );
}

#[test]
fn p83_what_changes_between_two_portions_joins_in() {
    check_with(
        two(Protocol::Sotw, "EDS"),
        "sotw
        = 1 EDS a b c d e
        > EDS a b c d e
        < EDS a b
        = 2 EDS a:2 b c:2 d e
        <
        > EDS ack
        < EDS a:2 c:2
        > EDS ack
        < EDS d e
        > EDS a b c e ack
        <
        settled 2",
    );
}

#[test]
fn p118_removals_go_with_the_last_portion() {
    check_with(
        two(Protocol::Delta, "CDS"),
        "delta
        = 1 CDS x y
        > CDS
        < CDS x y
        > CDS ack
        = 2 CDS a b c y
        < CDS a b
        > CDS ack
        < CDS c -x
        > CDS ack
        settled 2
        = 3 CDS a:2 b:2 c:2 y
        < CDS a:2 b:2
        = 4 CDS a b:2
        > CDS ack
        < CDS a -c -y                // c was removed before its change was sent
        > CDS ack
        settled 4",
    );
}

#[test]
fn p118_many_removals_are_portioned_too() {
    check_with(
        two(Protocol::Delta, "EDS"),
        "delta
        = 1 EDS a
        > EDS +a +k +l +m +n +o +p +q +r +s +t +u +v
        < EDS a -k -l -m
        > EDS ack
        < EDS -n -o -p -q -r -s -t
        > EDS ack
        < EDS -u -v
        > EDS ack
        settled 1
        = 2 EDS k l m
        < EDS k l
        > EDS ack
        < EDS m -a
        > EDS ack
        = 3 EDS
        < EDS -k -l -m
        > EDS ack",
    );
}

#[test]
fn p118_a_name_asked_for_again_is_answered_whichever_portion_it_is_in() {
    check_with(
        two(Protocol::Delta, "EDS"),
        "delta
        = 1 EDS a b c
        > EDS +a +b +c
        < EDS a b
        > EDS +a +c
        > EDS ack
        < EDS a c
        > EDS ack
        settled 1
        > EDS +a +b +c +d
        < EDS a b
        > EDS -c ack
        < EDS -d
        > EDS ack
        settled 1",
    );
}

#[test]
fn p118_p240_a_portion_that_is_never_answered_is_not_repeated_by_itself() {
    check_with(
        two(Protocol::Delta, "EDS"),
        "delta
        = 1 EDS a b c d
        > EDS +a +b +c
        < EDS a b
        + 60s
        timeout none
        <
        > EDS +d
        < EDS a b
        > EDS ack
        < EDS c d
        > EDS ack
        settled 1",
    );
}

#[test]
fn p118_p136_later_types_wait_for_all_portions_but_not_for_ever() {
    let script = "delta
        = 1 CDS a b c | LDS l
        > CDS
        > LDS
        < CDS a b
        <
        > CDS ack
        < CDS c
        < LDS l
        > LDS ack
        > CDS ack";
    check_with(two(Protocol::Delta, "CDS"), script);
    let script = "delta
        = 1 CDS a b c | LDS l
        > CDS
        > LDS
        < CDS a b
        <
        timeout 2s
        + 2s
        < LDS l
        > LDS ack
        > CDS ack
        < CDS c
        > CDS ack";
    check_with(two(Protocol::Delta, "CDS"), script);
}

#[test]
fn p99_p100_a_refused_portion_is_parked_and_the_others_go_on() {
    for (stream, ask) in [("sotw", "a b c d e"), ("delta", "+a +b +c +d +e")] {
        let protocol = if stream == "sotw" { Protocol::Sotw } else { Protocol::Delta };
        check_with(
            parked_two(protocol, "EDS"),
            &format!(
                "{stream}
                = 1 EDS a b c d e
                > EDS {ask}
                < EDS a b
                > EDS nack
                * refused EDS g1 a,b
                < EDS c d
                > EDS ack
                < EDS e
                > EDS ack
                <
                settled 1
                refused yes
                = 2 EDS a b c:2 d e
                < EDS c:2
                > EDS ack
                refused yes
                = 3 EDS a:2 b c:2 d e        // all of the refused portion is due with the change
                < EDS a:2 b
                > EDS ack
                settled 3
                refused no"
            ),
        );
    }
}

#[test]
fn p100_of_a_refused_portion_the_bad_one_that_is_named_stays_away() {
    check_with(
        two(Protocol::Delta, "EDS"),
        "delta
        = 1 EDS a b c
        > EDS +a +b +c
        < EDS a b
        > EDS nack : \"a\" is bad
        < EDS c
        > EDS ack
        = 2 EDS a b:2 c
        < EDS b:2
        > EDS ack
        refused yes
        > EDS +a
        < EDS a
        > EDS ack
        refused no",
    );
}

#[test]
fn p100_the_last_portion_may_be_refused_too() {
    check_with(
        parked_two(Protocol::Delta, "EDS"),
        "delta
        = 1 EDS a b c
        > EDS +a +b +c
        < EDS a b
        > EDS nack
        < EDS c
        > EDS nack
        <
        refused yes
        = 2 EDS a b c:2
        < EDS a b
        > EDS ack
        < EDS c:2
        > EDS ack
        refused no",
    );
}

#[test]
fn p30_without_a_name_of_the_refused_portion_the_rest_is_tried_again() {
    check_with(
        parked_two(Protocol::Sotw, "EDS"),
        "sotw
        = 1 EDS a b c
        > EDS a b c
        < EDS a b
        > EDS nack
        < EDS c
        > EDS ack
        > EDS b c
        < EDS b
        > EDS ack
        refused no",
    );
}

#[test]
fn p243_a_label_alone_sends_everything_again_in_portions() {
    check_with(
        two(Protocol::Sotw, "EDS"),
        "sotw
        = 1 EDS a b c
        > EDS a b c
        < EDS a b
        > EDS ack
        < EDS c
        > EDS ack
        = 2 EDS@v2 a b c
        < EDS a b v=v2
        > EDS ack
        < EDS c v=v2
        > EDS ack
        settled 2",
    );
}

#[test]
fn p243_a_wildcard_that_begins_or_ends_between_portions() {
    check_with(
        two(Protocol::Delta, "EDS"),
        "delta
        = 1 EDS a b c d
        > EDS +a +b +c
        < EDS a b
        > EDS +*
        > EDS ack
        < EDS c d
        > EDS ack
        settled 1
        = 2 EDS a:2 b:2 c:2 d:2
        < EDS a:2 b:2
        > EDS -* ack
        < EDS c:2
        > EDS ack
        settled 2",
    );
}

/// Sizes and flags, with the client's answers in between.
fn sizes(protocol: Protocol, short: &str, tokens: &[&str], max_response: usize) -> Vec<(usize, usize, bool)> {
    let kind = kind(short).unwrap();
    let set = TypeSet::new(kind.clone(), tokens.iter().map(|it| resource(&kind, it)).collect(), None);
    let limits = Limits { max_response, ..Limits::default() };
    let mut stream = Stream::new(1, protocol, Scope::Aggregated, limits);
    stream.handle_view(std::sync::Arc::new(Snapshot::new(1, [std::sync::Arc::new(set)])));
    let names: Vec<String> = tokens.iter().map(|it| it.split(':').next().unwrap().to_owned()).collect();
    let mut nonce = String::new();
    let mut sizes = Vec::new();
    loop {
        let body = match protocol {
            Protocol::Sotw => Body::Sotw { version_info: String::new(), names: names.clone().into() },
            Protocol::Delta => {
                let subscribe = if nonce.is_empty() { names.clone() } else { Vec::new() };
                Body::Delta { subscribe, unsubscribe: Vec::new(), initial_versions: [].into() }
            }
        };
        let node = Some(Node { id: "n1".into(), ..Node::default() });
        let request = Request { type_url: kind.url().into(), node, nonce: nonce.clone(), error: None, body };
        stream.handle_request(request, start()).unwrap();
        let Some(response) = stream.poll_response(start()) else { return sizes };
        sizes.push((response.resources, response.head.len() + response.tail.len(), response.oversize));
        nonce = response.nonce;
    }
}

#[test]
fn p229_p243_responses_are_bounded_and_what_cannot_be_divided_is_flagged() {
    let large = format!("b:{}", "x".repeat(1_000));
    let tokens = ["a", &large, "c", "d"];
    for protocol in [Protocol::Sotw, Protocol::Delta] {
        let counts: Vec<_> = sizes(protocol, "EDS", &tokens, 500).iter().map(|it| (it.0, it.2)).collect();
        assert_eq!(counts, [(1, false), (1, true), (2, false)], "{protocol:?}");
        for limit in (250..2_000).step_by(7) {
            let sizes = sizes(protocol, "EDS", &["a", "b:22", "c:333", "d:4444", "e", "f", "g", "h"], limit);
            assert_eq!(sizes.iter().map(|it| it.0).sum::<usize>(), 8);
            assert!(sizes.iter().all(|it| it.1 <= limit && !it.2), "{protocol:?} {limit}: {sizes:?}");
        }
    }
    // The whole state, in one piece.
    let whole = sizes(Protocol::Sotw, "CDS", &tokens, 500);
    assert!(whole.len() == 1 && whole[0].0 == 4 && whole[0].2, "{whole:?}");
    let whole = sizes(Protocol::Sotw, "CDS", &["a", "b", "c"], 500);
    assert!(!whole[0].2, "{whole:?}");
}

#[test]
fn p251_portions_are_the_same_bytes_for_all_streams() {
    let eds = kind("EDS").unwrap();
    let names: Vec<String> = (0..400).map(|it| format!("e{it:04}")).collect();
    let resources = names.iter().map(|it| resource(&eds, it)).collect();
    let view = std::sync::Arc::new(Snapshot::new(1, [std::sync::Arc::new(TypeSet::new(eds.clone(), resources, None))]));
    for protocol in [Protocol::Sotw, Protocol::Delta] {
        let heads: Vec<Vec<_>> = (0..2)
            .map(|id| {
                let limits = Limits { max_response: 15_000, ..Limits::default() };
                let mut stream = Stream::new(id, protocol, Scope::Aggregated, limits);
                stream.handle_view(view.clone());
                let (mut nonce, mut heads) = (String::new(), Vec::new());
                loop {
                    let body = match protocol {
                        Protocol::Sotw => Body::Sotw { version_info: String::new(), names: names.clone().into() },
                        Protocol::Delta => {
                            let subscribe = if nonce.is_empty() { vec!["*".to_owned()] } else { Vec::new() };
                            Body::Delta { subscribe, unsubscribe: Vec::new(), initial_versions: [].into() }
                        }
                    };
                    let node = Some(Node { id: "n1".into(), ..Node::default() });
                    let request = Request { type_url: eds.url().into(), node, nonce, error: None, body };
                    stream.handle_request(request, start()).unwrap();
                    let Some(response) = stream.poll_response(start()) else { return heads };
                    nonce = response.nonce;
                    heads.push(response.head);
                }
            })
            .collect();
        assert!(heads[0].len() >= 3);
        // The last ones are too small to be worth it.
        for (a, b) in heads[0].iter().zip(&heads[1]).take(heads[0].len() - 1) {
            assert_eq!(a.as_ptr(), b.as_ptr());
        }
    }
}

#[test]
fn p100_without_a_name_dropped_before_the_nack_the_portion_is_tried_again() {
    check_with(
        two(Protocol::Delta, "EDS"),
        "delta
        = 1 EDS a b c
        > EDS +a +b +c
        < EDS a b
        > EDS -a
        > EDS nack
        < EDS b c
        > EDS ack
        refused no",
    );
}

#[test]
fn p100_removals_in_a_refused_portion_are_told_again_with_the_change() {
    check_with(
        two(Protocol::Delta, "EDS"),
        "delta
        = 1 EDS a
        > EDS +a +k +l +m +n +o +p +q +r +s +t +u +v
        < EDS a -k -l -m
        > EDS nack
        < EDS -n -o -p -q -r -s -t
        > EDS ack
        < EDS -u -v
        > EDS ack
        <
        = 2 EDS a:2
        < EDS a:2 -k -l -m
        > EDS ack
        refused no",
    );
}

#[test]
fn p100_one_by_one_what_is_parked_is_accepted_in_the_end() {
    check_with(
        parked_two(Protocol::Delta, "EDS"),
        "delta
        = 1 EDS a b c
        > EDS +a +b +c
        < EDS a b
        > EDS nack
        < EDS c
        > EDS ack
        > EDS +a
        < EDS a
        > EDS ack
        refused yes
        > EDS +b
        < EDS b
        > EDS ack
        refused no
        settled 1",
    );
}

#[test]
fn p30_a_new_label_tries_a_parked_portion_again() {
    check_with(
        parked_two(Protocol::Sotw, "EDS"),
        "sotw
        = 1 EDS a b c
        > EDS a b c
        < EDS a b
        > EDS nack
        < EDS c
        > EDS ack
        refused yes
        = 2 EDS@v2 a b c
        < EDS a b v=v2
        > EDS ack
        refused no",
    );
}
