//! CH32xx from CH3212 on: listeners, what routes say of filters, formats and headers.

super::codes! {
    MIXED_PROTOCOLS "CH3212" Deny "TCP and UDP addresses in one listener" {
        why: "All addresses of a listener have one protocol.",
        bad: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
additional_addresses:
- address: {socket_address: {protocol: UDP, address: 0.0.0.0, port_value: 8080}}
filter_chains:
- filters:
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
additional_addresses:
- address: {socket_address: {address: '::', port_value: 8080}}
filter_chains:
- filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    BAD_CHAIN_MATCH "CH3213" Deny "a filter chain match that Envoy refuses" {
        why: "A `*` can stand for the whole first label of a server name only, and some fields of the API were \
              never implemented.",
        bad: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
filter_chains:
- filter_chain_match: {server_names: ['api.*.example.com']}
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
- filter_chain_match: {server_names: ['*.example.com']}
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
    UDP_CHAINS "CH3214" Deny "filter chains in a UDP listener" {
        why: "UDP has no connections. What to do with datagrams is said by listener filters, or by `quic_options` \
              for HTTP/3.",
        bad: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {protocol: UDP, address: 0.0.0.0, port_value: 8080}}
filter_chains:
- filters:
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
- filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    HTTP3_AND_QUIC "CH3215" Deny "HTTP/3 without QUIC, or QUIC without HTTP/3" {
        why: "HTTP/3 is spoken over QUIC, on a UDP listener with `quic_options` and a QUIC transport socket; and \
              such a listener speaks nothing else.",
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
      codec_type: HTTP3
      http_filters:
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
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
      codec_type: HTTP2
      http_filters:
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
    }
    PER_ROUTE "CH3216" Deny "a configuration that a filter does not take from a route" {
        why: "A filter's configuration for routes often has a type of its own, such as `BufferPerRoute`. Some \
              filters take none. Envoy refuses the others.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web}
    typed_per_filter_config:
      envoy.filters.http.buffer: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 5}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web}
    typed_per_filter_config:
      envoy.filters.http.buffer: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, disabled: true}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    PER_ROUTE_UNUSED "CH3217" Warn "a route that configures a filter which is not there" {
        why: "Keys of `typed_per_filter_config` are the names that filters have in `http_filters`. Envoy takes any \
              other, and does nothing with it.",
        bad: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
filter_chains:
- filters:
  - name: envoy.filters.network.http_connection_manager
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      stat_prefix: http
      route_config:
        virtual_hosts:
        - name: all
          domains: ['*']
          routes:
          - match: {prefix: /}
            route: {cluster: web}
            typed_per_filter_config:
              cors: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy}
      http_filters:
      - {name: envoy.filters.http.cors, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}}
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
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
      route_config:
        virtual_hosts:
        - name: all
          domains: ['*']
          routes:
          - match: {prefix: /}
            route: {cluster: web}
            typed_per_filter_config:
              envoy.filters.http.cors: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy}
      http_filters:
      - {name: envoy.filters.http.cors, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}}
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    BAD_FORMAT "CH3218" Deny "a format that Envoy cannot read" {
        why: "In access logs, headers and answers, `%REQ(x)%` and its kind are put in. Envoy refuses operators \
              that it does not know, a parameter too many or too few, and a single `%`: write `%%` for it.",
        bad: "spec:
  listeners:
  - name: http
    port: 8080
    access_log: {to: /dev/stdout, format: '%REQ(:METHOD)% %RESPONSE_COD%'}
    routes: [{prefix: /, cluster: web}]
  clusters: [{name: web, endpoints: ['10.0.0.1:80']}]
",
        good: "spec:
  listeners:
  - name: http
    port: 8080
    access_log: {to: /dev/stdout, format: '%REQ(:METHOD)% %RESPONSE_CODE%'}
    routes: [{prefix: /, cluster: web}]
  clusters: [{name: web, endpoints: ['10.0.0.1:80']}]
",
    }
    RESERVED_HEADER "CH3219" Deny "a header that Envoy lets nobody touch" {
        why: "`host` and headers that begin with `:` decide where a request goes. Routes have fields of their own \
              to change them.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web}
    request_headers_to_add: [{header: {key: host, value: internal}}]
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, host_rewrite_literal: internal}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    EXCLUSIVE "CH3220" Deny "settings that exclude each other" {
        why: "Both answer the same question, so Envoy refuses them together.",
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
      strip_matching_host_port: true
      strip_any_host_port: true
      http_filters:
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
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
      strip_any_host_port: true
      http_filters:
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
    }
    BAD_HEADER_NAME "CH3222" Warn "a name that no header can have" {
        why: "Envoy takes it, and clients and servers refuse messages with such a header.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web}
    response_headers_to_add: [{header: {key: x user, value: '1'}}]
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web}
    response_headers_to_add: [{header: {key: x-user, value: '1'}}]
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    NO_LISTENER_ADDRESS "CH3223" Deny "a listener without an address" {
        why: "A listener has a socket, or is an API listener or an internal one.",
        bad: r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
name: edge
filter_chains:
- filters:
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
- filters:
  - name: envoy.filters.network.tcp_proxy
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
      stat_prefix: tcp
      cluster: web
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
}
