//! Which nodes a document is for: globs over id, cluster, locality and metadata.

use std::collections::BTreeMap;

use crate::resource::Node;

/// A pattern in which `*` stands for any text, also none, and `?` for one character.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Glob {
    pattern: String,
    /// Whether `*` and `?` stand for themselves.
    exact: bool,
}

/// One entry of `nodes:`: all its parts must match. A document has several entries, any of which suffices.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct NodeSelector {
    /// `node.id`.
    pub id: Option<Glob>,
    /// `node.cluster`.
    pub cluster: Option<Glob>,
    /// `node.locality.region`.
    pub region: Option<Glob>,
    /// `node.locality.zone`.
    pub zone: Option<Glob>,
    /// `node.locality.sub_zone`.
    pub sub_zone: Option<Glob>,
    /// `node.metadata`: dotted path to pattern.
    pub metadata: BTreeMap<String, Glob>,
}

impl Glob {
    /// A pattern.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self { pattern: pattern.into(), exact: false }
    }

    /// A text that stands for itself only.
    pub fn exact(text: impl Into<String>) -> Self {
        Self { pattern: text.into(), exact: true }
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Whether the whole text matches. Linear in text times stars, without recursion.
    pub fn matches(&self, text: &str) -> bool {
        if self.exact {
            return self.pattern == text;
        }
        let pattern: Vec<char> = self.pattern.chars().collect();
        let text: Vec<char> = text.chars().collect();
        let (mut p, mut t) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while t < text.len() {
            match pattern.get(p) {
                Some('*') => {
                    star = Some((p, t));
                    p += 1;
                }
                Some(c) if *c == '?' || *c == text[t] => {
                    p += 1;
                    t += 1;
                }
                _ => match &mut star {
                    Some((at, taken)) => {
                        *taken += 1;
                        p = *at + 1;
                        t = *taken;
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|it| *it == '*')
    }
}

impl NodeSelector {
    /// Whether all parts match the node.
    pub fn matches(&self, node: &Node) -> bool {
        self.misses(node).next().is_none()
    }

    /// The parts that do not match: name of the part, pattern, the node's value.
    pub fn misses<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = (String, &'a Glob, &'a str)> {
        let fixed = [
            ("id", &self.id, &node.id),
            ("cluster", &self.cluster, &node.cluster),
            ("locality.region", &self.region, &node.region),
            ("locality.zone", &self.zone, &node.zone),
            ("locality.sub_zone", &self.sub_zone, &node.sub_zone),
        ];
        let fixed = fixed.into_iter().filter_map(|(name, glob, value)| Some((name.to_owned(), glob.as_ref()?, value)));
        let metadata = self
            .metadata
            .iter()
            .map(|(path, glob)| (format!("metadata.{path}"), glob, node.metadata.get(path).map_or("", String::as_str)));
        let present = |name: &str| name.strip_prefix("metadata.").is_none_or(|it| node.metadata.contains_key(it));
        fixed
            .map(|(name, glob, value)| (name, glob, value.as_str()))
            .chain(metadata)
            .filter(move |(name, glob, value)| !present(name) || !glob.matches(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("edge-*", "edge-1", true),
            ("edge-*", "edge-", true),
            ("edge-*", "web", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a?c", "abc", true),
            ("*a*b", "xaaxb", true),
            ("*a*b", "xaaxbc", false),
            ("ü*", "über", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} {text}");
        }
        assert!(Glob::exact("a*").matches("a*") && !Glob::exact("a*").matches("ab"));
    }

    #[test]
    fn parts_are_anded_and_absent_metadata_never_matches() {
        let mut selector = NodeSelector { id: Some(Glob::new("edge-*")), ..NodeSelector::default() };
        let mut node = Node { id: "edge-1".into(), ..Node::default() };
        assert!(selector.matches(&node));
        selector.metadata.insert("role".into(), Glob::new("*"));
        assert!(!selector.matches(&node));
        node.metadata.insert("role".into(), "edge".into());
        assert!(selector.matches(&node));
        node.id = "web".into();
        assert_eq!(selector.misses(&node).count(), 1);
    }
}
