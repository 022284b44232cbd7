//! What must not stop a rollout: mute nodes, lost connections, one node that refuses everything. And what must: a change
//! that crashes its canaries.

use super::script::check;
use super::trials::with_three;

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
