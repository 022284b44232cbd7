//! TLS contexts in the simple spec: certificates, who signed them, and the plain settings.

use serde_json::{Map, Value, json};

use super::invert::{at, object, remove, take, whole};

/// A listener's TLS.
pub(super) fn downstream(context: &Value) -> Option<Map<String, Value>> {
    context_of(context, "spec.listeners.tls", "client_ca")
}

/// A cluster's TLS.
pub(super) fn upstream(context: &Value) -> Option<Map<String, Value>> {
    context_of(context, "spec.clusters.tls", "ca")
}

fn context_of(context: &Value, path: &str, ca_key: &str) -> Option<Map<String, Value>> {
    let mut rest = context.as_object()?.clone();
    let mut said = take(object(path), &mut rest);
    let common = |path: &str| at(&rest, &format!("common_tls_context.{path}"));
    let first = |path: &str| common(path).and_then(|it| it.get(0));
    if let Some(certificate) = first("tls_certificates") {
        said.insert("certificate".to_owned(), whole(object(&format!("{path}.certificate")), certificate)?.into());
    } else if let Some(name) = first("tls_certificate_sds_secret_configs").and_then(|it| it.get("name")) {
        said.insert("certificate".to_owned(), json!({ "secret": name }));
    }
    let (combined, plain) = ("combined_validation_context.", "");
    let names = |under: &str, field: &str| common(&format!("{under}{field}.match_typed_subject_alt_names")).cloned();
    if let Some(name) = common("validation_context_sds_secret_config.name")
        .or_else(|| common("combined_validation_context.validation_context_sds_secret_config.name"))
    {
        said.insert(ca_key.to_owned(), json!({ "secret": name }));
    } else if let Some(validation) = common("validation_context").and_then(Value::as_object) {
        let mut validation = validation.clone();
        remove(&mut validation, "match_typed_subject_alt_names");
        said.insert(ca_key.to_owned(), whole(object(&format!("{path}.{ca_key}")), &validation.into())?.into());
    }
    let names = names(plain, "validation_context").or_else(|| names(combined, "default_validation_context"));
    if let Some(names) = names {
        let table = object(&format!("{path}.verify_names"));
        let each = |it: &Value| whole(table, it).map(Value::Object);
        said.insert("verify_names".to_owned(), names.as_array()?.iter().map(each).collect::<Option<Vec<_>>>()?.into());
    }
    Some(said)
}
