//! CH33xx: virtual hosts and routes.

super::codes! {
    SHADOWED_ROUTE "CH3301" Warn "a route that can never match" {
        why: "Routes are tried in their order, and the first that matches is taken. A route behind one that takes \
              all of its requests is dead.",
        bad: "spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, cluster: web}
    - {prefix: /api, cluster: web}
  clusters: [{name: web, endpoints: ['10.0.0.1:80']}]
",
        good: "spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /api, cluster: web}
    - {prefix: /, cluster: web}
  clusters: [{name: web, endpoints: ['10.0.0.1:80']}]
",
    }
    BAD_SUM "CH3302" Deny "weights that do not add up" {
        why: "The weights of a split must sum up to more than zero, and to no more than 4294967295.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {weighted_clusters: {clusters: [{name: web, weight: 0}, {name: next, weight: 0}]}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}, {name: next, endpoints: ['10.0.0.2:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {weighted_clusters: {clusters: [{name: web, weight: 95}, {name: next, weight: 5}]}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}, {name: next, endpoints: ['10.0.0.2:80']}]}
"#,
    }
    CLUSTER_OF_SPLIT "CH3303" Deny "a cluster of a split that is not named once" {
        why: "A cluster of a split is given by its `name`, or by the request header that names it.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {weighted_clusters: {clusters: [{name: web, cluster_header: x-cluster, weight: 1}]}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {weighted_clusters: {clusters: [{name: web, weight: 1}]}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    BAD_REGEX "CH3304" Deny "a regular expression that Envoy cannot read" {
        why: "Envoy uses RE2: no look-around, no back-references, at most 1000 repetitions. The whole path or \
              value must match.",
        bad: "spec:
  listeners:
  - name: http
    port: 8080
    routes: [{regex: '/v[0-9+/.*', cluster: web}]
  clusters: [{name: web, endpoints: ['10.0.0.1:80']}]
",
        good: "spec:
  listeners:
  - name: http
    port: 8080
    routes: [{regex: '/v[0-9]+/.*', cluster: web}]
  clusters: [{name: web, endpoints: ['10.0.0.1:80']}]
",
    }
    BAD_SUBSTITUTION "CH3305" Warn "a substitution that puts in what is not there" {
        why: "`\\1` stands for the first group of the pattern, `\\0` for the whole match, `\\\\` for a backslash. \
              With anything else Envoy rewrites nothing, and says nothing.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, regex_rewrite: {pattern: {regex: '^/v1/(.*)$'}, substitution: '/\2'}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, regex_rewrite: {pattern: {regex: '^/v1/(.*)$'}, substitution: '/\1'}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    TWO_REWRITES "CH3306" Deny "a path that is rewritten in two ways" {
        why: "A route takes one of `prefix_rewrite`, `regex_rewrite` and `path_rewrite_policy`.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, prefix_rewrite: /a, regex_rewrite: {pattern: {regex: '^/v1/(.*)$'}, substitution: '/\1'}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, regex_rewrite: {pattern: {regex: '^/v1/(.*)$'}, substitution: '/\1'}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    REWRITE_OF_REGEX "CH3307" Warn "a prefix rewrite where a regular expression is matched" {
        why: "A regular expression matches the whole path, so the whole path is replaced.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {safe_regex: {regex: '/v[0-9]+/.*'}}
    route: {cluster: web, prefix_rewrite: /}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {safe_regex: {regex: '/v[0-9]+/.*'}}
    route: {cluster: web, regex_rewrite: {pattern: {regex: '^/v[0-9]+'}, substitution: ''}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    NO_SUCH_PATH "CH3308" Warn "a path that no request has" {
        why: "Paths of requests begin with `/`, and what follows a `?` is cut off before they are matched.",
        bad: "spec:
  listeners:
  - name: http
    port: 8080
    routes: [{prefix: api, cluster: web}]
  clusters: [{name: web, endpoints: ['10.0.0.1:80']}]
",
        good: "spec:
  listeners:
  - name: http
    port: 8080
    routes: [{prefix: /api, cluster: web}]
  clusters: [{name: web, endpoints: ['10.0.0.1:80']}]
",
    }
    BAD_DOMAIN "CH3309" Warn "a domain that no host has" {
        why: "Domains are names of hosts, with one `*` at most, as their first or last character. Envoy takes \
              anything else as a name that it never meets.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: a, domains: ['*.example.*'], routes: [{match: {prefix: /}, route: {cluster: web}}]}
- {name: b, domains: [b.example.com], routes: [{match: {prefix: /}, route: {cluster: web}}]}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- {name: a, domains: ['*.example.com'], routes: [{match: {prefix: /}, route: {cluster: web}}]}
- {name: b, domains: [b.example.org], routes: [{match: {prefix: /}, route: {cluster: web}}]}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    LARGE_BODY "CH3310" Deny "a direct response that is too large" {
        why: "Direct responses are kept in memory, and limited to 4096 bytes unless the route configuration allows \
              more.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    direct_response: {status: 200, body: {inline_string: 'sorry, come back later'}}
max_direct_response_body_size_bytes: 10
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    direct_response: {status: 200, body: {inline_string: 'sorry, come back later'}}
"#,
    }
    RETRY_WORD "CH3311" Warn "a retry condition that Envoy does not know" {
        why: "Envoy passes over words in `retry_on` that it does not know: what was meant is not retried.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, retry_policy: {retry_on: '5xx,gateway-eror'}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, retry_policy: {retry_on: '5xx,gateway-error'}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    RETRY_INTERVALS "CH3312" Deny "a longest retry interval below the first" {
        why: "Intervals between retries grow from `base_interval` up to `max_interval`.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, retry_policy: {retry_on: 5xx, retry_back_off: {base_interval: 2s, max_interval: 1s}}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, retry_policy: {retry_on: 5xx, retry_back_off: {base_interval: 1s, max_interval: 2s}}}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    BAD_TEMPLATE "CH3313" Deny "a path template that Envoy cannot read" {
        why: "A template is made of segments: text, `*` for one of them, `**` for any number, and `{name}` or \
              `{name=pattern}` for what is used in a rewrite. At most five have names, each its own.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match:
      path_match_policy:
        name: template
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig
          path_template: '/users/{id'
    route: {cluster: web}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match:
      path_match_policy:
        name: template
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig
          path_template: '/users/{id}'
    route: {cluster: web}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    CONNECT_CONFIG "CH3314" Deny "a tunnel for an upgrade that is none" {
        why: "`connect_config` says what to do with a CONNECT request. Other upgrades are forwarded as they are.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, upgrade_configs: [{upgrade_type: websocket, connect_config: {}}]}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web, upgrade_configs: [{upgrade_type: websocket}]}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
    UNKNOWN_PLUGIN "CH3315" Deny "a cluster specifier plugin that is not defined" {
        why: "A route names a plugin that its route configuration defines in `cluster_specifier_plugins`.",
        bad: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster_specifier_plugin: by-tenant}
"#,
        good: r#""@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
name: web
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - match: {prefix: /}
    route: {cluster: web}
---
spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}
"#,
    }
}
