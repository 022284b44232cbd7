//! Envoy's messages to the subscription's own, and nothing else: prost stays in this file.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use bytes::{Buf, Bytes};
use envoy_types::pb::envoy::config::core::v3 as core;
use envoy_types::pb::google::protobuf::{Struct, Value, value::Kind};
use envoy_types::pb::google::rpc;
use prost::encoding::{DecodeContext, WireType, check_wire_type, decode_key, decode_varint, skip_field};
use prost::{DecodeError, Message};

use super::node_bounds;
use super::status::{Code, Status};
use crate::resource::Node;
use crate::snapshot::KnownVersions;
use crate::subscription::{Body, Fingerprint, NameList, Protocol, Refusal, Request};

/// How many leaves of a node's metadata are kept, and how deep they may lie; what selects nodes is far below both.
const MAX_METADATA: usize = 512;
const MAX_METADATA_DEPTH: usize = 16;

/// Decodes one request. Unknown fields are ignored (P23).
pub(super) fn decode(protocol: Protocol, message: Bytes) -> Result<Request, Status> {
    Ok(match protocol {
        Protocol::Sotw => {
            let (fingerprint, names) = skim(&message).map_err(malformed)?;
            // Two messages one after the other are one message: what stands before the names and after them is it.
            let rest = message.slice(..names.start).chain(message.slice(names.end..));
            let it = SotwHead::decode(rest).map_err(malformed)?;
            let names = NameList::unread(fingerprint, message, read_names);
            let body = Body::Sotw { version_info: it.version_info, names };
            request(it.type_url, it.node, it.response_nonce, it.error_detail, body)?
        }
        Protocol::Delta => {
            let initial_versions = read_versions(&message)?;
            let it = DeltaHead::decode(message).map_err(malformed)?;
            let (subscribe, unsubscribe) = (it.resource_names_subscribe, it.resource_names_unsubscribe);
            let body = Body::Delta { subscribe, unsubscribe, initial_versions };
            request(it.type_url, it.node, it.response_nonce, it.error_detail, body)?
        }
    })
}

fn malformed(error: impl fmt::Display) -> Status {
    Status::new(Code::InvalidArgument, format!("the request is malformed: {error}"))
}

/// A `DiscoveryRequest` without its names, which nearly always are those of the request before.
#[derive(Message)]
struct SotwHead {
    #[prost(string, tag = "1")]
    version_info: String,
    #[prost(message, optional, tag = "2")]
    node: Option<core::Node>,
    #[prost(string, tag = "4")]
    type_url: String,
    #[prost(string, tag = "5")]
    response_nonce: String,
    #[prost(message, optional, tag = "6")]
    error_detail: Option<rpc::Status>,
}

/// A `DeltaDiscoveryRequest` without its `initial_resource_versions`: a map of strings for each client would be several
/// times what they are worth.
#[derive(Message)]
struct DeltaHead {
    #[prost(message, optional, tag = "1")]
    node: Option<core::Node>,
    #[prost(string, tag = "2")]
    type_url: String,
    #[prost(string, repeated, tag = "3")]
    resource_names_subscribe: Vec<String>,
    #[prost(string, repeated, tag = "4")]
    resource_names_unsubscribe: Vec<String>,
    #[prost(string, tag = "6")]
    response_nonce: String,
    #[prost(message, optional, tag = "7")]
    error_detail: Option<rpc::Status>,
}

const INITIAL_RESOURCE_VERSIONS: u32 = 5;

/// The `initial_resource_versions` of a `DeltaDiscoveryRequest`.
fn read_versions(message: &[u8]) -> Result<KnownVersions, Status> {
    let mut entries = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let (tag, payload) = read_field(&mut rest).map_err(malformed)?;
        if tag == INITIAL_RESOURCE_VERSIONS {
            entries.push(read_entry(payload).map_err(|it| malformed(format!("initial_resource_versions: {it}")))?);
        }
    }
    Ok(KnownVersions::shared(entries))
}

/// Key and value of an entry of a map of strings.
fn read_entry(entry: Option<&[u8]>) -> Result<(&str, &str), String> {
    let mut texts = ["", ""];
    let mut rest = entry.ok_or("an entry that is no message")?;
    while !rest.is_empty() {
        let (tag, payload) = read_field(&mut rest).map_err(|it| it.to_string())?;
        if let Some(text) = (tag as usize).checked_sub(1).and_then(|it| texts.get_mut(it)) {
            *text = std::str::from_utf8(payload.ok_or("a name or version that is no text")?)
                .map_err(|it| it.to_string())?;
        }
    }
    Ok((texts[0], texts[1]))
}

/// The number of the next field, and its payload if it has a length.
fn read_field<'a>(rest: &mut &'a [u8]) -> Result<(u32, Option<&'a [u8]>), DecodeError> {
    let (tag, wire_type) = decode_key(rest)?;
    let field = *rest;
    skip_field(wire_type, tag, rest, DecodeContext::default())?;
    if wire_type != WireType::LengthDelimited {
        return Ok((tag, None));
    }
    let mut payload = &field[..field.len() - rest.len()];
    decode_varint(&mut payload)?;
    Ok((tag, Some(payload)))
}

/// The names of a `DiscoveryRequest` alone.
#[derive(Message)]
struct SotwNames {
    #[prost(string, repeated, tag = "3")]
    resource_names: Vec<String>,
}

const RESOURCE_NAMES: u32 = 3;

fn read_names(message: &Bytes) -> Result<Vec<String>, String> {
    SotwNames::decode(message.clone()).map(|it| it.resource_names).map_err(|it| it.to_string())
}

/// The fingerprint of a `DiscoveryRequest`'s names, and where in it the first run of them is.
fn skim(message: &[u8]) -> Result<(Fingerprint, Range<usize>), DecodeError> {
    let mut fingerprint = Fingerprint::default();
    let mut names = 0..0;
    let mut rest = message;
    while !rest.is_empty() {
        let start = message.len() - rest.len();
        let (tag, wire_type) = decode_key(&mut rest)?;
        if tag == RESOURCE_NAMES {
            check_wire_type(WireType::LengthDelimited, wire_type)?;
            let mut after = rest;
            let length = usize::try_from(decode_varint(&mut after)?).unwrap_or(usize::MAX);
            fingerprint.add(after.get(..length).unwrap_or_default());
        }
        // Also past a name, since it knows what to say of one that is cut off.
        skip_field(wire_type, tag, &mut rest, DecodeContext::default())?;
        if tag == RESOURCE_NAMES && (names.is_empty() || names.end == start) {
            names = if names.is_empty() { start } else { names.start }..message.len() - rest.len();
        }
    }
    Ok((fingerprint, names))
}

fn request(
    type_url: String,
    node: Option<core::Node>,
    nonce: String,
    error: Option<rpc::Status>,
    body: Body,
) -> Result<Request, Status> {
    let error = error.map(|it| Refusal { code: it.code, message: node_bounds::words(it.message) });
    Ok(Request { type_url, node: node.map(convert).transpose()?, nonce, error, body })
}

/// Keeps what selects configuration; an Envoy's list of extensions alone would be kilobytes for each stream.
fn convert(node: core::Node) -> Result<Node, Status> {
    let locality = node.locality.unwrap_or_default();
    let mut metadata = Metadata::default();
    metadata.take_in("", &node.metadata.unwrap_or_default(), 0)?;
    let node = Node {
        id: node.id,
        cluster: node.cluster,
        region: locality.region,
        zone: locality.zone,
        sub_zone: locality.sub_zone,
        metadata: metadata.leaves,
        user_agent: node.user_agent_name,
    };
    node_bounds::check(&node)?;
    Ok(node)
}

/// Metadata as it is kept.
#[derive(Default)]
struct Metadata {
    leaves: BTreeMap<String, String>,
    bytes: usize,
}

impl Metadata {
    fn take_in(&mut self, path: &str, map: &Struct, depth: usize) -> Result<(), Status> {
        for (key, value) in &map.fields {
            let length = if path.is_empty() { key.len() } else { path.len() + 1 + key.len() };
            node_bounds::within("a key of node.metadata", length, node_bounds::FIELD)?;
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            self.value(path, value, depth)?;
        }
        Ok(())
    }

    fn value(&mut self, path: String, value: &Value, depth: usize) -> Result<(), Status> {
        if self.leaves.len() >= MAX_METADATA || depth >= MAX_METADATA_DEPTH {
            return Ok(());
        }
        match &value.kind {
            Some(Kind::StringValue(text)) => self.leaf(path, text)?,
            Some(Kind::NumberValue(number)) => self.leaf(path, &number.to_string())?,
            Some(Kind::BoolValue(flag)) => self.leaf(path, &flag.to_string())?,
            Some(Kind::StructValue(map)) => self.take_in(&path, map, depth + 1)?,
            Some(Kind::ListValue(list)) => {
                for (index, item) in list.values.iter().enumerate() {
                    self.value(format!("{path}.{index}"), item, depth + 1)?;
                }
            }
            Some(Kind::NullValue(_)) | None => {}
        }
        Ok(())
    }

    fn leaf(&mut self, path: String, text: &str) -> Result<(), Status> {
        if text.len() > node_bounds::VALUE {
            return node_bounds::within(&format!("the value of node.metadata.{path}"), text.len(), node_bounds::VALUE);
        }
        self.bytes += path.len() + text.len();
        node_bounds::within("node.metadata", self.bytes, node_bounds::METADATA)?;
        self.leaves.insert(path, text.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use envoy_types::pb::envoy::service::discovery::v3::{DeltaDiscoveryRequest, DiscoveryRequest};

    use super::*;

    fn text(value: &str) -> Value {
        Value { kind: Some(Kind::StringValue(value.into())) }
    }

    #[test]
    fn metadata_is_flattened_and_bounded() {
        let inner = Struct { fields: [("role".to_owned(), text("edge"))].into() };
        let fields = [("a".to_owned(), Value { kind: Some(Kind::StructValue(inner)) }), ("b".to_owned(), text("c"))];
        let node = core::Node { metadata: Some(Struct { fields: fields.into() }), ..core::Node::default() };
        let metadata = convert(node).unwrap().metadata;
        assert_eq!(metadata["a.role"], "edge");
        assert_eq!(metadata["b"], "c");
        let many = (0..10_000).map(|it| (it.to_string(), text("x"))).collect();
        let node = core::Node { metadata: Some(Struct { fields: many }), ..core::Node::default() };
        assert_eq!(convert(node).unwrap().metadata.len(), MAX_METADATA);
    }

    #[test]
    fn metadata_is_bounded_in_bytes() {
        let status = |key: String, value: String, count: usize| {
            let fields = (0..count).map(|it| (format!("{key}{it}"), text(&value))).collect();
            let inner = Value { kind: Some(Kind::StructValue(Struct { fields })) };
            let fields = [("outer".to_owned(), inner)].into();
            convert(core::Node { metadata: Some(Struct { fields }), ..core::Node::default() }).map_err(|it| it.message)
        };
        assert!(status("k".to_owned(), "x".repeat(16 << 10), 3).is_ok());
        let said = status("k".to_owned(), "x".repeat((16 << 10) + 1), 1).unwrap_err();
        assert_eq!(said, "the value of node.metadata.outer.k0 has 16385 bytes, of which at most 16384 are allowed");
        let said = status("k".to_owned(), "x".repeat(16 << 10), 4).unwrap_err();
        assert_eq!(said, "node.metadata has 65568 bytes, of which at most 65536 are allowed");
        let said = status("k".repeat(2_000), String::new(), 1).unwrap_err();
        assert_eq!(said, "a key of node.metadata has 2007 bytes, of which at most 1024 are allowed");
    }

    #[test]
    fn p15_garbage_is_the_clients_error() {
        for protocol in [Protocol::Sotw, Protocol::Delta] {
            let status = decode(protocol, Bytes::from_static(b"\xff\xff\xff")).unwrap_err();
            assert_eq!(status.code, Code::InvalidArgument);
        }
    }

    fn sotw(names: &[&str]) -> DiscoveryRequest {
        let resource_names = names.iter().map(|it| (*it).to_owned()).collect();
        let node = Some(core::Node { id: "n1".into(), ..core::Node::default() });
        let (version_info, type_url) = ("v".into(), "t".into());
        DiscoveryRequest { resource_names, node, version_info, type_url, ..DiscoveryRequest::default() }
    }

    #[test]
    fn names_are_left_out_of_the_rest_and_read_from_the_same_bytes() {
        let whole = sotw(&["a", "b", "a"]).encode_to_vec();
        let split = [sotw(&["a"]).encode_to_vec(), sotw(&["b", "a"]).encode_to_vec()].concat();
        let only = DiscoveryRequest { resource_names: vec!["a".into()], ..DiscoveryRequest::default() };
        let last = [sotw(&["a", "b"]).encode_to_vec(), only.encode_to_vec()].concat();
        let mut fingerprints = Vec::new();
        for message in [whole, split, last] {
            let message = Bytes::from(message);
            assert_eq!(read_names(&message).unwrap(), ["a", "b", "a"]);
            let request = decode(Protocol::Sotw, message.clone()).unwrap();
            assert_eq!((request.type_url.as_str(), request.node.unwrap().id.as_str()), ("t", "n1"));
            assert!(matches!(request.body, Body::Sotw { version_info, .. } if version_info == "v"));
            fingerprints.push(skim(&message).unwrap().0);
        }
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 1);
        for other in [sotw(&["a", "b"]), sotw(&["b", "a", "a"]), sotw(&[])] {
            assert_ne!(skim(&other.encode_to_vec()).unwrap().0, fingerprints[0]);
        }
        assert_eq!(skim(&sotw(&[]).encode_to_vec()).unwrap(), (Fingerprint::default(), 0..0));
    }

    #[test]
    fn p102_initial_versions_are_read_beside_the_rest() {
        let known = [("a", "1"), ("", ""), ("name", "0123456789abcdef")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let request = DeltaDiscoveryRequest {
            node: Some(core::Node { id: "n1".into(), ..core::Node::default() }),
            type_url: "t".into(),
            resource_names_subscribe: vec!["a".into()],
            resource_names_unsubscribe: vec!["b".into(), "c".into()],
            initial_resource_versions: known.clone().into(),
            response_nonce: "n".into(),
            error_detail: Some(rpc::Status { code: 13, message: "no".into(), ..rpc::Status::default() }),
            ..DeltaDiscoveryRequest::default()
        };
        let read = decode(Protocol::Delta, request.encode_to_vec().into()).unwrap();
        assert_eq!((read.type_url.as_str(), read.nonce.as_str(), read.node.unwrap().id.as_str()), ("t", "n", "n1"));
        assert_eq!(read.error, Some(Refusal { code: 13, message: "no".into() }));
        let Body::Delta { subscribe, unsubscribe, initial_versions } = read.body else { panic!("not delta") };
        assert_eq!((subscribe, unsubscribe.len()), (vec!["a".to_owned()], 2));
        let mut expected: Vec<_> = known.iter().map(|(name, version)| (name.as_str(), version.as_str())).collect();
        expected.sort_unstable();
        assert_eq!(initial_versions.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn p15_initial_versions_that_are_no_text_or_cut_off_are_the_clients_error() {
        let entry = |entry: &[u8]| [&[0x2a, entry.len() as u8], entry].concat();
        assert!(decode(Protocol::Delta, entry(b"\x0a\x01a\x12\x011").into()).is_ok());
        for bad in [entry(b"\x0a\x01\xff"), entry(b"\x0a\x05a"), entry(b"\x08\x01"), vec![0x28, 1], vec![0x2a, 9, 0x0a]]
        {
            assert_eq!(decode(Protocol::Delta, bad.clone().into()).unwrap_err().code, Code::InvalidArgument, "{bad:?}");
        }
    }

    #[test]
    fn p15_names_that_are_no_text_or_cut_off_are_the_clients_error() {
        let mut message = sotw(&["abc"]).encode_to_vec();
        let at = message.windows(3).position(|it| it == b"abc").unwrap();
        message[at] = 0xff;
        assert!(read_names(&Bytes::from(message.clone())).unwrap_err().contains("UTF-8"));
        message.truncate(at + 2);
        // As a number.
        for bad in [message, vec![0x18, 1]] {
            assert_eq!(decode(Protocol::Sotw, bad.into()).unwrap_err().code, Code::InvalidArgument);
        }
    }
}
