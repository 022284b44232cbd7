//! Resources back to documents: what a static bootstrap, discovery files or an envoy-xds-server configuration give,
//! written as documents of ours.
//!
//! Answers for: saying it simply where the simple spec says it exactly, and as Envoy's own resources where not; and
//! for the proof, which is to render what was said and to compare. Leaves to others: reading (`compile`), printing
//! (`cli`), what stands in a bootstrap beside its resources (`leftover` only tells of it). Pure.

mod access_log;
mod carried;
mod cluster;
mod head;
mod invert;
mod leftover;
mod listener;
mod old_server;
mod outline;
mod patch;
mod plain;
mod probe;
mod route;
mod tls;
mod unit;
mod work;

use serde_json::{Map, Value, json};

pub use carried::{Carried, carried};
pub use leftover::{Leftover, leftover};
pub use old_server::changes_of_old_server;

use self::head::with_head;
use self::work::Work;
use crate::compile::{Document, Settings, resource_to_json};
use crate::resource::{Flavour, Resource};
use crate::spec::Tree;

/// How resources are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Simply where that gives the same bytes and is the shorter way to say it, else as Envoy's own resources.
    #[default]
    Auto,
    /// Simply wherever there is a word for it; what changes by that is told.
    Simple,
    /// As Envoy's own resources.
    Envoy,
}

/// What became of a document.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// The documents that say the same: a simple one and a discovery document, or one of them.
    pub documents: Vec<Value>,
    /// What is said otherwise than before, in words.
    pub changes: Vec<String>,
}

/// Writes a document's resources as documents. `source` is its tree, if it came from text: a simple spec says already
/// what can be said, and stays as it is.
///
/// # Errors
/// When a resource is of a type that no descriptor knows.
pub fn import(
    document: &Document,
    source: Option<&Tree>,
    style: Style,
    settings: &Settings,
) -> Result<Imported, String> {
    if let Some(simple) = source.filter(|it| style != Style::Envoy && it.at("spec").is_some()) {
        return Ok(Imported { documents: vec![plain::json(simple)], changes: Vec::new() });
    }
    let mut work = Work::new(document, style, settings);
    work.say_all();
    let mut documents = Vec::new();
    if !work.said.is_empty() {
        let mut spec: Map<String, Value> = Map::new();
        for said in std::mem::take(&mut work.said) {
            let list = spec.entry(said.list).or_insert_with(|| json!([]));
            list.as_array_mut().into_iter().for_each(|it| it.push(said.object.clone()));
        }
        documents.push(with_head(document, json!({ "spec": spec })));
    }
    if style == Style::Envoy && document.resources.iter().any(|(_, it)| is_flavoured(it)) {
        let what = "resources that refer to others do it as on one ADS stream, whatever stream they are asked for on";
        work.changes.push(what.to_owned());
    }
    let raw: Vec<_> =
        work.left().map(|(kind, it)| resource_to_json(kind, it, Flavour::Ads)).collect::<Result<_, _>>()?;
    if !raw.is_empty() || documents.is_empty() {
        documents.push(with_head(document, json!({ "resources": raw })));
    }
    Ok(Imported { documents, changes: work.changes })
}

/// Whether a resource is spelled differently for each kind of stream.
fn is_flavoured(resource: &Resource) -> bool {
    resource.value(Flavour::Ads) != resource.value(Flavour::Grpc)
}
