//! Signals: the first SIGTERM or SIGINT asks for an orderly end, the second ends the process at once.
//!
//! Answers for: hearing them. Leaves to others: what an orderly end is (`app`).

use std::convert::Infallible;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::warn;

/// The two signals that ask the process to stop.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes the signals over: from now on they no longer end the process by themselves.
    pub fn install() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Resolves on the next signal, with its name.
    pub async fn first(&mut self) -> &'static str {
        self.next().await.0
    }

    /// Ends the process on the next signal, as if the signal had: with 128 and its number.
    pub async fn exit_on_next(&mut self) -> Infallible {
        let (name, number) = self.next().await;
        warn!(signal = name, "asked again to stop: leaving at once");
        // Who asks twice does not want to wait for destructors.
        std::process::exit(128 + number)
    }

    async fn next(&mut self) -> (&'static str, i32) {
        tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
            _ = self.interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn the_first_signal_resolves() {
        let mut signals = Signals::install().unwrap();
        for name in ["TERM", "INT"] {
            let sent =
                Command::new("sh").arg("-c").arg(format!("kill -{name} {}", std::process::id())).status().unwrap();
            assert!(sent.success());
            assert_eq!(signals.first().await, format!("SIG{name}"));
        }
    }
}
