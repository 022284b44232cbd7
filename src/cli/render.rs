//! `chancery render`: the resources that a node would get.

use std::cell::Cell;
use std::fmt::Write;

use anyhow::bail;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::serve::Source;
use super::{exit, output, yaml};
use crate::app::{Isolation, Loader};
use crate::compile::{Member, StaticBootstrap, redact, resource_to_json};
use crate::printable::line;
use crate::resource::{Flavour, Node, Origin, Resource, ResourceType};
use crate::snapshot::{Selection, Snapshot};
use crate::spec::Severity;

/// Print the resources that a node would get, as a discovery document
#[derive(Debug, Args)]
pub(super) struct Render {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    node: NodeArgs,
    /// The stream on which they would be asked for: it decides how they refer to each other
    #[arg(long, value_enum, default_value_t = Transport::Ads, value_name = "TRANSPORT")]
    transport: Transport,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Target::Discovery, value_name = "KIND")]
    to: Target,
    /// The form
    #[arg(long, value_enum, default_value_t = Format::Yaml, value_name = "FORM")]
    format: Format,
    /// Above each resource, a comment with the file and line that it was written at; in YAML only
    #[arg(long)]
    origin: bool,
    /// Print secrets and inline code as they are. Without it `[redacted]` and hashes stand for them
    #[arg(long)]
    show_secrets: bool,
}

/// Who the node is.
#[derive(Debug, Clone, Args)]
struct NodeArgs {
    /// The node's id
    #[arg(long = "node", value_name = "ID", default_value = "node")]
    id: String,
    /// The node's cluster
    #[arg(long, value_name = "NAME", default_value = "")]
    cluster: String,
    /// The region of the node's locality
    #[arg(long, value_name = "NAME", default_value = "")]
    region: String,
    /// The zone of the node's locality
    #[arg(long, value_name = "NAME", default_value = "")]
    zone: String,
    /// The sub-zone of the node's locality
    #[arg(long, value_name = "NAME", default_value = "")]
    sub_zone: String,
    /// One leaf of the node's metadata, its path with dots
    #[arg(long, value_name = "PATH=VALUE", value_parser = pair)]
    metadata: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Transport {
    Ads,
    Grpc,
    DeltaGrpc,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    /// A discovery document
    Discovery,
    /// One static bootstrap with everything inline, for an Envoy that asks nobody
    Bootstrap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

impl Render {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        if self.origin && self.format == Format::Json {
            bail!("--origin writes comments, which JSON does not have; leave --format json out");
        }
        let settings = self.source.settings()?;
        let reading = self.source.reading()?;
        let loaded = Loader::new(settings, Isolation::default()).load(&reading);
        output::diagnostics(&loaded.diagnostics);
        if loaded.diagnostics.iter().any(|it| it.severity == Severity::Error) {
            return Ok(exit::FAULTS);
        }
        for (file, reason) in &loaded.skipped {
            output::talk(&format!("chancery: {file} is skipped: {reason}"));
        }
        let Some(generation) = loaded.generation else { bail!("there is no document in {}", self.source.places()) };
        let snapshot = match generation.select(&self.node.node()) {
            Selection::Snapshot(snapshot) => snapshot,
            Selection::Nothing { nearest } => {
                let nearest = nearest.map_or_else(String::new, |it| format!("; nearest is {it}"));
                bail!("no document selects node \"{}\"{nearest}", self.node.id);
            }
            Selection::Clash(clash) => bail!("{clash}"),
        };
        let flavour = match self.transport {
            Transport::Ads => Flavour::Ads,
            Transport::Grpc => Flavour::Grpc,
            Transport::DeltaGrpc => Flavour::DeltaGrpc,
        };
        let secrets = Secrets { shown: self.show_secrets, hidden: Cell::new(0) };
        output::document(&match (self.to, self.format) {
            (Target::Discovery, Format::Yaml) => yaml(&snapshot, flavour, &secrets, self.origin)?,
            (Target::Discovery, Format::Json) => {
                output::json(&json!({ "resources": resources(&snapshot, flavour, &secrets, |_, _, it| it)? }))
            }
            (Target::Bootstrap, format) => self.bootstrap(&snapshot, &secrets, format)?,
        })?;
        secrets.tell();
        Ok(exit::DONE)
    }

    fn bootstrap(&self, snapshot: &Snapshot, secrets: &Secrets, format: Format) -> anyhow::Result<String> {
        let members = snapshot.sets().flat_map(|set| set.resources().iter().map(move |it| Member::of(set.kind(), it)));
        let mut members = members.collect::<Result<Vec<_>, _>>().map_err(anyhow::Error::msg)?;
        for member in &mut members {
            let fields = secrets.without(&member.kind, Value::Object(std::mem::take(&mut member.fields)));
            member.fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
        }
        let bootstrap = StaticBootstrap::new(members);
        bootstrap.notes.iter().for_each(|it| output::talk(&format!("chancery: {it}")));
        match format {
            Format::Json => Ok(output::json(&bootstrap.value())),
            Format::Yaml => bootstrap_yaml(&bootstrap, self.origin),
        }
    }
}

/// What becomes of secrets.
struct Secrets {
    shown: bool,
    /// How many resources had some hidden.
    hidden: Cell<usize>,
}

impl Secrets {
    /// A resource's JSON as it is to be printed.
    fn without(&self, kind: &ResourceType, json: Value) -> Value {
        if self.shown {
            return json;
        }
        let mut redacted = json.clone();
        redact(kind, &mut redacted);
        self.hidden.set(self.hidden.get() + usize::from(redacted != json));
        redacted
    }

    fn tell(&self) {
        let resources = match self.hidden.get() {
            0 => return,
            1 => "1 resource".to_owned(),
            more => format!("{more} resources"),
        };
        output::talk(&format!(
            "chancery: secrets or code are hidden in {resources}, so this is no working configuration; --show-secrets prints all of it"
        ));
    }
}

impl NodeArgs {
    fn node(&self) -> Node {
        Node {
            id: self.id.clone(),
            cluster: self.cluster.clone(),
            region: self.region.clone(),
            zone: self.zone.clone(),
            sub_zone: self.sub_zone.clone(),
            metadata: self.metadata.iter().cloned().collect(),
            user_agent: String::new(),
        }
    }
}

fn resources<T>(
    snapshot: &Snapshot,
    flavour: Flavour,
    secrets: &Secrets,
    each: impl Fn(&ResourceType, &Resource, Value) -> T,
) -> anyhow::Result<Vec<T>> {
    let members = snapshot.sets().flat_map(|set| set.resources().iter().map(move |it| (set.kind(), it)));
    let json = |kind, it: &Resource| resource_to_json(kind, it, flavour).map_err(anyhow::Error::msg);
    members.map(|(kind, it)| Ok(each(kind, it, secrets.without(kind, json(kind, it)?)))).collect()
}

/// A discovery document; with `origins`, a remark above each resource.
fn yaml(snapshot: &Snapshot, flavour: Flavour, secrets: &Secrets, origins: bool) -> anyhow::Result<String> {
    let mut out = String::from("resources:\n");
    let with_remark = |kind: &ResourceType, it: &Resource, value| (remark(kind, &it.name, &it.origin), value);
    for (remark, value) in resources(snapshot, flavour, secrets, with_remark)? {
        let remark = if origins { remark } else { String::new() };
        let _ = write!(out, "{remark}{}", yaml::yaml(&json!([value]))?);
    }
    if out.lines().count() == 1 {
        out = "resources: []\n".to_owned();
    }
    Ok(out)
}

/// A bootstrap; with `origins`, a remark above each resource.
fn bootstrap_yaml(bootstrap: &StaticBootstrap, origins: bool) -> anyhow::Result<String> {
    let mut out = yaml::yaml(&json!({ "node": bootstrap.node() }))?;
    if let Some(extensions) = bootstrap.extensions() {
        out += &yaml::yaml(&json!({ "bootstrap_extensions": extensions }))?;
    }
    let lists = [
        ("static_resources", "listeners", &bootstrap.listeners),
        ("static_resources", "clusters", &bootstrap.clusters),
        ("static_resources", "secrets", &bootstrap.secrets),
        ("layered_runtime", "layers", &bootstrap.layers),
    ];
    let mut section = "";
    for (of, list, members) in lists.into_iter().filter(|it| !it.2.is_empty()) {
        if of != section {
            let _ = writeln!(out, "{of}:");
            section = of;
        }
        let _ = writeln!(out, "  {list}:");
        for member in members {
            let remark = if origins { remark(&member.kind, &member.name, &member.origin) } else { String::new() };
            let item = yaml::yaml(&json!([member.fields]))?;
            for line in remark.lines().chain(item.lines()) {
                let _ = writeln!(out, "{}{line}", if line.is_empty() { "" } else { "  " });
            }
        }
    }
    if section.is_empty() {
        out.push_str("static_resources: {}\n");
    }
    Ok(out)
}

/// What a resource is and which line made it. Names are the user's, and must not end the comment.
fn remark(kind: &ResourceType, name: &str, origin: &Origin) -> String {
    format!("# {} {}, from {}:{}\n", line(&kind.to_string()), line(name), line(&origin.document), origin.line)
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (path, value) = text.split_once('=').ok_or("must be PATH=VALUE")?;
    Ok((path.to_owned(), value.to_owned()))
}
