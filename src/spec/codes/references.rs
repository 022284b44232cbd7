//! CH30xx: references from one resource to another, within a document and across them.

super::codes! {
    MISSING_CLUSTER "CH3001" Deny "a cluster that no document defines" {
        why: "Envoy accepts a route to a cluster that it does not have, and answers every request on it with 503. \
              In other places it refuses the whole listener. If the cluster stands in the Envoy's own bootstrap, name \
              it with `--static-cluster`.",
        bad: "spec:
  listeners:
  - {name: http, port: 8080, routes: [{prefix: /, cluster: wbe}]}
  clusters:
  - {name: web, endpoints: ['10.0.0.1:80']}
",
        good: "spec:
  listeners:
  - {name: http, port: 8080, routes: [{prefix: /, cluster: web}]}
  clusters:
  - {name: web, endpoints: ['10.0.0.1:80']}
",
    }
    MISSING_ROUTES "CH3002" Deny "a route configuration that no document defines" {
        why: "The listener asks for the route configuration by its name, waits `initial_fetch_timeout` (15 seconds) for it, and then answers every request with 404.",
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
        rds: {route_config_name: loacl, config_source: {ads: {}, resource_api_version: V3}}
        http_filters:
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: local
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
        rds: {route_config_name: local, config_source: {ads: {}, resource_api_version: V3}}
        http_filters:
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: local
"#,
    }
    MISSING_ENDPOINTS "CH3003" Warn "endpoints that no document defines" {
        why: "A cluster of type EDS asks for its endpoints by `eds_cluster_config.service_name`, or else by its own name. Without an answer it warms for `initial_fetch_timeout` (15 seconds), and then has no endpoints.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: wbe
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
"#,
    }
    MISSING_SECRET "CH3004" Deny "a secret that no document defines" {
        why: "Whoever asks for a secret that nobody has waits for it: a listener refuses connections, a cluster makes none.",
        bad: r#"spec:
  listeners:
  - name: https
    port: 8443
    tls: {certificate: {secret: egde}}
    routes: [{prefix: /, direct_response: {status: 200}}]
  secrets:
  - {name: edge, certificate: {cert_file: /etc/tls/cert.pem, key_file: /etc/tls/key.pem}}
"#,
        good: r#"spec:
  listeners:
  - name: https
    port: 8443
    tls: {certificate: {secret: edge}}
    routes: [{prefix: /, direct_response: {status: 200}}]
  secrets:
  - {name: edge, certificate: {cert_file: /etc/tls/cert.pem, key_file: /etc/tls/key.pem}}
"#,
    }
    MISSING_EXTENSION "CH3005" Deny "an extension configuration that no document defines" {
        why: "A filter with `config_discovery` is asked for by its name. Until it comes, the listener does not start; after the timeout, requests are answered with 500.",
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
        - name: fault
          config_discovery:
            config_source: {ads: {}, resource_api_version: V3}
            type_urls: [type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault]
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
- "@type": type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
  name: fautl
  typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault}
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
        - name: fault
          config_discovery:
            config_source: {ads: {}, resource_api_version: V3}
            type_urls: [type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault]
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
- "@type": type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
  name: fault
  typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault}
"#,
    }
    NOT_FOR_ALL "CH3006" Warn "a name that only some of the nodes get which need it" {
        why: "Documents are for nodes. A reference holds only if every node that gets it also gets what it names; for the others it is missing.",
        bad: "",
        good: "",
    }
    UNUSED_CLUSTER "CH3007" Warn "a cluster that nothing refers to" {
        why: "A cluster that no route names costs health checks and memory, and is often left over from an edit, or misspelled where it should be used. It is told only where listeners or routes are served too, and none of them picks clusters by what a request says.",
        bad: r#"spec:
  listeners:
  - {name: http, port: 8080, routes: [{prefix: /, cluster: web}]}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
  - {name: old, endpoints: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  listeners:
  - {name: http, port: 8080, routes: [{prefix: /, cluster: web}]}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    UNUSED_ROUTES "CH3008" Warn "a route configuration that nothing refers to" {
        why: "No listener asks for it, so no Envoy ever gets it: most likely one of the two names is misspelled.",
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
        rds: {route_config_name: local, config_source: {ads: {}, resource_api_version: V3}}
        http_filters:
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: local
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: spare
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
        rds: {route_config_name: local, config_source: {ads: {}, resource_api_version: V3}}
        http_filters:
        - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: local
"#,
    }
    UNUSED_ENDPOINTS "CH3009" Warn "endpoints that nothing refers to" {
        why: "No cluster asks for these endpoints: most likely one of the two names is misspelled.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: spare
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
"#,
    }
    UNUSED_SECRET "CH3010" Warn "a secret that nothing refers to" {
        why: "Nothing asks for the secret. A key that is not needed should not be kept where it could leak.",
        bad: r#"spec:
  listeners:
  - name: https
    port: 8443
    tls: {certificate: {secret: edge}}
    routes: [{prefix: /, direct_response: {status: 200}}]
  secrets:
  - {name: edge, certificate: {cert_file: /etc/tls/cert.pem, key_file: /etc/tls/key.pem}}
  - {name: spare, certificate: {cert_file: /etc/tls/cert.pem, key_file: /etc/tls/key.pem}}
"#,
        good: r#"spec:
  listeners:
  - name: https
    port: 8443
    tls: {certificate: {secret: edge}}
    routes: [{prefix: /, direct_response: {status: 200}}]
  secrets:
  - {name: edge, certificate: {cert_file: /etc/tls/cert.pem, key_file: /etc/tls/key.pem}}
"#,
    }
}
