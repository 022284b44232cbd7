//! CH20xx: faults of the simple spec.

super::codes! {
    UNKNOWN_KEY "CH2001" Error "unknown key" {
        why: "Envoy itself ignores keys that it does not know, so a typing error would silently switch something off. \
         The help lists the keys that this object has; all other fields of Envoy can be set under `envoy:`.",
        bad: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefx: /, cluster: web}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, cluster: web}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    WRONG_KIND "CH2002" Error "a value of the wrong kind" {
        why: "A list, a map, a string, a number or a boolean stands where another of these is needed.",
        bad: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, cluster: {web: 1}}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, cluster: web}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    MISSING_KEY "CH2003" Error "a key is missing" {
        why: "The object means nothing without this key, and no default would be safe.",
        bad: r#"spec:
  clusters:
  - endpoints: ["10.0.0.1:80"]
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    BAD_DURATION "CH2004" Error "not a duration" {
        why: "Durations are numbers with units, largest first: `250ms`, `5s`, `1m30s`, `1h`. A bare number has no unit, \
         and what it would mean differs from program to program.",
        bad: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, cluster: web, timeout: 5}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, cluster: web, timeout: 5s}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    BAD_CHOICE "CH2005" Error "not one of the allowed values" {
        why: "The help lists the allowed values. They may be written in lower or upper case.",
        bad: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"], lb_policy: round-robin}
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"], lb_policy: round_robin}
"#,
    }
    KEYS_EXCLUDE "CH2006" Error "keys that exclude each other" {
        why: "Both keys answer the same question, or one has no meaning beside the other, so that one of them would be \
         dropped. Keep one.",
        bad: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, path: /index, cluster: web}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, cluster: web}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    NO_ACTION "CH2007" Error "nothing to do with the traffic" {
        why: "A route needs clusters, a redirect or a direct response; a listener needs routes, virtual hosts or `tcp`. \
         Without one, requests would only be refused.",
        bad: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, cluster: web}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    BAD_WEIGHTS "CH2008" Error "weights that do not add up" {
        why: "Give each cluster a weight, or none of them for equal shares; the sum must be above zero.",
        bad: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, clusters: [{name: web, weight: 0}]}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
        good: r#"spec:
  listeners:
  - name: http
    port: 8080
    routes:
    - {prefix: /, clusters: [{name: web, weight: 100}]}
  clusters:
  - {name: web, endpoints: ["10.0.0.1:80"]}
"#,
    }
    BAD_ENDPOINTS "CH2009" Error "endpoints that do not fit the cluster's type" {
        why: "EDS and STATIC clusters take IP addresses and unix sockets, STRICT_DNS and LOGICAL_DNS take host names, \
         LOGICAL_DNS takes exactly one, ORIGINAL_DST none.",
        bad: r#"spec:
  clusters:
  - {name: web, type: eds, endpoints: ["web.internal:80"]}
"#,
        good: r#"spec:
  clusters:
  - {name: web, type: strict_dns, endpoints: ["web.internal:80"]}
"#,
    }
    BAD_ADDRESS "CH2010" Error "an address without its other half" {
        why: "A socket is an `address` with a `port`, or a `path` for a unix socket.",
        bad: r#"spec:
  clusters:
  - {name: web, endpoints: [{address: 10.0.0.1}]}
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: [{address: 10.0.0.1, port: 80}]}
"#,
    }
    UNVERIFIED "CH2011" Error "certificates that nothing verifies" {
        why: "Names in a certificate, or the demand for one, mean nothing unless a CA is given that must have signed it.",
        bad: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:443"], tls: {verify_names: [web.internal]}}
"#,
        good: r#"spec:
  clusters:
  - {name: web, endpoints: ["10.0.0.1:443"], tls: {verify_names: [web.internal], ca: {file: /etc/ssl/ca.pem}}}
"#,
    }
}
