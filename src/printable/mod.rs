//! Untrusted text on its way to people: what a terminal would obey, or a reader would not see, is escaped.
//!
//! Answers for: the one list of such characters, and the forms in which they are shown. Names of nodes and files, the
//! words of clients, the content of documents: all of it passes here before it is logged, printed or put on a page.
//! Leaves to others: where text goes (`cli::output`, `cli::logs`, `admin`). Pure, and below everything else.

mod dump;

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

pub(crate) use dump::without_dump;

/// How much of one text is shown where nothing else is said, in characters.
pub(crate) const LONGEST: usize = 4096;

/// Whether a character is escaped: it moves the cursor, ends a line, turns the direction of text, or takes no room.
pub(crate) fn is_escaped(char: char) -> bool {
    char.is_control()
        || matches!(char,
            // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            // Zero width, marks of direction; line and paragraph separator, embeddings and overrides of direction.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            // Word joiner and invisible operators, isolates, old marks of form.
            | '\u{2060}'..='\u{206f}'
            // Byte order mark, marks of annotations.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A text on one line, at most [`LONGEST`] characters of it.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    short(text, LONGEST)
}

/// A text on one line, cut after so many characters as they are shown.
pub(crate) fn short(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most && !text.chars().any(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(most));
    let mut used = 0;
    for char in text.chars() {
        if used >= most {
            out.push('…');
            break;
        }
        used += put(char, &mut out);
    }
    Cow::Owned(out)
}

/// A text of several lines, whole: line breaks stay what they are.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|it| it != '\n' && is_escaped(it)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char == '\n' { out.push(char) } else { _ = put(char, &mut out) }
    }
    Cow::Owned(out)
}

/// The same of a text that was coloured here: colours stay. Whatever else such a text holds was escaped before.
pub(crate) fn coloured(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let (before, sequence) = rest.split_at(at);
        out.push_str(&lines(before));
        let end = sequence[2..].find(|it: char| !it.is_ascii_digit() && it != ';').map_or(sequence.len(), |it| it + 2);
        let is_colour = sequence[end..].starts_with('m');
        let (sequence, after) = sequence.split_at(if is_colour { end + 1 } else { 1 });
        if is_colour {
            out.push_str(sequence)
        } else {
            out.push_str("\\u{1b}")
        }
        rest = after;
    }
    out.push_str(&lines(rest));
    out
}

/// JSON with these characters as its own escapes: what it says stays the same.
///
/// They stand in strings only, and all of them have four digits.
pub(crate) fn json(text: String) -> String {
    let is_escaped = |it: char| it != '\n' && is_escaped(it);
    if !text.chars().any(is_escaped) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 64);
    for char in text.chars() {
        if is_escaped(char) { _ = write!(out, "\\u{:04x}", u32::from(char)) } else { out.push(char) }
    }
    out
}

/// A part of a document as [`lines`] shows it, and where in it a place of the part is.
pub(crate) fn excerpt(text: &str, place: Range<usize>) -> (Cow<'_, str>, Range<usize>) {
    let shown = |end: usize| lines(text.get(..end).unwrap_or(text)).len();
    let place = shown(place.start)..shown(place.end);
    (lines(text), place)
}

/// Appends a character as it is shown; returns how many characters that took.
fn put(char: char, out: &mut String) -> usize {
    if is_escaped(char) {
        let escape = char.escape_default();
        let length = escape.len();
        out.extend(escape);
        length
    } else {
        out.push(char);
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that must never reach a terminal as it is.
    fn hostile() -> String {
        let bidi = "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}";
        let controls: String = (0..=0x1f_u8).chain([0x7f]).map(char::from).chain('\u{80}'..='\u{9f}').collect();
        format!("{controls}{bidi}\u{200b}\u{200c}\u{200d}\u{2028}\u{2029}\u{2060}\u{feff}\u{ad}")
    }

    #[test]
    fn nothing_hostile_is_left_and_nothing_else_is_touched() {
        let hostile = hostile();
        for shown in [line(&hostile).into_owned(), json(hostile.clone()).replace('\n', ""), coloured(&hostile)] {
            assert!(!shown.chars().any(|it| it != '\n' && is_escaped(it)), "{shown}");
        }
        assert!(!line(&hostile).contains('\n'));
        assert_eq!(line("a\n\u{1b}[31m\u{202e}b"), "a\\n\\u{1b}[31m\\u{202e}b");
        for plain in ["", "config/web.yaml", "größe 尺寸 \"x\" \\ é 🎉"] {
            assert!(matches!(line(plain), Cow::Borrowed(_)), "{plain}");
            assert_eq!(json(plain.to_owned()), plain);
        }
    }

    #[test]
    fn a_text_is_bounded_as_it_is_shown() {
        assert_eq!(short("abcd", 3), "abc…");
        assert_eq!(short("abc", 3), "abc");
        assert_eq!(short("üüüü", 4), "üüüü");
        assert!(short(&"\u{1b}".repeat(9000), 100).chars().count() < 110);
        assert_eq!(line(&"x".repeat(1 << 20)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn json_says_the_same() {
        let value = serde_json::Value::String(hostile());
        let text = json(format!("{value:#}\n"));
        assert!(!text.trim_end().chars().any(is_escaped), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn of_sequences_only_colours_stay() {
        assert_eq!(coloured("\u{1b}[1;31mred\u{1b}[0m\n"), "\u{1b}[1;31mred\u{1b}[0m\n");
        assert_eq!(coloured("\u{1b}[2Jx\u{1b}]0;y\u{7}\u{1b}["), "\\u{1b}[2Jx\\u{1b}]0;y\\u{7}\\u{1b}[");
    }

    #[test]
    fn a_place_in_an_excerpt_moves_with_its_text() {
        let (text, place) = excerpt("a: \u{202e}x # y", 3..7);
        assert_eq!((&*text, &text[place]), ("a: \\u{202e}x # y", "\\u{202e}x"));
    }
}
