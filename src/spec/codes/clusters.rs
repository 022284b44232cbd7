//! CH34xx: clusters, endpoints and load balancing. `upstream` has the rest of them.

super::codes! {
    HOST_NAME "CH3401" Deny "a host name where Envoy takes only IP addresses" {
        why: "Only clusters that ask DNS (`STRICT_DNS`, `LOGICAL_DNS`) resolve names. Endpoints that come by \
              EDS, those of a static cluster and source addresses must be IP addresses: Envoy refuses the \
              whole resource with `malformed IP address`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - lb_endpoints:
    - {endpoint: {address: {socket_address: {address: web.internal, port_value: 80}}}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - lb_endpoints:
    - {endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}
",
    }
    EDS_WITHOUT_SOURCE "CH3402" Deny "an EDS cluster that does not say where its endpoints come from" {
        why: "Envoy refuses the cluster: `cannot create an EDS cluster without an EDS config`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
",
    }
    EDS_IN_VAIN "CH3403" Deny "`eds_cluster_config` in a cluster of another type" {
        why: "Envoy refuses the cluster: `eds_cluster_config set in a non-EDS cluster`. Mostly `type: EDS` was \
              forgotten.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
",
    }
    ASSIGNMENT_IN_VAIN "CH3404" Warn "endpoints within an EDS cluster" {
        why: "Envoy takes the cluster and never looks at these endpoints: it asks for others by EDS.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}
",
    }
    NO_ENDPOINTS "CH3405" Allow "a cluster without endpoints" {
        why: "Envoy takes it, and answers each request to it with 503. An empty `load_assignment: \
              {cluster_name: web}` says that this is meant.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  connect_timeout: 1s
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    LOGICAL_DNS_ONE "CH3406" Deny "a LOGICAL_DNS cluster that has not exactly one endpoint" {
        why: "A logical DNS cluster is one name whose address may change. Envoy refuses it with none or with \
              several.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: LOGICAL_DNS
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: a.example.com, port_value: 80}}}}, {endpoint: {address: {socket_address: {address: b.example.com, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STRICT_DNS
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: a.example.com, port_value: 80}}}}, {endpoint: {address: {socket_address: {address: b.example.com, port_value: 80}}}}]}]}
",
    }
    ORIGINAL_DST "CH3407" Deny "settings that an ORIGINAL_DST cluster does not take" {
        why: "Such a cluster sends each connection to where its client wanted it, so it has no endpoints of \
              its own. Envoy refuses it.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: ORIGINAL_DST
  lb_policy: CLUSTER_PROVIDED
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: ORIGINAL_DST
  lb_policy: CLUSTER_PROVIDED
",
    }
    POLICY_OF_TYPE "CH3408" Deny "a load balancing policy that the type of cluster does not take" {
        why: "Aggregates, dynamic forward proxies and clusters of type ORIGINAL_DST pick endpoints themselves: \
              they demand `lb_policy: CLUSTER_PROVIDED`. No other cluster takes it. Envoy refuses the cluster.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: ORIGINAL_DST
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: ORIGINAL_DST
  lb_policy: CLUSTER_PROVIDED
",
    }
    ASSIGNMENT_NAME "CH3409" Allow "an assignment by another name than its cluster's" {
        why: "Within a cluster nobody looks at the name, so Envoy takes it. Whoever moves the assignment to \
              EDS finds that it belongs to another cluster.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  load_assignment: {cluster_name: old, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    MEMBER_TWICE "CH3410" Warn "a cluster that is a member of an aggregate twice" {
        why: "Members are tried in order, so the second mention is never reached.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_policy: CLUSTER_PROVIDED
  cluster_type:
    name: envoy.clusters.aggregate
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig
      clusters: [a, b, a]
- {'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster, name: a, load_assignment: {cluster_name: a}}
- {'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster, name: b, load_assignment: {cluster_name: b}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_policy: CLUSTER_PROVIDED
  cluster_type:
    name: envoy.clusters.aggregate
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig
      clusters: [a, b]
- {'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster, name: a, load_assignment: {cluster_name: a}}
- {'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster, name: b, load_assignment: {cluster_name: b}}
",
    }
    SAME_LOCALITY "CH3411" Warn "a locality that is given twice at one priority" {
        why: "Envoy joins the endpoints of both and keeps the weight of one of them. gRPC clients refuse the \
              assignment.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - {locality: {zone: a}, lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}
  - {locality: {zone: a}, lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - {locality: {zone: a}, lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}, {endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}
",
    }
    PRIORITY_GAP "CH3412" Warn "priorities that leave one out" {
        why: "Priorities count from 0: the next one is used when the one before fails. Envoy takes a gap for a \
              priority without endpoints; gRPC clients refuse the assignment.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]
  - {priority: 2, lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]
  - {priority: 1, lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}
",
    }
    SAME_ENDPOINT "CH3413" Warn "an endpoint that is given twice" {
        why: "Envoy keeps one endpoint for each address: of two weights, health states or localities one is \
              lost.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - lb_endpoints:
    - {endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}
    - {endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - lb_endpoints:
    - {endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}
    - {endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}
",
    }
    WEIGHT_SUM "CH3414" Warn "weights that are too large together" {
        why: "Weights are added up in 32 bits: beyond that the sum is wrong, and so is every share of it. gRPC \
              clients refuse the assignment.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - lb_endpoints:
    - {endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}, load_balancing_weight: 4294967295}
    - {endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}, load_balancing_weight: 1}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - lb_endpoints:
    - {endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}, load_balancing_weight: 99}
    - {endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}, load_balancing_weight: 1}
",
    }
    DROP_OVERLOAD "CH3415" Deny "an overload policy that Envoy does not take" {
        why: "Envoy knows one category of `drop_overloads`, and drops at most everything.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  policy: {drop_overloads: [{category: a, drop_percentage: {numerator: 150}}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  policy: {drop_overloads: [{category: a, drop_percentage: {numerator: 15}}]}
",
    }
    RING_SIZE "CH3416" Deny "a ring whose least size is more than its greatest" {
        why: "Envoy refuses the cluster. Where one of both is not given its default counts: 1024 at least, \
              8388608 at most.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_policy: RING_HASH
  ring_hash_lb_config: {maximum_ring_size: 512}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_policy: RING_HASH
  ring_hash_lb_config: {minimum_ring_size: 128, maximum_ring_size: 512}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    MAGLEV_PRIME "CH3417" Deny "a Maglev table whose size is no prime number" {
        why: "Only with a prime size each endpoint reaches every place of the table. Envoy refuses the \
              cluster.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_policy: MAGLEV
  maglev_lb_config: {table_size: 65536}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_policy: MAGLEV
  maglev_lb_config: {table_size: 65537}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    LB_CONFIG_IN_VAIN "CH3418" Warn "settings of a load balancing policy that is not used" {
        why: "Envoy takes them and does not look at them: `lb_policy` decides, and `load_balancing_policy` \
              before that.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  ring_hash_lb_config: {minimum_ring_size: 128}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_policy: RING_HASH
  ring_hash_lb_config: {minimum_ring_size: 128}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    SUBSETS "CH3419" Deny "subsets that cannot be made" {
        why: "Envoy refuses the cluster: a fallback must name some of its selector's keys but not all, and \
              subsets exclude `load_balancing_policy` and `CLUSTER_PROVIDED`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_subset_config:
    subset_selectors: [{keys: [a, b], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [c]}]
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_subset_config:
    subset_selectors: [{keys: [a, b], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [a]}]
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    NO_DEFAULT_SUBSET "CH3420" Warn "a fallback to a default subset that is not given" {
        why: "Envoy takes a default subset without keys for all endpoints, which is what `ANY_ENDPOINT` says \
              openly.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_subset_config:
    fallback_policy: DEFAULT_SUBSET
    subset_selectors: [{keys: [a]}]
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  lb_subset_config:
    fallback_policy: ANY_ENDPOINT
    subset_selectors: [{keys: [a]}]
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    UNKNOWN_POLICY "CH3421" Deny "no load balancing policy that Envoy knows" {
        why: "Envoy takes the first policy of the list that it has. If it has none of them, it refuses the \
              cluster.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  load_balancing_policy:
    policies: []
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  load_balancing_policy:
    policies: [{typed_extension_config: {name: envoy.load_balancing_policies.round_robin, typed_config: {'@type': type.googleapis.com/envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin}}}]
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
}
