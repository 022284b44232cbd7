//! Envoy's own rules, all of them: for each rule of each message of its API a value that breaks it is found, with its
//! code and at its line, and nothing else is said; a message that keeps all rules passes.

use std::collections::BTreeMap;

use chancery::compile::{Settings, compile};
use chancery::resource::descriptors;
use chancery::spec::codes::Level;
use chancery::spec::{Diagnostic, Levels, RawFile, Severity};
use prost_reflect::MessageDescriptor;
use serde_json::{Map, Value as Json, json};

use crate::api_values::{conforming, violations};

/// Any message as a resource, each key on a line of its own.
fn document(message: &MessageDescriptor, fields: &Map<String, Json>) -> String {
    let mut resource = Map::new();
    resource.insert("@type".to_owned(), format!("type.googleapis.com/{}", message.full_name()).into());
    resource.extend(fields.clone());
    let wrapper = "type.googleapis.com/envoy.service.discovery.v3.Resource";
    let document = json!({"resources": [{"@type": wrapper, "name": "x", "resource": resource}]});
    serde_json::to_string_pretty(&document).unwrap()
}

fn faults(text: &str) -> Vec<Diagnostic> {
    let compiled = compile(&RawFile::new("t.json", text.as_bytes()), &Settings::default());
    compiled.diagnostics.0.into_iter().filter(|it| it.severity == Severity::Error).collect()
}

fn line_of(it: &Diagnostic) -> usize {
    it.place().split(':').nth(1).and_then(|it| it.parse().ok()).unwrap_or_default()
}

fn messages() -> Vec<MessageDescriptor> {
    let own = |it: &MessageDescriptor| ["envoy.", "xds.", "udpa."].iter().any(|part| it.full_name().starts_with(part));
    let mut all: Vec<_> = descriptors().all_messages().filter(|it| own(it) && !it.is_map_entry()).collect();
    all.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    all
}

#[test]
fn a_message_that_keeps_all_rules_passes() {
    let mut tried = 0;
    for message in messages() {
        let Some(good) = conforming(&message, 12) else { continue };
        let found: Vec<_> = faults(&document(&message, &good));
        let rules: Vec<_> = found.iter().filter(|it| it.code.starts_with("CH12")).collect();
        assert!(rules.is_empty(), "{}: {rules:#?}\n{}", message.full_name(), document(&message, &good));
        tried += 1;
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn every_rule_of_every_message_is_found_at_its_line() {
    let mut tried = BTreeMap::new();
    for message in messages() {
        for violation in violations(&message) {
            let text = document(&message, &violation.message);
            let found: Vec<_> = faults(&text).into_iter().filter(|it| it.code.starts_with("CH12")).collect();
            let context = || format!("{} {}\n{text}\n{found:#?}", violation.code, violation.field);
            let [fault] = found.as_slice() else { panic!("{}", context()) };
            assert_eq!(fault.code, violation.code, "{}", context());
            assert!(fault.help.iter().any(|it| it.contains(&*violation.field)), "{}", context());
            let line = line_of(fault);
            let shown: Vec<_> = text.lines().collect();
            match &violation.key {
                // The value stands on the key's line, or below it if it is in a list or map.
                Some(key) => {
                    let at = shown.iter().position(|it| it.starts_with(&format!("        \"{key}\":"))).unwrap() + 1;
                    let end = shown[at..]
                        .iter()
                        .position(|it| it.starts_with("        \""))
                        .map_or(shown.len(), |it| at + it);
                    assert!((at..=end).contains(&line), "line {line}: {}", context());
                }
                None => assert!(shown[line - 1].contains("\"@type\""), "line {line}: {}", context()),
            }
            *tried.entry(fault.code).or_insert(0) += 1;
        }
    }
    assert_eq!(tried.len(), 7, "{tried:?}");
    assert!(tried.values().sum::<usize>() > 1_800, "{tried:?}");
}

/// What the API may gain, and this program would not enforce.
#[test]
fn no_rule_of_the_api_is_of_a_kind_that_nobody_enforces() {
    let extension = descriptors().get_extension_by_name("validate.rules").unwrap();
    for field in messages().iter().flat_map(MessageDescriptor::fields) {
        let rules = field.options().get_extension(&extension).to_string();
        for kind in ["email", "uri", "uri_ref", "timestamp", "no_sparse", "ignored", "disabled"] {
            assert!(
                !rules.contains(&format!("{kind}:")) && !rules.contains(&format!("{kind} {{")),
                "{}",
                field.full_name()
            );
        }
    }
}

#[test]
fn pgv_warn_lets_documents_pass_and_a_document_may_decide_for_itself() {
    let broken = "'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster\nname: a\nlb_policy: 99\n";
    let mut levels = Levels::default();
    levels.set("CH1205", Level::Warn).unwrap();
    let settings = Settings { levels, ..Settings::default() };
    let compiled = compile(&RawFile::new("t.yaml", broken.as_bytes()), &settings);
    assert_eq!(
        compiled.diagnostics.0.iter().map(|it| (it.code, it.severity)).collect::<Vec<_>>(),
        [("CH1205", Severity::Warning)]
    );
    assert_eq!(compiled.documents.len(), 1);
    let own = format!("{{resources: [{{{}}}], lints: {{CH1205: allow}}}}", broken.trim_end().replace('\n', ", "));
    let compiled = compile(&RawFile::new("t.yaml", own.as_bytes()), &Settings::default());
    assert!(compiled.diagnostics.0.is_empty() && compiled.documents.len() == 1, "{:#?}", compiled.diagnostics);
}
