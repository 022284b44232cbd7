//! Pages about Envoy's API: messages, fields, oneofs, enums and their values.

use prost_reflect::{EnumDescriptor, EnumValueDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};

use super::comments::comment;
use super::names::{self, Named};
use super::page::{Page, Row};
use super::prose::{self, Block, Form};
use super::rules::{self, Rules};
use crate::resource::descriptors;

/// How much of a line about a field is shown in a list.
const LINE: usize = 160;

/// Where the fields that have nothing else to say about their default say it.
const DEFAULTS: [&str; 5] = ["defaults to ", "default is ", "default value is ", "default to ", "default value of "];

/// What may follow a default and says nothing more.
const TAILS: [&str; 8] = [
    " will be used",
    " is used",
    " if not specified",
    " if not set",
    " if unset",
    " when not specified",
    " when not set",
    " by default",
];

/// What a page is about.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    Message(MessageDescriptor),
    Field(FieldDescriptor),
    Oneof(OneofDescriptor),
    Enum(EnumDescriptor),
    Value(EnumValueDescriptor),
}

/// How far a path led.
#[derive(Debug)]
pub(super) struct Stuck {
    /// How many of its words were found.
    pub(super) depth: usize,
    /// What has no such field.
    pub(super) at: Subject,
}

impl Subject {
    /// Follows field names from a message or an enum.
    pub(super) fn follow(from: Named, path: &[&str]) -> Result<Self, Stuck> {
        let mut at = match from {
            Named::Message(it) => Self::Message(it),
            Named::Enum(it) => Self::Enum(it),
        };
        for (depth, word) in path.iter().enumerate() {
            at = at.step(word).ok_or(Stuck { depth, at })?;
        }
        Ok(at)
    }

    fn step(&self, word: &str) -> Option<Self> {
        let plain = names::squashed(word);
        if let Some(of) = self.values() {
            let value = of.values().find(|it| names::squashed(it.name()) == plain);
            return value.map(Self::Value);
        }
        let message = self.inside()?;
        let field = message.fields().find(|it| names::squashed(it.name()) == plain);
        field.map(Self::Field).or_else(|| {
            let mut oneofs = message.oneofs().filter(|it| !it.is_synthetic());
            oneofs.find(|it| names::squashed(it.name()) == plain).map(Self::Oneof)
        })
    }

    /// The words that may follow in a path.
    pub(super) fn words(&self) -> Vec<String> {
        match (self.values(), self.inside()) {
            (Some(of), _) => of.values().map(|it| it.name().to_owned()).collect(),
            (_, Some(message)) => message.fields().map(|it| it.name().to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// The name for messages about it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Message(it) => it.name().to_owned(),
            Self::Field(it) => it.name().to_owned(),
            Self::Oneof(it) => it.name().to_owned(),
            Self::Enum(it) => it.name().to_owned(),
            Self::Value(it) => it.name().to_owned(),
        }
    }

    /// The message whose fields can be written here.
    fn inside(&self) -> Option<MessageDescriptor> {
        match self {
            Self::Message(it) => Some(it.clone()),
            Self::Field(it) => element(it).as_message().filter(|it| !has_own_form(it)).cloned(),
            Self::Oneof(it) => Some(it.parent_message().clone()),
            Self::Enum(_) | Self::Value(_) => None,
        }
    }

    fn values(&self) -> Option<EnumDescriptor> {
        match self {
            Self::Enum(it) => Some(it.clone()),
            Self::Field(it) => element(it).as_enum().cloned(),
            _ => None,
        }
    }

    /// The page about it.
    pub(super) fn page(&self, title: &str) -> Page {
        let mut page = Page { title: title.to_owned(), ..Page::default() };
        match self {
            Self::Message(it) => message_page(it, &mut page),
            Self::Field(it) => field_page(it, &mut page),
            Self::Oneof(it) => oneof_page(it, &mut page),
            Self::Enum(it) => enum_page(it, &mut page),
            Self::Value(it) => {
                page.subtitle = format!("value of Envoy's {}", it.parent_enum().full_name());
                page.fact("number", it.number().to_string());
                page.text = prose::blocks(comment(&value_name(it)));
            }
        }
        if page.text.is_empty() {
            page.paragraph("Envoy's API says nothing more about it.");
        }
        page
    }
}

fn message_page(message: &MessageDescriptor, page: &mut Page) {
    page.subtitle = format!("Envoy's {}", message.full_name());
    if let Some(name) = names::extension_of(&descriptors(), message) {
        page.fact("extension", name);
    }
    if message.parent_message().is_none() {
        page.fact("@type", format!("type.googleapis.com/{}", message.full_name()));
    }
    page.text = prose::blocks(comment(message.full_name()));
    fields_of(message, page);
}

fn field_page(field: &FieldDescriptor, page: &mut Page) {
    let about = comment(field.full_name());
    page.subtitle = format!("field of Envoy's {}", field.parent_message().full_name());
    page.fact("type", type_words(field));
    if let Some(default) = default_of(field, about) {
        page.fact("default", default);
    }
    let mut rules = Rules::of(field).map(|it| it.words(&element(field))).unwrap_or_default();
    if let Some(oneof) = field.containing_oneof().filter(|it| !it.is_synthetic()) {
        let others: Vec<_> = oneof.fields().filter(|it| it != field).map(|it| it.name().to_owned()).collect();
        match (rules::is_required(&oneof), others.is_empty()) {
            (true, true) => rules.insert(0, "required".to_owned()),
            (true, false) => rules.push("needed, unless one that it excludes is given".to_owned()),
            (false, _) => {}
        }
        if !others.is_empty() {
            page.fact("excludes", others.join(", "));
        }
    }
    if !rules.is_empty() {
        page.fact("rules", rules.join("; "));
    }
    if is_deprecated(field) {
        page.fact("deprecated", deprecation(field));
    }
    if prose::is_hidden(about) {
        page.fact("status", "not implemented by Envoy");
    }
    page.text = prose::blocks(about);
    match element(field) {
        Kind::Message(inner) if inner.full_name() == "google.protobuf.Any" => extensions_for(about, page),
        Kind::Message(inner) if !has_own_form(&inner) => {
            if page.text.is_empty() {
                page.text = prose::blocks(comment(inner.full_name()));
            }
            fields_of(&inner, page);
        }
        Kind::Enum(of) => values_of(&of, page),
        _ => {}
    }
}

fn oneof_page(oneof: &OneofDescriptor, page: &mut Page) {
    page.subtitle = format!("fields of Envoy's {} that exclude each other", oneof.parent_message().full_name());
    let rule = if rules::is_required(oneof) { "exactly one is needed" } else { "at most one can be given" };
    page.fact("rules", rule);
    page.text = prose::blocks(comment(oneof.full_name()));
    page.section("members", oneof.fields().map(|it| row(&it)).collect());
}

fn enum_page(of: &EnumDescriptor, page: &mut Page) {
    page.subtitle = format!("Envoy's {}", of.full_name());
    page.text = prose::blocks(comment(of.full_name()));
    values_of(of, page);
}

/// Lists the fields of a message, those that are deprecated last; what Envoy does not implement is left out.
fn fields_of(message: &MessageDescriptor, page: &mut Page) {
    let shown = |it: &FieldDescriptor| !prose::is_hidden(comment(it.full_name()));
    let mut fields: Vec<_> = message.fields().filter(shown).collect();
    // As declared, which is the order that the authors thought in.
    fields.sort_by(|a, b| a.path().cmp(b.path()));
    let (old, new): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_deprecated);
    page.section(format!("fields of {}", message.name()), new.iter().map(row).collect());
    page.section("deprecated fields", old.iter().map(row).collect());
}

fn values_of(of: &EnumDescriptor, page: &mut Page) {
    let row = |it: EnumValueDescriptor| {
        let line = prose::first_sentence(comment(&value_name(&it)), LINE);
        Row { name: it.name().to_owned(), kind: String::new(), line }
    };
    page.section("values", of.values().map(row).collect());
}

/// Lists the extensions of the categories that a comment on an `Any` names.
fn extensions_for(about: &str, page: &mut Page) {
    let names = names::of_category(about);
    let pool = descriptors();
    let row = |name: &str| {
        let types: Vec<_> = names::extension(&pool, name).iter().map(|it| it.full_name().to_owned()).collect();
        Row { name: name.to_owned(), kind: String::new(), line: types.join(" or ") }
    };
    page.section("extensions that it may hold, and their types", names.into_iter().map(row).collect());
}

fn row(field: &FieldDescriptor) -> Row {
    let line = prose::first_sentence(comment(field.full_name()), LINE);
    Row { name: field.name().to_owned(), kind: short_type(field), line }
}

/// `list of envoy.config.listener.v3.Filter`.
fn type_words(field: &FieldDescriptor) -> String {
    in_collection(
        field,
        match element(field) {
            Kind::Message(it) if !has_own_form(&it) => it.full_name().to_owned(),
            Kind::Enum(it) => it.full_name().to_owned(),
            kind => plain_words(&kind),
        },
    )
}

/// `list of Filter`.
fn short_type(field: &FieldDescriptor) -> String {
    in_collection(
        field,
        match element(field) {
            Kind::Message(it) if !has_own_form(&it) => it.name().to_owned(),
            Kind::Enum(it) => it.name().to_owned(),
            kind => plain_words(&kind),
        },
    )
}

fn in_collection(field: &FieldDescriptor, inner: String) -> String {
    match (field.is_map(), field.is_list()) {
        (true, _) => format!("map of {inner}"),
        (_, true) => format!("list of {inner}"),
        _ => inner,
    }
}

/// What one element of a field is: of a list, the items; of a map, the values.
pub(super) fn element(field: &FieldDescriptor) -> Kind {
    match field.kind() {
        Kind::Message(it) if field.is_map() => it.map_entry_value_field().kind(),
        kind => kind,
    }
}

/// Whether the message is written otherwise than as a map of its fields.
pub(super) fn has_own_form(message: &MessageDescriptor) -> bool {
    message.package_name() == "google.protobuf" && message.full_name() != "google.protobuf.Empty"
}

/// A kind without a name of its own, in words.
pub(super) fn plain_words(kind: &Kind) -> String {
    match kind {
        Kind::String => "string".to_owned(),
        Kind::Bytes => "bytes in base64".to_owned(),
        Kind::Bool => "boolean".to_owned(),
        Kind::Double | Kind::Float => "number".to_owned(),
        Kind::Message(it) => match it.name() {
            "Any" => "any message, with its `@type`".to_owned(),
            "Duration" => "duration".to_owned(),
            "Timestamp" => "time".to_owned(),
            "Struct" => "free map".to_owned(),
            "Value" => "any value".to_owned(),
            "ListValue" => "free list".to_owned(),
            "FieldMask" => "names of fields".to_owned(),
            _ => it.get_field_by_name("value").map_or_else(|| it.name().to_owned(), |it| plain_words(&it.kind())),
        },
        Kind::Enum(it) => it.name().to_owned(),
        _ => "whole number".to_owned(),
    }
}

/// What Envoy does without the field: as its comment says, or by the rules of protobuf.
fn default_of(field: &FieldDescriptor, about: &str) -> Option<String> {
    said_default(about).or_else(|| {
        let alone = !field.is_list() && !field.is_map() && !field.supports_presence();
        alone.then(|| match field.kind() {
            Kind::Bool => Some("`false`".to_owned()),
            Kind::Enum(it) => it.get_value(0).map(|it| format!("`{}`", it.name())),
            Kind::String | Kind::Bytes | Kind::Message(_) => None,
            _ => Some("`0`".to_owned()),
        })?
    })
}

/// `5 minutes` of "If not specified, this defaults to `5 minutes`."
pub(super) fn said_default(about: &str) -> Option<String> {
    prose::blocks(about).iter().find_map(default_in)
}

fn default_in(block: &Block) -> Option<String> {
    if block.form == Form::Code {
        return None;
    }
    let text = &block.text;
    let lower = text.to_ascii_lowercase();
    let at = DEFAULTS.iter().filter_map(|it| Some(lower.find(it)? + it.len())).min()?;
    let rest = prose::sentence(text.get(at..)?);
    let end = rest.find([',', ';', '(']).unwrap_or(rest.len());
    let value = rest[..end].trim().trim_end_matches('.');
    let value = TAILS.iter().find_map(|it| value.strip_suffix(it)).unwrap_or(value);
    (!value.is_empty() && value.len() <= 60).then(|| value.to_owned())
}

/// Whether Envoy's API calls a field deprecated.
pub(super) fn is_deprecated(field: &FieldDescriptor) -> bool {
    field.field_descriptor_proto().options.as_ref().is_some_and(|it| it.deprecated())
}

fn deprecation(field: &FieldDescriptor) -> String {
    let options = field.options();
    let pool = descriptors();
    let option = |name: &str| pool.get_extension_by_name(name).map(|it| options.get_extension(&it).into_owned());
    let since = option("envoy.annotations.deprecated_at_minor_version").and_then(|it| it.as_str().map(str::to_owned));
    let refused = option("envoy.annotations.disallowed_by_default").is_some_and(|it| it.as_bool() == Some(true));
    let mut words = match since.filter(|it| !it.is_empty()) {
        Some(version) => format!("since version {version} of the API"),
        None => "yes".to_owned(),
    };
    if refused {
        words.push_str("; Envoy refuses it unless its runtime allows it");
    }
    words
}

/// The name under which the comment on a value is kept.
pub(super) fn value_name(value: &EnumValueDescriptor) -> String {
    format!("{}.{}", value.parent_enum().full_name(), value.name())
}
