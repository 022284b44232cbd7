//! From what a user asks for to the pages about it, or to what is near.

use prost_reflect::DescriptorPool;

use super::names::{self, Named};
use super::page::{Page, Row};
use super::{comments, envoy, simple, story};
use crate::compile::simple::Object;
use crate::resource::descriptors;
use crate::spec::{codes, did_you_mean};

/// The longest question that is looked into.
const LONGEST: usize = 400;

/// How many near names are shown.
const NEAR: usize = 6;

/// What there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Pages: our own language's before Envoy's.
    Pages(Vec<Page>),
    /// Nothing is called that: what is missing where, and names that are near.
    Unknown {
        /// `Cluster has no field lbpolici`.
        reason: String,
        /// What may have been meant, to be asked for as it stands.
        near: Vec<String>,
    },
}

/// The deepest failure so far.
#[derive(Debug, Default)]
struct Failure {
    depth: usize,
    reason: String,
    near: Vec<String>,
}

/// Everything about a field, key, message, enum or extension, by its path with dots.
pub fn explain(topic: &str) -> Answer {
    let topic = topic.trim().trim_matches('.');
    if topic.is_empty() || topic.len() > LONGEST {
        return Answer::Unknown { reason: "this is no name".to_owned(), near: Vec::new() };
    }
    if story::is_code(topic) {
        return story::page(topic).map_or_else(|| unknown_code(topic), |it| Answer::Pages(vec![it]));
    }
    // Indexes, as in messages about a place, mean nothing here.
    let path: String = topic.split('[').map(|it| it.split_once(']').map_or(it, |it| it.1)).collect();
    let words: Vec<&str> = path.split('.').filter(|it| !it.is_empty()).collect();
    let pool = descriptors();
    let mut failure = Failure::default();
    let mut pages = Vec::new();
    pages.extend(of_simple(&pool, topic, &words, &mut failure));
    pages.extend(of_envoy(&pool, topic, &words, &mut failure));
    if !pages.is_empty() {
        return Answer::Pages(pages);
    }
    if failure.depth == 0 {
        failure.reason = format!("nothing is called `{}`", words.first().copied().unwrap_or_default());
        failure.near = near_names(&pool, &words);
    }
    Answer::Unknown { reason: failure.reason, near: failure.near }
}

fn unknown_code(topic: &str) -> Answer {
    let near = did_you_mean(topic, codes::all().map(|it| it.code)).map(str::to_owned);
    Answer::Unknown { reason: format!("there is no code `{topic}`"), near: near.into_iter().collect() }
}

fn of_simple(pool: &DescriptorPool, topic: &str, words: &[&str], failure: &mut Failure) -> Option<Page> {
    let (first, rest) = words.split_first()?;
    for object in simple::named(first) {
        match simple::Subject::follow(object, rest) {
            Ok(simple::Subject::Envoy(message, depth)) => {
                let found = Named::Message(pool.get_message_by_name(message)?);
                match envoy::Subject::follow(found, &rest[depth..]) {
                    Ok(subject) => return Some(subject.page(topic)),
                    Err(stuck) => failure.envoy(&words[..=depth], &rest[depth..], &stuck),
                }
            }
            Ok(subject) => return subject.page(topic),
            Err(Some(stuck)) => failure.simple(words, &stuck),
            Err(None) => {}
        }
    }
    None
}

fn of_envoy(pool: &DescriptorPool, topic: &str, words: &[&str], failure: &mut Failure) -> Option<Page> {
    // Full names first: they mean one thing only, and are quickly found.
    let splits = || (1..=words.len()).rev();
    let exact = splits().map(|split| (split, names::exact(pool, &words[..split].join("."))));
    let tail = splits().map(|split| (split, names::tail(pool, &words[..split].join("."))));
    let short = words.iter().take(1).map(|it| (1, names::short(pool, it)));
    for (split, found) in exact.chain(tail).chain(short) {
        let rest = &words[split..];
        for (index, candidate) in found.iter().enumerate() {
            match envoy::Subject::follow(candidate.clone(), rest) {
                Ok(subject) => {
                    let mut page = subject.page(topic);
                    if rest.is_empty() {
                        also(&found, index, &mut page);
                    }
                    return Some(page);
                }
                Err(stuck) => failure.envoy(&words[..split], rest, &stuck),
            }
        }
    }
    None
}

/// Names the others that the name may mean.
fn also(found: &[Named], taken: usize, page: &mut Page) {
    let others = found.iter().enumerate().filter(|it| it.0 != taken).take(NEAR);
    let row = |it: &Named| Row { name: it.full_name().to_owned(), kind: String::new(), line: String::new() };
    page.section("others of that name", others.map(|it| row(it.1)).collect());
}

impl Failure {
    fn simple(&mut self, words: &[&str], stuck: &simple::Stuck) {
        let depth = stuck.depth + 1;
        let Some(word) = words.get(depth) else { return };
        let keys: Vec<&str> = stuck.at.keys().map(|it| it.name).collect();
        let near = names::near(word, keys.iter().copied(), NEAR);
        self.offer(depth, format!("{} has no key `{word}`", stuck.at.name), &words[..depth], near);
    }

    fn envoy(&mut self, before: &[&str], rest: &[&str], stuck: &envoy::Stuck) {
        let Some(word) = rest.get(stuck.depth) else { return };
        let known = stuck.at.words();
        let near = names::near(word, known.iter().map(String::as_str), NEAR);
        let path: Vec<&str> = before.iter().chain(&rest[..stuck.depth]).copied().collect();
        let what = if known.is_empty() { "nothing below it" } else { "no field" };
        let word = if known.is_empty() { String::new() } else { format!(" `{word}`") };
        self.offer(path.len(), format!("`{}` has {what}{word}", stuck.at.name()), &path, near);
    }

    /// Keeps what was found deepest; of equals, the first, with the near names of all.
    fn offer(&mut self, depth: usize, reason: String, path: &[&str], near: Vec<&str>) {
        if depth < self.depth {
            return;
        }
        if depth > self.depth {
            *self = Self { depth, reason, near: Vec::new() };
        }
        for word in near {
            let full = format!("{}.{word}", path.join("."));
            if self.near.len() < NEAR && !self.near.contains(&full) {
                self.near.push(full);
            }
        }
    }
}

/// Names near one that is unknown: objects, messages, extensions, and fields that are called so.
fn near_names(pool: &DescriptorPool, words: &[&str]) -> Vec<String> {
    let whole = words.join(".");
    let first = words.first().copied().unwrap_or_default();
    let objects = simple::objects();
    let mut near: Vec<String> = keys_called(first, &objects);
    let snakes: Vec<String> = names::SHORT.iter().map(|it| it.0.to_owned()).chain(messages(pool)).collect();
    let words_of_ours: Vec<String> = objects.iter().map(|it| simple::word(it)).chain(snakes).collect();
    near.extend(names::near(first, words_of_ours.iter().map(String::as_str), 4).into_iter().map(str::to_owned));
    if words.len() > 1 {
        let extensions: Vec<&str> = comments::extensions().map(|it| it.0).collect();
        near.extend(did_you_mean(&whole, extensions.iter().copied()).map(str::to_owned));
        let full: Vec<_> = pool.all_messages().map(|it| it.full_name().to_owned()).collect();
        near.extend(did_you_mean(&whole, full.iter().map(String::as_str)).map(str::to_owned));
    }
    near.extend(fields_called(pool, first));
    let mut seen = Vec::new();
    near.retain(|it| {
        !seen.contains(it) && {
            seen.push(it.clone());
            true
        }
    });
    near.truncate(NEAR);
    near
}

/// Short names of Envoy's own messages.
fn messages(pool: &DescriptorPool) -> impl Iterator<Item = String> {
    let own = |name: &str| name.starts_with("envoy.config.") || name.starts_with("envoy.extensions.");
    pool.all_messages().filter(move |it| own(it.full_name()) && !it.is_map_entry()).map(|it| names::snake(it.name()))
}

/// Keys of the simple spec that are called so.
fn keys_called(word: &str, objects: &[&'static Object]) -> Vec<String> {
    let plain = names::squashed(word);
    let keys = objects.iter().flat_map(|it| it.keys.iter().map(move |key| (simple::word(it), key.name)));
    keys.filter(|it| names::squashed(it.1) == plain).map(|(object, key)| format!("{object}.{key}")).take(3).collect()
}

/// Fields of Envoy's configuration that are called so.
fn fields_called(pool: &DescriptorPool, word: &str) -> Vec<String> {
    let plain = names::squashed(word);
    let of_config = |name: &str| name.starts_with("envoy.config.") || name.starts_with("envoy.extensions.");
    let fields =
        pool.all_messages().filter(|it| of_config(it.full_name())).flat_map(|it| it.fields().collect::<Vec<_>>());
    let called = fields.filter(|it| names::squashed(it.name()) == plain);
    called.map(|it| format!("{}.{}", it.parent_message().name(), it.name())).take(3).collect()
}
