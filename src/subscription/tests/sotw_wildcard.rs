//! State of the world: wildcards and names (group D).

use super::script::check;

#[test]
fn p57_p62_a_first_request_without_names_is_a_wildcard_for_some_types() {
    for short in ["CDS", "LDS", "SRDS"] {
        check(&format!("sotw\n = 1 {short} a b\n > {short}\n < {short} a b\n > {short} ack"));
    }
    for short in ["EDS", "RDS", "SDS", "RTDS", "ECDS"] {
        check(&format!("sotw\n = 1 {short} a b\n > {short}\n <\n > {short} a\n < {short} a\n > {short} ack"));
    }
}

#[test]
fn p58_a_star_is_no_name() {
    check(
        "sotw
        = 1 EDS a b | CDS c
        > EDS *
        < EDS a b
        > EDS ack
        = 2 EDS a b:2
        < EDS a b:2                  // a wildcard makes any type full-state (P67)
        > EDS ack
        > CDS *
        < CDS c
        > CDS ack",
    );
}

#[test]
fn p59_p60_p61_from_wildcard_to_names_to_nothing() {
    check(
        "sotw
        = 1 LDS a b
        > LDS
        < LDS a b
        > LDS * a
        < LDS a b                    // each once
        > LDS a
        <
        = 2 LDS a b:2
        <
        = 3 LDS a:3 b:2
        < LDS a:3
        > LDS
        = 4 LDS a:4 b:2
        <
        > LDS                        // still nothing: a wildcard needs its name now
        <
        > LDS *
        < LDS a:4 b:2
        > LDS ack",
    );
}

#[test]
fn p63_grpc_never_means_a_wildcard() {
    check(
        "sotw
        node g agent=gRPC-Go
        = 1 LDS a
        > LDS
        <
        > LDS a
        < LDS a
        > LDS ack",
    );
    check("delta\n node g agent=grpc-java\n = 1 LDS a\n > LDS\n < LDS\n > LDS ack");
}

#[test]
fn p64_a_new_stream_has_no_history() {
    check(
        "sotw
        = 1 CDS a
        > CDS a
        < CDS a
        > CDS
        <
        sotw
        2> CDS
        2< CDS a
        2> CDS ack",
    );
}

#[test]
fn p65_names_outlive_the_wildcard_and_what_came_by_it_is_forgotten() {
    check(
        "sotw
        = 1 EDS a b
        > EDS *
        < EDS a b
        > EDS * a
        < EDS a b
        > EDS a
        <
        > EDS a b
        < EDS b
        > EDS *
        < EDS a b
        > EDS ack
        <",
    );
}

#[test]
fn p65_a_wildcard_that_begins_while_a_response_is_out() {
    check(
        "sotw
        = 1 EDS a b
        > EDS a
        < EDS a nonce=n1
        > EDS * nonce=
        <
        > EDS * nonce=n1
        < EDS a b
        > EDS ack",
    );
}
