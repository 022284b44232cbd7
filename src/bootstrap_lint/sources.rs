//! Whom the Envoy asks for what: config sources, and the clusters that they name.

use super::look;
use super::{BOOTSTRAP, Lint, start_of};
use crate::spec::{Entry, Span, Tree, Value, codes};

const CONFIG_SOURCE: &str = "envoy.config.core.v3.ConfigSource";

/// What the config sources of a bootstrap have in common.
#[derive(Debug, Default)]
pub(super) struct Sources<'t> {
    /// Names of clusters that are asked by gRPC, each where it stands first.
    pub(super) clusters: Vec<&'t Tree>,
    /// Whether anything is asked of a management server: then the node must have a name.
    pub(super) asks: bool,
    /// Whether something has a stream of its own: then generated references name the management cluster.
    pub(super) streams: bool,
}

impl<'t> Sources<'t> {
    /// Reads all config sources and reports their faults.
    pub(super) fn of(lint: &mut Lint<'t>) -> Self {
        let tree = lint.tree;
        let mut sources = Sources::default();
        let ads = look::at(tree, "dynamic_resources.ads_config");
        let all = look::fields_of_type(tree, BOOTSTRAP, CONFIG_SOURCE);
        let by_ads: Vec<_> = all.iter().filter(|it| look::entry(&it.value, "ads").is_some()).collect();
        if let Some(ads) = ads {
            sources.api(lint, ads, "ads_config");
            if by_ads.is_empty() {
                lint.push(codes::UNUSED_ADS, start_of(ads), "`ads_config` is given, but nothing uses it", |it| {
                    it.help("write `ads: {}` in `lds_config` and `cds_config`")
                });
            }
        }
        for entry in &all {
            sources.config_source(lint, entry, ads.is_some());
        }
        followed(lint, &sources);
        mixed(lint, ads);
        sources
    }

    fn config_source(&mut self, lint: &mut Lint<'t>, entry: &'t Entry, has_ads: bool) {
        let (name, tree) = (&*entry.key.text, &entry.value);
        let kinds = ["path", "path_config_source", "api_config_source", "ads", "self"];
        let Some(kind) = kinds.iter().find_map(|it| look::entry(tree, it).map(|found| (*it, found))) else {
            let message = format!("`{name}` does not say where its resources come from");
            lint.push(codes::EMPTY_CONFIG_SOURCE, entry.key.span, message, |it| {
                it.help("give it `ads: {}`, `api_config_source` or `path_config_source`")
            });
            return;
        };
        match kind {
            ("ads", source) => {
                self.asks = true;
                if !has_ads {
                    let message = format!("`{name}` uses ADS, but there is no `ads_config`");
                    lint.push(codes::NO_ADS_CONFIG, source.key.span, message, |it| {
                        it.help("add `ads_config` under `dynamic_resources`, or use an `api_config_source` here")
                    });
                }
                version(lint, tree, entry.key.span, "resource_api_version", name);
            }
            ("api_config_source", source) => {
                self.streams = true;
                self.api(lint, &source.value, name);
                version(lint, tree, entry.key.span, "resource_api_version", name);
            }
            ("self", source) => {
                let message = format!("`{name}` refers to itself, which only gRPC clients understand");
                lint.push(codes::SELF_SOURCE, source.key.span, message, |it| {
                    it.help("use `ads: {}` with `resource_api_version: V3`")
                });
            }
            ("path_config_source", source) if look::at(&source.value, "watched_directory").is_none() => {
                let message =
                    "a file that is replaced as Kubernetes does is not read again without a watched directory";
                lint.push(codes::NOT_WATCHED, source.key.span, message, |it| {
                    it.help("add `watched_directory: {path: …}` with the directory that the file is in")
                });
            }
            _ => {}
        }
    }

    /// One `ApiConfigSource`.
    fn api(&mut self, lint: &mut Lint<'t>, tree: &'t Tree, name: &str) {
        self.asks = true;
        api_type(lint, tree, name);
        version(lint, tree, start_of(tree), "transport_api_version", name);
        let services = look::items(tree, "grpc_services");
        if services.is_empty() && !look::text(tree, "api_type").is_some_and(|it| it.eq_ignore_ascii_case("REST")) {
            lint.push(codes::NO_GRPC_SERVICE, start_of(tree), format!("`{name}` has no `grpc_services`"), |it| {
                let name = lint_name(lint.expected.management_cluster);
                it.help(format!("add `grpc_services: [{{envoy_grpc: {{cluster_name: {name}}}}}]`"))
            });
        }
        for service in services {
            let Some(grpc) = look::at(service, "envoy_grpc") else { continue };
            match look::at(grpc, "cluster_name").filter(|it| it.text().is_some_and(|it| !it.is_empty())) {
                Some(cluster) => {
                    if !self.clusters.iter().any(|it| it.text() == cluster.text()) {
                        self.clusters.push(cluster);
                    }
                }
                None => {
                    lint.push(codes::NO_MANAGEMENT_CLUSTER, start_of(grpc), "`envoy_grpc` names no cluster", |it| {
                        it.help("add `cluster_name` with the static cluster that leads to Chancery")
                    });
                }
            }
        }
        let once = look::text(tree, "set_node_on_first_message_only");
        if once.is_none_or(|it| !it.eq_ignore_ascii_case("true")) && !services.is_empty() {
            lint.push(codes::NODE_IN_EVERY_MESSAGE, start_of(tree), "the node is sent in every message", |it| {
                it.help("add `set_node_on_first_message_only: true`: it can be large, and does not change")
            });
        }
    }
}

/// A name as YAML needs it in a help.
fn lint_name(name: &str) -> &str {
    if name.is_empty() { "xds_cluster" } else { name }
}

fn api_type(lint: &mut Lint<'_>, tree: &Tree, name: &str) {
    let help = "use `GRPC`, or `DELTA_GRPC` for differences only";
    let Some(kind) = look::at(tree, "api_type") else {
        lint.push(codes::NO_API_TYPE, start_of(tree), format!("`{name}` has no `api_type`"), |it| it.help(help));
        return;
    };
    let text = kind.text().map(|it| it.to_ascii_uppercase()).unwrap_or_default();
    match text.as_str() {
        "GRPC" | "DELTA_GRPC" | "2" | "3" => {}
        "REST" | "1" => {
            let message = "Chancery does not speak REST: it pushes, and REST can only ask";
            lint.push(codes::API_TYPE, kind.span, message, |it| it.help(help));
        }
        "AGGREGATED_GRPC" | "AGGREGATED_DELTA_GRPC" | "5" | "6" => {
            let message = format!("`{text}` is for collections of `xdstp:` names, which Chancery does not serve");
            lint.push(codes::API_TYPE, kind.span, message, |it| it.help(help));
        }
        // Others are refused by name already, but for the one that says of itself that it is not to be used.
        "0" | "DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE" => {
            lint.push(codes::NO_API_TYPE, kind.span, format!("`{name}` has no usable `api_type`"), |it| it.help(help));
        }
        _ => {}
    }
}

/// Envoy 1.40 takes a missing version for V3 and refuses V2.
fn version(lint: &mut Lint<'_>, tree: &Tree, place: Span, field: &str, name: &str) {
    match look::at(tree, field) {
        None => lint.push(codes::NO_API_VERSION, place, format!("`{name}` has no `{field}`"), |it| {
            it.help(format!("add `{field}: V3`; Envoys before 1.19 take it for V2, and newer ones warn"))
        }),
        Some(found) if !found.text().is_some_and(|it| it.eq_ignore_ascii_case("V3") || &**it == "2") => {
            let message = format!("`{field}` is not V3, the only version that Envoy and Chancery speak");
            lint.push(codes::OLD_API_VERSION, found.span, message, |it| it.help("write `V3`"));
        }
        Some(_) => {}
    }
}

/// Whether listeners and clusters come from a management server.
fn followed(lint: &mut Lint<'_>, sources: &Sources<'_>) {
    let tree = lint.tree;
    let command = "`chancery bootstrap --node-id ID` prints a bootstrap that has all of it";
    let Some(dynamic) = look::entry(tree, "dynamic_resources") else {
        let place = start_of(tree);
        lint.push(codes::FOLLOWS_NOBODY, place, "there are no `dynamic_resources`, so this Envoy asks nobody", |it| {
            it.help(command)
        });
        return;
    };
    if !sources.asks {
        let message = "nothing here refers to a management server, so this Envoy does not follow Chancery";
        lint.push(codes::FOLLOWS_NOBODY, dynamic.key.span, message, |it| it.help(command));
        return;
    }
    let asks = |name: &str| look::entry(&dynamic.value, name).is_some();
    for (missing, other, what) in [("lds_config", "cds_config", "listeners"), ("cds_config", "lds_config", "clusters")]
    {
        if !asks(missing) && asks(other) {
            let message = format!("there is no `{missing}`: {what} that Chancery has do not come");
            lint.push(codes::HALF_FOLLOWED, dynamic.key.span, message, |it| {
                it.help(format!("add `{missing}`, as `{other}`"))
            });
        }
    }
    if !asks("lds_config") && !asks("cds_config") {
        let message = "neither `lds_config` nor `cds_config` is given: no listener and no cluster comes from Chancery";
        lint.push(codes::HALF_FOLLOWED, dynamic.key.span, message, |it| it.help(command));
    }
}

/// Half on one stream and half on others: the order in which they arrive is then anybody's guess.
fn mixed(lint: &mut Lint<'_>, ads: Option<&Tree>) {
    let Some(dynamic) = look::at(lint.tree, "dynamic_resources") else { return };
    let of = |name: &str| look::entry(dynamic, name);
    let (Some(_), Some(lds), Some(cds)) = (ads, of("lds_config"), of("cds_config")) else { return };
    let by_ads = |it: &Entry| look::entry(&it.value, "ads").is_some();
    let own_stream =
        |it: &Entry| matches!(look::at(&it.value, "api_config_source"), Some(it) if it.value != Value::Null);
    let odd = match (by_ads(lds), by_ads(cds)) {
        (true, false) if own_stream(cds) => cds,
        (false, true) if own_stream(lds) => lds,
        _ => return,
    };
    let message = format!("`{}` has a stream of its own, but the other one uses ADS", odd.key.text);
    lint.push(codes::MIXED_SOURCES, odd.key.span, message, |it| {
        it.help("write `ads: {}` here too: only on one stream do clusters come before the listeners that use them")
    });
}
