//! The benchmark: a swarm of Envoys on one thread, the floor to compare with, and the run that measures a daemon.
//!
//! `http2` and `skim` read and write bytes; `request` and `envoy` are what an Envoy says; `connection` joins them as a
//! value; `swarm` drives many over sockets and `tally` counts. `corpus` makes and edits the configuration, `server`
//! runs a child, `usage` reads `/proc`; `subject` measures one push, `contender` one server, `run` compares. `known` is what
//! Envoys that come back say that they have, and `reconnect` measures that.
//! Method and figures: docs/benchmarks.md.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table on stdout and log lines on stderr are its purpose"
)]

mod connection;
mod contender;
mod corpus;
mod envoy;
mod floor;
mod http2;
mod known;
mod reconnect;
mod request;
mod run;
mod server;
mod skim;
mod subject;
mod swarm;
mod table;
mod tally;
mod usage;

use std::process::ExitCode;

use clap::Parser;
use tokio::task::LocalSet;

/// A swarm of Envoys on one thread.
#[derive(Debug, Parser)]
#[command(name = "swarm")]
enum Command {
    /// Measures a daemon.
    Run(run::Run),
    /// Measures a daemon whose clients come back.
    Reconnect(reconnect::Reconnect),
    /// Serves the least that any server must do.
    Floor(floor::Floor),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let tasks = LocalSet::new();
    let outcome = match Command::parse() {
        Command::Run(it) => tasks.run_until(it.run()).await,
        Command::Reconnect(it) => tasks.run_until(it.run()).await,
        Command::Floor(it) => tasks.run_until(it.serve()).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason:#}");
            ExitCode::FAILURE
        }
    }
}
