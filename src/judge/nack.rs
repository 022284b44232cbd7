//! A connected Envoy's refusal at the user's line: which resources its words name, and what it says of each.

use std::sync::Arc;

use super::place_of;
use super::words::Words;
use crate::compile::{Document, Settings};
use crate::printable::short;
use crate::resource::{Node, Resource, ResourceType};
use crate::spec::{Diagnostic, Span, Text, codes};

/// What a client refused.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// The client.
    pub node: &'a Node,
    /// The type.
    pub kind: &'a ResourceType,
    /// The resources that its words name, else some of those that it was sent.
    pub names: &'a [Arc<str>],
    /// Its words: untrusted.
    pub words: &'a str,
}

/// What is to be said of a refusal.
#[derive(Debug)]
pub struct Placed {
    /// The resources that are at fault, as far as the client's words tell.
    pub culprits: Vec<(ResourceType, Arc<Resource>)>,
    /// One for each of them, or one for all.
    pub diagnostics: Vec<Diagnostic>,
}

/// Finds what a refusal is about in these documents: in those for this client, since others may have resources of the
/// same name.
pub fn placed(refusal: Refusal<'_>, documents: &[Arc<Document>], settings: &Settings) -> Placed {
    let Refusal { node, kind, names, words } = refusal;
    let named: Vec<_> = names.iter().filter(|it| names.len() == 1 || words.contains(&***it)).collect();
    let mut placed = Placed { culprits: Vec::new(), diagnostics: Vec::new() };
    for name in &named {
        let reason = Words::of_reason(about(words, name, &named));
        for (document, index) in defining(documents, refusal, name) {
            let (text, span) = place_of(document, index, &reason, settings);
            placed.diagnostics.push(diagnostic(&node.id, &format!("{kind} `{name}`"), &reason, Some((&text, span))));
            placed.culprits.push(document.resources[index].clone());
        }
    }
    if placed.diagnostics.is_empty() {
        let reason = Words::of_reason(words);
        let first = names.first().and_then(|it| defining(documents, refusal, it).next());
        let place = first.map(|(document, index)| place_of(document, index, &Words::default(), settings));
        let what = match names {
            [] => format!("some {kind}"),
            [one] => format!("{kind} `{one}`"),
            [first, rest @ ..] => format!("{kind} `{first}` or one of {} others", rest.len()),
        };
        placed.diagnostics.push(diagnostic(&node.id, &what, &reason, place.as_ref().map(|(text, span)| (text, *span))));
    }
    placed
}

/// How much of a node's id a message shows, in characters.
const NODE: usize = 128;

fn diagnostic(node: &str, what: &str, words: &Words, place: Option<(&Text, Span)>) -> Diagnostic {
    let reason = if words.reason.is_empty() { "it gives no reason" } else { &words.reason };
    let message = format!("Envoy {} refuses {what}: {reason}", short(node, NODE));
    let fault = match place {
        Some((text, span)) => Diagnostic::of(codes::REFUSED, text, span, message),
        None => Diagnostic::of_file(codes::REFUSED, "", message),
    };
    fault.help("change it; if the reason is the Envoy's own, mend that and run `chancery rollout retry`")
}

fn defining<'a>(
    documents: &'a [Arc<Document>],
    Refusal { node, kind, .. }: Refusal<'a>,
    name: &'a str,
) -> impl Iterator<Item = (&'a Arc<Document>, usize)> {
    documents.iter().filter(|it| it.selects(node)).flat_map(move |document| {
        let resources = document.resources.iter().enumerate();
        let found = resources.filter(move |(_, (of, it))| of == kind && *it.name == *name);
        found.map(move |(index, _)| (document, index))
    })
}

/// The part of the words that is about this resource: `… cluster(s) a: reason, b: reason`.
fn about<'w>(words: &'w str, name: &str, all: &[&Arc<str>]) -> &'w str {
    let Some(begin) = words.find(&format!("{name}: ")).map(|it| it + name.len() + 2) else { return words };
    let rest = &words[begin..];
    let others = all.iter().filter(|it| &****it != name);
    let end = others.filter_map(|it| rest.find(&format!(", {it}: "))).min();
    &rest[..end.unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::spec::RawFile;

    const YAML: &str = "spec:
  clusters:
  - name: a
    endpoints: ['127.0.0.1:80']
  - name: b
    endpoints: ['127.0.0.1:80']
";

    #[track_caller]
    fn check(names: &[&str], words: &str, expected: &[&str]) {
        let compiled = |name: &str, text: &str| {
            compile(&RawFile::new(name, text.as_bytes()), &Settings::default()).documents.into_iter().map(Arc::new)
        };
        let others = format!("nodes: [{{id: other}}]\n{YAML}");
        let documents: Vec<_> = compiled("others.yaml", &others).chain(compiled("web.yaml", YAML)).collect();
        let kind = ResourceType::from_short("CDS").unwrap();
        let names: Vec<Arc<str>> = names.iter().map(|it| (*it).into()).collect();
        let node = Node { id: "edge-1".into(), ..Node::default() };
        let refusal = Refusal { node: &node, kind: &kind, names: &names, words };
        let placed = placed(refusal, &documents, &Settings::default());
        let told: Vec<_> = placed.diagnostics.iter().map(|it| format!("{} {}", it.place(), it.message)).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn each_resource_with_its_own_words() {
        let words = "Error adding/updating cluster(s) a: no such file, b: port in use";
        let (a, b) = ("Envoy edge-1 refuses CDS `a`: no such file", "Envoy edge-1 refuses CDS `b`: port in use");
        check(&["a", "b"], words, &[&format!("web.yaml:3:11 {a}"), &format!("web.yaml:5:11 {b}")]);
        check(&["b"], words, &[&format!("web.yaml:5:11 {b}")]);
    }

    #[test]
    fn words_that_name_nothing() {
        let told = "web.yaml:3:11 Envoy edge-1 refuses CDS `a` or one of 1 others: out of order";
        check(&["a", "b"], "out of order", &[told]);
        check(&["a"], "out of order", &["web.yaml:3:11 Envoy edge-1 refuses CDS `a`: out of order"]);
        check(&["gone"], "", &[" Envoy edge-1 refuses CDS `gone`: it gives no reason"]);
    }
}
