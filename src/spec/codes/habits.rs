//! CH11xx: old habits, accepted with a warning.

super::codes! {
    SINGLE_FOR_LIST "CH1101" Warn "a single value where the field is a list" {
        why: "Old examples give one map where the API has a list. It is taken as a list of one; Envoy does the same.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment:
    cluster_name: web
    endpoints: {lb_endpoints: []}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment:
    cluster_name: web
    endpoints: [{lb_endpoints: []}]
"#,
    }
    NO_TYPED_CONFIG "CH1102" Warn "a filter without `typed_config`" {
        why: "Envoy 1.40 refuses a filter without `typed_config`. For filters that need no settings their defaults are filled in.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: http
  address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: http
        route_config: {name: local}
        http_filters:
        - {name: envoy.filters.http.router}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: http
  address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: http
        route_config: {name: local}
        http_filters:
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
    }
    LEGACY_NAME "CH1103" Warn "an extension's name from before Envoy 1.14" {
        why: "Envoy dropped these names in 1.23. Today the type decides, but the name is what people and statistics see.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: http
  address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: http
        route_config: {name: local}
        http_filters:
        - {name: envoy.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: http
  address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: http
        route_config: {name: local}
        http_filters:
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
    }
    V2_TYPE "CH1104" Warn "a type of the v2 API" {
        why: "Envoy dropped the v2 API in 1.18. Where the v3 type is the same but for its name, it is taken for it.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.api.v2.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
"#,
    }
    DEPRECATED "CH1105" Warn "a deprecated field" {
        why: "Envoy warns of deprecated fields, later refuses them, and at last forgets them. The help says what to use instead, where it is known.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  http2_protocol_options: {}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http2_protocol_options: {}}
"#,
    }
    NOT_SERVED "CH1106" Warn "a setting that is read but has no effect yet" {
        why: "It is read so that documents for other servers work, but changes nothing here yet.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
  name: web
  ttl: 5s
  resource:
    "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
    name: web
    type: STATIC
    load_assignment: {cluster_name: web}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
"#,
    }
    IGNORED_BOOTSTRAP "CH1107" Warn "only the static resources of a bootstrap are served" {
        why: "The rest of a bootstrap is for the Envoy that starts with it: no server can hand it out.",
        bad: r#"admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
static_resources:
  clusters:
  - name: web
    type: STATIC
    load_assignment: {cluster_name: web}
"#,
        good: r#"static_resources:
  clusters:
  - name: web
    type: STATIC
    load_assignment: {cluster_name: web}
"#,
    }
    SINGLE_NODE "CH1108" Warn "`nodes` is a single selector where a list is expected" {
        why: "`nodes` is a list, any of whose selectors suffices. One selector alone is taken as a list of one.",
        bad: r#"nodes: {id: "edge-*"}
spec:
  clusters: []
"#,
        good: r#"nodes: [{id: "edge-*"}]
spec:
  clusters: []
"#,
    }
    CONTRIB "CH1160" Warn "an extension of Envoy's contrib build" {
        why: "Envoy comes in two builds, and only the one called contrib has these extensions: any other refuses what configures them.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: db
  address: {socket_address: {address: 127.0.0.1, port_value: 3306}}
  filter_chains:
  - filters:
    - name: mysql
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.mysql_proxy.v3.MySQLProxy
        stat_prefix: db
    - name: tcp
      typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: db, cluster: db}
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: db
  type: STATIC
  load_assignment: {cluster_name: db}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: db
  address: {socket_address: {address: 127.0.0.1, port_value: 3306}}
  filter_chains:
  - filters:
    - name: tcp
      typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: db, cluster: db}
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: db
  type: STATIC
  load_assignment: {cluster_name: db}
"#,
    }
    NAMELESS_LISTENER "CH1161" Warn "a listener without a name" {
        why: "Envoy makes up a name for a static listener, but one that is served needs its own. It is called after its address; \
              once the address changes, that is another listener.",
        bad: r#"static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: a, cluster: a}
  clusters:
  - {name: a, type: STATIC, load_assignment: {cluster_name: a}}
"#,
        good: r#"static_resources:
  listeners:
  - name: front
    address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: a, cluster: a}
  clusters:
  - {name: a, type: STATIC, load_assignment: {cluster_name: a}}
"#,
    }
}
