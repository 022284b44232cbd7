//! Renders what was said, to see whether it says what was meant. The proof of everything else here.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::compile::{Settings, compile, to_json};
use crate::resource::{Flavour, Resource, ResourceType};
use crate::spec::RawFile;

/// The one way from a spec to resources: the same as for any document.
#[derive(Debug, Default)]
pub(super) struct Probe {
    settings: Settings,
}

/// Resources, each with its type.
pub(super) type Resources = Vec<(ResourceType, Arc<Resource>)>;

impl Probe {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { settings: Settings { default_nodes: Vec::new(), ..settings.clone() } }
    }

    /// What a spec gives; nothing if it has any fault.
    pub(super) fn render(&self, spec: &Value) -> Option<Resources> {
        self.document(&json!({ "spec": spec }))
    }

    /// What a document gives.
    pub(super) fn document(&self, document: &Value) -> Option<Resources> {
        let file = RawFile::new("import.json", document.to_string().into_bytes());
        let mut compiled = compile(&file, &self.settings);
        if compiled.diagnostics.has_errors() || compiled.documents.len() != 1 {
            return None;
        }
        compiled.documents.pop().map(|it| it.resources)
    }

    /// The virtual host that a host of the language stands for.
    pub(super) fn host(&self, host: &Value) -> Option<Value> {
        let listener = json!({"name": "x", "port": 1, "virtual_hosts": [host]});
        let resources = self.render(&json!({ "listeners": [listener] }))?;
        find(&resources, "RDS", "x")?.get("virtual_hosts")?.get(0).cloned()
    }

    /// The route that a route of the language stands for.
    pub(super) fn route(&self, route: &Value) -> Option<Value> {
        let host = json!({"name": "x", "domains": ["*"], "routes": [route]});
        self.host(&host)?.get("routes")?.get(0).cloned()
    }
}

/// The message of a rendered resource.
pub(super) fn find(resources: &Resources, short: &str, name: &str) -> Option<Value> {
    let (kind, resource) = resources.iter().find(|(kind, it)| kind.rules().short == short && &*it.name == name)?;
    message(kind, resource)
}

/// A resource's message as JSON.
pub(super) fn message(kind: &ResourceType, resource: &Resource) -> Option<Value> {
    to_json(kind, &resource.value(Flavour::Ads)).ok()
}
