//! `chancery schema` against its metaschema and against all documents, good and bad, by a validator that is not ours.
//!
//! The validator is Python's `jsonschema`, fetched once into `target/`. `CHANCERY_TEST_JSONSCHEMA=off` switches these
//! tests off.

use std::path::Path;
use std::process::Stdio;

use chancery::compile::{Compiled, Settings, compile};
use chancery::reference::schema::schema;
use chancery::spec::{Diagnostic, Diagnostics, RawFile, Severity, Text, Tree, parse_yaml};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::documents::corpus;
use crate::simple::to_json;
use crate::simple_docs::blocks_of;
use crate::wheel::wheel;

/// Bad documents that no schema can refuse, and why.
const BEYOND: &[(&str, &str)] = &[
    ("alias-unknown.yaml", "the editor's YAML parser complains"),
    ("duplicate-cluster.yaml", "two clusters of one name"),
    ("api-duration.yaml", "a schema cannot compare durations"),
    ("api-json.json", "a schema cannot compare durations, and any number may be an enum's value"),
    ("duplicate-key.yaml", "a schema sees each key once; the editor's YAML parser complains"),
    ("duplicate-resource.yaml", "a schema cannot compare two items by one field"),
    ("key-kind.yaml", "JSON has no such keys; the editor's YAML parser complains"),
    ("no-name.yaml", "nothing is required, since messages may be parts that are merged"),
    ("typed-struct-inside.yaml", "a `TypedStruct` may hold anything in a schema"),
    ("typed-struct-typo.yaml", "a `TypedStruct` may hold anything in a schema"),
    ("two-spellings.yaml", "a schema cannot tell that two keys are one field"),
    ("v2-field.yaml", "messages of the v2 API are not looked into"),
];

/// A fault: its path and the validator's words.
type Faults = Vec<(String, String)>;

/// What the validator says of the schema itself, and of each document.
async fn validate(schema: &Value, documents: &[Value]) -> Option<(Faults, Vec<Faults>)> {
    let packages = wheel("jsonschema==4.26.0", "CHANCERY_TEST_JSONSCHEMA").await?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schema/validate.py");
    let mut command = Command::new("python3");
    command.arg(script).env("PYTHONPATH", packages).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let lines: Vec<String> = std::iter::once(schema).chain(documents).map(|it| format!("{it}\n")).collect();
    let mut input = child.stdin.take().unwrap();
    let feed = async move { input.write_all(lines.concat().as_bytes()).await.unwrap() };
    let (output, ()) = tokio::join!(child.wait_with_output(), feed);
    let output = String::from_utf8(output.unwrap().stdout).unwrap();
    let mut answers: Vec<Faults> = output.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(answers.len(), documents.len() + 1, "the validator gave up");
    let of_schema = answers.remove(0);
    Some((of_schema, answers))
}

/// A document and what our own loader says of the file that it is from.
struct Case {
    name: String,
    json: Value,
    compiled: Compiled,
}

fn cases_of(name: &str, content: &[u8]) -> Vec<Case> {
    let text = Text::new(name, String::from_utf8_lossy(content).into_owned());
    let trees = parse_yaml(&text, &mut Diagnostics::default());
    // Somebody else's documents, which we skip, may stand between ours.
    let is_ours = |it: &Tree| it.at("apiVersion").is_none();
    let compiled = || compile(&RawFile::new(name, content), &Settings::default());
    let case = |tree: &Tree| Case { name: name.to_owned(), json: to_json(tree), compiled: compiled() };
    trees.iter().filter(|it| is_ours(it)).map(case).collect()
}

fn cases_in(folder: &str) -> Vec<Case> {
    let is_text = |it: &Path| it.extension().is_some_and(|it| ["yaml", "yml", "json"].iter().any(|known| it == *known));
    let files = corpus(folder).into_iter().filter(|it| is_text(it));
    let name = |it: &Path| it.file_name().unwrap().to_str().unwrap().to_owned();
    files.flat_map(|it| cases_of(&name(&it), &std::fs::read(&it).unwrap())).collect()
}

/// Every good document that there is: the corpus, the examples of the documentation, `config/`.
fn good_cases() -> Vec<Case> {
    let mut cases = cases_in("good");
    for page in ["README.md", "docs/documents.md", "docs/sources.md"] {
        for (line, yaml) in blocks_of(page, "yaml") {
            cases.extend(cases_of(&format!("{page}:{line}.yaml"), yaml.as_bytes()));
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["config", "docs/examples/compose/config"] {
        for path in std::fs::read_dir(root.join(folder)).unwrap().map(|it| it.unwrap().path()) {
            cases.extend(cases_of(path.to_str().unwrap(), &std::fs::read(&path).unwrap()));
        }
    }
    cases.retain(|it| it.compiled.skipped.is_none());
    cases
}

fn has(case: &Case, codes: &[&str]) -> bool {
    case.compiled.diagnostics.0.iter().any(|it| codes.contains(&it.code))
}

async fn check(cases: &[Case], is_good: impl Fn(&Case) -> bool) {
    let documents: Vec<Value> = cases.iter().map(|it| it.json.clone()).collect();
    let Some((of_schema, answers)) = validate(&schema(false), &documents).await else { return };
    assert_eq!(of_schema, [], "the schema itself");
    let wrong = cases.iter().zip(answers).filter(|(case, faults)| faults.is_empty() != is_good(case));
    let wrong: Vec<_> = wrong.map(|(case, faults)| format!("{}: {faults:?}", case.name)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn good_documents_are_accepted_but_for_what_the_loader_warns_of() {
    let mut cases = good_cases();
    // A few of the corpus need a newer API than ours, and are good for Envoy only.
    cases.extend(cases_in("corpus/good").into_iter().filter(|it| !it.compiled.diagnostics.has_errors()));
    assert!(cases.len() >= 250, "{}", cases.len());
    // A single item where Envoy's API has a list (S13), unless in a message of the v2 API, which is not looked into.
    check(&cases, |it| !has(it, &["CH1101"]) || has(it, &["CH1104"])).await;
}

#[tokio::test]
async fn bad_documents_are_refused_but_for_these() {
    let mut cases = cases_in("bad");
    // Of several documents in a file, some are good.
    cases.retain(|it| it.name != "second-document.yaml" || it.json.to_string().contains("tpye"));
    // Rules between fields, and all that Envoy has in code rather than in its API, are beyond a schema by nature.
    let is_of_types = |it: &Diagnostic| it.severity == Severity::Error && it.code < "CH3000";
    cases.retain(|it| it.compiled.diagnostics.0.iter().any(is_of_types));
    assert!(BEYOND.iter().all(|(name, _)| cases.iter().any(|it| it.name == *name)), "the list is out of date");
    check(&cases, |it| BEYOND.iter().any(|(name, _)| it.name == *name)).await;
}

/// All places of a tree where a key can be misspelled: the tree with each key changed, one at a time.
fn misspelled(value: &Value, out: &mut Vec<Value>, rebuild: &dyn Fn(Value) -> Value) {
    match value {
        Value::Object(entries) => {
            // Under `envoy:`, `null` takes a field away, and one that is not there may be taken away too.
            for (key, inner) in entries.iter().filter(|it| !it.1.is_null()) {
                let renamed: serde_json::Map<_, _> = entries
                    .iter()
                    .map(
                        |(name, it)| {
                            if name == key { (format!("{name}x"), it.clone()) } else { (name.clone(), it.clone()) }
                        },
                    )
                    .collect();
                out.push(rebuild(Value::Object(renamed)));
                misspelled(inner, out, &|changed| {
                    let mut whole = entries.clone();
                    whole[key.as_str()] = changed;
                    rebuild(Value::Object(whole))
                });
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                misspelled(inner, out, &|changed| {
                    let mut whole = items.clone();
                    whole[index] = changed;
                    rebuild(Value::Array(whole))
                });
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_misspelled_key_is_refused_wherever_the_loader_refuses_it() {
    let mut cases = Vec::new();
    for case in good_cases().iter().filter(|it| it.compiled.diagnostics.0.is_empty()) {
        let mut variants = Vec::new();
        misspelled(&case.json, &mut variants, &|it| it);
        // Every second one: the places differ from document to document.
        for (index, variant) in variants.into_iter().enumerate().filter(|it| it.0 % 2 == case.name.len() % 2) {
            let name = format!("{} {index} {variant:.300}", case.name);
            let text = variant.to_string();
            let compiled = compile(&RawFile::new("t.json", text.as_bytes()), &Settings::default());
            // A top-level key may turn a document into none of ours.
            if compiled.skipped.is_none() {
                cases.push(Case { name, json: variant, compiled });
            }
        }
    }
    assert!(cases.len() > 200, "{}", cases.len());
    let refused = cases.iter().filter(|it| has(it, &["CH1003", "CH1016", "CH2001"])).count();
    assert!(refused > cases.len() / 2, "{refused} of {}", cases.len());
    // Other faults follow from a key that is gone, and a schema finds some of them too.
    cases.retain(|it| has(it, &["CH1003", "CH1016", "CH2001"]) || it.compiled.diagnostics.0.is_empty());
    check(&cases, |it| it.compiled.diagnostics.0.is_empty()).await;
}

#[tokio::test]
async fn values_of_the_wrong_kind_and_their_places() {
    let cases = [
        ("spec: {clusters: [{name: a, lb_policy: Round_Robin, connect_timeout: 1m30s}]}", ""),
        ("spec: {clusters: [{name: a, lb_policy: ROUND_ROBIN}]}", ""),
        ("spec: {clusters: [{name: a, lb_policy: robin}]}", "spec/clusters/0/lb_policy"),
        ("spec: {clusters: [{name: a, connect_timeout: 5}]}", "spec/clusters/0/connect_timeout"),
        ("spec: {clusters: [{name: a, connect_timeout: 30s1m}]}", "spec/clusters/0/connect_timeout"),
        ("spec: {clusters: [{lb_policy: random}]}", "spec/clusters/0"),
        ("spec: {clusters: {name: a}}", ""),
        ("spec: {clusters: [{name: a, http2: true, protocol: http1}]}", "spec/clusters/0"),
        ("spec: {clusters: [{name: a, envoy: {lb_policy: maglev, type: null, cluster_type: {name: b}}}]}", ""),
        ("spec: {clusters: [{name: a, envoy: {lb_polcy: maglev}}]}", "spec/clusters/0/envoy"),
        ("spec: {clusters: [{name: a, envoy: {lbPolicy: 3, connectTimeout: 5s}}]}", ""),
        ("spec: {clusters: [{name: a, envoy: {lbPolicy: [1]}}]}", "spec/clusters/0/envoy/lbPolicy"),
        ("lints: {CH3007: allow}\nprofile: grpc\nnodes: [{id: a*}]\nspec: {}", ""),
        ("profile: envoi\nspec: {}", "profile"),
        ("rollout: {canary: 25%, bake: 30s, ack_timeout: 250ms, on_nack: hold}\nspec: {}", ""),
        ("rollout: {canary: [{id: a}]}\nresources: []", ""),
        ("rollout: {canary: 0%}\nspec: {}", "rollout/canary"),
        ("rollout: {canary: []}\nresources: []", "rollout/canary"),
        ("rollout: {bakes: 3s}\nresources: []", "rollout"),
        ("nodes: []\nspec: {}", "nodes"),
        ("name: a", ""),
        (
            "resources: [{\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster, max_requests_per_connection: '7'}]",
            "",
        ),
        ("resources: [{\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: ''}]", "resources/0/name"),
        ("resources: [{name: a, resource: {\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster}}]", ""),
        (
            "admin: {address: {socket_address: {address: a, port_value: 70000}}}\nnodes: [{id: a}]",
            "admin/address/socket_address/port_value",
        ),
    ];
    let documents: Vec<Value> = cases
        .iter()
        .map(|it| to_json(&parse_yaml(&Text::new("t.yaml", it.0), &mut Diagnostics::default())[0]))
        .collect();
    let Some((_, answers)) = validate(&schema(false), &documents).await else { return };
    for ((yaml, place), faults) in cases.iter().zip(answers) {
        let is_right = match *place {
            "" if *yaml == "name: a" => !faults.is_empty(),
            "" => faults.is_empty(),
            place => faults.iter().any(|it| it.0.starts_with(place) || place.starts_with(&it.0) && !it.0.is_empty()),
        };
        assert!(is_right, "{yaml}: {faults:?}");
    }
}

#[tokio::test]
async fn the_small_schema_is_small_and_knows_the_simple_spec() {
    let small = schema(true);
    let size = small.to_string().len();
    assert!(size < 100_000, "{size}");
    let documents = [json!({ "spec": { "clusters": "x" } }), json!({ "spec": { "clusters": [{ "name": "a" }] } })];
    let Some((of_schema, answers)) = validate(&small, &documents).await else { return };
    assert_eq!(of_schema, []);
    assert!(!answers[0].is_empty() && answers[1].is_empty(), "{answers:?}");
}

/// What editors show: the pages of documentation behind each key.
#[test]
fn keys_and_fields_are_described() {
    let schema = schema(false);
    let at = |definition: &str, key: &str| &schema["definitions"][definition]["properties"][key];
    assert_eq!(at("simple.cluster", "lb_policy")["anyOf"][0]["enum"][0], "round_robin");
    let described = |it: &Value| it["description"].as_str().unwrap_or_default().to_owned();
    assert!(described(at("simple.cluster", "lb_policy")).starts_with("How an endpoint is picked"));
    let cluster = "envoy.config.cluster.v3.Cluster";
    assert!(described(at(cluster, "outlier_detection")).starts_with("If specified, outlier detection"));
    assert!(described(at(cluster, "connect_timeout")).ends_with("more than 0s"));
    assert_eq!(at("envoy.config.core.v3.SocketAddress", "port_value")["maximum"], 65535);
    assert!(at(cluster, "http2_protocol_options")["deprecationMessage"].is_string());
    let filter = "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter";
    let names = at(filter, "name")["anyOf"][0]["enum"].as_array().unwrap();
    assert!(names.contains(&json!("envoy.filters.http.router")), "{names:?}");
    let size = schema.to_string().len();
    assert!((1_500_000..3_000_000).contains(&size), "{size}: docs/editors.md says how large it is");
}
