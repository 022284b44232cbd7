//! Long lists cut at their items, by looking at lines alone: what makes an edit of one item in a large text cheap.
//!
//! [`cut`] knows no YAML beyond indentation, and so it guesses. The guess is right whenever three things hold, which
//! whoever reads the pieces ([`parse_skeleton`](super::parse_skeleton), [`parse_item`](super::parse_item)) makes sure of:
//!
//! 1. The *skeleton*, which is the text with each list replaced by `- ~`, is one document without a fault, and each
//!    `- ~` stands in it where the list should be.
//! 2. Each item is, as a text of its own, a list of exactly that one item, without a fault of syntax.
//! 3. No item has an anchor or an alias, which are what one item can know of another, nor an empty value whose
//!    place the parser finds by what comes after it.
//!
//! Then skeleton and items together say what the whole text says: in a block list, a line that begins with `- ` at the
//! list's own indentation begins an item, unless it stands inside quotes or brackets; and then the item before it is
//! cut off within them, which is a fault of syntax. Whoever finds that one of the three does not hold reads the text
//! as a whole. A proptest holds both readings against each other (`tests/it/documents_items.rs`).

/// A text in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The text, with one empty item in place of each list that was cut.
    pub skeleton: String,
    /// The lists, in the order of the text.
    pub lists: Vec<CutList>,
    /// All items, in the order of the text.
    pub items: Vec<CutItem>,
}

/// A list that was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutList {
    /// Which of the given paths leads to it.
    pub path: usize,
    /// How far it is indented.
    pub indent: u32,
    /// Its first line's first byte in the text.
    pub start: u32,
    /// One past its last line.
    pub end: u32,
    /// Where its substitute begins in the skeleton.
    pub placed: u32,
}

/// One item: whole lines, with what blank lines and comments follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutItem {
    /// Which of the given paths leads to its list.
    pub path: usize,
    /// Its first byte.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
    /// The line that it begins in, from 1.
    pub line: u32,
}

/// What stands for a list, after its indentation.
const SUBSTITUTE: &str = "- ~\n";

/// Cuts the block lists at these paths, of one key or two. `None` if there is none of them, or the text has something
/// that lines cannot tell: several documents, directives, control characters.
pub fn cut(text: &str, paths: &[&[&str]]) -> Option<Cut> {
    if u32::try_from(text.len()).is_err() || has_control(text) {
        return None;
    }
    let mut cutter =
        Cutter { paths, wanted: None, parent: None, open: None, begun: false, lists: vec![], items: vec![] };
    let (mut at, mut number) = (0, 1);
    for line in text.split_inclusive('\n') {
        cutter.line(line, at, number)?;
        at += line.len() as u32;
        number += 1;
    }
    cutter.close(at);
    cutter.finish(text)
}

impl CutItem {
    /// Its text.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl CutList {
    /// Where the one item of its substitute stands in the skeleton.
    pub(super) fn substitute(&self) -> u32 {
        self.placed + self.indent + 2
    }
}

impl Cut {
    /// The place in the text of a place in the skeleton.
    pub(super) fn in_text(&self, at: u32) -> u32 {
        let Some(list) = self.lists.iter().rev().find(|it| it.placed <= at) else { return at };
        let after = list.placed + list.indent + SUBSTITUTE.len() as u32;
        if at < after { list.start + (at - list.placed) } else { list.end + (at - after) }
    }
}

/// Goes from line to line.
struct Cutter<'a> {
    paths: &'a [&'a [&'a str]],
    /// The path whose list should begin with the next line that says anything, and how far its key is indented.
    wanted: Option<(usize, usize)>,
    /// A key at the left margin with lists below it, and how far its own keys are indented.
    parent: Option<(&'a str, Option<usize>)>,
    /// How far the list is indented that the lines belong to.
    open: Option<usize>,
    /// Whether the document has begun.
    begun: bool,
    lists: Vec<CutList>,
    items: Vec<CutItem>,
}

impl Cutter<'_> {
    fn line(&mut self, line: &str, at: u32, number: u32) -> Option<()> {
        // Nearly all lines are inside an item, and this is all that there is to know of them.
        let is_inside = |it: usize| line.as_bytes().get(..=it).is_some_and(|it| it.iter().all(|it| *it == b' '));
        if self.open.is_some_and(is_inside) {
            return Some(());
        }
        let indent = line.bytes().take_while(|it| *it == b' ').count();
        let rest = &line[indent..];
        if rest.is_empty() || rest.starts_with(['\n', '#']) {
            return Some(());
        }
        let is_item = rest == "-" || rest.starts_with("- ") || rest.starts_with("-\n");
        if let Some(column) = self.open {
            if is_item && indent == column {
                let path = self.lists.last()?.path;
                self.item(path, at, number);
                return Some(());
            }
            self.close(at);
        }
        if let Some((path, column)) = self.wanted.take()
            && is_item
            && indent >= column
        {
            self.open = Some(indent);
            self.lists.push(CutList { path, indent: indent as u32, start: at, end: at, placed: 0 });
            self.item(path, at, number);
            return Some(());
        }
        self.key(rest, indent)
    }

    /// A line outside of all lists. `None` if the text cannot be cut.
    fn key(&mut self, rest: &str, indent: usize) -> Option<()> {
        let begun = std::mem::replace(&mut self.begun, true);
        if indent > 0 {
            if let Some((parent, column)) = &mut self.parent
                && *column.get_or_insert(indent) == indent
                && let Some(key) = bare_key(rest)
            {
                self.wanted = self.paths.iter().position(|it| **it == [*parent, key]).map(|it| (it, indent));
            }
            return Some(());
        }
        if rest.starts_with("---") {
            return (!begun && rest.trim_end() == "---").then_some(());
        }
        if rest.starts_with("...") || rest.starts_with('%') {
            return None;
        }
        let key = bare_key(rest);
        self.wanted = self.paths.iter().position(|it| it.len() == 1 && Some(it[0]) == key).map(|it| (it, 0));
        let parent = self.paths.iter().find(|it| it.len() == 2 && Some(it[0]) == key);
        self.parent = parent.map(|it| (it[0], None));
        Some(())
    }

    fn item(&mut self, path: usize, at: u32, line: u32) {
        self.end_item(at);
        self.items.push(CutItem { path, start: at, end: at, line });
    }

    fn close(&mut self, at: u32) {
        if self.open.take().is_some() {
            self.end_item(at);
            if let Some(list) = self.lists.last_mut() {
                list.end = at;
            }
        }
    }

    fn end_item(&mut self, at: u32) {
        if let Some(last) = self.items.last_mut().filter(|it| it.end == it.start) {
            last.end = at;
        }
    }

    fn finish(mut self, text: &str) -> Option<Cut> {
        let mut skeleton = String::new();
        let mut done = 0;
        for list in &mut self.lists {
            skeleton.push_str(text.get(done..list.start as usize)?);
            list.placed = skeleton.len() as u32;
            skeleton.extend(std::iter::repeat_n(' ', list.indent as usize));
            skeleton.push_str(SUBSTITUTE);
            done = list.end as usize;
        }
        skeleton.push_str(text.get(done..)?);
        // Merge keys bring entries whose places say nothing about where their map ends.
        let is_cut = !self.lists.is_empty() && !skeleton.contains("<<");
        is_cut.then_some(Cut { skeleton, lists: self.lists, items: self.items })
    }
}

/// The key of a line with nothing after it.
fn bare_key(line: &str) -> Option<&str> {
    let (key, after) = line.split_once(':')?;
    let is_bare = after.trim().is_empty() || (after.starts_with(' ') && after.trim_start().starts_with('#'));
    is_bare.then_some(key)
}

/// Whether there are characters that end a line or a text otherwise than a line feed does.
fn has_control(text: &str) -> bool {
    // In blocks, each without a branch: this looks at every byte.
    let is_control = |it: &u8| *it < b' ' && *it != b'\n' && *it != b'\t';
    text.as_bytes().chunks(4096).any(|block| block.iter().fold(false, |any, it| any | is_control(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: &[&[&str]] = &[&["resources"], &["spec", "clusters"], &["spec", "listeners"]];

    /// An item's path, line and text.
    type Drawn<'t> = (usize, u32, &'t str);

    /// The skeleton, then the items.
    fn draw(text: &str) -> Option<(String, Vec<Drawn<'_>>)> {
        let cut = cut(text, PATHS)?;
        Some((cut.skeleton, cut.items.iter().map(|it| (it.path, it.line, it.of(text))).collect()))
    }

    #[test]
    fn a_list_at_the_margin() {
        let (skeleton, items) =
            draw("# one\n---\nresources: # all\n\n- a: 1\n  b: |\n    - x\n\n# two\n-\n  c\nx: y").unwrap();
        assert_eq!(skeleton, "# one\n---\nresources: # all\n\n- ~\nx: y");
        assert_eq!(items, [(0, 5, "- a: 1\n  b: |\n    - x\n\n# two\n"), (0, 10, "-\n  c\n")]);
    }

    #[test]
    fn lists_below_a_key() {
        let text = "spec:\n  clusters:\n  - a\n  - b\n  listeners:\n      - c\n      - d\nnodes:\n- id: x\n";
        let (skeleton, items) = draw(text).unwrap();
        assert_eq!(skeleton, "spec:\n  clusters:\n  - ~\n  listeners:\n      - ~\nnodes:\n- id: x\n");
        assert_eq!(items.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), [(1, 3), (1, 4), (2, 6), (2, 7)]);
    }

    #[test]
    fn places_in_the_skeleton_are_places_in_the_text() {
        let text = "spec:\n  clusters:\n  - aaaa\n  - b\n  listeners:\n  - c\n  - d\nx: y\n";
        let cut = cut(text, PATHS).unwrap();
        for word in ["spec", "clusters", "listeners", "x: y"] {
            let at = cut.skeleton.find(word).unwrap() as u32;
            assert!(text[cut.in_text(at) as usize..].starts_with(word), "{word}");
        }
        assert_eq!(cut.in_text(cut.lists[1].placed + 2) as usize, text.find("- c").unwrap());
        assert_eq!(cut.in_text(cut.skeleton.len() as u32) as usize, text.len());
    }

    #[test]
    fn what_lines_cannot_tell_is_not_cut() {
        for text in [
            "",
            "a: 1\n",
            "resources: []\n",
            "resources:\n  a: 1\n",
            "resources:\n- a\n---\nresources:\n- b\n",
            "%TAG ! !x\n---\nresources:\n- a\n",
            "resources:\n- a\r- b\n",
            "resources:\n- a\0\n",
            "x: &x {a: 1}\n<<: *x\nresources:\n- a\n",
            "other:\n  clusters:\n  - a\n",
            "resources: &a\n- a\n",
        ] {
            assert_eq!(cut(text, PATHS), None, "{text:?}");
        }
    }
}
