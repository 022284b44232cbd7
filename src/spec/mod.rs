//! Documents as the user wrote them: text to spanned trees, places, diagnostics, node selectors.
//!
//! Answers for: parsing every accepted syntax without ever failing as a whole: the result is always what could be
//! read, plus a list of diagnostics, each with its place. Leaves to others: what a document means (`compile`), whether
//! it is good (`check`), where its bytes come from (`source`), how diagnostics are shown (`cli`).

mod base64;
mod diagnostic;
mod duration;
mod file;
mod glob;
mod items;
mod layout;
mod levels;
mod rollout;
mod scalar;
mod selector;
mod suggest;
mod text;
mod tree;
mod yaml;

pub mod codes;
pub mod mend;
pub mod template;

pub use base64::from_base64;
pub use diagnostic::{Diagnostic, Diagnostics, Edit, Fix, Label, Severity};
pub use duration::parse_duration;
pub use file::RawFile;
pub use glob::Glob;
pub use items::{Cut, CutItem, CutList, cut};
pub(crate) use layout::Line;
pub use layout::apply_edits;
pub use levels::{Levels, NotALint};
pub use rollout::{Canary, LONGEST_WAIT, OnNack, Rollout};
pub use selector::{NodeSelector, NotASelector};
pub use suggest::did_you_mean;
pub use text::{Lines, Span, Text};
pub use tree::{Entry, Key, Scalar, Tree, Value};
pub use yaml::{Keys, parse as parse_yaml, parse_item, parse_skeleton, stretch};
