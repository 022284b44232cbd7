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
        why: "",
        bad: "",
        good: "",
    }
    MISSING_ENDPOINTS "CH3003" Warn "endpoints that no document defines" {
        why: "",
        bad: "",
        good: "",
    }
    MISSING_SECRET "CH3004" Deny "a secret that no document defines" {
        why: "",
        bad: "",
        good: "",
    }
    MISSING_EXTENSION "CH3005" Deny "an extension configuration that no document defines" {
        why: "",
        bad: "",
        good: "",
    }
    NOT_FOR_ALL "CH3006" Warn "a name that only some of the nodes get which need it" {
        why: "",
        bad: "",
        good: "",
    }
    UNUSED_CLUSTER "CH3007" Warn "a cluster that nothing refers to" {
        why: "",
        bad: "",
        good: "",
    }
    UNUSED_ROUTES "CH3008" Warn "a route configuration that nothing refers to" {
        why: "",
        bad: "",
        good: "",
    }
    UNUSED_ENDPOINTS "CH3009" Warn "endpoints that nothing refers to" {
        why: "",
        bad: "",
        good: "",
    }
    UNUSED_SECRET "CH3010" Warn "a secret that nothing refers to" {
        why: "",
        bad: "",
        good: "",
    }
}
