//! CH31xx: things that cannot be there twice.

super::codes! {
    SAME_ADDRESS "CH3101" Deny "two listeners on one address" {
        why: "Envoy refuses the listener that comes second. It does so also with `bind_to_port: false` and with \
              `enable_reuse_port`. Port 0 is no port, and TCP and UDP do not disturb each other.",
        bad: "spec:
  listeners:
  - {name: a, port: 8080, routes: [{prefix: /, direct_response: 200}]}
  - {name: b, port: 8080, routes: [{prefix: /, direct_response: 200}]}
",
        good: "spec:
  listeners:
  - {name: a, port: 8080, routes: [{prefix: /, direct_response: 200}]}
  - {name: b, port: 8081, routes: [{prefix: /, direct_response: 200}]}
",
    }
    SAME_DOMAIN "CH3102" Deny "a domain that two virtual hosts take" {
        why: "Envoy looks a request's host up among all domains of a route configuration, and refuses one that has \
              a domain twice. The case of letters does not matter, and `*` can stand once.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: a, domains: [a.example.com], routes: [{match: {prefix: /}, route: {cluster: web}}]}
- {name: b, domains: [A.example.com], routes: [{match: {prefix: /}, route: {cluster: web}}]}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: a, domains: [a.example.com], routes: [{match: {prefix: /}, route: {cluster: web}}]}
- {name: b, domains: [b.example.com], routes: [{match: {prefix: /}, route: {cluster: web}}]}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    SAME_VIRTUAL_HOST "CH3103" Warn "two virtual hosts of one name" {
        why: "Envoy takes them, but counts both under one name, and logs and VHDS tell hosts apart by their names.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: a, domains: [a.example.com], routes: [{match: {prefix: /}, route: {cluster: web}}]}
- {name: a, domains: [b.example.com], routes: [{match: {prefix: /}, route: {cluster: web}}]}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: a, domains: [a.example.com], routes: [{match: {prefix: /}, route: {cluster: web}}]}
- {name: b, domains: [b.example.com], routes: [{match: {prefix: /}, route: {cluster: web}}]}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    SAME_MATCH "CH3104" Deny "two filter chains that match the same connections" {
        why: "Envoy lays out all combinations of a match's conditions. If two chains have one in common, it \
              refuses the listener. Server names are compared in lower case, networks without the bits behind \
              their prefix, and `*.example.com` is `.example.com`.",
        bad: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
filter_chains:
- filter_chain_match: {server_names: [a.example.com, c.example.com]}
  filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
- filter_chain_match: {server_names: [b.example.com, A.example.com]}
  filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
filter_chains:
- filter_chain_match: {server_names: [a.example.com]}
  filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
- filter_chain_match: {server_names: [b.example.com]}
  filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    SAME_CHAIN_NAME "CH3105" Deny "filter chains that a matcher cannot tell apart" {
        why: "With `filter_chain_matcher`, Envoy picks a filter chain by its name: each needs one, and none can \
              stand twice.",
        bad: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
filter_chains:
- name: a
  filter_chain_match: {server_names: [a.example.com]}
  filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
- name: a
  filter_chain_match: {server_names: [b.example.com]}
  filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
filter_chain_matcher:
  on_no_match:
    action:
      name: a
      typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: a}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
filter_chains:
- name: a
  filter_chain_match: {server_names: [a.example.com]}
  filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
- name: b
  filter_chain_match: {server_names: [b.example.com]}
  filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
filter_chain_matcher:
  on_no_match:
    action:
      name: a
      typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: a}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    SAME_UPGRADE "CH3106" Deny "an upgrade that stands twice" {
        why: "Envoy compares types of upgrades without regard to the case of their letters, and refuses the \
              second.",
        bad: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
filter_chains:
- filters:
  - name: envoy.filters.network.http_connection_manager
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      stat_prefix: http
      route_config: {virtual_hosts: []}
      http_filters:
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
      upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: WebSocket}]
"#,
        good: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
filter_chains:
- filters:
  - name: envoy.filters.network.http_connection_manager
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      stat_prefix: http
      route_config: {virtual_hosts: []}
      http_filters:
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
      upgrade_configs: [{upgrade_type: websocket}]
"#,
    }
}
