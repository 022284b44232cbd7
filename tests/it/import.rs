//! `import`: what is written gives, rendered again, the same resources, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chancery::compile::{Document, Settings, compile};
use chancery::import::{Imported, Style, import};
use chancery::resource::{Flavour, Version};
use chancery::spec::{Diagnostics, RawFile, Text, parse_yaml};
use serde_json::Value;

use crate::documents::{compile_file, corpus};

type Versions = BTreeMap<(String, String), Version>;

fn versions(documents: &[Document]) -> Versions {
    let all = documents.iter().flat_map(|it| &it.resources);
    all.map(|(kind, it)| ((kind.to_string(), it.name.to_string()), it.version)).collect()
}

fn on_ads(documents: &[Document]) -> BTreeMap<(String, String), Vec<u8>> {
    let all = documents.iter().flat_map(|it| &it.resources);
    all.map(|(kind, it)| ((kind.to_string(), it.name.to_string()), it.value(Flavour::Ads).to_vec())).collect()
}

/// The documents as YAML, compiled again.
#[track_caller]
fn again(name: &str, imported: &Imported) -> (String, Vec<Document>) {
    let texts: Vec<_> = imported.documents.iter().map(|it| serde_saphyr::to_string(it).unwrap()).collect();
    let text = texts.join("---\n");
    let compiled = compile(&RawFile::new("again.yaml", text.as_bytes()), &Settings::default());
    assert!(!compiled.diagnostics.has_errors(), "{name}: {:?}\n{text}", compiled.diagnostics.0);
    (text, compiled.documents)
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = ["good", "seeds"].iter().flat_map(|it| corpus(it)).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("tests/specs/corpus/good");
    for folder in [corpus, root.join("config")] {
        let entries = fs::read_dir(folder).into_iter().flatten().map(|it| it.unwrap().path());
        files.extend(entries.filter(|it| it.extension().is_some_and(|it| it != "expected")));
    }
    files
}

#[test]
fn everything_comes_back_as_the_same_bytes() {
    let (mut count, mut simple) = (0, 0);
    for path in files() {
        let name = path.display().to_string();
        let compiled = compile_file(&path);
        if compiled.diagnostics.has_errors() {
            continue;
        }
        let content = fs::read_to_string(&path).unwrap_or_default();
        let trees = parse_yaml(&Text::new("t", content), &mut Diagnostics::default());
        for style in [Style::Auto, Style::Envoy] {
            for (index, document) in compiled.documents.iter().enumerate() {
                // A reference of its own for each transport is more than Envoy's words can say.
                let flavoured =
                    document.resources.iter().any(|(_, it)| it.value(Flavour::Ads) != it.value(Flavour::Grpc));
                if style == Style::Envoy && flavoured {
                    continue;
                }
                let source = trees.get(index).filter(|_| trees.len() == compiled.documents.len());
                let imported = import(document, source, style, &Settings::default()).unwrap();
                let (text, documents) = again(&name, &imported);
                assert_eq!(versions(&documents), versions(std::slice::from_ref(document)), "{name}: {style:?}\n{text}");
                assert!(
                    documents.iter().all(|it| it.nodes == document.nodes && it.label == document.label),
                    "{name}\n{text}"
                );
                assert!(imported.changes.is_empty(), "{name}: {:?}", imported.changes);
                count += 1;
                simple += usize::from(imported.documents.iter().any(|it| it.get("spec").is_some()));
            }
        }
    }
    assert!(count > 40 && simple > 5, "{count} {simple}");
}

/// Examples of the simple spec come back as simple specs, none of them as Envoy's own resources.
#[test]
fn the_simple_spec_comes_back_simple() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/documents.md")).unwrap();
    let (mut clusters, mut listeners, mut raw) = (0, 0, Vec::new());
    for block in page.split("```yaml\n").skip(1).filter_map(|it| it.split("```").next()) {
        let compiled = compile(&RawFile::new("t.yaml", block.as_bytes()), &Settings::default());
        for document in compiled.documents.iter().filter(|_| block.contains("spec:")) {
            let imported = import(document, None, Style::Auto, &Settings::default()).unwrap();
            let (text, documents) = again(block, &imported);
            // What is left to Envoy's words refers to others as on one stream; the bytes for that stream are the same.
            assert_eq!(on_ads(&documents), on_ads(std::slice::from_ref(document)), "{block}\n{text}");
            let spec = imported.documents.iter().find_map(|it| it.get("spec"));
            let count = |list: &str| spec.and_then(|it| it.get(list)?.as_array()).map_or(0, Vec::len);
            clusters += count("clusters");
            listeners += count("listeners");
            let left = imported.documents.iter().find_map(|it| it.get("resources"));
            for it in left.and_then(Value::as_array).into_iter().flatten() {
                raw.push(format!("{} {}", it["@type"], it["name"]));
            }
        }
    }
    // Several filter chains and API listeners are what the language says and cannot be said back yet.
    assert!(clusters > 30 && listeners >= 16 && raw.len() <= 8, "{clusters} {listeners} {raw:#?}");
}

const STATIC: &str = r#"
static_resources:
  listeners:
  - name: edge
    address: {socket_address: {address: 0.0.0.0, port_value: 80}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          route_config:
            name: local
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - {match: {path: /health}, direct_response: {status: 200, body: {inline_string: fine}}}
              - match: {prefix: /old}
                redirect: {https_redirect: true}
              - match: {prefix: /}
                route: {weighted_clusters: {clusters: [{name: web, weight: 90}, {name: canary, weight: 10}]}, timeout: 3s}
                request_headers_to_add: [{header: {key: x-a, value: b}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: web
    type: STATIC
    load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
  - name: canary
    type: STRICT_DNS
    dns_lookup_family: V4_ONLY
    connect_timeout: 1s
    load_assignment: {cluster_name: canary, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: canary, port_value: 80}}}}]}]}
"#;

#[test]
fn a_static_bootstrap_becomes_a_simple_spec_if_asked_for() {
    let compiled = compile(&RawFile::new("envoy.yaml", STATIC.as_bytes()), &Settings::default());
    let imported = import(&compiled.documents[0], None, Style::Simple, &Settings::default()).unwrap();
    let (text, documents) = again("static", &imported);
    assert_eq!(imported.documents.len(), 1, "{text}");
    let spec = &imported.documents[0]["spec"];
    assert_eq!(spec["listeners"][0]["virtual_hosts"][0]["routes"].as_array().map(Vec::len), Some(3), "{text}");
    assert_eq!(spec["clusters"][0]["endpoints"], serde_json::json!(["10.0.0.1:80"]), "{text}");
    assert_eq!(imported.changes.len(), 3, "{:?}", imported.changes);
    let names: Vec<_> = versions(&documents).into_keys().map(|it| format!("{} {}", it.0, it.1)).collect();
    assert_eq!(names, ["CDS canary", "CDS web", "LDS edge", "RDS edge"]);
}
