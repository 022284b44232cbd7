//! The one table of resource types: names, wire order, wildcard and full-state rules, service methods.
//!
//! Everything in the crate that differs by type is a column here. A type that is not in the table is served all the
//! same on ADS (P6, P202), under the rules of [`OTHER`].

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// One resource type and all the rules that depend on it.
#[derive(Debug)]
pub struct TypeRow {
    /// The service's short name, as people say it: `CDS`.
    pub short: &'static str,
    /// The type URL, with the `type.googleapis.com/` prefix.
    pub url: &'static str,
    /// The field of the message that holds the resource's name; empty where only a `Resource` wrapper can name it.
    pub name_field: &'static str,
    /// Place in the order of wire bytes on one stream, lowest first (P129, P133).
    pub order: u8,
    /// Whether a first request without names means "all of them" (P62).
    pub legacy_wildcard: bool,
    /// Whether each SotW response holds the whole selected set, so that absence means deletion (P67, P68).
    pub full_state: bool,
    /// Whether clients ask by alias and wait for an answer: an unknown name is then answered by a resource without a
    /// body, not as removed (P121, P197).
    pub by_alias: bool,
    /// Whether a named resource that does not exist is, in state of the world, sent as one with a name and nothing else:
    /// an absent runtime layer is an empty one, and there is no other way to say so (P186). Envoy does not start while
    /// it waits for a layer.
    pub empty_if_absent: bool,
    /// Whether resources of this type send traffic somewhere: what they name must be there before them, and may go only
    /// after them (P131, P132).
    pub routes: bool,
    /// Whether what is no longer there may be offered a while longer without a clash: names alone tell one from another.
    pub lingers: bool,
    /// The singleton gRPC service, fully qualified.
    pub service: &'static str,
    /// The state-of-the-world method, where the service has one.
    pub stream_method: Option<&'static str>,
    /// The incremental method.
    pub delta_method: &'static str,
}

macro_rules! rows {
    ($($short:literal $order:literal $url:literal $name:literal $legacy:literal $full:literal $alias:literal $empty:literal $routes:literal $lingers:literal $service:literal $stream:expr, $delta:literal;)*) => {
        &[$(TypeRow {
            short: $short,
            url: concat!("type.googleapis.com/", $url),
            name_field: $name,
            order: $order,
            legacy_wildcard: $legacy,
            full_state: $full,
            by_alias: $alias,
            empty_if_absent: $empty,
            routes: $routes,
            lingers: $lingers,
            service: concat!("envoy.service.", $service),
            stream_method: $stream,
            delta_method: $delta,
        }),*]
    };
}

/// All types with a discovery service of their own, in wire order.
///
/// What others refer to goes first: runtime and secrets, then clusters before endpoints before listeners before
/// routes (xDS protocol, "Eventual consistency considerations"; P129, P133, P194).
#[rustfmt::skip]
pub const TYPES: &[TypeRow] = rows! {
    "RTDS" 0 "envoy.service.runtime.v3.Runtime" "name" false false false true false true "runtime.v3.RuntimeDiscoveryService" Some("StreamRuntime"), "DeltaRuntime";
    "SDS" 1 "envoy.extensions.transport_sockets.tls.v3.Secret" "name" false false false false false true "secret.v3.SecretDiscoveryService" Some("StreamSecrets"), "DeltaSecrets";
    "CDS" 2 "envoy.config.cluster.v3.Cluster" "name" true true false false false true "cluster.v3.ClusterDiscoveryService" Some("StreamClusters"), "DeltaClusters";
    "EDS" 3 "envoy.config.endpoint.v3.ClusterLoadAssignment" "cluster_name" false false false false false true "endpoint.v3.EndpointDiscoveryService" Some("StreamEndpoints"), "DeltaEndpoints";
    "LEDS" 3 "envoy.config.endpoint.v3.LbEndpoint" "" false false false false false true "endpoint.v3.LocalityEndpointDiscoveryService" None, "DeltaLocalityEndpoints";
    "ECDS" 4 "envoy.config.core.v3.TypedExtensionConfig" "name" false false false false true true "extension.v3.ExtensionConfigDiscoveryService" Some("StreamExtensionConfigs"), "DeltaExtensionConfigs";
    "LDS" 5 "envoy.config.listener.v3.Listener" "name" true true false false true false "listener.v3.ListenerDiscoveryService" Some("StreamListeners"), "DeltaListeners";
    "SRDS" 6 "envoy.config.route.v3.ScopedRouteConfiguration" "name" true false false false true false "route.v3.ScopedRoutesDiscoveryService" Some("StreamScopedRoutes"), "DeltaScopedRoutes";
    "RDS" 7 "envoy.config.route.v3.RouteConfiguration" "name" false false false false true true "route.v3.RouteDiscoveryService" Some("StreamRoutes"), "DeltaRoutes";
    "VHDS" 8 "envoy.config.route.v3.VirtualHost" "name" false false true false true true "route.v3.VirtualHostDiscoveryService" None, "DeltaVirtualHosts";
};

/// The rules for a type that has no row: named subscriptions only, last in the wire order.
static OTHER: TypeRow = TypeRow {
    short: "other",
    url: "",
    name_field: "name",
    order: 9,
    legacy_wildcard: false,
    full_state: false,
    by_alias: false,
    empty_if_absent: false,
    routes: false,
    lingers: true,
    service: "",
    stream_method: None,
    delta_method: "",
};

/// A resource type: a row of the table, or any other type URL. Ordered as on the wire.
#[derive(Clone)]
pub enum ResourceType {
    /// A type with a discovery service of its own.
    Known(&'static TypeRow),
    /// Any other type, by its URL.
    Other(Arc<str>),
}

impl ResourceType {
    /// The type that a URL names.
    pub fn from_url(url: &str) -> Self {
        match TYPES.iter().find(|row| row.url == url) {
            Some(row) => Self::Known(row),
            None => Self::Other(url.into()),
        }
    }

    /// The type of a short name such as `CDS`; for code and tests that name a type literally.
    pub fn from_short(short: &str) -> Option<Self> {
        TYPES.iter().find(|row| row.short == short).map(Self::Known)
    }

    /// All rows of the table as types.
    pub fn all_known() -> impl Iterator<Item = Self> {
        TYPES.iter().map(Self::Known)
    }

    /// The rules of this type.
    pub fn rules(&self) -> &'static TypeRow {
        match self {
            Self::Known(row) => row,
            Self::Other(_) => &OTHER,
        }
    }

    /// The type URL.
    pub fn url(&self) -> &str {
        match self {
            Self::Known(row) => row.url,
            Self::Other(url) => url,
        }
    }

    /// The full name of the message, without the URL's prefix.
    pub fn message(&self) -> &str {
        let url = self.url();
        url.rsplit_once('/').map_or(url, |(_, name)| name)
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(row) => f.write_str(row.short),
            Self::Other(url) => f.write_str(url),
        }
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for ResourceType {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            // A row is known by its short name, which is met far more often than it is worth comparing URLs.
            (Self::Known(a), Self::Known(b)) => a.short == b.short,
            (Self::Other(a), Self::Other(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for ResourceType {}

impl PartialOrd for ResourceType {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceType {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.rules().order, self.url()).cmp(&(other.rules().order, other.url()))
    }
}

impl Hash for ResourceType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Known(row) => row.short.hash(state),
            Self::Other(url) => url.hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p129_the_table_is_in_wire_order_and_clusters_precede_what_uses_them() {
        let shorts: Vec<_> = TYPES.iter().map(|row| row.short).collect();
        assert_eq!(shorts, ["RTDS", "SDS", "CDS", "EDS", "LEDS", "ECDS", "LDS", "SRDS", "RDS", "VHDS"]);
        assert!(TYPES.iter().is_sorted_by_key(|row| row.order));
        assert!(ResourceType::from_url("example.com/any.Thing") > ResourceType::Known(&TYPES[9]));
    }

    #[test]
    fn every_row_exists_in_envoys_descriptors() {
        let pool = super::super::descriptors();
        for row in TYPES {
            let kind = ResourceType::Known(row);
            let message = pool.get_message_by_name(kind.message()).expect(row.url);
            let has_name = message.get_field_by_name(row.name_field).is_some();
            assert!(has_name || row.name_field.is_empty(), "{}", row.url);
            let name = message.get_field_by_name(row.name_field);
            assert!(!row.empty_if_absent || name.is_some_and(|it| it.number() == 1), "{}", row.url);
            let service = pool.get_service_by_name(row.service).expect(row.service);
            let has = |name: &str| service.methods().any(|it| it.name() == name);
            assert!(has(row.delta_method), "{}", row.delta_method);
            assert!(row.stream_method.is_none_or(has), "{:?}", row.stream_method);
        }
    }
}
