//! Envoy's `validate.rules` of a field: read from its options, in words for `explain`, in parts for `schema`.
//!
//! Leaves to `check` the judging of values.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, OneofDescriptor, ReflectMessage, Value};

use crate::resource::descriptors;

/// The rules of one field, or of the items, keys or values in it.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// The rules of the field's kind: `validate.StringRules`, `validate.RepeatedRules`.
    of_kind: Option<DynamicMessage>,
    required: bool,
}

/// Rules whose words are fixed.
const FLAGS: &[(&str, &str)] = &[
    ("email", "an email address"),
    ("hostname", "a host name"),
    ("ip", "an IP address"),
    ("ipv4", "an IPv4 address"),
    ("ipv6", "an IPv6 address"),
    ("uri", "a URI"),
    ("uri_ref", "a URI, or a reference relative to one"),
    ("address", "a host name or an IP address"),
    ("uuid", "a UUID"),
    ("defined_only", "one of the known values"),
    ("unique", "no item twice"),
];

/// Rules with a value, which comes between these words.
const VALUED: &[(&str, &str, &str)] = &[
    ("const", "exactly ", ""),
    ("in", "one of ", ""),
    ("not_in", "not ", ""),
    ("len", "exactly ", " characters"),
    ("len_bytes", "exactly ", " bytes"),
    ("pattern", "matches ", ""),
    ("prefix", "begins with ", ""),
    ("suffix", "ends with ", ""),
    ("contains", "contains ", ""),
    ("not_contains", "does not contain ", ""),
];

/// Rules about a size: the name of the least, of the most, and what is counted.
const SIZES: &[(&str, &str, &str)] = &[
    ("min_len", "max_len", "character"),
    ("min_bytes", "max_bytes", "byte"),
    ("min_items", "max_items", "item"),
    ("min_pairs", "max_pairs", "entry"),
];

impl Rules {
    /// The rules of a field, if it has any.
    pub(super) fn of(field: &FieldDescriptor) -> Option<Self> {
        let extension = descriptors().get_extension_by_name("validate.rules")?;
        let options = field.options();
        if !options.has_extension(&extension) {
            return None;
        }
        Self::read(&options.get_extension(&extension))
    }

    fn read(rules: &Value) -> Option<Self> {
        let rules = rules.as_message()?;
        let of_message = rules.get_field_by_name("message");
        let of_kind = rules.fields().find(|(field, _)| field.name() != "message").and_then(|it| it.1.as_message());
        let is_set = |message: Option<&DynamicMessage>, name: &str| {
            message.and_then(|it| it.get_field_by_name(name)).is_some_and(|it| it.as_bool() == Some(true))
        };
        let of_message = of_message.as_ref().and_then(|it| it.as_message());
        let required = is_set(of_message, "required") || is_set(of_kind, "required");
        Some(Self { of_kind: of_kind.cloned(), required })
    }

    /// The value of one rule, if it is set.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let rules = self.of_kind.as_ref()?;
        let field = rules.descriptor().get_field_by_name(name)?;
        rules.has_field(&field).then(|| rules.get_field(&field).into_owned())
    }

    /// The rules of the parts: `items` of a list, `keys` and `values` of a map.
    pub(super) fn parts(&self, name: &str) -> Option<Self> {
        self.value(name).and_then(|it| Self::read(&it))
    }

    /// Whether the rules hold only for values that are not the default.
    pub(super) fn ignores_empty(&self) -> bool {
        self.value("ignore_empty").is_some_and(|it| it.as_bool() == Some(true))
    }

    /// The rules in words: `required`, `from 1 to 65535`, `at most 253 bytes`.
    pub(super) fn words(&self, kind: &Kind) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.required.then(|| "required".to_owned()));
        words.extend(self.range());
        for (least, most, what) in SIZES {
            words.extend(self.size(least, most, what));
        }
        let is_set = |name: &str| self.value(name).is_some_and(|it| it.as_bool() == Some(true));
        words.extend(FLAGS.iter().filter(|it| is_set(it.0)).map(|it| it.1.to_owned()));
        for (name, before, after) in VALUED {
            words.extend(self.value(name).map(|it| format!("{before}{}{after}", shown(&it, kind))));
        }
        words.extend(self.value("well_known_regex").and_then(|it| match it.as_enum_number() {
            Some(1) => Some("a header's name".to_owned()),
            Some(2) => Some("a header's value".to_owned()),
            _ => None,
        }));
        for (name, what) in [("items", "each item"), ("keys", "each key"), ("values", "each value")] {
            let inner = self.parts(name).map(|it| it.words(kind)).filter(|it| !it.is_empty());
            words.extend(inner.map(|it| format!("{what}: {}", it.join(", "))));
        }
        if self.ignores_empty() && !words.is_empty() {
            words[0].insert_str(0, "if set: ");
        }
        words
    }

    fn range(&self) -> Option<String> {
        let bound = |name: &str| self.value(name).map(|it| shown(&it, &Kind::Bool));
        let (gte, gt, lte, lt) = (bound("gte"), bound("gt"), bound("lte"), bound("lt"));
        Some(match (gte, gt, lte, lt) {
            (Some(least), _, Some(most), _) => format!("from {least} to {most}"),
            (Some(least), _, _, Some(most)) => format!("at least {least}, and less than {most}"),
            (_, Some(least), Some(most), _) => format!("more than {least}, and at most {most}"),
            (_, Some(least), _, Some(most)) => format!("more than {least}, and less than {most}"),
            (Some(least), ..) => format!("at least {least}"),
            (_, Some(least), ..) => format!("more than {least}"),
            (_, _, Some(most), _) => format!("at most {most}"),
            (_, _, _, Some(most)) => format!("less than {most}"),
            _ => return None,
        })
    }

    fn size(&self, least: &str, most: &str, what: &str) -> Option<String> {
        let plural = |count: u64| match (count, what) {
            (1, _) => format!("1 {what}"),
            (_, "entry") => format!("{count} entries"),
            _ => format!("{count} {what}s"),
        };
        match (self.value(least).and_then(|it| it.as_u64()), self.value(most).and_then(|it| it.as_u64())) {
            (Some(least), Some(most)) => Some(format!("{least} to {}", plural(most))),
            (Some(1), None) => Some("not empty".to_owned()),
            (Some(least), None) => Some(format!("at least {}", plural(least))),
            (None, Some(most)) => Some(format!("at most {}", plural(most))),
            (None, None) => None,
        }
    }
}

/// Whether one member of a oneof must be given.
pub(super) fn is_required(oneof: &OneofDescriptor) -> bool {
    let Some(extension) = descriptors().get_extension_by_name("validate.required") else { return false };
    oneof.options().get_extension(&extension).as_bool() == Some(true)
}

/// A rule's value as a user would write it.
fn shown(value: &Value, kind: &Kind) -> String {
    match (value, kind) {
        (Value::List(items), _) => items.iter().map(|it| shown(it, kind)).collect::<Vec<_>>().join(", "),
        (Value::String(it), _) => format!("`{it}`"),
        (Value::I32(number), Kind::Enum(of)) => {
            of.get_value(*number).map_or_else(|| number.to_string(), |it| format!("`{}`", it.name()))
        }
        (Value::Message(it), _) if it.descriptor().full_name() == "google.protobuf.Duration" => {
            let part = |name: &str| it.get_field_by_name(name).map(|it| it.into_owned());
            let seconds = part("seconds").and_then(|it| it.as_i64()).unwrap_or(0);
            let nanos = part("nanos").and_then(|it| it.as_i32()).unwrap_or(0);
            let fraction = format!("{nanos:09}");
            format!("{seconds}.{}", fraction.trim_end_matches('0')).trim_end_matches('.').to_owned() + "s"
        }
        (Value::I32(it), _) => it.to_string(),
        (Value::I64(it), _) => it.to_string(),
        (Value::U32(it), _) => it.to_string(),
        (Value::U64(it), _) => it.to_string(),
        (Value::F32(it), _) => it.to_string(),
        (Value::F64(it), _) => it.to_string(),
        (Value::Bool(it), _) => it.to_string(),
        (Value::Bytes(it), _) => format!("`{}`", String::from_utf8_lossy(it).escape_debug()),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_in_words() {
        for (name, expected) in [
            ("envoy.config.core.v3.SocketAddress.address", "not empty"),
            ("envoy.config.core.v3.SocketAddress.port_value", "at most 65535"),
            ("envoy.config.cluster.v3.Cluster.connect_timeout", "more than 0s"),
            ("envoy.config.cluster.v3.OutlierDetection.max_ejection_percent", "at most 100"),
            ("envoy.config.cluster.v3.Cluster.lb_policy", "one of the known values"),
            ("envoy.config.route.v3.RouteConfiguration.request_headers_to_add", "at most 1000 items"),
            ("envoy.config.route.v3.VirtualHost.domains", "not empty; each item: a header's value"),
            ("envoy.config.route.v3.Route.match", "required"),
            ("envoy.config.cluster.v3.Cluster.alt_stat_name", ""),
        ] {
            let (message, field) = name.rsplit_once('.').unwrap();
            let field = descriptors().get_message_by_name(message).unwrap().get_field_by_name(field).unwrap();
            let words = Rules::of(&field).map(|it| it.words(&field.kind())).unwrap_or_default();
            assert_eq!(words.join("; "), expected, "{name}");
        }
    }
}
