//! A fault is not an instruction: what was good stays, and the fault is told.

use std::os::unix::net::UnixListener;

use chancery::source::{Files, Limits, WatchOptions};

use crate::source_world::{Folder, Watched, describe, events, polling};

const BOTH: [&str; 2] = ["a.yaml=a", "b.yaml=b"];

/// After `spoil`, the reading is that of two good files and `fault`; after `mend`, `mended`.
async fn check(names: &[&str], spoil: impl Fn(&Folder), fault: &str, mend: impl Fn(&Folder), mended: &[&str]) {
    for options in [events(), polling()] {
        let limits = Limits { file_bytes: 100, total_bytes: 150, files: 10 };
        let folder = Folder::new();
        folder.write("a.yaml", "a");
        folder.write("b.yaml", "b");
        let mut watched = Watched::start(&folder, names, WatchOptions { limits, ..options });
        watched.until(&BOTH).await;
        spoil(&folder);
        watched.until(&[BOTH[0], BOTH[1], fault]).await;
        mend(&folder);
        watched.until(mended).await;
        watched.stop().await;
    }
}

async fn check_file(spoil: impl Fn(&Folder), code: &str) {
    let mend = |folder: &Folder| {
        folder.shell("rm -rf a.yaml && printf new > t && mv t a.yaml");
    };
    let fault = format!("! {code} a.yaml");
    check(&[""], &spoil, &fault, mend, &["a.yaml=new", "b.yaml=b"]).await;
    check(&["a.yaml", "b.yaml"], &spoil, &fault, mend, &["a.yaml=new", "b.yaml=b"]).await;
}

#[tokio::test]
async fn a_blank_file() {
    check_file(|it| it.write("a.yaml", ""), "CH0006").await;
    check_file(|it| it.write("a.yaml", " \n\t\n"), "CH0006").await;
    check_file(|it| it.write("a.yaml", "\0\0\0\0"), "CH0006").await;
}

/// Reading another process's memory at address zero is an input/output error, also for root.
#[tokio::test]
async fn an_unreadable_file() {
    check_file(|it| it.shell("ln -sf /proc/self/mem a.yaml"), "CH0004").await;
}

#[tokio::test]
async fn a_link_to_nothing_or_to_itself() {
    check_file(|it| it.shell("ln -sf nowhere a.yaml"), "CH0002").await;
    check_file(|it| it.shell("rm a.yaml; ln -s a.yaml a.yaml"), "CH0003").await;
}

/// Opening a pipe waits for its other end: that it is not waited for is what this proves.
#[tokio::test]
async fn what_is_no_regular_file() {
    check_file(|it| it.shell("rm a.yaml; mkfifo a.yaml"), "CH0005").await;
    check_file(|it| it.shell("ln -sf /dev/zero a.yaml"), "CH0005").await;
    let socket = |folder: &Folder| {
        folder.remove("a.yaml");
        drop(UnixListener::bind(folder.path("a.yaml")).unwrap());
    };
    check_file(socket, "CH0005").await;
}

#[tokio::test]
async fn too_large() {
    check_file(|it| it.write("a.yaml", &"x".repeat(101)), "CH0007").await;
    let pair = |folder: &Folder| {
        folder.write("a.yaml", "a");
        folder.write("c.yaml", &"x".repeat(90));
        folder.write("d.yaml", &"x".repeat(90));
    };
    let folder = Folder::new();
    pair(&folder);
    let limits = Limits { file_bytes: 100, total_bytes: 150, files: 10 };
    let reading = Files::new(vec![folder.path("")], WatchOptions { limits, ..events() }).read_once();
    let lines = describe(&reading, &format!("{}/", folder.path("").display()));
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2], "! CH0008 d.yaml");
}

/// Documents over the limit are not read. Those within it are those that were read before, and follow edits.
#[tokio::test]
async fn too_many_documents() {
    for options in [events(), polling()] {
        let limits = Limits { files: 3, ..Limits::default() };
        let folder = Folder::new();
        folder.write("b.yaml", "b");
        folder.write("c.yaml", "c");
        let mut watched = Watched::start(&folder, &[""], WatchOptions { limits, ..options });
        watched.until(&["b.yaml=b", "c.yaml=c"]).await;
        folder.shell("for i in 0 1 2 3; do echo $i > $i; mv $i a$i.yaml; done");
        watched.until(&["a0.yaml=0\n", "b.yaml=b", "c.yaml=c", "! CH0009 a1.yaml"]).await;
        folder.shell("echo new > t; mv t c.yaml; rm b.yaml");
        watched.until(&["a0.yaml=0\n", "a1.yaml=1\n", "c.yaml=new\n", "! CH0009 a2.yaml"]).await;
        folder.shell("rm a*");
        watched.until(&["c.yaml=new\n"]).await;
        watched.stop().await;
    }
}

#[tokio::test]
async fn too_many_entries() {
    let many = |folder: &Folder| folder.shell("for i in $(seq 100); do echo $i > many-$i.txt; done");
    check(&[""], many, "! CH0009 .", |it| it.shell("rm many-*"), &BOTH).await;
}

#[tokio::test]
async fn a_named_file_that_vanishes() {
    let back = |folder: &Folder| folder.write("a.yaml", "again");
    check(&["a.yaml", "b.yaml"], |it| it.remove("a.yaml"), "! CH0001 a.yaml", back, &["a.yaml=again", "b.yaml=b"])
        .await;
}

#[tokio::test]
async fn a_directory_with_nothing_left() {
    let back = |folder: &Folder| folder.write("c.yaml", "c");
    check(&[""], |it| it.shell("rm *.yaml"), "! CH0010 .", back, &["c.yaml=c"]).await;
}

#[tokio::test]
async fn a_whole_directory_that_vanishes() {
    for options in [events(), polling()] {
        let folder = Folder::new();
        folder.write("conf/a.yaml", "a");
        folder.write("other/b.yaml", "b");
        let mut watched = Watched::start(&folder, &["conf", "other"], options);
        watched.until(&["conf/a.yaml=a", "other/b.yaml=b"]).await;
        folder.rename("conf", "gone");
        watched.until(&["conf/a.yaml=a", "other/b.yaml=b", "! CH0001 conf"]).await;
        folder.write("other/b.yaml", "b2");
        watched.until(&["conf/a.yaml=a", "other/b.yaml=b2", "! CH0001 conf"]).await;
        folder.rename("gone", "conf");
        watched.until(&["conf/a.yaml=a", "other/b.yaml=b2"]).await;
        watched.stop().await;
    }
}

#[tokio::test]
async fn a_mount_whose_data_is_gone() {
    let folder = Folder::new();
    folder.mount("..1", &[("cds.yaml", "c1"), ("lds.yaml", "l1")]);
    let mut watched = Watched::start(&folder, &[""], events());
    watched.until(&["cds.yaml=c1", "lds.yaml=l1"]).await;
    folder.remove("..data");
    watched.until(&["cds.yaml=c1", "lds.yaml=l1", "! CH0002 cds.yaml", "! CH0002 lds.yaml"]).await;
    folder.link("..1", "..data");
    watched.until(&["cds.yaml=c1", "lds.yaml=l1"]).await;
    watched.stop().await;
}

/// Not ready is told by a first reading that holds nothing but the fault.
#[tokio::test]
async fn at_start_a_fault_is_published_with_nothing_in_service() {
    let folder = Folder::new();
    folder.write("a.yaml", "\n");
    let mut watched = Watched::start(&folder, &["", "later"], events());
    assert_eq!(watched.next().await, ["! CH0006 a.yaml", "! CH0001 later"]);
    folder.write("a.yaml", "a");
    watched.until(&["a.yaml=a", "! CH0001 later"]).await;
    watched.stop().await;
}

#[test]
fn a_fault_says_what_was_expected_and_what_stays() {
    let folder = Folder::new();
    folder.write("a.yaml", "a");
    let mut files = Files::new(vec![folder.path("a.yaml")], WatchOptions::default());
    files.read_once();
    folder.write("a.yaml", "");
    let reading = files.read_once();
    assert_eq!(reading.faults[0].message, "expected a document, found an empty file");
    assert!(reading.faults[0].help.iter().any(|it| it == "the last good version stays in service"));
}
