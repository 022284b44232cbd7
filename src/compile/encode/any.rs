//! `Any`: a message of whatever type its `@type` names.

use super::Encoder;
use std::rc::Rc;

use super::fault::Fault;
use super::wire::{put_nested, put_text};
use crate::check::View;
use crate::schema::{Message, PREFIX, Schema, Special, v3_of};
use crate::spec::{Entry, Span, Tree, Value, codes, did_you_mean, mend};

/// Packages of which all messages are known.
const OWN_PACKAGES: [&str; 3] = ["envoy.", "xds.", "udpa."];

/// The message without fields.
pub(crate) const EMPTY: &str = "google.protobuf.Empty";

impl Encoder<'_> {
    pub(super) fn any(&mut self, tree: &Tree, field: &str, buffer: &mut Vec<u8>) -> Result<(), Fault> {
        let Value::Mapping(entries) = &tree.value else {
            return Err(Fault::wrong_type("a map with `@type`"));
        };
        let Some(kind) = entries.iter().find(|it| &*it.key.text == "@type") else {
            // An empty map is the empty `Any`, in proto JSON too.
            if !entries.is_empty() {
                let fault = self.error(codes::NO_TYPE, tree.span, format!("`{field}` lacks its `@type`"));
                self.push(fault.help("the first key says what it is: `\"@type\": type.googleapis.com/…`"));
            }
            return Ok(());
        };
        let Some(url) = kind.value.text() else {
            return Err(Fault::wrong_type("a type URL as its `@type`").at(&kind.value));
        };
        let Some(message) = self.type_named(url, kind.value.span) else { return Ok(()) };
        put_text(1, &format!("{PREFIX}{}", message.name), buffer);
        let at = buffer.len();
        // Envoy unpacks it on its own, and then checks it.
        let outside = std::mem::take(&mut self.unchecked);
        let outcome = put_nested(2, buffer, |it| self.typed(tree, entries, &message, field, it));
        self.unchecked = outside;
        // Key and length alone: the message is empty, and so is not written.
        if buffer.len() == at + 2 {
            buffer.truncate(at);
        }
        outcome
    }

    /// Appends the message inside; those with a JSON form of their own stand under `value`.
    fn typed(
        &mut self,
        tree: &Tree,
        entries: &[Entry],
        message: &Rc<Message>,
        field: &str,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if !message.special.has_own_form() {
            // Some libraries count `Empty` among those with a form of their own.
            if &*message.name == EMPTY && tree.at("value").is_some_and(|it| it.entries().is_empty()) {
                return Ok(());
            }
            if message.special == Special::TypedStruct {
                return self.typed_struct(tree, message, buffer);
            }
            return self.fields(tree, message, true, buffer);
        }
        for entry in entries.iter().filter(|it| !matches!(&*it.key.text, "@type" | "value")) {
            let text = format!("`{}` inside `{field}` has no field but `value`", message.short());
            self.push(self.error(codes::UNKNOWN_FIELD, entry.key.span, text));
        }
        match tree.at("value") {
            Some(it) if it.value != Value::Null || message.special == Special::Value => {
                self.message(it, message, field, buffer);
            }
            _ => {}
        }
        Ok(())
    }

    /// Appends a `TypedStruct` as it is written. Its `value` is read as the message of its `type_url` as well, since
    /// Envoy will do so: only for the faults and facts in it.
    pub(super) fn typed_struct(
        &mut self,
        tree: &Tree,
        message: &Rc<Message>,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        self.fields(tree, message, true, buffer)?;
        let view = View::new(tree, message.clone());
        let (Some(url), Some(kind)) = (view.text("type_url"), view.value("type_url")) else { return Ok(()) };
        let name = url.rsplit('/').next().unwrap_or(url);
        let Some(inner) = self.schema.named(name) else {
            // Other types than Envoy's may be known to an extension alone, which takes the `Struct` as it is.
            if OWN_PACKAGES.iter().any(|it| name.starts_with(it)) {
                self.unknown_type(name, kind.span);
            }
            return Ok(());
        };
        self.warn_of_contrib(&inner, kind.span);
        let nothing = Tree::mapping(kind.span, []);
        let value = view.value("value").unwrap_or(&nothing);
        if !matches!(value.value, Value::Mapping(_)) {
            return Ok(());
        }
        let outside = std::mem::take(&mut self.unchecked);
        self.message(value, &inner, "value", &mut Vec::new());
        self.unchecked = outside;
        Ok(())
    }

    /// The message that a type URL names; an unknown one is reported.
    pub(super) fn type_named(&mut self, url: &str, span: Span) -> Option<Rc<Message>> {
        let name = url.rsplit('/').next().unwrap_or(url);
        if let Some(message) = self.schema.named(name) {
            self.warn_of_contrib(&message, span);
            return Some(message);
        }
        if let Some(message) = v3_of(name, |it| self.schema.named(it)) {
            let text = format!("`{name}` is a type of the v2 API, which Envoy no longer has");
            let warning = self.warning(codes::V2_TYPE, span, text);
            let url = format!("{PREFIX}{}", message.name);
            let edits = mend::replace(self.context.text, span, &url);
            self.push(warning.help(format!("write `{url}`")).fix_if(format!("write `{url}`"), edits));
            return Some(message);
        }
        self.unknown_type(name, span);
        None
    }

    fn unknown_type(&mut self, name: &str, span: Span) {
        let fault = self.error(codes::UNKNOWN_TYPE, span, format!("no message has the type `{name}`"));
        self.push(match near_type(&self.schema, name) {
            Some(near) => fault.remark(format!("did you mean `{near}`?")),
            None => fault.help("types of extensions that Envoy's API lacks come with `--descriptors FILE`"),
        });
    }

    fn warn_of_contrib(&mut self, message: &Message, span: Span) {
        if message.is_contrib {
            let text = format!("`{}` needs Envoy's contrib build", message.name);
            let help = "the images `envoyproxy/envoy:contrib-v…` have it; other builds refuse it";
            self.push(self.warning(codes::CONTRIB, span, text).help(help));
        }
    }
}

/// The message that a misspelled type most likely is: of the same last name, or near as a whole.
fn near_type(schema: &Schema, name: &str) -> Option<String> {
    let short = name.rsplit('.').next().unwrap_or(name);
    let messages: Vec<_> = schema.pool.all_messages().filter(|it| it.parent_message().is_none()).collect();
    let same: Vec<_> =
        messages.iter().map(|it| it.full_name()).filter(|it| it.rsplit('.').next() == Some(short)).collect();
    if let [only] = same.as_slice() {
        return Some((*only).to_owned());
    }
    // Distances cost, and only names of about the same length can be near.
    let near = messages.iter().map(|it| it.full_name()).filter(|it| it.len().abs_diff(name.len()) <= 4);
    did_you_mean(name, near).map(str::to_owned)
}
