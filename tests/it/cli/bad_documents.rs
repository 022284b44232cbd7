//! Documents made to break whoever reads them: a fault and an end, soon, whatever they are.

use std::time::Duration;

use tokio::time::Instant;

use super::world::World;

/// A debug build on a busy machine.
const SOON: Duration = Duration::from_secs(15);
const CLUSTER: &str = "\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster";

#[track_caller]
fn check(documents: Vec<(&'static str, Vec<u8>)>) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let world = World::new();
        for (name, content) in documents {
            world.write(name, content);
            let started = Instant::now();
            let ended = world.check(&format!("render {name}"), 1).await;
            let said: String = ended.err.chars().take(300).collect();
            assert!(ended.out.is_empty() && ended.err.contains(name), "{caller}: {name}: {said}");
            assert!(started.elapsed() < SOON, "{caller}: {name}: {:?}: {said}", started.elapsed());
        }
    }
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[tokio::test]
async fn deep_ones() {
    let nested = lines(3000, |it| format!("{}a:\n", " ".repeat(it)));
    check(vec![
        ("brackets.yaml", vec![b'['; 10_000_000]),
        ("list.yaml", format!("resources: {}", "[".repeat(1_000_000)).into()),
        ("maps.json", format!("{{\"resources\": {}", "{\"a\":".repeat(500_000)).into()),
        ("closed.json", format!("{{\"resources\": {}1{}}}", "[".repeat(99_999), "]".repeat(99_999)).into()),
        ("block.yaml", format!("resources:\n {}", nested.replace('\n', "\n ")).into()),
        ("dashes.yaml", format!("resources: {}", "- ".repeat(500_000)).into()),
        ("messages.pb_text", "resources {".repeat(500_000).into()),
    ])
    .await;
}

#[tokio::test]
async fn ones_that_grow() {
    let bomb = lines(12, |it| match it {
        0 => "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(),
        _ => format!("a{it}: &a{it} [{}]\n", vec![format!("*a{}", it - 1); 10].join(",")),
    });
    check(vec![
        ("itself.yaml", b"resources:\n- &a [*a,*a]\n".to_vec()),
        ("bomb.yaml", format!("resources: []\n{bomb}").into()),
        ("inside.yaml", format!("resources:\n- x: {{\n{}}}\n", bomb.replace('\n', ",\n")).into()),
    ])
    .await;
}

#[tokio::test]
async fn long_ones() {
    let keys = lines(100_000, |it| format!("  k{it}: 1\n"));
    check(vec![
        ("keys.yaml", format!("name: a\nspec:\n{keys}").into()),
        ("foreign.yaml", format!("services:\n{keys}").into()),
        ("items.yaml", format!("resources:\n{}", "- 1\n".repeat(200_000)).into()),
        ("documents.yaml", "---\nresources: 1\n".repeat(50_000).into()),
        ("twice.yaml", format!("resources:\n- {CLUSTER}\n  name: a\n").repeat(10_000).into()),
        ("line.yaml", format!("resources: {}", "x".repeat(1_000_000)).into()),
        ("type.yaml", format!("resources: [{{\"@type\": \"{}\"}}]", "x".repeat(1_000_000)).into()),
        (
            "one-line.json",
            format!(
                "{{\"resources\": [{}]}}",
                vec![format!("{{{}, \"name\": \"a\"}}", CLUSTER.replace(": ", ": \"") + "\""); 20_000].join(",")
            )
            .into(),
        ),
    ])
    .await;
}

/// Bytes that look random and are the same in every run.
fn noise(seed: &str, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(seed.as_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

#[tokio::test]
async fn ones_that_are_no_text() {
    let mut documents = vec![
        ("utf8.yaml", b"resources: \"\xff\xfe\x80\"\n".to_vec()),
        ("nul.yaml", b"resources:\n- \0\0\n".to_vec()),
        ("nuls.yaml", vec![0; 1_000_000]),
        ("utf16.yaml", "resources: []\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("version.yaml", b"%YAML 9.9\n---\nresources: []\n".to_vec()),
        ("tags.yaml", format!("resources: {}", "!!".repeat(500_000)).into()),
        ("quote.yaml", format!("resources: {}", "\"\\n".repeat(500_000)).into()),
        ("noisy.yaml", [b"resources: ".to_vec(), noise("a", 1_000_000)].concat()),
    ];
    for name in ["noise.yaml", "noise.json", "noise.pb", "noise.pb_text"] {
        documents.push((name, noise(name, 1_000_000)));
    }
    check(documents).await;
}
