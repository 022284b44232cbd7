//! Pages about diagnostic codes, from their table.

use super::page::{Page, Row};
use super::prose::{Block, Form};
use crate::spec::codes::{self, Code, Level};

/// Whether a question is about a code: `CH1003`, in any case.
pub(super) fn is_code(topic: &str) -> bool {
    let digits = topic.get(2..).unwrap_or_default();
    topic.get(..2).is_some_and(|it| it.eq_ignore_ascii_case("CH"))
        && !digits.is_empty()
        && digits.bytes().all(|it| it.is_ascii_digit())
}

/// The story of a code.
pub(super) fn page(topic: &str) -> Option<Page> {
    let code = codes::find(&topic.to_ascii_uppercase())?;
    let mut page = Page { title: code.code.to_owned(), subtitle: code.title.to_owned(), ..Page::default() };
    page.fact("level", level(code));
    if code.level != Level::Error {
        let (flags, words) = other_levels(code);
        page.fact("change it", format!("{flags} on the command line, or {words} in a document"));
    }
    let why = code.why.split_whitespace().collect::<Vec<_>>().join(" ");
    if !why.is_empty() {
        page.paragraph(why);
    }
    for (words, document) in [("A document that has it:", code.bad), ("The same without it:", code.good)] {
        if !document.is_empty() {
            page.paragraph(words);
            page.text.push(Block { indent: 4, form: Form::Code, text: document.trim_end().to_owned() });
        }
    }
    Some(page)
}

/// All codes, one a row.
pub(super) fn rows() -> Vec<Row> {
    let row = |it: &Code| Row { name: it.code.to_owned(), kind: word(it.level).to_owned(), line: it.title.to_owned() };
    codes::all().map(row).collect()
}

fn level(code: &Code) -> &'static str {
    match code.level {
        Level::Error => "error; no setting changes it",
        Level::Deny => "deny: the document is refused",
        Level::Warn => "warn: the document is used",
        Level::Allow => "allow: nothing is said",
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Deny => "deny",
        Level::Warn => "warn",
        Level::Allow => "allow",
    }
}

/// How to give a code another level: by flags, and in a document.
fn other_levels(code: &Code) -> (String, String) {
    let others = || codes::WORDS.iter().filter(|it| it.1 != code.level).map(|it| it.0);
    let flags: Vec<_> = others().map(|it| format!("`--{it} {}`", code.code)).collect();
    let words: Vec<_> = others().map(|it| format!("`lints: {{{}: {it}}}`", code.code)).collect();
    (flags.join(" or "), words.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_in_any_case() {
        for code in codes::all() {
            let page = page(&code.code.to_lowercase()).unwrap();
            assert_eq!((page.title.as_str(), page.subtitle.as_str()), (code.code, code.title));
            assert_eq!(page.facts.len() == 1, code.level == Level::Error);
        }
        assert!(is_code("ch1003") && !is_code("chain") && !is_code("CH"));
    }
}
