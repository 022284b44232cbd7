//! Which kind of document a tree is, by its top-level keys. Leaves to each kind what it says.

use super::discovery;
use super::foreign::Foreign;
use crate::schema::Schema;
use crate::spec::{Diagnostic, Key, Span, Text, Tree, Value, codes, did_you_mean, mend};

/// The keys that decide.
const DECISIVE: [&str; 4] = ["spec", "resources", "static_resources", "dynamic_resources"];

/// Keys of ours that say nothing about the kind.
const COMMON: [&str; 8] = ["name", "version", "version_info", "versionInfo", "nodes", "lints", "profile", "rollout"];

/// The message of a bootstrap.
pub(super) const BOOTSTRAP: &str = "envoy.config.bootstrap.v3.Bootstrap";

/// What a document is.
#[derive(Debug)]
pub(super) enum Kind {
    /// The simple spec.
    Simple,
    /// Envoy's `DiscoveryResponse`.
    Discovery,
    /// One resource, with its `@type` at the top.
    Resource,
    /// A bootstrap.
    Bootstrap,
    /// None of ours, and why.
    Foreign(Foreign),
    /// One of ours that is damaged.
    Faulty(Box<Diagnostic>),
}

impl Kind {
    pub(super) fn of(tree: &Tree, text: &Text) -> Self {
        match &tree.value {
            Value::Mapping(entries) if entries.is_empty() => {
                faulty(codes::EMPTY, text, tree.span, "the document is empty")
            }
            Value::Mapping(_) => Self::of_keys(tree, text),
            Value::Sequence(_) => Self::Foreign(Foreign::of_list(tree)),
            _ => faulty(codes::MISSPELLED_DOCUMENT, text, tree.span, "a document is a map, not a plain value"),
        }
    }

    fn of_keys(tree: &Tree, text: &Text) -> Self {
        let bootstrap = Schema::here().named(BOOTSTRAP);
        let of_bootstrap = |key: &str| bootstrap.as_ref().is_some_and(|it| it.find(key).is_some());
        let keys = || tree.entries().iter().map(|it| &it.key);
        let has = |name: &str| keys().any(|it| &*it.text == name);
        if has("apiVersion") && has("kind") {
            let kind = tree.at("kind").and_then(Tree::text).map_or("", |it| it);
            return Self::Foreign(Foreign::new(format!("a Kubernetes manifest ({kind})"), tree));
        }
        if let Some(foreign) = Foreign::with_resources(tree, discovery::has_key).filter(|_| !has("spec")) {
            return Self::Foreign(foreign);
        }
        if let Some(empty) = tree.entries().iter().find(|it| is_decisive(&it.key) && it.value.value == Value::Null) {
            let key = &empty.key;
            return faulty(codes::EMPTY, text, key.span, format!("`{}` is empty", key.text));
        }
        if has("spec") {
            return Self::Simple;
        }
        if has("resources") {
            return Self::Discovery;
        }
        if let Some(url) = tree.at("@type") {
            let is_bootstrap = url.text().is_some_and(|it| it.ends_with(BOOTSTRAP));
            return if is_bootstrap { Self::Bootstrap } else { Self::Resource };
        }
        if keys().any(is_decisive) || keys().all(|it| of_bootstrap(&it.text)) {
            return Self::Bootstrap;
        }
        Self::near_miss(tree, of_bootstrap, text)
    }

    /// A damaged document of ours, if only one key is in the way; else somebody else's.
    fn near_miss(tree: &Tree, of_bootstrap: impl Fn(&str) -> bool, text: &Text) -> Self {
        let keys: Vec<&Key> = tree.entries().iter().map(|it| &it.key).collect();
        let foreign = || Self::Foreign(Foreign::of_keys(tree, &DECISIVE));
        let mut strange = keys.iter().filter(|it| !COMMON.contains(&&*it.text) && !of_bootstrap(&it.text));
        match (strange.next(), strange.next()) {
            (None, _) => {
                let message = "the document has neither `spec` nor `resources`";
                faulty(codes::MISSPELLED_DOCUMENT, text, keys[0].span, message)
            }
            (Some(key), None) => match did_you_mean(&key.text, DECISIVE) {
                Some(near) => {
                    let message = format!("no kind of document has the key `{}`", key.text);
                    let fault = Diagnostic::error(codes::MISSPELLED_DOCUMENT, text, key.span, message);
                    let edits = mend::replace(text, key.span, near);
                    let fault = fault.remark(format!("did you mean `{near}`?"));
                    Self::Faulty(Box::new(fault.fix_if(format!("write `{near}`"), edits)))
                }
                None => foreign(),
            },
            _ => foreign(),
        }
    }
}

fn is_decisive(key: &Key) -> bool {
    DECISIVE.contains(&&*key.text) || matches!(&*key.text, "staticResources" | "dynamicResources")
}

fn faulty(code: &'static str, text: &Text, span: Span, message: impl Into<String>) -> Kind {
    Kind::Faulty(Box::new(Diagnostic::error(code, text, span, message)))
}
