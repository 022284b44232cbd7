//! A node: one Envoy or gRPC client, by what it says of itself.

use std::collections::BTreeMap;
use std::fmt;

/// What a client tells of itself in its first request, reduced to what selects its configuration.
///
/// Two clients that say the same are the same node: they share a view and each has streams of its own (P232).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Node {
    /// `node.id`, never empty (P9).
    pub id: String,
    /// `node.cluster`.
    pub cluster: String,
    /// `node.locality.region`.
    pub region: String,
    /// `node.locality.zone`.
    pub zone: String,
    /// `node.locality.sub_zone`.
    pub sub_zone: String,
    /// `node.metadata`, flattened: the path of each leaf with dots between keys, and its value as text.
    pub metadata: BTreeMap<String, String>,
    /// `node.user_agent_name`: `envoy`, or a gRPC library's name.
    pub user_agent: String,
}

impl Node {
    /// The memory that its texts take, about.
    pub fn bytes(&self) -> usize {
        let fields = [&self.id, &self.cluster, &self.region, &self.zone, &self.sub_zone, &self.user_agent];
        let metadata = self.metadata.iter().flat_map(|(key, value)| [key, value]);
        size_of::<Self>() + fields.into_iter().chain(metadata).map(|it| it.len() + size_of::<String>()).sum::<usize>()
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Untrusted text: escaped and bounded, so that it cannot forge or flood a log (P254).
        for c in self.id.chars().take(128) {
            match c {
                ' '..='~' if c != '"' && c != '\\' => write!(f, "{c}")?,
                other => write!(f, "{}", other.escape_default())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p254_an_id_cannot_forge_or_flood_a_log() {
        let node = |id: &str| Node { id: id.to_owned(), ..Node::default() }.to_string();
        assert_eq!(node("edge-1"), "edge-1");
        assert_eq!(node("a\n\u{1b}[31m\"ü"), "a\\n\\u{1b}[31m\\\"\\u{fc}");
        assert_eq!(node(&"x".repeat(10_000)).len(), 128);
    }
}
