//! Which resource Envoy refuses: as few runs as it takes, for Envoy stops at the first fault and seldom names its place.
//!
//! Every resource has a stand-in that Envoy takes, so a bootstrap can be asked about in which only the first so many
//! resources, in the order in which they are sent, are real. The shortest one that is refused ends with the culprit, and
//! what Envoy says of it is about that one only. The culprit then stays a stand-in, and the search goes on behind it.
//! Leaves to others: running Envoy (an argument), places and words.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::compile::{Member, StaticBootstrap};

/// How many faults of one group are looked for.
const MOST_FAULTS: usize = 8;

/// A fault, and whose it is.
#[derive(Debug)]
pub(super) struct Found<T> {
    /// The member, by index; `None` if Envoy refuses even the stand-ins.
    pub(super) culprit: Option<usize>,
    /// What Envoy said.
    pub(super) said: T,
}

/// What the runs brought.
#[derive(Debug)]
pub(super) struct Search<T> {
    pub(super) found: Vec<Found<T>>,
    /// What Envoy said of the whole, with a stand-in for each culprit; `None` if there may be more faults.
    pub(super) accepted: Option<T>,
    /// What cannot stand in a bootstrap.
    pub(super) notes: Vec<String>,
}

/// Looks for faults. `ask` is given a bootstrap and answers with Envoy's words and whether it took it.
pub(super) async fn search<T, E>(
    members: &[Member],
    mut ask: impl AsyncFnMut(&Value) -> Result<(T, bool), E>,
) -> Result<Search<T>, E> {
    let mut search = Search { found: Vec::new(), accepted: None, notes: Vec::new() };
    let mut out = HashSet::new();
    // All before this are good or out.
    let mut good = 0;
    while search.found.len() < MOST_FAULTS {
        let bootstrap = StaticBootstrap::new(partly(members, members.len(), &out));
        search.notes = bootstrap.notes.clone();
        let (mut said, is_taken) = ask(&bootstrap.value()).await?;
        if is_taken {
            search.accepted = Some(said);
            break;
        }
        // Refused with the first `high` real ones, as `said` tells, and taken with the first `low`.
        let (mut low, mut high) = (good, members.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let (words, is_taken) = ask(&StaticBootstrap::new(partly(members, middle, &out)).value()).await?;
            if is_taken {
                low = middle + 1;
            } else {
                (high, said) = (middle, words);
            }
        }
        let culprit = (high > good).then(|| high - 1);
        search.found.push(Found { culprit, said });
        match culprit {
            Some(it) if out.insert(it) => good = high,
            _ => break,
        }
    }
    Ok(search)
}

/// The first `real` members, and a stand-in for each of the others.
fn partly(members: &[Member], real: usize, out: &HashSet<usize>) -> Vec<Member> {
    let each = members.iter().enumerate();
    each.filter_map(|(at, it)| if at < real && !out.contains(&at) { Some(it.clone()) } else { stand_in(it) }).collect()
}

/// What Envoy takes in a resource's place, so that others may refer to it; nothing if none need to.
fn stand_in(member: &Member) -> Option<Member> {
    let name = &*member.name;
    let fields = match member.kind.rules().short {
        "CDS" => json!({"name": name, "type": "STATIC"}),
        "RDS" => json!({"name": name}),
        "EDS" => json!({"cluster_name": name}),
        _ => return None,
    };
    let Value::Object(fields) = fields else { return None };
    Some(Member { fields, ..member.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Origin, ResourceType};

    fn members(names: &str) -> Vec<Member> {
        let kind = ResourceType::from_short("CDS").unwrap();
        let member = |name: &str| {
            let fields = json!({"name": name, "real": true}).as_object().unwrap().clone();
            Member { kind: kind.clone(), name: name.into(), origin: Origin::default(), fields }
        };
        names.split(' ').map(member).collect()
    }

    /// Searches with an Envoy that refuses real resources named `bad…`, the first one first; `always` refuses all.
    fn check(names: &str, always: bool) -> (Vec<(Option<usize>, String)>, bool, usize) {
        let mut runs = 0;
        let ask = async |bootstrap: &Value| {
            runs += 1;
            let clusters = bootstrap["static_resources"]["clusters"].as_array().unwrap().iter();
            let mut bad = clusters.filter(|it| it["real"] == true).map(|it| it["name"].as_str().unwrap());
            let refused = bad.find(|it| it.starts_with("bad")).map(str::to_owned).or(always.then(|| "all".to_owned()));
            Ok::<_, ()>((refused.clone().unwrap_or_default(), refused.is_none()))
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let search = runtime.block_on(search(&members(names), ask)).unwrap();
        let found = search.found.into_iter().map(|it| (it.culprit, it.said)).collect();
        (found, search.accepted.is_some(), runs)
    }

    #[test]
    fn all_good_is_one_run() {
        assert_eq!(check("a b c d", false), (vec![], true, 1));
    }

    #[test]
    fn each_culprit_is_found_with_the_words_about_it() {
        let (found, all, _) = check("a bad1 b bad2 bad3", false);
        assert_eq!(found, [(Some(1), "bad1".to_owned()), (Some(3), "bad2".into()), (Some(4), "bad3".into())]);
        assert!(all);
    }

    #[test]
    fn the_search_is_short_and_bounded() {
        let names = (0..1000).map(|it| if it == 700 { "bad".to_owned() } else { format!("c{it}") });
        let (found, _, runs) = check(&names.collect::<Vec<_>>().join(" "), false);
        assert!(found[0].0 == Some(700) && runs <= 13, "{runs}");
        let (found, all, runs) = check(&["bad"; 50].join(" "), false);
        assert!(found.len() == MOST_FAULTS && !all && runs < 70, "{runs}");
        assert_eq!(check("a b", true), (vec![(None, "all".to_owned())], false, 3));
    }
}
