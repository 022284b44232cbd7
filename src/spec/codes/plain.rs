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
}
