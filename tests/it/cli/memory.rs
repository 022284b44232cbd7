//! How much memory an idle daemon takes.

use super::world::{World, cluster};

/// What the daemon allocates, which a debug build does as a release build: 16 MB, of which Envoy's descriptors take 12. A
/// second copy of them would be over the bound.
const BOUND_MB: usize = 22;

#[tokio::test]
async fn the_descriptors_are_kept_once() {
    let world = World::new();
    world.write("a.yaml", cluster("a"));
    let mut daemon = world.serve("a.yaml").await;
    daemon.published().await;
    let client = daemon.ads().await;
    // The admin address hands out every resource as JSON.
    let plan = world.run(&format!("plan a.yaml --admin {}", daemon.admin())).await;
    assert_eq!(plan.code, Some(0), "{plan:?}");
    let allocated = daemon.memory("RssAnon") / (1 << 20);
    assert!(allocated < BOUND_MB, "{allocated} MB");
    drop(client);
}
