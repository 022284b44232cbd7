//! The command line and the daemon as processes: the built `chancery`, its streams, exit codes and signals.
//!
//! The instruments: [`world`] (a folder, runs that end, daemons that do not). The tests: one file a subject.

mod api_rules;
mod bad_documents;
mod bootstrap_lint;
mod check_envoy;
mod compat;
mod explain;
mod fix;
mod healthcheck;
mod help;
mod history;
mod hostile;
mod import;
mod memory;
mod named_files;
mod pages;
mod plan;
mod render;
mod rollout;
mod secrets;
mod serve;
mod shutdown;
mod signals;
mod stuck;
mod untrusted;
mod world;
