//! A real Envoy, asked about documents that break one rule of its API each: it refuses them for that rule.
//!
//! `CHANCERY_API_RULES=10000` asks about all of them instead of a sample; that takes two minutes. What Envoy says otherwise
//! is printed: whether it agrees, refuses for another reason, or takes it.

use std::collections::{BTreeMap, HashSet, VecDeque};

use chancery::envoy::validate;
use chancery::resource::descriptors;
use prost_reflect::{Kind, MessageDescriptor};
use serde_json::{Map, Value as Json, json};

use super::bench::Bench;
use crate::api_values::{conforming, violations};

/// How many documents are tried.
const SAMPLE: usize = 60;

/// Where a message stands: the resource, and the way to it.
#[derive(Clone)]
struct Place {
    root: Root,
    /// Fields from the root's message inwards.
    path: Vec<prost_reflect::FieldDescriptor>,
    message: MessageDescriptor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Root {
    Cluster,
    Listener,
    HttpConnectionManager,
    HttpFilter(&'static str),
    NetworkFilter(&'static str),
}

const HCM: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/// Filters by the last parts of their types.
const HTTP_FILTERS: &[&str] = &[
    "adaptive_concurrency.v3.AdaptiveConcurrency",
    "admission_control.v3.AdmissionControl",
    "bandwidth_limit.v3.BandwidthLimit",
    "buffer.v3.Buffer",
    "cors.v3.Cors",
    "csrf.v3.CsrfPolicy",
    "ext_authz.v3.ExtAuthz",
    "ext_proc.v3.ExternalProcessor",
    "fault.v3.HTTPFault",
    "grpc_field_extraction.v3.GrpcFieldExtractionConfig",
    "grpc_json_transcoder.v3.GrpcJsonTranscoder",
    "header_mutation.v3.HeaderMutation",
    "header_to_metadata.v3.Config",
    "health_check.v3.HealthCheck",
    "ip_tagging.v3.IPTagging",
    "json_to_metadata.v3.JsonToMetadata",
    "jwt_authn.v3.JwtAuthentication",
    "local_ratelimit.v3.LocalRateLimit",
    "lua.v3.Lua",
    "oauth2.v3.OAuth2",
    "original_src.v3.OriginalSrc",
    "ratelimit.v3.RateLimit",
    "rbac.v3.RBAC",
    "router.v3.Router",
    "set_metadata.v3.Config",
    "tap.v3.Tap",
];

const NETWORK_FILTERS: &[&str] = &[
    "connection_limit.v3.ConnectionLimit",
    "direct_response.v3.Config",
    "ext_authz.v3.ExtAuthz",
    "local_ratelimit.v3.LocalRateLimit",
    "mongo_proxy.v3.MongoProxy",
    "ratelimit.v3.RateLimit",
    "rbac.v3.RBAC",
    "redis_proxy.v3.RedisProxy",
    "tcp_proxy.v3.TcpProxy",
    "thrift_proxy.v3.ThriftProxy",
    "zookeeper_proxy.v3.ZooKeeperProxy",
];

impl Root {
    fn all() -> Vec<Self> {
        let mut all = vec![Self::Cluster, Self::Listener, Self::HttpConnectionManager];
        all.extend(HTTP_FILTERS.iter().map(|it| Self::HttpFilter(it)));
        all.extend(NETWORK_FILTERS.iter().map(|it| Self::NetworkFilter(it)));
        all
    }

    fn message(self) -> MessageDescriptor {
        let name = match self {
            Self::Cluster => "envoy.config.cluster.v3.Cluster".to_owned(),
            Self::Listener => "envoy.config.listener.v3.Listener".to_owned(),
            Self::HttpConnectionManager => HCM.to_owned(),
            Self::HttpFilter(it) => format!("envoy.extensions.filters.http.{it}"),
            Self::NetworkFilter(it) => format!("envoy.extensions.filters.network.{it}"),
        };
        descriptors().get_message_by_name(&name).unwrap_or_else(|| panic!("{name}"))
    }

    /// A bootstrap with this message in it.
    fn bootstrap(self, message: Map<String, Json>) -> String {
        let typed = |name: &str, mut message: Map<String, Json>| {
            message.insert("@type".to_owned(), format!("type.googleapis.com/{name}").into());
            json!({"name": name, "typed_config": message})
        };
        let listener = |filter: Json| {
            json!({"name": "l", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
                   "filter_chains": [{"filters": [filter]}]})
        };
        let manager = |filters: Json| {
            let routes = json!({"stat_prefix": "s", "route_config": {"name": "r"}, "http_filters": filters});
            listener(typed(HCM, routes.as_object().unwrap().clone()))
        };
        let name = self.message().full_name().to_owned();
        let resources = match self {
            Self::Cluster => json!({"clusters": [message]}),
            Self::Listener => json!({"listeners": [message]}),
            Self::HttpConnectionManager | Self::NetworkFilter(_) => {
                json!({"listeners": [listener(typed(&name, message))]})
            }
            Self::HttpFilter(_) => {
                let router = typed("envoy.extensions.filters.http.router.v3.Router", Map::new());
                json!({"listeners": [manager(json!([typed(&name, message), router]))]})
            }
        };
        serde_json::to_string_pretty(&json!({"static_resources": resources})).unwrap()
    }
}

/// All messages in the roots, each at the nearest place.
fn places() -> Vec<Place> {
    let mut seen = HashSet::new();
    let mut queue: VecDeque<_> =
        Root::all().into_iter().map(|root| Place { root, path: Vec::new(), message: root.message() }).collect();
    let mut out = Vec::new();
    while let Some(place) = queue.pop_front() {
        if !seen.insert(place.message.full_name().to_owned()) || place.path.len() > 6 {
            continue;
        }
        for field in place.message.fields().filter(|it| !it.is_map()) {
            let Kind::Message(message) = field.kind() else { continue };
            let is_own = !message.full_name().starts_with("google.");
            if is_own && !field.options().to_string().contains("deprecated:true") {
                let path = place.path.iter().cloned().chain([field]).collect();
                queue.push_back(Place { root: place.root, path, message });
            }
        }
        out.push(place);
    }
    out
}

/// The root's message with another at its place; all on the way keep their rules.
fn embedded(place: &Place, message: Map<String, Json>) -> Option<Map<String, Json>> {
    let mut inner = message;
    for (at, field) in place.path.iter().enumerate().rev() {
        let outer = if at == 0 { place.root.message() } else { place.path[at].parent_message().clone() };
        let mut fields = conforming(&outer, 8)?;
        if let Some(oneof) = field.containing_oneof() {
            oneof.fields().for_each(|it| drop(fields.remove(it.name())));
        }
        let value = Json::Object(inner);
        fields.insert(field.name().to_owned(), if field.is_list() { json!([value]) } else { value });
        inner = fields;
    }
    Some(inner)
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "how far the two agree is for people to read")]
async fn a_real_envoy_refuses_what_breaks_a_rule() {
    let Some(bench) = Bench::open().await else { return };
    let sample = std::env::var_os("CHANCERY_API_RULES").and_then(|it| it.to_str()?.parse().ok()).unwrap_or(SAMPLE);
    let mut all = Vec::new();
    for place in places() {
        for violation in violations(&place.message) {
            let Some(message) = embedded(&place, violation.message.clone()) else { continue };
            all.push((violation.code, violation.field, place.root.bootstrap(message)));
        }
    }
    assert!(all.len() > 500, "{}", all.len());
    let step = (all.len() / sample).max(1);
    let (mut counts, mut notes) = (BTreeMap::new(), Vec::new());
    // An odd offset, so that the sample holds more than the first rule of each message.
    for (code, field, bootstrap) in all.into_iter().skip(step / 2).step_by(step) {
        let file = bench.write("asked.json", &bootstrap);
        let said = validate(bench.envoy_binary(), &file).await.unwrap();
        let verdict = match () {
            () if said.accepted => "taken",
            () if said.log.contains("Proto constraint validation failed") => "refused for a rule",
            () => "refused otherwise",
        };
        *counts.entry(verdict).or_insert(0) += 1;
        if verdict != "refused for a rule" {
            let line =
                said.log.lines().rev().find(|it| it.contains("error") || it.contains("rror:")).unwrap_or_default();
            notes.push(format!("{verdict}: {code} {field}: {line:.300}"));
        }
    }
    println!("{counts:?}\n{}", notes.join("\n"));
    let taken: Vec<_> = notes.iter().filter(|it| it.starts_with("taken")).collect();
    assert!(taken.is_empty(), "{taken:#?}");
    let refused = counts.get("refused for a rule").copied().unwrap_or(0);
    assert!(refused * 10 >= counts.values().sum::<usize>() * 8, "{counts:?}\n{}", notes.join("\n"));
}
