//! The language as data: which keys each object has, what each may hold, what it becomes, and one line about it.
//!
//! One table serves four readers: the check of a document (`read`), the plain copying of fields (`message`), the
//! editors' JSON Schema, and `explain`. Knows no document.

/// A kind of object in the language.
#[derive(Debug)]
pub struct Object {
    /// What a user calls it, with its article: `a route`.
    pub name: &'static str,
    /// The message that it becomes, over which `envoy:` is merged; empty if it has no message of its own.
    pub message: &'static str,
    /// Groups of keys of which only one can hold.
    pub exclusive: &'static [&'static [&'static str]],
    /// Its keys, in the order of the documentation.
    pub keys: &'static [Key],
}

/// One key of an object.
#[derive(Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// Whether the object means nothing without it.
    pub required: bool,
    /// The field that its value is copied to, from the object's message, with dots between fields. Empty for keys that
    /// need more than copying.
    pub to: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
}

/// What a key may hold. A list with one item may be written as that item.
#[derive(Debug)]
pub enum Shape {
    /// A string; numbers and booleans are taken as their text.
    Text,
    /// A string that must not be shown in diagnostics.
    Secret,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `5s`, `250ms`, `1m30s`.
    Duration,
    /// One of some words, each with Envoy's word for it.
    Choice(&'static [(&'static str, &'static str)]),
    /// A map with known keys.
    Object(&'static Object),
    /// A map with known keys, or the value of this one of them alone.
    Short(&'static str, &'static Object),
    /// A list.
    List(&'static Self),
    /// A string, or a map with free keys.
    TextOrMap(&'static Self),
    /// A map with free keys.
    Map(&'static Self),
    /// A message of Envoy, as proto JSON; left to the encoder.
    Raw(&'static str),
    /// A map with known keys that is read for documents of all kinds alike, not here.
    Elsewhere(&'static Object),
    /// Anything at all.
    Any,
}

/// The key under which any object's message can be edited.
pub(super) static ENVOY: Key = Key {
    name: "envoy",
    shape: Shape::Map(&Shape::Any),
    required: false,
    to: "",
    doc: "Fields of Envoy's message, merged over the generated ones",
};

impl Object {
    /// All keys, `envoy` last.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> {
        let escape = (!self.message.is_empty()).then_some(&ENVOY);
        self.keys.iter().chain(escape)
    }

    /// A key by its name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|it| it.name == name)
    }

    /// Whether lines of this object may hold secrets.
    pub(super) fn is_secret(&self) -> bool {
        self.keys.iter().any(|it| matches!(it.shape, Shape::Secret))
    }
}

impl Shape {
    /// What is wanted, in a user's words.
    pub fn wanted(&self) -> String {
        match self {
            Self::Text | Self::Secret => "a string".into(),
            Self::Integer => "a whole number".into(),
            Self::Number => "a number".into(),
            Self::Boolean => "`true` or `false`".into(),
            Self::Duration => "a duration such as `5s`".into(),
            Self::Choice(words) => words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
            Self::Object(object) | Self::Elsewhere(object) => format!("a map: {}", object.name),
            Self::Short(key, object) => format!("{}: a map, or its `{key}` alone", object.name),
            Self::List(item) => format!("a list, each item {}", item.wanted()),
            Self::TextOrMap(_) => "a string or a map".into(),
            Self::Map(_) | Self::Raw(_) => "a map".into(),
            Self::Any => "a value".into(),
        }
    }
}

/// Declares an object: `NAME: "an object", "its.Message"; @one_of [a b]; key: Shape => "target", "doc"; …`.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident: $what:literal, $message:literal;
     $(@one_of $([$($member:ident)*])*;)?
     $($key:ident $($required:ident)?: $shape:expr $(=> $to:literal)?, $line:literal;)*) => {
        $(#[$doc])*
        pub(in crate::compile::simple) static $name: $crate::compile::simple::shape::Object =
            $crate::compile::simple::shape::Object {
                name: $what,
                message: $message,
                exclusive: &[$($(&[$(stringify!($member)),*]),*)?],
                keys: &[$($crate::compile::simple::shape::Key {
                    name: stringify!($key),
                    shape: $shape,
                    required: !stringify!($($required)?).is_empty(),
                    to: concat!($($to)?),
                    doc: $line,
                }),*],
            };
    };
}
pub(super) use object;
