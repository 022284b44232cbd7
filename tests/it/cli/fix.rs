//! `chancery fix`: what is printed, what is written, exit codes.

use std::os::unix::fs::PermissionsExt;

use super::world::{World, ended};

const OLD: &str = "nodes: {id: a}  # me\nspec: {clusters: []}\n";
const NEW: &str = "nodes: [{id: a}]  # me\nspec: {clusters: []}\n";

#[tokio::test]
async fn printing_leaves_the_file_alone() {
    let world = World::new();
    world.write("a.yaml", OLD);
    let ended = world.check("fix a.yaml", 0).await;
    assert_eq!(ended.out, NEW);
    assert_eq!(ended.err, "a.yaml:1:8: mended CH1108: put `- ` before its first key\n");
    let ended = world.check("fix --diff a.yaml", 0).await;
    assert!(ended.out.starts_with("--- a/a.yaml\n+++ b/a.yaml\n@@ -1,2 +1,2 @@\n-nodes: {id: a}  # me\n"), "{ended:?}");
    world.check("fix --check a.yaml", 1).await;
    assert_eq!(std::fs::read_to_string(world.path("a.yaml")).unwrap(), OLD);
    world.check("fix --check --write a.yaml", 64).await;
    world.check("fix", 64).await;
}

#[tokio::test]
async fn writing_keeps_mode_and_links_and_leaves_nothing_behind() {
    let world = World::new();
    world.write("real/a.yaml", OLD);
    let real = world.path("real/a.yaml");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real/a.yaml", world.path("link.yaml")).unwrap();
    let ended = world.check("fix --write link.yaml", 0).await;
    assert_eq!(ended.out, "");
    assert_eq!(std::fs::read_to_string(&real).unwrap(), NEW);
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(world.path("link.yaml")).unwrap().is_symlink());
    assert_eq!(std::fs::read_dir(world.path("real")).unwrap().count(), 1);
    world.check("fix --check link.yaml", 0).await;
}

#[tokio::test]
async fn standard_input_and_what_is_not_ours() {
    let world = World::new();
    world.write("a.yaml", OLD);
    world.write("service.yaml", "kind: Service\napiVersion: v1\n");
    let mut stdin = world.program("sh");
    stdin.args(["-c", "\"$0\" fix - < a.yaml", env!("CARGO_BIN_EXE_chancery")]);
    assert_eq!(ended(stdin).await.out, NEW);
    let ended = world.check("fix service.yaml", 0).await;
    assert_eq!(ended.out, "kind: Service\napiVersion: v1\n");
    assert!(ended.err.contains("holds no document of ours"), "{ended:?}");
    world.write("bad.yaml", "spec:\n  clustres: []\n");
    let ended = world.check("fix bad.yaml", 0).await;
    assert!(ended.err.contains("1 more with --suggestions") && ended.err.contains("still has faults"), "{ended:?}");
    assert_eq!(world.check("fix --suggestions bad.yaml", 0).await.out, "spec:\n  clusters: []\n");
    world.write("binary.yaml", [0xff, 0xfe]);
    assert!(world.check("fix binary.yaml", 1).await.err.contains("is not UTF-8 text"));
}
