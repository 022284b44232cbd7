//! Patterns over text: what they match, and how they relate to each other.
//!
//! Answers for: whether a pattern matches a text, covers another pattern, or has a text in common with it. All three
//! are bounded whatever the user writes. Leaves to others: what the texts are (`selector`).

use std::collections::HashSet;

/// A pattern in which `*` stands for any text, also none, and `?` for one character.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Glob {
    pattern: String,
    /// Whether `*` and `?` stand for themselves.
    exact: bool,
}

/// The most states that a comparison of two patterns looks at. No pattern that means anything comes near.
const MOST_STATES: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    One,
    Any,
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

    /// Whether `*` and `?` stand for themselves.
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// Whether every text matches.
    pub fn is_any(&self) -> bool {
        !self.exact && !self.pattern.is_empty() && self.pattern.bytes().all(|it| it == b'*')
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

    /// Whether every text that `other` matches is matched by this one too. `true` is certain; so is `false`, but for
    /// patterns made to be hard.
    pub fn covers(&self, other: &Self) -> bool {
        if self.is_any() {
            return true;
        }
        // What follows the other's plain beginning is a wildcard or the end: neither has to go on as this one does.
        if !other.beginning().starts_with(self.beginning()) {
            return false;
        }
        if let Some(text) = other.plain() {
            return self.matches(text);
        }
        self.plain().is_none() && Cover::new(&self.tokens()).of(&other.tokens())
    }

    /// Whether some text may match both. `false` is certain; so is `true`, but for patterns of monstrous length.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self.plain(), other.plain()) {
            (Some(text), _) => other.matches(text),
            (_, Some(text)) => self.matches(text),
            (None, None) => {
                let (a, b) = (self.beginning(), other.beginning());
                (a.starts_with(b) || b.starts_with(a)) && meet(&self.tokens(), &other.tokens())
            }
        }
    }

    /// The text before the first wildcard: how all that matches begins. One that covers another begins no longer.
    pub fn beginning(&self) -> &str {
        let end = self.pattern.find(['*', '?']).filter(|_| !self.exact);
        &self.pattern[..end.unwrap_or(self.pattern.len())]
    }

    /// The only text that matches, if there is only one.
    fn plain(&self) -> Option<&str> {
        (self.exact || !self.pattern.contains(['*', '?'])).then_some(&self.pattern)
    }

    fn tokens(&self) -> Vec<Token> {
        let mut tokens: Vec<_> = self
            .pattern
            .chars()
            .map(|it| match it {
                '*' if !self.exact => Token::Any,
                '?' if !self.exact => Token::One,
                other => Token::Char(other),
            })
            .collect();
        tokens.dedup_by(|a, b| (*a, *b) == (Token::Any, Token::Any));
        tokens
    }
}

/// A pattern as an automaton: how far into it a text may have come.
struct Cover<'a> {
    tokens: &'a [Token],
    /// Its own characters, and one that stands for all that it does not have.
    alphabet: Vec<Option<char>>,
}

/// Positions in the pattern, in order.
type Positions = Vec<usize>;

impl<'a> Cover<'a> {
    fn new(tokens: &'a [Token]) -> Self {
        let own = tokens.iter().filter_map(|it| if let Token::Char(c) = it { Some(*c) } else { None });
        let own: HashSet<char> = own.collect();
        Self { tokens, alphabet: own.into_iter().map(Some).chain([None]).collect() }
    }

    /// Follows all texts of the other pattern at once; one that falls out of this one is the proof that it does not
    /// cover the other.
    fn of(&self, other: &[Token]) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![(0, self.closed(vec![0]))];
        while let Some((at, here)) = open.pop() {
            // Past a last star everything is accepted, whatever comes.
            let all = here.last().is_some_and(|it| *it + 1 == self.tokens.len() && self.tokens[*it] == Token::Any);
            if all || !seen.insert((at, here.clone())) {
                continue;
            }
            if here.is_empty() || seen.len() > MOST_STATES {
                return false;
            }
            match other.get(at) {
                None if here.last() != Some(&self.tokens.len()) => return false,
                None => {}
                Some(Token::Char(c)) => open.push((at + 1, self.step(&here, Some(*c)))),
                Some(Token::One) => open.extend(self.alphabet.iter().map(|c| (at + 1, self.step(&here, *c)))),
                Some(Token::Any) => {
                    open.extend(self.alphabet.iter().map(|c| (at, self.step(&here, *c))));
                    open.push((at + 1, here));
                }
            }
        }
        true
    }

    /// Where one more character leads.
    fn step(&self, from: &[usize], c: Option<char>) -> Positions {
        let mut to = Vec::with_capacity(from.len() + 1);
        for at in from {
            match self.tokens.get(*at) {
                Some(Token::Any) => to.push(*at),
                Some(Token::One) => to.push(at + 1),
                Some(Token::Char(own)) if Some(*own) == c => to.push(at + 1),
                _ => {}
            }
        }
        self.closed(to)
    }

    /// With the places behind stars, and without those before the last star: from there on it takes all that they do.
    fn closed(&self, mut positions: Positions) -> Positions {
        let behind = |at: &usize| (self.tokens.get(*at) == Some(&Token::Any)).then_some(at + 1);
        let more: Vec<_> = positions.iter().filter_map(behind).collect();
        positions.extend(more);
        positions.sort_unstable();
        positions.dedup();
        let star = positions.iter().rposition(|at| self.tokens.get(*at) == Some(&Token::Any));
        positions.split_off(star.unwrap_or(0))
    }
}

/// Whether two patterns have a text in common: walks both at once, each pair of positions once.
fn meet(a: &[Token], b: &[Token]) -> bool {
    let width = b.len() + 1;
    let Some(size) = (a.len() + 1).checked_mul(width).filter(|it| *it <= MOST_STATES * 256) else { return true };
    let mut seen = vec![false; size];
    let mut open = vec![(0, 0)];
    while let Some((i, j)) = open.pop() {
        if std::mem::replace(&mut seen[i * width + j], true) {
            continue;
        }
        match (a.get(i), b.get(j)) {
            (None, None) => return true,
            (Some(Token::Any), other) => {
                open.push((i + 1, j));
                open.extend(other.map(|_| (i, j + 1)));
            }
            (other, Some(Token::Any)) => {
                open.push((i, j + 1));
                open.extend(other.map(|_| (i + 1, j)));
            }
            (Some(Token::Char(x)), Some(Token::Char(y))) if x != y => {}
            (Some(_), Some(_)) => open.push((i + 1, j + 1)),
            (None, Some(_)) | (Some(_), None) => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn covering() {
        for (wide, narrow, expected) in [
            ("*", "", true),
            ("edge-*", "edge-1*", true),
            ("edge-*", "edge-??", true),
            ("edge-1*", "edge-*", false),
            ("?*", "*", false),
            ("?*", "*?", true),
            ("*?*a", "??*a", true),
            ("*a*", "*b*", false),
            // Each part of the narrow one matches by itself, but not all of them together.
            ("*ab?*", "a*b*ab*", false),
            ("ü*", "ü?", true),
        ] {
            assert_eq!(Glob::new(wide).covers(&Glob::new(narrow)), expected, "{wide} {narrow}");
        }
        assert!(Glob::new("a?").covers(&Glob::exact("a*")) && !Glob::exact("a*").covers(&Glob::new("a*")));
    }

    #[test]
    fn patterns_made_to_be_hard_end_and_are_answered_on_the_safe_side() {
        let hard = Glob::new(format!("*a{}b*a{}c*", "?".repeat(60), "?".repeat(60)));
        let other = Glob::new(format!("*a*{}b*", "a?".repeat(200)));
        assert!(!hard.covers(&other));
        assert!(hard.overlaps(&other));
        let long = Glob::new("*a".repeat(100_000));
        assert!(long.overlaps(&long) && long.overlaps(&Glob::new("*")));
    }

    /// All texts of up to six characters, one of which no pattern has.
    fn texts() -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut from = 0;
        for _ in 0..6 {
            let to = texts.len();
            for at in from..to {
                texts.extend(['a', 'b', 'c'].map(|c| format!("{}{c}", texts[at])));
            }
            from = to;
        }
        texts
    }

    fn glob() -> impl Strategy<Value = Glob> {
        "[ab*?]{0,4}".prop_map(Glob::new)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn covering_and_overlapping_are_what_the_texts_say(a in glob(), b in glob()) {
            let texts = texts();
            let covered = texts.iter().all(|it| !b.matches(it) || a.matches(it));
            prop_assert_eq!(a.covers(&b), covered);
            let both = texts.iter().any(|it| a.matches(it) && b.matches(it));
            // A common text of two patterns of four is no longer than eight; most are shorter.
            prop_assert!(!both || a.overlaps(&b));
            prop_assert!(both || !a.overlaps(&b) || a.tokens().len() + b.tokens().len() > 6);
            prop_assert_eq!(a.overlaps(&b), b.overlaps(&a));
        }
    }
}
