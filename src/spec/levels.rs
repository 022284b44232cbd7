//! What the user decided about lints: on the command line, or in a document for what is found in it.

use std::collections::BTreeMap;

use super::Diagnostic;
use super::codes::{self, Level};

/// Levels by code. What is not here has the level of the table of codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(BTreeMap<&'static str, Level>);

/// Why a level cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotALint {
    /// The code is not in the table.
    #[error("no diagnostic has this code")]
    Unknown,
    /// What it stands for cannot be lived with.
    #[error("this is an error in any case: only lints have a level")]
    Fixed,
}

impl Levels {
    /// Sets the level of a lint.
    ///
    /// # Errors
    /// When the code is unknown, or is no lint.
    pub fn set(&mut self, code: &str, level: Level) -> Result<(), NotALint> {
        let known = codes::find(code).ok_or(NotALint::Unknown)?;
        if known.level == Level::Error {
            return Err(NotALint::Fixed);
        }
        self.0.insert(known.code, level);
        Ok(())
    }

    /// One level for all rules of Envoy's API (CH12xx).
    pub fn of_api_rules(level: Level) -> Self {
        let codes = codes::all().map(|it| it.code).filter(|it| it.starts_with("CH12"));
        Self(codes.map(|it| (it, level)).collect())
    }

    /// These levels where they say something, else those of `outer`.
    #[must_use]
    pub fn within(mut self, outer: &Self) -> Self {
        for (code, level) in &outer.0 {
            self.0.entry(code).or_insert(*level);
        }
        self
    }

    /// The diagnostic as bad as these levels make it; nothing if it is allowed.
    pub fn apply(&self, diagnostic: Diagnostic) -> Option<Diagnostic> {
        // An error of a code that usually warns was meant as one: only what a lint's level says can be changed.
        let Some(level) = self.level(diagnostic.code) else { return Some(diagnostic) };
        level.severity().map(|severity| Diagnostic { severity, ..diagnostic })
    }

    /// The level of a lint; nothing for what is none, or has no level of its own.
    fn level(&self, code: &str) -> Option<Level> {
        let set = self.0.get(code).copied();
        set.or_else(|| codes::find(code).map(|it| it.level).filter(|it| *it == Level::Allow))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Severity, Span, Text};

    #[test]
    fn a_level_decides_what_a_lint_is_and_the_inner_one_comes_first() {
        let lint = || Diagnostic::of(codes::MISSING_CLUSTER, &Text::new("a", "b"), Span::default(), "no");
        let severity = |it: &Levels| it.apply(lint()).map(|it| it.severity);
        let mut outer = Levels::default();
        assert_eq!(severity(&outer), Some(Severity::Error));
        outer.set("CH3001", Level::Warn).unwrap();
        assert_eq!(severity(&outer), Some(Severity::Warning));
        let mut inner = Levels::default();
        inner.set("CH3001", Level::Allow).unwrap();
        assert_eq!(severity(&inner.within(&outer)), None);
        assert_eq!(severity(&Levels::default().within(&outer)), Some(Severity::Warning));
    }

    #[test]
    fn errors_have_no_level() {
        let mut levels = Levels::default();
        assert_eq!(levels.set("CH1001", Level::Allow), Err(NotALint::Fixed));
        assert_eq!(levels.set("CH9999", Level::Allow), Err(NotALint::Unknown));
    }
}
