//! All integration tests in one binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there; clippy's own exception misses helpers")]

mod across;
mod admin;
mod api_rules;
mod api_values;
mod bootstrap_lint;
mod cli;
mod code_pages;
mod corpus;
mod documents;
mod documents_deep;
mod documents_differential;
mod documents_generated;
mod documents_items;
mod documents_mutated;
mod envoy;
mod explain;
mod fix;
mod grpc;
mod grpc_client;
mod hostile;
mod import;
mod links;
mod proto;
mod schema;
mod seeds_checked;
mod selection;
mod simple;
mod simple_bad;
mod simple_docs;
mod simple_render;
mod source_changes;
mod source_faults;
mod source_random;
mod source_world;
mod state;
mod static_bootstrap;
mod wheel;
