//! What can be written in a document, told to people (`explain`) and to their editors (`schema`).
//!
//! Answers for: pages about fields, messages and keys of both languages, our own and Envoy's, and the JSON Schema of
//! documents. Both draw on the same four sources: the tables of the simple spec, Envoy's descriptors, the comments of
//! its API (`comments`), and its `validate.rules`. Leaves to others: judging documents (`compile`, `check`), and how a
//! page looks on a terminal (`cli`). Pure.

mod comments;
mod envoy;
mod find;
mod names;
mod overview;
mod page;
mod prose;
mod rules;
pub mod schema;
mod simple;
mod story;

pub use find::{Answer, explain};
pub use overview::overview;
pub use page::{Fact, Page, Row, Section};
pub use prose::{Block, Form};
