//! Delta: what a client still has from an older stream (P102–P108, P259).

use super::script::check;

#[test]
fn p102_versions_in_later_requests_are_ignored() {
    check("delta\n = 1 EDS a\n > EDS +b\n < EDS -b\n > EDS ack\n > EDS +a irv=a\n < EDS a\n > EDS ack");
    check("delta\n = 1 CDS a b\n > CDS +a\n < CDS a\n > CDS ack irv=b,zz +*\n < CDS b\n > CDS ack");
}

#[test]
fn p103_p104_p105_only_the_difference_is_sent() {
    check(
        "delta
        = 1 CDS same changed:2 new
        > CDS irv=same,changed:1,deleted,foreign:?
        < CDS changed:2 new -deleted -foreign
        > CDS ack
        <",
    );
    check("delta\n = 1 CDS a\n > CDS irv=a:?\n < CDS a\n > CDS ack"); // P54
    check("delta\n > CDS irv=same,gone\n = 1 CDS same new\n < CDS new -gone\n > CDS ack");
}

#[test]
fn p103_named_subscriptions_too() {
    check(
        "delta
        = 1 CDS a b:2
        > CDS +a +b +gone irv=a,b:1,gone
        < CDS b:2 -gone
        > CDS ack
        <
        = 2 CDS a b:2 gone
        < CDS gone
        > CDS ack",
    );
}

#[test]
fn p106_named_endpoints_are_resent_clusters_are_not() {
    for short in ["EDS", "RDS", "SDS"] {
        check(&format!("delta\n = 1 {short} a\n > {short} +a irv=a\n < {short} a\n > {short} ack\n <"));
    }
    for short in ["CDS", "LDS"] {
        check(&format!("delta\n = 1 {short} a b\n > {short} +a irv=a\n < {short}\n > {short} ack\n <"));
    }
}

#[test]
fn p107_versions_do_not_subscribe() {
    check(
        "delta
        = 1 EDS a b
        > EDS +a irv=b:0,c
        < EDS a
        > EDS ack
        = 2 EDS a b:2 c:2
        <",
    );
}

#[test]
fn p108_p259_an_up_to_date_client_gets_one_empty_response() {
    check(
        "delta
        = 1 CDS a b
        > CDS irv=a,b
        < CDS
        > CDS ack
        <
        settled 1
        = 2 CDS a b:2
        < CDS b:2
        > CDS ack",
    );
    check("delta\n = 1 CDS\n > CDS\n < CDS\n > CDS ack\n <");
    check("delta\n = 1 CDS a\n > CDS +* +a irv=a\n < CDS\n > CDS ack\n <");
}

#[test]
fn p103_a_nack_of_the_difference_does_not_lose_what_was_there() {
    check(
        "delta
        = 1 CDS a b:2
        > CDS irv=a,b:1,c
        < CDS b:2 -c
        > CDS nack
        <
        = 2 CDS a b:3
        < CDS b:3 -c
        > CDS ack
        <",
    );
}

#[test]
fn p103_hosts_that_came_by_alias_are_removed_if_they_are_gone() {
    check(
        "delta VHDS
        = 1 VHDS r/v~r/a.com
        > VHDS +r/a.com +r/b.com irv=r/v,r/w
        < VHDS r/v ?r/b.com -r/w
        > VHDS ack
        <",
    );
}
