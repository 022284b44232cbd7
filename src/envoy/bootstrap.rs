//! The text of a bootstrap: what an Envoy must know before it can ask Chancery for the rest.
//!
//! Answers for: the four gRPC modes, the management cluster with its keepalives and reconnects, comments where a
//! value has a reason. Leaves to others: flags and defaults (`cli`), everything that Envoy then learns.
//! The text is written, not serialized: comments and order are half of its use. Whatever a user gave goes through
//! [`scalar`], so no value can change the structure.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use serde_json::{Map, Value};

/// How an Envoy asks: all types on one stream or each on its own, everything each time or only differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One stream, whole state.
    Ads,
    /// One stream, differences.
    DeltaAds,
    /// A stream for each type, whole state.
    Grpc,
    /// A stream for each type, differences.
    Delta,
}

impl Mode {
    /// All modes, with the names that people type.
    pub const ALL: [(&'static str, Self); 4] =
        [("ads", Self::Ads), ("delta-ads", Self::DeltaAds), ("grpc", Self::Grpc), ("delta", Self::Delta)];

    /// The name that people type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ads => "ads",
            Self::DeltaAds => "delta-ads",
            Self::Grpc => "grpc",
            Self::Delta => "delta",
        }
    }

    fn is_aggregated(self) -> bool {
        matches!(self, Self::Ads | Self::DeltaAds)
    }

    /// The value of Envoy's `api_type`.
    fn api_type(self) -> &'static str {
        match self {
            Self::Ads | Self::Grpc => "GRPC",
            Self::DeltaAds | Self::Delta => "DELTA_GRPC",
        }
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text);
        let names = Self::ALL.map(|(name, _)| name).join(", ");
        found.map(|(_, mode)| *mode).ok_or_else(|| format!("no such mode; there are: {names}"))
    }
}

/// Where a node runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locality {
    /// Such as `eu-west-1`.
    pub region: String,
    /// Such as `eu-west-1b`.
    pub zone: String,
    /// Any finer place.
    pub sub_zone: String,
}

impl FromStr for Locality {
    type Err = String;

    /// `REGION[/ZONE[/SUB_ZONE]]`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split('/').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let found = Self { region: next(), zone: next(), sub_zone: next() };
        if next().is_empty() { Ok(found) } else { Err("expected REGION[/ZONE[/SUB_ZONE]]".to_owned()) }
    }
}

/// Where Chancery listens, as an Envoy sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagementServer {
    /// A host name or an IP address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl ManagementServer {
    /// The address, if no name has to be resolved. `localhost` is IPv4's: Envoy would prefer `::1`, where a server on
    /// `0.0.0.0` does not listen.
    fn address(&self) -> Option<IpAddr> {
        if self.host == "localhost" { Some(Ipv4Addr::LOCALHOST.into()) } else { self.host.parse().ok() }
    }
}

impl FromStr for ManagementServer {
    type Err = String;

    /// `HOST:PORT`, an IPv6 address in brackets.
    fn from_str(text: &str) -> Result<Self, String> {
        let (host, port) = text.rsplit_once(':').ok_or("expected HOST:PORT")?;
        let port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
        let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        match bare.unwrap_or(host) {
            "" => Err("expected HOST:PORT, there is no host".to_owned()),
            host if host.contains(':') && bare.is_none() => Err(format!("write an IPv6 address as [{host}]:{port}")),
            host => Ok(Self { host: host.to_owned(), port }),
        }
    }
}

/// All that a bootstrap can say.
#[derive(Debug, Clone)]
pub struct BootstrapOptions {
    /// How the Envoy asks.
    pub mode: Mode,
    /// `node.id`.
    pub node_id: String,
    /// `node.cluster`.
    pub node_cluster: String,
    /// `node.locality`.
    pub locality: Option<Locality>,
    /// `node.metadata`, in this order.
    pub metadata: Vec<(String, Value)>,
    /// Where Chancery listens.
    pub server: ManagementServer,
    /// The name of the static cluster that leads there.
    pub management_cluster: String,
    /// Envoy's admin interface.
    pub admin: SocketAddr,
    /// A runtime layer to follow, by its name.
    pub runtime_layer: Option<String>,
}

/// What a bootstrap says besides, as proto JSON.
#[derive(Debug, Clone, Default)]
pub struct BootstrapParts {
    /// Layers of `layered_runtime`, before the one that is followed.
    pub layers: Vec<Value>,
    /// Further static clusters.
    pub clusters: Vec<Value>,
    /// Any other field, such as `bootstrap_extensions`.
    pub fields: Map<String, Value>,
}

/// A whole bootstrap, as commented YAML.
pub fn bootstrap(options: &BootstrapOptions) -> String {
    bootstrap_with(options, &BootstrapParts::default())
}

/// A whole bootstrap with further parts, as commented YAML.
pub fn bootstrap_with(options: &BootstrapOptions, parts: &BootstrapParts) -> String {
    let mode = options.mode.name();
    let mut out =
        format!("# An Envoy that follows Chancery, mode {mode}. Made by `chancery bootstrap`; edit as you like.\n");
    node(&mut out, options);
    admin(&mut out, options);
    dynamic_resources(&mut out, options);
    runtime(&mut out, options, &parts.layers);
    for (key, value) in &parts.fields {
        add(&mut out, format_args!("\n{}:", scalar(key)));
        match value.as_array() {
            Some(items) if !items.is_empty() => {
                add(&mut out, format_args!("\n"));
                list(&mut out, "", items);
            }
            _ => add(&mut out, format_args!(" {value}\n")),
        }
    }
    static_resources(&mut out, options);
    list(&mut out, "  ", &parts.clusters);
    out
}

fn node(out: &mut String, options: &BootstrapOptions) {
    let (id, cluster) = (scalar(&options.node_id), scalar(&options.node_cluster));
    add(
        out,
        format_args!("node:  # `nodes:` in a document selects by what stands here\n  id: {id}\n  cluster: {cluster}\n"),
    );
    if let Some(locality) = &options.locality {
        add(out, format_args!("  locality:\n"));
        let parts = [("region", &locality.region), ("zone", &locality.zone), ("sub_zone", &locality.sub_zone)];
        for (key, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            add(out, format_args!("    {key}: {}\n", scalar(value)));
        }
    }
    if !options.metadata.is_empty() {
        add(out, format_args!("  metadata:\n"));
        for (key, value) in &options.metadata {
            // JSON is YAML, so that values of any shape stay on their line.
            let value = value.as_str().map_or_else(|| value.to_string(), scalar);
            add(out, format_args!("    {}: {value}\n", scalar(key)));
        }
    }
}

fn admin(out: &mut String, options: &BootstrapOptions) {
    let (address, port) = (scalar(&options.admin.ip().to_string()), options.admin.port());
    add(out, format_args!("\nadmin:\n  address:\n    socket_address: {{address: {address}, port_value: {port}}}\n"));
}

fn dynamic_resources(out: &mut String, options: &BootstrapOptions) {
    add(out, format_args!("\ndynamic_resources:\n"));
    if options.mode.is_aggregated() {
        add(out, format_args!("  ads_config:\n"));
        api_config_source(out, "    ", options);
    }
    for key in ["cds_config", "lds_config"] {
        add(out, format_args!("  {key}:\n"));
        config_source(out, "    ", options);
    }
}

/// A `ConfigSource`, as each dynamic type needs one.
fn config_source(out: &mut String, indent: &str, options: &BootstrapOptions) {
    add(out, format_args!("{indent}resource_api_version: V3\n"));
    if options.mode.is_aggregated() {
        add(out, format_args!("{indent}ads: {{}}\n"));
    } else {
        add(out, format_args!("{indent}api_config_source:\n"));
        api_config_source(out, &format!("{indent}  "), options);
    }
}

fn api_config_source(out: &mut String, indent: &str, options: &BootstrapOptions) {
    let (api_type, cluster) = (options.mode.api_type(), scalar(&options.management_cluster));
    let lines = [
        format!("api_type: {api_type}"),
        "transport_api_version: V3".to_owned(),
        "set_node_on_first_message_only: true".to_owned(),
        "grpc_services:".to_owned(),
        "- envoy_grpc:".to_owned(),
        format!("    cluster_name: {cluster}"),
        "    # Back within seconds of the server's return; Envoy's own waits grow to 30 s.".to_owned(),
        "    retry_policy:".to_owned(),
        "      retry_back_off: {base_interval: 0.25s, max_interval: 5s}".to_owned(),
    ];
    for line in lines {
        add(out, format_args!("{indent}{line}\n"));
    }
}

/// Items of a list, each on a line: JSON is YAML.
fn list(out: &mut String, indent: &str, items: &[Value]) {
    items.iter().for_each(|it| add(out, format_args!("{indent}- {it}\n")));
}

fn runtime(out: &mut String, options: &BootstrapOptions, layers: &[Value]) {
    if options.runtime_layer.is_some() || !layers.is_empty() {
        add(out, format_args!("\nlayered_runtime:\n  layers:\n"));
    }
    list(out, "  ", layers);
    let Some(layer) = &options.runtime_layer else { return };
    let layer = scalar(layer);
    add(out, format_args!("  - name: {layer}\n    rtds_layer:\n      name: {layer}\n"));
    add(out, format_args!("      rtds_config:\n"));
    config_source(out, "        ", options);
    // Layers named here replace the default ones, and with them the admin's.
    if layers.iter().any(|it| it.get("admin_layer").is_some()) {
        return;
    }
    add(out, format_args!("  - name: admin  # keeps the admin's /runtime_modify working\n    admin_layer: {{}}\n"));
}

fn static_resources(out: &mut String, options: &BootstrapOptions) {
    let name = scalar(&options.management_cluster);
    let (kind, host) = match options.server.address() {
        Some(ip) => ("STATIC", ip.to_string()),
        // Envoy would prefer IPv6 answers, and a server on 0.0.0.0 listens on none of those.
        None => ("STRICT_DNS\n    dns_lookup_family: V4_PREFERRED", options.server.host.clone()),
    };
    let (host, port) = (scalar(&host), options.server.port);
    add(
        out,
        format_args!(
            r#"
static_resources:
  clusters:
  - name: {name}  # Chancery itself: the one cluster that must be static
    type: {kind}
    connect_timeout: 1s
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config:
          http2_protocol_options:  # gRPC needs HTTP/2
            # A quiet stream is normal. This tells it from a dead one.
            connection_keepalive: {{interval: 30s, timeout: 5s}}
    upstream_connection_options:
      tcp_keepalive: {{keepalive_probes: 3, keepalive_time: 30, keepalive_interval: 5}}
    load_assignment:
      cluster_name: {name}
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address: {{address: {host}, port_value: {port}}}
"#
        ),
    );
}

/// Writing to a string cannot fail.
fn add(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// A string as YAML takes it back: plain where that is safe, in flow style too; otherwise as JSON has it.
fn scalar(text: &str) -> String {
    let plain_start = text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_' || it == '/');
    let plain = plain_start && text.chars().all(|it| it.is_ascii_alphanumeric() || "_./-".contains(it));
    let word =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].iter().any(|it| text.eq_ignore_ascii_case(it));
    let address = text.parse::<Ipv4Addr>().is_ok();
    if (plain && !word) || address { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn options(mode: Mode) -> BootstrapOptions {
        BootstrapOptions {
            mode,
            node_id: "edge-1".to_owned(),
            node_cluster: "edge".to_owned(),
            locality: None,
            metadata: Vec::new(),
            server: "chancery:18000".parse().unwrap(),
            management_cluster: "xds_cluster".to_owned(),
            admin: "127.0.0.1:9901".parse().unwrap(),
            runtime_layer: None,
        }
    }

    #[test]
    fn a_name_is_resolved_and_an_address_is_not() {
        let text =
            |server: &str| bootstrap(&BootstrapOptions { server: server.parse().unwrap(), ..options(Mode::Ads) });
        assert!(text("chancery:18000").contains("type: STRICT_DNS"));
        assert!(text("10.0.0.1:1").contains("type: STATIC"));
        assert!(text("localhost:1").contains("{address: 127.0.0.1, port_value: 1}"));
        assert!(text("[::1]:1").contains(r#"{address: "::1", port_value: 1}"#));
    }

    #[test]
    fn what_is_no_server_is_said_to_be_none() {
        for (text, word) in [("chancery", "HOST:PORT"), (":1", "no host"), ("a:b", "no port"), ("::1:1", "[::1]:1")] {
            let error = text.parse::<ManagementServer>().unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn a_value_cannot_change_the_structure() {
        for hostile in ["a: b", "x\ny", "{", "#", "no", "1", "", "a #b", "&a", "\"", "- a", "a}"] {
            assert!(scalar(hostile).starts_with('"'), "{hostile:?}");
        }
        for plain in ["edge-1", "envoy_front_proxy", "10.0.0.1", "/etc/x.yaml"] {
            assert_eq!(scalar(plain), plain);
        }
    }

    #[test]
    fn node_details_are_written_as_given() {
        let more = BootstrapOptions {
            locality: Some("eu/eu-1".parse().unwrap()),
            metadata: vec![("role".to_owned(), "edge".into()), ("tier".to_owned(), serde_json::json!({"n": 1}))],
            ..options(Mode::Grpc)
        };
        let text = bootstrap(&more);
        assert!(text.contains(
            "  locality:\n    region: eu\n    zone: eu-1\n  metadata:\n    role: edge\n    tier: {\"n\":1}\n"
        ));
    }

    #[test]
    fn modes_are_spoken_as_they_are_typed() {
        for (name, mode) in Mode::ALL {
            assert_eq!((name.parse(), mode.name()), (Ok(mode), name));
        }
        assert!("rest".parse::<Mode>().unwrap_err().contains("delta-ads"));
    }

    #[test]
    fn further_parts_stand_where_envoy_reads_them() {
        let fields = json!({"stats_sinks": [{"name": "s"}], "stats_flush_interval": "1s"});
        let Value::Object(fields) = fields else { panic!("a map") };
        let parts = BootstrapParts {
            layers: vec![json!({"name": "a", "static_layer": {}}), json!({"name": "admin", "admin_layer": {}})],
            clusters: vec![json!({"name": "stats"})],
            fields,
        };
        let options = BootstrapOptions { runtime_layer: Some("rt".to_owned()), ..options(Mode::Ads) };
        let text = bootstrap_with(&options, &parts);
        assert!(text.contains("\n  layers:\n  - {\"name\":\"a\",\"static_layer\":{}}\n"), "{text}");
        assert_eq!(text.matches("admin_layer").count(), 1, "{text}");
        assert!(text.contains("\nstats_sinks:\n- {\"name\":\"s\"}\n"), "{text}");
        assert!(text.contains("\nstats_flush_interval: \"1s\"\n"), "{text}");
        assert!(text.ends_with("\n  - {\"name\":\"stats\"}\n"), "{text}");
    }
}
