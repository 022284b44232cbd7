//! What an attack costs the daemon, and that everyone else is served meanwhile.

use std::time::Duration;

use tokio::time::sleep;

use super::Size;
use super::daemon::Daemon;
use crate::grpc::world::Client;

/// A line for those who run it with `--nocapture`.
#[expect(clippy::print_stderr, reason = "figures are for people to read")]
pub(super) fn tell(line: &str) {
    eprintln!("{line}");
}

/// What an attack may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Processor, in per cent of one, while the attack stands.
    pub(super) cpu: f64,
    /// More resident memory than before, in MiB.
    pub(super) memory: f64,
    /// Lines of the log, in KiB.
    pub(super) log: f64,
}

/// What the daemon had used before the attack.
pub(super) struct Before {
    memory: u64,
    log: u64,
}

const MIB: f64 = (1 << 20) as f64;

impl Before {
    pub(super) fn of(daemon: &Daemon) -> Self {
        Self { memory: daemon.resident(), log: daemon.log_bytes() }
    }

    /// While the attack stands: an edit reaches a connected client, `/ready` answers, and nothing is over its bound.
    pub(super) async fn hold(
        &self,
        attack: &str,
        size: Size,
        daemon: &mut Daemon,
        client: &mut Client,
        bounds: Bounds,
    ) {
        let memory = (daemon.resident() as f64 - self.memory as f64) / MIB;
        let (mut slowest_edit, mut slowest_ready) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..size.of(2, 10) {
            slowest_edit = slowest_edit.max(daemon.edit(client).await);
            slowest_ready = slowest_ready.max(daemon.ready().await);
        }
        let (used, window) = (daemon.cpu(), Duration::from_secs(size.of(1, 5)));
        sleep(window).await;
        let cpu = (daemon.cpu() - used) / window.as_secs_f64() * 100.0;
        let memory = memory.max((daemon.resident() as f64 - self.memory as f64) / MIB);
        let log = (daemon.log_bytes() - self.log) as f64 / 1024.0;
        let (edit, ready) = (slowest_edit.as_millis(), slowest_ready.as_millis());
        tell(&format!(
            "{attack}: CPU {cpu:.0} %, memory +{memory:.0} MiB, log {log:.0} KiB, {} descriptors, edit {edit} ms, \
             /ready {ready} ms",
            daemon.descriptors()
        ));
        assert!(cpu <= bounds.cpu, "{attack}: {cpu:.0} % of a processor");
        assert!(memory <= bounds.memory, "{attack}: {memory:.0} MiB more");
        assert!(log <= bounds.log, "{attack}: {log:.0} KiB of log");
    }
}
