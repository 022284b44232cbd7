//! Bytes of another process to a statement, or why they are none. Nothing in them is trusted to be of the right kind.

use std::sync::Arc;

use serde_json::Value;

use super::selector::from_json;
use super::{Body, FORMAT, Stated, StatedResource, Statement};
use crate::resource::{Origin, ResourceType};

/// Why bytes are no statement of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON at all: something else answers there.
    #[error("it is not JSON")]
    NotJson,
    /// Another version's form.
    #[error("it is of format {0}, and this chancery reads format {FORMAT}")]
    Format(String),
    /// Something is missing or of the wrong kind.
    #[error("it has no proper `{0}`")]
    Lacks(&'static str),
}

/// Reads what `write` wrote.
pub fn read(bytes: &[u8]) -> Result<Statement, Unreadable> {
    let json: Value = serde_json::from_slice(bytes).map_err(|_| Unreadable::NotJson)?;
    match json.get("format") {
        Some(format) if *format == FORMAT => {}
        Some(Value::Number(other)) => return Err(Unreadable::Format(other.to_string())),
        _ => return Err(Unreadable::Lacks("format")),
    }
    let Value::Object(mut fields) = json else { return Err(Unreadable::Lacks("format")) };
    let number = fields.get("number").and_then(Value::as_u64).ok_or(Unreadable::Lacks("number"))?;
    let version = text(fields.get("version"), "version")?.parse().map_err(|_| Unreadable::Lacks("version"))?;
    let Some(Value::Array(documents)) = fields.remove("documents") else { return Err(Unreadable::Lacks("documents")) };
    let documents = documents.into_iter().map(document).collect::<Result<_, _>>()?;
    Ok(Statement { number, version, documents })
}

fn document(mut json: Value) -> Result<Stated, Unreadable> {
    let name = text(json.get("name"), "name")?.into();
    let label = json.get("label").and_then(Value::as_str).map(Into::into);
    let nodes = json.get("nodes").and_then(Value::as_array).ok_or(Unreadable::Lacks("nodes"))?;
    let nodes = nodes.iter().map(|it| from_json(it).ok_or(Unreadable::Lacks("nodes"))).collect::<Result<_, _>>()?;
    let resources = json.get_mut("resources").and_then(Value::as_array_mut).ok_or(Unreadable::Lacks("resources"))?;
    let resources = std::mem::take(resources).into_iter().map(resource).collect::<Result<_, _>>()?;
    Ok(Stated { name, label, nodes, resources })
}

fn resource(mut json: Value) -> Result<Arc<StatedResource>, Unreadable> {
    let origin = json.get("origin").ok_or(Unreadable::Lacks("origin"))?;
    let line = origin.get("line").and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok());
    let origin = Origin {
        document: text(origin.get("document"), "origin")?.into(),
        line: line.ok_or(Unreadable::Lacks("origin"))?,
    };
    let aliases = json.get("aliases").and_then(Value::as_array).ok_or(Unreadable::Lacks("aliases"))?;
    let aliases = aliases.iter().filter_map(Value::as_str).map(Into::into).collect();
    Ok(Arc::new(StatedResource {
        kind: ResourceType::from_url(text(json.get("type"), "type")?),
        name: text(json.get("name"), "name")?.into(),
        version: text(json.get("version"), "version")?.parse().map_err(|_| Unreadable::Lacks("version"))?,
        aliases,
        origin,
        value: Body::Json(json.get_mut("value").map(Value::take).ok_or(Unreadable::Lacks("value"))?),
    }))
}

fn text<'a>(json: Option<&'a Value>, name: &'static str) -> Result<&'a str, Unreadable> {
    json.and_then(Value::as_str).ok_or(Unreadable::Lacks(name))
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use super::*;
    use crate::compile::{Settings, compile};
    use crate::snapshot::Generation;
    use crate::spec::{Glob, NodeSelector, RawFile};

    const YAML: &str = "version: \"7\"\nnodes:\n- {id: \"edge-*\", locality: {region: eu, zone: a, sub_zone: b}}\n- {cluster: web, metadata: {a: {b: x}}}\nspec:\n  clusters:\n  - {name: a, endpoints: [\"127.0.0.1:80\"]}\n";

    fn statement() -> Statement {
        let compiled = compile(&RawFile::new("a.yaml", YAML.as_bytes()), &Settings::default());
        let mut documents: Vec<_> = compiled.documents.into_iter().map(Arc::new).collect();
        let mut exact = (*documents[0]).clone();
        exact.nodes = vec![NodeSelector { id: Some(Glob::exact("a*")), ..NodeSelector::default() }];
        documents.push(Arc::new(exact));
        Statement::of(&Generation::new(3, documents, None))
    }

    #[test]
    fn what_is_written_is_read_back() {
        let statement = statement();
        let bytes = write(&statement);
        let again = read(&bytes).unwrap();
        assert_eq!((again.number, again.version), (3, statement.version));
        for (old, new) in statement.documents.iter().zip(&again.documents) {
            assert_eq!((&old.name, &old.label, &old.nodes), (&new.name, &new.label, &new.nodes));
            for (old, new) in old.resources.iter().zip(&new.resources) {
                assert_eq!((&old.kind, &old.name, old.version), (&new.kind, &new.name, new.version));
                assert_eq!((&old.origin, old.json()), (&new.origin, new.json()));
            }
        }
        assert_eq!(bytes, write(&again));
    }

    #[test]
    fn what_is_no_statement_says_why() {
        let whole: Value = serde_json::from_slice(&write(&statement())).unwrap();
        assert_eq!(read(b"<html>").unwrap_err(), Unreadable::NotJson);
        assert_eq!(read(b"[1]").unwrap_err(), Unreadable::Lacks("format"));
        assert_eq!(
            read(b"{\"format\": 2}").unwrap_err().to_string(),
            "it is of format 2, and this chancery reads format 1"
        );
        // Without any one part it is refused, never half read.
        for (at, name) in [
            ("", "number"),
            ("", "version"),
            ("", "documents"),
            ("/documents/0", "name"),
            ("/documents/0", "nodes"),
            ("/documents/0/nodes/0", "id"),
            ("/documents/0/resources/0", "origin"),
            ("/documents/0/resources/0", "value"),
        ] {
            let mut json = whole.clone();
            json.pointer_mut(at).unwrap()[name] = Value::Bool(true);
            let refused = read(json.to_string().as_bytes()).is_err();
            assert!(refused || name == "value", "{at} {name}");
            json.pointer_mut(at).unwrap().as_object_mut().unwrap().remove(name);
            assert!(read(json.to_string().as_bytes()).is_err() || name == "id", "{at} {name}");
        }
    }
}
