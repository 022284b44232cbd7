//! Random sets with bad resources in them, and clients that refuse whatever holds one (P101).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::dice::Dice;
use super::script::{kind, name_of, read, resource, start};
use crate::resource::{Node, ResourceType};
use crate::snapshot::{Snapshot, TypeSet};
use crate::subscription::*;

/// A client that refuses whatever has something bad in it, and perhaps says what; and what it was sent.
struct Refuser {
    stream: Stream,
    kind: ResourceType,
    protocol: Protocol,
    bad: BTreeSet<String>,
    /// In delta: the whole state of SotW is not searched.
    wildcard: bool,
    /// In percent.
    talks: usize,
    held: BTreeMap<String, String>,
    events: Vec<Event>,
    responses: usize,
}

impl Refuser {
    fn ask(&mut self, names: &BTreeSet<String>, nonce: String, error: Option<Refusal>) {
        let body = match self.protocol {
            Protocol::Sotw => {
                let names: Vec<String> = names.iter().cloned().collect();
                Body::Sotw { version_info: String::new(), names: names.into() }
            }
            Protocol::Delta => {
                let wanted = if self.wildcard { vec!["*".to_owned()] } else { names.iter().cloned().collect() };
                let subscribe = if nonce.is_empty() { wanted } else { Vec::new() };
                Body::Delta { subscribe, unsubscribe: vec![], initial_versions: [].into() }
            }
        };
        let node = Some(Node { id: "n1".into(), ..Node::default() });
        let request = Request { type_url: self.kind.url().into(), node, nonce, error, body };
        self.events.extend(self.stream.handle_request(request, start()).unwrap());
    }

    /// Takes and answers all that comes.
    fn run(&mut self, names: &BTreeSet<String>, dice: &mut Dice) {
        while let Some(response) = self.stream.poll_response(start()) {
            self.responses += 1;
            let items = read(self.protocol, &response).unwrap();
            let bad: Vec<&str> = items.iter().map(|it| name_of(it)).filter(|it| self.bad.contains(*it)).collect();
            let error = (!bad.is_empty()).then(|| {
                let named = bad.iter().filter(|_| dice.chance(self.talks)).map(|it| format!("{it}: oh"));
                Refusal { code: 13, message: named.collect::<Vec<_>>().join(", ") }
            });
            if error.is_none() {
                self.held.extend(items.iter().map(|it| (name_of(it).to_owned(), it.clone())));
            }
            assert!(self.stream.settled().is_none());
            self.ask(names, response.nonce, error);
        }
    }
}

#[test]
fn p101_p30_all_good_ones_are_held_and_all_bad_ones_found_within_bounds() {
    for seed in 0..600 {
        let mut dice = Dice(seed);
        let protocol = [Protocol::Sotw, Protocol::Delta][dice.below(2)];
        let kind = kind("EDS").unwrap();
        let names: BTreeSet<String> = (0..2 + dice.below(60)).map(|it| format!("e{it:02}")).collect();
        let percent = [1, 5, 20, 100][dice.below(4)];
        let bad: BTreeSet<String> = names.iter().filter(|_| dice.chance(percent)).cloned().collect();
        let max_isolation = [1, 8, 64, 1_000][dice.below(4)];
        let max_response = if dice.chance(30) { 400 } else { 1 << 20 };
        let limits =
            Limits { max_isolation, max_response, isolation_bound: Duration::from_secs(3_600), ..Limits::default() };
        let label = dice.chance(30).then(|| "label".into());
        let view = |generation, content: &str| {
            let resources = names.iter().map(|it| resource(&kind, &format!("{it}:{content}"))).collect();
            Snapshot::new(generation, [TypeSet::new(kind.clone(), resources, label.clone()).into()])
        };
        let stream = Stream::new(1, protocol, Scope::Aggregated, limits);
        let (held, talks) = (BTreeMap::new(), [0, 0, 50][dice.below(3)]);
        let bad_left = bad.clone();
        let (wildcard, events, responses) = (dice.chance(50), Vec::new(), 0);
        let mut client =
            Refuser { stream, kind: kind.clone(), protocol, bad, wildcard, talks, held, events, responses };
        client.stream.handle_view(view(1, "1").into());
        client.ask(&names, String::new(), None);
        client.run(&names, &mut dice);
        let what =
            format!("seed {seed}: {protocol:?}, {} bad of {}, at most {max_isolation}", bad_left.len(), names.len());

        // Each portion may begin a search.
        let portions = if max_response == 400 { names.len() } else { 1 };
        let bound = portions * (1 + max_isolation.min(2 * names.len())) + 1;
        assert!(client.responses <= bound, "{what}: {} responses", client.responses);
        assert_eq!(client.stream.settled(), Some(1), "{what}");
        assert_eq!(client.stream.refused(), !bad_left.is_empty(), "{what}");
        let begun = client.events.iter().any(|it| matches!(it, Event::Isolating { .. }));
        let told = client.events.iter().filter_map(|it| match it {
            Event::Refused { names, .. } => Some(names.iter().map(ToString::to_string)),
            _ => None,
        });
        let told: BTreeSet<String> = told.flatten().collect();
        if talks == 0 && max_isolation == 1_000 {
            let good: BTreeSet<&String> = names.difference(&bad_left).collect();
            assert_eq!(client.held.keys().collect::<BTreeSet<_>>(), good, "{what}");
            assert_eq!(told, bad_left, "{what}");
            assert!(begun || bad_left.is_empty() || portions > 1, "{what}");
        }
        assert_eq!(told.is_empty(), bad_left.is_empty(), "{what}");

        // Nothing comes of the same once more; of a change, all that is good.
        let responses = client.responses;
        client.stream.handle_view(view(2, "1").into());
        client.run(&names, &mut dice);
        assert_eq!(client.responses, responses, "{what}: resent");
        client.bad.clear();
        client.stream.handle_view(view(3, "3").into());
        client.run(&names, &mut dice);
        assert_eq!(client.held.len(), names.len(), "{what}");
        assert!(client.held.values().all(|it| it.ends_with(":3")), "{what}");
        assert_eq!((client.stream.settled(), client.stream.refused()), (Some(3), false), "{what}");
    }
}
