//! A real Envoy as the judge: what it says of what it gets, at the user's line.
//!
//! Answers for: one bootstrap a group, which resource is at fault (`search`), what Envoy's words mean (`words`) and where
//! they belong (`place`); the same for a refusal of a connected Envoy (`nack`). Leaves to others: which Envoy (`cli`), running it (`envoy`), what the bootstrap is made of
//! (`compile`), who is in a group (`snapshot`). Reads no environment: the folder for its files is an argument.

mod file;
mod nack;
mod place;
mod search;
mod words;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use thiserror::Error;

pub use self::nack::{Placed, Refusal, placed};

use self::file::PrivateFile;
use self::words::Words;
use crate::compile::{Document, Member, Settings, bootstrap_extensions, resource_trees};
use crate::envoy::{EnvoyError, Validation, validate};
use crate::resource::ResourceType;
use crate::snapshot::Audience;
use crate::spec::{Diagnostic, Span, Text, codes};

/// What an Envoy said.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Its refusals.
    pub diagnostics: Vec<Diagnostic>,
    /// What it could not be asked about.
    pub notes: Vec<String>,
    /// How many times it was run.
    pub runs: usize,
}

/// Why no Envoy could be asked.
#[derive(Debug, Error)]
pub enum JudgeError {
    /// It could not be run.
    #[error(transparent)]
    Envoy(#[from] EnvoyError),
    /// The folder for what it is asked could not be used.
    #[error("`{folder}` cannot be used")]
    Folder {
        /// The folder.
        folder: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A resource's bytes could not be read back.
    #[error("{0}")]
    Resource(String),
}

/// One resource of a group, and the document that it stands in.
struct Case {
    member: Member,
    document: Arc<Document>,
    index: usize,
}

/// Asks an Envoy about each group. `folder` is for files that hold what it is asked; none is left behind.
///
/// # Errors
/// When the Envoy cannot be run. What it says is no error.
pub async fn judge(
    envoy: &Path,
    folder: &Path,
    audiences: &[Audience],
    settings: &Settings,
) -> Result<Judgement, JudgeError> {
    let mut judgement = Judgement::default();
    let mut told = HashSet::new();
    for audience in audiences {
        let cases = cases(audience)?;
        let members: Vec<_> = cases.iter().map(|it| it.member.clone()).collect();
        let extensions: Vec<_> = audience.documents.iter().flat_map(|it| bootstrap_extensions(&it.text)).collect();
        let found = search::search(&members, async |bootstrap| {
            judgement.runs += 1;
            let mut bootstrap = bootstrap.clone();
            add_extensions(&mut bootstrap, &extensions);
            let file = PrivateFile::write(folder, &bootstrap.to_string())?;
            let said = validate(envoy, file.path()).await?;
            let accepted = said.accepted;
            Ok::<_, JudgeError>((said, accepted))
        })
        .await?;
        for found in &found.found {
            let diagnostic = diagnostic(found.culprit.map(|it| &cases[it]), &found.said, audience, settings);
            // What one document says is wrong once, in however many groups it is.
            if told.insert((diagnostic.place(), diagnostic.message.clone())) {
                judgement.diagnostics.push(diagnostic);
            }
        }
        if found.accepted.is_none() {
            judgement.notes.push(format!("{}: Envoy may have more to say once this is mended", audience.name));
        }
        judgement.notes.extend(found.notes.into_iter().map(|it| format!("{}: {it}", audience.name)));
    }
    Ok(judgement)
}

/// Adds a user's own extensions to a bootstrap, each name once: theirs goes before ours.
fn add_extensions(bootstrap: &mut Value, extensions: &[Value]) {
    let mut all: Vec<Value> = Vec::new();
    let ours = bootstrap["bootstrap_extensions"].as_array().cloned().unwrap_or_default();
    for it in extensions.iter().chain(&ours) {
        if all.iter().all(|known| known["name"] != it["name"]) {
            all.push(it.clone());
        }
    }
    if !all.is_empty() {
        bootstrap["bootstrap_extensions"] = all.into();
    }
}

/// The resources of a group in the order in which they are sent, each name once.
fn cases(audience: &Audience) -> Result<Vec<Case>, JudgeError> {
    let mut seen = HashSet::new();
    let mut cases = Vec::new();
    for document in &audience.documents {
        for (index, (kind, resource)) in document.resources.iter().enumerate() {
            if seen.insert((kind.clone(), resource.name.clone())) {
                let member = Member::of(kind, resource).map_err(JudgeError::Resource)?;
                cases.push(Case { member, document: document.clone(), index });
            }
        }
    }
    cases.sort_by(|a, b| a.member.kind.cmp(&b.member.kind));
    Ok(cases)
}

fn diagnostic(case: Option<&Case>, said: &Validation, audience: &Audience, settings: &Settings) -> Diagnostic {
    let words = Words::of(&said.log).unwrap_or_default();
    let reason = match (said.crashed, words.reason.is_empty()) {
        (true, _) => "Envoy crashed".to_owned(),
        (false, true) => "Envoy gives no reason".to_owned(),
        (false, false) => words.reason.clone(),
    };
    let Some(case) = case else {
        let message = format!("Envoy refuses what {} would get: {reason}", audience.name);
        return Diagnostic::of_file(codes::ENVOY_REFUSES, &audience.name, message);
    };
    let what = format!("{} `{}`", case.member.kind, case.member.name);
    let (text, span) = place_of(&case.document, case.index, &words, settings);
    if said.crashed {
        return Diagnostic::of(codes::ENVOY_CRASHES, &text, span, format!("a real Envoy crashes on {what}"));
    }
    if let Some(file) = words.missing_file() {
        let message = format!("a real Envoy does not find `{file}` on this machine, so nothing is known of {what}");
        let fault = Diagnostic::of(codes::ENVOY_NEEDS_FILE, &text, span, message);
        return fault.help("run this where the file is, or put one like it there");
    }
    let fault = Diagnostic::of(codes::ENVOY_REFUSES, &text, span, format!("a real Envoy refuses {what}: {reason}"));
    secrets_of(case, &words, audience)
        .into_iter()
        .fold(fault, |fault, (text, span)| fault.related(&text, span, "the secret that it uses"))
}

/// The place that the words are about, or else the resource's name.
fn place_of(document: &Document, index: usize, words: &Words, settings: &Settings) -> (Text, Span) {
    let text = document.text.clone();
    let name = document.facts.get(index).map(|it| it.name).unwrap_or_default();
    let Some((kind, resource)) = document.resources.get(index) else { return (text, name) };
    // `file#2` is the second document of the file.
    let at = document.name.rsplit_once('#').and_then(|it| it.1.parse::<usize>().ok()).unwrap_or(1) - 1;
    let trees = resource_trees(&text, settings);
    let is_it = |of: &ResourceType, own: &str| of == kind && *own == *resource.name;
    let tree = trees.iter().find(|it| it.document == at && is_it(&it.kind, &it.name));
    let tree = tree.or_else(|| trees.iter().find(|it| is_it(&it.kind, &it.name)));
    let found = tree.and_then(|it| place::place(&place::root(&it.tree, it.kind.message())?, words));
    (text, found.unwrap_or(name))
}

/// Certificates and keys are read where they are used: Envoy blames the listener.
fn secrets_of(case: &Case, words: &Words, audience: &Audience) -> Vec<(Text, Span)> {
    let is_material = ["certificate", "private key", "CA ", "SDS", "secret"].iter().any(|it| words.reason.contains(it));
    let references = case.document.facts.get(case.index).map(|it| &it.references[..]).unwrap_or_default();
    let names = references.iter().filter(|it| is_material && it.to.rules().short == "SDS");
    let place = |name: &str| {
        audience.documents.iter().find_map(|document| {
            let mut all = document.resources.iter().zip(&document.facts);
            let found = all.find(|((kind, it), _)| kind.rules().short == "SDS" && *it.name == *name);
            found.map(|(_, facts)| (document.text.clone(), facts.name))
        })
    };
    names.filter_map(|it| place(&it.name)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn extensions_of_the_user_go_before_those_that_resources_need() {
        let text = Text::new(
            "envoy.yaml",
            "bootstrapExtensions:\n- name: envoy.bootstrap.internal_listener\n  typed_config:\n    \
             \"@type\": type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener\n    \
             buffer_size_kb: 64\nstatic_resources: {}\n",
        );
        let mut bootstrap =
            json!({ "bootstrap_extensions": [{"name": "envoy.bootstrap.internal_listener"}, {"name": "b"}] });
        add_extensions(&mut bootstrap, &bootstrap_extensions(&text));
        let names: Vec<_> =
            bootstrap["bootstrap_extensions"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
        assert_eq!(names, ["envoy.bootstrap.internal_listener", "b"]);
        assert_eq!(bootstrap["bootstrap_extensions"][0]["typed_config"]["buffer_size_kb"], 64);
        let mut plain = json!({});
        add_extensions(&mut plain, &[]);
        assert_eq!(plain, json!({}));
    }
}
