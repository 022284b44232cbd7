//! An encoded resource: the bytes that travel, made once and shared by every stream.

use std::sync::{Arc, OnceLock};

use bytes::{BufMut, Bytes, BytesMut};

use super::wire::{bytes_len, put_len, put_string, string_len};
use super::{Flavour, ResourceType, Version};

/// The user's place that a resource comes from, for logs and diagnostics.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Origin {
    /// The document, as the user named it.
    pub document: Arc<str>,
    /// Line, from 1; 0 where the document has none (binary files).
    pub line: u32,
}

/// What a resource is made from.
#[derive(Debug, Clone, Default)]
pub struct ResourceParts {
    /// The name, unique within its type and snapshot.
    pub name: Arc<str>,
    /// The message, encoded canonically: one for all flavours, or one for each of [`Flavour::ALL`].
    pub values: Vec<Bytes>,
    /// Other names by which clients may subscribe to it (P120).
    pub aliases: Vec<Arc<str>>,
    /// For a cluster of type EDS: the name of its endpoints (P80, P84).
    pub endpoints: Option<Arc<str>>,
    /// For a route configuration: whether Envoy asks for its virtual hosts by VHDS (P195).
    pub vhds: bool,
    /// What it refers to of what we serve, each once; `*` for any of a type.
    pub needs: Vec<(ResourceType, Arc<str>)>,
    /// Whether the client takes a while to put it to use after it accepted it, and nothing tells when it has: a cluster
    /// that resolves host names or checks health (P44).
    pub warms_unseen: bool,
    /// Where the user wrote it.
    pub origin: Origin,
}

/// One immutable xDS resource with its encodings.
#[derive(Debug)]
pub struct Resource {
    /// The name, unique within its type and snapshot.
    pub name: Arc<str>,
    /// The content's version.
    pub version: Version,
    /// Other names by which clients may subscribe to it (P120).
    pub aliases: Vec<Arc<str>>,
    /// For a cluster of type EDS: the name of its endpoints (P80, P84).
    pub endpoints: Option<Arc<str>>,
    /// For a route configuration: whether Envoy asks for its virtual hosts by VHDS (P195).
    pub vhds: bool,
    /// What it refers to of what we serve, each once; `*` for any of a type.
    pub needs: Arc<[(ResourceType, Arc<str>)]>,
    /// As in [`ResourceParts`].
    pub warms_unseen: bool,
    /// Where the user wrote it.
    pub origin: Origin,
    encodings: Arc<[Encoding]>,
}

#[derive(Debug)]
struct Encoding {
    /// An element of `DeltaDiscoveryResponse.resources`: key, length and `Resource` message, whose `Any` comes last.
    delta: Bytes,
    /// Where the `Any` field of that `Resource` begins.
    any_at: usize,
    /// The length of the message itself, which comes last of all.
    value_len: usize,
}

/// Field numbers of `envoy.service.discovery.v3.Resource`.
mod field {
    pub(super) const VERSION: u32 = 1;
    pub(super) const RESOURCE: u32 = 2;
    pub(super) const NAME: u32 = 3;
    pub(super) const ALIASES: u32 = 4;
    /// `resources` in both `DiscoveryResponse` and `DeltaDiscoveryResponse`.
    pub(super) const RESOURCES: u32 = 2;
}

impl Resource {
    /// Encodes a resource of this type.
    ///
    /// The version covers every flavour's bytes, so that it is the same whichever of them a client gets (P144).
    pub fn new(kind: &ResourceType, parts: ResourceParts) -> Self {
        let ResourceParts { name, values, aliases, endpoints, vhds, needs, warms_unseen, origin } = parts;
        let hashed = [kind.url().as_bytes(), name.as_bytes()].into_iter();
        let version = Version::of(
            hashed.chain(aliases.iter().map(|it| it.as_bytes())).chain(values.iter().map(|it| it.as_ref())),
        );
        let encodings = values.iter().map(|value| encode(kind, &name, version, &aliases, value)).collect();
        Self { name, version, aliases, endpoints, vhds, needs: needs.into(), warms_unseen, origin, encodings }
    }

    /// A resource of which only the name and the version are known, and a version that is not one of ours equals none of
    /// them. It is for comparing and has no content to send.
    pub fn known(name: &str, version: &str) -> Self {
        static NOTHING: OnceLock<Arc<[Encoding]>> = OnceLock::new();
        let nothing = || Arc::from([Encoding { delta: Bytes::new(), any_at: 0, value_len: 0 }]);
        Self {
            name: name.into(),
            version: version.parse().unwrap_or_else(|_| Version::of([version.as_bytes()])),
            aliases: Vec::new(),
            endpoints: None,
            vhds: false,
            needs: Arc::default(),
            warms_unseen: false,
            origin: Origin::default(),
            encodings: NOTHING.get_or_init(nothing).clone(),
        }
    }

    /// The same resource, written in another line: its bytes are shared.
    #[must_use]
    pub fn moved_to(&self, line: u32) -> Self {
        Self {
            name: self.name.clone(),
            version: self.version,
            aliases: self.aliases.clone(),
            endpoints: self.endpoints.clone(),
            vhds: self.vhds,
            needs: self.needs.clone(),
            warms_unseen: self.warms_unseen,
            origin: Origin { document: self.origin.document.clone(), line },
            encodings: self.encodings.clone(),
        }
    }

    /// The element of `DiscoveryResponse.resources` that holds this resource.
    pub fn sotw_element(&self, flavour: Flavour) -> Bytes {
        let encoding = self.encoding(flavour);
        encoding.delta.slice(encoding.any_at..)
    }

    /// The element of `DeltaDiscoveryResponse.resources` that holds this resource.
    pub fn delta_element(&self, flavour: Flavour) -> Bytes {
        self.encoding(flavour).delta.clone()
    }

    /// The encoded message itself.
    pub fn value(&self, flavour: Flavour) -> Bytes {
        let element = self.sotw_element(flavour);
        let skip = self.encoding(flavour).value_len;
        element.slice(element.len() - skip..)
    }

    fn encoding(&self, flavour: Flavour) -> &Encoding {
        match &*self.encodings {
            [one] => one,
            several => &several[flavour as usize],
        }
    }
}

/// Writes the delta element with the `Any` last. Key and length of that `Any` (`Resource.resource`, field 2) are the
/// very bytes of an element of `DiscoveryResponse.resources` (field 2 too), so one buffer serves both protocols.
fn encode(kind: &ResourceType, name: &str, version: Version, aliases: &[Arc<str>], value: &[u8]) -> Encoding {
    const { assert!(field::RESOURCE == field::RESOURCES) };
    let version = version.to_string();
    let any = string_len(kind.url()) + if value.is_empty() { 0 } else { bytes_len(value.len()) };
    let head = string_len(&version) + string_len(name) + aliases.iter().map(|it| string_len(it)).sum::<usize>();
    let mut buffer = BytesMut::with_capacity(bytes_len(head + bytes_len(any)));
    put_len(&mut buffer, field::RESOURCES, head + bytes_len(any));
    put_string(&mut buffer, field::VERSION, &version);
    put_string(&mut buffer, field::NAME, name);
    for alias in aliases {
        put_string(&mut buffer, field::ALIASES, alias);
    }
    let any_at = buffer.len();
    put_len(&mut buffer, field::RESOURCE, any);
    put_string(&mut buffer, 1, kind.url());
    if !value.is_empty() {
        put_len(&mut buffer, 2, value.len());
        buffer.put_slice(value);
    }
    Encoding { delta: buffer.freeze(), any_at, value_len: value.len() }
}

#[cfg(test)]
mod tests {
    use envoy_types::pb::envoy::service::discovery::v3::{DeltaDiscoveryResponse, DiscoveryResponse};
    use prost::Message;

    use super::*;

    #[test]
    fn one_buffer_is_an_element_of_both_responses() {
        let kind = ResourceType::from_short("CDS").unwrap();
        for value in [b"".as_slice(), b"\x0a\x01a", &[7; 300]] {
            let resource = Resource::new(
                &kind,
                ResourceParts {
                    name: "web".into(),
                    values: vec![Bytes::copy_from_slice(value)],
                    aliases: vec!["other".into()],
                    ..ResourceParts::default()
                },
            );
            let sotw = DiscoveryResponse::decode(resource.sotw_element(Flavour::Ads)).unwrap();
            let delta = DeltaDiscoveryResponse::decode(resource.delta_element(Flavour::DeltaGrpc)).unwrap();
            assert_eq!(sotw.resources[0].type_url, kind.url());
            assert_eq!(sotw.resources[0].value, value);
            assert_eq!(resource.value(Flavour::Grpc), value);
            let wrapped = &delta.resources[0];
            assert_eq!((wrapped.name.as_str(), wrapped.aliases.as_slice()), ("web", ["other".to_owned()].as_slice()));
            assert_eq!(wrapped.version, resource.version.to_string());
            assert_eq!(wrapped.resource.as_ref(), sotw.resources.first());
        }
    }
}
