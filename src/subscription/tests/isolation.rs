//! The search for the bad ones among resources that were refused together (P101).

use super::script::{check, check_with, kind, resource};
use crate::subscription::*;

#[test]
fn p101_halves_go_out_one_after_the_other_until_the_bad_one_is_alone() {
    check(
        "delta
        = 1 CDS a b c d
        > CDS
        < CDS a b c d
        > CDS nack
        * isolating CDS 4: it is bad
        *! refused
        settled no
        refused yes
        deadline 2s
        < CDS a b
        <                            // one at a time
        > CDS ack
        *! refused
        < CDS c d
        > CDS nack
        * isolating CDS 2
        < CDS c
        > CDS nack : c it is
        *! refused
        *! isolating
        < CDS d
        > CDS ack
        * acked CDS
        * refused CDS g1 c 13: c it is
        <
        deadline none
        settled 1
        refused yes
        + 60s
        <
        = 2 CDS a b c d e            // the others are held
        < CDS e
        > CDS ack
        refused yes
        = 3 CDS a b c:2 d e
        < CDS c:2
        > CDS ack
        refused no",
    );
    check(
        "sotw
        = 1 EDS a b c d
        > EDS a b c d
        < EDS a b c d v=$all
        > EDS nack
        * isolating EDS 4
        < EDS a b v=$all
        > EDS ack
        < EDS c d
        > EDS nack
        < EDS c
        > EDS nack
        < EDS d
        > EDS ack
        * refused EDS g1 c
        <
        settled 1
        refused yes
        = 2 EDS a:2 b c d
        < EDS a:2
        > EDS ack
        = 3 EDS a:2 b c:3 d
        < EDS c:3
        > EDS ack
        refused no",
    );
}

#[test]
fn p101_if_all_are_good_alone_they_are_held() {
    for (stream, ask) in [("sotw", "a b"), ("delta", "+a +b")] {
        check(&format!(
            "{stream}
            = 1 EDS@v1 a b
            > EDS {ask}
            < EDS a b
            > EDS nack
            < EDS a
            > EDS ack
            < EDS b
            > EDS ack
            *! refused
            <
            settled 1
            refused no
            = 2 EDS@v1 a b:2
            < EDS b:2
            > EDS ack"
        ));
    }
}

#[test]
fn p101_names_that_are_told_on_the_way_are_believed() {
    check(
        "delta
        = 1 CDS a b c d e f g h
        > CDS
        < CDS a b c d e f g h
        > CDS nack
        < CDS a b c d
        > CDS nack : Error adding/updating cluster(s) b: oh, c: no
        *! refused
        < CDS a d
        > CDS ack
        < CDS e f g h
        > CDS ack
        * refused CDS g1 b,c 13: Error
        <
        settled 1
        refused yes",
    );
}

#[test]
fn p101_who_names_at_once_or_sends_one_alone_is_parked_as_ever() {
    check(
        "delta
        = 1 CDS a b c
        > CDS
        < CDS a b c
        > CDS nack : b: oh
        * refused CDS g1 b
        *! isolating
        <
        settled 1
        = 2 CDS a b c:2
        < CDS a c:2
        > CDS ack
        = 3 CDS a:3 b c:2
        < CDS a:3
        > CDS nack
        * refused CDS g3 a
        *! isolating
        <
        settled 3",
    );
    // The whole state cannot be halved.
    check("sotw\n = 1 CDS a b\n > CDS\n < CDS a b\n > CDS nack\n * refused CDS g1 a,b\n <\n settled 1");
}

#[test]
fn p101_removals_and_absences_are_told_when_the_search_is_over() {
    check(
        "delta
        = 1 CDS x y
        > CDS
        < CDS x y
        > CDS ack
        = 2 CDS a b
        < CDS a b -x -y
        > CDS nack
        < CDS a
        > CDS nack
        < CDS b
        > CDS ack
        < CDS -x -y
        settled no
        > CDS ack
        settled 2
        refused yes",
    );
    check(
        "delta
        = 1 EDS a b
        > EDS +a +b +x
        < EDS a b -x
        > EDS nack
        < EDS a
        > EDS ack
        < EDS b
        > EDS ack
        < EDS -x
        > EDS nack                   // nothing to be halved
        * refused EDS g1 x
        <
        settled 1
        refused yes",
    );
}

#[test]
fn p101_a_newer_set_ends_the_search_and_what_was_found_stays_away() {
    check(
        "delta
        = 1 CDS a b c d
        > CDS
        < CDS a b c d
        > CDS nack
        < CDS a b
        > CDS nack
        < CDS a
        > CDS nack
        < CDS b
        = 2 CDS a b c d:2
        <
        > CDS ack
        < CDS c d:2
        * refused CDS g1 a
        deadline none
        > CDS ack
        settled 2
        refused yes
        = 3 CDS a:2 b c d:2
        < CDS a:2
        > CDS ack
        refused no",
    );
    // What is not this client's ends nothing.
    check(
        "delta
        = 1 EDS a b z
        > EDS +a +b
        < EDS a b
        > EDS nack
        = 2 EDS a b z:2
        < EDS a
        > EDS nack
        < EDS b
        > EDS ack
        * refused EDS g2 a
        <
        settled 2",
    );
}

#[test]
fn p101_a_search_is_bounded_in_responses() {
    let limits = Limits { max_isolation: 3, ..Limits::default() };
    check_with(
        limits.clone(),
        "delta
        = 1 CDS a b c d e f g h
        > CDS
        < CDS a b c d e f g h
        > CDS nack
        < CDS a b c d
        > CDS nack
        < CDS a b
        > CDS nack
        *! refused
        < CDS a
        > CDS nack : the last
        * refused CDS g1 a 13: the last
        * refused CDS g1 b,c,d,e,f,g,h 13: it is bad
        <
        settled 1
        refused yes
        = 2 CDS a b:2 c d e f g h
        < CDS b:2 c d e f g h
        > CDS ack
        settled 2",
    );
    check_with(
        limits,
        "delta
        = 1 CDS a b c d e f g h
        > CDS
        < CDS a b c d e f g h
        > CDS nack
        < CDS a b c d
        > CDS nack
        < CDS a b
        > CDS ack
        < CDS c d
        > CDS ack
        * refused CDS g1 e,f,g,h
        <
        settled 1",
    );
}

#[test]
fn p101_a_search_is_bounded_in_time() {
    check(
        "delta
        = 1 CDS a b c d
        > CDS
        < CDS a b c d
        > CDS nack
        + 1s
        < CDS a b
        deadline 1s
        + 1s
        * refused CDS g1 a,b,c,d 13: it is bad
        deadline none
        <
        > CDS ack                    // late
        <
        settled 1
        refused yes
        = 2 CDS a b c:2 d
        < CDS c:2 d
        > CDS ack
        refused no",
    );
    // A late refusal is no reason for another search.
    check(
        "delta
        = 1 CDS a b c d
        > CDS
        < CDS a b c d
        > CDS nack
        < CDS a b
        + 2s
        > CDS nack
        * refused CDS g1 a,b
        *! isolating
        <
        settled 1",
    );
    // Each answer is in time, but not all of them together.
    check(
        "delta
        = 1 CDS a b c d
        > CDS
        < CDS a b c d
        > CDS nack
        + 1500ms
        < CDS a b
        > CDS ack
        < CDS c d
        + 500ms
        * refused CDS g1 c,d
        > CDS ack
        <
        settled 1
        refused no",
    );
}

#[test]
fn p101_p94_what_is_asked_for_meanwhile_is_answered_between_two_halves() {
    check(
        "delta
        = 1 EDS a b c d e
        > EDS +a +b +c +d
        < EDS a b c d
        > EDS nack
        < EDS a b
        > EDS +e +x +c
        > EDS ack
        < EDS c e -x
        > EDS ack
        < EDS d                      // c is held already
        > EDS nack
        * refused EDS g1 d
        <
        settled 1
        > EDS +d
        < EDS d
        > EDS ack
        refused no",
    );
    check(
        "delta
        = 1 EDS a b c
        > EDS +a +b
        < EDS a b
        > EDS nack
        < EDS a
        > EDS +c
        > EDS ack
        < EDS c
        > EDS nack                   // alone, whyever it was sent
        < EDS b
        > EDS ack
        * refused EDS g1 c
        <
        settled 1",
    );
}

#[test]
fn p101_a_name_that_is_dropped_meanwhile_may_have_been_the_reason() {
    check(
        "delta
        = 1 EDS a b c d
        > EDS +a +b +c +d
        < EDS a b c d
        > EDS nack
        < EDS a b
        > EDS ack
        < EDS c d
        > EDS -c
        > EDS nack
        *! refused
        < EDS d
        > EDS ack
        <
        settled 1
        refused no",
    );
}

#[test]
fn p101_p84_p136_endpoints_follow_each_part_of_the_clusters_and_listeners_wait_for_all() {
    check(
        "delta
        = 1 CDS a>a b>b | EDS a b | LDS l
        > EDS +a +b
        < EDS a b
        > EDS ack
        > CDS
        < CDS a b
        < EDS a b
        > EDS ack
        > LDS
        > CDS nack
        < CDS a
        < EDS a                      // the client may withhold the ACK of the cluster until it has them
        <                            // listeners wait for the other half
        > EDS ack
        > CDS ack
        < CDS b
        < EDS b
        <
        > EDS ack
        > CDS ack
        < LDS l
        > LDS ack
        settled 1",
    );
}

#[test]
fn p101_a_new_label_or_a_wildcard_is_a_wish_to_try_again() {
    check(
        "sotw
        = 1 EDS@v1 a b
        > EDS a b
        < EDS a b
        > EDS nack
        < EDS a
        > EDS nack
        < EDS b
        > EDS ack
        <
        settled 1
        = 2 EDS@v2 a b
        < EDS a v=v2
        > EDS ack
        <
        refused no",
    );
    // The first label is none.
    check(
        "sotw
        = 1 EDS@v1 a b c
        > EDS a b c
        < EDS a b c
        > EDS nack
        < EDS a
        > EDS nack
        < EDS b c
        = 2 EDS@v1 a b
        > EDS ack
        <
        settled 2",
    );
    check(
        "sotw
        = 1 EDS a b
        > EDS a b
        < EDS a b
        > EDS nack
        < EDS a
        > EDS nack
        < EDS b
        > EDS ack
        > EDS * a b
        < EDS a b
        > EDS ack
        settled 1
        refused no",
    );
}

#[test]
fn p101_p118_of_a_refused_portion_the_bad_one_is_found_and_the_others_go_on() {
    let kind = kind("EDS").unwrap();
    let size = resource(&kind, "a:1").delta_element(crate::resource::Flavour::Ads).len();
    let limits = Limits { max_response: 64 + kind.url().len() + 2 * size, ..Limits::default() };
    let script = "delta
        = 1 EDS a b c d e
        > EDS +a +b +c +d +e
        < EDS a b
        > EDS nack
        < EDS c d                    // asked for, and not suspect
        > EDS ack
        < EDS e
        > EDS ack
        < EDS a
        > EDS nack
        < EDS b
        > EDS ack
        * refused EDS g1 a
        <
        settled 1
        refused yes
        > EDS +*
        < EDS
        > EDS ack
        = 2 EDS a:2 b:2 c:2 d
        < EDS a:2 b:2
        > EDS nack
        < EDS a:2
        > EDS ack
        < EDS b:2
        > EDS nack
        * refused EDS g2 b
        < EDS c:2 -e
        > EDS ack
        settled 2";
    check_with(limits.clone(), script);
    let script = "delta
        = 1 EDS a b c d e
        > EDS +*
        < EDS a b c d
        > EDS nack
        < EDS a b
        + 2s
        * refused EDS g1 a,b,c,d
        > EDS nack                   // late: no reason for another search
        * refused EDS g1 a,b
        *! isolating
        < EDS e
        > EDS ack
        settled 1";
    check_with(Limits { max_response: limits.max_response + 2 * size, ..limits.clone() }, script);
    // Where it is not found, only that portion is parked.
    let script = "delta
        = 1 EDS a b c
        > EDS +a +b +c
        < EDS a b
        > EDS nack
        < EDS c
        > EDS ack
        < EDS a
        > EDS ack
        * refused EDS g1 b
        <
        settled 1
        refused yes
        = 2 EDS a b:2 c
        < EDS b:2
        > EDS ack
        refused no";
    check_with(Limits { max_isolation: 1, ..limits.clone() }, script);
    // What is accepted after all, though late, is not.
    let script = "delta
        = 1 EDS a b c
        > EDS +*
        < EDS a b
        > EDS nack
        < EDS a
        > EDS ack
        < EDS b
        + 2s
        * refused EDS g1 b
        > EDS ack
        < EDS c
        > EDS ack
        settled 1
        refused no";
    check_with(limits, script);
}
