//! `chancery wait`: until nodes have a generation, with progress while people look on, and who lags behind.
//!
//! Answers for: arguments, asking the daemon again and again, exit codes. Leaves to others: how far it is (`state`).

mod state;

use std::time::Duration;

use clap::Args;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use self::state::{Fate, Outcome, State, Wanted, number, verdicts};
use super::daemon::Admin;
use super::rollout::refusals;
use super::rollout_args::duration;
use super::serve::runtime;
use super::{exit, output};
use crate::spec::NodeSelector;

/// How often the daemon is asked.
const PAUSE: Duration = Duration::from_millis(150);
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
    #[arg(long, value_name = "SELECTOR")]
    nodes: Vec<NodeSelector>,
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
        let deadline = Instant::now() + self.timeout;
        let mut progress = Progress::default();
        let mut wanted = match self.generation {
            Generation::Latest => None,
            Generation::Number(it) => Some(it),
        };
        // What is not there at all is told at once; what goes away for a moment is waited for.
        let first = self.admin.json("/rollout?since=0").await?;
        wanted = wanted.or(first["latest"].as_u64());
        let mut seen = None;
        loop {
            match timeout_at(deadline, self.look(&mut wanted)).await {
                Ok(Ok(Some(now))) => {
                    progress.show(now.state.bar(now.wanted), now.state.line(now.wanted));
                    let outcome = now.state.outcome;
                    seen = Some(now);
                    if outcome != Outcome::Pending {
                        break;
                    }
                }
                Ok(Ok(None)) => {
                    let line = "the daemon has no generation yet; its log says why";
                    progress.show(line.to_owned(), line.to_owned());
                }
                Ok(Err(error)) => progress.show(format!("{error:#}"), format!("{error:#}")),
                Err(_) => {}
            }
            if Instant::now() + PAUSE >= deadline {
                break;
            }
            sleep(PAUSE).await;
        }
        progress.clear();
        Ok(seen.map_or_else(|| self.nothing(), |it| self.verdict(&it)))
    }

    /// Asks once. `None` while there is no generation to wait for.
    async fn look(&self, wanted: &mut Option<u64>) -> anyhow::Result<Option<Seen>> {
        let rollout = self.admin.json(&format!("/rollout?since={}", wanted.unwrap_or_default())).await?;
        *wanted = wanted.or(rollout["latest"].as_u64());
        let Some(generation) = *wanted else { return Ok(None) };
        let wanted = Wanted { generation, share: self.share };
        let selectors = self.nodes.iter().map(|it| format!("&nodes={}", encoded(&it.to_string()))).collect::<String>();
        let nodes = self.admin.json(&format!("/nodes?lacking={generation}&most={NAMED}{selectors}")).await?;
        let state = State::of(wanted, &rollout, &nodes);
        Ok(Some(Seen { wanted, state, rollout, nodes }))
    }

    /// Tells how it ended.
    fn verdict(&self, seen: &Seen) -> u8 {
        let Seen { wanted: Wanted { generation, .. }, state, rollout, nodes } = seen;
        if state.outcome == Outcome::Reached {
            // Elsewhere it has just been said.
            if output::talks_to_terminal() {
                output::talk(&state.line(seen.wanted));
            }
            return exit::DONE;
        }
        laggards(nodes);
        // The newest first: that one took the place of the others.
        let said = verdicts(rollout).filter(|it| number(it) >= *generation);
        let mut told = said.filter(|it| !refusals(it, "").is_empty());
        let refused = told.next();
        if let Some(verdict) = refused {
            output::talk(refusals(verdict, "  ").trim_end());
        }
        if state.outcome == Outcome::Lost {
            let newest = verdicts(rollout).find(|it| number(it) >= *generation);
            let what = match newest.and_then(|it| it["verdict"].as_str()) {
                Some("aborted") => "was taken back by an operator",
                Some("refused") => "was refused",
                _ => "was refused, and is held until somebody decides: `chancery rollout`",
            };
            output::talk(&format!("chancery: generation {} {what}", newest.map_or(*generation, number)));
            return exit::FAULTS;
        }
        let late = format!("{}, after {}", state.line(seen.wanted), seconds(self.timeout));
        let laggards = nodes["nodes"].as_array().into_iter().flatten();
        if refused.is_some() && state.fate == Fate::Good && laggards.into_iter().any(|it| it["refuses"] == true) {
            output::talk(&format!("chancery: refused by some: {late}"));
            return exit::FAULTS;
        }
        output::talk(&format!("chancery: out of time: {late}"));
        exit::LATE
    }

    fn nothing(&self) -> u8 {
        output::talk(&format!("chancery: out of time: there was nothing to wait for within {}", seconds(self.timeout)));
        exit::LATE
    }
}

/// Names who lags behind, and what each lacks.
fn laggards(nodes: &Value) {
    for it in nodes["nodes"].as_array().into_iter().flatten() {
        let text = |it: &Value| output::word(it.as_str().unwrap_or_default());
        let has = it["has"].as_u64().map_or("nothing yet".to_owned(), |it| format!("generation {it}"));
        let mut line = format!("  {}: has {has}, stage {}", text(&it["id"]), text(&it["stage"]));
        let missing = it["missing"].as_array().into_iter().flatten();
        let missing: Vec<_> = missing.map(|it| format!("{} {}", text(&it["type"]), text(&it["name"]))).collect();
        if !missing.is_empty() {
            line.push_str(&format!(", lacks {}", missing.join(", ")));
        }
        if it["refuses"] == true {
            line.push_str(", refuses something");
        }
        if let Some(problem) = it["problem"].as_str() {
            line.push_str(&format!(", {}", output::word(problem)));
        }
        output::talk(&line);
    }
    if let Some(more) = nodes["more"].as_u64().filter(|it| *it > 0) {
        output::talk(&format!("  and {more} more"));
    }
}

/// A line that is written over on a terminal, and lines that tell what is new elsewhere.
#[derive(Debug, Default)]
struct Progress {
    last: String,
}

impl Progress {
    fn show(&mut self, bar: String, line: String) {
        if self.last == line {
            return;
        }
        if output::talks_to_terminal() {
            output::redraw(&output::word(&bar));
        } else {
            output::talk(&output::word(&line));
        }
        self.last = line;
    }

    /// Makes room for what is said at the end.
    fn clear(&self) {
        if output::talks_to_terminal() && !self.last.is_empty() {
            output::clear();
        }
    }
}

fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs_f64())
}

fn generation(text: &str) -> Result<Generation, String> {
    match text {
        "latest" => Ok(Generation::Latest),
        _ => text.parse().map(Generation::Number).map_err(|_| "expected a number, or `latest`".to_owned()),
    }
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
