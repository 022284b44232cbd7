//! Documents that are none of ours: what they are, and whether one of ours was meant. Leaves to `kind` what ours are.

use crate::spec::{Diagnostic, Key, Span, Text, Tree, Value, codes, did_you_mean};

/// A tree that is no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    /// What it is, to follow "it is skipped:".
    pub(super) reason: String,
    /// Its first key, or whatever it begins with.
    pub(super) span: Span,
    /// What was probably meant; nothing if it looks like nothing of ours.
    pub(super) meant: Option<String>,
}

/// Keys of the simple spec's inside, and of resources: what a document without its outermost keys has at its top.
const INNER: [(&str, &str); 10] = [
    ("listeners", "did you mean `spec:` with these keys below it?"),
    ("clusters", "did you mean `spec:` with these keys below it?"),
    ("secrets", "did you mean `spec:` with these keys below it?"),
    ("filter_chains", LISTENER),
    ("load_assignment", CLUSTER),
    ("connect_timeout", CLUSTER),
    ("lb_policy", CLUSTER),
    ("virtual_hosts", ROUTES),
    ("lb_endpoints", ENDPOINTS),
    ("cluster_name", ENDPOINTS),
];

const LISTENER: &str =
    "for a single listener, begin with `\"@type\": type.googleapis.com/envoy.config.listener.v3.Listener`";
const CLUSTER: &str =
    "for a single cluster, begin with `\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster`";
const ROUTES: &str = "for a single route configuration, begin with \
                      `\"@type\": type.googleapis.com/envoy.config.route.v3.RouteConfiguration`";
const ENDPOINTS: &str = "for the endpoints of one cluster, begin with \
                         `\"@type\": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment`";

/// Of these, the keys that many kinds of files have at their top: such a key alone says nothing.
const SHARED: [&str; 1] = ["secrets"];

/// Keys of a kustomization besides `resources`.
const KUSTOMIZE: [&str; 16] = [
    "bases",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "crds",
    "generatorOptions",
    "helmCharts",
    "images",
    "labels",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "patches",
    "replacements",
    "secretGenerator",
];

/// What limits the resources of a container.
const LIMITS: [&str; 3] = ["limits", "requests", "claims"];

impl Foreign {
    pub(super) fn new(reason: impl Into<String>, tree: &Tree) -> Self {
        let span = tree.entries().first().map_or(tree.span, |it| it.key.span);
        Self { reason: reason.into(), span: Span { end: span.end.min(span.start + 80), ..span }, meant: None }
    }

    /// A list at the top, which may be one of resources.
    pub(super) fn of_list(tree: &Tree) -> Self {
        let is_ours = tree.items().iter().any(|it| it.at("@type").is_some());
        let meant = is_ours.then(|| "did you mean `resources:` with this list below it?".to_owned());
        let start = tree.span.start;
        Self { span: Span { start, end: start + 1 }, meant, ..Self::new("its top level is a list", tree) }
    }

    /// A map with keys of no kind of document.
    pub(super) fn of_keys(tree: &Tree, decisive: &[&'static str]) -> Self {
        let keys = || tree.entries().iter().map(|it| &it.key);
        let names = keys().take(5).map(|it| format!("`{:.40}`", it.text)).collect::<Vec<_>>().join(", ");
        let foreign = Self::new(format!("its keys are of no kind of document: {names}"), tree);
        let meant = |key: &Key| match did_you_mean(&key.text, decisive.iter().copied()) {
            Some(near) => Some((key.span, format!("did you mean `{near}`?"))),
            None => {
                let inner = INNER.iter().find(|it| *it.0 == *key.text && !SHARED.contains(&it.0));
                inner.map(|it| (key.span, it.1.to_owned()))
            }
        };
        match keys().find_map(meant) {
            Some((span, meant)) => Self { span, meant: Some(meant), ..foreign },
            None => foreign,
        }
    }

    /// A tree with `resources` that are not those of a discovery document: `known` says which keys that may have.
    pub(super) fn with_resources(tree: &Tree, known: impl Fn(&str) -> bool) -> Option<Self> {
        let resources = tree.at("resources")?;
        let strange = tree.entries().iter().filter(|it| !known(&it.key.text)).count();
        let reason = match &resources.value {
            Value::Sequence(items) if items.iter().any(|it| matches!(it.value, Value::Mapping(_))) => return None,
            Value::Sequence(items) if !items.is_empty() => "a kustomization: its `resources` are names of files",
            Value::Mapping(entries) if entries.is_empty() && strange < 2 => return None,
            Value::Mapping(entries) if entries.is_empty() => "its other keys are of no discovery document",
            Value::Mapping(entries) if entries.iter().all(|it| LIMITS.contains(&&*it.key.text)) => {
                "values of a Helm chart or the like: its `resources` are limits of a container"
            }
            Value::Sequence(_) | Value::Null if tree.entries().iter().any(|it| KUSTOMIZE.contains(&&*it.key.text)) => {
                "a kustomization"
            }
            Value::Sequence(_) | Value::Null if strange >= 2 => "its other keys are of no discovery document",
            _ => return None,
        };
        Some(Self::new(reason, tree))
    }

    /// The fault of a file that was named on the command line, which must be a document.
    pub(super) fn fault(&self, text: &Text) -> Diagnostic {
        let message = format!("this file is no document: {}", self.reason);
        let fault = Diagnostic::error(codes::NOT_A_DOCUMENT, text, self.span, message);
        match &self.meant {
            Some(meant) => fault.help(meant),
            None => fault.help(
                "a document has `spec`, `resources`, `static_resources` or a resource's `@type` at its top; \
                 name only documents, or their directory",
            ),
        }
    }

    /// The warning about a file beside documents that looks like one.
    pub(super) fn warning(&self, text: &Text) -> Option<Diagnostic> {
        let message = format!("this file is skipped, though it looks like a document: {}", self.reason);
        let warning = Diagnostic::of(codes::LOOKS_LIKE_A_DOCUMENT, text, self.span, message);
        self.meant.as_ref().map(|it| warning.help(it))
    }
}
