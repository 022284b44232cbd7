//! One reading of a text: what is wrong with it, and what it gives. Two of them tell whether an edit did harm.

use std::sync::Arc;

use crate::compile::{Context, Settings, compile, encode_bootstrap, is_bootstrap};
use crate::resource::Version;
use crate::spec::{Diagnostic, Diagnostics, RawFile, Severity, Text, codes, parse_yaml};

/// A text and all that compiling it gives.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) text: Text,
    pub(super) diagnostics: Diagnostics,
    /// Whether it holds anything of ours.
    pub(super) is_ours: bool,
    /// Type, name and version of each resource, and the bytes of each bootstrap.
    resources: Vec<(String, Arc<str>, Version)>,
    bootstraps: Vec<Vec<u8>>,
}

impl Reading {
    pub(super) fn of(text: Text, settings: &Settings) -> Self {
        let file = RawFile::new(text.name.clone(), text.content.as_bytes());
        let compiled = compile(&file, settings);
        let mut is_ours = compiled.skipped.is_none();
        let mut diagnostics = compiled.diagnostics;
        let resources = compiled.documents.iter().flat_map(|it| &it.resources);
        let resources = resources.map(|(kind, it)| (kind.url().to_owned(), it.name.clone(), it.version)).collect();
        let mut bootstraps = Vec::new();
        // Of a bootstrap, only static resources are served, but all of it can be old.
        for tree in parse_yaml(&text, &mut Diagnostics::default()).iter().filter(|it| is_bootstrap(it, &text)) {
            is_ours = true;
            let context = Context { is_whole: false, ..Context::new(&text, &settings.management_cluster) };
            let mut faults = Diagnostics::default();
            bootstraps.push(encode_bootstrap(tree, context, &mut faults));
            faults.0.into_iter().for_each(|it| add(&mut diagnostics, it));
        }
        let place = |it: &Diagnostic| it.labels.first().and_then(|label| label.span).map(|it| it.start);
        diagnostics.0.sort_by_key(place);
        Self { text, diagnostics, is_ours, resources, bootstraps }
    }

    /// Whether this text is as good as the one that it was made from. `keeps` asks for the same bytes.
    pub(super) fn is_as_good_as(&self, before: &Self, keeps: bool) -> bool {
        let (old, new) = (before.errors(), self.errors());
        // Behind a fault of syntax, others may only now have come to light.
        if new.0 != old.0 {
            return new.0 < old.0;
        }
        if new.1 > old.1 || (before.is_ours && !self.is_ours) {
            return false;
        }
        if old.1 > 0 {
            return true;
        }
        let names = |it: &Self| it.resources.iter().map(|it| (it.0.clone(), it.1.clone())).collect::<Vec<_>>();
        match keeps {
            true => self.resources == before.resources && self.bootstraps == before.bootstraps,
            false => names(self) == names(before) && self.bootstraps.len() == before.bootstraps.len(),
        }
    }

    /// How many errors are of syntax, and how many of anything else.
    fn errors(&self) -> (usize, usize) {
        let errors = self.diagnostics.0.iter().filter(|it| it.severity == Severity::Error);
        let (syntax, others): (Vec<_>, Vec<_>) = errors.partition(|it| it.code == codes::SYNTAX);
        (syntax.len(), others.len())
    }
}

/// Adds a diagnostic, or the fix that it brings to one that is there.
fn add(diagnostics: &mut Diagnostics, more: Diagnostic) {
    match diagnostics.0.iter_mut().find(|it| it.is_same_as(&more)) {
        Some(known) if known.fix.is_none() => known.fix = more.fix,
        Some(_) => {}
        None => diagnostics.push(more),
    }
}
