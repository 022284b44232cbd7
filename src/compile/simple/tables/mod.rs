//! The language's tables, from the whole document inwards. One file for each part of Envoy's configuration.

mod cluster;
mod document;
mod http;
mod listener;
mod route;
mod tls;

pub(super) use cluster::{
    CIRCUIT_BREAKERS, CLUSTER, DNS, ENDPOINT, HEALTH_CHECK, HTTP_CHECK, HTTP_OPTIONS, LOCALITY, TCP_KEEPALIVE,
    THRESHOLDS,
};
pub(super) use document::{DATA, DOCUMENT, RUNTIME, SECRET};
pub(super) use http::{ACCESS_LOG, HTTP, STREAMS};
pub(super) use listener::{FILTER_CHAIN, LISTENER, TCP, TCP_CLUSTER};
pub(super) use route::{
    DIRECT_RESPONSE, HASH_POLICY, HEADER_MATCH, HOST_REWRITE, MIRROR, QUERY_MATCH, REDIRECT, RETRIES, ROUTE,
    VIRTUAL_HOST, WEIGHTED_CLUSTER,
};
pub(super) use tls::{CA, CERTIFICATE, DOWNSTREAM_TLS, NAME, UPSTREAM_TLS};
