//! The names by which people ask for messages: short, full, of an extension, in any spelling; and what is near them.

use prost_reflect::{DescriptorPool, EnumDescriptor, MessageDescriptor};

use super::comments;
use crate::schema::modern_name;
use crate::spec::did_you_mean;

/// What people call messages, and which of them may be meant; the first is the likeliest.
pub(super) const SHORT: &[(&str, &[&str])] = &[
    ("bootstrap", &["envoy.config.bootstrap.v3.Bootstrap"]),
    ("cluster", &["envoy.config.cluster.v3.Cluster"]),
    (
        "endpoint",
        &[
            "envoy.config.endpoint.v3.LbEndpoint",
            "envoy.config.endpoint.v3.Endpoint",
            "envoy.config.endpoint.v3.ClusterLoadAssignment",
        ],
    ),
    ("filter", &["envoy.config.listener.v3.Filter"]),
    ("http_filter", &["envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter"]),
    ("listener", &["envoy.config.listener.v3.Listener"]),
    ("node", &["envoy.config.core.v3.Node"]),
    (
        "route",
        &[
            "envoy.config.route.v3.Route",
            "envoy.config.route.v3.RouteAction",
            "envoy.config.route.v3.RouteConfiguration",
        ],
    ),
    ("runtime", &["envoy.service.runtime.v3.Runtime"]),
    ("secret", &["envoy.extensions.transport_sockets.tls.v3.Secret"]),
    ("virtual_host", &["envoy.config.route.v3.VirtualHost"]),
];

/// Packages in the order in which a short name is looked for.
const FIRST: [&str; 6] = [
    "envoy.config.",
    "envoy.extensions.filters.network.http_connection_manager.",
    "envoy.extensions.transport_sockets.tls.",
    "envoy.extensions.",
    "envoy.type.",
    "envoy.",
];

/// A message or an enum.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Named {
    Message(MessageDescriptor),
    Enum(EnumDescriptor),
}

impl Named {
    pub(super) fn full_name(&self) -> &str {
        match self {
            Self::Message(it) => it.full_name(),
            Self::Enum(it) => it.full_name(),
        }
    }
}

/// What a full name or that of an extension means; several where an extension has several messages.
pub(super) fn exact(pool: &DescriptorPool, name: &str) -> Vec<Named> {
    let name = name.rsplit('/').next().unwrap_or(name);
    if let Some(it) = pool.get_message_by_name(name) {
        return vec![Named::Message(it)];
    }
    if let Some(it) = pool.get_enum_by_name(name) {
        return vec![Named::Enum(it)];
    }
    let name = modern_name(name).unwrap_or(name);
    extension(pool, name).into_iter().map(Named::Message).collect()
}

/// What the end of a full name means: `Cluster.LbPolicy`, `v3.Cluster`.
pub(super) fn tail(pool: &DescriptorPool, name: &str) -> Vec<Named> {
    let last = name.rsplit('.').next().unwrap_or(name);
    if !last.starts_with(|it: char| it.is_ascii_uppercase()) {
        return Vec::new();
    }
    all(pool, |full| full.strip_suffix(name).is_some_and(|it| it.ends_with('.')))
}

/// All that one word may mean, in any spelling, the likeliest first.
pub(super) fn short(pool: &DescriptorPool, name: &str) -> Vec<Named> {
    let plain = squashed(name);
    let short = SHORT.iter().filter(|it| squashed(it.0) == plain).flat_map(|it| it.1);
    let mut found: Vec<_> = short.filter_map(|it| pool.get_message_by_name(it)).map(Named::Message).collect();
    let mut alike = all(pool, |full| squashed(full.rsplit('.').next().unwrap_or(full)) == plain);
    alike.retain(|it| !found.contains(it));
    found.extend(alike);
    found
}

/// The messages that configure an extension, by its name.
pub(super) fn extension(pool: &DescriptorPool, name: &str) -> Vec<MessageDescriptor> {
    let Some(messages) = comments::extension(name) else { return Vec::new() };
    let messages: Vec<_> = messages.split(' ').filter_map(|it| pool.get_message_by_name(it)).collect();
    if messages.len() == 1 {
        return messages;
    }
    let last = squashed(name.rsplit('.').next().unwrap_or(name));
    if let Some(same) = messages.iter().find(|it| squashed(it.name()) == last) {
        return vec![same.clone()];
    }
    // What another message of the file holds, and what only overrides, is not the extension's own.
    let is_held = |it: &MessageDescriptor| {
        let holds = |other: &MessageDescriptor| other != it && mentions(other, it);
        messages.iter().any(holds)
    };
    let is_other = |it: &MessageDescriptor| {
        let name = it.name();
        ["PerRoute", "PerRouteConfig", "ProtocolOptions", "Overrides", "Override"].iter().any(|end| name.ends_with(end))
    };
    let own: Vec<_> = messages.iter().filter(|it| !is_held(it) && !is_other(it)).cloned().collect();
    // Of several, the one that is named as the extension.
    let alike = own.iter().filter(|it| squashed(it.name()).contains(&last)).cloned().collect::<Vec<_>>();
    match (alike.as_slice(), own.is_empty()) {
        ([only], _) => vec![only.clone()],
        (_, false) => own,
        (_, true) => messages.into_iter().take(1).collect(),
    }
}

/// The extension that a message configures.
pub(super) fn extension_of(pool: &DescriptorPool, message: &MessageDescriptor) -> Option<&'static str> {
    let name = message.full_name();
    let mut found: Vec<_> = comments::extensions().filter(|it| it.1.split(' ').any(|it| it == name)).collect();
    found.sort_unstable();
    found.into_iter().map(|it| it.0).find(|it| extension(pool, it).contains(message))
}

/// The extensions of the categories that a comment on an `Any` names: `[#extension-category: envoy.filters.http]`.
pub(super) fn of_category(about: &str) -> Vec<&'static str> {
    let categories =
        about.split("[#extension-category:").nth(1).and_then(|it| it.split(']').next()).unwrap_or_default();
    let fits = |name: &str| {
        let of = |category: &str| name.strip_prefix(category.trim()).is_some_and(|it| it.starts_with('.'));
        categories.split(',').filter(|it| !it.trim().is_empty()).any(of)
    };
    let mut names: Vec<_> = comments::extensions().map(|it| it.0).filter(|it| fits(it)).collect();
    names.sort_unstable();
    names
}

/// Whether a message has a field of another one, itself or in a message nested in it.
fn mentions(message: &MessageDescriptor, other: &MessageDescriptor) -> bool {
    message.fields().any(|it| it.kind().as_message() == Some(other))
        || message.child_messages().any(|it| mentions(&it, other))
}

/// Messages and enums by their full names, the likeliest first.
fn all(pool: &DescriptorPool, is_meant: impl Fn(&str) -> bool) -> Vec<Named> {
    let messages = pool.all_messages().filter(|it| !it.is_map_entry() && is_meant(it.full_name())).map(Named::Message);
    let enums = pool.all_enums().filter(|it| is_meant(it.full_name())).map(Named::Enum);
    let mut found: Vec<_> = messages.chain(enums).collect();
    let rank = |it: &Named| FIRST.iter().position(|first| it.full_name().starts_with(first)).unwrap_or(FIRST.len());
    found.sort_by_key(|it| (rank(it), it.full_name().len(), it.full_name().to_owned()));
    found
}

/// A name without what differs between spellings: `HttpConnectionManager` is `http_connection_manager`.
pub(super) fn squashed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}

/// `HttpConnectionManager` as `http_connection_manager`.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && was_lower {
            out.push('_');
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The best few of the known names that a word may be a misspelling or a part of.
pub(super) fn near<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone, most: usize) -> Vec<&'a str> {
    let plain = squashed(word);
    let mut found: Vec<&str> = did_you_mean(word, known.clone()).into_iter().collect();
    let holds = |it: &&str| plain.len() >= 3 && squashed(it).contains(&plain);
    let mut parts: Vec<&str> = known.filter(holds).collect();
    parts.sort_by_key(|it| (it.len(), *it));
    for part in parts {
        if !found.contains(&part) {
            found.push(part);
        }
    }
    found.truncate(most);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::descriptors;

    #[test]
    fn messages_by_any_name() {
        let pool = descriptors();
        for (name, expected) in [
            ("cluster", "envoy.config.cluster.v3.Cluster"),
            ("Cluster", "envoy.config.cluster.v3.Cluster"),
            ("route_configuration", "envoy.config.route.v3.RouteConfiguration"),
            ("routeConfiguration", "envoy.config.route.v3.RouteConfiguration"),
            ("cluster_load_assignment", "envoy.config.endpoint.v3.ClusterLoadAssignment"),
            (
                "http_connection_manager",
                "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            ),
            ("envoy.router", "envoy.extensions.filters.http.router.v3.Router"),
            ("envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router"),
            (
                "envoy.filters.network.http_connection_manager",
                "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            ),
            ("envoy.filters.http.fault", "envoy.extensions.filters.http.fault.v3.HTTPFault"),
            ("envoy.filters.http.oauth2", "envoy.extensions.filters.http.oauth2.v3.OAuth2"),
            ("envoy.filters.http.jwt_authn", "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"),
            (
                "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
                "envoy.config.core.v3.TypedExtensionConfig",
            ),
            ("Cluster.LbPolicy", "envoy.config.cluster.v3.Cluster.LbPolicy"),
            ("health_status", "envoy.config.core.v3.HealthStatus"),
        ] {
            let found = [exact(&pool, name), tail(&pool, name), short(&pool, name)].concat();
            assert_eq!(found.first().map(Named::full_name), Some(expected), "{name}");
        }
        assert!(short(&pool, "clutser").is_empty() && exact(&pool, "clutser").is_empty());
    }

    #[test]
    fn every_extension_has_few_messages_and_short_names_exist() {
        let pool = descriptors();
        for (name, _) in comments::extensions() {
            assert!((1..=3).contains(&extension(&pool, name).len()), "{name}: {:?}", extension(&pool, name));
        }
        assert!(SHORT.iter().flat_map(|it| it.1).all(|it| pool.get_message_by_name(it).is_some()));
    }
}
