//! What is wrong with one value, before its place and its secrecy are known.

use crate::spec::{Span, Tree, Value, codes};

/// "The field takes this, not that".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    /// What the field takes: "a whole number".
    pub(super) expected: String,
    /// What was found instead, where it is not the whole value.
    pub(super) found: Option<String>,
    /// Where, if not at the value itself.
    pub(super) span: Option<Span>,
    pub(super) help: Vec<String>,
    /// What is surely meant, to be written instead.
    pub(super) meant: Option<Box<str>>,
}

impl Fault {
    pub(super) fn new(code: &'static str, expected: impl Into<String>) -> Self {
        Self { code, expected: expected.into(), found: None, span: None, help: Vec::new(), meant: None }
    }

    pub(super) fn wrong_type(expected: impl Into<String>) -> Self {
        Self::new(codes::WRONG_TYPE, expected)
    }

    pub(super) fn at(mut self, tree: &Tree) -> Self {
        self.span = Some(tree.span);
        self.found = Some(found(tree));
        self
    }

    /// With what is surely meant, which its help says too.
    pub(super) fn meant(self, text: &str, help: String) -> Self {
        Self { meant: Some(text.into()), ..self.help(help) }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// A value in a message, shortened.
pub(super) fn found(tree: &Tree) -> String {
    match &tree.value {
        Value::Scalar(it) if it.text.chars().count() <= 60 && !it.text.contains('\n') => format!("`{}`", it.text),
        Value::Scalar(_) => "this text".to_owned(),
        _ => tree.kind().to_owned(),
    }
}
