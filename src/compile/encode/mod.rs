//! The encoder: any tree of proto JSON to the canonical bytes of its message, with every fault at its place.
//!
//! Answers for: what Envoy's own loader accepts, and old habits that it no longer does (`habits`). Canonical means:
//! fields by number, maps by key, nothing that equals its default, so that equal documents have equal versions. Leaves
//! to others: what a value must be beyond its type (`check`, whose rules are called at each message), which message a tree is (`compile`).

mod any;
mod constraints;
mod fault;
mod fields;
mod habits;
mod plain;
mod scalar;
#[cfg(test)]
mod tests;
mod time;
mod well_known;
mod wire;

use std::rc::Rc;

use bytes::Bytes;
use prost_reflect::MessageDescriptor;

use self::fault::Fault;
use crate::check::{Facts, Findings, Profile, View, inspect};
use crate::resource::Flavour;
use crate::schema::{Message, Schema, Special};
use crate::spec::{Diagnostic, Diagnostics, Span, Text, Tree, Value, mend, template};

pub(super) use self::any::EMPTY;

/// What encoding depends on besides the tree.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The text that the tree's spans refer to.
    pub text: &'a Text,
    /// The cluster by which Envoy reaches us, for generated references.
    pub management_cluster: &'a str,
    /// Who the document is for.
    pub profile: Profile,
    /// Whether the tree is all that the user wrote. If part of it was not understood, nothing is missed.
    pub is_whole: bool,
    /// The time, as seconds since 1970; 0 if it is not known.
    pub now: i64,
}

impl<'a> Context<'a> {
    /// A text by itself: all of it, for Envoys, at no known time.
    pub fn new(text: &'a Text, management_cluster: &'a str) -> Self {
        Self { text, management_cluster, profile: Profile::Envoy, is_whole: true, now: 0 }
    }
}

/// The bytes of a tree in one flavour; of use only if no error was reported. A `@type` at the root is passed over.
pub fn encode(
    tree: &Tree,
    message: &MessageDescriptor,
    context: Context<'_>,
    flavour: Flavour,
    out: &mut Diagnostics,
) -> Vec<u8> {
    encode_once(tree, message, context, flavour, None, out).0
}

/// The bytes of a tree: one encoding if all flavours are equal, else one for each of [`Flavour::ALL`]. All rules about
/// its messages are run; what they gather is added to the facts.
pub fn encode_flavours(
    tree: &Tree,
    message: &MessageDescriptor,
    context: Context<'_>,
    facts: &mut Facts,
    out: &mut Diagnostics,
) -> Vec<Bytes> {
    let [first, others @ ..] = Flavour::ALL;
    let (bytes, refers) = encode_once(tree, message, context, first, Some(facts), out);
    let mut values = vec![bytes.into()];
    if refers {
        // The faults are the same in every flavour: once is enough.
        let mut again = Diagnostics::default();
        values.extend(others.map(|it| encode(tree, message, context, it, &mut again).into()));
    }
    values
}

fn encode_once(
    tree: &Tree,
    message: &MessageDescriptor,
    context: Context<'_>,
    flavour: Flavour,
    facts: Option<&mut Facts>,
    out: &mut Diagnostics,
) -> (Vec<u8>, bool) {
    let schema = Schema::here();
    let message = schema.described(message);
    let root = Some(message.clone());
    let mut encoder = Encoder { root, facts, ..Encoder::bare(schema, context, flavour, out) };
    let mut bytes = Vec::new();
    if message.special.has_own_form() {
        encoder.message(tree, &message, message.short(), &mut bytes);
    } else if let Err(fault) = encoder.fields(tree, &message, true, &mut bytes) {
        encoder.report(fault, message.short(), tree);
    }
    (bytes, encoder.refers)
}

/// The message that a type URL names, today's for one of the v2 API; an unknown one is reported.
pub(super) fn message_of_url(
    url: &str,
    span: Span,
    context: Context<'_>,
    out: &mut Diagnostics,
) -> Option<Rc<Message>> {
    let (schema, flavour) = (Schema::here(), Flavour::Ads);
    Encoder::bare(schema, context, flavour, out).type_named(url, span)
}

/// One walk over one tree.
struct Encoder<'a> {
    schema: Rc<Schema>,
    context: Context<'a>,
    flavour: Flavour,
    /// The resource's message.
    root: Option<Rc<Message>>,
    /// Where rules put what they gather; without it no rules are run.
    facts: Option<&'a mut Facts>,
    out: &'a mut Diagnostics,
    /// Whether the field being read is secret: then neither value nor line may be shown.
    secret: bool,
    /// Whether the rules of Envoy's API do not matter here.
    unchecked: bool,
    /// Whether a generated reference was met.
    refers: bool,
}

impl<'a> Encoder<'a> {
    /// One that runs no rules.
    fn bare(schema: Rc<Schema>, context: Context<'a>, flavour: Flavour, out: &'a mut Diagnostics) -> Self {
        let (root, facts) = (None, None);
        Self { schema, context, flavour, root, facts, out, secret: false, unchecked: false, refers: false }
    }
}

impl Encoder<'_> {
    /// Appends the fields of a message; `field` is the name under which it was asked for.
    fn message(&mut self, tree: &Tree, message: &Rc<Message>, field: &str, buffer: &mut Vec<u8>) {
        self.note_special(message, tree);
        let outcome = match message.special {
            Special::Any => self.any(tree, field, buffer),
            Special::Duration => well_known::duration(tree, buffer),
            Special::Timestamp => well_known::timestamp(tree, buffer),
            Special::FieldMask => well_known::field_mask(tree, buffer),
            Special::Struct => well_known::structure(tree, buffer),
            Special::Value => well_known::value(tree, buffer),
            Special::List => well_known::list(tree, buffer),
            Special::Wrapper => well_known::wrapper(tree, message, buffer),
            Special::ConfigSource if tree.value == Value::ConfigSource => self.reference(tree, message, buffer),
            Special::TypedStruct => self.typed_struct(tree, message, buffer),
            Special::None | Special::ConfigSource | Special::Extension => self.fields(tree, message, false, buffer),
        };
        if let Err(fault) = outcome {
            self.report(fault, field, tree);
        }
    }

    /// A generated reference, spelled for the flavour.
    fn reference(&mut self, tree: &Tree, message: &Rc<Message>, buffer: &mut Vec<u8>) -> Result<(), Fault> {
        self.refers = true;
        let source = config_source(tree.span, self.flavour, self.context.management_cluster);
        self.fields(&source, message, false, buffer)
    }

    /// Runs the rules about a message.
    fn inspect(&mut self, tree: &Tree, message: &Rc<Message>) {
        let Some(facts) = self.facts.as_deref_mut() else { return };
        let Context { text, management_cluster, profile, now, is_whole } = self.context;
        let (out, secret) = (&mut *self.out, self.secret);
        let resource = self.root.as_deref().map_or("", |it| &it.name);
        let mut findings = Findings { text, out, facts, profile, resource, now, management_cluster, secret, is_whole };
        inspect(&View::new(tree, message.clone()), &mut findings);
    }

    /// Reports what is wrong with the value of a field.
    fn report(&mut self, fault: Fault, field: &str, tree: &Tree) {
        let span = fault.span.unwrap_or(tree.span);
        let found = fault.found.unwrap_or_else(|| fault::found(tree));
        let message = match self.secret {
            true => format!("`{field}` takes {}", fault.expected),
            false => format!("`{field}` takes {}, not {found}", fault.expected),
        };
        let mut help = if self.secret { Vec::new() } else { fault.help };
        if tree.text().is_some_and(|it| template::is_value(it)) {
            help.push(template::HELP.to_owned());
        }
        let meant = fault.meant.filter(|_| !self.secret);
        let edits = meant.as_ref().and_then(|it| mend::replace(self.context.text, span, it));
        let diagnostic = Diagnostic { help, ..Diagnostic::error(fault.code, self.context.text, span, message) };
        self.push(diagnostic.fix_if(meant.map_or_else(String::new, |it| format!("write `{it}`")), edits));
    }

    fn error(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.context.text, span, message)
    }

    fn warning(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, self.context.text, span, message)
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        let redacted = diagnostic.redacted || self.secret;
        self.out.push(Diagnostic { redacted, ..diagnostic });
    }
}

/// `envoy.config.core.v3.ConfigSource` as a node of this flavour needs it.
fn config_source(span: Span, flavour: Flavour, cluster: &str) -> Tree {
    let plain = |text: &str| Tree::plain(span, text);
    let version = || ("resource_api_version", plain("V3"));
    let api = |kind: &str| {
        let grpc = Tree::mapping(span, [("cluster_name", Tree::string(span, cluster))]);
        let service = Tree::mapping(span, [("envoy_grpc", grpc)]);
        let source = Tree::mapping(
            span,
            [
                ("api_type", plain(kind)),
                ("transport_api_version", plain("V3")),
                ("set_node_on_first_message_only", plain("true")),
                ("grpc_services", Tree::sequence(span, [service])),
            ],
        );
        Tree::mapping(span, [("api_config_source", source), version()])
    };
    match flavour {
        Flavour::Ads => Tree::mapping(span, [("ads", Tree::mapping(span, [])), version()]),
        Flavour::Grpc => api("GRPC"),
        Flavour::DeltaGrpc => api("DELTA_GRPC"),
    }
}
