//! The cache alone: generations in, views out.

use super::*;
use crate::compile::Document;
use crate::spec::{Glob, NodeSelector};

fn generation(number: u64, id: &str) -> Arc<Generation> {
    let selector = NodeSelector { id: Some(Glob::new(id)), ..NodeSelector::default() };
    let document = Document { name: "a.yaml".into(), nodes: vec![selector], ..Document::default() };
    Arc::new(Generation::new(number, vec![Arc::new(document)], None))
}

fn node(id: &str) -> Arc<Node> {
    Arc::new(Node { id: id.into(), ..Node::default() })
}

#[tokio::test]
async fn p20_none_yet_is_not_empty() {
    let cache = Arc::new(Cache::new(Options::direct()));
    let mut views = cache.watch(&node("edge-1"), &Claim::Nothing);
    assert!(views.next().await.snapshot.is_none());
    cache.publish(generation(1, "edge-*"));
    assert_eq!(views.next().await.snapshot.map(|it| it.generation), Some(1));
}

#[tokio::test]
async fn a_node_that_is_selected_no_longer_keeps_its_view() {
    let cache = Arc::new(Cache::new(Options::direct()));
    cache.publish(generation(1, "edge-*"));
    let mut views = cache.watch(&node("edge-1"), &Claim::Nothing);
    assert_eq!(views.next().await.snapshot.map(|it| it.generation), Some(1));
    cache.publish(generation(2, "web-*"));
    let view = views.next().await;
    assert_eq!(view.snapshot.map(|it| it.generation), Some(1));
    let Some(Problem::Unmatched(Some(nearest))) = view.problem else { panic!("{:?}", view.problem) };
    assert_eq!(nearest, "a.yaml: id is \"edge-1\", not \"web-*\"");
}

#[tokio::test]
async fn p235_nodes_go_with_their_last_stream_and_p232_streams_of_one_node_are_independent() {
    let cache = Arc::new(Cache::new(Options::direct()));
    cache.publish(generation(1, "*"));
    let (mut first, second) = (cache.watch(&node("a"), &Claim::Nothing), cache.watch(&node("a"), &Claim::Nothing));
    assert_eq!(cache.lock(|it| it.nodes.len()), 1);
    drop(second);
    cache.publish(generation(2, "*"));
    assert_eq!(first.next().await.snapshot.map(|it| it.generation), Some(2));
    drop(first);
    assert_eq!(cache.lock(|it| it.nodes.len()), 0);
}

#[tokio::test]
async fn p241_a_reader_that_sleeps_finds_only_the_newest_view() {
    let cache = Arc::new(Cache::new(Options::direct()));
    let mut views = cache.watch(&node("a"), &Claim::Nothing);
    for number in 1..=50 {
        cache.publish(generation(number, "*"));
    }
    assert_eq!(views.next().await.snapshot.map(|it| it.generation), Some(50));
}
