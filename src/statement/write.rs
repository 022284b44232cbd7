//! A statement to bytes, resource by resource: the JSON of all of them is never in memory at once.

use std::io::{self, Write};

use serde_json::json;

use super::selector::to_json;
use super::{FORMAT, Stated, StatedResource, Statement};
use crate::printable;
use crate::resource::share_descriptors;

/// The JSON, a resource a line. Equal generations give equal bytes.
pub fn write(statement: &Statement) -> Vec<u8> {
    let mut out = Vec::new();
    // Nothing can go wrong with memory as the target.
    let _ = all(statement, &mut out);
    out
}

/// The same on a thread that does little else, and so has no descriptors of its own.
pub fn write_sharing(statement: &Statement) -> Vec<u8> {
    share_descriptors();
    write(statement)
}

fn all(statement: &Statement, out: &mut Vec<u8>) -> io::Result<()> {
    let (number, version) = (statement.number, statement.version);
    write!(out, "{{\"format\":{FORMAT},\"number\":{number},\"version\":\"{version}\",\"documents\":[")?;
    for (index, it) in statement.documents.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        document(it, out)?;
    }
    out.write_all(b"\n]}\n")
}

fn document(document: &Stated, out: &mut Vec<u8>) -> io::Result<()> {
    let nodes: Vec<_> = document.nodes.iter().map(to_json).collect();
    let head = json!({ "name": &*document.name, "label": document.label.as_deref(), "nodes": nodes });
    let head = printable::json(head.to_string());
    write!(out, "{},\"resources\":[", head.strip_suffix('}').unwrap_or(&head))?;
    for (index, it) in document.resources.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        resource(it, out)?;
    }
    out.write_all(b"]}")
}

fn resource(resource: &StatedResource, out: &mut Vec<u8>) -> io::Result<()> {
    let aliases: Vec<&str> = resource.aliases.iter().map(|it| &**it).collect();
    let json = json!({
        "type": resource.kind.url(),
        "name": &*resource.name,
        "version": resource.version.to_string(),
        "aliases": aliases,
        "origin": { "document": &*resource.origin.document, "line": resource.origin.line },
        "value": resource.json(),
    });
    out.write_all(printable::json(json.to_string()).as_bytes())
}
