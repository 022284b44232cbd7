//! CH38xx: what single filters and tracers demand in code.

super::codes! {
    FILTER_DEMANDS "CH3801" Deny "settings that a filter refuses" {
        why: "Filters demand more than their API says. Envoy refuses the listener, or the extension \
              configuration, with the words of that filter.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
  name: filter
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
    stat_prefix: limit
    token_bucket: {max_tokens: 1, fill_interval: 0.01s}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
  name: filter
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
    stat_prefix: limit
    token_bucket: {max_tokens: 10, fill_interval: 0.1s}
",
    }
    FILTER_IN_VAIN "CH3802" Warn "settings by which a filter does nothing" {
        why: "Envoy takes them; what they seem to say does not happen.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
  name: filter
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
    transport_api_version: V3
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
  name: filter
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
    transport_api_version: V3
    grpc_service: {google_grpc: {target_uri: 'authz:9000', stat_prefix: authz}}
",
    }
}
