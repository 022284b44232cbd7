//! All attacks in their long form, one after the other.

use super::{Size, clients, connections, requests};

/// Some minutes: `cargo test --test it -- --ignored hostile_in_full --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes some minutes"]
async fn hostile_in_full() {
    connections::descriptors(Size::Full).await;
    connections::handshake().await;
    connections::slow_admin(Size::Full).await;
    requests::big_nodes(Size::Full).await;
    requests::many_nodes(Size::Full).await;
    requests::headers(Size::Full).await;
    requests::streams(Size::Full).await;
    requests::unfinished(Size::Full).await;
    clients::mute(Size::Full).await;
    clients::reconnect(Size::Full).await;
    clients::vetoing(Size::Full).await;
}
