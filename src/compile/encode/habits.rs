//! Old habits: what Envoy once accepted and people still write, with the fix that today's Envoy wants.

use super::Encoder;
use crate::schema::{Field, Message, PREFIX, bare_type, modern_name};
use crate::spec::{Entry, Key, Tree, Value, codes};

/// Fields of the v2 API, and what says the same today.
const FIELD_HINTS: &[(&str, &str, &str)] = &[
    ("envoy.config.cluster.v3.Cluster", "hosts", "`hosts` is of the v2 API: use `load_assignment`"),
    (
        "envoy.config.cluster.v3.Cluster",
        "tls_context",
        "`tls_context` is of the v2 API: use `transport_socket` with an `UpstreamTlsContext`",
    ),
    (
        "envoy.config.listener.v3.FilterChain",
        "tls_context",
        "`tls_context` is of the v2 API: use `transport_socket` with a `DownstreamTlsContext`",
    ),
    ("envoy.config.route.v3.RouteMatch", "regex", "`regex` is of the v2 API: use `safe_regex: {regex: …}`"),
    (
        "envoy.config.route.v3.HeaderMatcher",
        "regex_match",
        "`regex_match` is of the v2 API: use `string_match: {safe_regex: {regex: …}}`",
    ),
    (
        "envoy.config.route.v3.CorsPolicy",
        "allow_origin",
        "`allow_origin` is of the v2 API: use `allow_origin_string_match`",
    ),
];

/// Deprecated fields, and what says the same today.
const DEPRECATED_HINTS: &[(&str, &str)] = &[
    ("path", "use `path_config_source: {path: …}`"),
    ("http2_protocol_options", "use `typed_extension_protocol_options` with `HttpProtocolOptions`"),
    ("http_protocol_options", "use `typed_extension_protocol_options` with `HttpProtocolOptions`"),
    ("common_http_protocol_options", "use `typed_extension_protocol_options` with `HttpProtocolOptions`"),
    ("access_log_path", "use `access_log`"),
    ("exact_match", "use `string_match: {exact: …}`"),
    ("prefix_match", "use `string_match: {prefix: …}`"),
    ("suffix_match", "use `string_match: {suffix: …}`"),
    ("safe_regex_match", "use `string_match: {safe_regex: …}`"),
];

impl Encoder<'_> {
    /// Warns of old names, and gives the `typed_config` that a bare name stands for.
    pub(super) fn old_extension(&mut self, tree: &Tree, message: &Message) -> Option<Entry> {
        let name = tree.at("name")?;
        let written = name.text()?;
        let today = modern_name(written);
        if let Some(today) = today {
            let text = format!("`{written}` is a name from before Envoy 1.14");
            self.push(self.warning(codes::LEGACY_NAME, name.span, text).help(format!("write `{today}`")));
        }
        let configured = |it: &&Entry| {
            let is_config =
                matches!(&*it.key.text, "typed_config" | "typedConfig" | "config_discovery" | "configDiscovery");
            (is_config && it.value.value != Value::Null) || &*it.key.text == "config"
        };
        if tree.entries().iter().any(|it| configured(&it)) {
            return None;
        }
        let kind = bare_type(today.unwrap_or(written)).filter(|it| self.schema.named(it).is_some())?;
        let text = format!("`{written}` has no `typed_config`: Envoy needs one, so its defaults are filled in");
        let help = format!("add `typed_config: {{\"@type\": {}{kind}}}`", PREFIX);
        self.push(self.warning(codes::NO_TYPED_CONFIG, name.span, text).help(help));
        message.find("typed_config")?;
        let value = Tree::mapping(name.span, [("@type", Tree::string(name.span, kind))]);
        Some(Entry { key: Key { span: name.span, text: "typed_config".into() }, value })
    }

    /// Warns of a deprecated field.
    pub(super) fn old_field(&mut self, field: &Field, entry: &Entry) {
        if !field.deprecated {
            return;
        }
        let refused = if field.disallowed { ", and Envoy refuses it unless its runtime allows it" } else { "" };
        let text = format!("`{}` is deprecated{refused}", field.name);
        let warning = self.warning(codes::DEPRECATED, entry.key.span, text);
        self.push(match look_up(DEPRECATED_HINTS, &field.name) {
            Some(hint) => warning.help(hint),
            None => warning,
        });
    }
}

/// What to write instead of a field that is no more.
pub(super) fn field_hint(message: &str, field: &str) -> Option<&'static str> {
    if field == "config"
        && (message.ends_with("Filter") || message.ends_with("AccessLog") || message.ends_with("TransportSocket"))
    {
        return Some("`config` is of the v2 API: use `typed_config` with an `@type`");
    }
    FIELD_HINTS.iter().find(|it| it.0 == message && it.1 == field).map(|it| it.2)
}

fn look_up(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|it| it.0 == word).map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::descriptors;

    #[test]
    fn all_messages_of_the_tables_exist() {
        let pool = descriptors();
        for (message, field, _) in FIELD_HINTS {
            let message = pool.get_message_by_name(message).unwrap();
            assert!(message.get_field_by_name(field).is_none(), "{field} exists after all");
        }
    }
}
