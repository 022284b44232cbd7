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

pub(super) fn with_three(options: &str, script: &str) {
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
