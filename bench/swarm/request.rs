//! The requests of an Envoy, framed for gRPC.
//!
//! Protobuf messages may be concatenated: what all streams say alike (a node's extensions, a thousand names) is encoded
//! once and joined with what each says alone.

use std::collections::HashMap;

use envoy_types::pb::envoy::config::core::v3::node::UserAgentVersionType;
use envoy_types::pb::envoy::config::core::v3::{BuildVersion, Extension, Locality, Node};
use envoy_types::pb::envoy::service::discovery::v3::{DeltaDiscoveryRequest, DiscoveryRequest};
use envoy_types::pb::envoy::r#type::v3::SemanticVersion;
use envoy_types::pb::google::protobuf::{Struct, Value, value::Kind};
use prost::Message;

use crate::skim::Response;

/// The variant of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// State of the world.
    Sotw,
    /// Incremental.
    Delta,
}

impl Protocol {
    /// The ADS method.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Sotw => "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
            Self::Delta => "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources",
        }
    }

    /// The first request for a type. `names` is made by [`Protocol::names`]; none of them is the legacy wildcard. `known`
    /// is what the client has from an earlier stream.
    pub(crate) fn subscribe(self, type_url: &str, node: Option<Node>, names: &[u8], known: [&[u8]; 2]) -> Vec<u8> {
        let type_url = type_url.to_owned();
        let own = match self {
            Self::Sotw => DiscoveryRequest { node, type_url, ..DiscoveryRequest::default() }.encode_to_vec(),
            Self::Delta => DeltaDiscoveryRequest { node, type_url, ..DeltaDiscoveryRequest::default() }.encode_to_vec(),
        };
        framed(&[&own, names, known[0], known[1]])
    }

    /// The ACK of a response. SotW repeats the names each time, delta never.
    pub(crate) fn ack(self, response: &Response, names: &[u8]) -> Vec<u8> {
        let (type_url, response_nonce) = (response.type_url.clone(), response.nonce.clone());
        match self {
            Self::Sotw => {
                let version_info = response.version.clone();
                let own = DiscoveryRequest { version_info, type_url, response_nonce, ..DiscoveryRequest::default() };
                framed(&[&own.encode_to_vec(), names])
            }
            Self::Delta => {
                let own = DeltaDiscoveryRequest { type_url, response_nonce, ..DeltaDiscoveryRequest::default() };
                framed(&[&own.encode_to_vec()])
            }
        }
    }

    /// The names of a subscription, to be joined to a request.
    pub(crate) fn names(self, names: Vec<String>) -> Vec<u8> {
        match self {
            Self::Sotw => DiscoveryRequest { resource_names: names, ..DiscoveryRequest::default() }.encode_to_vec(),
            Self::Delta => {
                DeltaDiscoveryRequest { resource_names_subscribe: names, ..DeltaDiscoveryRequest::default() }
                    .encode_to_vec()
            }
        }
    }
}

/// A gRPC message of these parts.
pub(crate) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let len: usize = parts.iter().map(|it| it.len()).sum();
    let mut message = Vec::with_capacity(5 + len);
    message.push(0);
    message.extend_from_slice(&(len as u32).to_be_bytes());
    parts.iter().for_each(|it| message.extend_from_slice(it));
    message
}

/// What an Envoy tells of itself, of about this size: half a dozen fields of metadata, and every extension it has.
pub(crate) fn node(size: usize) -> Node {
    let build = BuildVersion {
        version: Some(SemanticVersion { major_number: 1, minor_number: 36, patch: 2 }),
        metadata: Some(structure(&[
            ("build.type", "RELEASE"),
            ("revision.status", "Clean"),
            ("ssl.version", "BoringSSL"),
        ])),
    };
    let mut node = Node {
        cluster: "swarm".to_owned(),
        metadata: Some(structure(&[
            ("role", "edge"),
            ("NAMESPACE", "bench"),
            ("CLUSTER_ID", "swarm"),
            ("INTERCEPTION", "NONE"),
        ])),
        locality: Some(Locality { region: "eu".into(), zone: "eu-1".into(), ..Locality::default() }),
        user_agent_name: "envoy".to_owned(),
        user_agent_version_type: Some(UserAgentVersionType::UserAgentBuildVersion(build)),
        client_features: vec![
            "envoy.lb.does_not_support_overprovisioning".into(),
            "xds.config.resource-in-sotw".into(),
        ],
        ..Node::default()
    };
    while node.encoded_len() < size {
        let number = node.extensions.len();
        node.extensions.push(Extension {
            name: format!("envoy.filters.http.bench_extension_{number}"),
            category: "envoy.filters.http".to_owned(),
            type_urls: vec![format!("envoy.extensions.filters.http.bench_extension_{number}.v3.BenchExtension")],
            ..Extension::default()
        });
    }
    node
}

fn structure(fields: &[(&str, &str)]) -> Struct {
    let value = |text: &str| Value { kind: Some(Kind::StringValue(text.to_owned())) };
    Struct { fields: fields.iter().map(|(key, text)| ((*key).to_owned(), value(text))).collect::<HashMap<_, _>>() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_repeats_names_in_sotw_only() {
        let response = Response { version: "v".into(), nonce: "n".into(), type_url: "t".into(), ..Response::default() };
        let names = Protocol::Sotw.names(vec!["a".into(), "b".into()]);
        let sotw = DiscoveryRequest::decode(&Protocol::Sotw.ack(&response, &names)[5..]).unwrap();
        assert_eq!(
            (sotw.version_info.as_str(), sotw.response_nonce.as_str(), sotw.resource_names.len()),
            ("v", "n", 2)
        );
        assert_eq!(sotw.node, None);
        let names = Protocol::Delta.names(vec!["a".into()]);
        let delta = DeltaDiscoveryRequest::decode(&Protocol::Delta.ack(&response, &names)[5..]).unwrap();
        assert_eq!((delta.response_nonce.as_str(), delta.resource_names_subscribe.len()), ("n", 0));
        let first =
            DeltaDiscoveryRequest::decode(&Protocol::Delta.subscribe("t", None, &names, [&[]; 2])[5..]).unwrap();
        assert_eq!(first.resource_names_subscribe, ["a"]);
    }

    #[test]
    fn a_node_is_as_large_as_asked() {
        assert!((8192..8400).contains(&node(8192).encoded_len()));
        assert!(node(0).encoded_len() < 600);
    }
}
