//! What goes into a stream and what comes out: requests, responses, events, misuse.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::name_list::NameList;
use crate::resource::{Node, ResourceType};
use crate::snapshot::{Claim, KnownVersions};

/// The variant of the protocol that a stream speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// State of the world: `DiscoveryRequest`, `DiscoveryResponse`.
    Sotw,
    /// Incremental: `DeltaDiscoveryRequest`, `DeltaDiscoveryResponse`.
    Delta,
}

/// Which types a stream carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Any type: the aggregated service.
    Aggregated,
    /// The one type of a singleton service (P3, P4).
    Only(ResourceType),
}

/// What a client may ask of one stream, so that none can use up the server (P240, P253).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Names in the subscription of one type.
    pub max_names: usize,
    /// Bytes of one name or type URL.
    pub max_name_len: usize,
    /// Types on one aggregated stream.
    pub max_types: usize,
    /// Bytes of one response, where it can be divided (P83, P118, P243). gRPC clients refuse more than 4 MiB by default.
    pub max_response: usize,
    /// For how long an unanswered response keeps back the answer to a newer subscription (P240) and the types that
    /// come after it in the wire order (P136, P137).
    pub unanswered_bound: Duration,
    /// Responses with which the bad ones of one refused response are looked for (P101); with 0 they are not.
    pub max_isolation: usize,
    /// For how long they are looked for, from the first refusal on.
    pub isolation_bound: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_names: 200_000,
            max_name_len: 2_048,
            max_types: 64,
            max_response: (4 << 20) - (64 << 10),
            unanswered_bound: Duration::from_secs(2),
            max_isolation: 64,
            isolation_bound: Duration::from_secs(2),
        }
    }
}

/// A request of either protocol, reduced to what the protocol needs.
#[derive(Debug, Clone)]
pub struct Request {
    /// The type URL, empty where a singleton stream implies it.
    pub type_url: String,
    /// The node, which only the first request has to name (P7).
    pub node: Option<Node>,
    /// `response_nonce`.
    pub nonce: String,
    /// `error_detail`: its presence, not its code, makes the request a NACK (P27).
    pub error: Option<Refusal>,
    /// What differs between the protocols.
    pub body: Body,
}

impl Request {
    /// What the client says that it has from an earlier stream, as its first request for this type.
    pub(super) fn claim(&self, kind: &ResourceType) -> Claim {
        let is_of_clusters = kind.rules().short == "CDS";
        match &self.body {
            Body::Sotw { version_info, .. } if version_info.is_empty() => Claim::Nothing,
            // Who asks for clusters by name has no others.
            Body::Sotw { version_info, names } if is_of_clusters => match names.clone().read() {
                Ok(names) if !names.is_empty() && !names.iter().any(|it| it == "*") => {
                    Claim::Names(names.into_iter().map(|it| (it, String::new())).collect())
                }
                _ => Claim::Version(version_info.clone()),
            },
            Body::Delta { initial_versions, .. } if initial_versions.is_empty() => Claim::Nothing,
            Body::Delta { initial_versions, .. } if is_of_clusters => Claim::Names(initial_versions.clone()),
            Body::Sotw { .. } | Body::Delta { .. } => Claim::Something,
        }
    }
}

/// The part of a request that the two protocols write differently.
#[derive(Debug, Clone)]
pub enum Body {
    /// Of a `DiscoveryRequest`.
    Sotw {
        /// The version that the client says it accepted last: a hint, never a decision (P41, P53).
        version_info: String,
        /// All names that it wants from now on.
        names: NameList,
    },
    /// Of a `DeltaDiscoveryRequest`.
    Delta {
        /// Names to add.
        subscribe: Vec<String>,
        /// Names to drop, applied first (P98).
        unsubscribe: Vec<String>,
        /// `initial_resource_versions`: names and versions that the client still has from an earlier stream.
        initial_versions: KnownVersions,
    },
}

/// A client's reason for a NACK: untrusted text, cut to a bounded size when stored (P43, P254).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The gRPC code, which means nothing by itself.
    pub code: i32,
    /// The client's words.
    pub message: String,
}

/// A response, ready to be written: `head` then `tail` are the message.
#[derive(Debug, Clone)]
pub struct Response {
    /// The type.
    pub kind: ResourceType,
    /// `version_info`, or `system_version_info` in delta.
    pub version_info: String,
    /// The nonce, which is in `tail`.
    pub nonce: String,
    /// The generation of the view that it was made from.
    pub generation: u64,
    /// The message without its nonce, shared between streams where they need the same bytes (P251).
    pub head: Bytes,
    /// The nonce field.
    pub tail: Bytes,
    /// How many resources it holds.
    pub resources: usize,
    /// How many names it removes.
    pub removed: usize,
    /// Over `Limits::max_response`, since it cannot be divided: the whole state, or one large resource. Clients with a
    /// limit will refuse it (P243).
    pub oversize: bool,
}

/// What a request meant, for logs, metrics and the fleet's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The client's interest in a type is new, changed or renewed.
    Subscribed {
        /// The type.
        kind: ResourceType,
        /// Whether it wants all resources.
        wildcard: bool,
        /// How many names it wants now.
        names: usize,
        /// How many of them this request added or asked for again.
        added: usize,
        /// How many this request dropped.
        dropped: usize,
    },
    /// The client accepted a response.
    Acked {
        /// The type.
        kind: ResourceType,
        /// The response's nonce.
        nonce: String,
        /// The response's version.
        version: String,
        /// The generation that the response was made from.
        generation: u64,
        /// The time from response to answer.
        after: Duration,
    },
    /// The client refused several resources without naming one. They are tried in portions, to find out which are bad:
    /// that is told as `Refused` when the search is over (P101).
    Isolating {
        /// The type.
        kind: ResourceType,
        /// How many resources the refused response brought.
        suspects: usize,
        /// The reason.
        refusal: Refusal,
    },
    /// The client refused a response, which is all there is to find out about it.
    Refused {
        /// The type.
        kind: ResourceType,
        /// The response's nonce.
        nonce: String,
        /// The response's version.
        version: String,
        /// The generation that the response was made from.
        generation: u64,
        /// The resources that the reason names or that a search found, else the first that the response brought.
        names: Vec<Arc<str>>,
        /// The reason.
        refusal: Refusal,
    },
    /// A request with an older nonce: neither ACK nor NACK, but its names count (P35, P36, P91).
    Stale {
        /// The type.
        kind: ResourceType,
    },
    /// A nonce that this stream never sent (P92).
    UnknownNonce {
        /// The type.
        kind: ResourceType,
    },
    /// The first request for a type of which the server has nothing and knows nothing (P6).
    UnknownType {
        /// Its URL.
        url: String,
    },
    /// A later request described the same node differently; ignored (P10).
    NodeChanged,
    /// The client asked again for what it has; it gets it once more (P66).
    Renewed {
        /// The type.
        kind: ResourceType,
    },
    /// An ACK that claims another version than the one sent; counted as ACK all the same (P41, P45).
    VersionMismatch {
        /// The type.
        kind: ResourceType,
        /// The version that was sent.
        sent: String,
        /// The version that the client claims.
        claimed: String,
    },
}

/// A request that ends its stream, and only its stream (P15).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Misuse {
    /// The gRPC code.
    pub code: MisuseCode,
    /// What is wrong, naming the field.
    pub message: String,
}

/// The gRPC codes with which a stream can end by the client's fault (P16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MisuseCode {
    /// `INVALID_ARGUMENT`: against the protocol.
    InvalidArgument,
    /// `RESOURCE_EXHAUSTED`: over a limit.
    ResourceExhausted,
}

impl Misuse {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { code: MisuseCode::InvalidArgument, message: message.into() }
    }

    pub(super) fn exhausted(message: impl Into<String>) -> Self {
        Self { code: MisuseCode::ResourceExhausted, message: message.into() }
    }
}
