//! The state directory against the system: writers killed at any moment, full and read-only disks, missing rights.
//!
//! What must happen in a process of its own (killed, on a small file system, as nobody) happens in this test binary run
//! again with one test, which does nothing unless [`DIR`] says where.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a child tells its parent how far it is")]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use chancery::resource::Version;
use chancery::spec::RawFile;
use chancery::state::{History, Outcome, Record, Store};

/// Tells a child where to work.
const DIR: &str = "STATE_TEST_DIR";
const GOOD: Outcome = Outcome::Good { acked: 1, refused: 0, silent: 0 };

fn record(number: u64, content: impl Into<Vec<u8>>) -> Record {
    let files = vec![RawFile::new("a.yaml", content.into()), RawFile::new("same.yaml", b"same".as_slice())];
    let version = Version::of(files.iter().map(|it| &*it.content));
    Record { number, version, at_ms: number, outcome: Outcome::Trial, sources: vec![".".to_owned()], files }
}

/// As long as some pages, and known by the number.
fn content(number: u64) -> Vec<u8> {
    format!("{number} ").repeat(2_000).into_bytes()
}

fn dir() -> Option<PathBuf> {
    std::env::var_os(DIR).map(PathBuf::from)
}

/// This binary with one test.
fn child(program: &[&str], test: &str, dir: &Path) -> Command {
    let exe = std::env::current_exe().unwrap();
    let mut command = match program {
        [] => Command::new(&exe),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(&exe);
            command
        }
    };
    command.args(["--exact", test, "--nocapture"]).env(DIR, dir);
    command
}

/// Runs a child to its good end; `None`, with a word, where the system does not let us.
fn run(program: &[&str], test: &str, dir: &Path) -> Option<()> {
    let Output { status, stdout, stderr } = child(program, test, dir).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if !said.contains("began") {
        eprintln!("skipped, for this system says: {said}");
        return None;
    }
    assert!(status.success() && said.contains("1 passed"), "{said}");
    Some(())
}

/// Whether a process can do what its user may not.
fn is_root() -> bool {
    String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim() == "0"
}

#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(dir) = dir() else { return };
    let mut store = Store::open(&dir, 3).unwrap();
    for number in store.listing().newest_number() + 1.. {
        store.write(&record(number, content(number))).unwrap();
        store.settle(number, GOOD).unwrap();
        println!("\ngood {number}");
    }
}

/// What a child has said to be good, up to the end of its output.
fn goods(out: &mut impl BufRead, until: u64) -> u64 {
    let numbers = out.lines().map_while(Result::ok).filter_map(|it| it.strip_prefix("good ")?.parse().ok());
    numbers.take(usize::try_from(until).unwrap()).last().unwrap_or(0)
}

#[test]
fn a_writer_killed_at_any_moment_leaves_what_it_called_good() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("state");
    let mut last = 0;
    for round in 0..25 {
        let mut writer: Child = child(&[], "state::child_that_writes_until_it_is_killed", &dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(writer.stdout.take().unwrap());
        let first = goods(&mut out, 1 + round % 3);
        assert!(first > last, "it goes on after {last}: {first}");
        // No waiting for anything: another moment of the next write each time.
        std::thread::sleep(Duration::from_micros(round * 397));
        writer.kill().unwrap();
        writer.wait().unwrap();
        last = goods(&mut out, u64::MAX).max(first);
        let listing = History::at(&dir).unwrap().list().unwrap();
        assert_eq!(listing.damaged, [], "round {round}");
        let newest = listing.generations.iter().find(|it| it.outcome == GOOD).unwrap().number;
        assert!(newest >= last, "round {round}: {last} was good, and there is {newest}");
        for it in &listing.generations {
            let files = History::at(&dir).unwrap().load(it.number).unwrap().files;
            assert_eq!(*files[0].content, *content(it.number), "round {round}");
        }
    }
}

#[test]
fn child_on_a_small_disk() {
    let Some(mount) = dir() else { return };
    println!("began");
    let dir = mount.join("state");
    let mut store = Store::open(&dir, 3).unwrap();
    store.write(&record(1, "a")).unwrap();
    store.settle(1, GOOD).unwrap();
    let noise =
        |length: u32| (0..length).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect::<Vec<_>>();
    let numbers = |store: &Store| {
        let listing = History::at(&dir).unwrap().list().unwrap();
        assert_eq!(*store.listing(), listing);
        assert_eq!(listing.damaged, []);
        listing.generations.iter().map(|it| it.number).collect::<Vec<_>>()
    };
    let full = |result: Result<(), chancery::state::StateError>| {
        let said = result.unwrap_err().to_string();
        assert!(said.contains("cannot write") && said.contains("make room"), "{said}");
    };
    // Two files of which the second does not fit: the first is not left behind either.
    let mut large = record(2, noise(20_000));
    large.files.push(RawFile::new("b.yaml", noise(100_000)));
    full(store.write(&large));
    assert_eq!(numbers(&store), [1]);
    let names = std::fs::read_dir(dir.join("contents")).unwrap();
    assert_eq!(names.count(), 2);
    store.write(&record(3, "c")).unwrap();
    let filler = mount.join("filler");
    let _ = std::fs::write(&filler, noise(200_000));
    full(store.settle(3, GOOD));
    full(store.write(&record(4, content(4))));
    assert_eq!(store.load(3).unwrap().outcome, Outcome::Trial);
    assert_eq!(numbers(&store), [3, 1]);
    std::fs::remove_file(filler).unwrap();
    store.settle(3, GOOD).unwrap();
    store.write(&record(4, content(4))).unwrap();
    assert_eq!(numbers(&store), [4, 3, 1]);
    drop(store);

    // A file system that was mounted read-only after an error can still be read.
    assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(&mount).status().unwrap().success());
    let said = Store::open(&dir, 3).unwrap_err().to_string();
    assert!(said.contains("Read-only") && said.contains("name another --state-dir"), "{said}");
    let said = Store::open(&mount.join("other"), 3).unwrap_err().to_string();
    assert!(said.contains("cannot make the directory") && said.contains("name another --state-dir"), "{said}");
    assert_eq!(History::at(&dir).unwrap().list().unwrap().generations.len(), 3);
}

#[test]
fn a_full_disk_and_one_that_cannot_be_written_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=256k none {} && exec \"$@\"", folder.path().display());
    run(&["unshare", "-rm", "sh", "-c", &mount, "sh"], "state::child_on_a_small_disk", folder.path());
}

#[test]
fn child_without_rights() {
    let Some(folder) = dir() else { return };
    println!("began");
    let dir = folder.join("state");
    let mut store = Store::open(&dir, 3).unwrap();
    store.write(&record(1, "a")).unwrap();
    store.write(&record(2, "b")).unwrap();
    let allow = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let refused = |said: String| {
        assert!(said.contains("Permission denied") && said.contains("let the user that runs chancery"), "{said}");
    };
    for path in [dir.clone(), dir.join("contents")] {
        allow(&path, 0o500);
        refused(store.write(&record(3, "c")).unwrap_err().to_string());
        allow(&path, 0o700);
    }
    allow(&dir.join("generation-2"), 0o000);
    drop(store);
    let mut store = Store::open(&dir, 3).unwrap();
    let listing = store.listing();
    assert_eq!((listing.generations.len(), listing.newest_number()), (1, 2));
    assert!(listing.damaged[0].reason.contains("Permission denied"), "{listing:?}");
    // Nobody knows what it names: nothing goes.
    for number in 3..9 {
        store.write(&record(number, content(number))).unwrap();
        store.settle(number, GOOD).unwrap();
    }
    allow(&dir.join("generation-2"), 0o600);
    assert_eq!(*store.load(2).unwrap().files[0].content, *b"b");
    drop(store);
    allow(&dir, 0o000);
    refused(Store::open(&dir, 3).unwrap_err().to_string());
    refused(History::at(&dir).unwrap_err().to_string());
    allow(&dir, 0o700);
}

#[test]
fn missing_rights_are_told_and_hide_nothing_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let nobody: &[&str] = &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    run(if is_root() { nobody } else { &[] }, "state::child_without_rights", folder.path());
}
