//! The table of rules by message, and how the encoder has them run.

use std::cell::RefCell;
use std::rc::Rc;

use super::facts::{Facts, Profile};
use super::{
    View, cluster, config_sources, extensions, filters, grpc, http, listener, proxies, references, tls, typos,
};
use crate::spec::{Diagnostic, Diagnostics, Span, Text};

/// A rule about one message.
pub(super) type Rule = fn(&View<'_>, &mut Findings<'_>);

/// The full name of a message, and the rules about it.
pub(super) type Row = (&'static str, &'static [Rule]);

/// All rules about messages, by folder. A message may have rows in several tables.
const FOLDERS: &[&[&[Row]]] = &[
    &[references::RULES, config_sources::RULES, filters::RULES, proxies::RULES, typos::RULES],
    &[extensions::RULES, extensions::PER_ROUTE],
    listener::TABLES,
    http::TABLES,
    cluster::TABLES,
    tls::TABLES,
    &[grpc::CLIENTS, grpc::CLUSTERS, grpc::ENDPOINTS, grpc::ROUTES, grpc::SERVERS],
];

fn rows() -> impl Iterator<Item = &'static Row> {
    FOLDERS.iter().copied().flatten().copied().flatten()
}

/// Where rules put what they find.
pub(crate) struct Findings<'a> {
    pub(crate) text: &'a Text,
    pub(crate) out: &'a mut Diagnostics,
    pub(crate) facts: &'a mut Facts,
    pub(crate) profile: Profile,
    /// The full name of the resource's message, of which the message may be a part.
    pub(crate) resource: &'a str,
    /// The time, as seconds since 1970; 0 if it is not known.
    pub(crate) now: i64,
    /// The cluster by which Envoy reaches us.
    pub(crate) management_cluster: &'a str,
    /// Whether the lines may hold secrets.
    pub(crate) secret: bool,
    /// Whether the document was understood as a whole. If not, what is missing may be there after all.
    pub(crate) is_whole: bool,
}

impl Findings<'_> {
    /// A diagnostic at a place, as bad as the table of codes says. To be given to [`Self::push`].
    pub(super) fn fault(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::of(code, self.text, span, message)
    }

    /// A diagnostic with a place and a next step, and no more to say.
    pub(super) fn report(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        let fault = self.fault(code, span, message);
        self.push(if help.is_empty() { fault } else { fault.help(help) });
    }

    /// Whether the simple spec found a fault at this place already, in its own words.
    fn is_known(&self, diagnostic: &Diagnostic) -> bool {
        /// Between a key and its value: a fault may be told at either.
        const NEAR: u32 = 2;
        let span = |it: &Diagnostic| it.labels.first().and_then(|it| it.span);
        let Some(here) = span(diagnostic) else { return false };
        let meets = |it: Span| it.start <= here.end + NEAR && here.start <= it.end + NEAR;
        self.out.0.iter().any(|it| it.code.starts_with("CH20") && span(it).is_some_and(meets))
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.is_known(&diagnostic) {
            return;
        }
        let redacted = diagnostic.redacted || self.secret;
        self.out.push(Diagnostic { redacted, ..diagnostic });
    }
}

/// Runs all rules about a message.
pub(crate) fn inspect(view: &View<'_>, findings: &mut Findings<'_>) {
    for rule in rules_of(view).iter() {
        rule(view, findings);
    }
}

thread_local! {
    /// The rules of each message, by its index in this thread's schema.
    static RULES: RefCell<Vec<Option<Rc<[Rule]>>>> = const { RefCell::new(Vec::new()) };
}

/// The rules about a message. Looked up by name once, since most messages have none and are met often.
fn rules_of(view: &View<'_>) -> Rc<[Rule]> {
    let index = view.message.index;
    if index == usize::MAX {
        return Rc::default();
    }
    RULES.with_borrow_mut(|known| {
        if known.len() <= index {
            known.resize(index + 1, None);
        }
        let rules = known[index].get_or_insert_with(|| {
            let rows = rows().filter(|it| it.0 == &*view.message.name);
            let mut rules: Vec<Rule> = rows.flat_map(|it| it.1).copied().collect();
            if references::names_clusters(&view.message.name) {
                rules.push(references::clusters);
            }
            rules.into()
        });
        rules.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    #[test]
    fn every_row_names_a_message() {
        for (name, rules) in rows() {
            assert!(Schema::here().named(name).is_some() && !rules.is_empty(), "{name}");
        }
    }
}
