//! What the documents say, and each kind of change to it.
//!
//! Three places take requests: the route `one` and the split `split`, by a listener with TLS and one without, and the
//! listener `inline`, which has its routes in itself. Each has two upstreams, and no change takes either away: only
//! delivery is tested here.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::load::Lane;
use super::picture::{Picture, mark};
use crate::envoy::bench::{Bench, free_port};
use crate::envoy::upstream::Upstream;

/// A kind of change, as one edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::envoy) enum Change {
    /// A cluster under a new name, and its route with it.
    Renamed,
    /// A route goes to a new cluster with other endpoints, and the old one is removed.
    Moved,
    /// A split's weights change, one cluster enters and one leaves.
    Split,
    /// A split's weights change, and nothing else.
    Weights,
    /// Something in the filter chains of both listeners: they are updated in place.
    FilterChain,
    /// Something outside the filter chains: both listeners are replaced.
    Listener,
    /// Endpoints are replaced.
    Endpoints,
    /// A secret is rotated.
    Secret,
    /// One file becomes two, or two become one; nothing else.
    Files,
    /// The same, and a route moves to a new cluster.
    FilesMoved,
    /// A route goes to a new cluster of another type, STATIC or EDS.
    Type,
    /// A route goes to a new cluster that Envoy finds by DNS.
    Dns,
    /// A listener's own route goes to a new cluster, and the old one is removed.
    Inline,
}

impl Change {
    /// All of them.
    pub(in crate::envoy) const ALL: [Self; 13] = [
        Self::Renamed,
        Self::Moved,
        Self::Split,
        Self::Weights,
        Self::FilterChain,
        Self::Listener,
        Self::Endpoints,
        Self::Secret,
        Self::Files,
        Self::FilesMoved,
        Self::Type,
        Self::Dns,
        Self::Inline,
    ];

    /// Those that send requests to another cluster, so that there is an order to keep. The others drop nothing,
    /// whatever the delivery.
    pub(in crate::envoy) fn moves_traffic(self) -> bool {
        use Change::{Dns, FilesMoved, Inline, Moved, Renamed, Split, Type};
        matches!(self, Renamed | Moved | Split | FilesMoved | Type | Dns | Inline)
    }

    /// The kind of that name.
    pub(in crate::envoy) fn named(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|it| format!("{it:?}") == name);
        found.unwrap_or_else(|| panic!("no change is called {name}; there are {:?}", Self::ALL))
    }

    /// Whether requests of a lane can fail by it.
    pub(in crate::envoy) fn is_felt_by(self, lane: Lane) -> bool {
        let lanes: &[Lane] = match self {
            Self::Renamed | Self::Moved | Self::FilesMoved | Self::Type | Self::Dns => &[Lane::One, Lane::Secure],
            Self::Split | Self::Weights | Self::Endpoints => &[Lane::Split],
            Self::FilterChain | Self::Listener => &[Lane::One, Lane::Split, Lane::Secure],
            Self::Secret => &[Lane::Secure],
            Self::Files => &[Lane::One, Lane::Split, Lane::Secure, Lane::Inline],
            Self::Inline => &[Lane::Inline],
        };
        lanes.contains(&lane)
    }
}

/// So many changes: these kinds in turns, in another order each time.
pub(in crate::envoy) fn rotation(kinds: &[Change], seed: u64, changes: usize) -> Vec<Change> {
    let mut dice = Dice(seed);
    let mut all = Vec::new();
    while all.len() < changes {
        let mut turn = kinds.to_vec();
        for at in (1..turn.len()).rev() {
            turn.swap(at, dice.below(at + 1));
        }
        all.extend(turn);
    }
    all.truncate(changes);
    all
}

/// SplitMix64: the same numbers from the same seed.
#[derive(Debug, Clone)]
pub(in crate::envoy) struct Dice(pub(in crate::envoy) u64);

impl Dice {
    pub(in crate::envoy) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Eds,
    Static,
    Dns,
}

#[derive(Debug, Clone)]
struct Cluster {
    name: String,
    found: Found,
    port: u16,
}

impl Cluster {
    fn document(&self) -> String {
        let (kind, host) = match self.found {
            Found::Eds => ("eds", "127.0.0.1"),
            Found::Static => ("static", "127.0.0.1"),
            Found::Dns => ("strict_dns", "localhost"),
        };
        format!("  - {{name: {}, type: {kind}, endpoints: [\"{host}:{}\"]}}\n", self.name, self.port)
    }
}

/// The documents and what they need.
pub(in crate::envoy) struct World {
    folder: PathBuf,
    dice: Dice,
    upstreams: [[Upstream; 2]; 3],
    ports: [u16; 3],
    certificates: Vec<(String, String)>,
    connector: TlsConnector,
    /// How many clusters there were.
    clusters: usize,
    one: Cluster,
    split: Vec<(Cluster, usize)>,
    inline: Cluster,
    chain_edits: usize,
    listener_edits: usize,
    secret: usize,
    in_two_files: bool,
}

/// Certificates that the secret goes through.
const CERTIFICATES: usize = 4;
/// Answers of Envoy's own say why.
const TELL_FLAGS: &str =
    "local_reply_config: {body_format: {text_format_source: {inline_string: \"%RESPONSE_FLAGS% %LOCAL_REPLY_BODY%\"}}}";

impl World {
    /// The world as it is before the first change.
    pub(in crate::envoy) async fn new(bench: &Bench, seed: u64) -> Self {
        let pair = async |name: &str| {
            [Upstream::plain(&format!("{name}-a")).await, Upstream::plain(&format!("{name}-b")).await]
        };
        let upstreams = [pair("one").await, pair("split").await, pair("inline").await];
        let (certificates, connector) = certificates();
        let cluster = |name: &str, port| Cluster { name: name.to_owned(), found: Found::Eds, port };
        Self {
            folder: bench.path("config"),
            dice: Dice(seed),
            ports: [free_port(), free_port(), free_port()],
            certificates,
            connector,
            clusters: 0,
            one: cluster("one-0", upstreams[0][0].port()),
            split: vec![
                (cluster("split-0", upstreams[1][0].port()), 50),
                (cluster("split-00", upstreams[1][1].port()), 50),
            ],
            inline: cluster("inline-0", upstreams[2][0].port()),
            upstreams,
            chain_edits: 0,
            listener_edits: 0,
            secret: 0,
            in_two_files: false,
        }
    }

    /// Where a lane's listener listens.
    pub(in crate::envoy) fn port(&self, lane: Lane) -> u16 {
        match lane {
            Lane::One | Lane::Split => self.ports[0],
            Lane::Secure => self.ports[1],
            Lane::Inline => self.ports[2],
        }
    }

    /// TLS that trusts each certificate of the secret.
    pub(in crate::envoy) fn connector(&self) -> TlsConnector {
        self.connector.clone()
    }

    /// A short time between two changes of a burst.
    pub(in crate::envoy) fn pause(&mut self) -> Duration {
        Duration::from_millis(self.dice.below(80) as u64)
    }

    /// Makes a change; [`Self::write`] then writes it.
    pub(in crate::envoy) fn apply(&mut self, change: Change) {
        match change {
            Change::Renamed => self.one = self.renamed(&self.one.clone()),
            Change::Moved => self.one = self.moved(&self.one.clone(), Found::Eds),
            Change::Split => {
                let (old, _) = self.split.remove(0);
                let new = self.renamed(&old);
                self.split.push((new, 0));
                self.weigh();
            }
            Change::Weights => self.weigh(),
            Change::FilterChain => self.chain_edits += 1,
            Change::Listener => self.listener_edits += 1,
            Change::Endpoints => self.split.iter_mut().for_each(|(it, _)| it.port = other(&self.upstreams, it.port)),
            Change::Secret => self.secret = (self.secret + 1) % CERTIFICATES,
            Change::Files => self.in_two_files = !self.in_two_files,
            Change::FilesMoved => {
                self.in_two_files = !self.in_two_files;
                self.one = self.moved(&self.one.clone(), Found::Eds);
            }
            Change::Type => {
                let found = if self.one.found == Found::Eds { Found::Static } else { Found::Eds };
                self.one = self.moved(&self.one.clone(), found);
            }
            Change::Dns => self.one = self.moved(&self.one.clone(), Found::Dns),
            Change::Inline => self.inline = self.moved(&self.inline.clone(), Found::Eds),
        }
    }

    fn renamed(&mut self, old: &Cluster) -> Cluster {
        self.clusters += 1;
        let (lane, _) = old.name.split_once('-').unwrap();
        Cluster { name: format!("{lane}-{}", self.clusters), ..old.clone() }
    }

    fn moved(&mut self, old: &Cluster, found: Found) -> Cluster {
        Cluster { found, port: other(&self.upstreams, old.port), ..self.renamed(old) }
    }

    fn weigh(&mut self) {
        let first = 1 + self.dice.below(99);
        self.split[0].1 = first;
        self.split[1].1 = 100 - first;
    }

    /// Writes the documents, in one file or in two. What is removed is removed when all else is there.
    pub(in crate::envoy) fn write(&self) {
        let (listeners, clusters) = (self.listeners(), self.cluster_document());
        let path = |name: &str| self.folder.join(name);
        let (all, first, second) = (path("all.yaml"), path("listeners.yaml"), path("clusters.yaml"));
        std::fs::create_dir_all(&self.folder).unwrap();
        if self.in_two_files {
            place(&first, &listeners);
            place(&second, &clusters);
            remove(&all);
        } else {
            place(&all, &format!("{listeners}---\n{clusters}"));
            remove(&first);
            remove(&second);
        }
    }

    fn cluster_document(&self) -> String {
        let clusters: String = self.all_clusters().map(Cluster::document).collect();
        let (cert, key) = &self.certificates[self.secret];
        format!(
            "name: clusters\nspec:\n  clusters:\n{clusters}  secrets:\n  - {{name: server, certificate: {{cert: {cert:?}, key: {key:?}}}}}\n"
        )
    }

    fn all_clusters(&self) -> impl Iterator<Item = &Cluster> {
        [&self.one, &self.inline].into_iter().chain(self.split.iter().map(|(it, _)| it))
    }

    fn split_weights(&self, form: impl Fn(&str, usize) -> String, between: &str) -> String {
        self.split.iter().map(|(it, weight)| form(&it.name, *weight)).collect::<Vec<_>>().join(between)
    }

    fn listeners(&self) -> String {
        let [http, https, inline] = self.ports;
        let (limit, timeout, log) = self.edits();
        let log = if log == 0 { "" } else { "    access_log: /dev/null\n" };
        let both = format!(
            "    per_connection_buffer_limit_bytes: {limit}\n{log}    http: {{stream_idle_timeout: {timeout}, envoy: {{{TELL_FLAGS}}}}}\n"
        );
        let split = self.split_weights(|name, weight| format!("{{name: {name}, weight: {weight}}}"), ", ");
        let one = &self.one.name;
        let api = "type.googleapis.com/envoy.extensions.filters";
        format!(
            "name: listeners
spec:
  listeners:
  - name: http
    address: 127.0.0.1
    port: {http}
{both}    routes:
    - {{name: one, prefix: /one, cluster: {one}}}
    - {{name: split, prefix: /split, clusters: [{split}]}}
  - name: https
    address: 127.0.0.1
    port: {https}
{both}    tls: {{certificate: {{secret: server}}, alpn: [http/1.1]}}
    route_config_name: http
---
resources:
- \"@type\": type.googleapis.com/envoy.config.listener.v3.Listener
  name: inline
  address: {{socket_address: {{address: 127.0.0.1, port_value: {inline}}}}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        \"@type\": {api}.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: inline
        {TELL_FLAGS}
        route_config: {{name: inline, virtual_hosts: [{{name: all, domains: [\"*\"], routes: [
          {{match: {{prefix: /}}, route: {{cluster: {}}}}}]}}]}}
        http_filters: [{{name: envoy.filters.http.router, typed_config: {{\"@type\": {api}.http.router.v3.Router}}}}]
",
            self.inline.name
        )
    }

    /// What the edits of both listeners make of them: buffer limit, idle timeout, access logs.
    fn edits(&self) -> (usize, String, usize) {
        (1_000_000 + self.listener_edits, format!("{}s", 300 + self.chain_edits), self.chain_edits % 2)
    }

    /// What an Envoy holds that has all of this and nothing else.
    pub(in crate::envoy) fn picture(&self) -> Picture {
        let mut picture = Picture::new();
        for it in self.all_clusters() {
            picture.insert(format!("cluster {}", it.name), String::new());
            picture.insert(format!("endpoints {}", it.name), it.port.to_string());
        }
        let mut note = |name: &str, value: String| picture.insert(name.to_owned(), value);
        let (limit, timeout, log) = self.edits();
        let edits = format!("{limit} {timeout} {log}");
        note("listener http", edits.clone());
        note("listener https", edits);
        note("listener inline", "null  0".to_owned());
        note("route one", self.one.name.clone());
        note("route split", self.split_weights(|name, weight| format!("{name}:{weight}"), " "));
        note("route inline", self.inline.name.clone());
        note("secret server", mark(&self.certificates[self.secret].0));
        picture
    }
}

/// The other upstream of the same pair.
fn other(upstreams: &[[Upstream; 2]; 3], port: u16) -> u16 {
    let pair = upstreams.iter().find(|it| it.iter().any(|it| it.port() == port)).unwrap();
    pair.iter().map(Upstream::port).find(|it| *it != port).unwrap()
}

/// Moves a whole file into place: half-written ones are another test's.
fn place(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(&beside, path).unwrap();
}

fn remove(path: &Path) {
    if path.exists() {
        std::fs::remove_file(path).unwrap();
    }
}

/// Certificates with their keys, in PEM, and a client that trusts each of them.
fn certificates() -> (Vec<(String, String)>, TlsConnector) {
    let mut roots = RootCertStore::empty();
    let mut texts = Vec::new();
    for _ in 0..CERTIFICATES {
        let made = rcgen::generate_simple_self_signed([super::load::HOST.to_owned()]).unwrap();
        roots.add(made.cert.der().clone()).unwrap();
        texts.push((made.cert.pem(), made.signing_key.serialize_pem()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (texts, TlsConnector::from(Arc::new(config)))
}
