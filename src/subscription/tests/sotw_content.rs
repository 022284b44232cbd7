//! State of the world: what a response holds (group E).

use super::script::check;

#[test]
fn p67_a_full_state_response_holds_all_that_is_asked_for() {
    check(
        "sotw
        = 1 CDS a b c
        > CDS a b
        < CDS a b
        > CDS ack
        = 2 CDS a:2 b c
        < CDS a:2 b
        > CDS ack
        = 3 CDS a:2 b c:3
        <",
    );
    check(
        "sotw
        = 1 SRDS a b
        > SRDS
        < SRDS a b
        > SRDS ack
        = 2 SRDS a b:2
        < SRDS a b:2
        > SRDS ack
        = 3 SRDS b:2
        < SRDS b:2
        > SRDS ack",
    );
}

#[test]
fn p68_a_removal_of_a_named_listener_is_told() {
    check(
        "sotw
        = 1 LDS a b
        > LDS a b
        < LDS a b
        > LDS ack
        = 2 LDS a
        < LDS a
        > LDS ack
        = 3 LDS
        < LDS
        > LDS ack
        = 4 LDS b
        < LDS b
        > LDS ack",
    );
}

#[test]
fn p69_a_listener_that_does_not_exist_is_answered_at_once() {
    check(
        "sotw
        = 1 LDS x
        > LDS a
        < LDS
        > LDS ack
        <
        > LDS a x
        < LDS x
        > LDS a x b
        < LDS x
        > LDS ack
        = 2 LDS x a
        < LDS x a
        > LDS ack",
    );
}

#[test]
fn p69_an_empty_wildcard_is_answered_so_that_clients_can_start() {
    check("sotw\n = 1 CDS\n > CDS\n < CDS\n > CDS ack\n <");
}

#[test]
fn p70_only_the_changed_endpoints_are_sent() {
    check(
        "sotw
        = 1 EDS a b c
        > EDS a b c
        < EDS a b c
        > EDS ack
        = 2 EDS a b:2 c
        < EDS b:2
        > EDS ack",
    );
}

#[test]
fn p70_the_same_with_more_names_than_few() {
    let names: Vec<String> = (0..100).map(|it| format!("n{it:03}")).collect();
    let all = names.join(" ");
    check(&format!(
        "sotw
        = 1 EDS {all}
        > EDS {all}
        < EDS {all}
        > EDS ack
        = 2 EDS {all} other
        <
        = 3 EDS {} n099:2 other
        < EDS n099:2
        > EDS ack
        = 4 EDS {} n099:2
        <
        = 5 EDS {all}
        < EDS n000 n099
        > EDS ack",
        names[..99].join(" "),
        names[1..99].join(" "),
    ));
}

#[test]
fn p71_p81_what_was_not_named_or_is_missing_withholds_nothing() {
    check(
        "sotw
        = 1 EDS a b x | RDS r s
        > EDS a missing
        < EDS a
        > EDS ack
        > EDS a missing b
        > EDS a missing b x
        < EDS b x
        > EDS ack
        > RDS r
        < RDS r
        > RDS ack",
    );
}

#[test]
fn p72_p73_a_name_that_comes_back_is_sent_again() {
    check(
        "sotw
        = 1 EDS a b
        > EDS a b
        < EDS a b
        > EDS a
        <
        > EDS a b
        < EDS b
        > EDS a                      // while the response is out
        > EDS a b
        < EDS b
        > EDS ack
        <",
    );
    check(
        "sotw
        = 1 CDS a b
        > CDS a b
        < CDS a b
        > CDS a
        <
        > CDS a b
        < CDS a b
        > CDS ack",
    );
}

#[test]
fn p74_dropping_a_name_is_answered_by_silence() {
    check(
        "sotw
        = 1 EDS a b | LDS a b
        > EDS a b
        < EDS a b
        > EDS a
        <
        > LDS a b
        < LDS a b
        > LDS b
        <
        = 2 EDS a b:2 | LDS a:2 b
        <",
    );
}

#[test]
fn p75_what_was_dropped_before_the_send_is_not_sent() {
    check(
        "sotw
        > EDS a b
        > EDS b
        = 1 EDS a b
        < EDS b
        > EDS ack
        = 2 EDS a:2 b:2
        > EDS a                      // the re-added a is sent, the dropped b is not
        < EDS a:2
        > EDS ack",
    );
}

#[test]
fn p76_p77_a_name_given_twice_is_one_and_order_means_nothing() {
    check(
        "sotw
        = 1 EDS a b
        > EDS b a b a
        * subscribed EDS 2 +2
        < EDS a b
        > EDS a a b
        *! subscribed
        <",
    );
}

#[test]
fn p78_p86_missing_endpoints_are_sent_once_they_exist() {
    check(
        "sotw
        = 1 EDS x
        > EDS a
        <
        settled 1
        = 2 EDS x a
        < EDS a
        > EDS ack
        = 3 EDS x
        <                            // a removal has no words in this type
        settled 3
        = 4 EDS x a
        < EDS a
        > EDS ack",
    );
}

/// An absent runtime layer is an empty one, on the first request and after a removal (S138).
#[test]
fn p186_an_absent_runtime_layer_is_sent_empty() {
    check(
        "sotw
        = 1 RTDS x
        > RTDS a x
        < RTDS @a x
        > RTDS ack
        = 2 RTDS x a
        < RTDS a
        > RTDS ack
        = 3 RTDS x
        < RTDS @a
        > RTDS ack
        settled 3
        delta
        2> RTDS +a
        2< RTDS -a
        2> RTDS ack",
    );
}

#[test]
fn p82_p143_streams_of_one_type_are_independent() {
    check(
        "sotw EDS
        sotw EDS
        delta EDS
        = 1 EDS a b
        > EDS a
        2> EDS b
        3> EDS +a +b
        < EDS a nonce=x
        2< EDS b
        3< EDS a b
        2> EDS ack
        = 2 EDS a:2 b:2
        <
        2< EDS b:2
        > EDS ack
        < EDS a:2
        3> EDS ack
        3< EDS a:2 b:2
        > EDS ack
        2> EDS ack
        3> EDS ack",
    );
}

#[test]
fn p84_clusters_bring_their_endpoints_once_more() {
    check(
        "sotw
        = 1 CDS a>a b>b c | EDS a b
        > CDS
        < CDS a b c
        > CDS ack
        > EDS a b
        < EDS a b
        > EDS ack
        = 2 CDS a:2>a b>b c:2
        < CDS a:2 b c:2
        < EDS a
        > CDS ack
        > EDS ack
        = 3 CDS a:2>a b>b c:2 d>b d2>zz | EDS a b e
        < CDS a:2 b c:2 d d2
        < EDS b
        > CDS ack
        > EDS ack
        settled 3",
    );
}

#[test]
fn p84_endpoints_written_before_the_clusters_do_not_count() {
    check(
        "sotw
        = 1 CDS a>a | EDS a
        > CDS
        < CDS a
        > CDS ack
        > EDS a
        < EDS a
        > EDS ack
        = 2 EDS a:2
        < EDS a:2
        = 3 CDS a:3>a
        < CDS a:3
        <
        > EDS ack                    // the one before
        < EDS a:2
        > EDS ack
        > CDS ack
        settled 3",
    );
}

#[test]
fn p84_on_separate_streams_nothing_is_known_of_the_other() {
    check(
        "sotw CDS
        sotw EDS
        = 1 CDS a>a | EDS a
        > CDS
        < CDS a
        > CDS ack
        2> EDS a
        2< EDS a
        2> EDS ack
        = 2 CDS a:2>a
        < CDS a:2
        2<
        > CDS ack
        2> EDS ack                   // Envoy asks again (P66)
        2< EDS a
        2> EDS ack",
    );
}

#[test]
fn p85_listeners_do_not_bring_their_routes() {
    check(
        "sotw
        = 1 LDS l | RDS r
        > LDS
        < LDS l
        > LDS ack
        > RDS r
        < RDS r
        > RDS ack
        = 2 LDS l:2
        < LDS l:2
        > LDS ack
        <
        > RDS ack
        < RDS r
        > RDS ack",
    );
}

#[test]
fn p120_names_and_aliases_select_the_same_once_and_in_the_same_order() {
    check(
        "sotw
        sotw
        = 1 LDS z~a1 b~a2
        > LDS b z
        < LDS b z v=$x
        > LDS ack
        2> LDS a1 a2 b
        2< LDS b z v=$x
        2> LDS ack
        = 2 LDS z~a1 b:2~a2
        < LDS b:2 z v=$y
        > LDS ack
        2< LDS b:2 z v=$y
        2> LDS ack",
    );
}
