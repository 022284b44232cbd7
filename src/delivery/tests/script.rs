//! The script language of delivery tests.
//!
//! ```text
//! options staged=no stage=5s warm=500ms linger=10s silence=hold canary=one bake=0s ack=10s nack=rollback
//! = c1 e:c1 r1>c1 l1>r1      the next generation, from 1 (see `kit`)
//! n1 comes [separate] [delta] [lean] [real] [deaf]
//!                            a client, for the first time or again; it has what it had
//! n1 sees Make: c1 c2        what it is shown now, all of it, and the stage
//! n1 sees -                  nothing yet
//! n1 takes [CDS EDS]         all its streams look, send and are answered until nothing moves; or only these types
//! n1 looks                   its one stream looks and sends, and the client does not answer
//! n1 holds c1 c2             what it has accepted, all of it
//! n1 vetoes                  from now on it refuses whatever it has not accepted before
//! n1 leaves / n1 forgets / n1 drops LDS     its streams end; it has nothing any more; one stream ends
//! all take                   everyone, until nothing moves
//! all leave / all come       everyone, in one moment
//! + 500ms                    time passes, with all that is due on the way
//! restart                    another process takes over
//! pause / resume / promote / abort
//! ! tried 2 1 n1             the next notice; supersedings and promotions too
//! !                          no more notices
//! timeout 5s / timeout none  when something happens by time alone
//! ```
//! Steps that are not looked at may send and notice anything; the laws (`laws`) are looked after in all of them.

use super::client::Habit;
use super::kit::{CDS, Kit, SHORTS, duration, rollout, start, token, tokens};
use super::world::{World, word};
use crate::delivery::{Command, Options};

type Outcome = Result<(), String>;

/// Runs a script.
#[track_caller]
pub(super) fn check(script: &str) {
    let mut world = World::new(Kit::new(), Options::default(), start());
    world.tale = Some(Vec::new());
    for line in script.lines().map(|it| it.split("//").next().unwrap_or("").trim()).filter(|it| !it.is_empty()) {
        world.tell(|| line.to_owned());
        let outcome = step(&mut world, line).and_then(|()| world.laws.fault.take().map_or(Ok(()), Err));
        if let Err(fault) = outcome {
            panic!("at `{line}`: {fault}\n{}", world.tale.unwrap_or_default().join("\n"));
        }
    }
}

fn step(world: &mut World, line: &str) -> Outcome {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match verb {
        "options" => options(world, rest),
        "=" => world.publish(rest),
        "+" => world.pass(duration(rest)),
        "all" if rest == "leave" => (0..world.clients.len()).for_each(|it| world.leave(it)),
        "all" if rest == "come" => (0..world.clients.len()).for_each(|it| world.come(it)),
        "all" => return claim(world.calm(), &"no rest"),
        "restart" => world.restart(),
        "pause" => return claim(world.command(Command::Pause), &"no trial"),
        "resume" => return claim(world.command(Command::Resume), &"no trial"),
        "promote" => return claim(world.command(Command::Promote), &"no trial"),
        "abort" => return claim(world.command(Command::Abort), &"no trial"),
        "!" => {
            let next = if world.notices.is_empty() { String::new() } else { word(&world.notices.remove(0)) };
            return claim(next == rest, &next);
        }
        "timeout" => {
            let left = world.delivery.poll_timeout().map(|it| it - world.now);
            return claim(left == (rest != "none").then(|| duration(rest)), &left);
        }
        id => return act(world, id, rest),
    }
    Ok(())
}

fn options(world: &mut World, text: &str) {
    let options = &mut world.options;
    for option in text.split_whitespace() {
        match option.split_once('=') {
            Some(("staged", it)) => options.staged = it == "yes",
            Some(("stage", it)) => options.stage_timeout = duration(it),
            Some(("warm", it)) => options.warm_up = duration(it),
            Some(("linger", it)) => options.linger = duration(it),
            Some(("silence", it)) => options.silence_proceeds = it != "hold",
            _ => options.rollout = rollout(option).within(&options.rollout),
        }
    }
    world.delivery.options = options.clone();
}

fn act(world: &mut World, id: &str, rest: &str) -> Outcome {
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    if verb == "comes" {
        let says = |word: &str| rest.split_whitespace().any(|it| it == word);
        let habit = Habit {
            separate: says("separate"),
            delta: says("delta"),
            lean: says("lean"),
            real: says("real"),
            deaf: says("deaf"),
        };
        let client = world.client(id).unwrap_or_else(|| world.add(id, habit));
        world.come(client);
        return Ok(());
    }
    let client = world.client(id).ok_or("no such client")?;
    match verb {
        "takes" if rest.is_empty() => while world.converse(client) {},
        "takes" => rest.split_whitespace().for_each(|short| take(world, client, place(short))),
        "looks" => {
            // One stream for all: it sends what it can, and the client says nothing yet.
            world.look(client, 0);
            while world.send(client, 0) {}
        }
        "leaves" => world.leave(client),
        "vetoes" => world.clients[client].vetoes = true,
        "forgets" => world.clients[client].restart(),
        "drops" => world.close(client, place(rest)),
        "holds" => {
            let subs = world.clients[client].subs.iter().enumerate();
            let held: Vec<_> = subs.flat_map(|(at, sub)| sub.held.values().map(move |it| token(at, it))).collect();
            return claim(held.iter().eq(rest.split_whitespace().collect::<Vec<_>>().iter()), &held.join(" "));
        }
        "sees" => return sees(world, client, rest.trim()),
        _ => return Err("no such verb".into()),
    }
    Ok(())
}

/// All streams look, and then everything that moves is of one type.
fn take(world: &mut World, client: usize, at: usize) {
    let peer = world.clients[client].peer_of(at);
    (0..world.clients[client].peers.len()).for_each(|it| world.look(client, it));
    while world.send(client, peer) || world.answer(client, at) {}
}

fn place(short: &str) -> usize {
    SHORTS.iter().position(|it| *it == short).unwrap_or(CDS)
}

fn sees(world: &World, client: usize, rest: &str) -> Outcome {
    let node = &world.clients[client].node;
    let shown = world.delivery.view(node).and_then(|it| it.snapshot);
    let Some(shown) = shown else { return claim(rest == "-", &"nothing") };
    let stage = world.delivery.nodes.values().find(|it| it.node == *node).map(|it| it.course.stage());
    let got = format!("{:?}: {}", stage.unwrap_or_default(), tokens(&shown).join(" "));
    claim(got.trim() == rest, &got)
}

fn claim<T: std::fmt::Debug + ?Sized>(holds: bool, got: &T) -> Outcome {
    if holds { Ok(()) } else { Err(format!("got {got:?}")) }
}
