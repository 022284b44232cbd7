//! CH34xx from CH3422 on: health checks, and connections to endpoints.

super::codes! {
    HEALTH_CHECK_NAMES "CH3422" Deny "several health checks that cannot be told apart" {
        why: "With more than one health check each needs a `name` of its own. Envoy refuses the cluster.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, tcp_health_check: {}}
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: {path: /}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, tcp_health_check: {}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    GRPC_CHECK_HTTP1 "CH3423" Deny "a gRPC health check of a cluster that speaks HTTP/1.1" {
        why: "gRPC is HTTP/2. Envoy refuses the cluster: `cluster must support HTTP/2 for gRPC \
              healthchecking`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, grpc_health_check: {}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, grpc_health_check: {}}
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http2_protocol_options: {}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    STATUS_RANGE "CH3424" Deny "a range of statuses that is empty or not HTTP's" {
        why: "A range is half open: `{start: 200, end: 201}` is 200 alone. Envoy refuses the cluster.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: {path: /, expected_statuses: [{start: 200, end: 200}]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: {path: /, expected_statuses: [{start: 200, end: 201}]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    CHECK_BODY "CH3425" Deny "a health check with a body and a method that has none" {
        why: "Envoy refuses the cluster: only POST, PUT, PATCH and OPTIONS take a request payload.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: {path: /, send: {text: '70696e67'}}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: {path: /, method: POST, send: {text: '70696e67'}}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    HTTP3_CHECK "CH3426" Deny "a health check over HTTP/3" {
        why: "An Envoy 1.40 that gets it ends itself (`panic: not implemented`).",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: {path: /, codec_client_type: HTTP3}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: {path: /, codec_client_type: HTTP2}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    PAYLOAD_HEX "CH3427" Deny "a payload that is not hexadecimal" {
        why: "`text` of a payload is in hexadecimal digits, so that any bytes can be said. Envoy refuses the \
              cluster.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, tcp_health_check: {send: {text: ping}}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  health_checks:
  - {timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, tcp_health_check: {send: {text: '70696e67'}}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    EJECTION_TIMES "CH3428" Deny "an ejection that would end before it begins" {
        why: "An endpoint is ejected for `base_ejection_time` (30s) times the number of its ejections, up to \
              `max_ejection_time`. Envoy refuses a greatest time below the base.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  outlier_detection: {max_ejection_time: 10s}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  outlier_detection: {base_ejection_time: 5s, max_ejection_time: 10s}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    THRESHOLD_IN_VAIN "CH3429" Warn "two thresholds for one priority" {
        why: "Envoy looks at the first one only.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  circuit_breakers: {thresholds: [{max_requests: 100}, {max_connections: 50}]}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  circuit_breakers: {thresholds: [{max_requests: 100, max_connections: 50}]}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    PER_HOST_LIMIT "CH3430" Deny "a limit that endpoints of their own do not have" {
        why: "Of `per_host_thresholds` Envoy supports `max_connections` only, and refuses the others.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  circuit_breakers: {per_host_thresholds: [{max_requests: 5}]}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  circuit_breakers: {per_host_thresholds: [{max_connections: 5}]}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    PROTOCOL_KEY "CH3431" Deny "protocol options under the wrong key" {
        why: "Envoy finds the options by the key, which is the full name of their type with its version.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http2_protocol_options: {}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http2_protocol_options: {}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    AUTO_WITHOUT_TLS "CH3432" Deny "a protocol picked by ALPN, without TLS" {
        why: "`auto_config` lets the endpoint choose between HTTP/1.1 and HTTP/2 as part of TLS. Envoy refuses \
              a cluster whose connections have none.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      auto_config: {}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      auto_config: {}
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    HTTP3_WITHOUT_QUIC "CH3433" Deny "HTTP/3 without what it needs" {
        why: "HTTP/3 is spoken over QUIC, which is a transport socket of its own; and to pick it by itself \
              Envoy must remember which servers have it.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http3_protocol_options: {}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http3_protocol_options: {}}
  transport_socket:
    name: envoy.transport_sockets.quic
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicUpstreamTransport
      upstream_tls_context: {sni: example.com}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    UPSTREAM_CODEC "CH3434" Deny "upstream HTTP filters that do not end with the codec" {
        why: "As filters of a listener end with the router, those of a cluster end with the codec. Envoy \
              refuses others.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http2_protocol_options: {}}
      http_filters:
      - name: envoy.filters.http.header_mutation
        typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config: {http2_protocol_options: {}}
      http_filters:
      - name: envoy.filters.http.header_mutation
        typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation}
      - name: envoy.filters.http.upstream_codec
        typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    DYNAMIC_NAMES "CH3435" Deny "a dynamic forward proxy that verifies no names" {
        why: "It connects to whatever host a request names, so the certificate must be verified for that name. \
              Envoy refuses a cluster that sets its own options without `auto_sni` and `auto_san_validation`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_policy: CLUSTER_PROVIDED
  cluster_type:
    name: envoy.clusters.dynamic_forward_proxy
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig
      dns_cache_config: {name: cache}
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      upstream_http_protocol_options: {auto_sni: true}
      explicit_http_config: {http_protocol_options: {}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_policy: CLUSTER_PROVIDED
  cluster_type:
    name: envoy.clusters.dynamic_forward_proxy
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig
      dns_cache_config: {name: cache}
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      upstream_http_protocol_options: {auto_sni: true, auto_san_validation: true}
      explicit_http_config: {http_protocol_options: {}}
",
    }
    MATCH_IN_VAIN "CH3436" Warn "a transport socket match that is never looked at" {
        why: "The first match is taken, and one with an empty `match` takes every endpoint.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket_matches:
  - {name: all, match: {}, transport_socket: {name: raw, typed_config: {'@type': type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer}}}
  - {name: some, match: {tls: true}, transport_socket: {name: raw, typed_config: {'@type': type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer}}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket_matches:
  - {name: some, match: {tls: true}, transport_socket: {name: raw, typed_config: {'@type': type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer}}}
  - {name: all, match: {}, transport_socket: {name: raw, typed_config: {'@type': type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer}}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    SOURCE_ADDRESSES "CH3437" Deny "source addresses that Envoy cannot choose from" {
        why: "It takes one source address, and at most one more of the other IP version.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  upstream_bind_config:
    source_address: {address: 10.0.0.5, port_value: 0}
    extra_source_addresses: [{address: {address: 10.0.0.6, port_value: 0}}]
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  upstream_bind_config:
    source_address: {address: 10.0.0.5, port_value: 0}
    extra_source_addresses: [{address: {address: 'fd00::5', port_value: 0}}]
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    UNKNOWN_CLUSTER_TYPE "CH3438" Deny "a cluster type that Envoy does not have" {
        why: "Envoy refuses the cluster: `Didn't find a registered cluster factory implementation`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  cluster_type: {name: envoy.clusters.nope}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  cluster_type: {name: envoy.cluster.strict_dns}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
}
