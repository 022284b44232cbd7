//! How far a wait is: a fold over what the admin pages say. Pure.

use serde_json::Value;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// A node that has this generation, or a newer one, counts.
    pub(super) generation: u64,
    /// How many nodes of a hundred are enough.
    pub(super) share: u8,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// How many nodes have it, of how many that it concerns.
    pub(super) have: u64,
    pub(super) concerned: u64,
    pub(super) fate: Fate,
    /// How many canaries disconnected that count against what is on trial.
    pub(super) lost: u64,
    /// The newest generation that takes its place, if there is one.
    pub(super) instead: Option<u64>,
    pub(super) outcome: Outcome,
}

/// What is known of the generation, or of what took its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Not published yet, or its end is not told yet.
    Unknown,
    Trial {
        paused: bool,
    },
    Good,
    /// Nobody will get it, and nothing took its place.
    Lost,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Pending,
    Reached,
    Lost,
}

impl State {
    /// From `/rollout?since=GENERATION` and `/nodes?lacking=GENERATION`.
    pub(super) fn of(wanted: Wanted, rollout: &Value, nodes: &Value) -> Self {
        let count = |key: &str| nodes[key].as_u64().unwrap_or_default();
        let (have, lacking) = (count("have"), count("lacking"));
        let concerned = have + lacking;
        let fate = fate(wanted.generation, rollout);
        let enough = (concerned * u64::from(wanted.share)).div_ceil(100);
        let reached = match wanted.share {
            // Whatever nodes do: then the end of the trial is what can be waited for.
            0 => fate == Fate::Good,
            _ => have >= enough.max(1),
        };
        let outcome = match fate {
            // Who has it will have it no longer.
            Fate::Lost => Outcome::Lost,
            _ if reached => Outcome::Reached,
            Fate::Unknown | Fate::Trial { .. } | Fate::Good => Outcome::Pending,
        };
        let trial = rollout["trial"]["generation"].as_u64();
        let newest = trial.max(rollout["good"].as_u64());
        let lost = rollout["trial"]["lost"].as_u64().unwrap_or_default();
        Self { have, concerned, fate, lost, instead: newest.filter(|it| *it > wanted.generation), outcome }
    }

    /// One line about it.
    pub(super) fn line(&self, wanted: Wanted) -> String {
        let Self { have, concerned, .. } = self;
        let nodes = if *concerned == 1 { "node has" } else { "nodes have" };
        let mut line = format!("{have}/{concerned} {nodes} generation {}", wanted.generation);
        if let Some(instead) = self.instead {
            line.push_str(&format!(" or {instead}, which took its place"));
        }
        line.push_str(match self.fate {
            Fate::Unknown => "; it is not there yet",
            Fate::Trial { paused: false } => "; it is on trial",
            Fate::Trial { paused: true } => "; its trial is paused",
            Fate::Good | Fate::Lost => "",
        });
        if self.lost > 0 && matches!(self.fate, Fate::Trial { .. }) {
            line.push_str(&format!(", {} of its canaries disconnected", self.lost));
        }
        if *concerned == 0 && self.fate != Fate::Lost {
            line.push_str("; no node is connected that it concerns");
        }
        line
    }

    /// The same with a bar before it.
    pub(super) fn bar(&self, wanted: Wanted) -> String {
        const WIDTH: u64 = 20;
        let full = (self.have * WIDTH).checked_div(self.concerned).unwrap_or_default();
        let bar: String = (0..WIDTH).map(|it| if it < full { '#' } else { ' ' }).collect();
        format!("[{bar}] {}", self.line(wanted))
    }
}

fn fate(generation: u64, rollout: &Value) -> Fate {
    if rollout["good"].as_u64().is_some_and(|it| it >= generation) {
        return Fate::Good;
    }
    let trial = &rollout["trial"];
    let newest = verdicts(rollout).filter(|it| number(it) >= generation).max_by_key(|it| number(it));
    let refusals = |it: &Value| it["refusals"].as_array().is_some_and(|it| !it.is_empty());
    if let Some(on_trial) = trial["generation"].as_u64().filter(|it| *it >= generation) {
        let paused = trial["paused"] == true;
        // Held after a refusal: it goes on only if somebody decides so.
        let is_held = paused && verdicts(rollout).any(|it| number(it) == on_trial && refusals(it));
        return if is_held { Fate::Lost } else { Fate::Trial { paused } };
    }
    match newest.map(|it| it["verdict"].as_str().unwrap_or_default()) {
        Some("refused" | "aborted") => Fate::Lost,
        _ => Fate::Unknown,
    }
}

/// The entries about generations, the newest first.
pub(super) fn verdicts(rollout: &Value) -> impl Iterator<Item = &Value> {
    rollout["verdicts"].as_array().into_iter().flatten()
}

pub(super) fn number(verdict: &Value) -> u64 {
    verdict["generation"].as_u64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(share: u8, rollout: &Value, have: u64, lacking: u64) -> State {
        let nodes = json!({"have": have, "lacking": lacking});
        State::of(Wanted { generation: 8, share }, rollout, &nodes)
    }

    fn said(generation: u64, verdict: &str) -> Value {
        json!({"generation": generation, "verdict": verdict, "refusals": []})
    }

    #[test]
    fn enough_nodes_is_what_counts() {
        let good = json!({"good": 8});
        for (share, have, lacking, expected) in [
            (100, 2, 0, Outcome::Reached),
            (100, 1, 1, Outcome::Pending),
            (50, 1, 1, Outcome::Reached),
            (50, 1, 2, Outcome::Pending),
            (1, 0, 2, Outcome::Pending),
            (100, 0, 0, Outcome::Pending),
            (0, 0, 0, Outcome::Reached),
            (0, 0, 5, Outcome::Reached),
        ] {
            assert_eq!(state(share, &good, have, lacking).outcome, expected, "{share} {have} {lacking}");
        }
        assert_eq!(state(0, &json!({"trial": {"generation": 8}}), 5, 0).outcome, Outcome::Pending);
    }

    #[test]
    fn what_became_of_it() {
        let held = json!({"generation": 8, "verdict": "trial", "refusals": [{}]});
        for (rollout, expected) in [
            (json!({"good": 7, "verdicts": [said(7, "good")]}), Fate::Unknown),
            (
                json!({"good": 7, "trial": {"generation": 8}, "verdicts": [said(8, "trial")]}),
                Fate::Trial { paused: false },
            ),
            (
                json!({"trial": {"generation": 8, "paused": true}, "verdicts": [said(8, "trial")]}),
                Fate::Trial { paused: true },
            ),
            (json!({"trial": {"generation": 8, "paused": true}, "verdicts": [held]}), Fate::Lost),
            // Its end is under way.
            (json!({"good": 7, "verdicts": [said(8, "trial")]}), Fate::Unknown),
            (json!({"good": 7, "verdicts": [said(8, "refused")]}), Fate::Lost),
            (json!({"good": 7, "verdicts": [said(8, "aborted"), said(7, "good")]}), Fate::Lost),
            (
                json!({"good": 7, "trial": {"generation": 9}, "verdicts": [said(9, "trial"), said(8, "superseded")]}),
                Fate::Trial { paused: false },
            ),
            (json!({"good": 7, "verdicts": [said(9, "refused"), said(8, "superseded")]}), Fate::Lost),
            (json!({"good": 9, "verdicts": [said(10, "refused"), said(9, "good"), said(8, "superseded")]}), Fate::Good),
        ] {
            assert_eq!(state(100, &rollout, 0, 2).fate, expected, "{rollout}");
            let all = state(100, &rollout, 2, 0).outcome;
            assert_eq!(all, if expected == Fate::Lost { Outcome::Lost } else { Outcome::Reached }, "{rollout}");
        }
    }

    #[test]
    fn a_line_and_a_bar() {
        let wanted = Wanted { generation: 8, share: 100 };
        let paused = state(100, &json!({"trial": {"generation": 8, "paused": true}}), 1, 1);
        assert_eq!(paused.bar(wanted), "[##########          ] 1/2 nodes have generation 8; its trial is paused");
        let stopped = json!({"trial": {"generation": 8, "paused": true, "lost": 3}});
        let stopped = state(100, &stopped, 0, 2).line(wanted);
        assert_eq!(stopped, "0/2 nodes have generation 8; its trial is paused, 3 of its canaries disconnected");
        let nobody = state(100, &json!({"trial": {"generation": 8}}), 0, 0).line(wanted);
        assert_eq!(nobody, "0/0 nodes have generation 8; it is on trial; no node is connected that it concerns");
        let newer = state(100, &json!({"good": 9}), 1, 0);
        assert_eq!(newer.line(wanted), "1/1 node has generation 8 or 9, which took its place");
        assert!(state(100, &json!({"good": 8}), 0, 0).bar(wanted).contains("[                    ] 0/0"));
    }
}
