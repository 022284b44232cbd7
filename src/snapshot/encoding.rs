//! Response messages as shared bytes: everything but the nonce, which is each stream's own and comes last.
//!
//! Protobuf fields may stand in any order, so a response is the shared head (this module's output) followed by
//! [`nonce_field`]: the head is made once and a send costs one reference count (P251).

use bytes::{BufMut, Bytes, BytesMut};

use crate::resource::wire::{put_len, put_string, string_len};
use crate::resource::{Flavour, Resource, ResourceParts, ResourceType};

/// Field numbers of `DiscoveryResponse`; those of `DeltaDiscoveryResponse` are equal where both have the field.
mod field {
    /// `version_info` and `system_version_info`.
    pub(super) const VERSION: u32 = 1;
    pub(super) const RESOURCES: u32 = 2;
    pub(super) const TYPE_URL: u32 = 4;
    pub(super) const NONCE: u32 = 5;
    /// Of `DeltaDiscoveryResponse` only.
    pub(super) const REMOVED: u32 = 6;
    pub(super) const CONTROL_PLANE: u32 = 6;
    pub(super) const CONTROL_PLANE_DELTA: u32 = 7;
    /// Of `ControlPlane`.
    pub(super) const IDENTIFIER: u32 = 1;
}

/// A `DiscoveryResponse` without its nonce, from elements made by `Resource::sotw_element`.
pub fn sotw_response(kind: &ResourceType, version_info: &str, elements: impl IntoIterator<Item = Bytes>) -> Bytes {
    response(kind, version_info, elements.into_iter().collect(), std::iter::empty())
}

/// A `DeltaDiscoveryResponse` without its nonce, from elements made by `Resource::delta_element`.
pub fn delta_response<'a>(
    kind: &ResourceType,
    system_version_info: &str,
    elements: impl IntoIterator<Item = Bytes>,
    removed: impl Iterator<Item = &'a str> + Clone,
) -> Bytes {
    response(kind, system_version_info, elements.into_iter().collect(), removed)
}

/// An element of `DeltaDiscoveryResponse.resources` without a body: no resource has this name or alias (P121).
pub fn missing_element(name: &str) -> Bytes {
    // Version, name and alias of `envoy.service.discovery.v3.Resource`. The version says nothing, but must be there.
    let fields = [(1, "0"), (3, name), (4, name)];
    let size: usize = fields.iter().map(|(_, text)| string_len(text)).sum();
    let mut buffer = BytesMut::with_capacity(size + 11);
    put_len(&mut buffer, field::RESOURCES, size);
    for (number, text) in fields {
        put_string(&mut buffer, number, text);
    }
    buffer.freeze()
}

/// The nonce field, to be appended to either response.
pub fn nonce_field(nonce: &str) -> Bytes {
    let mut buffer = BytesMut::with_capacity(string_len(nonce));
    put_string(&mut buffer, field::NONCE, nonce);
    buffer.freeze()
}

/// An element of `DiscoveryResponse.resources`: a resource of this type that has a name, and nothing else (P186).
pub fn empty_element(kind: &ResourceType, name: &str) -> Bytes {
    // Field 1 holds the name in every type that allows this; a test holds it against Envoy's descriptors.
    let mut value = BytesMut::with_capacity(string_len(name));
    put_string(&mut value, 1, name);
    let parts = ResourceParts { name: name.into(), values: vec![value.freeze()], ..ResourceParts::default() };
    Resource::new(kind, parts).sotw_element(Flavour::Ads)
}

/// The `control_plane` field of either response: who answers, as Envoy shows it (P21). Also to be appended.
pub fn control_plane_field(delta: bool, identifier: &str) -> Bytes {
    let number = if delta { field::CONTROL_PLANE_DELTA } else { field::CONTROL_PLANE };
    let mut buffer = BytesMut::new();
    put_len(&mut buffer, number, string_len(identifier));
    put_string(&mut buffer, field::IDENTIFIER, identifier);
    buffer.freeze()
}

fn response<'a>(
    kind: &ResourceType,
    version: &str,
    elements: Vec<Bytes>,
    removed: impl Iterator<Item = &'a str> + Clone,
) -> Bytes {
    let size = string_len(version)
        + string_len(kind.url())
        + elements.iter().map(Bytes::len).sum::<usize>()
        + removed.clone().map(string_len).sum::<usize>();
    let mut buffer = BytesMut::with_capacity(size);
    put_string(&mut buffer, field::VERSION, version);
    for element in elements {
        buffer.put_slice(&element);
    }
    put_string(&mut buffer, field::TYPE_URL, kind.url());
    for name in removed {
        put_string(&mut buffer, field::REMOVED, name);
    }
    buffer.freeze()
}
