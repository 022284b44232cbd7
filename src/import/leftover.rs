//! What a bootstrap says beside its resources: it stays with the Envoy, and each part is told with its place.

use super::carried::is_carried;
use crate::compile::is_bootstrap;
use crate::spec::{Diagnostic, Diagnostics, Entry, Text, Tree, Value, codes, parse_yaml};

/// Parts of a bootstrap, and what becomes of them.
const PARTS: &[(&str, &str)] = &[
    ("node", "it is who the Envoy is: `chancery bootstrap --node-id` says it again"),
    ("admin", "`chancery bootstrap` has an admin interface, on 127.0.0.1:9901 unless told otherwise"),
    ("dynamic_resources", "the new bootstrap asks Chancery instead"),
    (
        "layered_runtime",
        "`--bootstrap FILE` carries its static layers; `--runtime-layer NAME` follows one of Chancery's",
    ),
    ("runtime", "it is of the v2 API: use `layered_runtime` in the bootstrap"),
    ("cluster_manager", "it belongs to the Envoy: `--bootstrap FILE` carries it into the new bootstrap"),
    ("stats_sinks", "they belong to the Envoy: `--bootstrap FILE` carries them into the new bootstrap"),
    ("tracing", "it is deprecated: configure tracing in the HTTP connection manager"),
];

/// What is left over of a bootstrap.
#[derive(Debug, Clone, Default)]
pub struct Leftover {
    /// Each part that is not carried over, at its place.
    pub told: Vec<Diagnostic>,
    /// The command that prints the bootstrap which the Envoy then needs.
    pub command: Option<String>,
}

/// Tells what importing the bootstraps of a text leaves behind.
///
/// `carries` says that a bootstrap is written with what [`super::carried`] finds.
pub fn leftover(text: &Text, management_cluster: &str, carries: bool) -> Leftover {
    let mut leftover = Leftover::default();
    let trees = parse_yaml(text, &mut Diagnostics::default());
    for tree in trees.iter().filter(|it| is_bootstrap(it, text)) {
        for entry in tree.entries().iter().filter(|it| !carries || !is_carried(&it.key.text)) {
            part(entry, text, &mut leftover.told);
        }
        own_clusters(tree, text, management_cluster, &mut leftover.told);
        leftover.command.get_or_insert_with(|| command(tree, management_cluster));
    }
    leftover
}

fn part(entry: &Entry, text: &Text, told: &mut Vec<Diagnostic>) {
    let key = &*entry.key.text;
    let ours = ["static_resources", "staticResources", "nodes", "@type", "lints", "profile", "rollout"];
    if ours.contains(&key) || entry.value.value == Value::Null {
        return;
    }
    let help = PARTS.iter().find(|it| same_field(key, it.0)).map(|it| it.1);
    let help = help.unwrap_or("it belongs to the Envoy: `--bootstrap FILE` carries it into the new bootstrap");
    let message = format!("`{key}` is not carried over: it is no resource");
    told.push(Diagnostic::warning(codes::IGNORED_BOOTSTRAP, text, entry.key.span, message).help(help));
}

/// Clusters by which the Envoy asked: they must stay in its bootstrap.
fn own_clusters(tree: &Tree, text: &Text, management_cluster: &str, told: &mut Vec<Diagnostic>) {
    let list = field(tree, "static_resources").and_then(|it| field(it, "clusters"));
    let mut named = Vec::new();
    if let Some(dynamic) = field(tree, "dynamic_resources") {
        names(dynamic, &mut named);
    }
    for name in list.map_or(&[][..], Tree::items).iter().filter_map(|it| it.at("name")) {
        let Some(word) = name.text() else { continue };
        if &**word == management_cluster || named.iter().any(|it| it == &**word) {
            let message = format!("the cluster `{word}` is not carried over: by it the Envoy asks");
            let help = "a management cluster must stand in the bootstrap; `chancery bootstrap` writes one";
            told.push(Diagnostic::warning(codes::IGNORED_BOOTSTRAP, text, name.span, message).help(help));
        }
    }
}

pub(super) fn names(tree: &Tree, into: &mut Vec<String>) {
    for entry in tree.entries() {
        if ["cluster_name", "tcp_cluster_name", "cluster"].iter().any(|it| same_field(&entry.key.text, it)) {
            into.extend(entry.value.text().map(|it| it.to_string()));
        }
        names(&entry.value, into);
    }
    tree.items().iter().for_each(|it| names(it, into));
}

/// The line that prints the bootstrap of an Envoy of the same name.
fn command(tree: &Tree, management_cluster: &str) -> String {
    let node = field(tree, "node");
    let of = |path: &str| path.split('.').try_fold(node?, field).and_then(Tree::text).map(|it| it.to_string());
    let mut line = format!("chancery bootstrap --node-id {}", quoted(&of("id").unwrap_or_else(|| "ID".to_owned())));
    if let Some(cluster) = of("cluster") {
        line += &format!(" --node-cluster {}", quoted(&cluster));
    }
    let place: Vec<_> =
        ["locality.region", "locality.zone", "locality.sub_zone"].iter().map_while(|it| of(it)).collect();
    if !place.is_empty() {
        line += &format!(" --locality {}", quoted(&place.join("/")));
    }
    for entry in node.and_then(|it| field(it, "metadata")).map_or(&[][..], Tree::entries) {
        if let Some(value) = entry.value.text() {
            line += &format!(" --metadata {}", quoted(&format!("{}={value}", entry.key.text)));
        }
    }
    let port = ["address", "socket_address", "port_value"];
    let port = field(tree, "admin").and_then(|it| port.iter().try_fold(it, |it, key| field(it, key)));
    if let Some(port) = port.and_then(Tree::text).filter(|it| &***it != "9901" && it.parse::<u16>().is_ok()) {
        line += &format!(" --admin-port {port}");
    }
    if management_cluster != "xds_cluster" {
        line += &format!(" --management-cluster {}", quoted(management_cluster));
    }
    line
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "_./:=@%+-".contains(it);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

pub(super) fn field<'t>(tree: &'t Tree, name: &str) -> Option<&'t Tree> {
    tree.entries().iter().find(|it| same_field(&it.key.text, name)).map(|it| &it.value)
}

/// Whether a key is this field, in either spelling.
pub(super) fn same_field(key: &str, name: &str) -> bool {
    key == name || (!key.contains('_') && key.eq_ignore_ascii_case(&name.replace('_', "")))
}
