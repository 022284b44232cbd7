//! The state directory as a whole: what comes back, what goes, and what any damage leaves.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;
use crate::resource::Version;
use crate::spec::RawFile;

const GOOD: Outcome = Outcome::Good { acked: 3, refused: 0, silent: 1 };

fn record(number: u64, outcome: Outcome, files: &[(&str, &str)]) -> Record {
    Record {
        number,
        version: Version::of(files.iter().map(|it| it.1.as_bytes())),
        at_ms: 1_700_000_000_000 + number,
        outcome,
        sources: vec!["config/".to_owned()],
        files: files.iter().map(|(name, content)| RawFile::new(*name, content.as_bytes())).collect(),
    }
}

/// A directory, and a store that was opened in it again and again.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn open(&self) -> Store {
        Store::open(&self.dir(), 10).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// Numbers, newest first; damaged ones after a stroke.
    fn listed(&self) -> String {
        let listing = History::at(&self.dir()).unwrap().list().unwrap();
        let good: Vec<_> = listing.generations.iter().map(|it| it.number.to_string()).collect();
        let bad: Vec<_> = listing.damaged.iter().map(|it| it.number.to_string()).collect();
        format!("{}/{}", good.join(" "), bad.join(" "))
    }

    fn contents(&self) -> usize {
        fs::read_dir(self.path("contents")).unwrap().count()
    }

    fn content_of(&self, text: &str) -> PathBuf {
        self.path("contents").join(blake3::hash(text.as_bytes()).to_hex().as_str())
    }
}

#[test]
fn what_is_written_comes_back() {
    let world = World::new();
    let refused = Outcome::Refused { reason: "no\n\"such\" \u{1b}[2J filter".to_owned() };
    for (number, outcome) in [(1, GOOD), (2, refused), (3, Outcome::Superseded), (7, Outcome::Trial)] {
        // A store of its own each time: nothing depends on what one remembers.
        let record =
            record(number, outcome, &[("config/a.yaml", "a: 1"), ("/x/ü \"b\".json", "\0\u{fffd}"), ("-", "")]);
        world.open().write(&record).unwrap();
        let read = world.open().load(number).unwrap();
        assert_eq!(read, record);
        let store = world.open();
        assert_eq!(store.listing().generations[0], record.summary());
        assert_eq!(store.listing().newest_number(), number);
    }
    assert_eq!(world.listed(), "7 3 2 1/");
}

#[test]
fn all_of_it_is_for_its_owner_only() {
    let world = World::new();
    world.open().write(&record(1, GOOD, &[("a.yaml", "key")])).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for dir in [world.dir(), world.path("contents")] {
        assert_eq!(mode(&dir), 0o700);
    }
    for file in [world.path("lock"), world.path("generation-1"), world.content_of("key")] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_verdict_replaces_the_trial_and_costs_no_content() {
    let world = World::new();
    let mut store = world.open();
    store.write(&record(1, Outcome::Trial, &[("a.yaml", "a")])).unwrap();
    let before = fs::metadata(world.content_of("a")).unwrap();
    store.settle(1, GOOD).unwrap();
    assert_eq!(store.load(1).unwrap().outcome, GOOD);
    assert_eq!(fs::metadata(world.content_of("a")).unwrap().modified().unwrap(), before.modified().unwrap());
    assert!(matches!(store.settle(2, GOOD), Err(StateError::Missing { number: 2, .. })));
    let long = Outcome::Refused { reason: "é".repeat(100_000) };
    store.settle(1, long).unwrap();
    let Outcome::Refused { reason } = store.load(1).unwrap().outcome else { panic!() };
    assert_eq!(reason.chars().count(), 1_000);
    assert_eq!(*store.listing(), History::at(&world.dir()).unwrap().list().unwrap());
}

#[test]
fn equal_contents_are_stored_once_and_go_with_their_last_generation() {
    let world = World::new();
    let mut store = Store::open(&world.dir(), 2).unwrap();
    for number in 1..=3 {
        store.write(&record(number, GOOD, &[("a.yaml", "same"), ("b.yaml", &format!("{number}"))])).unwrap();
    }
    assert_eq!(world.listed(), "3 2/");
    assert_eq!(world.contents(), 3);
    store.write(&record(4, GOOD, &[])).unwrap();
    store.write(&record(5, GOOD, &[])).unwrap();
    assert_eq!(world.contents(), 0);
}

#[test]
fn the_newest_good_ones_are_kept_and_some_of_what_was_tried() {
    let refused = || Outcome::Refused { reason: String::new() };
    for (written, kept) in [
        (vec![(1, GOOD), (2, GOOD), (3, GOOD)], "3 2/"),
        // Whatever comes after it, the last good one stays.
        (vec![(1, GOOD), (2, refused()), (3, refused()), (4, refused()), (5, refused())], "5 4 1/"),
        (vec![(1, GOOD), (2, Outcome::Trial)], "2 1/"),
        // A trial that a good one followed is none any more.
        (vec![(1, Outcome::Trial), (2, GOOD)], "2/"),
        (vec![(1, GOOD), (2, Outcome::Trial), (3, Outcome::Trial), (4, Outcome::Trial)], "4 3 1/"),
        (vec![(1, GOOD), (2, Outcome::Superseded), (3, refused()), (4, Outcome::Superseded)], "4 3 1/"),
    ] {
        let world = World::new();
        let mut store = Store::open(&world.dir(), 2).unwrap();
        for (number, outcome) in written {
            store.write(&record(number, outcome, &[("a.yaml", &format!("{number}"))])).unwrap();
        }
        assert_eq!(world.listed(), kept);
        assert_eq!(*store.listing(), History::at(&world.dir()).unwrap().list().unwrap());
        assert_eq!(world.contents(), kept.split(' ').count());
    }
}

#[test]
fn none_is_kept_means_one_is() {
    let world = World::new();
    let mut store = Store::open(&world.dir(), 0).unwrap();
    store.write(&record(1, GOOD, &[])).unwrap();
    store.write(&record(2, GOOD, &[])).unwrap();
    assert_eq!(world.listed(), "2/");
}

#[test]
fn two_daemons_cannot_have_one_directory_and_readers_need_no_lock() {
    let world = World::new();
    let mut store = world.open();
    let error = Store::open(&world.dir(), 10).unwrap_err().to_string();
    assert!(error.contains("another chancery") && error.contains("--state-dir"), "{error}");
    store.write(&record(1, GOOD, &[])).unwrap();
    assert_eq!(world.listed(), "1/");
    drop(store);
    world.open();
}

/// Whatever bit flips in a record or a content, wherever one ends too early: named, skipped, and nothing else is lost.
#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let world = World::new();
    let refused = Outcome::Refused { reason: "because".to_owned() };
    world.open().write(&record(1, GOOD, &[("a.yaml", "old")])).unwrap();
    world.open().write(&record(2, refused, &[("a.yaml", "the new content")])).unwrap();
    for path in [world.path("generation-2"), world.content_of("the new content")] {
        let whole = fs::read(&path).unwrap();
        let flipped = (0..whole.len() * 8).map(|bit| {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        });
        let cut = (0..whole.len()).map(|length| whole[..length].to_vec());
        let longer = [[&whole[..], b"\n"].concat(), [&whole[..], &whole].concat()];
        for bytes in flipped.chain(cut).chain(longer) {
            fs::write(&path, &bytes).unwrap();
            let history = History::at(&world.dir()).unwrap();
            let listing = history.list().unwrap();
            let told = String::from_utf8_lossy(&bytes);
            assert_eq!(listing.generations.iter().map(|it| it.number).collect::<Vec<_>>(), [1], "{told}");
            assert_eq!(listing.damaged.len(), 1, "{told}");
            assert_eq!((listing.damaged[0].number, &listing.damaged[0].path), (2, &path), "{told}");
            assert_eq!(listing.newest_number(), 2);
            let error = history.load(2).unwrap_err().to_string();
            assert!(error.contains(&path.display().to_string()) && error.contains("damaged"), "{error}");
        }
        fs::write(&path, whole).unwrap();
        assert_eq!(world.listed(), "2 1/");
    }
}

#[test]
fn what_stands_in_the_place_of_a_record_is_named_and_left_alone() {
    let world = World::new();
    world.open().write(&record(1, GOOD, &[("a.yaml", "a")])).unwrap();
    let whole = fs::read_to_string(world.path("generation-1")).unwrap();
    let format_2 = whole.replace("format 1", "format 2");
    fs::create_dir(world.path("generation-2")).unwrap();
    symlink(world.path("generation-1"), world.path("generation-3")).unwrap();
    symlink("nowhere", world.path("generation-4")).unwrap();
    fs::write(world.path("generation-5"), &format_2).unwrap();
    fs::write(world.path("generation-6"), &whole).unwrap();
    fs::write(world.path("generation-7"), "").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(world.path("generation-8")).unwrap();
    // None of ours.
    for name in ["generation-", "generation-01", "generation-x", "generation-1.bak", "notes.txt"] {
        fs::write(world.path(name), &whole).unwrap();
    }
    let listing = History::at(&world.dir()).unwrap().list().unwrap();
    let reasons: Vec<_> = listing.damaged.iter().map(|it| &*it.reason).collect();
    assert_eq!(
        reasons,
        [
            "it is a device, pipe or socket, not a file",
            "it is no record of ours",
            "it is generation 1 under another's name",
            "it is of format 2, and this chancery reads 1",
            "it is a symbolic link, not a file",
            "it is a symbolic link, not a file",
            "it is a directory, not a file",
        ]
    );
    let mut store = Store::open(&world.dir(), 1).unwrap();
    assert!(matches!(store.write(&record(5, GOOD, &[])), Err(StateError::Damaged { .. })));
    assert!(matches!(store.settle(7, GOOD), Err(StateError::Damaged { .. })));
    for number in 9..12 {
        store.write(&record(number, GOOD, &[])).unwrap();
    }
    assert_eq!(world.listed(), "11/8 7 6 5 4 3 2");
    assert_eq!(fs::read_to_string(world.path("generation-5")).unwrap(), format_2);
    // Their reader may come back: the contents that they name are there.
    assert_eq!(world.contents(), 1);
}

#[test]
fn a_damaged_content_is_no_good_generation_and_is_mended_by_the_next_write() {
    let world = World::new();
    for number in 1..=2 {
        world.open().write(&record(number, GOOD, &[("a.yaml", "same"), ("b.yaml", &format!("{number}"))])).unwrap();
    }
    fs::write(world.content_of("2"), "3").unwrap();
    assert_eq!(world.listed(), "1/2");
    // It does not count as the newest good one: the one before it stays.
    let mut store = Store::open(&world.dir(), 1).unwrap();
    store.write(&record(3, Outcome::Trial, &[("a.yaml", "same")])).unwrap();
    assert_eq!(world.listed(), "3 1/2");
    drop(store);
    let mut store = world.open();
    fs::remove_file(world.content_of("same")).unwrap();
    assert_eq!(world.listed(), "/3 2 1");
    // Though this store has seen it whole.
    store.write(&record(4, GOOD, &[("a.yaml", "same"), ("b.yaml", "2")])).unwrap();
    assert_eq!(world.listed(), "4 2 1/");
}

/// Every state of the files that a writer can leave when it is killed, in their order.
#[test]
fn a_writer_that_is_killed_leaves_the_old_or_the_new() {
    let world = World::new();
    world.open().write(&record(1, GOOD, &[("a.yaml", "old")])).unwrap();
    let new = record(2, Outcome::Trial, &[("a.yaml", "new")]);
    let text = new.summary().write();
    let content = world.content_of("new");
    let beside = |path: &Path| PathBuf::from(format!("{}.tmp", path.display()));
    let steps: [(PathBuf, &str, &str); 6] = [
        (beside(&content), "", "1/"),
        (beside(&content), "n", "1/"),
        (content.clone(), "new", "1/"),
        (beside(&world.path("generation-2")), &text[..9], "1/"),
        (beside(&world.path("generation-2")), &text, "1/"),
        (world.path("generation-2"), &text, "2 1/"),
    ];
    for (step, (path, bytes, listed)) in steps.iter().enumerate() {
        fs::write(path, bytes).unwrap();
        assert_eq!(world.listed(), *listed, "step {step}");
        // What a next daemon does: it opens the directory and goes on.
        let copy = World::new();
        assert!(std::process::Command::new("cp").arg("-r").args([world.dir(), copy.dir()]).status().unwrap().success());
        let mut store = copy.open();
        assert_eq!(copy.listed(), *listed, "step {step}");
        let names = fs::read_dir(copy.dir()).unwrap().chain(fs::read_dir(copy.path("contents")).unwrap());
        assert!(
            names.map(|it| it.unwrap().file_name()).all(|it| !it.to_string_lossy().ends_with(".tmp")),
            "step {step}"
        );
        store.write(&record(3, GOOD, &[("a.yaml", "newer")])).unwrap();
        assert_eq!(copy.contents(), 2, "step {step}: contents without a record go");
    }
}

#[test]
fn a_directory_that_vanished_or_never_was_one_is_an_error_with_the_next_step() {
    let world = World::new();
    let mut store = world.open();
    store.write(&record(1, GOOD, &[("a.yaml", "a")])).unwrap();
    fs::remove_dir_all(world.dir()).unwrap();
    let written = store.write(&record(2, GOOD, &[("b.yaml", "b")])).unwrap_err();
    for error in [written, History::at(&world.dir()).unwrap_err()] {
        let said = error.to_string();
        assert!(
            said.contains(&world.dir().display().to_string()) && said.contains("check that the directory"),
            "{said}"
        );
    }
    fs::write(world.dir(), "").unwrap();
    let said = Store::open(&world.dir(), 1).unwrap_err().to_string();
    assert!(said.contains("name a directory with --state-dir"), "{said}");
    fs::remove_file(world.dir()).unwrap();
    fs::create_dir_all(world.path("lock")).unwrap();
    assert!(Store::open(&world.dir(), 1).unwrap_err().to_string().contains("lock is damaged: it is a directory"));
}

#[test]
fn ten_megabytes_are_stored_and_come_back() {
    let world = World::new();
    let large = "0123456789abcdef".repeat(640 << 10);
    let record = record(1, GOOD, &[("a.yaml", &large)]);
    world.open().write(&record).unwrap();
    assert_eq!(world.open().load(1).unwrap(), record);
}
