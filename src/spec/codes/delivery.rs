//! CH36xx: what a resource must be to be delivered.

super::codes! {
    API_VERSION "CH3601" Allow "a config source without `resource_api_version: V3`" {
        why: "Envoy 1.40 takes it for V3; older versions took it for the v2 API, and refused it.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
",
    }
    NO_SOURCE "CH3602" Deny "a config source that does not lead anywhere" {
        why: "Envoy refuses the resource: `Missing config source specifier`. `self` is for gRPC clients only; \
              Envoy calls the stream by which it has its other resources `ads`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {self: {}, resource_api_version: V3}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
",
    }
    API_SOURCE "CH3603" Deny "an API source that Envoy refuses" {
        why: "REST takes one cluster and a `refresh_delay`, gRPC one service; an aggregated stream is not for \
              a single resource: that is `ads`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {resource_api_version: V3, api_config_source: {api_type: AGGREGATED_GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]}}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {resource_api_version: V3, api_config_source: {api_type: GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]}}}
",
    }
    API_V2 "CH3604" Warn "resources of the v2 API" {
        why: "The v2 API has ended with Envoy 1.18. Envoy 1.40 warns, and takes the setting for V3.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V2}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
",
    }
    TRANSPORT_V2 "CH3605" Deny "a service asked by the v2 API" {
        why: "Envoy refuses the resource: `V2 xDS transport protocol version is deprecated`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {resource_api_version: V3, api_config_source: {api_type: GRPC, transport_api_version: V2, grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]}}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {resource_api_version: V3, api_config_source: {api_type: GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]}}}
",
    }
    FILE_NOT_WATCHED "CH3606" Warn "a file that Envoy does not see change" {
        why: "Envoy watches the file itself, and only for being moved into its place. A ConfigMap changes a \
              link to the folder instead: with `watched_directory` Envoy sees that.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {resource_api_version: V3, path_config_source: {path: /etc/envoy/eds.yaml}}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {resource_api_version: V3, path_config_source: {path: /etc/envoy/eds.yaml, watched_directory: {path: /etc/envoy}}}}
",
    }
    TOO_LARGE_FOR_GRPC "CH3607" Warn "a resource that gRPC clients cannot receive" {
        why: "gRPC clients take messages of at most 4 MiB unless they are told otherwise; one resource cannot \
              be split. Envoy has no such bound.",
        bad: "",
        good: "",
    }
    ODD_NAME "CH3608" Warn "a name that nobody can have meant" {
        why: "Names with control characters, or of the form `xdstp://` without its parts, are taken as they \
              stand; who asks for them spells them otherwise.",
        bad: "resources:
- {'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster, name: 'xdstp://web', load_assignment: {cluster_name: 'xdstp://web'}}
",
        good: "resources:
- {'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster, name: 'xdstp://a/envoy.config.cluster.v3.Cluster/web', load_assignment: {cluster_name: web}}
",
    }
}
