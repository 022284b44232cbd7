//! CH107x: YAML and files that are read otherwise than they look.

super::codes! {
    AMBIGUOUS_PLAIN "CH1070" Warn "a plain value that Envoy reads otherwise than it looks" {
        why: "Envoy's YAML is of version 1.1: a number that begins with 0 is octal, and in a field for any value the words yes, no, on, off, y and n are booleans. Many other readers take them for a decimal number and for text. The value is the same as from Envoy's own file; write it in a form that has one reading only.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: local
  address: {pipe: {path: /run/local.sock, mode: 0440}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.echo
      typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: local
  address: {pipe: {path: /run/local.sock, mode: 288}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.echo
      typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}
"#,
    }
    NOTHING_SET "CH1071" Warn "a key of a message with nothing behind it sets nothing" {
        why: "A key without a value is null, and Envoy reads null as a field that is not there. Many fields work by being there, such as `http2_protocol_options`, which switches HTTP/2 on: an empty map `{}` sets them.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  common_lb_config:
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  common_lb_config: {}
"#,
    }
    IGNORE_VALUE "CH1072" Warn "the tag `!ignore` before a value does nothing" {
        why: "Envoy leaves out an entry whose key has the tag `!ignore`. Before a value or a list's item, Envoy passes over the tag, and the value holds.",
        bad: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  alt_stat_name: !ignore other
"#,
        good: r#"resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {cluster_name: web}
  !ignore alt_stat_name: other
"#,
    }
    NOT_A_DOCUMENT "CH1073" Error "a file that was named is no document" {
        why: "Files beside documents are skipped, but a file that you name on the command line is meant to be one. Skipping it would check, or serve, nothing at all of it.",
        bad: "",
        good: "",
    }
    LOOKS_LIKE_A_DOCUMENT "CH1074" Warn "a file is skipped, though it looks like a document" {
        why: "A file is a document by its top-level keys. One that has none of them, but the keys that stand inside, is probably a document whose first line was lost; nothing of it is served.",
        bad: r#"listeners: []
clusters:
- {name: web, endpoints: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  listeners: []
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    TEMPLATE "CH1075" Warn "a template is left in the document" {
        why: "Documents are read as they are: no variable of the environment and no template is filled in. What stands there would be served to the letter.",
        bad: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"], envoy: {alt_stat_name: "${STAT_NAME}"}}
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"], envoy: {alt_stat_name: web}}
"#,
    }
    ALMOST_AN_ADDRESS "CH1076" Warn "four numbers that are no IPv4 address" {
        why: "An address that is none is taken for a host name, and no DNS has a name like that: the endpoint is never reached, or Envoy refuses the cluster.",
        bad: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.333:80"]}
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.33:80"]}
"#,
    }
    UNKNOWN_METHOD "CH1077" Warn "a route asks for a method that HTTP does not have" {
        why: "Methods are compared letter by letter, capitals too. No client sends a method that is misspelled, so the route never matches.",
        bad: r#"spec:
  listeners:
  - {name: web, port: 8080, routes: [{prefix: /, methods: [GTE], direct_response: {status: 200}}]}
"#,
        good: r#"spec:
  listeners:
  - {name: web, port: 8080, routes: [{prefix: /, methods: [GET], direct_response: {status: 200}}]}
"#,
    }
}
