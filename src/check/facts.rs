//! What a resource says that only other resources can confirm: the names that it refers to, the addresses that it takes.

use std::sync::Arc;

use crate::resource::ResourceType;
use crate::spec::Span;

/// Facts of one resource, with places in its document's text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Where its name stands.
    pub name: Span,
    /// What it refers to, in the order of the text.
    pub references: Vec<Reference>,
    /// The sockets that it listens on.
    pub sockets: Vec<Socket>,
    /// Whether it picks clusters by what a request says, so that any cluster may be used.
    pub picks_any_cluster: bool,
    /// Whether a client takes a while to put it to use after it accepted it, without a word: a cluster that resolves
    /// host names or checks health.
    pub warms_unseen: bool,
    /// Whether what was found depends on the day, as with certificates: an unchanged text is checked again then.
    pub is_dated: bool,
}

impl Facts {
    /// The same facts, so many bytes further on (see [`Span::moved`]).
    #[must_use]
    pub fn moved(&self, by: u32) -> Self {
        // Each field by name: one that holds a place must not be forgotten here.
        let Self { name, references, sockets, picks_any_cluster, warms_unseen, is_dated } = self;
        Self {
            name: name.moved(by),
            references: references.iter().map(|it| Reference { span: it.span.moved(by), ..it.clone() }).collect(),
            sockets: sockets.iter().map(|it| Socket { span: it.span.moved(by), ..it.clone() }).collect(),
            picks_any_cluster: *picks_any_cluster,
            warms_unseen: *warms_unseen,
            is_dated: *is_dated,
        }
    }
}

impl Facts {
    /// What the resource needs of what we serve, each once. Who picks clusters by what a request says needs `*`.
    pub fn needs(&self) -> Vec<(ResourceType, Arc<str>)> {
        let ours = self.references.iter().filter(|it| it.ours);
        let mut needs: Vec<_> = ours.map(|it| (it.to.clone(), it.name.clone())).collect();
        let any = ResourceType::from_short("CDS").filter(|_| self.picks_any_cluster);
        needs.extend(any.map(|it| (it, "*".into())));
        needs.sort_unstable();
        needs.dedup();
        needs
    }
}

/// A name of another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The type of the other resource.
    pub to: ResourceType,
    /// Its name.
    pub name: Arc<str>,
    /// Where the name stands.
    pub span: Span,
    /// Whether Envoy would ask us for it: a secret of its own, or a file on its disk, is none of our business.
    pub ours: bool,
}

/// An address that a listener binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// Its protocol, address and port in one form, so that equal sockets compare equal: `tcp 0.0.0.0:80`.
    pub address: String,
    /// Where it stands.
    pub span: Span,
}

/// Which kind of client a document is for, and so which further rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Profile {
    /// Envoy proxies.
    #[default]
    Envoy,
    /// gRPC clients and servers without a proxy (P219 to P224).
    Grpc,
}
