//! What a person types: one file a command.
//!
//! Answers for: reading arguments and the environment, printing, exit codes. The one layer that does any of these.
//! Leaves to others: everything else (`app` runs the daemon).

mod args;
mod bootstrap;
mod bootstrap_lint;
mod check;
mod compat;
mod daemon;
mod demo;
mod envoy_binary;
mod exit;
mod explain;
mod fix;
mod format;
mod healthcheck;
mod history;
mod import;
mod input;
mod limits_args;
mod lints;
mod logs;
mod output;
mod page;
mod plan;
mod render;
mod rollout;
mod rollout_args;
mod schema;
mod serve;
mod state_args;
mod state_dir;
mod wait;
mod yaml;

pub use args::main;
