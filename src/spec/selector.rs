//! Which nodes a document is for: globs over id, cluster, locality and metadata.
//!
//! Answers for: whether a selector matches a node, covers another selector, or may match a node that another does.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::Glob;
use crate::resource::Node;

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

/// How much of a pattern is shown, in characters.
const LONGEST: usize = 64;

impl NodeSelector {
    /// Whether all parts match the node.
    pub fn matches(&self, node: &Node) -> bool {
        self.misses(node).next().is_none()
    }

    /// Whether every node that `other` matches is matched by this one too. `true` is certain.
    pub fn covers(&self, other: &Self) -> bool {
        let fixed = self.parts().into_iter().zip(other.parts());
        let fixed = fixed.map(|((_, wide), (_, narrow))| match (wide, narrow) {
            (None, _) => true,
            (Some(wide), Some(narrow)) => wide.covers(narrow),
            (Some(wide), None) => wide.is_any(),
        });
        // Absent metadata matches nothing, not even `*`.
        let metadata =
            self.metadata.iter().map(|(path, wide)| other.metadata.get(path).is_some_and(|it| wide.covers(it)));
        fixed.chain(metadata).all(|it| it)
    }

    /// Whether some node may match both. `false` is certain.
    pub fn overlaps(&self, other: &Self) -> bool {
        let fixed = self.parts().into_iter().zip(other.parts()).filter_map(|((_, a), (_, b))| Some((a?, b?)));
        let metadata = self.metadata.iter().filter_map(|(path, a)| Some((a, other.metadata.get(path)?)));
        fixed.chain(metadata).all(|(a, b)| a.overlaps(b))
    }

    /// The fixed parts, by the names that people write.
    fn parts(&self) -> [(&'static str, Option<&Glob>); 5] {
        [
            ("id", self.id.as_ref()),
            ("cluster", self.cluster.as_ref()),
            ("region", self.region.as_ref()),
            ("zone", self.zone.as_ref()),
            ("sub_zone", self.sub_zone.as_ref()),
        ]
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

/// Untrusted text: bounded and escaped, in quotes where it would not read as one word.
struct Word<'a>(&'a Glob);

/// As people say it: `id=edge-* cluster=web`.
impl fmt::Display for NodeSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for (name, glob) in self.parts() {
            if let Some(glob) = glob {
                write!(f, "{space}{name}={}", Word(glob))?;
                space = " ";
            }
        }
        for (path, glob) in &self.metadata {
            let path = path.chars().take(LONGEST).collect::<String>();
            write!(f, "{space}metadata.{}={}", path.escape_debug(), Word(glob))?;
            space = " ";
        }
        Ok(())
    }
}

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_str();
        let shown = text.chars().take(LONGEST).collect::<String>();
        let more = if shown.len() < text.len() { "…" } else { "" };
        // A star that is no wildcard must not look like one.
        let marks = text.is_empty() || text.contains([' ', '=', ',', '"']);
        let quote = if marks || self.0.is_exact() && text.contains(['*', '?']) { "\"" } else { "" };
        write!(f, "{quote}{}{more}{quote}", shown.escape_debug())
    }
}

/// Why a text is no selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotASelector {
    /// A word without its part's name.
    #[error("`{0}` does not say what it is about: write `id={0}` or `cluster={0}`")]
    Bare(String),
    /// A name that no part has.
    #[error("a selector has no part `{0}`: its parts are id, cluster, region, zone, sub_zone and metadata.PATH")]
    Unknown(String),
    /// A part that is said twice.
    #[error("`{0}` is said twice")]
    Twice(String),
    /// A quote or an escape that does not end, or means nothing.
    #[error("a quote or a backslash does not end: write `id=\"a b\"`")]
    Unfinished,
    /// Nothing at all.
    #[error("it is empty: write `id=*` for every node")]
    Empty,
}

/// As [`Display`](fmt::Display) says it: `id=edge-* cluster=web`. What stands in quotes stands for itself.
impl FromStr for NodeSelector {
    type Err = NotASelector;

    fn from_str(text: &str) -> Result<Self, NotASelector> {
        let mut selector = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let end = rest.find(|it: char| it == '=' || it.is_whitespace()).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let Some(value) = after.strip_prefix('=') else { return Err(NotASelector::Bare(name.to_owned())) };
            let (glob, after) = word(value).ok_or(NotASelector::Unfinished)?;
            let plain = name.strip_prefix("locality.").unwrap_or(name);
            let slot = match plain {
                "id" => &mut selector.id,
                "cluster" => &mut selector.cluster,
                "region" => &mut selector.region,
                "zone" => &mut selector.zone,
                "sub_zone" => &mut selector.sub_zone,
                _ => {
                    let path = name.strip_prefix("metadata.").filter(|it| !it.is_empty());
                    let path = path.ok_or_else(|| NotASelector::Unknown(name.to_owned()))?;
                    if selector.metadata.insert(path.to_owned(), glob).is_some() {
                        return Err(NotASelector::Twice(name.to_owned()));
                    }
                    rest = after.trim_start();
                    continue;
                }
            };
            if slot.replace(glob).is_some() {
                return Err(NotASelector::Twice(name.to_owned()));
            }
            rest = after.trim_start();
        }
        if selector == Self::default() { Err(NotASelector::Empty) } else { Ok(selector) }
    }
}

/// A pattern up to the next space, or a text in quotes; and what follows it.
fn word(text: &str) -> Option<(Glob, &str)> {
    let quoted = text.strip_prefix('"');
    let mut chars = quoted.unwrap_or(text).chars();
    let mut value = String::new();
    loop {
        let rest = chars.as_str();
        match chars.next() {
            None if quoted.is_some() => return None,
            None => return Some((Glob::new(value), "")),
            Some('"') if quoted.is_some() => return Some((Glob::exact(value), chars.as_str())),
            Some(it) if quoted.is_none() && it.is_whitespace() => return Some((Glob::new(value), rest)),
            Some('\\') => value.push(escaped(&mut chars)?),
            Some(it) => value.push(it),
        }
    }
}

/// What follows a backslash, as `escape_debug` writes it.
fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    match chars.next()? {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        '0' => Some('\0'),
        'u' => {
            let (digits, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
            *chars = rest.chars();
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        }
        it @ ('\\' | '"' | '\'') => Some(it),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    #[test]
    fn selectors_are_said_in_few_words() {
        let all = NodeSelector {
            id: Some(Glob::new("edge-*")),
            cluster: Some(Glob::exact("a*")),
            region: Some(Glob::new("")),
            zone: Some(Glob::new("a b")),
            sub_zone: Some(Glob::new("x".repeat(99))),
            metadata: [("a.b".into(), Glob::new("\u{1b}[1m"))].into(),
        };
        let expected = format!(
            "id=edge-* cluster=\"a*\" region=\"\" zone=\"a b\" sub_zone={}… metadata.a.b=\\u{{1b}}[1m",
            "x".repeat(64)
        );
        assert_eq!(all.to_string(), expected);
    }

    #[test]
    fn what_is_said_is_read_back() {
        let glob = |it: &str| Some(Glob::new(it));
        let all = NodeSelector {
            id: glob("edge-*"),
            cluster: Some(Glob::exact("a*")),
            region: Some(Glob::exact("")),
            zone: Some(Glob::exact("a b\"\\")),
            sub_zone: glob("\u{1b}[1m'"),
            metadata: [("a.b".into(), Glob::new("x?"))].into(),
        };
        assert_eq!(all.to_string().parse(), Ok(all));
        let same: NodeSelector = "  locality.zone=a\tid=\"b\"".parse().unwrap();
        assert_eq!(same, NodeSelector { zone: glob("a"), id: Some(Glob::exact("b")), ..NodeSelector::default() });
        assert_eq!("id=".parse(), Ok(NodeSelector { id: glob(""), ..NodeSelector::default() }));
    }

    #[test]
    fn what_is_no_selector_says_why() {
        for (text, why) in [
            ("edge-*", NotASelector::Bare("edge-*".into())),
            ("id=a b", NotASelector::Bare("b".into())),
            ("node=a", NotASelector::Unknown("node".into())),
            ("=a", NotASelector::Unknown(String::new())),
            ("metadata.=a", NotASelector::Unknown("metadata.".into())),
            ("id=a id=b", NotASelector::Twice("id".into())),
            ("metadata.x=a metadata.x=b", NotASelector::Twice("metadata.x".into())),
            ("id=\"a", NotASelector::Unfinished),
            ("id=a\\", NotASelector::Unfinished),
            ("id=\\u{110000}", NotASelector::Unfinished),
            ("id=\\x", NotASelector::Unfinished),
            (" ", NotASelector::Empty),
        ] {
            assert_eq!(text.parse::<NodeSelector>(), Err(why), "{text}");
        }
    }

    fn small() -> impl Strategy<Value = NodeSelector> {
        let glob =
            || proptest::option::of(proptest::sample::select(&["", "a", "b", "*", "a*", "*b"][..]).prop_map(Glob::new));
        (glob(), glob(), glob()).prop_map(|(id, zone, role)| NodeSelector {
            id,
            zone,
            metadata: role.into_iter().map(|it| ("role".to_owned(), it)).collect(),
            ..NodeSelector::default()
        })
    }

    /// Nodes enough to tell any two such selectors apart.
    fn nodes() -> impl Iterator<Item = Node> {
        let texts = ["", "a", "b", "c", "ab", "ac", "cb"];
        let roles = [None].into_iter().chain(texts.map(Some));
        let pairs = texts.into_iter().flat_map(move |id| texts.map(|zone| (id, zone)));
        pairs.flat_map(move |(id, zone)| {
            roles.clone().map(move |role| Node {
                id: id.into(),
                zone: zone.into(),
                metadata: role.into_iter().map(|it| ("role".to_owned(), it.to_owned())).collect(),
                ..Node::default()
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn covering_and_overlapping_are_what_the_nodes_say(a in small(), b in small()) {
            let covered = nodes().all(|it| !b.matches(&it) || a.matches(&it));
            prop_assert_eq!(a.covers(&b), covered, "{} / {}", a, b);
            prop_assert_eq!(a.overlaps(&b), nodes().any(|it| a.matches(&it) && b.matches(&it)), "{} / {}", a, b);
            prop_assert!(a.covers(&a) && NodeSelector::default().covers(&a));
        }
    }
}
