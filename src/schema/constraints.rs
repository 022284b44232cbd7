//! The rules that Envoy's API puts on a field (`validate.rules`), read once from the field's options into plain data.
//!
//! Answers for: which rules there are. Leaves to `check::constraints` whether a value keeps them. What the generator of
//! Envoy's own checks (protoc-gen-validate for C++) cannot check is left out, since no Envoy refuses it: `email`, `uri`
//! and `uri_ref`, bounds of times, addresses in bytes. No field of Envoy's API has any of these.

use std::cell::OnceCell;

use prost_reflect::{DynamicMessage, Value};
use regex::bytes::Regex;

/// What a field's value must be.
#[derive(Debug)]
pub(crate) struct Constraints {
    /// The field's full name.
    pub(crate) field: Box<str>,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// Whether the rules of the message inside do not matter.
    pub(crate) skip: bool,
    /// Whether the empty value is right in any case.
    pub(crate) ignore_empty: bool,
    pub(crate) rule: Rule,
}

/// What the values of a field must be, by their kind; those of a wrapper as those of its field.
#[derive(Debug)]
pub(crate) enum Rule {
    None,
    Whole(Bounds<i128>),
    Real(Bounds<f64>),
    /// In nanoseconds.
    Duration(Bounds<i128>),
    Flag(bool),
    Text(Box<Form>),
    Enum {
        bounds: Bounds<i128>,
        defined_only: bool,
    },
    /// The type URLs that an `Any` may have, or may not.
    Any(Bounds<Box<str>>),
    List {
        count: Length,
        unique: bool,
        items: Option<Box<Constraints>>,
    },
    Map {
        count: Length,
        keys: Option<Box<Constraints>>,
        values: Option<Box<Constraints>>,
    },
}

/// What a value must equal, lie between, be among, or not be.
#[derive(Debug)]
pub(crate) struct Bounds<T> {
    pub(crate) constant: Option<T>,
    pub(crate) lower: Option<Edge<T>>,
    pub(crate) upper: Option<Edge<T>>,
    pub(crate) among: Box<[T]>,
    pub(crate) none_of: Box<[T]>,
}

/// An end of a range.
#[derive(Debug)]
pub(crate) struct Edge<T> {
    pub(crate) at: T,
    pub(crate) inclusive: bool,
}

/// How long a text, a list or a map may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) least: Option<u64>,
    pub(crate) most: Option<u64>,
}

/// What a string, or bytes, must be.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) characters: Length,
    pub(crate) bytes: Length,
    pub(crate) bounds: Bounds<Box<[u8]>>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) prefix: Option<Box<[u8]>>,
    pub(crate) suffix: Option<Box<[u8]>>,
    pub(crate) contains: Option<Box<[u8]>>,
    pub(crate) lacks: Option<Box<[u8]>>,
    pub(crate) known: Option<Known>,
}

/// A regular expression that must match the whole text. Compiled when first needed.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) text: Box<str>,
    compiled: OnceCell<Option<Regex>>,
}

/// Forms that have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    HeaderName,
    HeaderValue,
    /// A header's name or value, where only what would break the message is refused.
    HeaderText,
    Ip,
    Ipv4,
    Ipv6,
    Hostname,
    /// A host name or an IP address.
    Address,
    Uuid,
}

/// The flags of `StringRules` for forms with a name.
const KNOWN: &[(&str, Known)] = &[
    ("ip", Known::Ip),
    ("ipv4", Known::Ipv4),
    ("ipv6", Known::Ipv6),
    ("hostname", Known::Hostname),
    ("address", Known::Address),
    ("uuid", Known::Uuid),
];

impl<T> Bounds<T> {
    /// Whether any value may be given, as far as single values go.
    pub(crate) fn rules_out_nothing(&self) -> bool {
        self.constant.is_none() && self.among.is_empty() && self.none_of.is_empty()
    }
}

impl Pattern {
    fn new(text: &str) -> Self {
        Self { text: text.into(), compiled: OnceCell::new() }
    }

    /// Whether all of the text matches. A pattern that cannot be compiled refuses nothing.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&format!(r"\A(?:{})\z", self.text)).ok());
        compiled.as_ref().is_none_or(|it| it.is_match(text))
    }
}

impl Constraints {
    /// The constraints of the field of this full name, from its `validate.FieldRules`.
    pub(super) fn read(field: &str, rules: &DynamicMessage) -> Self {
        let (message, rules) = (Options(rules).message("message"), Options(rules));
        let of_message = |name: &str| message.as_ref().is_some_and(|it| it.flag(name));
        let (kind, own) = match rules.0.fields().find(|(it, _)| it.name() != "message") {
            Some((kind, Value::Message(own))) => (kind.name().to_owned(), Some(own)),
            _ => (String::new(), None),
        };
        let own_flag = |name: &str| own.is_some_and(|it| Options(it).flag(name));
        Self {
            field: field.into(),
            required: of_message("required") || own_flag("required"),
            skip: of_message("skip"),
            ignore_empty: own_flag("ignore_empty"),
            rule: own.map_or(Rule::None, |own| Rule::read(field, &kind, &Options(own))),
        }
    }
}

impl Rule {
    fn read(field: &str, kind: &str, rules: &Options<'_>) -> Self {
        let nested = |name: &str| rules.message(name).map(|it| Box::new(Constraints::read(field, it.0)));
        match kind {
            "float" | "double" => Self::Real(rules.bounds(real)),
            "duration" => Self::Duration(rules.bounds(nanoseconds)),
            "bool" => rules.get("const").and_then(|it| it.as_bool()).map_or(Self::None, Self::Flag),
            "string" | "bytes" => Self::Text(Box::new(Form::read(kind == "string", rules))),
            "enum" => Self::Enum { bounds: rules.bounds(whole), defined_only: rules.flag("defined_only") },
            "any" => Self::Any(rules.bounds(|it| it.as_str().map(Into::into))),
            "repeated" => Self::List {
                count: rules.length("", "min_items", "max_items"),
                unique: rules.flag("unique"),
                items: nested("items"),
            },
            "map" => Self::Map {
                count: rules.length("", "min_pairs", "max_pairs"),
                keys: nested("keys"),
                values: nested("values"),
            },
            "timestamp" => Self::None,
            _ => Self::Whole(rules.bounds(whole)),
        }
    }
}

impl Form {
    fn read(is_string: bool, rules: &Options<'_>) -> Self {
        let length = rules.length("len", "min_len", "max_len");
        let (characters, bytes) = match is_string {
            true => (length, rules.length("len_bytes", "min_bytes", "max_bytes")),
            false => (Length::default(), length),
        };
        let part = |name: &str| rules.get(name).and_then(octets);
        let lenient = || rules.get("strict").is_some_and(|it| it.as_bool() == Some(false));
        let header = match rules.get("well_known_regex").and_then(Value::as_enum_number) {
            Some(1 | 2) if lenient() => Some(Known::HeaderText),
            Some(1) => Some(Known::HeaderName),
            Some(2) => Some(Known::HeaderValue),
            _ => None,
        };
        let named = || KNOWN.iter().find(|it| is_string && rules.flag(it.0)).map(|it| it.1);
        Self {
            characters,
            bytes,
            bounds: rules.bounds(octets),
            pattern: rules.get("pattern").and_then(Value::as_str).map(Pattern::new),
            prefix: part("prefix"),
            suffix: part("suffix"),
            contains: part("contains"),
            lacks: part("not_contains"),
            known: header.or_else(named),
        }
    }
}

/// A message of `validate`, by the names of its fields.
struct Options<'a>(&'a DynamicMessage);

impl<'a> Options<'a> {
    /// A field's value, if it is given.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.fields().find(|it| it.0.name() == name).map(|it| it.1)
    }

    fn message(&self, name: &str) -> Option<Self> {
        self.get(name)?.as_message().map(Self)
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|it| it.as_bool() == Some(true))
    }

    fn length(&self, exact: &str, least: &str, most: &str) -> Length {
        let number = |name: &str| self.get(name).and_then(Value::as_u64);
        let exact = number(exact);
        Length { least: exact.or_else(|| number(least)), most: exact.or_else(|| number(most)) }
    }

    fn bounds<T>(&self, read: fn(&Value) -> Option<T>) -> Bounds<T> {
        let one = |name: &str| self.get(name).and_then(read);
        let edge = |exclusive: &str, inclusive: &str| {
            let open = one(exclusive).map(|at| Edge { at, inclusive: false });
            open.or_else(|| one(inclusive).map(|at| Edge { at, inclusive: true }))
        };
        let all = |name: &str| -> Box<[T]> {
            let list = self.get(name).and_then(Value::as_list).unwrap_or_default();
            list.iter().filter_map(read).collect()
        };
        Bounds {
            constant: one("const"),
            lower: edge("gt", "gte"),
            upper: edge("lt", "lte"),
            among: all("in"),
            none_of: all("not_in"),
        }
    }
}

fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::I32(it) | Value::EnumNumber(it) => Some((*it).into()),
        Value::I64(it) => Some((*it).into()),
        Value::U32(it) => Some((*it).into()),
        Value::U64(it) => Some((*it).into()),
        _ => None,
    }
}

fn real(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_f32().map(f64::from))
}

fn nanoseconds(value: &Value) -> Option<i128> {
    let duration = Options(value.as_message()?);
    let number = |name: &str| duration.get(name).and_then(whole).unwrap_or_default();
    Some(number("seconds") * 1_000_000_000 + number("nanos"))
}

fn octets(value: &Value) -> Option<Box<[u8]>> {
    match value {
        Value::String(it) => Some(it.as_bytes().into()),
        Value::Bytes(it) => Some(it.to_vec().into()),
        _ => None,
    }
}
