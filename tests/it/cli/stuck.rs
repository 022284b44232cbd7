//! A client that never reads, beside one that does.

use super::world::{Daemon, World};
use crate::grpc::world::{CDS, hello};

const EDITS: usize = 60;
/// Bytes of the one cluster.
const SIZE: usize = 1 << 20;

fn document(edit: usize) -> String {
    let padding = "x".repeat(SIZE);
    format!("resources:\n- {{\"@type\": {CDS}, name: big, type: STATIC, alt_stat_name: \"{edit}-{padding}\"}}\n")
}

/// P241, P242: it is sent versions until its window is full. Then nothing is made for it, and others get theirs.
#[tokio::test]
async fn p241_p242_it_costs_bounded_memory_and_delays_nobody() {
    let world = World::new();
    world.write("config/big.yaml", document(0));
    let serve = "serve config --listen 127.0.0.1:0 --log json --quiet-ms 5 --at-most-ms 50";
    let daemon = Daemon::start(world.command(serve)).await;
    let stuck = daemon.ads().await;
    stuck.send(hello("stuck", CDS));
    let mut healthy = daemon.ads().await;
    healthy.send(hello("healthy", CDS));
    assert_eq!(healthy.accept().await, ["big"]);
    let mut before = 0;
    for edit in 1..=EDITS {
        world.write("config/big.yaml", document(edit));
        assert_eq!(healthy.accept().await, ["big"]);
        // By then the daemon has been through everything once.
        if edit == 10 {
            before = daemon.resident();
        }
    }
    let grown = daemon.resident().saturating_sub(before);
    assert!(grown < (EDITS - 10) * SIZE / 2, "{} versions of 1 MiB cost {grown} bytes", EDITS - 10);
    drop(stuck);
}
