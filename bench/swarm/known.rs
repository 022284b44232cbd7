//! What an Envoy that comes back says that it has: names and versions in delta, one version in state of the world.

use std::collections::HashMap;

use anyhow::{Context, Result};
use envoy_types::pb::envoy::service::discovery::v3::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse,
};
use prost::Message;

use crate::envoy::Kind;
use crate::request::Protocol;

/// Parts of first requests, encoded once.
#[derive(Debug, Default)]
pub(crate) struct Known(Vec<(Kind, Fields)>);

/// Fields to be joined to a request.
#[derive(Debug, Default)]
struct Fields {
    bytes: Vec<u8>,
    /// Where each begins.
    starts: Vec<usize>,
}

impl Known {
    /// What these responses, all that one stream got, leave a client with.
    pub(crate) fn new(protocol: Protocol, messages: &[(Kind, Vec<u8>)]) -> Result<Self> {
        let mut known = Self::default();
        for (kind, message) in messages {
            known.take(protocol, *kind, message).with_context(|| format!("a response for {}", kind.url()))?;
        }
        Ok(known)
    }

    fn take(&mut self, protocol: Protocol, kind: Kind, message: &[u8]) -> Result<()> {
        let at = self.0.iter().position(|it| it.0 == kind).unwrap_or_else(|| {
            self.0.push((kind, Fields::default()));
            self.0.len() - 1
        });
        let fields = &mut self.0[at].1;
        if protocol == Protocol::Delta {
            for it in DeltaDiscoveryResponse::decode(message)?.resources {
                let initial_resource_versions = HashMap::from([(it.name, it.version)]);
                fields.add(&DeltaDiscoveryRequest { initial_resource_versions, ..DeltaDiscoveryRequest::default() });
            }
        } else {
            let version_info = DiscoveryResponse::decode(message)?.version_info;
            *fields = Fields::default();
            fields.add(&DiscoveryRequest { version_info, ..DiscoveryRequest::default() });
        }
        Ok(())
    }

    /// What a stream says of a type. Maps have no order on the wire, so each stream begins elsewhere.
    pub(crate) fn of(&self, kind: Kind, stream: usize) -> [&[u8]; 2] {
        let Some((_, fields)) = self.0.iter().find(|it| it.0 == kind) else { return [&[]; 2] };
        let middle = fields.starts.get(stream * 7919 % fields.starts.len().max(1)).copied().unwrap_or(0);
        let (first, second) = fields.bytes.split_at(middle);
        [second, first]
    }
}

impl Fields {
    fn add(&mut self, message: &impl Message) {
        self.starts.push(self.bytes.len());
        self.bytes.extend(message.encode_to_vec());
    }
}
