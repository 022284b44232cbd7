//! The last good content of everything, and what follows from a new look at it. A pure fold.
//!
//! Answers for: the rule of `mod.rs`, by which a fault takes nothing out of service and a removal does. Leaves to
//! others: what good means beyond not being blank or unreadable (`spec` and `check` keep their own last good version).

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use super::fault::{Fault, Service};
use super::names::reason_to_skip_file;
use super::observer::{Observation, Seen};
use crate::spec::{Diagnostic, RawFile};

type Contents = BTreeMap<Arc<str>, Arc<[u8]>>;

/// The last good content, source by source.
#[derive(Debug, Default)]
pub(super) struct Memory {
    last: BTreeMap<Arc<str>, Contents>,
    /// Whether the looks are those of a command, which serves nothing.
    serves_nothing: bool,
}

impl Memory {
    /// For the one look of a command.
    pub(super) fn of_a_command() -> Self {
        Self { serves_nothing: true, ..Self::default() }
    }

    /// Takes these as the last good content of the sources: as if they had been seen, each in the first that it lies in.
    pub(super) fn remember(&mut self, sources: &[Arc<str>], files: &[RawFile]) {
        for file in files {
            let Some(source) = sources.iter().find(|it| Path::new(&*file.name).starts_with(&***it)) else { continue };
            self.last.entry(source.clone()).or_default().insert(file.name.clone(), file.content.clone());
        }
    }

    /// Takes a look in: the files now in service in the order of their names, and what was wrong.
    pub(super) fn accept(&mut self, observation: &Observation) -> (Vec<RawFile>, Vec<Diagnostic>) {
        let mut files: BTreeMap<Arc<str>, RawFile> = BTreeMap::new();
        let mut faults = Vec::new();
        for seen in observation {
            let last = self.last.remove(&seen.source).unwrap_or_default();
            let good = fold(last, seen, self.serves_nothing, &mut faults);
            for (name, content) in &good {
                let file = || RawFile { name: name.clone(), content: content.clone(), named: *name == seen.source };
                files.entry(name.clone()).or_insert_with(file);
            }
            self.last.insert(seen.source.clone(), good);
        }
        (files.into_values().collect(), faults)
    }
}

/// What of a source is good now, given what was good last.
fn fold(last: Contents, seen: &Seen, serves_nothing: bool, faults: &mut Vec<Diagnostic>) -> Contents {
    let service = |kept: bool| match (serves_nothing, kept) {
        (true, _) => Service::None,
        (false, true) => Service::Kept,
        (false, false) => Service::Nothing,
    };
    let mut good = Contents::new();
    let told = faults.len();
    for (name, content) in &seen.documents {
        let kept = last.get(name);
        match content {
            Ok(content) => drop(good.insert(name.clone(), content.clone())),
            Err(fault) => {
                faults.push(fault.diagnostic(name, service(kept.is_some())));
                good.extend(kept.map(|content| (name.clone(), content.clone())));
            }
        }
    }
    let (beyond, most) = &seen.beyond;
    let kept: Vec<_> = beyond.iter().filter_map(|name| Some((name.clone(), last.get(name)?.clone()))).collect();
    // One word for all of them.
    if let Some(first) = beyond.first() {
        faults.push(Fault::TooMany(*most).diagnostic(first, service(last.contains_key(first))));
    }
    good.extend(kept);
    for (place, fault) in &seen.blind {
        let hidden: Contents = last
            .iter()
            .filter(|(name, _)| Path::new(&***name).starts_with(&**place) && !seen.documents.contains_key(*name))
            .map(|(name, content)| (name.clone(), content.clone()))
            .collect();
        if !hidden.is_empty() || concerns_us(&seen.source, place, fault) {
            faults.push(fault.diagnostic(place, service(!hidden.is_empty())));
        }
        good.extend(hidden);
    }
    // Nothing must never pass for a wish.
    if good.is_empty() && !seen.is_shared && (faults.len() == told || !last.is_empty()) {
        faults.push(Fault::NoDocuments.diagnostic(&seen.source, service(!last.is_empty())));
        return last;
    }
    good
}

/// Whether a place that never held a document is worth a word. A stray link that leads nowhere is not.
fn concerns_us(source: &str, place: &str, fault: &Fault) -> bool {
    let is_link = matches!(fault, Fault::Dangling | Fault::LinkLoop);
    let name = Path::new(place).file_name().unwrap_or(OsStr::new(place));
    place == source || !is_link || reason_to_skip_file(name).is_none()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    type Entry<'a> = (&'a str, Result<&'a str, Fault>);

    fn seen(documents: &[Entry<'_>], blind: &[(&str, Fault)]) -> Observation {
        let bytes = |content: &Result<&str, Fault>| content.clone().map(|it| Arc::from(it.as_bytes()));
        vec![Seen {
            source: "d".into(),
            documents: documents.iter().map(|(name, it)| ((*name).into(), bytes(it))).collect(),
            blind: blind.iter().map(|(place, it)| ((*place).into(), it.clone())).collect(),
            beyond: (BTreeSet::new(), 0),
            is_shared: false,
        }]
    }

    /// `name=content` of what is in service, then `! code place` and whether it was kept.
    fn accept(memory: &mut Memory, observation: &Observation) -> Vec<String> {
        let (files, faults) = memory.accept(observation);
        let files = files.iter().map(|it| format!("{}={}", it.name, String::from_utf8_lossy(&it.content)));
        let faults = faults.iter().map(|it| {
            let kept = it.help.iter().any(|it| it == "the last good version stays in service");
            format!("! {} {}{}", it.code, it.place(), if kept { " kept" } else { "" })
        });
        files.chain(faults).collect()
    }

    fn two() -> (Memory, Observation) {
        let mut memory = Memory::default();
        let both = seen(&[("d/a.yaml", Ok("1")), ("d/s/b.yaml", Ok("2"))], &[]);
        assert_eq!(accept(&mut memory, &both), ["d/a.yaml=1", "d/s/b.yaml=2"]);
        (memory, both)
    }

    #[test]
    fn a_fault_keeps_the_last_good_version() {
        let (mut memory, _) = two();
        let blank = seen(&[("d/a.yaml", Err(Fault::Blank)), ("d/s/b.yaml", Ok("3"))], &[]);
        assert_eq!(accept(&mut memory, &blank), ["d/a.yaml=1", "d/s/b.yaml=3", "! CH0006 d/a.yaml kept"]);
        assert_eq!(accept(&mut memory, &blank).len(), 3, "however often it is seen");
    }

    #[test]
    fn a_file_gone_from_a_directory_with_others_is_a_removal() {
        let (mut memory, _) = two();
        assert_eq!(accept(&mut memory, &seen(&[("d/a.yaml", Ok("1"))], &[])), ["d/a.yaml=1"]);
    }

    #[test]
    fn documents_over_the_limit_keep_their_last_good_version_and_the_others_follow_edits() {
        let (mut memory, _) = two();
        let mut over = seen(&[("d/a.yaml", Ok("3"))], &[]);
        over[0].beyond = (["d/b.yaml", "d/c.yaml", "d/s/b.yaml"].map(Arc::from).into(), 1);
        assert_eq!(accept(&mut memory, &over), ["d/a.yaml=3", "d/s/b.yaml=2", "! CH0009 d/b.yaml"]);
    }

    #[test]
    fn the_last_document_is_not_removed() {
        let (mut memory, both) = two();
        assert_eq!(accept(&mut memory, &seen(&[], &[])), ["d/a.yaml=1", "d/s/b.yaml=2", "! CH0010 d kept"]);
        let new_but_blank = seen(&[("d/c.yaml", Err(Fault::Blank))], &[]);
        let kept = ["d/a.yaml=1", "d/s/b.yaml=2", "! CH0006 d/c.yaml", "! CH0010 d kept"];
        assert_eq!(accept(&mut memory, &new_but_blank), kept);
        assert_eq!(accept(&mut memory, &both), ["d/a.yaml=1", "d/s/b.yaml=2"]);
        assert_eq!(accept(&mut memory, &seen(&[("d/c.yaml", Ok("4"))], &[])), ["d/c.yaml=4"], "a rename");
    }

    #[test]
    fn what_is_hidden_stays() {
        let (mut memory, _) = two();
        let unreadable = || Fault::Unreadable("no".to_owned());
        let hidden = seen(&[("d/a.yaml", Ok("1"))], &[("d/s", unreadable())]);
        assert_eq!(accept(&mut memory, &hidden), ["d/a.yaml=1", "d/s/b.yaml=2", "! CH0004 d/s kept"]);
        let gone = seen(&[], &[("d", Fault::Missing)]);
        assert_eq!(accept(&mut memory, &gone), ["d/a.yaml=1", "d/s/b.yaml=2", "! CH0001 d kept"]);
        let dangling = seen(&[("d/a.yaml", Ok("1"))], &[("d/s", Fault::Dangling), ("d/stray", Fault::Dangling)]);
        assert_eq!(accept(&mut memory, &dangling), ["d/a.yaml=1", "d/s/b.yaml=2", "! CH0002 d/s kept"]);
    }

    #[test]
    fn what_is_remembered_from_a_run_before_is_kept_as_if_it_had_been_seen() {
        let remembering = |observation| {
            let mut memory = Memory::default();
            let file = |name: &str| RawFile::new(name, name.as_bytes());
            memory.remember(&["d".into()], &[file("d/a.yaml"), file("d/s/b.yaml"), file("other/c.yaml")]);
            accept(&mut memory, &observation)
        };
        let both = ["d/a.yaml=d/a.yaml", "d/s/b.yaml=d/s/b.yaml"];
        assert_eq!(
            remembering(seen(&[("d/a.yaml", Ok("1")), ("d/s/b.yaml", Err(Fault::Blank))], &[])),
            ["d/a.yaml=1", both[1], "! CH0006 d/s/b.yaml kept"]
        );
        assert_eq!(remembering(seen(&[], &[("d", Fault::Missing)])), [both[0], both[1], "! CH0001 d kept"]);
        assert_eq!(remembering(seen(&[("d/a.yaml", Ok("1"))], &[])), ["d/a.yaml=1"], "a removal");
    }

    #[test]
    fn at_start_there_is_nothing_to_keep() {
        let start = |observation| accept(&mut Memory::default(), &observation);
        assert_eq!(start(seen(&[], &[("d", Fault::Missing)])), ["! CH0001 d"]);
        assert_eq!(start(seen(&[], &[])), ["! CH0010 d"]);
        assert_eq!(start(seen(&[], &[("d/stray", Fault::Dangling)])), ["! CH0010 d"]);
        assert_eq!(start(seen(&[("d/a.yaml", Err(Fault::Blank))], &[])), ["! CH0006 d/a.yaml"]);
    }
}
