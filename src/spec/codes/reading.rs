//! CH10xx: errors of reading.

super::codes! {
    SYNTAX "CH1001" Error "the text is not valid YAML or JSON" {
        why: "What cannot be parsed cannot be guessed at. The caret shows where the parser gave up; the cause often stands a line above.",
        bad: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"}
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    NOT_TEXT "CH1002" Error "the file is not UTF-8 text" {
        why: "Documents are UTF-8 text. Another encoding, or a binary file with a text file's name, would be read as nonsense.",
        bad: "",
        good: "",
    }
    UNKNOWN_FIELD "CH1003" Error "the message has no such field" {
        why: "Envoy ignores fields that it does not know when they come from a file, and refuses them from a server. Either way the setting that you meant would not hold.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  connect_timeot: 1s
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  connect_timeout: 1s
"#,
    }
    WRONG_TYPE "CH1004" Error "the value has another type than its field" {
        why: "Each field of Envoy's API has a type, and there is no sure way from one type to another.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: [web]
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
"#,
    }
    DUPLICATE_KEY "CH1005" Error "a key is given twice" {
        why: "YAML forbids a key twice in one map, and programs differ in which of the two they take.",
        bad: r#"spec:
  clusters:
  - name: web
    endpoints: ["10.0.0.1:80"]
    endpoints: ["10.0.0.2:80"]
"#,
        good: r#"spec:
  clusters:
  - name: web
    endpoints: ["10.0.0.1:80", "10.0.0.2:80"]
"#,
    }
    KEY_KIND "CH1006" Error "a key is not a plain value" {
        why: "YAML allows lists and maps as keys; no field has such a name.",
        bad: r#"spec:
  clusters:
  - {name: web, [endpoints]: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    TOO_DEEP "CH1007" Error "the document is nested too deeply" {
        why: "Envoy's deepest message needs a fraction of the limit. What is deeper comes from a mistake or from somebody who means harm.",
        bad: "",
        good: "",
    }
    ALIAS "CH1008" Error "an alias cannot be expanded" {
        why: "An alias repeats what its anchor names. It must come after the anchor, outside of it, and all aliases together may not multiply without bounds.",
        bad: r#"spec:
  clusters:
  - {name: web, endpoints: *hosts}
"#,
        good: r#"spec:
  clusters:
  - {name: old, endpoints: &hosts ["10.0.0.1:80"]}
  - {name: web, endpoints: *hosts}
"#,
    }
    OUT_OF_RANGE "CH1009" Error "a number does not fit its field" {
        why: "The field has fewer bits than the number needs, so it would become another number.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  per_connection_buffer_limit_bytes: 5000000000
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  per_connection_buffer_limit_bytes: 32768
"#,
    }
    UNKNOWN_ENUM "CH1010" Error "the enum has no such value" {
        why: "An enum has a fixed list of values. Their names may be written in any case, as Envoy takes them.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIK
  load_assignment: {cluster_name: web}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
"#,
    }
    ONEOF "CH1011" Error "two fields are given of which only one may be set" {
        why: "The fields stand for alternatives, and only one of them is kept on the wire: the other would be lost without a word.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: local
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - match: {prefix: /, path: /index}
      direct_response: {status: 200}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: local
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - match: {prefix: /}
      direct_response: {status: 200}
"#,
    }
    FORMAT "CH1012" Error "the text has not the form that its field needs" {
        why: "Durations, times and bytes are written as text in one form only, which is proto JSON's.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  connect_timeout: 10 miliseconds
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  connect_timeout: 0.01s
"#,
    }
    UNKNOWN_TYPE "CH1013" Error "no message has this `@type`" {
        why: "The type says which message follows. A name that no message has, says nothing. Types of private extensions come with `--descriptors FILE`.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Clutser
  name: web
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
"#,
    }
    NO_TYPE "CH1014" Error "a value of any type lacks its `@type`" {
        why: "A value that can be of any type begins with its `@type`, or nobody can tell what its fields mean.",
        bad: r#"resources:
- name: web
  type: STATIC
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
"#,
    }
    EMPTY "CH1015" Error "the file holds no document" {
        why: "An empty document is what a save that was cut off leaves. To serve nothing, say so.",
        bad: r#"resources:
"#,
        good: r#"resources: []
"#,
    }
    MISSPELLED_DOCUMENT "CH1016" Error "the document's kind cannot be told, for a key is misspelled or empty" {
        why: "The top-level keys tell what a document is. One wrong letter there would make it somebody else's file, which is skipped: so it is an error.",
        bad: r#"sepc:
  clusters: []
"#,
        good: r#"spec:
  clusters: []
"#,
    }
    NOT_A_RESOURCE "CH1017" Error "the message is not one that a discovery service serves" {
        why: "Each discovery service serves messages of one type. Envoy would wait for the right one and never get it.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.endpoint.v3.LbEndpoint
  endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints:
  - lb_endpoints:
    - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}
"#,
    }
    NO_NAME "CH1018" Error "the resource has no name" {
        why: "Resources are asked for, replaced and removed by their names.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
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
    DUPLICATE_RESOURCE "CH1019" Error "one resource is defined twice" {
        why: "Only one of them could be served, and nobody can tell which one is meant.",
        bad: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
  - {name: web, endpoints: ["10.0.0.2:80"]}
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
  - {name: web-2, endpoints: ["10.0.0.2:80"]}
"#,
    }
    PROTO_FILE "CH1020" Error "the file is not the protobuf message that its name promises" {
        why: "Files ending in `.pb` and `.pb_text` hold one `DiscoveryResponse`, in protobuf's binary or text format.",
        bad: "",
        good: "",
    }
    MERGE_KEY "CH1021" Error "a merge key `<<` has no map to merge" {
        why: "`<<` puts the entries of another map into this one; lists and plain values have none.",
        bad: r#"spec:
  clusters:
  - {<<: web, name: web, endpoints: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    TOO_LARGE "CH1022" Error "the file is too large" {
        why: "Nothing of such a file is read, to keep memory bounded.",
        bad: "",
        good: "",
    }
    NO_DOCUMENT_ANY_MORE "CH1023" Error "a document became something else" {
        why: "A file that was a document and suddenly is none was cut off or overwritten by mistake. Its last good version stays in service; to withdraw it, delete the file.",
        bad: "",
        good: "",
    }
    CLASH "CH1024" Error "two documents define the same resource for the same nodes" {
        why: "A node that gets both documents could only have one of the two, and nobody can tell which one is meant. Until it is mended the earlier state stays in service.",
        bad: "",
        good: "",
    }
    BAD_LINT "CH1025" Error "a lint or a profile that does not exist" {
        why: "A level that is misspelled would change nothing without a word. `lints` maps codes of lints to `deny`, `warn` or `allow`; `profile` is `envoy` or `grpc`.",
        bad: r#"lints: {CH3007: off}
spec:
  clusters: []
"#,
        good: r#"lints: {CH3007: allow}
spec:
  clusters: []
"#,
    }
    BAD_ROLLOUT "CH1026" Error "a rollout that nobody could follow" {
        why: "`rollout` says whom a change meets first (`canary`), how long it is watched (`bake`), after how long a client \
              counts as silent (`ack_timeout`), and what a refusal does (`on_nack`). A word that is misspelled there would \
              give a change to everyone at once, or to nobody.",
        bad: r#"rollout: {canary: 25, on_nack: rolback}
spec:
  clusters: []
"#,
        good: r#"rollout: {canary: 25%, on_nack: rollback}
spec:
  clusters: []
"#,
    }
    VIRTUAL_HOST_NAME "CH1065" Warn "a virtual host whose name is not that of its resource" {
        why: "Envoy keeps the virtual hosts that it got by VHDS under their own names, and looks for the resource's name when \
              one is removed. Where the two differ, the virtual host is served until Envoy restarts.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
  name: shops/one.test
  resource:
    "@type": type.googleapis.com/envoy.config.route.v3.VirtualHost
    name: one
    domains: [one.test]
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
  name: shops/one.test
  resource:
    "@type": type.googleapis.com/envoy.config.route.v3.VirtualHost
    name: shops/one.test
    domains: [one.test]
"#,
    }
}
