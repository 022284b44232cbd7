//! Who comes back: after a blip, in the middle of a course, after a restart of this process.

use super::kit::{Kit, node, start, tokens};
use super::script::check;
use crate::delivery::{Delivery, Options};

#[test]
fn who_comes_back_in_mid_course_keeps_all_that_it_may_use() {
    for habit in ["", "separate", "delta", "separate delta real", "real"] {
        check(&format!(
            "options canary=off
             = c1 e:c1 r1>c1 l1>r1
             n1 comes {habit}
             n1 takes
             = c2 e:c2 r1:2>c2 l1>r1
             n1 takes CDS
             n1 leaves
             n1 comes
             n1 sees Make: c1 c2 e:c1 e:c2 l1>r1 r1>c1
             n1 takes
             n1 holds c2 e:c2 l1>r1 r1:2>c2
             timeout none"
        ));
    }
}

#[test]
fn who_comes_back_with_nothing_gets_the_newest_at_once() {
    check(
        "options canary=off
         = c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         = c2 r1:2>c2 l1>r1
         n1 leaves
         n1 forgets
         n1 comes
         n1 sees Last: c2 l1>r1 r1:2>c2",
    );
}

#[test]
fn after_a_restart_what_earlier_generations_had_is_offered_until_the_routes_are_new() {
    check(
        "options canary=off
         = c1 r1>c1 l1>r1
         n1 comes
         n1 takes
         = c2 r1:2>c2 l1>r1
         restart
         n1 comes
         n1 sees Make: c1 c2                                  // it says nothing of routes: who has some keeps them
         n1 takes
         n1 sees Linger: c1 c2 l1>r1 r1:2>c2                  // nor is it known what its connections use
         + 600s
         n1 takes
         n1 holds c2 l1>r1 r1:2>c2
         n1 sees Last: c2 l1>r1 r1:2>c2
         timeout none",
    );
}

#[test]
fn p139_a_lost_stream_of_clusters_proves_nothing() {
    check(
        "options canary=off
         = c1 r1>c1 l1>r1
         n1 comes separate
         n1 takes
         = c2 r1:2>c2 l1>r1
         n1 drops CDS
         n1 takes LDS
         n1 sees Make: c1 c2 l1>r1 r1>c1
         n1 comes
         n1 takes
         n1 holds c2 l1>r1 r1:2>c2
         timeout none",
    );
}

#[test]
fn p139_a_lost_stream_of_routes_proves_nothing() {
    check(
        "options canary=off
         = c1 r1>c1 l1>r1
         n1 comes separate
         n1 takes
         = c2 r1:2>c2 l1>r1
         n1 takes CDS
         n1 sees Switch: c1 c2 l1>r1 r1:2>c2
         n1 drops RDS
         n1 takes LDS
         n1 sees Switch: c1 c2 l1>r1 r1:2>c2
         n1 comes
         n1 takes
         n1 holds c2 l1>r1 r1:2>c2
         timeout none",
    );
}

/// The first of its streams to be opened again is one for new endpoints, which has nothing to say of what the node has.
#[test]
fn p139_whichever_stream_comes_back_first_what_the_node_has_stays() {
    let (mut kit, now) = (Kit::new(), start());
    let old = kit.generation(1, "c1 r1>c1 l1>r1");
    let good = kit.generation(2, "c2 r1:2>c2 l1>r1");
    let mut delivery = Delivery::new(Options::default());
    delivery.restore(good, vec![old], now);
    let node = node("n1");
    let shown = |delivery: &Delivery| tokens(&delivery.view(&node).unwrap().snapshot.unwrap()).join(" ");
    delivery.connect(&node, false, now);
    assert_eq!(shown(&delivery), "c2 l1>r1 r1:2>c2");
    delivery.connect(&node, true, now);
    assert_eq!(shown(&delivery), "c1 c2", "it says nothing of routes: the node keeps those that it has");
    assert_eq!(delivery.poll_view().unwrap().1.step, 2);
}
