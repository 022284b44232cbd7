//! Readings to generations: compiles what changed, checks all of it together, keeps the last good version of the rest.
//!
//! Pure but for the cost: a reading in, diagnostics and perhaps a new generation out. Leaves to `choice` which version
//! of each file the next generation is made of.
//!
//! What was in service before a restart is taken up again by [`Loader::restore`]: from then on everything is as if it
//! had been read before, and the first reading is an edit like any other. A file that is not in it was deleted; that one
//! which cannot be read is in it is up to the source, which is told of the same files (`Files::remember`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::choice::{self, Candidate};
use crate::check::across::Fault;
use crate::compile::{self, Document, Kept, Settings};
use crate::lifecycle::spread;
use crate::snapshot::Generation;
use crate::source::Reading;
use crate::spec::{Diagnostic, RawFile, Severity, codes};

/// What a fault of one document means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// The document keeps its last good version, and the others go on.
    #[default]
    Document,
    /// Nothing changes until every document is good.
    Generation,
}

/// Turns readings into generations.
#[derive(Debug)]
pub struct Loader {
    settings: Settings,
    isolation: Isolation,
    files: BTreeMap<Arc<str>, File>,
    current: Option<Arc<Generation>>,
    /// The newest number that was ever given.
    last_number: u64,
    /// Faults between documents, as last told.
    told: HashSet<String>,
}

/// One file as last compiled.
#[derive(Debug)]
struct File {
    content: Arc<[u8]>,
    /// What to tell of it when it is first read, if it was restored and no reading had it yet.
    restored: Option<Vec<Diagnostic>>,
    /// Its items, compiled.
    kept: Kept,
    /// Whether it is in the newest reading. One that is gone is kept as long as others cannot do without it.
    present: bool,
    /// Of its newest content; what could be read of it, if it is at fault.
    newest: Vec<Arc<Document>>,
    /// Whether the newest content is good by itself.
    good: bool,
    /// Whether documents or resources of the newest content could not be read at all.
    partial: bool,
    /// What the current generation has of it.
    served: Option<Vec<Arc<Document>>>,
    /// The content that this was compiled from.
    served_content: Option<Arc<[u8]>>,
}

/// What became of a reading.
#[derive(Debug, Default)]
pub struct Loaded {
    /// A generation that differs from the one before.
    pub generation: Option<Arc<Generation>>,
    /// Diagnostics of the files whose content changed, the source's own, and new ones between documents.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that are none of ours, newly seen, with the reason.
    pub skipped: Vec<(Arc<str>, String)>,
    /// Files whose newest content is not in service.
    pub broken: Vec<Arc<str>>,
}

impl Loader {
    /// A loader that knows nothing yet.
    pub fn new(settings: Settings, isolation: Isolation) -> Self {
        let files = BTreeMap::new();
        Self { settings, isolation, files, current: None, last_number: 0, told: HashSet::new() }
    }

    /// Numbers go on after this one: no generation of an earlier run has the number of a later one.
    pub fn number_after(&mut self, newest: u64) {
        self.last_number = self.last_number.max(newest);
    }

    /// The files that the current generation is made of, each in the version that is in service.
    pub fn files_in_service(&self) -> Vec<RawFile> {
        let served = self.files.iter().filter(|it| it.1.is_served());
        served.filter_map(|(name, it)| Some(RawFile::new(name.clone(), it.served_content.clone()?))).collect()
    }

    /// Takes up again what was in service under this number. Nothing changes if any of it is at fault by today's rules.
    /// Warnings are told by the first reading that has the same files.
    ///
    /// # Errors
    /// What is wrong with the files, by themselves or together; nothing if there is no document in them.
    pub fn restore(&mut self, number: u64, files: Vec<RawFile>) -> Result<Arc<Generation>, Vec<Diagnostic>> {
        let mut restored = Self::new(self.settings.clone(), self.isolation);
        let mut told = Loaded::default();
        for file in &files {
            let before = told.diagnostics.len();
            let state = restored.recompile(file, None, &mut told);
            let warnings = told.diagnostics[before..].to_vec();
            restored.files.insert(file.name.clone(), File { restored: Some(warnings), ..state });
        }
        let chosen = restored.choose(&mut told.diagnostics);
        if told.diagnostics.iter().any(|it| it.severity == Severity::Error) {
            return Err(told.diagnostics);
        }
        restored.last_number = number.saturating_sub(1);
        restored.next_generation(&chosen);
        let generation = restored.current.clone().filter(|it| !it.documents().is_empty());
        let Some(generation) = generation else { return Err(told.diagnostics) };
        restored.number_after(self.last_number);
        // The first reading tells of what is wrong between documents.
        restored.told.clear();
        *self = restored;
        Ok(generation)
    }

    /// Tells the time, as seconds since 1970: certificates expire while the daemon runs.
    pub fn set_now(&mut self, now: i64) {
        self.settings.now = now;
    }

    /// Takes in a reading.
    ///
    /// A broken file keeps its last good version and the others go on. Before the first generation there is no last
    /// good version, so until every file is good nothing is served: an incomplete set must never reach an Envoy (P20).
    pub fn load(&mut self, reading: &Reading) -> Loaded {
        let mut loaded = Loaded { diagnostics: reading.faults.clone(), ..Loaded::default() };
        let names: HashSet<_> = reading.files.iter().map(|it| &it.name).collect();
        self.files.iter_mut().for_each(|(name, it)| it.present = names.contains(name));
        self.files.retain(|_, it| it.present || it.is_served());
        for file in &reading.files {
            self.compile(file, &mut loaded);
        }
        let chosen = self.choose(&mut loaded.diagnostics);
        let names = self.files.keys().cloned().collect::<Vec<_>>();
        loaded.broken = names.iter().zip(&chosen.held).filter(|it| *it.1).map(|it| it.0.clone()).collect();
        let incomplete = !loaded.broken.is_empty() || reading.faults.iter().any(|it| it.severity == Severity::Error);
        let waits = self.current.is_none() || self.isolation == Isolation::Generation;
        let nothing = self.current.is_none() && chosen.documents.iter().all(Vec::is_empty);
        if chosen.consistent && !(waits && incomplete) && !nothing {
            loaded.generation = self.next_generation(&chosen);
        }
        loaded
    }

    /// Compiles a file if its content changed.
    fn compile(&mut self, file: &RawFile, loaded: &mut Loaded) {
        let mut before = self.files.remove(&file.name);
        let state = match before.take_if(|it| Arc::ptr_eq(&it.content, &file.content) || it.content == file.content) {
            Some(mut known) => {
                loaded.diagnostics.extend(known.restored.take().into_iter().flatten());
                File { content: file.content.clone(), ..known }
            }
            None => self.recompile(file, before, loaded),
        };
        self.files.insert(file.name.clone(), state);
    }

    fn recompile(&self, file: &RawFile, before: Option<File>, loaded: &mut Loaded) -> File {
        let (newest, served, served_content, mut kept) = match before {
            Some(File { newest, served, served_content, kept, .. }) => (Some(newest), served, served_content, kept),
            None => (None, None, None, Kept::default()),
        };
        let mut compiled = compile::recompile(file, &self.settings, &mut kept, spread);
        if served.as_ref().is_some_and(|it| !it.is_empty())
            && let Some(reason) = compiled.skipped.take()
        {
            compiled.diagnostics.push(no_document_any_more(file, &reason));
        }
        let good = !compiled.diagnostics.has_errors();
        let partial = compiled.diagnostics.0.iter().any(|it| codes::LOSES_RESOURCES.contains(&it.code));
        let documents = if good { compiled.documents } else { compiled.drafts };
        let newest = match compiled.by_items {
            true => documents.into_iter().map(Arc::new).collect(),
            false => share(documents, newest, served.as_deref()),
        };
        loaded.diagnostics.append(&mut compiled.diagnostics.0);
        loaded.skipped.extend(compiled.skipped.iter().map(|it| (file.name.clone(), it.clone())));
        let content = file.content.clone();
        File { content, restored: None, kept, present: true, newest, good, partial, served, served_content }
    }

    /// The version of each file that the next generation is made of; new faults between documents are told.
    fn choose(&mut self, out: &mut Vec<Diagnostic>) -> choice::Chosen {
        let candidates: Vec<_> = self.files.values().map(File::candidate).collect();
        let chosen = choice::choose(&candidates, &self.settings.outside_clusters());
        // Without the line: an edit above moves a fault, and it is no news then.
        let key = |it: &Fault| {
            let file = it.diagnostic.labels.first().map(|it| it.text.name.clone());
            format!("{} {} {}", it.diagnostic.code, file.unwrap_or_default(), it.diagnostic.message)
        };
        let told = std::mem::take(&mut self.told);
        for fault in &chosen.faults {
            let key = key(fault);
            if !told.contains(&key) && !self.told.contains(&key) {
                out.push(fault.diagnostic.clone());
            }
            self.told.insert(key);
        }
        chosen
    }

    /// A generation of these documents, unless it would equal the current one.
    fn next_generation(&mut self, chosen: &choice::Chosen) -> Option<Arc<Generation>> {
        for ((file, documents), held) in self.files.values_mut().zip(&chosen.documents).zip(&chosen.held) {
            file.served = Some(documents.clone());
            if !held {
                file.served_content = Some(file.content.clone());
            }
        }
        self.files.retain(|_, it| it.present || it.is_served());
        let documents = chosen.documents.iter().flatten().cloned().collect();
        let generation = Generation::new(self.last_number.saturating_add(1), documents, self.current.as_deref());
        if self.current.as_ref().is_some_and(|it| it.is_same_as(&generation)) {
            return None;
        }
        self.last_number = generation.number;
        let generation = Arc::new(generation);
        self.current = Some(generation.clone());
        Some(generation)
    }
}

impl File {
    /// Whether the current generation has documents of it.
    fn is_served(&self) -> bool {
        self.served.as_ref().is_some_and(|it| !it.is_empty())
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            newest: if self.present { &self.newest } else { &[] },
            good: self.good || !self.present,
            partial: self.partial && self.present,
            served: self.served.as_deref(),
        }
    }
}

/// A file that was a document and is none now was cut off or overwritten by mistake: a fault, not an instruction.
fn no_document_any_more(file: &RawFile, reason: &str) -> Diagnostic {
    let message = format!("this was a document and is none any more: {reason}");
    let fault = Diagnostic::of_file(codes::NO_DOCUMENT_ANY_MORE, &file.name, message);
    fault.help("its last good version stays in service; delete the file to take it out of service")
}

/// Keeps the resources that did not change as the same allocations, so that comparing them later is one pointer each.
fn share(
    mut documents: Vec<Document>,
    before: Option<Vec<Arc<Document>>>,
    served: Option<&[Arc<Document>]>,
) -> Vec<Arc<Document>> {
    let old = || before.iter().flatten().chain(served.iter().copied().flatten());
    let known: HashMap<_, _> =
        old().flat_map(|it| &it.resources).map(|(kind, it)| ((kind.clone(), it.name.clone()), it)).collect();
    for (kind, resource) in documents.iter_mut().flat_map(|it| &mut it.resources) {
        if let Some(old) = known.get(&(kind.clone(), resource.name.clone()))
            && old.version == resource.version
            && old.origin == resource.origin
        {
            *resource = (*old).clone();
        }
    }
    documents.into_iter().map(Arc::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Node;
    use crate::snapshot::{Selection, Snapshot};

    /// A loader and the reading that it was last given.
    struct Script {
        loader: Loader,
        reading: Reading,
    }

    impl Script {
        #[expect(clippy::disallowed_methods, reason = "readings carry a time, which the loader does not look at")]
        fn new() -> Self {
            let reading =
                Reading { files: Vec::new(), faults: Vec::new(), content_changed_at: std::time::Instant::now() };
            Self { loader: Loader::new(Settings::default(), Isolation::Document), reading }
        }

        /// Changes these files, or removes those without content, and loads.
        fn load<const N: usize>(&mut self, changes: [(&str, &str); N]) -> Loaded {
            for (name, content) in changes {
                self.reading.files.retain(|it| &*it.name != name);
                if !content.is_empty() {
                    self.reading.files.push(RawFile::new(name, content.as_bytes()));
                }
            }
            self.reading.files.sort_by(|a, b| a.name.cmp(&b.name));
            self.loader.load(&self.reading)
        }

        fn fault(&mut self) {
            self.reading.faults = vec![Diagnostic::of_file("CH0002", "z.yaml", "cannot be read")];
        }
    }

    fn clusters(names: &str) -> String {
        let item =
            |it: &str| format!("- {{\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: {it}}}\n");
        format!("resources:\n{}", names.split(' ').map(item).collect::<String>())
    }

    fn snapshot(generation: &Generation) -> Arc<Snapshot> {
        let Selection::Snapshot(snapshot) = generation.select(&Node::default()) else { panic!("{generation:?}") };
        snapshot
    }

    /// The names of all resources, and of broken files after a stroke.
    fn told(loaded: &Loaded) -> String {
        let snapshot = loaded.generation.as_ref().map(|it| snapshot(it));
        let names = snapshot.iter().flat_map(|it| it.sets()).flat_map(|it| it.resources()).map(|it| &*it.name);
        let broken = loaded.broken.iter().map(|it| &**it);
        [names.collect(), broken.collect::<Vec<_>>()].map(|it| it.join(" ")).join("/")
    }

    const BROKEN: &str = "resources: {";

    #[test]
    fn p260_a_broken_file_keeps_its_last_good_version_while_others_go_on() {
        let mut script = Script::new();
        assert_eq!(told(&script.load([("a.yaml", &clusters("a1")), ("b.yaml", &clusters("b1"))])), "a1 b1/");
        let broken = script.load([("a.yaml", BROKEN)]);
        assert!(broken.generation.is_none() && !broken.diagnostics.is_empty());
        let other = script.load([("b.yaml", &clusters("b2"))]);
        assert_eq!(told(&other), "a1 b2/a.yaml");
        assert!(other.diagnostics.is_empty(), "what was told once is not told again");
        assert_eq!(told(&script.load([("a.yaml", "resources: [7]")])), "/a.yaml");
        assert_eq!(told(&script.load([("b.yaml", ""), ("c.yaml", &clusters("c"))])), "a1 c/a.yaml");
        assert_eq!(told(&script.load([("a.yaml", &clusters("a3"))])), "a3 c/");
    }

    #[test]
    fn at_start_a_fault_holds_everything_back() {
        let mut script = Script::new();
        assert_eq!(told(&script.load([("a.yaml", &clusters("a")), ("b.yaml", BROKEN)])), "/b.yaml");
        script.fault();
        assert_eq!(told(&script.load([("b.yaml", &clusters("b"))])), "/");
        script.reading.faults.clear();
        assert_eq!(told(&script.load([])), "a b/");
        script.fault();
        assert_eq!(told(&script.load([("b.yaml", &clusters("b2"))])), "a b2/");
    }

    #[test]
    fn a_broken_file_that_goes_away_holds_nothing_back() {
        let mut script = Script::new();
        script.load([("a.yaml", &clusters("a")), ("b.yaml", BROKEN)]);
        assert_eq!(told(&script.load([("b.yaml", "")])), "a/");
        assert_eq!(told(&script.load([("b.yaml", &clusters("b"))])), "a b/");
        script.load([("b.yaml", BROKEN)]);
        assert_eq!(told(&script.load([("b.yaml", "")])), "a/");
        // What it was before it went is forgotten.
        assert_eq!(told(&script.load([("b.yaml", BROKEN), ("c.yaml", &clusters("c"))])), "a c/b.yaml");
    }

    #[test]
    fn equal_content_gives_no_new_generation() {
        let mut script = Script::new();
        assert!(script.load([]).generation.is_none());
        let first = script.load([("a.yaml", &clusters("a"))]).generation.unwrap();
        assert_eq!(first.number, 1);
        assert!(script.load([]).generation.is_none());
        assert!(script.load([("a.yaml", &(clusters("a") + "# the end\n"))]).generation.is_none());
        script.load([("a.yaml", BROKEN)]);
        assert!(script.load([("a.yaml", &clusters("a"))]).generation.is_none(), "it is back at what is in service");
        let second = script.load([("a.yaml", &clusters("b"))]).generation.unwrap();
        assert_eq!(second.number, 2);
    }

    #[test]
    fn resources_that_did_not_change_keep_their_allocation() {
        let mut script = Script::new();
        let before = script.load([("a.yaml", &clusters("a b")), ("b.yaml", &clusters("x"))]).generation.unwrap();
        script.load([("a.yaml", BROKEN)]);
        let after = script.load([("a.yaml", &clusters("a c"))]).generation.unwrap();
        let resource = |generation: &Generation, name: &str| {
            let documents = generation.documents().iter().flat_map(|it| &it.resources);
            documents.map(|it| it.1.clone()).find(|it| &*it.name == name).unwrap()
        };
        assert!(Arc::ptr_eq(&resource(&before, "a"), &resource(&after, "a")));
        assert!(Arc::ptr_eq(&before.documents()[1], &after.documents()[1]));
        assert_eq!(told(&Loaded { generation: Some(after), ..script.load([]) }), "a c x/");
    }

    #[test]
    fn files_that_are_none_of_ours_are_told_once_and_hold_nothing_back() {
        let mut script = Script::new();
        let loaded = script.load([("a.yaml", &clusters("a")), ("compose.yaml", "services: {}\n")]);
        assert_eq!(told(&loaded), "a/");
        assert_eq!(loaded.skipped.iter().map(|it| &*it.0).collect::<Vec<_>>(), ["compose.yaml"]);
        assert!(script.load([("a.yaml", &clusters("b"))]).skipped.is_empty());
    }

    /// A listener that sends all requests to a cluster.
    fn listener(cluster: &str) -> String {
        format!("spec: {{listeners: [{{name: l, port: 80, routes: [{{prefix: /, cluster: {cluster}}}]}}]}}\n")
    }

    #[test]
    fn a_document_that_refers_to_nothing_is_held_and_the_others_go_on() {
        let mut script = Script::new();
        assert_eq!(told(&script.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("one"))])), "one l l/");
        let dangling = script.load([("a.yaml", &listener("two")), ("c.yaml", &clusters("c"))]);
        assert_eq!(told(&dangling), "c one l l/a.yaml");
        assert_eq!(dangling.diagnostics[0].code, codes::MISSING_CLUSTER);
        let again = script.load([("c.yaml", &clusters("c d"))]);
        assert_eq!((told(&again).as_str(), again.diagnostics.len()), ("c d one l l/a.yaml", 1), "{again:?}");
        assert_eq!(told(&script.load([("b.yaml", &clusters("one two"))])), "c d one two l l/");
    }

    #[test]
    fn what_others_still_need_is_not_taken_away() {
        let mut script = Script::new();
        script.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("one x"))]);
        assert_eq!(
            told(&script.load([("b.yaml", &clusters("x y")), ("c.yaml", &clusters("c"))])),
            "c one x l l/b.yaml"
        );
        assert_eq!(told(&script.load([("b.yaml", "")])), "/b.yaml", "nor by deleting the file");
        assert_eq!(told(&script.load([("a.yaml", &listener("c"))])), "c l l/");
    }

    #[test]
    fn a_swap_over_several_files_is_one_change() {
        let mut script = Script::new();
        script.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("one"))]);
        assert_eq!(told(&script.load([("a.yaml", &listener("two")), ("b.yaml", &clusters("two"))])), "two l l/");
        assert_eq!(told(&script.load([("a.yaml", ""), ("b.yaml", &clusters("three"))])), "three/");
    }

    #[test]
    fn at_start_dangling_references_hold_everything_back() {
        let mut script = Script::new();
        let loaded = script.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("two"))]);
        assert_eq!(told(&loaded), "/a.yaml");
        assert_eq!(told(&script.load([("b.yaml", &clusters("one"))])), "one l l/");
    }

    #[test]
    fn isolation_of_generations_changes_nothing_until_all_is_good() {
        let mut script = Script::new();
        script.loader = Loader::new(Settings::default(), Isolation::Generation);
        assert_eq!(told(&script.load([("a.yaml", &clusters("a")), ("b.yaml", &clusters("b"))])), "a b/");
        assert_eq!(told(&script.load([("a.yaml", BROKEN), ("b.yaml", &clusters("b2"))])), "/a.yaml");
        assert_eq!(told(&script.load([("a.yaml", &clusters("a2"))])), "a2 b2/");
    }

    fn served(loader: &Loader) -> Vec<(String, String)> {
        let text = |it: &RawFile| String::from_utf8(it.content.to_vec()).unwrap();
        loader.files_in_service().iter().map(|it| (it.name.to_string(), text(it))).collect()
    }

    fn files<const N: usize>(files: [(&str, &str); N]) -> Vec<RawFile> {
        files.map(|(name, content)| RawFile::new(name, content.as_bytes())).to_vec()
    }

    #[test]
    fn files_in_service_are_those_that_the_generation_was_made_of() {
        let mut script = Script::new();
        assert!(served(&script.loader).is_empty());
        let pair = |name: &str, content: &str| (name.to_owned(), content.to_owned());
        let (one, two) = (clusters("one x"), clusters("two"));
        script.load([("a.yaml", &listener("one")), ("b.yaml", &one), ("c.yaml", "services: {}\n")]);
        assert_eq!(served(&script.loader), [pair("a.yaml", &listener("one")), pair("b.yaml", &one)]);
        // Broken, held for others, deleted but needed: what was good. Then again what is new.
        script.load([("a.yaml", BROKEN), ("b.yaml", &two)]);
        assert_eq!(served(&script.loader), [pair("a.yaml", &listener("one")), pair("b.yaml", &one)]);
        script.load([("b.yaml", ""), ("d.yaml", &two)]);
        let expected = [pair("a.yaml", &listener("one")), pair("b.yaml", &one), pair("d.yaml", &two)];
        assert_eq!(served(&script.loader), expected);
        script.load([("a.yaml", &listener("two"))]);
        assert_eq!(served(&script.loader), [pair("a.yaml", &listener("two")), pair("d.yaml", &two)]);
    }

    /// What is stored of one loader gives the same to another one, broken and missing files and all.
    #[test]
    fn p260_a_broken_document_at_a_restart_keeps_what_was_in_service_before() {
        let mut before = Script::new();
        before.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("one")), ("c.yaml", &clusters("c"))]);
        let old = before.load([("a.yaml", BROKEN), ("c.yaml", &clusters("c2"))]).generation.unwrap();

        let mut after = Script::new();
        let restored = after.loader.restore(2, before.loader.files_in_service()).unwrap();
        assert_eq!((restored.number, restored.version), (2, old.version));
        assert!(restored.is_same_as(&old));
        let first = after.load([("a.yaml", BROKEN), ("b.yaml", &clusters("one")), ("c.yaml", &clusters("c2"))]);
        assert_eq!(told(&first), "/a.yaml");
        assert!(first.diagnostics.iter().any(|it| it.severity == Severity::Error), "the fault is told");
        assert_eq!(served(&after.loader), served(&before.loader));
        let next = after.load([("c.yaml", ""), ("d.yaml", &clusters("d"))]);
        assert_eq!((told(&next).as_str(), next.generation.unwrap().number), ("d one l l/a.yaml", 3));
        assert_eq!(told(&after.load([("b.yaml", "")])), "/a.yaml b.yaml", "what others need is not taken away");
        assert_eq!(told(&after.load([("a.yaml", &listener("d"))])), "d l l/");
    }

    #[test]
    fn equal_content_after_a_restart_is_the_same_generation_and_warnings_are_told_once() {
        let mut script = Script::new();
        let odd = "spec: {clusters: [{name: a, endpoints: [\"127.0.0.1:80\", \"127.0.0.1:80\"]}]}\n";
        let (mut plain, content) = (Script::new(), [("a.yaml", odd), ("b.yaml", &*clusters("b"))]);
        let warnings = plain.load(content).diagnostics;
        assert!(!warnings.is_empty());
        script.loader.restore(7, files(content)).unwrap();
        let first = script.load(content);
        assert!(first.generation.is_none());
        assert_eq!(first.diagnostics, warnings);
        assert!(script.load([]).diagnostics.is_empty());
        assert_eq!(script.load([("a.yaml", "")]).generation.unwrap().number, 8);
    }

    #[test]
    fn what_is_at_fault_is_not_restored_and_changes_nothing() {
        let mut script = Script::new();
        script.loader.number_after(9);
        for (stored, code) in [
            (files([("a.yaml", &clusters("a")), ("b.yaml", BROKEN)]), Some("CH1001")),
            (files([("a.yaml", &listener("nowhere"))]), Some(codes::MISSING_CLUSTER)),
            (files([("a.yaml", "services: {}\n")]), None),
            (Vec::new(), None),
        ] {
            let diagnostics = script.loader.restore(3, stored).unwrap_err();
            assert_eq!(diagnostics.first().map(|it| it.code), code, "{diagnostics:?}");
        }
        assert_eq!(told(&script.load([("a.yaml", &clusters("a")), ("b.yaml", BROKEN)])), "/b.yaml", "it is a start");
        assert_eq!(script.load([("b.yaml", "")]).generation.unwrap().number, 10, "no number is given twice");
    }

    #[test]
    fn numbers_go_on_after_the_newest_though_an_older_one_is_restored() {
        let mut script = Script::new();
        script.loader.number_after(12);
        assert_eq!(script.loader.restore(11, files([("a.yaml", &clusters("a"))])).unwrap().number, 11);
        assert_eq!(script.load([("a.yaml", &clusters("b"))]).generation.unwrap().number, 13);
    }
}
