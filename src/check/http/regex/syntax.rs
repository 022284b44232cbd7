//! The syntax of RE2: whether it takes an expression, how many groups that has, and if not, why.
//!
//! Written by hand since the `regex` crate takes and refuses other things: `[a&&b]`, `a}`, `\Q`, `{,2}`. One pass, no
//! recursion, so that no expression is too deep. Leaves the names of Unicode classes to Envoy.

use std::collections::HashSet;
use std::iter::Peekable;
use std::str::Chars;

/// The most often that something may be repeated, all repetitions around it multiplied.
const MOST: u64 = 1000;

/// The number of groups, or what is wrong.
pub(super) fn check(regex: &str) -> Result<usize, String> {
    let mut reader =
        Reader { rest: regex.chars().peekable(), stack: Vec::new(), atom: Atom::None, groups: 0, weight: 1 };
    let mut names = HashSet::new();
    while let Some(letter) = reader.rest.next() {
        match letter {
            '(' => reader.open(&mut names)?,
            ')' => reader.close()?,
            '|' => reader.atom = Atom::None,
            '*' | '+' | '?' => reader.repeat(&letter.to_string(), 1)?,
            '{' => match counts(&mut reader.rest) {
                Some((least, most)) => reader.counted(least, most)?,
                None => reader.put(1),
            },
            '[' => {
                class(&mut reader.rest)?;
                reader.put(1);
            }
            '\\' => reader.escape()?,
            _ => reader.put(1),
        }
    }
    if reader.stack.is_empty() { Ok(reader.groups) } else { Err("a `(` is not closed".to_owned()) }
}

/// What stands before, as far as repetition cares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Atom {
    None,
    /// Something that can be repeated, and how often it already is.
    Plain(u64),
    /// Something repeated.
    Repeated,
}

struct Reader<'r> {
    rest: Peekable<Chars<'r>>,
    /// For each open group, the weight of what stands before it.
    stack: Vec<u64>,
    atom: Atom,
    groups: usize,
    /// How often the heaviest part of the current group is repeated.
    weight: u64,
}

impl Reader<'_> {
    fn put(&mut self, weight: u64) {
        self.atom = Atom::Plain(weight);
        self.weight = self.weight.max(weight);
    }

    fn open(&mut self, names: &mut HashSet<String>) -> Result<(), String> {
        if self.rest.next_if_eq(&'?').is_none() {
            self.enter(true);
            return Ok(());
        }
        let has_p = self.rest.next_if_eq(&'P').is_some();
        if self.rest.next_if_eq(&'<').is_some() {
            let name: String = std::iter::from_fn(|| self.rest.next_if(|it| *it != '>')).collect();
            let is_word = !name.is_empty() && name.chars().all(|it| it == '_' || it.is_alphanumeric());
            if self.rest.next().is_none() || !is_word {
                return Err(match name.starts_with(['=', '!']) {
                    true => format!("`(?<{}` looks behind, which RE2 cannot", &name[..1]),
                    false => format!("`(?<{name}` is no name of a group"),
                });
            }
            if !names.insert(name.clone()) {
                return Err(format!("two groups are called `{name}`"));
            }
            self.enter(true);
            return Ok(());
        }
        if has_p {
            return Err("`(?P` needs a name: `(?P<name>…)`".to_owned());
        }
        self.flags()
    }

    /// `(?i)` and `(?i:…)`.
    fn flags(&mut self) -> Result<(), String> {
        let mut text = String::from("(?");
        let mut is_negated = false;
        let mut since = 0;
        loop {
            let next = self.rest.next();
            text.extend(next);
            match next {
                Some('i' | 'm' | 's' | 'U') => since += 1,
                Some('-') if !is_negated => (is_negated, since) = (true, 0),
                Some(':') if !is_negated || since > 0 => {
                    self.enter(false);
                    return Ok(());
                }
                Some(')') if !is_negated || since > 0 => return Ok(()),
                _ => return Err(format!("`{text}` is not known to RE2")),
            }
        }
    }

    fn enter(&mut self, is_group: bool) {
        self.groups += usize::from(is_group);
        self.stack.push(self.weight);
        (self.weight, self.atom) = (1, Atom::None);
    }

    fn close(&mut self) -> Result<(), String> {
        let before = self.stack.pop().ok_or("a `)` closes nothing")?;
        let inner = self.weight;
        self.weight = before;
        self.put(inner);
        Ok(())
    }

    fn repeat(&mut self, operator: &str, times: u64) -> Result<(), String> {
        self.rest.next_if_eq(&'?');
        match self.atom {
            Atom::None => Err(format!("`{operator}` has nothing to repeat")),
            Atom::Repeated => Err(format!("`{operator}` stands behind another repetition")),
            Atom::Plain(weight) => {
                let weight = weight.saturating_mul(times.max(1));
                if weight > MOST {
                    return Err(format!("`{operator}` repeats more than {MOST} times, with what is around it"));
                }
                self.weight = self.weight.max(weight);
                self.atom = Atom::Repeated;
                Ok(())
            }
        }
    }

    fn counted(&mut self, least: u64, most: Option<u64>) -> Result<(), String> {
        let operator = match most {
            Some(most) if most == least => format!("{{{least}}}"),
            Some(most) => format!("{{{least},{most}}}"),
            None => format!("{{{least},}}"),
        };
        if least > MOST || most.is_some_and(|it| it > MOST || it < least) {
            return Err(format!("`{operator}` is no count of repetitions: at most {MOST}, the smaller one first"));
        }
        self.repeat(&operator, most.unwrap_or(least))
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.rest.peek() {
            Some('Q') => {
                self.rest.next();
                self.quoted();
            }
            Some('A' | 'z' | 'b' | 'B' | 'C') => {
                self.rest.next();
                self.put(1);
            }
            _ => {
                if !in_class(&mut self.rest)? {
                    literal(&mut self.rest)?;
                }
                self.put(1);
            }
        }
        Ok(())
    }

    /// All up to `\E` is text.
    fn quoted(&mut self) {
        while let Some(letter) = self.rest.next() {
            if letter == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.put(1);
        }
    }
}

/// `3}`, `3,}` or `3,5}`; anything else is a brace.
fn counts(rest: &mut Peekable<Chars<'_>>) -> Option<(u64, Option<u64>)> {
    let mut ahead = rest.clone();
    let number = |it: &mut Peekable<Chars<'_>>| {
        let digits: String = std::iter::from_fn(|| it.next_if(char::is_ascii_digit)).take(9).collect();
        digits.parse::<u64>().ok()
    };
    let least = number(&mut ahead)?;
    let most = match ahead.next()? {
        '}' => Some(least),
        ',' if ahead.next_if_eq(&'}').is_some() => None,
        ',' => {
            let most = number(&mut ahead)?;
            ahead.next_if_eq(&'}')?;
            Some(most)
        }
        _ => return None,
    };
    *rest = ahead;
    Some((least, most))
}

/// Reads `\d` and its kind, behind the backslash, if it is one of them.
fn in_class(rest: &mut Peekable<Chars<'_>>) -> Result<bool, String> {
    match rest.peek() {
        Some('d' | 'D' | 's' | 'S' | 'w' | 'W') => {
            rest.next();
            Ok(true)
        }
        Some('p' | 'P') => {
            rest.next();
            match rest.next() {
                Some('{') if rest.by_ref().any(|it| it == '}') => Ok(true),
                Some('{') | None => Err("`\\p` needs the name of a class of letters".to_owned()),
                Some('C' | 'L' | 'M' | 'N' | 'P' | 'S' | 'Z') => Ok(true),
                Some(other) => Err(format!("`\\p{other}` is no class of letters")),
            }
        }
        _ => Ok(false),
    }
}

/// Reads an escaped letter, behind the backslash.
fn literal(rest: &mut Peekable<Chars<'_>>) -> Result<Option<char>, String> {
    let letter = rest.next().ok_or("a `\\` at the end escapes nothing")?;
    match letter {
        'a' | 'f' | 'n' | 'r' | 't' | 'v' => Ok(None),
        '1'..='7' if !matches!(rest.peek(), Some('0'..='7')) => {
            Err(format!("`\\{letter}` refers to a group, which RE2 cannot"))
        }
        '0'..='7' => {
            for _ in 0..2 {
                rest.next_if(|it| matches!(it, '0'..='7'));
            }
            Ok(None)
        }
        'x' => hex(rest),
        it if it.is_ascii() && !it.is_ascii_alphanumeric() => Ok(Some(it)),
        other => Err(format!("`\\{other}` is not known to RE2")),
    }
}

fn hex(rest: &mut Peekable<Chars<'_>>) -> Result<Option<char>, String> {
    let bad = || "`\\x` takes two hexadecimal digits, or some in braces".to_owned();
    let digits: String = if rest.next_if_eq(&'{').is_some() {
        let digits = std::iter::from_fn(|| rest.next_if(|it| *it != '}')).take(10).collect();
        rest.next_if_eq(&'}').ok_or_else(bad)?;
        digits
    } else {
        std::iter::from_fn(|| rest.next_if(char::is_ascii_hexdigit)).take(2).collect::<String>()
    };
    let is_short = digits.len() < 2 && !digits.is_empty();
    let number = u32::from_str_radix(&digits, 16).ok().filter(|it| *it <= 0x10_ffff);
    number.filter(|_| !is_short || digits.len() == 1).map(char::from_u32).ok_or_else(bad)
}

/// Reads a class of letters, behind its `[`.
fn class(rest: &mut Peekable<Chars<'_>>) -> Result<(), String> {
    rest.next_if_eq(&'^');
    let mut is_first = true;
    loop {
        match rest.next() {
            None => return Err("a `[` is not closed".to_owned()),
            Some(']') if !is_first => return Ok(()),
            Some('[') if rest.peek() == Some(&':') && posix(rest)? => {}
            Some('\\') if in_class(rest)? => {}
            Some(it) => range(it, rest)?,
        }
        is_first = false;
    }
}

/// One letter of a class, or a range of them.
fn range(first: char, rest: &mut Peekable<Chars<'_>>) -> Result<(), String> {
    let low = if first == '\\' { literal(rest)? } else { Some(first) };
    let mut ahead = rest.clone();
    if ahead.next() != Some('-') || matches!(ahead.peek(), Some(']') | None) {
        return Ok(());
    }
    rest.next();
    let high = match rest.next() {
        Some('\\') => literal(rest)?,
        other => other,
    };
    match (low, high) {
        (Some(low), Some(high)) if high < low => Err(format!("the range `{low}-{high}` is empty")),
        _ => Ok(()),
    }
}

const POSIX: &str = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit";

/// `[:alpha:]`, behind its `[`. A `[:` without `:]` is two letters.
fn posix(rest: &mut Peekable<Chars<'_>>) -> Result<bool, String> {
    let mut ahead = rest.clone();
    ahead.next();
    let name: String = std::iter::from_fn(|| ahead.next_if(|it| *it != ':' && *it != ']')).take(16).collect();
    if ahead.next() != Some(':') || ahead.next() != Some(']') {
        return Ok(false);
    }
    if !POSIX.split(' ').any(|it| it == name.trim_start_matches('^')) {
        return Err(format!("`[:{name}:]` is no class of letters"));
    }
    *rest = ahead;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a real Envoy 1.40 said of each.
    #[test]
    fn envoy_takes_these() {
        for (regex, groups) in [
            (r"(?i)/\d+\pL\Qa.b\E", 0),
            ("/(?P<x>a)", 1),
            ("/(?<x>a)", 1),
            (r"/\C", 0),
            ("/a{1000}", 0),
            ("/a{,2}", 0),
            ("/a{2", 0),
            ("/[[:alpha:]]", 0),
            ("/[a&&b]", 0),
            ("/[[a]]", 0),
            ("/[]a]", 0),
            (r"/\z", 0),
            (r"\/a\-b\_", 0),
            (r"\<a\>", 0),
            (r"\x{10}\x41", 0),
            (r"\pN\p{Greek}", 0),
            ("(?U)a+", 0),
            ("|()|", 1),
            ("^*", 0),
            (r"\b+", 0),
            ("(a{100}){5}", 1),
            ("a]", 0),
            ("a}{", 0),
            (r"\07", 0),
            ("(?:a|b)*?(c)", 1),
            ("a{2}?", 0),
            ("[a-]", 0),
            ("[-a]", 0),
        ] {
            assert_eq!(check(regex), Ok(groups), "{regex}");
        }
    }

    #[test]
    fn envoy_refuses_these() {
        for regex in [
            "/(?!a)",
            r"/(a)\1",
            "/a{1001}",
            "/a*+",
            "/a**",
            r"/\Z",
            r"\h",
            r"\u1234",
            "(?x) a",
            "*a",
            "(*a)",
            "a|*",
            "((a{100}){100}){100}",
            "a{2,1}",
            "[z-a]",
            r"[a-\d]",
            "a)",
            r"\8",
            "a\\",
            "[0-9+",
            "[",
            "(",
            "(?P<>a)",
            "(?<=a)b",
            "(?P=x)",
            "(?P<x>a)(?P<x>b)",
            "[[:nope:]]",
            "(?",
            "(?i",
            "{2}",
            r"\p",
            r"\x{110000}",
            "a{2}{3}",
        ] {
            assert!(check(regex).is_err(), "{regex}");
        }
    }

    #[test]
    fn no_text_is_too_much() {
        assert!(check(&"(".repeat(100_000)).is_err());
        assert_eq!(check(&"(a".repeat(1000).chars().chain(")".repeat(1000).chars()).collect::<String>()), Ok(1000));
    }
}
