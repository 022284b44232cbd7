//! Old habits: what Envoy once accepted and people still write, with the fix that today's Envoy wants.

use super::Encoder;
use crate::schema::{Field, Message, PREFIX, bare_type, modern_name};
use crate::spec::mend::{self, Step};
use crate::spec::{Edit, Entry, Key, Tree, Value, codes};

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
    ("contains_match", "use `string_match: {contains: …}`"),
    ("exact_match", "use `string_match: {exact: …}`"),
    ("prefix_match", "use `string_match: {prefix: …}`"),
    ("suffix_match", "use `string_match: {suffix: …}`"),
    ("safe_regex_match", "use `string_match: {safe_regex: …}`"),
];

const HTTP_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const HTTP_OPTIONS_URL: &str = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const HTTP_OPTIONS_STEPS: &[Step] = &[
    Step::Key("typed_extension_protocol_options"),
    Step::Key(HTTP_OPTIONS),
    Step::Beside("@type", HTTP_OPTIONS_URL),
    Step::Key("explicit_http_config"),
];
const STRING_MATCH: &[Step] = &[Step::Key("string_match")];

/// Deprecated fields whose value says the same elsewhere: message, field, the way there, and the name there.
const MOVED: &[(&str, &str, &[Step], &str)] = &[
    (
        "envoy.config.bootstrap.v3.Admin",
        "access_log_path",
        &[
            Step::List("access_log"),
            Step::Beside("name", "envoy.access_loggers.file"),
            Step::Key("typed_config"),
            Step::Beside("@type", "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog"),
        ],
        "path",
    ),
    ("envoy.config.cluster.v3.Cluster", "http2_protocol_options", HTTP_OPTIONS_STEPS, "http2_protocol_options"),
    ("envoy.config.cluster.v3.Cluster", "http_protocol_options", HTTP_OPTIONS_STEPS, "http_protocol_options"),
    ("envoy.config.core.v3.ConfigSource", "path", &[Step::Key("path_config_source")], "path"),
    ("envoy.config.route.v3.HeaderMatcher", "contains_match", STRING_MATCH, "contains"),
    ("envoy.config.route.v3.HeaderMatcher", "exact_match", STRING_MATCH, "exact"),
    ("envoy.config.route.v3.HeaderMatcher", "prefix_match", STRING_MATCH, "prefix"),
    ("envoy.config.route.v3.HeaderMatcher", "safe_regex_match", STRING_MATCH, "safe_regex"),
    ("envoy.config.route.v3.HeaderMatcher", "suffix_match", STRING_MATCH, "suffix"),
];

impl Encoder<'_> {
    /// Warns of old names, and gives the `typed_config` that a bare name stands for.
    pub(super) fn old_extension(&mut self, tree: &Tree, message: &Message) -> Option<Entry> {
        let name = tree.at("name")?;
        let written = name.text()?;
        let today = modern_name(written);
        if let Some(today) = today {
            let text = format!("`{written}` is a name from before Envoy 1.14");
            let (what, edits) = (format!("write `{today}`"), mend::replace(self.context.text, name.span, today));
            self.push(self.warning(codes::LEGACY_NAME, name.span, text).help(what.clone()).fix_if(what, edits));
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
        let edits = self.typed_config(tree, kind);
        self.push(self.warning(codes::NO_TYPED_CONFIG, name.span, text).help(help.clone()).fix_if(help, edits));
        message.find("typed_config")?;
        let value = Tree::mapping(name.span, [("@type", Tree::string(name.span, kind))]);
        Some(Entry { key: Key { span: name.span, text: "typed_config".into() }, value })
    }

    /// A `typed_config` of this type behind the name.
    fn typed_config(&self, tree: &Tree, kind: &str) -> Option<Vec<Edit>> {
        let name = tree.entries().iter().find(|it| &*it.key.text == "name")?;
        let block = ["typed_config:".to_owned(), format!("  \"@type\": {PREFIX}{kind}")];
        let flow = format!("\"typed_config\": {{\"@type\": \"{PREFIX}{kind}\"}}");
        mend::add_entry(self.context.text, tree.span, name, &block, &flow)
    }

    /// Warns of a deprecated field.
    pub(super) fn old_field(&mut self, field: &Field, entry: &Entry, tree: &Tree, message: &Message) {
        if entry.value.value == Value::Null {
            return;
        }
        let refused = if field.disallowed { ", and Envoy refuses it unless its runtime allows it" } else { "" };
        let text = format!("`{}` is deprecated{refused}", field.name);
        let warning = self.warning(codes::DEPRECATED, entry.key.span, text);
        let edits = self.moved(field, entry, tree, message);
        self.push(match look_up(DEPRECATED_HINTS, &field.name) {
            Some(hint) => warning.help(hint).fix_if(hint, edits),
            None => warning,
        });
    }

    /// The edits that say the same with today's fields, unless one of those is there already.
    fn moved(&self, field: &Field, entry: &Entry, tree: &Tree, message: &Message) -> Option<Vec<Edit>> {
        let (.., steps, last) = MOVED.iter().find(|it| *it.0 == *message.name && *it.1 == *field.name)?;
        let (Step::Key(target) | Step::List(target) | Step::Beside(target, _)) = steps.first()?;
        let target = message.find(target);
        let in_the_way = |it: &&Entry| {
            let key = &*it.key.text;
            let is_options = key.ends_with("protocol_options") || key.ends_with("ProtocolOptions");
            (it.key != entry.key && is_options) || (target.is_some() && message.find(key) == target)
        };
        if tree.entries().iter().any(|it| in_the_way(&it)) {
            return None;
        }
        mend::nest(self.context.text, tree.span, entry, steps, last)
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
