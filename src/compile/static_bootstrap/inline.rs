//! Resources in the place of references to them. Leaves to its parent what the bootstrap is made of.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Member, what};

/// Puts resources where they are asked for.
pub(super) struct Inliner {
    /// Route configurations, scopes, endpoints and extension configurations, by type and name.
    by_name: HashMap<&'static str, HashMap<Arc<str>, Member>>,
    secrets: HashSet<Arc<str>>,
    used: HashSet<(&'static str, Arc<str>)>,
    /// The extension configurations that are being put in place, one inside the other.
    inside: Vec<Arc<str>>,
    /// How many more may be put in place.
    left: u32,
    notes: BTreeSet<String>,
}

/// Extensions that hold references to extensions that hold references: nobody writes more, and a loop would not end.
const DEEPEST: usize = 4;
const MOST: u32 = 10_000;

type Fields = Map<String, Value>;

impl Inliner {
    pub(super) fn new(by_name: HashMap<&'static str, HashMap<Arc<str>, Member>>, secrets: HashSet<Arc<str>>) -> Self {
        Self { by_name, secrets, used: HashSet::new(), inside: Vec::new(), left: MOST, notes: BTreeSet::new() }
    }

    /// What was left out or filled in.
    pub(super) fn finish(self) -> Vec<String> {
        let members = self.by_name.iter().flat_map(|(short, all)| all.values().map(move |it| (*short, it)));
        let unused = members.filter(|(short, it)| !self.used.contains(&(*short, it.name.clone())));
        let unused = unused.map(|(_, it)| format!("{} is left out: nothing asks for it", what(it)));
        unused.chain(self.notes.iter().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// An EDS cluster becomes a static one, with the endpoints that it would be sent.
    pub(super) fn cluster(&mut self, member: &mut Member) {
        let fields = &mut member.fields;
        if fields.get("type").and_then(Value::as_str) == Some("EDS") {
            let source = fields.shift_remove("eds_cluster_config");
            let service = source.as_ref().and_then(|it| it["service_name"].as_str()).filter(|it| !it.is_empty());
            let mut assignment = self.take("EDS", service.unwrap_or(&member.name)).unwrap_or_default();
            // A static cluster reads its endpoints under its own name.
            assignment.insert("cluster_name".to_owned(), (*member.name).into());
            fields.insert("type".to_owned(), "STATIC".into());
            fields.insert("load_assignment".to_owned(), assignment.into());
        }
        self.fields(fields);
    }

    pub(super) fn listener(&mut self, member: &mut Member) {
        self.fields(&mut member.fields);
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => self.fields(fields),
            Value::Array(items) => items.iter_mut().for_each(|it| self.value(it)),
            _ => {}
        }
    }

    fn fields(&mut self, fields: &mut Fields) {
        self.routes(fields);
        self.scopes(fields);
        let is_done = self.extension(fields);
        self.secret(fields);
        for (field, what) in [("vhds", "virtual hosts on demand"), ("leds_cluster_locality_config", "LEDS endpoints")] {
            if fields.get(field).is_some_and(Value::is_object) {
                fields.shift_remove(field);
                self.notes.insert(format!("`{field}` is left out: a bootstrap has no place for {what}"));
            }
        }
        let rest = fields.iter_mut().filter(|it| !(is_done && it.0 == "typed_config"));
        rest.for_each(|it| self.value(it.1));
    }

    /// `rds` of a connection manager.
    fn routes(&mut self, fields: &mut Fields) {
        let Some(rds) = fields.get("rds").filter(|it| is_asked_for(&it["config_source"])) else { return };
        let name = rds["route_config_name"].as_str().unwrap_or_default().to_owned();
        let routes = self.take_routes(&name).unwrap_or_else(|| {
            self.notes.insert(format!("RDS `{name}` is missing: the listener has no routes"));
            Fields::from_iter([("name".to_owned(), name.into())])
        });
        replace(fields, "rds", "route_config", routes.into());
    }

    /// `scoped_routes` of a connection manager: all scopes, each with its routes.
    fn scopes(&mut self, fields: &mut Fields) {
        let Some(Value::Object(scoped)) = fields.get_mut("scoped_routes") else { return };
        if scoped.shift_remove("scoped_rds").is_none() {
            return;
        }
        scoped.shift_remove("rds_config_source");
        let names: BTreeSet<_> = self.by_name.get("SRDS").into_iter().flat_map(|it| it.keys().cloned()).collect();
        let scopes = names.iter().filter_map(|it| self.take("SRDS", it)).collect::<Vec<_>>();
        let scopes: Vec<Value> = scopes.into_iter().map(|it| self.scope(it).into()).collect();
        scoped.insert("scoped_route_configurations_list".to_owned(), json!({ "scoped_route_configurations": scopes }));
    }

    fn scope(&mut self, mut scope: Fields) -> Fields {
        let name = scope.get("route_configuration_name").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(routes) = self.take_routes(&name) {
            replace(&mut scope, "route_configuration_name", "route_configuration", routes.into());
        }
        scope
    }

    /// `config_discovery` of a filter. True if a configuration was put in its place, references in it and all.
    fn extension(&mut self, fields: &mut Fields) -> bool {
        let Some(discovery) = fields.get("config_discovery").filter(|it| is_asked_for(&it["config_source"])) else {
            return false;
        };
        let name: Arc<str> = fields.get("name").and_then(Value::as_str).unwrap_or_default().into();
        if self.inside.contains(&name) || self.inside.len() >= DEEPEST || self.left == 0 {
            self.notes.insert(format!("ECDS `{name}` is not put in place inside itself or too deep"));
            return false;
        }
        let found = self.take("ECDS", &name).and_then(|mut it| it.shift_remove("typed_config"));
        let Some(mut config) = found.or_else(|| discovery.get("default_config").cloned()) else { return false };
        self.left -= 1;
        self.inside.push(name);
        self.value(&mut config);
        self.inside.pop();
        replace(fields, "config_discovery", "typed_config", config);
        true
    }

    /// A reference to a secret that the bootstrap has needs no source.
    fn secret(&mut self, fields: &mut Fields) {
        let has = fields.get("name").and_then(Value::as_str).is_some_and(|it| self.secrets.contains(it));
        if has && fields.get("sds_config").is_some_and(is_asked_for) {
            fields.shift_remove("sds_config");
        }
    }

    /// A route configuration. Envoy takes one that it is sent with clusters that it does not have, and one inline only
    /// if that is allowed.
    fn take_routes(&mut self, name: &str) -> Option<Fields> {
        let mut routes = self.take("RDS", name)?;
        routes.entry("validate_clusters").or_insert(false.into());
        Some(routes)
    }

    /// The fields of a resource that is asked for by name.
    fn take(&mut self, short: &'static str, name: &str) -> Option<Fields> {
        let member = self.by_name.get(short)?.get(name)?;
        self.used.insert((short, member.name.clone()));
        Some(member.fields.clone())
    }
}

/// Whether a config source asks a management server. A file on Envoy's disk is none of ours.
fn is_asked_for(source: &Value) -> bool {
    source.is_object() && source.get("path").is_none() && source.get("path_config_source").is_none()
}

/// Puts a field where another one was.
fn replace(fields: &mut Fields, old: &str, new: &str, value: Value) {
    let place = fields.keys().position(|it| it == old).unwrap_or(fields.len());
    fields.shift_remove(old);
    fields.shift_insert(place, new.to_owned(), value);
}
