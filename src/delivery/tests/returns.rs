//! Who comes back: after a blip, in the middle of a course, after a restart of this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::kit::{CDS, Kit, kind, node, start, tokens};
use super::script::check;
use crate::delivery::{Delivery, Left, Options, Standing};
use crate::resource::{Node, Version};
use crate::snapshot::{Claim, Generation};

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
    delivery.restore(good, Left { shown: vec![old], ..Left::default() }, now);
    let node = node("n1");
    delivery.connect(&node, &Claim::Nothing, now);
    assert_eq!(shown(&delivery, &node), "c2 l1>r1 r1:2>c2");
    delivery.connect(&node, &Claim::Something, now);
    assert_eq!(shown(&delivery, &node), "c1 c2", "it says nothing of routes: the node keeps those that it has");
    assert_eq!(delivery.poll_view().unwrap().1.step, 2);
}

/// A delivery after a restart: what is good now, and what was before or on trial, by generations 1 and 2.
fn restored() -> (Delivery, Arc<Node>, [Version; 3]) {
    let (mut kit, mut delivery) = (Kit::new(), Delivery::new(Options::default()));
    let others = vec![kit.generation(1, "c1 r1>c1 l1>r1"), kit.generation(2, "c2 c3 r1:3>c3 l1>r1")];
    let good = kit.generation(3, "c2 r1:2>c2 l1>r1");
    let refused = vec![kit.generation(4, "c4 r1:4>c4 l1!>r1")];
    let clusters = |it: &Arc<Generation>| it.select(&node("n1")).snapshot().unwrap().set(&kind(CDS)).unwrap().version();
    let versions = [&others[0], &others[1], &good].map(clusters);
    delivery.restore(good, Left { shown: others, refused }, start());
    (delivery, node("n1"), versions)
}

fn shown(delivery: &Delivery, node: &Node) -> String {
    tokens(&delivery.view(node).unwrap().snapshot.unwrap()).join(" ")
}

/// Who says what clusters it has keeps those, and is given no others for nothing.
#[test]
fn p53_p102_who_tells_its_clusters_after_a_restart_is_offered_no_others() {
    let (_, _, versions) = restored();
    let version = |at: usize| Claim::Version(versions[at].to_string());
    let mixture = |at: usize, names: &[&str]| {
        let hashes = names.iter().map(|it| format!("+{:08x}", Version::of([it.as_bytes()]).short()));
        Claim::Version(format!("{}/{}{}", versions[0], versions[at], hashes.collect::<String>()))
    };
    let names = |names: &[&str]| Claim::Names(names.iter().map(|it| ((*it).to_owned(), String::new())).collect());
    for (claim, expected) in [
        (Claim::Something, "c1 c2 c3"),
        (version(0), "c1 c2"),
        (version(1), "c2 c3"),
        (version(2), "c2"),
        // In the middle of a change.
        (mixture(2, &["c1"]), "c1 c2"),
        (mixture(0, &["c3", "c9"]), "c1 c2 c3"),
        (mixture(2, &["c4"]), "c2 c4"),
        // Nothing of ours.
        (Claim::Version("v17".into()), "c1 c2 c3"),
        (names(&["c1", "c9"]), "c1 c2"),
        (names(&["c2"]), "c2"),
        (names(&["c2", "c4"]), "c2 c4"),
    ] {
        let (mut delivery, node, _) = restored();
        delivery.connect(&node, &claim, start());
        assert_eq!(shown(&delivery, &node), expected, "{claim:?}");
    }
}

/// While clusters wait for their endpoints Envoy asks for no clusters, and then last of all.
#[test]
fn who_tells_its_clusters_late_is_offered_no_others_and_is_waited_for() {
    let (mut delivery, node, versions) = restored();
    let stream = delivery.connect(&node, &Claim::Something, start());
    let report = |asks_for_all: bool, delivery: &mut Delivery, now: Instant| {
        let step = delivery.view(&node).unwrap().step;
        let (settled, asks_for_all) = ([true; 2], [asks_for_all, true]);
        delivery.report(
            stream,
            Standing { step, settled, asks_for_all, asks_for_routes: true, ..Standing::default() },
            now,
        );
    };
    report(false, &mut delivery, start());
    let later = start() + Duration::from_secs(16);
    delivery.elapse(later);
    assert_eq!(shown(&delivery, &node), "c1 c2 c3", "no route before it has said that it has the clusters");
    delivery.claim(stream, &Claim::Version(versions[2].to_string()), later);
    assert_eq!(shown(&delivery, &node), "c2");
    report(true, &mut delivery, later);
    assert_eq!(shown(&delivery, &node), "c2 l1>r1 r1:2>c2");
    // One that never asks for clusters is not waited for for ever.
    let (mut delivery, node, _) = restored();
    delivery.connect(&node, &Claim::Something, start());
    delivery.elapse(start() + Duration::from_secs(20));
    assert_eq!(shown(&delivery, &node), "c1 c2 c3 l1>r1 r1:2>c2");
}

#[test]
fn what_was_before_a_restart_is_forgotten_after_a_while() {
    for (later, expected) in [(299, "c1 c2 c3"), (300, "c2 l1>r1 r1:2>c2")] {
        let (mut delivery, node, _) = restored();
        delivery.connect(&node, &Claim::Something, start() + Duration::from_secs(later));
        assert_eq!(shown(&delivery, &node), expected);
    }
}

/// Two clients of one node id, of which each tells something else.
#[test]
fn two_of_one_node_keep_what_either_tells() {
    let (mut delivery, node, versions) = restored();
    for (at, expected) in [(1, "c2 c3"), (0, "c1 c2 c3"), (2, "c1 c2 c3")] {
        delivery.connect(&node, &Claim::Version(versions[at].to_string()), start());
        assert_eq!(shown(&delivery, &node), expected);
    }
}

/// What is on trial here, and was good where the node comes from.
#[test]
fn who_has_what_is_on_trial_keeps_it() {
    for (with_state, by_name) in [(false, false), (true, false), (false, true)] {
        let mut kit = Kit::new();
        let (good, next) = (kit.generation(1, "c1 r1>c1 l1>r1"), kit.generation(2, "c2 r1:2>c2 l1>r1"));
        let of = |it: &Arc<Generation>, id: &str| it.select(&node(id)).snapshot().unwrap();
        let version = of(&next, "n2").set(&kind(CDS)).unwrap().version();
        let mut delivery = Delivery::new(Options::default());
        if with_state {
            delivery.restore(good, Left::default(), start());
        } else {
            delivery.publish(good, start());
        }
        delivery.connect(&node("n1"), &Claim::Nothing, start());
        delivery.publish(next, start());
        let names = Claim::Names([("c2".to_owned(), String::new())].into());
        let claim = if by_name { names } else { Claim::Version(version.to_string()) };
        delivery.connect(&node("n2"), &claim, start());
        assert_eq!(shown(&delivery, &node("n2")), "c1 c2", "{with_state} {by_name}");
        delivery.connect(&node("n3"), &Claim::Something, start());
        assert_eq!(shown(&delivery, &node("n3")), "c1", "{with_state} {by_name}: nothing of what it may not have");
    }
}
