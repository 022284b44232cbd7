//! What became of each generation: the book that whoever waits for one reads.
//!
//! A fold over notices, with the wall clock as an argument. Answers for: how the last generations ended, and who refused
//! what of them. Leaves to others: where a refused resource is written (`app` finds it), the form (`admin`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::notice::{Ending, Nack, Notice};
use crate::resource::{ResourceType, Version};

/// How many generations are kept.
const ENTRIES: usize = 100;
/// How many refusals of one generation are kept: a hundred nodes say the same.
const REFUSALS: usize = 5;
/// How many names of one refusal are kept.
const NAMES: usize = 10;
/// How much of a client's words is kept, in characters.
const WORDS: usize = 1024;
/// How much of a diagnostic is kept, in characters.
const DIAGNOSTIC: usize = 4096;

/// The last generations, the newest last.
#[derive(Debug, Default)]
pub struct Book {
    entries: VecDeque<Entry>,
}

/// One generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub generation: u64,
    /// The hash of its resources.
    pub version: Version,
    /// When it was published, in milliseconds since 1970.
    pub at: u64,
    /// How its trial ended, and when; none while it is on trial.
    pub ending: Option<(Ending, u64)>,
    /// Who refused what of it, the first few.
    pub refusals: Vec<Refused>,
    /// How many refusals came after those.
    pub more: u64,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The node's id.
    pub node: String,
    /// The type.
    pub kind: ResourceType,
    /// The resources, the first few.
    pub names: Vec<Arc<str>>,
    /// The client's words: untrusted.
    pub message: String,
    /// `file:line` of the resource, once it is known.
    pub place: Option<String>,
    /// The whole diagnostic as text for people, once it is known.
    pub diagnostic: Option<String>,
}

impl Book {
    /// A generation is published. Must come before what is told of it.
    pub fn published(&mut self, generation: u64, version: Version, at: u64) {
        self.entries.retain(|it| it.generation != generation);
        let entry = Entry { generation, version, at, ending: None, refusals: Vec::new(), more: 0 };
        self.entries.push_back(entry);
        if self.entries.len() > ENTRIES {
            self.entries.pop_front();
        }
    }

    /// Takes in a notice. What is told of a generation that is not here any more is dropped.
    pub fn tell(&mut self, notice: &Notice, now: u64) {
        match notice {
            Notice::Ended { generation, ending } => {
                if let Some(entry) = self.entry(*generation) {
                    entry.ending = Some((ending.clone(), now));
                }
            }
            Notice::Nacked { generation, nack } => {
                if let Some(entry) = self.entry(*generation) {
                    entry.refuse(nack);
                }
            }
            Notice::Tried { .. }
            | Notice::Silent { .. }
            | Notice::Lost { .. }
            | Notice::Returned { .. }
            | Notice::Stopped { .. }
            | Notice::Doubted { .. }
            | Notice::Retried
            | Notice::Arrived { .. }
            | Notice::Late { .. } => {}
        }
    }

    /// Adds to the refusals that say this where the resource is written, and the diagnostic to show.
    pub fn place(&mut self, generation: u64, nack: &Nack, place: Option<&str>, diagnostic: &str) {
        let Some(entry) = self.entry(generation) else { return };
        let message = cut(&nack.message, WORDS);
        for it in entry.refusals.iter_mut().filter(|it| it.kind == nack.kind && it.message == message) {
            it.place = place.map(str::to_owned);
            it.diagnostic = Some(cut(diagnostic, DIAGNOSTIC));
        }
    }

    /// The generations, the oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    fn entry(&mut self, generation: u64) -> Option<&mut Entry> {
        self.entries.iter_mut().rev().find(|it| it.generation == generation)
    }
}

impl Entry {
    /// Takes in a refusal, unless the same node has said the same already: it was sent the same once more.
    fn refuse(&mut self, nack: &Nack) {
        let message = cut(&nack.message, WORDS);
        let is_same = |it: &Refused| it.node == nack.node.id && it.kind == nack.kind && it.message == message;
        if self.refusals.iter().any(is_same) {
            return;
        }
        if self.refusals.len() >= REFUSALS {
            self.more += 1;
            return;
        }
        let known = self.refusals.iter().find(|it| it.kind == nack.kind && it.message == message);
        let (place, diagnostic) = known.map_or((None, None), |it| (it.place.clone(), it.diagnostic.clone()));
        self.refusals.push(Refused {
            node: nack.node.id.clone(),
            kind: nack.kind.clone(),
            names: nack.names.iter().take(NAMES).cloned().collect(),
            message,
            place,
            diagnostic,
        });
    }
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Node;

    fn nack(node: &str, message: &str) -> Nack {
        let node = Arc::new(Node { id: node.to_owned(), ..Node::default() });
        let kind = ResourceType::from_short("CDS").unwrap();
        Nack { node, kind, names: vec!["a".into()], message: message.to_owned() }
    }

    fn book(generations: u64) -> Book {
        let mut book = Book::default();
        (1..=generations).for_each(|it| book.published(it, Version::of([]), it));
        book
    }

    #[test]
    fn a_generation_is_on_trial_until_its_end_is_told() {
        let mut book = book(2);
        assert!(book.entries().all(|it| it.ending.is_none()));
        book.tell(&Notice::Ended { generation: 2, ending: Ending::Aborted }, 7);
        book.tell(&Notice::Ended { generation: 9, ending: Ending::Aborted }, 8);
        let endings: Vec<_> = book.entries().map(|it| it.ending.clone()).collect();
        assert_eq!(endings, [None, Some((Ending::Aborted, 7))]);
    }

    #[test]
    fn a_refusal_and_its_place_come_in_any_order() {
        let mut book = book(1);
        book.tell(&Notice::Nacked { generation: 1, nack: nack("a", "no") }, 1);
        book.place(1, &nack("a", "no"), Some("a.yaml:3"), "error: no");
        book.tell(&Notice::Nacked { generation: 1, nack: nack("b", "no") }, 2);
        book.tell(&Notice::Nacked { generation: 1, nack: nack("c", "never") }, 2);
        let entry = book.entries().next().unwrap();
        let told: Vec<_> = entry.refusals.iter().map(|it| (&*it.node, it.place.as_deref())).collect();
        assert_eq!(told, [("a", Some("a.yaml:3")), ("b", Some("a.yaml:3")), ("c", None)]);
    }

    #[test]
    fn the_same_refusal_is_kept_once() {
        let mut book = book(1);
        for it in [nack("a", "no"), nack("a", "no"), nack("b", "no"), nack("a", "never"), nack("a", "no")] {
            book.tell(&Notice::Nacked { generation: 1, nack: it }, 1);
        }
        let entry = book.entries().next().unwrap();
        let told: Vec<_> = entry.refusals.iter().map(|it| (&*it.node, &*it.message)).collect();
        assert_eq!((told, entry.more), (vec![("a", "no"), ("b", "no"), ("a", "never")], 0));
    }

    #[test]
    fn whatever_clients_do_it_stays_small() {
        let mut book = book(1000);
        assert_eq!(book.entries().map(|it| it.generation).collect::<Vec<_>>(), (901..=1000).collect::<Vec<_>>());
        for at in 0..100 {
            let mut nack = nack(&at.to_string(), &"x".repeat(100_000));
            nack.names = vec!["n".into(); 1000];
            book.tell(&Notice::Nacked { generation: 1000, nack }, 1);
        }
        let last = book.entries().next_back().unwrap();
        assert_eq!((last.refusals.len(), last.more), (5, 95));
        assert!(last.refusals.iter().all(|it| it.names.len() == 10 && it.message.len() == 1024));
    }
}
