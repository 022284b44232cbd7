//! A file as a source delivers it: a name and bytes. Leaves to `compile` what it means.

use std::sync::Arc;

/// One file, ConfigMap key or etcd key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFile {
    /// The name as the user would write it; its ending tells the syntax.
    pub name: Arc<str>,
    /// The bytes. Shared: a file that did not change keeps its allocation from reading to reading.
    pub content: Arc<[u8]>,
    /// Whether the user named it: then it must be a document, whatever it is called.
    pub named: bool,
}

impl RawFile {
    /// A named file.
    pub fn new(name: impl Into<Arc<str>>, content: impl Into<Arc<[u8]>>) -> Self {
        Self { name: name.into(), content: content.into(), named: false }
    }

    /// A file that the user named.
    #[must_use]
    pub fn named(self) -> Self {
        Self { named: true, ..self }
    }
}
