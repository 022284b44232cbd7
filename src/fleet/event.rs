//! What happens to streams, as the transport reports it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::resource::{Node, ResourceType};

/// A stream's number in this process. Also the first half of its nonces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u32);

/// How a client talks to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// Whether the stream is incremental.
    pub delta: bool,
    /// The singleton service's type; `None` on ADS.
    pub only: Option<ResourceType>,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A generation is now the one to deliver; `changed` is how long ago the edit was noticed.
    Published {
        /// Its number.
        generation: u64,
        /// Since the edit was noticed.
        changed: Duration,
    },
    /// A generation was taken back: nobody is to get it any more.
    Withdrawn {
        /// Its number.
        generation: u64,
    },
    /// A stream told who it is.
    Connected {
        /// The stream.
        stream: StreamId,
        /// The client.
        node: Arc<Node>,
        /// Its address.
        peer: Option<SocketAddr>,
        /// How it talks.
        transport: Transport,
    },
    /// A stream's node has no view of the newest generation; the text says why.
    Waiting {
        /// The stream.
        stream: StreamId,
        /// Why.
        reason: String,
    },
    /// A stream sees this generation now.
    Shown {
        /// The stream.
        stream: StreamId,
        /// The generation.
        generation: u64,
    },
    /// A response was written.
    Sent {
        /// The stream.
        stream: StreamId,
        /// The type.
        kind: ResourceType,
        /// Its version.
        version: String,
        /// Its nonce.
        nonce: String,
        /// How many resources it held.
        resources: usize,
        /// How many names it took away.
        removed: usize,
        /// Its size on the wire.
        bytes: usize,
        /// Over the limit that gRPC libraries have, and indivisible (P243).
        oversize: bool,
    },
    /// A client accepted a response.
    Acked {
        /// The stream.
        stream: StreamId,
        /// The type.
        kind: ResourceType,
        /// The version that it accepted.
        version: String,
        /// Since it was sent.
        after: Duration,
    },
    /// A client refused several resources and named none: they are tried in portions, until it is known which are bad.
    Isolating {
        /// The stream.
        stream: StreamId,
        /// The type.
        kind: ResourceType,
        /// How many resources it refused together.
        suspects: usize,
        /// The client's words: untrusted, bounded.
        message: String,
    },
    /// A client refused a response.
    Refused {
        /// The stream.
        stream: StreamId,
        /// The type.
        kind: ResourceType,
        /// The version that it refused.
        version: String,
        /// Names in the refused response, the first few.
        names: Vec<Arc<str>>,
        /// The client's words: untrusted, bounded.
        message: String,
    },
    /// A client asked for something, or did something that changes nothing, such as answering an old response.
    Asked {
        /// The stream.
        stream: StreamId,
        /// The type, where it concerns one.
        kind: Option<ResourceType>,
        /// What it did.
        what: String,
    },
    /// Nothing is due or unanswered on the stream for this generation.
    Settled {
        /// The stream.
        stream: StreamId,
        /// The generation.
        generation: u64,
        /// Whether the client refused some of it.
        refused: bool,
    },
    /// The stream ended.
    Disconnected {
        /// The stream.
        stream: StreamId,
        /// Why.
        reason: String,
    },
}

/// Takes events where they happen. Must not block.
pub trait Observer: fmt::Debug + Send + Sync {
    /// One thing happened.
    fn observe(&self, event: Event);
}
