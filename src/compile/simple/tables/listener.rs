//! Listeners, their filter chains, and plain TCP.

use super::super::shape::Shape::{Boolean, Duration, Integer, List, Map, Object, Raw, Short, Text};
use super::super::shape::object;
use super::http::{ACCESS_LOG, HTTP};
use super::route::{ROUTE, VIRTUAL_HOST};
use super::tls::DOWNSTREAM_TLS;

object! {
    /// A listener.
    LISTENER: "a listener", "envoy.config.listener.v3.Listener";
    @one_of [routes virtual_hosts route_config_name tcp];
    name required: Text => "name", "The listener's name, and that of its route configuration";
    address: Text, "The IP address to listen on; `0.0.0.0` by default";
    port: Integer, "The port to listen on";
    path: Text, "A unix socket to listen on, instead of `address` and `port`";
    api_listener: Boolean, "For proxyless gRPC clients: no socket, the name is the clients' target";
    routes: List(&Object(&ROUTE)), "What to do with requests, first match first; short for one virtual host with all domains";
    virtual_hosts: List(&Object(&VIRTUAL_HOST)), "Routes by the request's host";
    route_config_name: Text, "Take the routes of another listener, by its name";
    route_config: Raw("envoy.config.route.v3.RouteConfiguration"), "Fields merged over the generated RouteConfiguration";
    tcp: Short("cluster", &TCP), "Forward bytes instead of HTTP requests";
    tls: Object(&DOWNSTREAM_TLS), "Terminate TLS";
    filter_chains: List(&Object(&FILTER_CHAIN)), "Several of the above, by SNI and other marks of the connection";
    http: Object(&HTTP), "Settings of the HTTP connection manager";
    http_filters: List(&Raw("envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter")), "Envoy's HTTP filters, in order; the router is added at the end if it is missing";
    network_filters: List(&Raw("envoy.config.listener.v3.Filter")), "Envoy's network filters, before HTTP or TCP";
    listener_filters: List(&Raw("envoy.config.listener.v3.ListenerFilter")) => "listener_filters", "Envoy's listener filters; the TLS inspector is added if it is needed";
    proxy_protocol: Boolean, "Expect the PROXY protocol before anything else";
    access_log: List(&Short("to", &ACCESS_LOG)), "Where to log requests or connections";
    stat_prefix: Text, "The prefix of the listener's HTTP or TCP metrics; its name by default";
    per_connection_buffer_limit_bytes: Integer => "per_connection_buffer_limit_bytes", "Soft limit of the buffers of one connection";
}

object! {
    /// A filter chain.
    FILTER_CHAIN: "a filter chain", "envoy.config.listener.v3.FilterChain";
    @one_of [routes virtual_hosts route_config_name tcp];
    name required: Text => "name", "The chain's name; its route configuration is `LISTENER/NAME`";
    server_names: List(&Text) => "filter_chain_match.server_names", "For connections with these server names (SNI); `*.example.com` for all below";
    application_protocols: List(&Text) => "filter_chain_match.application_protocols", "For connections with these ALPN protocols";
    tls: Object(&DOWNSTREAM_TLS), "As in a listener";
    routes: List(&Object(&ROUTE)), "As in a listener";
    virtual_hosts: List(&Object(&VIRTUAL_HOST)), "As in a listener";
    route_config_name: Text, "As in a listener";
    route_config: Raw("envoy.config.route.v3.RouteConfiguration"), "As in a listener";
    tcp: Short("cluster", &TCP), "As in a listener";
    http: Object(&HTTP), "As in a listener, whose own is the default";
    http_filters: List(&Raw("envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter")), "As in a listener, whose own is the default";
    network_filters: List(&Raw("envoy.config.listener.v3.Filter")), "As in a listener, whose own is the default";
    access_log: List(&Short("to", &ACCESS_LOG)), "As in a listener, whose own is the default";
    stat_prefix: Text, "As in a listener, whose own is the default";
}

object! {
    /// Plain TCP.
    TCP: "tcp", "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
    @one_of [cluster clusters];
    cluster: Text, "Where to";
    clusters: List(&Short("name", &TCP_CLUSTER)), "Where to, when split over several";
    idle_timeout: Duration => "idle_timeout", "Close after this time without bytes; Envoy's default is `1h`";
    max_connection_duration: Duration => "max_downstream_connection_duration", "Close after this time in any case";
    max_connect_attempts: Integer => "max_connect_attempts", "How often to try to connect; Envoy's default is 1";
    subset: Map(&Text), "Only endpoints with this metadata";
}

object! {
    /// One cluster of a split of connections.
    TCP_CLUSTER: "a cluster of a split", "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight";
    name required: Text => "name", "The cluster's name";
    weight: Integer => "weight", "Its share of the sum of all weights";
    subset: Map(&Text), "Only endpoints with this metadata";
}
