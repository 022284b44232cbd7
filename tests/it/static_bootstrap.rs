//! `render --to bootstrap` as a library: a real Envoy would start with what every good document becomes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chancery::compile::{Member, Settings, StaticBootstrap, compile};
use chancery::spec::RawFile;

use crate::documents::corpus;
use crate::envoy::the_envoy;
use crate::simple_docs::blocks_of;
use crate::simple_render::write_certificates;

/// Good documents whose bootstrap Envoy refuses, and the words with which it does.
const REFUSED: &[(&str, &str)] = &[
    // Their clusters stand in the file beside them.
    ("a-lds.yaml", "unknown cluster 'example_proxy_cluster'"),
    ("contrib.yaml", "could not find @type"),
    ("b-conf-lds.yaml", "unknown cluster 'webcluster'"),
];

/// What Envoy says of a document, if it has resources and Envoy refuses them.
fn refusal(envoy: &Path, name: &str, content: &[u8]) -> Option<String> {
    let compiled = compile(&RawFile::new(name, content), &Settings::default());
    assert!(!compiled.diagnostics.has_errors(), "{name}: {:?}", compiled.diagnostics.0);
    let resources = compiled.documents.iter().flat_map(|it| &it.resources);
    let members: Vec<_> = resources.map(|(kind, it)| Member::of(kind, it).unwrap()).collect();
    if members.is_empty() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    write_certificates(folder.path());
    let text = StaticBootstrap::new(members).value().to_string();
    let file = folder.path().join("envoy.json");
    fs::write(&file, text.replace("/etc/envoy/certs", folder.path().to_str().unwrap())).unwrap();
    let output = Command::new(envoy).args(["--mode", "validate", "-l", "critical", "-c"]).arg(file).output().unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

fn documents() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = |it: &str| fs::read_dir(root.join(it)).unwrap().map(|it| it.unwrap().path()).collect::<Vec<_>>();
    let mut paths: Vec<PathBuf> = corpus("good");
    paths.extend(folder("config"));
    paths.extend(folder("docs/examples/compose/config"));
    let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    let mut documents: Vec<_> = paths.iter().map(|it| (name(it), fs::read(it).unwrap())).collect();
    for page in ["docs/documents.md", "README.md"] {
        let blocks = blocks_of(page, "yaml").into_iter();
        documents.extend(blocks.map(|(line, it)| (format!("{page}:{line}.yaml"), it.into_bytes())));
    }
    documents
}

#[test]
fn envoy_would_start_with_what_every_good_document_becomes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(envoy) = runtime.block_on(the_envoy()) else { return };
    let documents = documents();
    assert!(documents.len() > 50, "{}", documents.len());
    let mut faults = Vec::new();
    for (name, content) in &documents {
        let expected = REFUSED.iter().find(|it| name.ends_with(it.0)).map(|it| it.1);
        match (refusal(&envoy, name, content), expected) {
            (None, None) => {}
            (Some(said), Some(words)) if said.contains(words) => {}
            (said, _) => faults.push(format!("{name}: {said:?}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
