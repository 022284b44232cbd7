//! `/nodes`: who is connected, and how far each node is, as JSON.
//!
//! Clients decide how many there are and what they call themselves: lists and texts are bounded, counts are whole.

use serde_json::{Value, json};

use super::clock::Clock;
use super::query;
use crate::delivery::{NodeReport, Problem, Report, Stage};
use crate::spec::NodeSelector;

/// The form's version.
const FORMAT: u64 = 1;
/// How many nodes are listed unless `most` says otherwise, and at most.
const LISTED: usize = 1000;
const MOST_LISTED: usize = 10_000;
/// How much of a client's text is shown, in characters.
const TEXT: usize = 256;

/// What is asked of the page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    /// Only nodes that any of these match; all if there is none.
    nodes: Vec<NodeSelector>,
    /// List only those that do not have this generation or a newer one.
    lacking: Option<u64>,
    /// How many to list.
    most: Option<usize>,
}

impl Question {
    /// Reads a query.
    pub(super) fn of(query: &str) -> Result<Self, String> {
        let mut question = Self::default();
        let number = |it: &str| it.parse().map_err(|_| format!("`{}` is not a number", it));
        for (key, value) in query::pairs(query).ok_or("the query is not UTF-8 behind its percent signs")? {
            match &*key {
                "nodes" => question.nodes.push(value.parse().map_err(|it| format!("nodes: {it}"))?),
                "lacking" => question.lacking = Some(number(&value)?),
                "most" => question.most = usize::try_from(number(&value)?).ok(),
                _ => return Err("a query has `nodes=SELECTOR`, `lacking=GENERATION` and `most=NUMBER` only".to_owned()),
            }
        }
        Ok(question)
    }

    fn matches(&self, it: &NodeReport) -> bool {
        self.nodes.is_empty() || self.nodes.iter().any(|selector| selector.matches(&it.node))
    }
}

/// The page.
pub(super) fn page(report: &Report, question: &Question, clock: Clock) -> Value {
    let matching: Vec<_> = report.nodes.iter().filter(|it| question.matches(it)).collect();
    let has = |it: &NodeReport| question.lacking.is_some_and(|number| it.has.is_some_and(|has| has >= number));
    let (have, rest): (Vec<_>, Vec<_>) = matching.iter().copied().partition(|it| has(it));
    // Who waits for a generation does not wait for those whom it does not concern.
    let (unselected, lacking): (Vec<_>, Vec<_>) = rest.iter().copied().partition(|it| is_unselected(it));
    let listed = if question.lacking.is_some() { &lacking } else { &rest };
    let most = question.most.unwrap_or(LISTED).min(MOST_LISTED);
    json!({
        "format": FORMAT,
        "connected": report.nodes.len(),
        "matching": matching.len(),
        "have": question.lacking.map(|_| have.len()),
        "lacking": question.lacking.map(|_| lacking.len()),
        "unselected": unselected.len(),
        "listed": listed.len().min(most),
        "more": listed.len().saturating_sub(most),
        "nodes": listed.iter().take(most).map(|it| node(it, clock)).collect::<Vec<_>>(),
    })
}

/// Whether no document is for it.
fn is_unselected(it: &NodeReport) -> bool {
    matches!(it.problem, Some(Problem::Unmatched(_)))
}

fn node(it: &NodeReport, clock: Clock) -> Value {
    let missing = it.missing.iter().map(|(kind, name)| json!({ "type": kind.to_string(), "name": &**name }));
    let problem = match &it.problem {
        None => None,
        Some(Problem::Unmatched(Some(nearest))) => {
            Some(format!("no document selects it; the nearest is for {nearest}"))
        }
        Some(Problem::Unmatched(None)) => Some("no document selects it".to_owned()),
        Some(Problem::Clash(clash)) => Some(clash.to_string()),
    };
    json!({
        "id": cut(&it.node.id),
        "cluster": cut(&it.node.cluster),
        "region": cut(&it.node.region),
        "zone": cut(&it.node.zone),
        "sub_zone": cut(&it.node.sub_zone),
        "since": clock.millis(it.since),
        "streams": it.streams,
        "goal": it.goal,
        "has": it.has,
        "stage": stage(it),
        "refuses": it.refuses,
        "missing": missing.collect::<Vec<_>>(),
        "problem": problem.as_deref().map(cut),
    })
}

fn stage(it: &NodeReport) -> &'static str {
    match it.stage {
        Stage::Make => "make",
        Stage::Warm => "warm",
        Stage::Switch => "switch",
        Stage::Linger => "linger",
        Stage::Last if it.goal.is_some() && it.has == it.goal => "done",
        Stage::Last => "last",
    }
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(TEXT).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::resource::Node;

    fn report(nodes: usize) -> Report {
        let node = |at: usize| NodeReport {
            node: Arc::new(Node { id: format!("edge-{at}"), cluster: "x".repeat(1000), ..Node::default() }),
            since: tokio::time::Instant::now().into_std(),
            streams: 1,
            goal: Some(8),
            has: if at.is_multiple_of(2) { Some(8) } else { None },
            stage: Stage::Last,
            problem: if at == 1 { Some(Problem::Unmatched(None)) } else { None },
            refuses: false,
            missing: vec![(crate::resource::ResourceType::from_short("CDS").unwrap(), "\"\n".into())],
        };
        Report { good: Some(8), trial: None, nodes: (0..nodes).map(node).collect() }
    }

    #[test]
    fn a_question_selects_and_bounds_what_is_listed() {
        let ask = |query: &str| page(&report(6), &Question::of(query).unwrap(), Clock::now());
        let ids =
            |it: &Value| it["nodes"].as_array().unwrap().iter().map(|it| it["id"].to_string()).collect::<String>();
        let all = ask("");
        assert_eq!((&all["connected"], &all["matching"], &all["listed"]), (&6.into(), &6.into(), &6.into()));
        let late = ask("lacking=8&most=2&nodes=id%3Dedge-*");
        assert_eq!(ids(&late), "\"edge-3\"\"edge-5\"");
        let counts = ["matching", "have", "lacking", "unselected", "more"].map(|it| late[it].as_u64().unwrap());
        assert_eq!(counts, [6, 3, 2, 1, 0]);
        let two = ask("nodes=id%3Dedge-1&nodes=id%3Dedge-2");
        assert_eq!((ids(&two), &two["connected"]), ("\"edge-1\"\"edge-2\"".to_owned(), &6.into()));
        assert_eq!(two["nodes"][0]["cluster"].as_str().unwrap().len(), TEXT);
        assert_eq!([&two["nodes"][0]["stage"], &two["nodes"][1]["stage"]], ["last", "done"]);
    }

    #[test]
    fn what_is_no_question_says_why() {
        for (query, why) in
            [("nodes=edge", "write `id=edge`"), ("most=x", "not a number"), ("node=a", "only"), ("nodes=%ff", "UTF-8")]
        {
            assert!(Question::of(query).unwrap_err().contains(why), "{query}");
        }
    }

    #[test]
    fn a_crowd_is_counted_and_not_listed_whole() {
        let page = page(&report(3000), &Question::default(), Clock::now());
        assert_eq!((&page["matching"], &page["listed"], &page["more"]), (&3000.into(), &1000.into(), &2000.into()));
    }
}
