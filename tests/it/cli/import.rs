//! `chancery import`: what is printed and written, what is told.

use super::world::World;

/// The page's bootstrap gives good documents, and by default those that give the same resources.
#[tokio::test]
async fn what_is_printed_gives_the_same() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/import.md")).unwrap();
    let world = World::new();
    world.write("envoy.yaml", page.split("```yaml envoy.yaml\n").nth(1).unwrap().split("```").next().unwrap());
    let simple = world.check("import --style simple envoy.yaml", 0).await;
    let exact = world.check("import envoy.yaml", 0).await;
    world.write("exact.yaml", &exact.out);
    world.write("simple.yaml", &simple.out);
    world.check("render simple.yaml", 0).await;
    let rendered = |text: &str| text.lines().filter(|it| !it.starts_with('#')).collect::<Vec<_>>().join("\n");
    let before = world.check("render envoy.yaml", 0).await.out;
    let after = world.check("render exact.yaml", 0).await;
    assert_eq!(rendered(&after.out), rendered(&before));
    assert_eq!(after.err, "");
}

#[tokio::test]
async fn files_are_written_and_never_over_others() {
    let world = World::new();
    world.write("old/config.yaml", "name: myconfig\nspec:\n  listeners:\n  - name: web\n    port: 80\n    routes: [{prefix: /, clusters: [a, b]}]\n  clusters:\n  - name: a\n    endpoints: [{address: 10.0.0.1, port: 80}]\n  - name: b\n    endpoints: [{address: 10.0.0.2, port: 80}]\n");
    let ended = world.check("import old/config.yaml --output-dir new", 0).await;
    assert_eq!(ended.out, "");
    assert!(ended.err.contains("`listener_0`") && ended.err.contains("split over 2 clusters"), "{ended:?}");
    let written = world.check("render new", 0).await.out.replace("new/", "old/");
    let before = world.check("render old", 0).await.out;
    let content = |text: &str| text.lines().filter(|it| !it.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(content(&written), content(&before));
    let again = world.check("import old/config.yaml --output-dir new", 1).await;
    assert!(again.err.contains("is there already"), "{again:?}");
}

#[tokio::test]
async fn faults_and_strangers_are_told() {
    let world = World::new();
    world.write("bad.yaml", "resources: [{name: x}]\n");
    let ended = world.check("import bad.yaml", 1).await;
    assert!(ended.err.contains("CH1014") && ended.out.is_empty(), "{ended:?}");
    world.write("service.yaml", "kind: Service\napiVersion: v1\n");
    let ended = world.check("import service.yaml", 1).await;
    assert!(ended.err.contains("there is nothing to import in service.yaml: a Kubernetes manifest"), "{ended:?}");
    world.check("import", 64).await;
    world.check("import --style strange bad.yaml", 64).await;
}
