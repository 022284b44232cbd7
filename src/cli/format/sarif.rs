//! Diagnostics as SARIF 2.1.0, which code scanning services read.

use serde_json::{Value, json};

use super::super::output::json as json_text;
use super::Region;
use crate::spec::{Diagnostic, Label, Severity, codes};

/// One run, with the rules that it found broken.
pub(in crate::cli) fn report(diagnostics: &[Diagnostic]) -> String {
    let found: Vec<_> = codes::all().filter(|code| diagnostics.iter().any(|it| it.code == code.code)).collect();
    let rules: Vec<_> = found.iter().map(|it| rule(it)).collect();
    let results: Vec<_> = diagnostics.iter().map(result).collect();
    let driver = json!({ "name": "chancery", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    });
    json_text(&report)
}

fn rule(code: &codes::Code) -> Value {
    let mut rule = json!({ "id": code.code, "shortDescription": { "text": code.title } });
    if !code.why.is_empty() {
        rule["fullDescription"] = json!({ "text": code.why });
    }
    rule
}

fn result(it: &Diagnostic) -> Value {
    let level = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let message = std::iter::once(&it.message).chain(&it.help).map(String::as_str).collect::<Vec<_>>().join("\n");
    let mut places = it.labels.iter();
    let mut result = json!({
        "ruleId": it.code,
        "level": level,
        "message": { "text": message },
        "locations": places.next().map(location).into_iter().collect::<Vec<_>>(),
    });
    let related: Vec<_> = places.map(location).collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

fn location(label: &Label) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(&label.text.name) } });
    if let Some(Region { start, end }) = Region::of(label) {
        physical["region"] =
            json!({ "startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1 });
    }
    let mut location = json!({ "physicalLocation": physical });
    if !label.remark.is_empty() {
        location["message"] = json!({ "text": label.remark });
    }
    location
}

/// A path as a relative reference: what is not plain in one is written in percent.
fn uri(path: &str) -> String {
    let is_plain = |it: &u8| it.is_ascii_alphanumeric() || b"-._~/".contains(it);
    path.bytes().map(|it| if is_plain(&it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}
