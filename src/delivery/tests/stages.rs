//! One node's way: make, switch, break.

use super::script::check;

#[test]
fn p131_p132_a_moved_route_makes_switches_and_breaks() {
    for habit in
        ["", "separate", "delta", "separate delta", "real", "separate real", "delta real", "separate delta real"]
    {
        check(&format!(
            "options canary=off
             = c1 e:c1 r1>c1 l1>r1
             n1 comes {habit}
             n1 takes
             n1 holds c1 e:c1 l1>r1 r1>c1
             timeout none
             = c2 e:c2 r1:2>c2 l1>r1
             n1 sees Make: c1 c2 e:c1 e:c2 l1>r1 r1>c1
             n1 takes CDS
             n1 sees Make: c1 c2 e:c1 e:c2 l1>r1 r1>c1     // its endpoints are still to come
             n1 takes EDS
             n1 sees Switch: c1 c2 e:c1 e:c2 l1>r1 r1:2>c2
             n1 takes RDS
             n1 sees Last: c2 e:c2 l1>r1 r1:2>c2
             n1 takes
             n1 holds c2 e:c2 l1>r1 r1:2>c2
             timeout none"
        ));
    }
}

#[test]
fn changes_that_need_no_stage_wait_for_none() {
    let check = |next: &str| {
        check(&format!(
            "options canary=off
             = c1 e:c1 c2 r1>c1 l1>r1
             n1 comes
             n1 takes
             = {next}
             n1 sees Last: {next}
             n1 takes
             timeout none"
        ));
    };
    check("c1 c2 e:c1:2 l1>r1 r1>c1"); // endpoints (P140)
    check("c1 c2 e:c1 l1>r1 r1:2>c2"); // to a cluster that is there
    check("c1 c2 c3 e:c1 l1>r1 r1>c1"); // a cluster that nothing uses
    check("c1:2 c2 e:c1 l1>r1 r1>c1"); // a changed cluster alone
    check("c1 e:c1 l1>r1 r1>c1"); // what nothing used
    check("c1 c2 e:c1 l1>r1 l2>c2 r1>c1"); // one more listener
}

#[test]
fn p140_endpoints_pass_at_once_in_every_stage() {
    check(
        "options canary=off warm=1s
         = c1 e:c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         = c1 e:c1 c2~ e:c2 r1>c2 l1:2>r1
         n1 sees Make: c1 c2~ e:c1 e:c2 l1>r1 r1>c1
         = c1 e:c1:2 c2~ e:c2 r1>c2 l1:2>r1
         n1 sees Make: c1 c2~ e:c1:2 e:c2 l1>r1 r1>c1
         n1 takes
         n1 sees Warm: c1 c2~ e:c1:2 e:c2 l1>r1 r1>c1
         = c1 e:c1:3 c2~ e:c2 r1>c2 l1:2>r1
         n1 sees Warm: c1 c2~ e:c1:3 e:c2 l1>r1 r1>c1
         n1 takes
         + 1s
         n1 sees Last: c1 c2~ e:c1:3 e:c2 l1:2>r1 r1>c2
         n1 takes
         = c2~ e:c2 r2>c2 l1:3>r2
         n1 takes
         n1 sees Linger: c2~ e:c2 l1:3>r2 r1>c2 r2>c2
         = c2~ e:c2:2 r2>c2 l1:3>r2
         n1 sees Linger: c2~ e:c2:2 l1:3>r2 r1>c2 r2>c2
         n1 takes
         + 600s
         n1 sees Last: c2~ e:c2:2 l1:3>r2 r2>c2
         n1 takes
         timeout none",
    );
}

#[test]
fn p137_a_newer_goal_restarts_the_course_with_all_that_may_be_in_use() {
    check(
        "options canary=off
         = c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         = c2 r1:2>c2 l1>r1
         n1 sees Make: c1 c2 l1>r1 r1>c1
         = c3 r1:3>c3 l1>r1
         n1 sees Make: c1 c2 c3 l1>r1 r1>c1
         n1 takes CDS
         n1 sees Switch: c1 c2 c3 l1>r1 r1:3>c3
         = c4 r1:4>c4 l1>r1
         n1 sees Make: c1 c2 c3 c4 l1>r1 r1:3>c3
         n1 takes
         n1 sees Last: c4 l1>r1 r1:4>c4",
    );
}

#[test]
fn p137_constant_change_does_not_hold_routes_for_longer_than_a_stage() {
    check(
        "options canary=off
         = c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         ! ended 1 Promoted { accepted: 0, silent: 0 }
         = c2 r1:2>c2 l1>r1
         ! ended 2 Promoted { accepted: 0, silent: 0 }
         + 3s
         = c3 r1:3>c3 l1>r1
         ! ended 3 Promoted { accepted: 0, silent: 0 }
         timeout 2s
         + 2s
         ! late 3 n1 Make
         n1 sees Switch: c1 c2 c3 l1>r1 r1:3>c3
         + 5s
         ! late 3 n1 Switch
         n1 sees Last: c3 l1>r1 r1:3>c3
         + 5s
         ! late 3 n1 Last
         timeout none",
    );
}

#[test]
fn p131_a_late_notice_says_what_is_missing() {
    check(
        "options canary=off stage=2s
         = c1 r1>c1 l1>r1
         ! ended 1 Promoted { accepted: 0, silent: 0 }
         n1 comes separate
         n1 takes
         = c1 c2 e:c2 r1>c1 r2>c2 l1>r1 l2>r2
         ! ended 2 Promoted { accepted: 0, silent: 0 }
         n1 takes CDS
         + 2s
         ! late 2 n1 Make EDS/c2
         n1 sees Last: c1 c2 e:c2 l1>r1 l2>r2 r1>c1 r2>c2
         n1 takes LDS
         + 2s
         ! late 2 n1 Last RDS/r2
         n1 takes
         ! arrived 2
         timeout none",
    );
}

#[test]
fn p134_what_is_refused_in_the_make_stops_the_course() {
    check(
        "options canary=off
         = c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         = c2! r1:2>c2 l1>r1
         n1 takes
         n1 sees Make: c1 c2! l1>r1 r1>c1
         n1 holds c1 l1>r1 r1>c1
         timeout none
         = c2 r1:2>c2 l1>r1
         n1 takes
         n1 holds c2 l1>r1 r1:2>c2",
    );
}

#[test]
fn what_is_refused_in_the_switch_keeps_what_it_would_have_replaced() {
    check(
        "options canary=off
         = c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         = c2 r1:2!>c2 l1>r1
         n1 takes
         n1 sees Switch: c1 c2 l1>r1 r1:2!>c2
         n1 holds c1 c2 l1>r1 r1>c1
         + 60s
         n1 sees Switch: c1 c2 l1>r1 r1:2!>c2
         timeout none
         = c2 r1:3>c2 l1>r1
         n1 takes
         n1 holds c2 l1>r1 r1:3>c2",
    );
}

#[test]
fn refusals_that_are_ignored_wait_for_the_rest_of_the_answer() {
    check(
        "options canary=off nack=ignore
         = c1 r1>c1 l1>r1
         n1 comes delta
         n1 takes
         = c1 c2 c3! r1:2>c2 l1>r1
         n1 takes CDS
         n1 sees Last: c1 c2 c3! l1>r1 r1:2>c2
         n1 takes
         n1 holds c1 c2 l1>r1 r1:2>c2",
    );
}

#[test]
fn p44_what_warms_unseen_gets_a_while() {
    check(
        "options canary=off warm=700ms
         = c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         = c2~ r1:2>c2 l1>r1
         n1 sees Make: c1 c2~ l1>r1 r1>c1
         n1 takes
         n1 sees Warm: c1 c2~ l1>r1 r1>c1
         timeout 700ms
         + 700ms
         n1 sees Switch: c1 c2~ l1>r1 r1:2>c2
         n1 takes
         n1 holds c2~ l1>r1 r1:2>c2",
    );
}

#[test]
fn what_a_changed_listener_used_stays_for_its_connections() {
    check(
        "options canary=off linger=10s
         = c1 c9 r1>c1 l1>r1
         n1 comes
         n1 takes
         = c2 c9 r2>c2 l1:2>r2
         n1 takes
         n1 sees Linger: c1 c2 c9 l1:2>r2 r1>c1 r2>c2
         + 4s
         = c2 r2>c2 l1:2>r2                                 // what it never used goes at once
         n1 sees Linger: c1 c2 l1:2>r2 r1>c1 r2>c2
         n1 takes
         timeout 6s
         + 6s
         n1 sees Last: c2 l1:2>r2 r2>c2",
    );
}

#[test]
fn a_new_label_alone_goes_out_at_once() {
    check(
        "options canary=off
         = [v=1] c1 r1>c1 l1>r1
         n1 comes real
         n1 takes
         = [v=2] c1 r1>c1 l1>r1
         n1 sees Last: c1 l1>r1 r1>c1
         n1 takes
         timeout none",
    );
}

#[test]
fn p131_who_asks_for_clusters_only_after_routes_is_not_waited_for() {
    check(
        "options canary=off
         = c1 e:c1 r1>c1 l1>r1
         n1 comes lean
         n1 takes
         n1 holds c1 e:c1 l1>r1 r1>c1
         = c2 e:c2 r1:2>c2 l1>r1
         n1 sees Make: c1 c2 e:c1 e:c2 l1>r1 r1>c1
         n1 takes CDS
         n1 sees Switch: c1 c2 e:c1 e:c2 l1>r1 r1:2>c2
         n1 takes
         n1 holds c2 e:c2 l1>r1 r1:2>c2
         n1 sees Last: c2 e:c2 l1>r1 r1:2>c2",
    );
}

#[test]
fn endpoints_and_secrets_go_after_the_cluster_that_held_on_to_them() {
    check(
        "options canary=off
         = c1 e:c1 r1>c1 l1>r1
         n1 comes separate delta
         n1 takes
         = c1:2 r1>c1 l1>r1
         n1 sees Make: c1:2 e:c1 l1>r1 r1>c1
         n1 takes CDS
         n1 sees Last: c1:2 l1>r1 r1>c1",
    );
}

#[test]
fn what_nobody_needs_any_more_is_not_waited_for() {
    check(
        "options canary=off
         = c1 r1>c1 l1>r1
         n1 comes separate
         n1 takes
         = c2 e:c2 c1 r1:2>c2 l1>r1
         n1 sees Make: c1 c2 e:c2 l1>r1 r1>c1
         = c2:2 c1 r1:2>c2 l1>r1                              // it asks for no endpoints any more
         n1 takes CDS
         n1 takes EDS
         n1 takes RDS
         n1 takes
         n1 holds c1 c2:2 l1>r1 r1:2>c2
         timeout none",
    );
}

#[test]
fn everything_at_once_makes_no_stages() {
    check(
        "options canary=off staged=no
         = c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         = c2 c3 r1>c1 l1>r1 c1
         n1 sees Last: c1 c2 c3 l1>r1 r1>c1",
    );
}
