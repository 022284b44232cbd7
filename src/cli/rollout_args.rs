//! How `serve` delivers: flags to `delivery::Options`. Leaves to `docs/rollout.md` what each of them is good for.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::delivery::Options;
use crate::spec::{Canary, LONGEST_WAIT, OnNack, Rollout, parse_duration};

/// How changes reach nodes.
#[derive(Debug, Clone, Args)]
pub(super) struct RolloutArgs {
    /// How each node gets a change: `staged` makes what is new, switches traffic, then takes away what is unused, each when
    /// the node has accepted the step before; `direct` sends all at once, without canaries unless --canary is given
    #[arg(long, value_enum, default_value_t = DeliveryArg::Staged, env = "CHANCERY_DELIVERY", value_name = "HOW")]
    delivery: DeliveryArg,
    /// Who gets a change first, of each group of nodes that get the same documents: `one`, a share such as `25%`, or `off`
    /// for all at once; a document's `rollout:` comes first here and below [default: one]
    #[arg(long, env = "CHANCERY_CANARY", value_name = "WHO", value_parser = canary)]
    canary: Option<Canary>,
    /// How long a change is watched after the canaries accepted it, before the others get it [default: 0s]
    #[arg(long, env = "CHANCERY_BAKE", value_name = "DURATION", value_parser = duration)]
    bake: Option<Duration>,
    /// After how long without an answer a canary counts as silent, and another is tried [default: 10s]
    #[arg(long, env = "CHANCERY_ACK_TIMEOUT", value_name = "DURATION", value_parser = some_time)]
    ack_timeout: Option<Duration>,
    /// What a refusal does: `rollback` gives canaries the last good version back, `hold` stops there until somebody decides,
    /// `ignore` goes on [default: rollback]
    #[arg(long, value_enum, env = "CHANCERY_ON_NACK", value_name = "WHAT")]
    on_nack: Option<OnNackArg>,
    /// What happens when no canary says anything: `proceed` gives the change to all, with a warning, `hold` waits
    #[arg(long, value_enum, default_value_t = OnSilenceArg::Proceed, env = "CHANCERY_ON_SILENCE", value_name = "WHAT")]
    on_silence: OnSilenceArg,
    /// How long one stage waits for a node's answer before it goes on without
    #[arg(long, default_value = "5s", env = "CHANCERY_STAGE_TIMEOUT", value_name = "DURATION", value_parser = some_time)]
    stage_timeout: Duration,
    /// How long a new cluster that resolves names or checks health is given before routes send it traffic
    #[arg(long, default_value = "500ms", env = "CHANCERY_WARM_UP", value_name = "DURATION", value_parser = duration)]
    warm_up: Duration,
    /// How long what a changed or removed listener used by itself stays for its connections: no less than their Envoys'
    /// --drain-time-s
    #[arg(long, default_value = "10m", env = "CHANCERY_LINGER", value_name = "DURATION", value_parser = duration)]
    linger: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DeliveryArg {
    Staged,
    Direct,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnNackArg {
    Rollback,
    Hold,
    Ignore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnSilenceArg {
    Proceed,
    Hold,
}

impl RolloutArgs {
    /// What they say.
    pub(super) fn options(&self) -> Options {
        let staged = self.delivery == DeliveryArg::Staged;
        let usual = if staged { Options::default() } else { Options::direct() };
        let said = Rollout {
            canary: self.canary.clone(),
            bake: self.bake,
            ack_timeout: self.ack_timeout,
            on_nack: self.on_nack.map(Into::into),
        };
        Options {
            staged,
            stage_timeout: self.stage_timeout,
            warm_up: self.warm_up,
            linger: self.linger,
            silence_proceeds: self.on_silence == OnSilenceArg::Proceed,
            rollout: said.within(&usual.rollout),
        }
    }
}

impl From<OnNackArg> for OnNack {
    fn from(it: OnNackArg) -> Self {
        match it {
            OnNackArg::Rollback => Self::Rollback,
            OnNackArg::Hold => Self::Hold,
            OnNackArg::Ignore => Self::Ignore,
        }
    }
}

fn canary(text: &str) -> Result<Canary, String> {
    let words = "expected `one`, `off`, or a share from 1% to 100%; single nodes are named by a document's `rollout:`";
    Canary::of_word(text).ok_or_else(|| words.to_owned())
}

/// A duration with units, as documents have them.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let duration = parse_duration(text).ok_or("expected a number with a unit, such as 250ms, 5s, 1m30s or 1h")?;
    if duration <= LONGEST_WAIT { Ok(duration) } else { Err("the longest is a week: 7d".to_owned()) }
}

fn some_time(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    if duration.is_zero() {
        Err("no client answers in no time; the usual is some seconds".to_owned())
    } else {
        Ok(duration)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        rollout: RolloutArgs,
    }

    fn options(line: &str) -> Options {
        Line::try_parse_from(format!("x {line}").split_whitespace()).unwrap().rollout.options()
    }

    /// Defaults stand twice, there and in the help: they are the same.
    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(format!("{:?}", options("")), format!("{:?}", Options::default()));
        assert_eq!(format!("{:?}", options("--delivery direct")), format!("{:?}", Options::direct()));
    }

    #[test]
    fn all_that_can_be_said() {
        let line = "--delivery direct --canary 25% --bake 30s --ack-timeout 2s --on-nack hold --on-silence hold \
                    --stage-timeout 1s --warm-up 0s --linger 1m";
        let options = options(line);
        assert_eq!((options.staged, options.silence_proceeds), (false, false));
        assert_eq!([options.stage_timeout, options.warm_up, options.linger].map(|it| it.as_secs()), [1, 0, 60]);
        let expected = Rollout {
            canary: Some(Canary::Share(25)),
            bake: Some(Duration::from_secs(30)),
            ack_timeout: Some(Duration::from_secs(2)),
            on_nack: Some(OnNack::Hold),
        };
        assert_eq!(options.rollout, expected);
    }
}
