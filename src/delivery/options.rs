//! What the operator decides for the whole daemon.

use std::time::Duration;

use crate::spec::{Canary, OnNack, Rollout};

/// How views change.
#[derive(Debug, Clone)]
pub struct Options {
    /// Make before break; if not, each node is shown the whole of a new snapshot at once.
    pub staged: bool,
    /// After how long without an answer a stage goes on (P131, P132).
    pub stage_timeout: Duration,
    /// How long a new cluster that resolves names or checks health is given before a route sends it traffic (P44).
    pub warm_up: Duration,
    /// How long what a changed or removed listener used by itself stays for its connections, which Envoy drains for
    /// `--drain-time-s`, by default as long as this.
    pub linger: Duration,
    /// Whether a change goes on if no canary says anything. Silence is no refusal.
    pub silence_proceeds: bool,
    /// How changes are rolled out where documents do not say.
    pub rollout: Rollout,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            staged: true,
            stage_timeout: Duration::from_secs(5),
            warm_up: Duration::from_millis(500),
            linger: Duration::from_secs(600),
            silence_proceeds: true,
            rollout: Rollout::default(),
        }
    }
}

impl Options {
    /// How changes are rolled out where no document says anything.
    pub fn policy(&self) -> Policy {
        Policy::of(&self.rollout)
    }

    /// Everything at once to everyone, as other servers do.
    pub fn direct() -> Self {
        let rollout = Rollout { canary: Some(Canary::Off), ..Rollout::default() };
        Self { staged: false, rollout, ..Self::default() }
    }
}

/// How changes of one group of nodes are rolled out: everything decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Who gets a change first.
    pub canary: Canary,
    /// How long a change is watched after the canaries accepted it.
    pub bake: Duration,
    /// After how long a canary counts as silent.
    pub ack_timeout: Duration,
    /// What a refusal does.
    pub on_nack: OnNack,
}

impl Policy {
    /// What a rollout says, and the defaults for the rest.
    pub fn of(rollout: &Rollout) -> Self {
        let Rollout { canary, bake, ack_timeout, on_nack } = rollout.clone();
        Self {
            canary: canary.unwrap_or(Canary::One),
            bake: bake.unwrap_or_default(),
            ack_timeout: ack_timeout.unwrap_or(Duration::from_secs(10)),
            on_nack: on_nack.unwrap_or(OnNack::Rollback),
        }
    }
}
