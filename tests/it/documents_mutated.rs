//! Noise and damaged documents: never a panic, never a document from a file with errors, never a place outside it.

use chancery::compile::{Settings, compile};
use chancery::spec::RawFile;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What people and machines put in wrong places.
const SCRAPS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\n",
    "\t",
    "'",
    "\"",
    "&a ",
    "*a",
    "<<: *a\n",
    "!!str ",
    "| \n",
    "---\n",
    "? ",
    "# ",
    "null",
    "~",
    "\u{feff}",
    "\\",
    "%YAML 1.2\n",
    "\"@type\": google.protobuf.Value\n",
];

fn check(name: &str, content: &[u8]) -> Result<(), TestCaseError> {
    let compiled = compile(&RawFile::new(name, content), &Settings::default());
    let failed = compiled.diagnostics.has_errors();
    prop_assert!(!failed || (compiled.documents.is_empty() && compiled.skipped.is_none()));
    prop_assert!(failed || !compiled.documents.is_empty() || compiled.skipped.is_some());
    for label in compiled.diagnostics.0.iter().flat_map(|it| &it.labels) {
        let Some(span) = label.span else { continue };
        let (start, end) = (span.start as usize, span.end as usize);
        prop_assert!(start <= end && end <= label.text.content.len() + 1, "{span:?} of {}", label.text.content.len());
        let (line, column) = label.text.line_column(span);
        prop_assert!(line > 0 && column > 0);
    }
    Ok(())
}

fn documents() -> Vec<(String, Vec<u8>)> {
    let read =
        |it: std::path::PathBuf| (it.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(it).unwrap());
    super::documents::corpus("good").into_iter().map(read).filter(|it| !it.1.is_empty()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise(content in vec(any::<u8>(), 0..200), ending in select(vec!["yaml", "json", "pb", "pb_text"])) {
        check(&format!("noise.{ending}"), &content)?;
    }

    #[test]
    fn scraps_of_yaml(scraps in vec(select(SCRAPS.to_vec()), 0..30)) {
        check("scraps.yaml", format!("resources:\n{}", scraps.concat()).as_bytes())?;
    }

    #[test]
    fn damaged_documents(
        (name, content) in select(documents()),
        edits in vec((any::<Index>(), 0..20usize, select(SCRAPS.to_vec())), 1..4),
    ) {
        let mut content = content;
        for (at, removed, scrap) in edits {
            let at = at.index(content.len() + 1);
            let end = (at + removed).min(content.len());
            content.splice(at..end, scrap.bytes());
        }
        check(&name, &content)?;
    }

    #[test]
    fn truncated_documents((name, content) in select(documents()), at in any::<Index>()) {
        check(&name, &content[..at.index(content.len())])?;
    }
}
