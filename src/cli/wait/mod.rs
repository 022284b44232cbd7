//! `chancery wait`: until nodes have a generation, with progress while people look on, and who lags behind.
//!
//! Answers for: arguments, asking the daemon again and again, exit codes. Leaves to others: how far it is (`state`).

mod state;
mod tell;

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use self::state::{Outcome, State, Wanted};
use self::tell::Progress;
use super::daemon::Admin;
use super::output;
use super::rollout_args::duration;
use super::serve::runtime;
use crate::spec::{NodeSelector, NotASelector};

/// How often the daemon is asked.
const PAUSE: Duration = Duration::from_millis(150);
/// How long one look may take at least, however little time there is.
const LOOK: Duration = Duration::from_secs(2);
/// How many laggards are named.
const NAMED: usize = 10;

/// Wait until nodes have a generation: exit 0 when they do, 1 when it is refused or taken back, 3 when time runs out
#[derive(Debug, Args)]
pub(super) struct Wait {
    /// Which generation: its number, or `latest` for the newest at the moment of the call. A newer one that takes its place
    /// counts too
    #[arg(long, default_value = "latest", value_name = "NUMBER", value_parser = generation)]
    generation: Generation,
    /// Only these nodes, by a selector such as `id=edge-* cluster=web`; can be given several times
    #[arg(long, value_name = "SELECTOR", value_parser = selector)]
    nodes: Vec<String>,
    /// How many of the nodes connected are enough; at least one has to be. `0%` waits for the end of the trial, whatever
    /// nodes do
    #[arg(long, default_value = "100%", value_name = "PERCENT", value_parser = share)]
    share: u8,
    /// How long to wait
    #[arg(long, default_value = "60s", value_name = "DURATION", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    admin: Admin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    Latest,
    Number(u64),
}

/// What the daemon said last.
#[derive(Debug)]
struct Seen {
    wanted: Wanted,
    state: State,
    rollout: Value,
    nodes: Value,
}

impl Wait {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        runtime()?.block_on(self.wait())
    }

    async fn wait(&self) -> anyhow::Result<u8> {
        let begun = Instant::now();
        let deadline = begun + self.timeout;
        let mut progress = Progress::default();
        let mut wanted = match self.generation {
            Generation::Latest => None,
            Generation::Number(it) => Some(it),
        };
        // What is not there at all is told at once; what goes away for a moment is waited for.
        let first = self.admin.json(&format!("/rollout?since={}", u64::MAX)).await?;
        let mut newest = first["latest"].as_u64();
        wanted = wanted.or(newest);
        let (mut seen, mut failure) = (None, None);
        loop {
            match timeout_at(deadline.max(begun + LOOK), self.look(&mut wanted)).await {
                Ok(Ok(Some(now))) => {
                    progress.show(now.state.bar(now.wanted), now.state.line(now.wanted));
                    let (outcome, latest) = (now.state.outcome, now.rollout["latest"].as_u64());
                    if latest < newest {
                        progress.clear();
                        bail!("the daemon was started anew, and counts generations from 1 again: wait once more");
                    }
                    newest = latest;
                    (seen, failure) = (Some(now), None);
                    if outcome != Outcome::Pending {
                        break;
                    }
                }
                Ok(Ok(None)) => {
                    let line = "the daemon has no generation yet; its log says why";
                    progress.show(line.to_owned(), line.to_owned());
                }
                Ok(Err(error)) => {
                    progress.show(format!("{error:#}"), format!("{error:#}"));
                    failure = Some(format!("chancery: {error:#}"));
                }
                Err(_) => failure = Some(format!("chancery: {} does not answer in time", self.admin.admin)),
            }
            if Instant::now() + PAUSE >= deadline {
                break;
            }
            sleep(PAUSE).await;
        }
        progress.clear();
        if let Some(failure) = failure {
            output::talk(&failure);
        }
        Ok(tell::verdict(seen.as_ref(), self.timeout))
    }

    /// Asks once. `None` while there is no generation to wait for.
    async fn look(&self, wanted: &mut Option<u64>) -> anyhow::Result<Option<Seen>> {
        let rollout = self.admin.json(&format!("/rollout?since={}", wanted.unwrap_or_default())).await?;
        *wanted = wanted.or(rollout["latest"].as_u64());
        let Some(generation) = *wanted else { return Ok(None) };
        let wanted = Wanted { generation, share: self.share };
        let selectors = self.nodes.iter().map(|it| format!("&nodes={}", encoded(it))).collect::<String>();
        let nodes = self.admin.json(&format!("/nodes?lacking={generation}&most={NAMED}{selectors}")).await?;
        let state = State::of(wanted, &rollout, &nodes);
        Ok(Some(Seen { wanted, state, rollout, nodes }))
    }
}

fn generation(text: &str) -> Result<Generation, String> {
    match text {
        "latest" => Ok(Generation::Latest),
        _ => text.parse().map(Generation::Number).map_err(|_| "expected a number, or `latest`".to_owned()),
    }
}

/// The daemon reads it: here it is only made sure that it can.
fn selector(text: &str) -> Result<String, NotASelector> {
    text.parse::<NodeSelector>().map(|_| text.to_owned())
}

fn share(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').and_then(|it| it.parse().ok()).filter(|it| *it <= 100);
    number.ok_or_else(|| "expected a share from 0% to 100%".to_owned())
}

/// For a query.
fn encoded(text: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-._~*".contains(&it);
    text.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}
