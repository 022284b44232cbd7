//! The one table of diagnostic codes: for each its level, its title and its story. Leaves to others: when to use them.
//!
//! A code is a promise: it is never used for anything else, and never taken away. One file for each hundred.

mod api_rules;
mod bootstrap;
mod certificates;
mod clashes;
mod clusters;
mod delivery;
mod envoy;
mod filter_chains;
mod filters;
mod grpc;
mod habits;
mod listeners;
mod plain;
mod reading;
mod references;
mod routes;
mod simple;
mod source;
mod tls;
mod upstream;

pub use api_rules::*;
pub use bootstrap::*;
pub use certificates::*;
pub use clashes::*;
pub use clusters::*;
pub use delivery::*;
pub use envoy::*;
pub use filter_chains::*;
pub use filters::*;
pub use grpc::*;
pub use habits::*;
pub use listeners::*;
pub use plain::*;
pub use reading::*;
pub use references::*;
pub use routes::*;
pub use simple::*;
pub use source::*;
pub use tls::*;
pub use upstream::*;

use super::Severity;

/// One code: what `explain CODE` and `docs/codes.md` tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `CH1003`.
    pub code: &'static str,
    /// How bad it is, and whether the user may decide otherwise.
    pub level: Level,
    /// What is wrong, in one line: lower case, no period.
    pub title: &'static str,
    /// Why Envoy, or its user, cares.
    pub why: &'static str,
    /// A short document that has it; empty where no document can.
    pub bad: &'static str,
    /// The same document without the fault.
    pub good: &'static str,
}

/// What follows from a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The document cannot be used. Nobody can decide otherwise.
    Error,
    /// A lint: the document is refused, unless its level is changed.
    Deny,
    /// A lint: the document is used, and the user is told.
    Warn,
    /// A lint: nothing is said, unless its level is changed.
    Allow,
}

impl Level {
    /// What a diagnostic of this level is; nothing if it is not one.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Error | Self::Deny => Some(Severity::Error),
            Self::Warn => Some(Severity::Warning),
            Self::Allow => None,
        }
    }

    /// The level of a word: those that a lint can be set to.
    pub fn of_word(word: &str) -> Option<Self> {
        WORDS.iter().find(|it| it.0 == word).map(|it| it.1)
    }
}

/// The words for the levels of a lint.
pub const WORDS: [(&str, Level); 3] = [("deny", Level::Deny), ("warn", Level::Warn), ("allow", Level::Allow)];

/// After these, some of a file's documents or resources are not there to be referred to.
pub const LOSES_RESOURCES: &[&str] = &[
    SYNTAX,
    NOT_TEXT,
    TOO_DEEP,
    EMPTY,
    MISSPELLED_DOCUMENT,
    NOT_A_DOCUMENT,
    NOT_A_RESOURCE,
    NO_NAME,
    NO_TYPE,
    UNKNOWN_TYPE,
    PROTO_FILE,
    TOO_LARGE,
    NO_DOCUMENT_ANY_MORE,
    UNKNOWN_KEY,
    WRONG_KIND,
    MISSING_KEY,
];

/// References to what is not there.
pub const MISSING: &[&str] =
    &[MISSING_CLUSTER, MISSING_ROUTES, MISSING_ENDPOINTS, MISSING_SECRET, MISSING_EXTENSION, NOT_FOR_ALL];

/// All tables, in the order of their codes.
const TABLES: &[&[Code]] = &[
    source::TABLE,
    reading::TABLE,
    plain::TABLE,
    habits::TABLE,
    api_rules::TABLE,
    simple::TABLE,
    references::TABLE,
    clashes::TABLE,
    filter_chains::TABLE,
    listeners::TABLE,
    routes::TABLE,
    clusters::TABLE,
    upstream::TABLE,
    certificates::TABLE,
    tls::TABLE,
    delivery::TABLE,
    grpc::TABLE,
    filters::TABLE,
    bootstrap::TABLE,
    envoy::TABLE,
];

/// All codes, in order.
pub fn all() -> impl Iterator<Item = &'static Code> {
    TABLES.iter().copied().flatten()
}

/// The code of this name.
pub fn find(code: &str) -> Option<&'static Code> {
    all().find(|it| it.code == code)
}

/// One hundred: constants for the names, and the table.
macro_rules! codes {
    ($($name:ident $code:literal $level:ident $title:literal {
        why: $why:expr,
        bad: $bad:expr,
        good: $good:expr,
    })*) => {
        $(#[doc = $title] pub const $name: &str = $code;)*

        pub(super) const TABLE: &[super::Code] = &[$(super::Code {
            code: $code,
            level: super::Level::$level,
            title: $title,
            why: $why,
            bad: $bad,
            good: $good,
        }),*];
    };
}
use codes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let all: Vec<_> = all().map(|it| it.code).collect();
        assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
        assert!(all.iter().all(|it| it.starts_with("CH") && it.len() == 6));
    }
}
