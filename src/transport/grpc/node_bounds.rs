//! How much a client may say of itself: it is kept for as long as the client is connected, and for a while after.

use super::status::{Code, Status};
use crate::resource::Node;

/// Bytes of one field of a node, and of the path of one metadata key.
pub(super) const FIELD: usize = 1_024;
/// Bytes of one metadata value.
pub(super) const VALUE: usize = 16 << 10;
/// Bytes of all metadata that is kept.
pub(super) const METADATA: usize = 64 << 10;
/// Bytes of a client's words on what it refuses.
const WORDS: usize = 8 << 10;

/// Refuses a node with a field that is too long.
pub(super) fn check(node: &Node) -> Result<(), Status> {
    let fields = [
        ("id", &node.id),
        ("cluster", &node.cluster),
        ("locality.region", &node.region),
        ("locality.zone", &node.zone),
        ("locality.sub_zone", &node.sub_zone),
        ("user_agent_name", &node.user_agent),
    ];
    fields.iter().try_for_each(|(name, value)| within(&format!("node.{name}"), value.len(), FIELD))
}

/// Refuses something of a node that has more bytes than it may have.
pub(super) fn within(what: &str, bytes: usize, most: usize) -> Result<(), Status> {
    if bytes <= most {
        return Ok(());
    }
    let text = format!("{what} has {bytes} bytes, of which at most {most} are allowed");
    Err(Status::new(Code::InvalidArgument, text))
}

/// The first part of a client's words.
pub(super) fn words(mut words: String) -> String {
    if words.len() > WORDS {
        let end = (0..=WORDS).rev().find(|it| words.is_char_boundary(*it)).unwrap_or(0);
        words.truncate(end);
        words.push('…');
        words.shrink_to_fit();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_bounded_and_named_when_it_is_too_long() {
        let long = || "x".repeat(FIELD + 1);
        type Field = fn(&mut Node) -> &mut String;
        let fields: [(&str, Field); 6] = [
            ("node.id", |it| &mut it.id),
            ("node.cluster", |it| &mut it.cluster),
            ("node.locality.region", |it| &mut it.region),
            ("node.locality.zone", |it| &mut it.zone),
            ("node.locality.sub_zone", |it| &mut it.sub_zone),
            ("node.user_agent_name", |it| &mut it.user_agent),
        ];
        for (name, field) in fields {
            let mut node = Node::default();
            *field(&mut node) = long();
            let status = check(&node).unwrap_err();
            assert_eq!(status.code, Code::InvalidArgument);
            assert!(status.message.starts_with(&format!("{name} has 1025 bytes")), "{status:?}");
            field(&mut node).pop();
            check(&node).unwrap();
        }
    }

    #[test]
    fn words_are_cut_between_characters() {
        assert_eq!(words("short".to_owned()), "short");
        let cut = words("ü".repeat(WORDS));
        assert!(cut.len() <= WORDS + 3 && cut.ends_with("ü…"));
        assert!(cut.capacity() < 2 * WORDS);
    }
}
