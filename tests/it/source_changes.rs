//! A change counts however it is made: each way on its own, by events alone and by the poll alone.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::sync::Arc;

use chancery::source::{Files, WatchOptions};

use crate::source_world::{Folder, Watched, describe, events, polling};

/// Starts with `prepare`d files and `before` read from `names`; after `change`, `after` must come.
async fn check(names: &[&str], prepare: impl Fn(&Folder), before: &[&str], change: impl Fn(&Folder), after: &[&str]) {
    for options in [events(), polling()] {
        let folder = Folder::new();
        prepare(&folder);
        let mut watched = Watched::start(&folder, names, options);
        watched.until(before).await;
        change(&folder);
        watched.until(after).await;
        watched.stop().await;
    }
}

/// One file in a watched directory.
async fn check_edit(change: impl Fn(&Folder), after: &str) {
    let prepare = |folder: &Folder| {
        folder.write("a.yaml", "old\n");
        folder.write("b.yaml", "b");
    };
    check(&[""], prepare, &["a.yaml=old\n", "b.yaml=b"], &change, &[after, "b.yaml=b"]).await;
    check(&["a.yaml"], prepare, &["a.yaml=old\n"], &change, &[after]).await;
}

#[tokio::test]
async fn a_write_in_place() {
    check_edit(|it| it.write("a.yaml", "new"), "a.yaml=new").await;
    check_edit(|it| it.shell("echo new > c && cat c > a.yaml"), "a.yaml=new\n").await;
}

/// Same length: only the time stamps tell.
#[tokio::test]
async fn a_write_of_the_same_length() {
    check_edit(|it| it.write("a.yaml", "new\n"), "a.yaml=new\n").await;
}

#[tokio::test]
async fn an_append() {
    let append = |folder: &Folder| {
        let mut file = OpenOptions::new().append(true).open(folder.path("a.yaml")).unwrap();
        file.write_all(b"more").unwrap();
    };
    check_edit(append, "a.yaml=old\nmore").await;
}

#[tokio::test]
async fn a_move_over_it() {
    check_edit(|it| it.shell("echo new > temp && mv temp a.yaml"), "a.yaml=new\n").await;
    check_edit(|it| it.shell("cp a.yaml t; echo new > t; mv a.yaml a_bak; mv t a.yaml"), "a.yaml=new\n").await;
}

#[tokio::test]
async fn sed_in_place() {
    check_edit(|it| it.shell("sed -i s/old/new/ a.yaml"), "a.yaml=new\n").await;
}

#[tokio::test]
async fn an_editor_that_saves_by_rename() {
    let vim = |folder: &Folder| {
        folder.write(".a.yaml.swp", "swap");
        folder.write("4913", "");
        folder.remove("4913");
        folder.rename("a.yaml", "a.yaml~");
        folder.write("a.yaml", "new");
        folder.remove("a.yaml~");
        folder.remove(".a.yaml.swp");
    };
    check_edit(vim, "a.yaml=new").await;
    let emacs = |folder: &Folder| {
        folder.link("me@host.1", ".#a.yaml");
        folder.write("#a.yaml#", "new");
        folder.rename("a.yaml", "a.yaml~");
        folder.rename("#a.yaml#", "a.yaml");
        folder.remove(".#a.yaml");
    };
    check_edit(emacs, "a.yaml=new").await;
}

#[tokio::test]
async fn delete_and_recreate() {
    let recreate = |folder: &Folder| {
        folder.remove("a.yaml");
        folder.write("a.yaml", "new");
    };
    check_edit(recreate, "a.yaml=new").await;
}

/// The modification time set back, as `cp -p`, `rsync -t` and `tar` do.
#[tokio::test]
async fn an_edit_with_its_time_set_back() {
    check_edit(|it| it.shell("touch -r a.yaml t; echo new > a.yaml; touch -r t a.yaml; rm t"), "a.yaml=new\n").await;
}

#[tokio::test]
async fn a_file_added_and_a_file_removed() {
    let both = |folder: &Folder| {
        folder.write("a.yaml", "a");
        folder.write("b.yaml", "b");
    };
    check(&[""], both, &["a.yaml=a", "b.yaml=b"], |it| it.remove("b.yaml"), &["a.yaml=a"]).await;
    check(&[""], both, &["a.yaml=a", "b.yaml=b"], |it| it.rename("b.yaml", "c.yaml"), &["a.yaml=a", "c.yaml=b"]).await;
    let three = &["a.yaml=a", "b.yaml=b", "c.json=c"];
    check(&[""], both, &three[..2], |it| it.write("c.json", "c"), three).await;
}

#[tokio::test]
async fn a_config_map_mount() {
    let first = |folder: &Folder| folder.mount("..2024_1", &[("cds.yaml", "c1"), ("lds.yaml", "l1"), ("x.sh", "sh")]);
    let second = |folder: &Folder| folder.mount("..2024_2", &[("cds.yaml", "c2"), ("eds.yaml", "e2")]);
    check(&[""], first, &["cds.yaml=c1", "lds.yaml=l1"], second, &["cds.yaml=c2", "eds.yaml=e2"]).await;
    check(&["cds.yaml"], first, &["cds.yaml=c1"], second, &["cds.yaml=c2"]).await;
}

/// Again and again: the watches must follow.
#[tokio::test]
async fn a_config_map_mount_many_times() {
    let folder = Folder::new();
    folder.mount("..0", &[("cds.yaml", "0")]);
    let mut watched = Watched::start(&folder, &[""], events());
    for round in 1..15 {
        watched.until(&[&format!("cds.yaml={}", round - 1)]).await;
        folder.mount(&format!("..{round}"), &[("cds.yaml", &round.to_string())]);
    }
    watched.until(&["cds.yaml=14"]).await;
    watched.stop().await;
}

#[tokio::test]
async fn what_appears_later_than_the_start() {
    let nothing = |_: &Folder| {};
    check(&["a.yaml"], nothing, &["! CH0001 a.yaml"], |it| it.write("a.yaml", "a"), &["a.yaml=a"]).await;
    let deep = |folder: &Folder| folder.write("x/y/z/a.yaml", "a");
    check(&["x/y"], nothing, &["! CH0001 x/y"], deep, &["x/y/z/a.yaml=a"]).await;
    check(&[""], nothing, &["! CH0010 ."], deep, &["x/y/z/a.yaml=a"]).await;
}

#[tokio::test]
async fn a_directory_deleted_and_recreated() {
    for options in [events(), polling()] {
        let folder = Folder::new();
        folder.write("conf/a.yaml", "1");
        let mut watched = Watched::start(&folder, &["conf"], options);
        for round in 1..6 {
            watched.until(&[&format!("conf/a.yaml={round}")]).await;
            folder.remove("conf");
            watched.until(&[&format!("conf/a.yaml={round}"), "! CH0001 conf"]).await;
            folder.write("conf/a.yaml", &(round + 1).to_string());
        }
        watched.until(&["conf/a.yaml=6"]).await;
        folder.write("conf/a.yaml", "still watched");
        watched.until(&["conf/a.yaml=still watched"]).await;
        watched.stop().await;
    }
}

/// Replaced so fast that it was never seen missing, it must be watched all the same: the edit after it tells.
#[tokio::test]
async fn a_directory_replaced_within_one_burst_is_watched_again() {
    let folder = Folder::new();
    folder.write("conf/s/a.yaml", "0");
    let mut watched = Watched::start(&folder, &["conf"], events());
    watched.until(&["conf/s/a.yaml=0"]).await;
    for (round, replace) in [
        "rm -r conf; mkdir -p conf/s",
        "mv conf old; mkdir -p conf/s; rm -r old",
        "mkdir -p next/s; mv conf old; mv next conf",
        "rm -r conf/s; mkdir conf/s",
        "mv conf/s conf/t; mkdir conf/s; rm -r conf/t",
    ]
    .iter()
    .enumerate()
    {
        folder.shell(&format!("{replace}; printf replaced-{round} > conf/s/a.yaml"));
        watched.until(&[&format!("conf/s/a.yaml=replaced-{round}")]).await;
        folder.write("conf/s/a.yaml", &format!("edited-{round}"));
        watched.until(&[&format!("conf/s/a.yaml=edited-{round}")]).await;
    }
    watched.stop().await;
}

#[tokio::test]
async fn a_directory_replaced_by_rename_or_by_link() {
    let two = |folder: &Folder| {
        folder.write("v1/conf/a.yaml", "1");
        folder.write("v2/conf/a.yaml", "2");
        folder.link("v1", "current");
    };
    let relink = |folder: &Folder| {
        folder.link("v2", "next");
        folder.rename("next", "current");
    };
    check(&["current/conf"], two, &["current/conf/a.yaml=1"], relink, &["current/conf/a.yaml=2"]).await;
    let rename = |folder: &Folder| {
        folder.rename("v1", "old");
        folder.rename("v2", "v1");
    };
    check(&["v1/conf"], two, &["v1/conf/a.yaml=1"], rename, &["v1/conf/a.yaml=2"]).await;
    let rename_then_edit = |folder: &Folder| {
        rename(folder);
        folder.write("v1/conf/a.yaml", "3");
    };
    check(&["v1/conf/a.yaml"], two, &["v1/conf/a.yaml=1"], rename_then_edit, &["v1/conf/a.yaml=3"]).await;
}

#[tokio::test]
async fn the_target_of_a_link_elsewhere() {
    let elsewhere = Folder::new();
    let prepare = |folder: &Folder| {
        elsewhere.write("real/a.yaml", "1");
        folder.link(elsewhere.path("real"), "sub");
        folder.link(elsewhere.path("real/a.yaml"), "z.yaml");
    };
    let edit = |_: &Folder| elsewhere.write("real/a.yaml", "2");
    check(&[""], prepare, &["sub/a.yaml=1"], edit, &["sub/a.yaml=2"]).await;
    check(&["z.yaml"], prepare, &["z.yaml=1"], edit, &["z.yaml=2"]).await;
}

/// Half of it may be delivered; the whole of it must.
#[tokio::test]
async fn a_file_written_in_pieces() {
    for options in [events(), polling()] {
        let folder = Folder::new();
        folder.write("a.yaml", "old");
        let mut watched = Watched::start(&folder, &[""], options);
        watched.until(&["a.yaml=old"]).await;
        let mut file = OpenOptions::new().write(true).truncate(true).open(folder.path("a.yaml")).unwrap();
        file.write_all(b"one ").unwrap();
        watched.until(&["a.yaml=one "]).await;
        file.write_all(b"two").unwrap();
        watched.until(&["a.yaml=one two"]).await;
        watched.stop().await;
    }
}

#[tokio::test]
async fn equal_content_is_no_change() {
    for options in [events(), polling()] {
        let folder = Folder::new();
        folder.write("a.yaml", "a");
        folder.write("b.yaml", "0");
        let mut watched = Watched::start(&folder, &[""], options);
        assert_eq!(watched.next().await, ["a.yaml=a", "b.yaml=0"]);
        for round in 1..10 {
            folder.shell("printf a > t; mv t a.yaml; touch a.yaml; chmod 600 a.yaml; echo > notes.txt");
            folder.write("b.yaml", &round.to_string());
            assert_eq!(watched.next().await[0], "a.yaml=a");
            watched.until(&["a.yaml=a", &format!("b.yaml={round}")]).await;
        }
        watched.stop().await;
    }
}

#[tokio::test]
async fn a_look_at_what_did_not_change_says_the_same() {
    for options in [events(), polling()] {
        let folder = Folder::new();
        folder.write("a.yaml", "a");
        folder.write("b.yaml", "");
        let mut files = Files::new(vec![folder.path("")], options);
        let first = files.read_once();
        folder.shell("printf a > t; mv t a.yaml");
        let second = files.read_once();
        assert!(first.is_same_as(&second));
        assert!(Arc::ptr_eq(&first.files[0].content, &second.files[0].content), "equal bytes are kept once");
    }
}

#[test]
fn a_directory_is_taken_with_all_below_it_and_each_thing_once() {
    let folder = Folder::new();
    for name in ["b.yaml", "s/t/c.yml", "d.json", "e.pb", "f.pb_text", "inotify.sh", "eds.yaml.v1", "c.yaml-v2"] {
        folder.write(name, name);
    }
    for name in [".hidden.yaml", ".git/x.yaml", "..2024/x.yaml", "b.yaml~", ".b.yaml.swp", "#b.yaml#", "4913"] {
        folder.write(name, name);
    }
    folder.link(".", "loop");
    folder.link("../..", "s/t/loop");
    folder.link("s", "a");
    folder.link("b.yaml", "a.yaml");
    folder.link("nowhere", "stray");
    let mut files =
        Files::new(vec![folder.path(""), folder.path("s"), folder.path("inotify.sh")], WatchOptions::default());
    let reading = describe(&files.read_once(), &format!("{}/", folder.path("").display()));
    let expected = ["b.yaml", "d.json", "e.pb", "f.pb_text", "inotify.sh", "s/t/c.yml"];
    assert_eq!(reading, expected.map(|it| format!("{it}={it}")));
}

#[test]
fn names_are_as_the_user_would_write_them() {
    let folder = Folder::new();
    folder.write("config/a.yaml", "a");
    let given = folder.path("config").join("..").join("config/");
    let reading = Files::new(vec![given.clone()], WatchOptions::default()).read_once();
    assert_eq!(*reading.files[0].name, *given.join("a.yaml").to_string_lossy());
    let relative = Files::new(vec!["src/lib.rs".into()], WatchOptions::default()).read_once();
    assert_eq!(&*relative.files[0].name, "src/lib.rs");
    assert_eq!(*relative.files[0].content, *fs::read("src/lib.rs").unwrap());
}
