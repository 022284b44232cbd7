//! State of the world: ACKs, nonces, re-requests, versions (groups B and C).

use super::script::check;

#[test]
fn p25_p28_p29_an_ack_is_answered_by_silence() {
    check(
        "sotw
        = 1 CDS a b
        > CDS
        * subscribed CDS *
        < CDS a b gen=1
        settled no
        + 20ms
        > CDS ack
        * acked CDS g1 after 20ms
        <
        settled 1
        = 2 CDS a b:2
        settled no
        < CDS a b:2 gen=2
        > CDS ack
        settled 2",
    );
}

#[test]
fn p26_the_nonce_of_another_type_answers_nothing() {
    check(
        "sotw
        = 1 CDS a | LDS l
        > CDS
        > LDS
        < CDS a nonce=c
        < LDS l nonce=l
        > CDS nonce=l
        * stale CDS
        *! acked
        = 2 CDS a:2
        <                            // the first CDS response is still unanswered
        > CDS nonce=c
        * acked CDS
        < CDS a:2
        > CDS nonce=beefbeefbeefbeef
        * unknown-nonce CDS
        > CDS nonce=garbage
        * unknown-nonce CDS",
    );
}

#[test]
fn p35_p36_p37_names_of_a_stale_request_are_served() {
    check(
        "sotw
        = 1 EDS a b c
        > EDS a
        < EDS a nonce=n1
        > EDS ack
        = 2 EDS a:2
        < EDS a:2
        > EDS a b nonce=n1          // crossed the response on its way
        * stale EDS
        <                            // not because of a stale request while one is out
        > EDS a b                    // the answer to it
        * acked EDS
        <",
    );
    check(
        "sotw
        = 1 EDS a b
        > EDS a
        < EDS a nonce=n1
        > EDS ack
        = 2 EDS a:2 b
        < EDS a:2
        > EDS a b nonce=n1
        <
        > EDS ack
        < EDS b
        > EDS ack
        > EDS nonce=n1 a             // a stale request without news
        <",
    );
}

#[test]
fn p38_an_empty_nonce_mid_stream_is_stale_and_its_names_count() {
    check(
        "sotw
        = 1 EDS a b
        > EDS a
        < EDS a
        > EDS ack
        > EDS                        // the last name goes, as gRPC does
        > EDS b nonce=
        * stale EDS
        < EDS b
        > EDS ack
        > EDS b nonce=
        <",
    );
}

#[test]
fn p39_a_first_request_may_carry_a_nonce_of_an_older_stream() {
    check(
        "sotw
        = 1 EDS a
        > EDS a nonce=00000001000000ff version=v9
        *! unknown
        *! stale
        < EDS a
        > EDS ack",
    );
}

#[test]
fn p40_of_several_first_requests_the_last_counts() {
    check(
        "sotw
        = 1 EDS a b c
        > EDS a
        > EDS b
        > EDS b c
        < EDS b c
        > EDS ack",
    );
    check(
        "sotw
        > CDS
        > CDS a
        = 1 CDS a b
        < CDS a
        > CDS ack",
    );
    check(
        "sotw
        > LDS a
        > LDS
        = 1 LDS a b
        <",
    );
}

#[test]
fn p41_p45_an_ack_with_an_old_version_is_an_ack() {
    check(
        "sotw
        = 1 CDS@v1 a
        > CDS
        < CDS a v=v1
        > CDS ack version=
        * version-mismatch CDS v1
        * acked CDS
        <
        = 2 CDS@v2 a:2
        < CDS a:2
        > CDS ack version=v1
        * version-mismatch CDS v2 v1
        <",
    );
}

#[test]
fn p42_p66_a_further_request_at_the_same_nonce_is_answered_once() {
    check(
        "sotw
        = 1 EDS a b | RDS r
        > EDS a b
        < EDS a b
        > EDS ack
        <
        > EDS b a ack                // the same names in another order (P77)
        * renewed EDS
        < EDS a b
        > EDS ack
        <
        > RDS r
        < RDS r
        > RDS ack
        > RDS ack
        < RDS r
        > RDS ack",
    );
}

#[test]
fn p66_full_state_types_have_no_need_of_it() {
    check(
        "sotw
        = 1 CDS a | LDS l | SRDS s
        > CDS
        < CDS a
        > CDS ack
        > CDS ack
        <
        > LDS l
        < LDS l
        > LDS ack
        > LDS ack
        <
        > SRDS
        < SRDS s
        > SRDS ack
        > SRDS ack
        <",
    );
}

#[test]
fn p46_a_type_that_never_answers_blocks_no_other() {
    check(
        "sotw
        = 1 CDS a | url:x.y/Z z | LDS l
        > url:x.y/Z z
        *! unknown-type
        < url:x.y/Z z
        > LDS
        < LDS l
        = 2 url:x.y/Z z:2 | LDS l:2
        <
        > LDS ack
        < LDS l:2
        > LDS ack
        settled no",
    );
}

#[test]
fn p47_p51_a_version_tells_the_selected_set_not_the_stream() {
    check(
        "sotw
        sotw
        = 1 EDS a b
        > EDS a b
        2> EDS a b
        < EDS a b v=$ab
        2< EDS a b v=$ab
        > EDS ack
        2> EDS a
        2<
        = 2 EDS a:2 b c
        < EDS a:2 v=$a2b             // of the whole selected set, not of what travels
        2< EDS a:2 v=$a2
        > EDS ack
        2> EDS ack
        2> EDS a b
        2< EDS b v=$a2b
        2> EDS ack",
    );
}

#[test]
fn p50_p68_a_removal_changes_the_version_and_sends_the_rest() {
    check(
        "sotw
        = 1 CDS a b
        > CDS
        < CDS a b
        > CDS ack
        = 2 CDS a
        < CDS a
        > CDS ack
        *! version-mismatch
        = 3 CDS
        < CDS
        > CDS ack
        <",
    );
}

#[test]
fn p52_a_type_without_change_stays_silent() {
    check(
        "sotw
        = 1 CDS a | EDS a
        > CDS
        < CDS a
        > CDS ack
        > EDS a
        < EDS a
        > EDS ack
        = 2 EDS a:2
        < EDS a:2
        > EDS ack
        settled 2",
    );
}

#[test]
fn p53_a_reconnecting_wildcard_client_with_the_current_version_is_left_alone() {
    let version = "= 1 CDS a b
        > CDS
        < CDS a b v=";
    let current = crate::snapshot::TypeSet::new(
        super::script::kind("CDS").unwrap(),
        ["a", "b"].map(|it| super::script::resource(&super::script::kind("CDS").unwrap(), it)).to_vec(),
        None,
    )
    .version_info();
    check(&format!("sotw\n{version}{current}"));
    check(&format!("sotw\n = 1 CDS a b\n > CDS version={current} nonce=old\n <\n settled 1\n = 2 CDS a\n < CDS a"));
    check(&format!("sotw\n > CDS version={current}\n = 1 CDS a b\n <"));
    // Named subscriptions, other versions and labels get all (P54).
    check(&format!("sotw\n = 1 CDS a b\n > CDS a b version={current}\n < CDS a b"));
    check("sotw\n = 1 CDS a b\n > CDS version=00000000000000ff\n < CDS a b");
    check(&format!("sotw\n = 1 CDS@7 a b\n > CDS version={current}\n < CDS a b v=7"));
    check("sotw\n = 1 CDS@7 a b\n > CDS version=7\n < CDS a b v=7");
}

#[test]
fn p54_a_newer_version_is_just_unknown() {
    check(
        "sotw
        = 1 CDS@5 a
        > CDS version=9
        < CDS a v=5
        > CDS ack",
    );
}

#[test]
fn s110_a_new_label_sends_equal_content_once_more() {
    check(
        "sotw
        delta
        = 1 CDS@v1 a | EDS@v1 a b
        > CDS
        < CDS a v=v1
        > CDS ack
        > EDS a
        < EDS a v=v1
        > EDS ack
        2> CDS
        2< CDS a v=v1
        2> CDS ack
        = 2 CDS@v2 a | EDS@v2 a b
        < CDS a v=v2
        < EDS a v=v2
        > CDS ack
        > EDS ack
        2<                           // in delta resources have versions, and those are equal
        2settled 2
        = 3 EDS@v3 a b:2             // of which this client sees nothing
        < EDS a v=v3
        > EDS ack
        = 4 EDS@v4 a:2 b:2           // with a change the change is sent
        < EDS a:2 v=v4
        > EDS ack",
    );
}
