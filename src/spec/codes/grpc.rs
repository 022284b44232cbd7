//! CH37xx: what proxyless gRPC clients cannot use, for documents with `profile: grpc`.

super::codes! {
    GRPC_ROUTER "CH3701" Deny "an HTTP filter chain that gRPC refuses" {
        why: "gRPC refuses a connection manager without HTTP filters, where Envoy takes it (A39).",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: web
  api_listener:
    api_listener:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      route_config: {virtual_hosts: []}
      http_filters: []
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: web
  api_listener:
    api_listener:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      route_config: {virtual_hosts: []}
      http_filters: 
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
    }
    GRPC_LISTENER "CH3702" Deny "a listener that gRPC clients cannot use" {
        why: "A client asks for a listener with an `api_listener`, which holds an HTTP connection manager with \
              `rds` or an inline `route_config` (A27). Who called is known from the connection alone (A41).",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: web
  api_listener:
    api_listener:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      xff_num_trusted_hops: 1
      route_config: {virtual_hosts: []}
      http_filters: 
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: web
  api_listener:
    api_listener:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      route_config: {virtual_hosts: []}
      http_filters: 
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
    }
    GRPC_FILTER "CH3703" Deny "an HTTP filter that gRPC does not have" {
        why: "gRPC has the router, `fault`, `rbac`, `stateful_session` and few others, and refuses a listener with \
              another one unless that is optional (A39). Names of filters are unique.",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: web
  api_listener:
    api_listener:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      route_config: {virtual_hosts: []}
      http_filters: 
      - {name: envoy.filters.http.cors, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}}
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: web
  api_listener:
    api_listener:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      route_config: {virtual_hosts: []}
      http_filters: 
      - {is_optional: true, name: envoy.filters.http.cors, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}}
      - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
    }
    GRPC_SOURCE "CH3704" Deny "a config source that gRPC does not ask" {
        why: "A gRPC client has one stream to one server: all that it asks for comes by `ads` or `self` (A27, \
              A47).",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {path_config_source: {path: /eds.yaml}}}
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
"#,
    }
    GRPC_ROUTE "CH3705" Deny "a route that gRPC refuses" {
        why: "Paths are matched by `prefix`, `path` or `safe_regex` (A28), and a retry policy allows at least one \
              retry (A44).",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: web
  virtual_hosts:
  - name: all
    domains: ['*']
    routes:
    - match: {path_separated_prefix: /helloworld.Greeter}
      route: {cluster: web}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: web
  virtual_hosts:
  - name: all
    domains: ['*']
    routes:
    - match: {prefix: /helloworld.Greeter/}
      route: {cluster: web}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    GRPC_CLUSTER "CH3706" Deny "a type of cluster that gRPC does not have" {
        why: "gRPC has EDS, LOGICAL_DNS with one endpoint, and aggregate clusters (A27, A37).",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
"#,
    }
    GRPC_POLICY "CH3707" Deny "a load balancing policy that gRPC does not have" {
        why: "By `lb_policy` gRPC has ROUND_ROBIN, RING_HASH and LEAST_REQUEST (A42, A48). Of \
              `load_balancing_policy` it takes the first one that it knows, and refuses a list without one (A52).",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
  lb_policy: MAGLEV
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
  lb_policy: RING_HASH
"#,
    }
    GRPC_ENDPOINTS "CH3708" Deny "endpoints that gRPC refuses" {
        why: "Priorities have no gaps, a locality stands once in each of them, addresses are unique, and weights \
              sum up to no more than 4294967295 (A27).",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - priority: 0
    locality: {zone: z0}
    load_balancing_weight: 1
    lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]
  - priority: 2
    locality: {zone: z2}
    load_balancing_weight: 1
    lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - priority: 0
    locality: {zone: z0}
    load_balancing_weight: 1
    lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]
  - priority: 1
    locality: {zone: z1}
    load_balancing_weight: 1
    lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]
"#,
    }
    GRPC_TLS "CH3709" Deny "TLS that gRPC does not take" {
        why: "Certificates come from the providers of gRPC's bootstrap, not from secrets or the message itself \
              (A29).",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context:
        validation_context: {trusted_ca: {filename: /etc/ca.pem}}
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context:
        validation_context: {ca_certificate_provider_instance: {instance_name: default}}
"#,
    }
    GRPC_SERVER "CH3710" Deny "a listener that gRPC servers refuse" {
        why: "A server asks for a listener by the address that it serves, which must be the listener's (A36). It \
              has no listener filters, and each chain is one HTTP connection manager.",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: 'grpc/server?xds.resource.listening_address=0.0.0.0:50051'
  address: {socket_address: {address: 0.0.0.0, port_value: 50052}}
  filter_chains:
  - filters:
    - name: http
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: http
        route_config: {virtual_hosts: [{name: all, domains: ["*"], routes: [{match: {prefix: /}, non_forwarding_action: {}}]}]}
        http_filters:
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: 'grpc/server?xds.resource.listening_address=0.0.0.0:50051'
  address: {socket_address: {address: 0.0.0.0, port_value: 50051}}
  filter_chains:
  - filters:
    - name: http
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: http
        route_config: {virtual_hosts: [{name: all, domains: ["*"], routes: [{match: {prefix: /}, non_forwarding_action: {}}]}]}
        http_filters:
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
"#,
    }
    GRPC_IGNORED "CH3711" Warn "something that gRPC passes over" {
        why: "gRPC takes it, and does not do what it says: a locality without a weight gets no calls, a redirect \
              fails, and only five conditions are retried on.",
        bad: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - locality: {zone: a}
    lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]
"#,
        good: r#"profile: grpc
resources:
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - priority: 0
    locality: {zone: z0}
    load_balancing_weight: 1
    lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]
"#,
    }
}
