//! NACKs in both protocols: parked until the content changes, then nothing is lost (P27–P34, P43, P99, P100).

use super::script::{check, check_parked};

#[test]
fn p27_any_error_detail_is_a_nack() {
    check(
        "sotw
        = 1 CDS@v1 a
        > CDS
        < CDS a
        > CDS nack code=0 version=v1 : odd
        * refused CDS g1 a 0: odd
        *! acked
        <
        settled 1
        refused yes",
    );
    check("delta\n = 1 CDS a\n > CDS\n < CDS a\n > CDS nack code=0\n * refused CDS g1 a 0\n <\n refused yes");
}

#[test]
fn p30_nack_is_not_resent() {
    check_parked(
        "sotw
        = 1 CDS a | EDS e f
        > CDS
        < CDS a
        > CDS nack
        <
        + 60s
        <
        timeout none
        > EDS e f
        < EDS e f
        > EDS nack
        <
        = 2                          // nothing new
        <
        settled 2
        = 3 CDS a                    // the same anew
        <",
    );
    check_parked(
        "delta\n = 1 CDS a\n > CDS\n < CDS a\n > CDS nack\n <\n = 2 CDS a\n <\n + 60s\n <\n settled 2\n refused yes",
    );
}

#[test]
fn p30_newer_content_is_sent_at_once() {
    check(
        "sotw
        = 1 CDS a
        > CDS
        < CDS a
        = 2 CDS a:2
        <
        > CDS nack
        * refused CDS g1
        < CDS a:2 gen=2
        > CDS ack
        refused no",
    );
}

#[test]
fn p30_changes_that_are_not_the_clients_do_not_resend() {
    check(
        "sotw
        delta
        = 1 EDS a b
        > EDS a
        < EDS a
        > EDS nack
        2> EDS +a
        2< EDS a
        2> EDS nack
        = 2 EDS a b:2
        <
        2<
        = 3 EDS a c
        <
        2<
        = 4 EDS a:2
        < EDS a:2
        2< EDS a:2
        > EDS ack
        2> EDS ack
        refused no",
    );
}

#[test]
fn p30_a_new_label_is_a_wish_to_try_again() {
    check("sotw\n = 1 CDS@1 a\n > CDS\n < CDS a\n > CDS nack\n <\n = 2 CDS@2 a\n < CDS a\n > CDS nack\n <");
}

#[test]
fn p32_p33_after_a_nack_the_next_change_brings_everything() {
    check_parked(
        "sotw
        = 1 EDS a b c
        > EDS a b c
        < EDS a b c
        > EDS ack
        = 2 EDS a:2 b:2 c
        < EDS a:2 b:2
        > EDS nack : b is bad
        <
        = 3 EDS a:2 b:3 c
        < EDS a:2 b:3
        > EDS ack
        <",
    );
}

#[test]
fn p33_going_back_after_a_nack_is_sent_too() {
    // The client may have taken part of what it refused (P225): what it has is not known.
    check_parked(
        "sotw
        delta
        = 1 EDS a b
        > EDS a b
        < EDS a b
        > EDS ack
        2> EDS +a +b
        2< EDS a b
        2> EDS ack
        = 2 EDS a:2 b:2
        < EDS a:2 b:2
        2< EDS a:2 b:2
        > EDS nack
        2> EDS nack
        <
        = 3 EDS a b
        < EDS a b
        2< EDS a b
        > EDS ack
        2> EDS ack",
    );
}

#[test]
fn p34_names_in_a_nack_count() {
    check(
        "sotw
        = 1 EDS a b c
        > EDS a
        < EDS a
        > EDS nack a b
        < EDS b                      // only what is new: a is refused as it is
        > EDS ack
        <
        refused yes
        = 2 EDS a:2 b c
        < EDS a:2
        > EDS ack
        refused no",
    );
    check(
        "sotw
        = 1 LDS a b
        > LDS a
        < LDS a
        > LDS nack a b
        < LDS a b                    // full state: the refused one must be there too
        > LDS nack
        <",
    );
}

#[test]
fn p36_a_nack_with_an_old_nonce_is_no_nack() {
    check(
        "sotw
        = 1 CDS a
        > CDS
        < CDS a nonce=n1
        > CDS ack
        = 2 CDS a:2
        < CDS a:2
        > CDS nack nonce=n1
        * stale CDS
        *! refused
        > CDS ack
        * acked CDS g2
        refused no",
    );
}

#[test]
fn p42_a_request_again_after_a_nack_resends_no_refused_bytes() {
    check(
        "sotw
        = 1 EDS a b
        > EDS a b
        < EDS a b
        > EDS ack
        = 2 EDS a:2 b
        < EDS a:2
        > EDS nack
        > EDS a b
        < EDS b
        > EDS ack
        <",
    );
}

#[test]
fn p43_a_nack_names_its_resources_and_is_bounded() {
    let long = "x".repeat(5_000);
    check_parked(&format!(
        "delta
        = 1 CDS a b c
        > CDS
        < CDS a b c
        > CDS nack : Error adding/updating cluster(s) b: oh, c: no
        * refused CDS g1 b,c 13: Error
        = 2 CDS a b c:2
        < CDS a c:2
        > CDS nack : {long}
        * refused CDS g2 a,c 13: xxx"
    ));
}

#[test]
fn p84_endpoints_are_renewed_though_others_are_refused() {
    check(
        "sotw
        = 1 CDS a>a b>b | EDS a b
        > CDS
        < CDS a b
        > CDS ack
        > EDS a b
        < EDS a b
        > EDS ack
        = 2 EDS a:2 b
        < EDS a:2
        > EDS nack
        = 3 CDS a:3>a b:3>b
        < CDS a:3 b:3
        < EDS b                      // a waits until it changes
        > CDS ack
        > EDS ack
        = 4 EDS a:4 b
        < EDS a:4
        > EDS ack",
    );
}

#[test]
fn p99_p100_what_was_refused_with_another_is_not_lost() {
    check(
        "delta
        = 1 CDS good bad
        > CDS
        < CDS good bad
        > CDS nack : Error adding/updating cluster(s) bad: no such thing
        <
        = 2 CDS good bad other
        < CDS good other             // without the bad one, which is still the same
        > CDS ack
        refused yes
        = 3 CDS good bad:2 other
        < CDS bad:2
        > CDS ack
        refused no",
    );
    check(
        "delta
        = 1 CDS good bad
        > CDS
        < CDS good bad
        > CDS nack : no names here
        = 2 CDS good bad other
        < CDS good bad other
        > CDS ack",
    );
}

#[test]
fn p100_a_bad_resource_is_sent_when_asked_for_again() {
    check(
        "delta
        = 1 EDS a b
        > EDS +a +b
        < EDS a b
        > EDS nack : \"a\" is bad
        * refused EDS g1 a 
        > EDS +a
        < EDS a
        > EDS ack
        <
        refused yes
        = 2 EDS a b:2
        < EDS b:2
        > EDS ack
        refused no",
    );
}

#[test]
fn p100_a_removal_and_an_absence_that_were_refused_are_told_again() {
    check(
        "delta
        = 1 EDS a b
        > EDS +a +b +x
        < EDS a b -x
        > EDS ack
        = 2 EDS b
        > EDS +x
        < EDS -a -x
        > EDS nack
        <
        = 3 EDS b:3
        < EDS b:3 -a -x
        > EDS ack
        <",
    );
}

#[test]
fn p100_going_back_leaves_nothing_of_the_refused() {
    check(
        "delta
        = 1 CDS a
        > CDS
        < CDS a
        > CDS ack
        = 2 CDS a b
        < CDS b
        > CDS nack
        <
        = 3 CDS a
        < CDS -b                     // it may have b
        > CDS ack
        settled 3
        refused no",
    );
}

#[test]
fn p236_a_nack_on_one_stream_does_not_stop_another() {
    check(
        "sotw
        sotw
        = 1 CDS a
        > CDS
        2> CDS
        < CDS a
        2< CDS a
        > CDS nack
        2> CDS ack
        = 2 CDS a:2
        < CDS a:2
        2< CDS a:2
        > CDS nack
        2> CDS ack
        2settled 2
        2refused no",
    );
}

#[test]
fn p27_an_error_at_an_answered_nonce_changes_nothing() {
    check("sotw\n = 1 EDS a\n > EDS a\n < EDS a\n > EDS ack\n > EDS nack\n *! refused\n <\n refused no");
}

#[test]
fn p30_without_its_possible_reason_the_rest_is_tried_again() {
    check_parked(
        "sotw
        = 1 EDS a b
        > EDS a b
        < EDS a b
        > EDS nack
        <
        > EDS a                      // b may have been the reason
        < EDS a
        > EDS ack
        refused no",
    );
    check_parked(
        "delta
        = 1 EDS a b
        > EDS +a +b
        < EDS a b
        > EDS -b
        > EDS nack
        < EDS a
        > EDS ack
        refused no
        > EDS +*
        < EDS b
        > EDS nack
        > EDS -* +b
        < EDS b
        > EDS ack
        refused no",
    );
}

#[test]
fn p72_p78_a_name_asked_for_while_parked_is_not_taken_for_held() {
    check(
        "sotw
        = 1 EDS a x
        > EDS a
        < EDS a
        > EDS ack
        = 2 EDS a:2 x
        < EDS a:2
        > EDS nack
        = 3 EDS a:2
        <
        > EDS a x
        <
        = 4 EDS a:2 x                // as it was when a was accepted, but then x was not asked for
        < EDS a:2 x
        > EDS ack
        refused no",
    );
}
