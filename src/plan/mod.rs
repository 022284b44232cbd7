//! What two statements differ in: for whom, in which fields, and what it will do to traffic.
//!
//! Answers for: which resources come, go, change or are renamed for each group of nodes; fields, items of lists matched
//! by what names them; the table of effects. Leaves to others: where statements come from (`statement`, `admin`), how a
//! plan is shown (`cli`). Pure: two statements in, a plan out.

mod compare;
mod effects;
mod fields;
mod lists;
mod rename;
#[cfg(test)]
mod tests;

pub use self::compare::{Action, Change, Plan, Scope, compare};
pub use self::effects::{Effect, all as effects};
pub use self::fields::{FieldChange, Path, Segment, What};
