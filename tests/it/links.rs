//! The links of `README.md` and `docs/`: every relative file exists, and every `#anchor` is a heading of its page.
//!
//! Anchors are made as GitHub makes them: lower case, spaces to hyphens, all other punctuation left out, and `-1`
//! behind the second heading of the same words.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The Markdown pages, by their paths from the repository's root.
fn pages() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = BTreeMap::from([("README.md".into(), fs::read_to_string(root.join("README.md")).unwrap())]);
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                pages.insert(path.clone(), fs::read_to_string(root.join(path)).unwrap());
            }
        }
    }
    pages
}

/// The lines outside of fenced blocks, numbered from 1.
fn prose(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    page.lines().enumerate().filter_map(move |(at, line)| {
        let is_fence = line.trim_start().starts_with("```");
        inside ^= is_fence;
        (!inside && !is_fence).then_some((at + 1, line))
    })
}

/// A line without what stands in backquotes: no link is in there.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

/// The anchors of a page.
fn anchors(page: &str) -> HashSet<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let headings = prose(page).filter(|it| it.1.starts_with('#'));
    let words = headings.map(|it| it.1.trim_start_matches('#').trim().to_lowercase());
    words
        .map(|words| {
            let kept = words.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
            let anchor: String = kept.map(|it| if it == ' ' { '-' } else { it }).collect();
            let before = seen.entry(anchor.clone()).or_default();
            *before += 1;
            if *before == 1 { anchor } else { format!("{anchor}-{}", *before - 1) }
        })
        .collect()
}

/// The targets of a line's links.
fn targets(line: &str) -> Vec<String> {
    let line = without_code(line);
    let parts = line.split("](").skip(1);
    parts.filter_map(|it| it.split([')', ' ']).next()).map(str::to_owned).collect()
}

/// The page that a link leads to, from the repository's root.
fn resolved(page: &Path, target: &str) -> PathBuf {
    let mut path = page.parent().unwrap().to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    path
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let pages = pages();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut dead, mut count) = (Vec::new(), 0);
    for (path, text) in &pages {
        for (line, target) in prose(text).flat_map(|(line, text)| targets(text).into_iter().map(move |it| (line, it))) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let to = if file.is_empty() { path.clone() } else { resolved(path, file) };
            let has_anchor = || pages.get(&to).is_some_and(|it| anchors(it).contains(anchor));
            if !root.join(&to).exists() || !(anchor.is_empty() || has_anchor()) {
                dead.push(format!("{}:{line}: {target}", path.display()));
            }
        }
    }
    assert!(count > 50, "{count}");
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn anchors_are_those_of_github() {
    let page = "# The CA's `key`\n## downstream TLS\n```\n# no heading\n```\n## downstream TLS\n";
    let expected = ["the-cas-key", "downstream-tls", "downstream-tls-1"].map(str::to_owned);
    assert_eq!(anchors(page), HashSet::from(expected));
    assert_eq!(targets("[a](b.md#c), `[x](y)` and [d](#e \"f\")"), ["b.md#c", "#e"]);
}
