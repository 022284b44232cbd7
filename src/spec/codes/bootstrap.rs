//! CH40xx: faults in the bootstrap of an Envoy (`bootstrap lint`).
//!
//! Errors are what Envoy 1.40 refuses to start with; what is denied makes it start and never follow.

super::codes! {
    NO_NODE "CH4001" Error "the bootstrap has no node id or cluster" {
        why: "Envoy does not start if it is to ask a management server and cannot say who it is: documents select \
              nodes by these names.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V3}\n",
        good: "node: {id: edge-1, cluster: edge}\ndynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V3}\n",
    }
    NOT_A_BOOTSTRAP "CH4002" Error "the file is not a bootstrap" {
        why: "Envoy starts with one map of the fields of `envoy.config.bootstrap.v3.Bootstrap`. Documents for \
              Chancery are checked by `chancery check`.",
        bad: "spec: {clusters: []}\n",
        good: "node: {id: edge-1, cluster: edge}\n",
    }
    FOLLOWS_NOBODY "CH4003" Deny "the Envoy asks no management server" {
        why: "Without `dynamic_resources` that refer to a gRPC service, an Envoy lives on what stands in its file and \
              never hears of Chancery.",
        bad: "node: {id: edge-1, cluster: edge}\n",
        good: "dynamic_resources:\n  lds_config: {ads: {}, resource_api_version: V3}\n",
    }
    HALF_FOLLOWED "CH4004" Warn "the Envoy asks for listeners only, or for clusters only" {
        why: "What it does not ask for, it does not get: a listener without its clusters answers 503.",
        bad: "dynamic_resources:\n  lds_config: {ads: {}, resource_api_version: V3}\n",
        good: "dynamic_resources:\n  lds_config: {ads: {}, resource_api_version: V3}\n  cds_config: {ads: {}, resource_api_version: V3}\n",
    }
    EMPTY_CONFIG_SOURCE "CH4005" Error "a config source says nothing" {
        why: "Envoy refuses a config source without one of `ads`, `api_config_source` and `path_config_source`.",
        bad: "dynamic_resources:\n  lds_config: {resource_api_version: V3}\n",
        good: "dynamic_resources:\n  lds_config: {ads: {}, resource_api_version: V3}\n",
    }
    NO_ADS_CONFIG "CH4006" Deny "ADS is used, but not configured" {
        why: "`ads: {}` means the one stream that `dynamic_resources.ads_config` describes. Without it, Envoy \
              starts and asks nobody.",
        bad: "dynamic_resources:\n  lds_config: {ads: {}, resource_api_version: V3}\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V3}\n  lds_config: {ads: {}, resource_api_version: V3}\n",
    }
    SELF_SOURCE "CH4007" Deny "a config source refers to itself" {
        why: "`self: {}` means the server that sent the resource. A file came from no server, and Envoy knows no \
              `self` at all; only gRPC clients do.",
        bad: "dynamic_resources:\n  lds_config: {self: {}, resource_api_version: V3}\n",
        good: "dynamic_resources:\n  lds_config: {ads: {}, resource_api_version: V3}\n",
    }
    NO_GRPC_SERVICE "CH4008" Error "an API config source names no gRPC service" {
        why: "Envoy refuses a gRPC source that does not say whom to ask.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V3}\n",
        good: "dynamic_resources:\n  ads_config:\n    api_type: GRPC\n    transport_api_version: V3\n    grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]\n",
    }
    NO_API_TYPE "CH4009" Error "an API config source has no type" {
        why: "The default of `api_type` is a value that is no longer available, so Envoy refuses it.",
        bad: "dynamic_resources:\n  ads_config: {transport_api_version: V3}\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V3}\n",
    }
    API_TYPE "CH4010" Deny "a way of asking that Chancery does not have" {
        why: "Chancery answers gRPC streams: everything (`GRPC`) or differences (`DELTA_GRPC`), for each type or on \
              one stream. An Envoy that asks otherwise never gets an answer.",
        bad: "dynamic_resources:\n  ads_config: {api_type: REST, transport_api_version: V3}\n",
        good: "dynamic_resources:\n  ads_config: {api_type: DELTA_GRPC, transport_api_version: V3}\n",
    }
    OLD_API_VERSION "CH4011" Error "an API version other than V3" {
        why: "The v2 API is gone, and Envoy refuses to speak it.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V2}\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V3}\n",
    }
    NO_API_VERSION "CH4012" Warn "an API version is not said" {
        why: "Today's Envoys take it for V3, but older ones for V2, which no server speaks any more.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC}\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V3}\n",
    }
    UNUSED_ADS "CH4013" Warn "ADS is configured, but not used" {
        why: "Envoy opens the stream and asks for nothing on it.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V3}\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, transport_api_version: V3}\n  lds_config: {ads: {}, resource_api_version: V3}\n",
    }
    MIXED_SOURCES "CH4014" Warn "listeners and clusters come on different streams" {
        why: "Only on one stream can Chancery send clusters before the listeners that use them.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC}\n  lds_config: {ads: {}}\n  cds_config: {api_config_source: {api_type: GRPC}}\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC}\n  lds_config: {ads: {}}\n  cds_config: {ads: {}}\n",
    }
    NODE_IN_EVERY_MESSAGE "CH4015" Warn "the node is sent in every message" {
        why: "The node does not change on a stream, and with its list of extensions it is the largest part of most \
              requests.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, set_node_on_first_message_only: true, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\n",
    }
    NOT_WATCHED "CH4016" Warn "a file is followed, but not the directory that replaces it" {
        why: "Kubernetes changes a mounted ConfigMap by moving a symbolic link to its directory. Envoy sees that only \
              if it watches the directory.",
        bad: "dynamic_resources:\n  lds_config: {path_config_source: {path: /etc/envoy/lds.yaml}}\n",
        good: "dynamic_resources:\n  lds_config: {path_config_source: {path: /etc/envoy/lds.yaml, watched_directory: {path: /etc/envoy}}}\n",
    }
    NO_MANAGEMENT_CLUSTER "CH4020" Error "the management cluster does not exist" {
        why: "The cluster by which Envoy asks must be there at the start, so it must be a static one.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c}]\n",
    }
    MANAGEMENT_BY_EDS "CH4021" Error "the management cluster is of type EDS" {
        why: "Its endpoints would have to come from the very server that they lead to.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c, type: EDS}]\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c, type: STRICT_DNS}]\n",
    }
    MANAGEMENT_CLUSTER_NAME "CH4022" Deny "the management cluster has another name than resources refer to" {
        why: "On separate streams, a listener names the cluster to ask for its routes, and a cluster the one to ask \
              for its endpoints. Chancery writes the name that it was started with.",
        bad: "dynamic_resources:\n  lds_config: {api_config_source: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}}\nstatic_resources:\n  clusters: [{name: c}]\n",
        good: "dynamic_resources:\n  lds_config: {api_config_source: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]}}\nstatic_resources:\n  clusters: [{name: xds_cluster}]\n",
    }
    NO_ENDPOINT "CH4023" Deny "the management cluster has no endpoint" {
        why: "There is nobody to connect to.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c}]\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c, load_assignment: {cluster_name: c, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 18000}}}}]}]}}]\n",
    }
    NAME_IN_STATIC "CH4024" Error "a host name in a cluster of type STATIC" {
        why: "STATIC clusters, the default, resolve nothing: Envoy refuses an address that is none.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c, load_assignment: {cluster_name: c, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: chancery, port_value: 18000}}}}]}]}}]\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c, type: STRICT_DNS, load_assignment: {cluster_name: c, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: chancery, port_value: 18000}}}}]}]}}]\n",
    }
    OTHER_PORT "CH4025" Warn "the management cluster leads to another port" {
        why: "Chancery listens on 18000 unless told otherwise, and Envoy says of a wrong port only that it cannot connect.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c, load_assignment: {cluster_name: c, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 1800}}}}]}]}}]\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c, load_assignment: {cluster_name: c, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 18000}}}}]}]}}]\n",
    }
    NO_HTTP2 "CH4026" Deny "the management cluster does not speak HTTP/2" {
        why: "gRPC needs HTTP/2, and a cluster speaks HTTP/1 unless told otherwise: Envoy starts, and every stream \
              fails.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c}]\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters:\n  - name: c\n    typed_extension_protocol_options:\n      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:\n        \"@type\": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions\n        explicit_http_config: {http2_protocol_options: {}}\n",
    }
    NO_KEEPALIVE "CH4027" Warn "the management cluster has no keepalive" {
        why: "A stream may be quiet for days. If the way there dies without a word, only a keepalive tells; until \
              then the Envoy follows nobody and does not know.",
        bad: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c}]\n",
        good: "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: c}}]}\nstatic_resources:\n  clusters: [{name: c, upstream_connection_options: {tcp_keepalive: {}}}]\n",
    }
    SELECTED_BY_NOTHING "CH4030" Deny "no document is for this node" {
        why: "The Envoy would connect and wait for ever for listeners and clusters.",
        bad: "",
        good: "",
    }
    STATIC_CLASH "CH4031" Warn "a static resource has the name of a served one" {
        why: "Envoy keeps static resources: a cluster that is served under the same name is ignored, a listener \
              refused.",
        bad: "",
        good: "",
    }
    OPEN_ADMIN "CH4032" Warn "the admin interface listens on every address" {
        why: "Envoy's admin interface asks nobody for a password, and can stop the Envoy.",
        bad: "admin: {address: {socket_address: {address: 0.0.0.0, port_value: 9901}}}\n",
        good: "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}\n",
    }
}
