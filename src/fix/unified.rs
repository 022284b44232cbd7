//! Unified diffs, as `patch` and `git apply` read them.

use std::fmt::Write;

/// Unchanged lines around each change.
const CONTEXT: usize = 3;

/// Changes beyond which the middle of a text counts as replaced; the search costs their square.
const MOST: usize = 2000;

/// One line of the way from the old text to the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Keep,
    Delete,
    Insert,
}

/// The difference of two texts; empty if there is none.
pub fn unified_diff(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let steps = steps(&old, &new);
    let mut out = format!("--- a/{name}\n+++ b/{name}\n");
    let mut at = (0, 0, 0);
    while let Some(first) = steps[at.0..].iter().position(|it| *it != Step::Keep).map(|it| it + at.0) {
        let start = first.saturating_sub(CONTEXT).max(at.0);
        at = (start, at.1 + (start - at.0), at.2 + (start - at.0));
        at = hunk(&mut out, &steps, at, &old, &new);
    }
    out
}

/// Writes the hunk that begins here; says where it ends.
fn hunk(
    out: &mut String,
    steps: &[Step],
    (start, mut from, mut to): (usize, usize, usize),
    old: &[&str],
    new: &[&str],
) -> (usize, usize, usize) {
    let end = hunk_end(steps, start);
    let count = |unwanted: Step| steps[start..end].iter().filter(|it| **it != unwanted).count();
    let (removed, added) = (count(Step::Insert), count(Step::Delete));
    // An empty side is counted from the line before it.
    let line = |at: usize, count: usize| if count == 0 { at } else { at + 1 };
    let _ = writeln!(out, "@@ -{},{removed} +{},{added} @@", line(from, removed), line(to, added));
    for step in &steps[start..end] {
        let (mark, line) = match step {
            Step::Keep => (' ', old[from]),
            Step::Delete => ('-', old[from]),
            Step::Insert => ('+', new[to]),
        };
        from += usize::from(*step != Step::Insert);
        to += usize::from(*step != Step::Delete);
        let _ = write!(out, "{mark}{line}");
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
    (end, from, to)
}

/// Where a hunk ends: after its context, unless the next change is so near that they are one.
fn hunk_end(steps: &[Step], start: usize) -> usize {
    let mut last = start;
    for (at, step) in steps.iter().enumerate().skip(start) {
        match step {
            Step::Keep if at > last + 2 * CONTEXT && last > start => break,
            Step::Keep => {}
            _ => last = at,
        }
    }
    (last + 1 + CONTEXT).min(steps.len())
}

fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[same..], &new[same..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut steps = vec![Step::Keep; same];
    steps.extend(shortest(old_middle, new_middle));
    steps.extend(std::iter::repeat_n(Step::Keep, tail));
    steps
}

/// The shortest way (Myers, 1986): for each number of changes, how far each diagonal reaches.
fn shortest(old: &[&str], new: &[&str]) -> Vec<Step> {
    let (n, m) = (old.len() as isize, new.len() as isize);
    let most = (old.len() + new.len()).min(MOST) as isize;
    let width = 2 * most + 3;
    let index = |diagonal: isize| (diagonal + most + 1) as usize;
    let mut reach = vec![0_isize; width as usize];
    let mut history = Vec::new();
    for changes in 0..=most {
        history.push(reach.clone());
        for diagonal in (-changes..=changes).step_by(2) {
            let (below, beside) = (reach[index(diagonal + 1)], reach[index(diagonal - 1)] + 1);
            let down = diagonal == -changes || (diagonal != changes && beside <= below);
            let mut x = if down { below } else { beside };
            while x < n && x - diagonal < m && x - diagonal >= 0 && old[x as usize] == new[(x - diagonal) as usize] {
                x += 1;
            }
            reach[index(diagonal)] = x;
            if x >= n && x - diagonal >= m {
                return walk_back(&history, changes, n, m, index);
            }
        }
    }
    let replaced = std::iter::repeat_n(Step::Delete, old.len());
    replaced.chain(std::iter::repeat_n(Step::Insert, new.len())).collect()
}

fn walk_back(
    history: &[Vec<isize>],
    changes: isize,
    mut x: isize,
    mut y: isize,
    index: impl Fn(isize) -> usize,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for changes in (0..=changes).rev() {
        let reach = &history[changes as usize];
        let diagonal = x - y;
        let (below, beside) = (reach[index(diagonal + 1)], reach[index(diagonal - 1)] + 1);
        let down = diagonal == -changes || (diagonal != changes && beside <= below);
        let (start_x, start_y) = match (changes, down) {
            (0, _) => (0, 0),
            (_, true) => (below, below - diagonal),
            (_, false) => (beside, beside - diagonal),
        };
        while x > start_x && y > start_y {
            steps.push(Step::Keep);
            (x, y) = (x - 1, y - 1);
        }
        if changes > 0 {
            steps.push(if down { Step::Insert } else { Step::Delete });
            (x, y) = if down { (x, y - 1) } else { (x - 1, y) };
        }
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hunks_with_context() {
        let old: String = (0..20).map(|it| format!("{it}\n")).collect();
        let new = old.replace("\n3\n", "\nthree\n").replace("\n15\n", "\n15\nmore\n");
        let expected = "--- a/t\n+++ b/t\n@@ -1,7 +1,7 @@\n 0\n 1\n 2\n-3\n+three\n 4\n 5\n 6\n@@ -14,6 +14,7 @@\n 13\n 14\n 15\n+more\n 16\n 17\n 18\n";
        assert_eq!(unified_diff("t", &old, &new), expected);
        assert_eq!(unified_diff("t", "a", "a"), "");
        let ends = "--- a/t\n+++ b/t\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n";
        assert_eq!(unified_diff("t", "a", "a\nb\n"), ends);
    }

    proptest! {
        /// The steps lead from the one text to the other.
        #[test]
        fn steps_are_a_way(old in "[ab\n]{0,30}", new in "[ab\n]{0,30}") {
            let old: Vec<&str> = old.split_inclusive('\n').collect();
            let new: Vec<&str> = new.split_inclusive('\n').collect();
            let (mut from, mut made) = (0, Vec::new());
            for step in steps(&old, &new) {
                match step {
                    Step::Keep => made.push(old[from]),
                    Step::Insert => made.push(new[made.len()]),
                    Step::Delete => {}
                }
                from += usize::from(step != Step::Insert);
            }
            prop_assert_eq!(from, old.len());
            prop_assert_eq!(made, new);
        }
    }
}
