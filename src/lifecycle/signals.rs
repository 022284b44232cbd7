//! Signals: the first SIGTERM or SIGINT asks for an orderly end, the second ends the process at once, SIGHUP asks to read
//! the documents again.
//!
//! Answers for: hearing them, and living on through SIGUSR1 and SIGUSR2, which would end the process by default and mean
//! "open the logs again" or "dump" to other daemons. Leaves to others: what an orderly end and a reading are (`app`).

use std::convert::Infallible;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To end, by SIGTERM or SIGINT.
    Stop,
    /// To read the documents again, by SIGHUP. A terminal that is closed sends it, too.
    Reread,
}

/// The signals that the process hears.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    user_1: Signal,
    user_2: Signal,
}

impl Signals {
    /// Takes the signals over: from now on they no longer end the process by themselves.
    pub fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
        })
    }

    /// Resolves on the next signal that asks for something.
    pub async fn next(&mut self) -> Asked {
        self.heard().await.0
    }

    /// Ends the process on the next signal to stop, as if the signal had: with 128 and its number.
    pub async fn exit_on_next(&mut self) -> Infallible {
        let (name, number) = loop {
            match self.heard().await {
                (Asked::Stop, name, number) => break (name, number),
                (Asked::Reread, name, _) => info!(signal = name, "not done: the process is about to end"),
            }
        };
        warn!(signal = name, "asked again to stop: leaving at once");
        // Who asks twice does not want to wait for destructors.
        std::process::exit(128 + number)
    }

    async fn heard(&mut self) -> (Asked, &'static str, i32) {
        loop {
            let ignored = tokio::select! {
                _ = self.terminate.recv() => return (Asked::Stop, "SIGTERM", SignalKind::terminate().as_raw_value()),
                _ = self.interrupt.recv() => return (Asked::Stop, "SIGINT", SignalKind::interrupt().as_raw_value()),
                _ = self.hangup.recv() => return (Asked::Reread, "SIGHUP", SignalKind::hangup().as_raw_value()),
                _ = self.user_1.recv() => "SIGUSR1",
                _ = self.user_2.recv() => "SIGUSR2",
            };
            info!(signal = ignored, "ignored: it means nothing here");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn each_signal_asks_for_what_it_should() {
        let mut signals = Signals::install().unwrap();
        for (name, asked) in [("TERM", Asked::Stop), ("INT", Asked::Stop), ("HUP", Asked::Reread)] {
            // Were it not ignored, it would end the tests.
            for name in ["USR1", "USR2", name] {
                let kill = format!("kill -{name} {}", std::process::id());
                assert!(Command::new("sh").arg("-c").arg(kill).status().unwrap().success());
            }
            assert_eq!(signals.next().await, asked, "{name}");
        }
    }
}
