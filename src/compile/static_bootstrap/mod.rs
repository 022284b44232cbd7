//! One static bootstrap that holds all resources of a group: what an Envoy would have after asking for all of them.
//!
//! Answers for: each reference to a discovered resource becomes that resource, inline (`inline`), and what cannot stand
//! in a bootstrap is left out with a note. Leaves to others: which resources (`snapshot`), printing (`cli`), and what an
//! Envoy says of it (`judge`).

mod inline;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use self::inline::Inliner;
use super::json::to_json;
use crate::resource::{Flavour, Origin, Resource, ResourceType};
use crate::schema::PREFIX;

const INTERNAL_LISTENER: &str = "envoy.extensions.bootstrap.internal_listener.v3.InternalListener";

/// The node that the bootstrap speaks for.
pub const NODE_ID: &str = "chancery-check";

/// A resource as proto JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its type.
    pub kind: ResourceType,
    /// Its name.
    pub name: Arc<str>,
    /// Where the user wrote it.
    pub origin: Origin,
    /// Its fields, without `@type`.
    pub fields: Map<String, Value>,
}

/// A bootstrap in parts, each with the resource that it was made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StaticBootstrap {
    /// `static_resources.listeners`.
    pub listeners: Vec<Member>,
    /// `static_resources.clusters`.
    pub clusters: Vec<Member>,
    /// `static_resources.secrets`.
    pub secrets: Vec<Member>,
    /// `layered_runtime.layers`.
    pub layers: Vec<Member>,
    /// What was left out or filled in, and why.
    pub notes: Vec<String>,
}

impl Member {
    /// A resource of a snapshot, or why its bytes cannot be read.
    pub fn of(kind: &ResourceType, resource: &Resource) -> Result<Self, String> {
        // Which flavour does not matter: they differ in config sources, and those are replaced.
        let Value::Object(mut fields) = to_json(kind, &resource.value(Flavour::Ads))? else {
            return Err(format!("{kind} {} is not a message", resource.name));
        };
        fields.shift_remove("@type");
        Ok(Self { kind: kind.clone(), name: resource.name.clone(), origin: resource.origin.clone(), fields })
    }
}

impl StaticBootstrap {
    /// The bootstrap of these resources, whose names must be unique within each type.
    pub fn new(members: Vec<Member>) -> Self {
        let mut by_name: HashMap<&str, HashMap<Arc<str>, Member>> = HashMap::new();
        let mut bootstrap = Self::default();
        let (mut listeners, mut clusters) = (Vec::new(), Vec::new());
        for member in members {
            match member.kind.rules().short {
                "LDS" => listeners.push(member),
                "CDS" => clusters.push(member),
                "SDS" => bootstrap.secrets.push(member),
                "RTDS" => bootstrap.layers.push(layer(member)),
                "RDS" | "SRDS" | "EDS" | "ECDS" => {
                    let short = member.kind.rules().short;
                    by_name.entry(short).or_default().insert(member.name.clone(), member);
                }
                _ => bootstrap.notes.push(format!("{} is left out: a bootstrap has no place for it", what(&member))),
            }
        }
        let secrets = bootstrap.secrets.iter().map(|it| it.name.clone()).collect();
        let mut inliner = Inliner::new(by_name, secrets);
        for mut member in clusters {
            inliner.cluster(&mut member);
            bootstrap.clusters.push(member);
        }
        for mut member in listeners {
            if is_proxyless(&member) {
                let why = "it is for clients without a proxy, and binds no address";
                bootstrap.notes.push(format!("{} is left out: {why}", what(&member)));
                continue;
            }
            inliner.listener(&mut member);
            bootstrap.listeners.push(member);
        }
        bootstrap.notes.append(&mut inliner.finish());
        bootstrap
    }

    /// The whole as one value. It has no admin interface, so nobody is in the way of another Envoy's.
    pub fn value(&self) -> Value {
        let list = |members: &[Member]| members.iter().map(|it| Value::Object(it.fields.clone())).collect::<Vec<_>>();
        let mut value = json!({ "node": self.node() });
        let lists =
            [("listeners", &self.listeners), ("clusters", &self.clusters), ("secrets", &self.secrets)].into_iter();
        let resources: Map<_, _> =
            lists.filter(|it| !it.1.is_empty()).map(|(key, it)| (key.to_owned(), list(it).into())).collect();
        value["static_resources"] = resources.into();
        if let Some(extensions) = self.extensions() {
            value["bootstrap_extensions"] = extensions;
        }
        if !self.layers.is_empty() {
            value["layered_runtime"] = json!({ "layers": list(&self.layers) });
        }
        value
    }

    /// The `bootstrap_extensions` section, if the resources need one: no Envoy has internal listeners without it.
    pub fn extensions(&self) -> Option<Value> {
        let is_internal = |it: &Member| it.fields.contains_key("internal_listener");
        let config = json!({ "@type": format!("{PREFIX}{INTERNAL_LISTENER}") });
        let extensions = json!([{ "name": "envoy.bootstrap.internal_listener", "typed_config": config }]);
        self.listeners.iter().any(is_internal).then_some(extensions)
    }

    /// The `node` section.
    pub fn node(&self) -> Value {
        json!({ "id": NODE_ID, "cluster": NODE_ID })
    }
}

fn what(member: &Member) -> String {
    format!("{} `{}`", member.kind, member.name)
}

fn layer(member: Member) -> Member {
    let values = member.fields.get("layer").cloned().unwrap_or_else(|| json!({}));
    let fields = [("name".to_owned(), (*member.name).into()), ("static_layer".to_owned(), values)];
    Member { fields: fields.into_iter().collect(), ..member }
}

/// A listener that only a gRPC library can use.
fn is_proxyless(member: &Member) -> bool {
    member.fields.contains_key("api_listener") && !member.fields.contains_key("address")
}
