//! CH12xx: rules that stand in Envoy's API itself (`validate.rules`).

super::codes! {
    API_REQUIRED "CH1201" Deny "a field that Envoy's API requires is missing" {
        why: "Envoy refuses the whole resource. A field that is left out is checked as if it had been given its default, \
              so what must not be empty must be there.",
        bad: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: local
virtual_hosts:
- {name: all, domains: ['*'], routes: [{direct_response: {status: 200}}]}
",
        good: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: local
virtual_hosts:
- {name: all, domains: ['*'], routes: [{match: {prefix: /}, direct_response: {status: 200}}]}
",
    }
    API_RANGE "CH1202" Deny "a number or duration outside the range of Envoy's API" {
        why: "Envoy refuses the whole resource. The range stands in the API, beside the field.",
        bad: "\
'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
name: web
connect_timeout: 0s
",
        good: "\
'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
name: web
connect_timeout: 5s
",
    }
    API_LENGTH "CH1203" Deny "a text that is shorter or longer than Envoy's API takes" {
        why: "Envoy refuses the whole resource. Lengths of strings are in characters, unless the message says bytes.",
        bad: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: '', domains: ['*']}
",
        good: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: all, domains: ['*']}
",
    }
    API_FORM "CH1204" Deny "a text that has not the form which Envoy's API asks for" {
        why: "Envoy refuses the whole resource. Names and values of headers must not break the header: a line break in \
              one would let whoever sets it write headers of their own.",
        bad: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
internal_only_headers: [\"x-internal\\n\"]
",
        good: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
internal_only_headers: [x-internal]
",
    }
    API_VALUE "CH1205" Deny "a value that Envoy's API rules out" {
        why: "Envoy refuses the whole resource. A number stands for a value of an enum only if the enum has it. If your \
              Envoy is newer than this program and has it, use `--pgv warn`.",
        bad: "\
'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
name: web
lb_policy: 99
",
        good: "\
'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
name: web
lb_policy: LEAST_REQUEST
",
    }
    API_COUNT "CH1206" Deny "a list or map with too few or too many entries, or with one twice" {
        why: "Envoy refuses the whole resource: what must be there at least once is not there, or what must be told apart is not.",
        bad: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: all, domains: []}
",
        good: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: all, domains: ['*']}
",
    }
    API_ONEOF "CH1207" Deny "none of several fields of which Envoy's API requires one" {
        why: "Envoy refuses the whole resource: it would not know what to do, such as where to send a request.",
        bad: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {}
    direct_response: {status: 404}
",
        good: "\
'@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    direct_response: {status: 404}
",
    }
}
