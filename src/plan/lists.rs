//! Which item of one list is which of another: by what names it, else by likeness and place.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// What becomes of an item. At least one of the places is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) old: Option<usize>,
    pub(super) new: Option<usize>,
    /// What the item is called, where that is better than its place.
    pub(super) name: Option<String>,
    /// Whether it has another place among the items that stayed.
    pub(super) moved: bool,
}

/// One way to tell items apart.
struct Key {
    of: fn(&Value) -> Option<String>,
    /// Whether it is what people call the item. Otherwise it only helps to find it: two items without a partner, at one
    /// place, are one item that changed.
    is_name: bool,
}

/// In order of preference: the first that every item has, and no two items of a list share, is taken.
const KEYS: &[Key] = &[
    Key { of: |it| (!it.is_object() && !it.is_array()).then(|| it.to_string()), is_name: false },
    Key { of: |it| text(it, "/name"), is_name: true },
    Key { of: |it| text(it, "/cluster"), is_name: true },
    Key { of: |it| text(it, "/header/key"), is_name: true },
    Key { of: |it| text(it, "/key"), is_name: true },
    Key { of: |it| part(it, "/domains"), is_name: false },
    Key { of: |it| part(it, "/endpoint/address"), is_name: false },
    Key { of: |it| part(it, "/address"), is_name: false },
    Key { of: |it| Some(format!("{} {}", part(it, "/locality")?, it["priority"])), is_name: false },
    Key { of: |it| part(it, "/filter_chain_match"), is_name: false },
    Key { of: |it| part(it, "/match"), is_name: false },
];

/// More than this is not compared item by item: only what begins and ends alike is found.
const MOST_COMPARISONS: usize = 1 << 20;

fn text(item: &Value, pointer: &str) -> Option<String> {
    item.pointer(pointer).and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned)
}

fn part(item: &Value, pointer: &str) -> Option<String> {
    item.pointer(pointer).map(Value::to_string)
}

/// Each item of both lists in one pair, in the new list's order; what is gone stands where it was.
pub(super) fn pair(old: &[Value], new: &[Value]) -> Vec<Pair> {
    match KEYS.iter().find_map(|key| Some((key, keys(key, old)?, keys(key, new)?))) {
        Some((key, old_keys, new_keys)) => by_key(key, &old_keys, &new_keys),
        None => by_likeness(old, new),
    }
}

fn keys(key: &Key, items: &[Value]) -> Option<Vec<String>> {
    let keys: Vec<String> = items.iter().map(key.of).collect::<Option<_>>()?;
    let distinct = keys.iter().collect::<HashSet<_>>().len() == keys.len();
    distinct.then_some(keys)
}

fn by_key(key: &Key, old: &[String], new: &[String]) -> Vec<Pair> {
    let places: HashMap<&String, usize> = old.iter().enumerate().map(|(at, it)| (it, at)).collect();
    let partners: Vec<Option<usize>> = new.iter().map(|it| places.get(it).copied()).collect();
    let common: Vec<(usize, usize)> =
        partners.iter().enumerate().filter_map(|(new, old)| old.map(|old| (old, new))).collect();
    let stayed = longest_rising(&common);
    let moved: HashMap<usize, usize> =
        common.iter().filter(|it| !stayed.contains(it)).map(|(old, new)| (*new, *old)).collect();
    let mut pairs = between(&stayed, old.len(), new.len(), !key.is_name, &moved);
    for pair in pairs.iter_mut().filter(|_| key.is_name) {
        pair.name = pair.new.map(|it| new[it].clone()).or_else(|| pair.old.map(|it| old[it].clone()));
    }
    pairs
}

fn by_likeness(old: &[Value], new: &[Value]) -> Vec<Pair> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (middle_old, middle_new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let middle = common_items(middle_old, middle_new).into_iter().map(|(a, b)| (a + head, b + head));
    let ends = (1..=tail).rev().map(|it| (old.len() - it, new.len() - it));
    let stayed: Vec<_> = (0..head).map(|it| (it, it)).chain(middle).chain(ends).collect();
    between(&stayed, old.len(), new.len(), true, &HashMap::new())
}

/// Pairs that keep their order, and in the gaps between them what came, went, moved or changed.
fn between(
    stayed: &[(usize, usize)],
    old_len: usize,
    new_len: usize,
    pair_up: bool,
    moved: &HashMap<usize, usize>,
) -> Vec<Pair> {
    let from: HashSet<usize> = moved.values().copied().collect();
    let mut pairs = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for (old_end, new_end) in stayed.iter().copied().chain([(old_len, new_len)]) {
        let mut gone: Vec<usize> = (old_at..old_end).filter(|it| !from.contains(it)).rev().collect();
        for new in new_at..new_end {
            let old = match moved.get(&new) {
                Some(old) => Some(*old),
                None if pair_up => gone.pop(),
                None => None,
            };
            pairs.push(Pair { old, new: Some(new), name: None, moved: moved.contains_key(&new) });
        }
        pairs.extend(gone.into_iter().rev().map(|it| Pair { old: Some(it), new: None, name: None, moved: false }));
        if old_end < old_len || new_end < new_len {
            pairs.push(Pair { old: Some(old_end), new: Some(new_end), name: None, moved: false });
        }
        (old_at, new_at) = (old_end + 1, new_end + 1);
    }
    pairs
}

/// The longest part of these pairs, in order of the new place, whose old places rise too: what did not move.
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; pairs.len()];
    for (at, (old, _)) in pairs.iter().enumerate() {
        let length = tails.partition_point(|it| pairs[*it].0 < *old);
        before[at] = length.checked_sub(1).map(|it| tails[it]);
        if length == tails.len() {
            tails.push(at);
        } else {
            tails[length] = at;
        }
    }
    let mut rising: Vec<_> =
        std::iter::successors(tails.last().copied(), |it| before[*it]).map(|it| pairs[it]).collect();
    rising.reverse();
    rising
}

/// A longest common subsequence of equal items.
fn common_items(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > MOST_COMPARISONS {
        return Vec::new();
    }
    let width = new.len() + 1;
    let mut best = vec![0_u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            best[a * width + b] = if old[a] == new[b] {
                best[(a + 1) * width + b + 1] + 1
            } else {
                best[(a + 1) * width + b].max(best[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b, mut found) = (0, 0, Vec::new());
    while a < old.len() && b < new.len() {
        if old[a] == new[b] {
            found.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if best[(a + 1) * width + b] >= best[a * width + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Pairs as `old>new`, with `m` for moved.
    #[track_caller]
    fn check(old: Value, new: Value, expected: &str) {
        let place = |it: Option<usize>| it.map_or("-".to_owned(), |it| it.to_string());
        let pairs = pair(old.as_array().unwrap(), new.as_array().unwrap());
        let told: Vec<_> = pairs
            .iter()
            .map(|it| format!("{}>{}{}", place(it.old), place(it.new), if it.moved { "m" } else { "" }))
            .collect();
        assert_eq!(told.join(" "), expected);
    }

    #[test]
    fn items_are_found_again() {
        check(json!([]), json!([]), "");
        check(json!([1, 2, 3]), json!([1, 3]), "0>0 1>- 2>1");
        check(json!(["a", "b"]), json!(["a", "c"]), "0>0 1>1");
        check(json!([1, 2, 3]), json!([3, 1, 2]), "2>0m 0>1 1>2");
        // A name that is gone is another item; without names, what stands at one place is one that changed.
        check(json!([{"name": "a"}, {"name": "b"}]), json!([{"name": "a"}, {"name": "c"}]), "0>0 ->1 1>-");
        check(json!([{"x": 1}, {"x": 2}]), json!([{"x": 1}, {"x": 3}, {"x": 4}]), "0>0 1>1 ->2");
        let end = |port: u16| json!({"endpoint": {"address": {"port": port}}});
        check(json!([end(1), end(2), end(3)]), json!([end(1), end(4), end(3)]), "0>0 1>1 2>2");
        // Names that are not unique are no names.
        check(json!([{"name": "a", "x": 1}, {"name": "a", "x": 2}]), json!([{"name": "a", "x": 2}]), "0>- 1>0");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_item_is_in_one_pair(
            old in proptest::collection::vec(0..9_u8, 0..9),
            new in proptest::collection::vec(0..9_u8, 0..9),
            wrapped in any::<bool>(),
        ) {
            let items = |list: &[u8]| -> Vec<Value> {
                list.iter().map(|it| if wrapped { json!({ "x": it }) } else { json!(it) }).collect()
            };
            let pairs = pair(&items(&old), &items(&new));
            let mut olds: Vec<_> = pairs.iter().filter_map(|it| it.old).collect();
            olds.sort_unstable();
            prop_assert_eq!(olds, (0..old.len()).collect::<Vec<_>>());
            // In the new list's order.
            prop_assert_eq!(pairs.iter().filter_map(|it| it.new).collect::<Vec<_>>(), (0..new.len()).collect::<Vec<_>>());
            if old == new {
                prop_assert!(pairs.iter().all(|it| it.old == it.new && !it.moved));
            }
        }
    }
}
