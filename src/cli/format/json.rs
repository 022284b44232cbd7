//! Diagnostics as JSON, for other programs. The shape is a promise: `docs/checking.md` has it.

use serde_json::{Value, json};

use super::super::output::json as json_text;
use super::Region;
use crate::spec::{Diagnostic, Label, Severity};

/// All diagnostics and how many there are.
pub(in crate::cli) fn report(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|it| it.severity == severity).count();
    let report = json!({
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "diagnostics": diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
    });
    json_text(&report)
}

fn diagnostic(it: &Diagnostic) -> Value {
    let mut labels = it.labels.iter();
    let mut json = json!({
        "code": it.code,
        "severity": severity(it.severity),
        "message": it.message,
        "place": labels.next().map(place),
        "related": labels.map(place).collect::<Vec<_>>(),
        "help": it.help,
    });
    if let Some(fix) = it.fix.as_ref().filter(|_| !it.redacted) {
        json["fix"] = fix.what.as_str().into();
    }
    json
}

fn place(label: &Label) -> Value {
    let mut json = json!({ "file": &*label.text.name });
    if let Some(Region { start, end }) = Region::of(label) {
        json["line"] = start.0.into();
        json["column"] = start.1.into();
        json["end_line"] = end.0.into();
        json["end_column"] = end.1.into();
    }
    if !label.remark.is_empty() {
        json["remark"] = label.remark.as_str().into();
    }
    json
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
