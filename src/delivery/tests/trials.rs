//! A generation's way through the fleet.

use super::script::check;

/// Three nodes, of which n1 has been there longest, have the first generation.
const THREE: &str = "
    = c1 r1>c1 l1>r1
    ! ended 1 Promoted { accepted: 0, silent: 0 }
    n1 comes
    n1 takes
    + 1s
    n2 comes
    n2 takes
    + 1s
    n3 comes
    n3 takes
";

fn with_three(options: &str, script: &str) {
    check(&format!("{options}\n{THREE}\n{script}"));
}

#[test]
fn the_steadiest_tries_it_and_then_everyone_gets_it() {
    with_three(
        "",
        "= c2 r1:2>c2 l1>r1
         ! tried 2 1 n1
         n1 sees Make: c1 c2 l1>r1 r1>c1
         n2 sees Last: c1 l1>r1 r1>c1
         n1 takes
         ! ended 2 Promoted { accepted: 1, silent: 0 }
         n2 sees Make: c1 c2 l1>r1 r1>c1
         all take
         n3 holds c2 l1>r1 r1:2>c2
         timeout none",
    );
}

#[test]
fn one_refusal_takes_all_back_and_newcomers_get_the_last_good() {
    with_three(
        "",
        "= c2 r1:2!>c2 l1>r1
         ! tried 2 1 n1
         n1 takes
         ! nacked 2 n1 RDS r1
         ! ended 2 RolledBack
         all take
         n1 holds c1 l1>r1 r1>c1
         n4 comes
         n4 sees Last: c1 l1>r1 r1>c1
         all take
         !
         timeout none",
    );
}

#[test]
fn a_share_and_named_nodes_try_it() {
    with_three("options canary=50%", "= c1:2 r1>c1 l1>r1\n! tried 2 1 n1 n2");
    with_three("options canary=n3", "= c1:2 r1>c1 l1>r1\n! tried 2 1 n3");
    with_three("options canary=x*", "= c1:2 r1>c1 l1>r1\n! tried 2 1 n1");
    with_three("", "= [canary=n2] c1:2 r1>c1 l1>r1\n! tried 2 1 n2");
    with_three("options canary=off", "= c1:2 r1>c1 l1>r1\n! ended 2 Promoted { accepted: 0, silent: 0 }");
}

#[test]
fn all_groups_have_to_pass_and_one_refusal_takes_back_all() {
    let groups = "= [a*] c1 | [b*] c2
                  ! ended 1 Promoted { accepted: 0, silent: 0 }
                  a1 comes
                  b1 comes
                  all take
                  + 1s";
    check(&format!(
        "{groups}
         = [a*] c1:2 | [b*] c2:2
         a1 takes
         a1 sees Last: c1:2
         b1 takes
         + 0s
         timeout none"
    ));
    check(&format!(
        "{groups}
         = [a*] c1:2 | [b*] c2:2!
         a1 takes
         b1 takes
         all take
         a1 holds c1
         b1 holds c2"
    ));
}

#[test]
fn it_bakes_before_it_goes_on_and_endpoints_pass_meanwhile() {
    with_three(
        "options bake=30s",
        "= c2 e:c2 c1 r1:2>c2 l1>r1
         ! tried 2 1 n1
         n1 takes
         timeout 30s
         + 20s
         = c2 e:c2:2 c1 r1:2>c2 l1>r1
         ! ended 2 Superseded
         n1 sees Last: c1 c2 e:c2:2 l1>r1 r1:2>c2
         n1 takes
         timeout 10s                                          // what was found out still holds
         + 10s
         ! ended 3 Promoted { accepted: 1, silent: 0 }",
    );
}

#[test]
fn p140_endpoints_pass_a_trial_and_a_pause_but_not_with_their_cluster() {
    check(
        "= c1 e:c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         + 1s
         n2 comes
         n2 takes
         = c1 e:c1 r1:2>c1 l1>r1
         = c1 e:c1:2 r1:2>c1 l1>r1
         n2 sees Last: c1 e:c1:2 l1>r1 r1>c1
         pause
         = c1 e:c1:3 r1:2>c1 l1>r1
         n2 sees Last: c1 e:c1:3 l1>r1 r1>c1
         = c1:2 e:c1:4 r1:2>c1 l1>r1
         n2 sees Last: c1 e:c1 l1>r1 r1>c1",
    );
}

#[test]
fn who_says_nothing_is_replaced_by_twice_as_many_and_silence_is_no_refusal() {
    let silent = "= c1:2 r1>c1 l1>r1
                  ! tried 2 1 n1
                  + 10s
                  ! late 2 n1 Last
                  ! silent 2 n1 n3
                  ! tried 2 1 n2
                  + 10s
                  ! late 2 n2 Last
                  ! late 2 n3 Last
                  ! silent 2 n2 -
                  ! silent 2 n3 -";
    with_three("", &format!("{silent}\n! ended 2 Promoted {{ accepted: 0, silent: 3 }}\nall take\ntimeout none"));
    with_three(
        "options silence=hold",
        &format!("{silent}\n!\ntimeout none\nn1 takes\n! ended 2 Promoted {{ accepted: 1, silent: 2 }}"),
    );
}

/// One generation, and so many nodes that have it: n1 has been there longest.
fn with_many(nodes: usize, options: &str, script: &str) {
    let come = |it: usize| format!("n{it} comes\nn{it} takes\n+ 1s\n");
    let come: String = (1..=nodes).map(come).collect();
    check(&format!("{options}\n= c1 r1>c1 l1>r1\n! ended 1 Promoted {{ accepted: 0, silent: 0 }}\n{come}\n{script}"));
}

/// However many nodes have fallen mute: the search ends after three times `ack_timeout`, and after the first silence
/// those are asked that said something last.
#[test]
fn the_search_for_a_canary_has_an_end() {
    with_many(
        12,
        "",
        "= c1:2 r1>c1 l1>r1
         ! tried 2 1 n1
         + 10s
         ! late 2 n1 Last
         ! silent 2 n1 n12
         ! tried 2 1 n11
         n12 takes
         ! ended 2 Promoted { accepted: 1, silent: 1 }",
    );
    let mute = "= c1:2 r1>c1 l1>r1
                + 10s
                + 10s
                timeout 5s                                    // of a stage
                + 9s
                n12 sees Last: c1:2 l1>r1 r1>c1
                n5 sees Last: c1 l1>r1 r1>c1
                + 1s";
    with_many(12, "", &format!("{mute}\nn5 sees Last: c1:2 l1>r1 r1>c1"));
    // Who comes later can be asked too.
    with_many(
        12,
        "options silence=hold",
        &format!(
            "{mute}
             n5 sees Last: c1 l1>r1 r1>c1
             timeout none
             n13 comes
             n13 takes
             n5 sees Last: c1 l1>r1 r1>c1
             all take
             n5 sees Last: c1:2 l1>r1 r1>c1"
        ),
    );
}

#[test]
fn a_canary_that_leaves_is_replaced_after_a_moment_and_one_that_comes_back_goes_on() {
    with_three(
        "",
        "= c1:2 r1>c1 l1>r1
         ! tried 2 1 n1
         n1 leaves
         ! lost 2 n1
         !
         timeout 2s
         + 2s
         ! tried 2 1 n2",
    );
    with_three(
        "options bake=30s",
        "= c1:2 r1>c1 l1>r1
         ! tried 2 1 n1
         n1 takes
         + 20s
         n1 leaves
         + 1s
         n1 comes
         ! lost 2 n1
         ! returned 2 n1
         all take
         n1 sees Last: c1:2 l1>r1 r1>c1
         + 8s
         n2 sees Last: c1 l1>r1 r1>c1
         !
         + 1s
         ! ended 2 Promoted { accepted: 1, silent: 0 }",
    );
    check(
        "options bake=30s
         = c1
         ! ended 1 Promoted { accepted: 0, silent: 0 }
         n1 comes
         n1 takes
         = c1:2
         ! tried 2 1 n1
         n1 takes
         + 20s
         n1 leaves                                            // did it crash?
         ! lost 2 n1
         + 59s
         !
         + 1s
         ! ended 2 Promoted { accepted: 0, silent: 0 }",
    );
}

#[test]
fn what_crashes_one_canary_after_the_other_is_given_to_nobody_else() {
    with_many(
        4,
        "options bake=60s",
        "= c1:2 r1>c1 l1>r1
         ! tried 2 1 n1
         n1 leaves
         n1 forgets
         n1 comes
         n1 takes
         ! lost 2 n1
         + 2s
         ! tried 2 1 n2
         n2 takes
         + 20s
         n2 leaves
         ! lost 2 n2
         + 2s
         ! tried 2 1 n3
         n3 leaves
         ! lost 2 n3
         + 2s
         ! stopped 2 3
         n4 sees Last: c1 l1>r1 r1>c1
         n1 sees Last: c1 l1>r1 r1>c1
         timeout none
         + 600s
         !
         n3 comes                                             // has what it had: it did not crash
         ! returned 2 n3
         n3 takes
         + 60s
         ! ended 2 Promoted { accepted: 1, silent: 0 }",
    );
}

/// With no other to compare with, only who comes back with nothing has crashed.
#[test]
fn a_node_that_is_alone_stops_a_trial_by_crashing_and_not_by_losing_its_connection() {
    let alone = "options bake=60s
                 = c1
                 n1 comes
                 n1 takes
                 = c1:2
                 n1 takes";
    let round = |how: &str| format!("n1 leaves\n{how}\n+ 5s\nn1 comes\n+ 1s\nn1 takes\n+ 1s\nn1 takes\n");
    check(&format!("{alone}\n{}\nn1 sees Last: c1:2\n+ 60s\ntimeout none", round("").repeat(9)));
    check(&format!("{alone}\n{}\nn1 sees Last: c1\n+ 600s\ntimeout none", round("n1 forgets").repeat(3)));
}

/// A load balancer restarts in mid-trial: the fleet comes back, and the trial goes on.
#[test]
fn a_reconnect_of_everyone_stops_nothing() {
    for options in ["", "options bake=30s", "options canary=50%", "options canary=100%", "options bake=30s canary=50%"]
    {
        for away in ["", "+ 1s", "+ 5s", "+ 40s"] {
            for takes in ["", "n1 takes"] {
                let trip = format!("{takes}\nall leave\n{away}\nall come\nall take\n+ 1s\n");
                let trips = trip.repeat(5);
                with_many(
                    7,
                    options,
                    &format!(
                        "= c1:2 r1>c1 l1>r1
                         {trips}
                         all take
                         + 30s
                         all take
                         + 30s
                         all take
                         n7 sees Last: c1:2 l1>r1 r1>c1
                         timeout none"
                    ),
                );
            }
        }
    }
}

/// The same, while the Envoys are restarted too, and while they are replaced one after the other.
#[test]
fn nor_does_a_restart_of_everyone() {
    with_many(
        7,
        "options bake=30s",
        "= c1:2 r1>c1 l1>r1
         n1 takes
         all leave
         n1 forgets
         n2 forgets
         n3 forgets
         + 5s
         all come
         all take
         all leave
         n1 forgets
         n4 forgets
         + 5s
         all come
         all take
         all leave
         n1 forgets
         n2 forgets
         n5 forgets
         + 5s
         all come
         all take
         + 30s
         all take
         n7 sees Last: c1:2 l1>r1 r1>c1",
    );
}

/// It refuses every change, and accepts what it gets back.
#[test]
fn a_node_that_refuses_everything_costs_one_change_and_no_more() {
    with_three(
        "",
        "n1 vetoes
         = c1:2 r1>c1 l1>r1
         ! tried 2 1 n1
         all take
         ! nacked 2 n1 CDS c1
         ! ended 2 RolledBack
         n1 holds c1 l1>r1 r1>c1
         = c1:3 r1>c1 l1>r1
         ! tried 3 1 n2
         all take
         ! ended 3 Promoted { accepted: 1, silent: 0 }
         ! nacked 3 n1 CDS c1
         n3 holds c1:3 l1>r1 r1>c1
         n1 holds c1 l1>r1 r1>c1
         + 600s
         = c1:4 r1>c1 l1>r1
         ! tried 4 1 n2
         all take
         ! ended 4 Promoted { accepted: 1, silent: 0 }",
    );
}

/// It is the one that `rollout:` names, and others accepted what it refused.
#[test]
fn who_refused_what_others_accepted_is_not_believed_alone() {
    with_three(
        "",
        "options canary=n2
             = c1:2 r1>c1 l1>r1
             ! tried 2 1 n2
             n2 takes
             ! ended 2 Promoted { accepted: 1, silent: 0 }
             all take
             ! arrived 2
             n2 vetoes
             options canary=n3
             = c1:3 r1>c1 l1>r1
             ! tried 3 1 n3
             all take
             ! ended 3 Promoted { accepted: 1, silent: 0 }
             options canary=n2
             = c1:4 r1>c1 l1>r1
             n2 takes
             ! nacked 3 n2 CDS c1
             ! tried 4 1 n2
             ! nacked 4 n2 CDS c1
             ! doubted 4 n2
             ! tried 4 1 n1
             ! nacked 3 n2 CDS c1                                 // it gets that back, and refuses it once more
             all take
             ! ended 4 Promoted { accepted: 1, silent: 0 }
             n1 holds c1:4 l1>r1 r1>c1
             n2 holds c1:2 l1>r1 r1>c1",
    );
}
#[test]
fn with_nobody_there_it_is_good_at_once() {
    check("= c1\n! ended 1 Promoted { accepted: 0, silent: 0 }\n= c2\n! ended 2 Promoted { accepted: 0, silent: 0 }");
}

#[test]
fn a_newer_generation_is_tried_by_the_same_nodes() {
    with_three(
        "",
        "= c1:2 r1>c1 l1>r1
         ! tried 2 1 n1
         = c1:3 r1>c1 l1>r1
         ! ended 2 Superseded
         !
         n2 sees Last: c1 l1>r1 r1>c1
         n1 takes
         ! ended 3 Promoted { accepted: 1, silent: 0 }",
    );
}

#[test]
fn a_refusal_under_hold_waits_for_somebody_and_nobody_else_gets_it() {
    with_three(
        "options nack=hold",
        "= c1:2! r1>c1 l1>r1
         ! tried 2 1 n1
         n1 takes
         ! nacked 2 n1 CDS c1
         timeout none
         + 60s
         n3 leaves
         n3 comes
         all take
         n2 sees Last: c1 l1>r1 r1>c1
         !
         abort
         ! ended 2 Aborted
         all take
         n1 holds c1 l1>r1 r1>c1",
    );
}

#[test]
fn a_refusal_under_ignore_is_told_and_it_goes_on() {
    with_three(
        "options nack=ignore",
        "= c1:2! r1>c1 l1>r1
         ! tried 2 1 n1
         n1 takes
         ! nacked 2 n1 CDS c1
         ! ended 2 Promoted { accepted: 1, silent: 0 }",
    );
}

/// A client on its first stream that accepts listeners and clusters, and asks for none of their routes and endpoints.
#[test]
fn a_canary_has_asked_for_what_its_resources_need() {
    let two = "= c1 e:c1 r1>c1 l1>r1
               ! ended 1 Promoted { accepted: 0, silent: 0 }
               n1 comes deaf
               n1 takes
               + 1s
               n2 comes deaf
               n2 takes";
    // Nothing of this change is what n1 asks for.
    check(&format!(
        "{two}
         = c1 e:c1 r1:2>c1 l1>r1
         ! tried 2 1 n1
         n1 takes
         + 9s
         n2 sees Last: c1 e:c1 l1>r1 r1>c1
         + 1s
         n2 sees Last: c1 e:c1 l1>r1 r1:2>c1
         + 10s
         timeout none"
    ));
    // Nor does it pass because its stages go on without it.
    check(&format!(
        "options ack=30s stage=1s
         {two}
         = c2 e:c2 r1:2>c2 l1>r1
         n1 takes
         + 1s
         n1 takes
         + 1s
         n1 takes
         n1 sees Last: c2 e:c2 l1>r1 r1:2>c2
         n2 sees Last: c1 e:c1 l1>r1 r1>c1"
    ));
}

#[test]
fn operators_pause_and_go_on() {
    with_three(
        "",
        "= c1:2 r1>c1 l1>r1
         ! tried 2 1 n1
         pause
         n1 takes
         + 60s
         !
         n2 sees Last: c1 l1>r1 r1>c1
         resume
         ! ended 2 Promoted { accepted: 1, silent: 0 }",
    );
    with_three("", "= c1:2 r1>c1 l1>r1\n! tried 2 1 n1\npromote\n! ended 2 Promoted { accepted: 0, silent: 0 }");
    with_three(
        "",
        "= c1:2 r1>c1 l1>r1
         ! tried 2 1 n1
         pause
         + 60s                                                // nobody is silent in a pause
         ! late 2 n1 Last
         resume
         !
         timeout 10s",
    );
}

#[test]
fn what_the_trial_before_brought_and_this_one_brings_too_is_refused_at_once() {
    with_three(
        "options nack=hold",
        "= c1:2! r1>c1 l1>r1
         ! tried 2 1 n1
         n1 takes
         ! nacked 2 n1 CDS c1
         = c1:2! r1>c1 l1:2>r1
         ! ended 2 Superseded
         n1 takes
         n1 sees Make: c1:2! l1>r1 r1>c1
         timeout none",
    );
}

#[test]
fn a_late_refusal_of_what_is_gone_says_nothing_of_what_mends_it() {
    with_three(
        "",
        "= c1 r1:2!>c1 l1>r1
         ! tried 2 1 n1
         n1 looks
         = c1 c2 r1:3>c2 l1>r1
         ! ended 2 Superseded
         n1 takes
         ! nacked 2 n1 RDS r1
         ! ended 3 Promoted { accepted: 1, silent: 0 }",
    );
}

#[test]
fn a_group_that_bakes_rings_no_bell_for_one_that_waits() {
    check(
        "options bake=1s silence=hold
         = [a*] c1 | [b*] c2
         ! ended 1 Promoted { accepted: 0, silent: 0 }
         a1 comes
         b1 comes
         all take
         = [a*] c1:2 | [b*] c2:2
         a1 takes
         + 5s                                                 // the law: the clock never rings again at once
         + 60s
         timeout none",
    );
}
