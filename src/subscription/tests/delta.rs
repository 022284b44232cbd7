//! Delta: subscriptions, ACKs, removals, aliases (group F).

use super::script::check;

#[test]
fn p87_a_first_request_without_names_is_a_wildcard_for_some_types() {
    check("delta\n = 1 CDS a b\n > CDS\n < CDS a b\n > CDS ack\n <");
    check("delta\n = 1 EDS a b\n > EDS\n < EDS\n > EDS ack\n <");
    check("delta\n = 1 CDS a b\n > CDS -a\n < CDS\n > CDS ack\n <"); // it only unsubscribes
    check("delta\n = 1 CDS a b\n > CDS +a\n < CDS a\n > CDS ack\n <");
}

/// Envoy's first request for virtual hosts names none, and its listener stays closed until there is an answer (P195).
#[test]
fn a_first_request_is_answered_though_it_names_nothing() {
    for short in ["RTDS", "SDS", "EDS", "ECDS", "RDS", "VHDS"] {
        for only in ["", short] {
            check(&format!("delta {only}\n = 1 {short} a b\n > {short}\n < {short}\n > {short} ack\n <"));
            check(&format!("delta {only}\n > {short}\n <\n = 1 {short} a\n < {short}\n > {short} ack\n <"));
            check(&format!(
                "delta {only}\n = 1 CDS c\n > {short}\n < {short}\n > {short} +a ack\n < {short} {}\n <",
                if short == "VHDS" { "?a" } else { "-a" }
            ));
        }
    }
}

/// Envoy hears an answer about virtual hosts only if it names one below a route configuration that it waits for.
#[test]
fn p195_each_route_configuration_gets_an_answer_about_its_virtual_hosts() {
    check(
        "delta
        = 1 RDS shops! plain other! | VHDS shops/a~shops/a.test
        > RDS +shops +plain
        < RDS shops plain
        > VHDS
        < VHDS ?shops/
        > VHDS ack
        > RDS ack
        <
        > RDS +other                 // Envoy asks for no virtual host of it
        < RDS other
        < VHDS ?other/
        > VHDS ack
        > RDS ack
        > VHDS +shops/a.test
        < VHDS shops/a
        > VHDS ack
        = 2 RDS shops:2! plain:2 other!
        < RDS shops:2 plain:2
        < VHDS ?shops/
        > VHDS ack
        > RDS ack
        settled 2",
    );
    // On a stream of its own nothing is known of the routes that the client has.
    check("delta VHDS\n = 1 RDS shops! plain | VHDS shops/a\n > VHDS\n < VHDS ?shops/\n > VHDS ack");
    check("delta VHDS\n > VHDS\n <\n = 1 RDS shops! plain | VHDS shops/a\n < VHDS ?shops/\n > VHDS ack");
}

/// As one Envoy does: a cluster that it knows warms until its endpoints come once more, until then it withholds the ACK
/// of the cluster, and it does not subscribe to endpoints again that it watches already.
#[test]
fn p84_p136_endpoints_follow_a_changed_cluster_before_its_ack() {
    let connected = "delta
        = 1 CDS a>a | EDS a a2 | LDS l | RDS r
        > CDS
        > LDS
        < CDS a
        < LDS l                      // what was asked for back to back is answered back to back
        > EDS +a
        < EDS a
        > EDS ack
        > CDS ack
        > RDS +r
        < RDS r
        > LDS ack
        > RDS ack
        settled 1
        ";
    // A setting of the cluster; cluster and endpoints at once; a new cluster with the endpoints of another.
    for (edit, clusters, endpoints) in
        [("CDS a:2>a", "a:2", "a"), ("CDS a:2>a | EDS a:2", "a:2", "a:2"), ("CDS a>a b>a", "b", "a")]
    {
        check(&format!(
            "{connected} = 2 {edit}\n < CDS {clusters}\n < EDS {endpoints}\n <\n > EDS ack\n > CDS ack\n settled 2"
        ));
    }
    // Another edit comes while the cluster warms: its endpoints do not wait for the ACK of the clusters.
    check(&format!(
        "{connected}
        = 2 CDS a:2>a
        < CDS a:2
        = 3 CDS a:3>a | EDS a:3 | LDS l:3
        < EDS a:3
        <                            // the listener waits for the clusters
        > EDS ack
        > CDS ack
        < CDS a:3
        < EDS a:3
        < LDS l:3                    // in the order of the wire that is enough
        > EDS ack
        > CDS ack
        > LDS ack
        settled 3"
    ));
}

#[test]
fn p88_from_wildcard_to_names_to_nothing() {
    check(
        "delta
        = 1 CDS a b
        > CDS
        < CDS a b
        > CDS ack
        > CDS +a
        < CDS a
        > CDS ack
        = 2 CDS a:2 b:2
        < CDS a:2 b:2
        > CDS ack
        > CDS -*
        <
        = 3 CDS a:3 b:3
        < CDS a:3
        > CDS ack
        > CDS -a
        <
        = 4 CDS a:4
        <",
    );
}

#[test]
fn p89_an_explicit_end_ends_the_legacy_wildcard() {
    check("delta\n = 1 CDS a\n > CDS\n < CDS a\n > CDS ack\n > CDS -*\n = 2 CDS a:2 b\n <");
}

#[test]
fn p90_p91_p92_a_nonce_only_correlates() {
    check(
        "delta
        = 1 EDS a b c
        > EDS +a
        < EDS a nonce=n1
        > EDS +b
        *! acked
        <                            // one at a time
        > EDS ack nonce=n1
        * acked EDS
        < EDS b
        > EDS +c nonce=n1
        * stale EDS
        > EDS +x nonce=whatever
        * unknown-nonce EDS
        > EDS ack
        < EDS c -x
        > EDS ack",
    );
}

#[test]
fn p94_a_name_asked_for_again_is_sent_again() {
    check(
        "delta
        = 1 EDS a
        > EDS +a +x
        < EDS a -x
        > EDS ack
        > EDS +a
        < EDS a
        > EDS ack
        > EDS +x
        < EDS -x
        > EDS ack
        > EDS +a                     // and once more while it is on its way
        < EDS a
        > EDS +a
        <
        > EDS ack
        < EDS a
        > EDS ack",
    );
}

#[test]
fn p95_p116_what_does_not_exist_is_told_and_watched() {
    check(
        "delta
        = 1 EDS
        > EDS +a
        < EDS -a
        > EDS ack
        <
        = 2 EDS a
        < EDS a
        > EDS ack
        = 3 EDS
        < EDS -a
        > EDS ack
        <
        = 4 EDS a
        < EDS a
        > EDS ack",
    );
}

#[test]
fn p96_after_an_unsubscribe_nothing_comes() {
    check(
        "delta
        = 1 EDS a b
        > EDS +a +b
        < EDS a b
        > EDS ack
        > EDS -a
        <
        = 2 EDS a:2 b
        <
        = 3 EDS b
        <
        = 4 EDS
        < EDS -b
        > EDS ack",
    );
}

#[test]
fn p97_an_unsubscribe_under_a_wildcard_is_answered() {
    check(
        "delta
        = 1 CDS a b
        > CDS +* +a +x
        < CDS a b -x
        > CDS ack
        > CDS -a
        < CDS a
        > CDS ack
        > CDS -x
        < CDS -x
        > CDS ack
        > CDS -b                     // was never subscribed by name (P98)
        <",
    );
}

#[test]
fn p98_unsubscribe_comes_first() {
    check(
        "delta
        = 1 EDS a b
        > EDS +a
        < EDS a
        > EDS ack
        > EDS -phantom
        <
        > EDS +a -a
        < EDS a
        > EDS ack
        = 2 EDS a:2
        < EDS a:2
        > EDS ack",
    );
    check("delta\n = 1 CDS a b\n > CDS\n < CDS a b\n > CDS ack\n > CDS +* -*\n < CDS a b\n > CDS ack\n <");
}

#[test]
fn p99_sent_is_not_held() {
    check(
        "delta
        = 1 EDS a b
        > EDS +a
        < EDS a
        = 2 EDS a:2
        <
        > EDS nack
        < EDS a:2
        > EDS ack
        <",
    );
}

#[test]
fn p113_no_name_is_twice_in_a_response() {
    check(
        "delta
        = 1 CDS a b
        > CDS +* +a +b +a
        < CDS a b
        > CDS ack
        = 2 CDS b:2
        > CDS +a +b
        < CDS -a b:2
        > CDS ack
        <",
    );
}

#[test]
fn p114_a_removal_is_sent_once_and_only_to_who_has_it() {
    check(
        "delta
        = 1 CDS a b
        > CDS +a
        < CDS a
        > CDS ack
        = 2 CDS
        < CDS -a
        > CDS ack
        <
        = 3 CDS b
        <
        = 4 CDS
        <",
    );
    check("delta\n = 1 CDS a b\n > CDS\n < CDS a b\n > CDS ack\n > CDS +a -*\n < CDS a\n > CDS ack\n <");
}

#[test]
fn p115_removed_and_created_between_two_sends() {
    check(
        "delta
        = 1 EDS a
        > EDS +a
        < EDS a
        > EDS ack
        = 2 EDS
        = 3 EDS a:3
        < EDS a:3
        > EDS ack
        = 4 EDS
        < EDS -a
        = 5 EDS a:3
        <
        > EDS ack
        < EDS a:3
        > EDS ack",
    );
}

#[test]
fn p117_a_push_holds_only_what_changed() {
    check(
        "delta
        = 1 CDS a b c d
        > CDS
        < CDS a b c d
        > CDS ack
        = 2 CDS a b:2 d e
        < CDS b:2 e -c
        > CDS ack
        settled 2",
    );
}

#[test]
fn p119_many_small_requests_are_answered_together() {
    check(
        "delta
        = 1 EDS a b c d
        > EDS +a
        > EDS +b
        > EDS +c
        > EDS -b
        < EDS a c
        > EDS +d
        > EDS +b
        <
        > EDS ack
        < EDS b d
        > EDS ack",
    );
}

#[test]
fn p119_ten_thousand_requests_cost_by_their_names() {
    let names: Vec<String> = (0..10_000).map(|it| format!("c{it}")).collect();
    let requests: String = names.iter().map(|it| format!("> EDS +{it}\n")).collect();
    let all = names.join(" ");
    check(&format!("delta\n = 1 EDS {all}\n {requests} < EDS {all}\n > EDS ack\n <"));
}

#[test]
fn p120_an_alias_gets_the_resource_under_its_name() {
    check(
        "delta VHDS
        = 1 VHDS r/v~r/a.com,r/b.com
        > VHDS +r/a.com
        < VHDS r/v
        > VHDS ack
        > VHDS +r/b.com              // by another alias it is the same resource, once
        < VHDS r/v
        > VHDS ack
        = 2 VHDS r/v:2~r/a.com,r/b.com
        < VHDS r/v:2
        > VHDS ack
        > VHDS -r/a.com
        <
        = 3 VHDS r/v:3~r/a.com,r/b.com
        < VHDS r/v:3
        > VHDS ack
        = 4 VHDS r/v:3~r/a.com       // it lost the alias that is left
        < VHDS -r/v
        > VHDS ack
        = 5 VHDS r/v:3~r/a.com r/w~r/b.com
        < VHDS r/w
        > VHDS ack
        = 6 VHDS r/v:3~r/a.com
        < VHDS -r/w
        > VHDS ack
        > VHDS -r/b.com
        <
        settled 6",
    );
}

#[test]
fn p121_p126_an_unknown_alias_is_answered_without_a_body_and_watched() {
    check(
        "delta VHDS
        = 1 VHDS
        > VHDS +r/a.com
        < VHDS ?r/a.com
        > VHDS ack
        > VHDS +r/a.com
        < VHDS ?r/a.com
        > VHDS ack
        = 2 VHDS r/v~r/a.com
        < VHDS r/v
        > VHDS ack",
    );
    check("delta\n = 1 RDS r\n > RDS +x\n < RDS -x\n > RDS ack");
}

#[test]
fn p123_clusters_on_demand() {
    check(
        "delta
        = 1 CDS a>a b>b | EDS a b
        > CDS +nowhere
        < CDS -nowhere
        > CDS ack
        > EDS +a
        < EDS a
        > EDS ack
        > CDS +a
        < CDS a
        < EDS a                      // P84
        > CDS ack
        > EDS ack",
    );
}

#[test]
fn p124_a_wildcard_with_names_keeps_the_names() {
    check(
        "delta
        = 1 CDS a
        > CDS
        < CDS a
        > CDS ack
        > CDS +later
        < CDS -later
        > CDS ack
        = 2 CDS a later
        < CDS later
        > CDS ack
        > CDS -*
        = 3 CDS a:3 later:3
        < CDS later:3
        > CDS ack",
    );
}

#[test]
fn p84_in_delta_too() {
    check(
        "delta
        = 1 CDS a>a b>b | EDS a b
        > CDS
        < CDS a b
        > CDS ack
        > EDS +a +b
        < EDS a b
        > EDS ack
        = 2 CDS a:2>a b>b
        < CDS a:2
        < EDS a
        > EDS ack
        > CDS ack
        = 3 CDS a:3>gone
        < CDS a:3 -b
        > CDS ack
        <",
    );
}

#[test]
fn p125_endpoints_of_a_removed_cluster_go_after_it() {
    check(
        "delta
        = 1 CDS a>a | EDS a
        > CDS
        < CDS a
        > CDS ack
        > EDS +a
        < EDS a
        > EDS ack
        = 2 CDS | EDS
        < CDS -a
        < EDS -a
        > CDS ack
        > EDS ack",
    );
}

#[test]
fn p65_delta_a_wildcard_after_names_brings_what_is_lacking() {
    check(
        "delta
        = 1 EDS a b
        > EDS +a
        < EDS a
        > EDS +*
        <
        > EDS ack
        < EDS b
        > EDS ack
        > EDS -*
        > EDS +b
        < EDS b
        > EDS ack
        = 2 EDS a:2 b:2
        < EDS a:2 b:2
        > EDS ack",
    );
}

#[test]
fn p121_a_name_asked_for_after_the_send_is_not_held_by_its_ack() {
    check(
        "delta VHDS
        = 1 VHDS r/a r/x
        > VHDS +r/a
        < VHDS r/a
        > VHDS +r/x
        = 2 VHDS r/a
        > VHDS ack
        < VHDS ?r/x
        > VHDS ack",
    );
}

#[test]
fn p65_what_is_still_unread_when_a_wildcard_begins_is_not_left_behind() {
    check(
        "delta
        = 1 RDS a b
        > RDS +b
        < RDS b
        = 2 RDS a
        > RDS -b +c
        > RDS +* -c                  // and now the client reads b
        <
        > RDS ack
        < RDS a -b -c
        > RDS ack",
    );
}

/// The set's version informs, and decides nothing: a label alone makes no delta response.
#[test]
fn p111_the_system_version_is_the_sets() {
    check(
        "delta
        = 1 CDS@one a b
        > CDS
        < CDS a b v=one
        > CDS ack
        = 2 CDS@two a b
        <
        = 3 CDS@three a b:2
        < CDS b:2 v=three
        > CDS ack version=whatever
        <",
    );
}
