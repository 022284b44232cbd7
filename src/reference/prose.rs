//! The comments of Envoy's API as plain text: reStructuredText with marks of its own, made readable.
//!
//! Links become their words, marks such as `[#next-free-field: 3]` go, notes and code blocks keep what they are. This
//! reads what is there, not all of reStructuredText: what it does not know stays as written.

/// A paragraph, a point of a list, or a block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// How far it is set in.
    pub indent: usize,
    /// What it is.
    pub form: Form,
    /// One line of text; several, if it is code.
    pub text: String,
}

/// The form of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A paragraph.
    Text,
    /// A point of a list.
    Point,
    /// Code, whose lines stay as they are.
    Code,
    /// A paragraph with a word in front: `note`, `attention`, `warning`, `tip`.
    Remark(&'static str),
}

/// The directives that are remarks.
const REMARKS: [&str; 5] = ["note", "attention", "warning", "tip", "important"];

/// Abbreviations that do not end a sentence.
const ABBREVIATIONS: [&str; 6] = ["e.g", "i.e", "etc", "vs", "cf", "E.g"];

/// A comment's blocks.
pub(super) fn blocks(comment: &str) -> Vec<Block> {
    let text = without_marks(comment);
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    read(&lines, 0, None, &mut out);
    out.retain(|it| !it.text.is_empty());
    out
}

/// Whether the comment says that Envoy does not implement what it is about.
pub(super) fn is_hidden(comment: &str) -> bool {
    comment.contains("[#not-implemented-hide:")
}

/// The first sentence, at most so many characters of it.
pub(super) fn first_sentence(comment: &str, most: usize) -> String {
    let first = blocks(comment).into_iter().find(|it| it.form == Form::Text);
    let text = first.map(|it| it.text).unwrap_or_default();
    shortened(sentence(&text), most)
}

/// The sentence that a text begins with.
pub(super) fn sentence(text: &str) -> &str {
    for (at, _) in text.match_indices(". ") {
        let before = &text[..at];
        let ends_short = ABBREVIATIONS.iter().any(|it| before.ends_with(it));
        if !ends_short {
            return &text[..=at];
        }
    }
    text
}

/// The text cut between two words, if it is too long.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |it| it.0);
    format!("{}…", cut.trim_end_matches([',', ';', ':', '(', ' ']))
}

/// Reads lines of one level; those of a remark are marked with its word.
fn read(lines: &[&str], indent: usize, remark: Option<&'static str>, out: &mut Vec<Block>) {
    let mut remark = remark;
    let mut at = 0;
    let mut is_literal = false;
    while let Some(line) = lines.get(at) {
        let depth = depth_of(line);
        let word = line.trim_start();
        if word.is_empty() {
            at += 1;
        } else if is_literal && depth > 0 {
            at += code(&lines[at..], depth, indent, out);
            is_literal = false;
        } else if let Some((name, argument)) = directive(word) {
            let body = below(&lines[at + 1..], depth);
            at += 1 + body.len();
            directed(name, argument, body, indent, out);
        } else {
            let (taken, point) = paragraph(&lines[at..]);
            let text = taken.iter().map(|it| it.trim()).collect::<Vec<_>>().join(" ");
            at += taken.len();
            is_literal = text.ends_with("::");
            let text = text.strip_suffix("::").map_or_else(|| text.clone(), |it| format!("{it}:"));
            let form = match (point, remark.take()) {
                (Some(_), _) => Form::Point,
                (None, Some(word)) => Form::Remark(word),
                (None, None) => Form::Text,
            };
            let text = inline(&text[point.unwrap_or(0).min(text.len())..]);
            out.push(Block { indent: indent + depth.min(4), form, text });
        }
    }
}

/// The lines of a paragraph, and how long the mark is if it is a point of a list.
fn paragraph<'a>(lines: &'a [&'a str]) -> (&'a [&'a str], Option<usize>) {
    let first = lines.first().copied().unwrap_or_default();
    let (depth, point) = (depth_of(first), mark_of(first.trim_start()));
    let ends = |line: &&str| {
        let word = line.trim_start();
        let is_out = point.is_some() && depth_of(line) <= depth;
        word.is_empty() || mark_of(word).is_some() || directive(word).is_some() || is_out
    };
    let count = lines.iter().skip(1).position(ends).map_or(lines.len(), |it| it + 1);
    (&lines[..count], point)
}

/// How long the mark of a point is.
fn mark_of(word: &str) -> Option<usize> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = (1..=2).contains(&digits) && word[digits..].starts_with(". ");
    match word {
        _ if word.starts_with("* ") || word.starts_with("- ") => Some(2),
        _ if word.starts_with("#. ") => Some(3),
        _ if numbered => Some(digits + 2),
        _ => None,
    }
}

/// The name and the argument of `.. name:: argument`.
fn directive(word: &str) -> Option<(&str, &str)> {
    let (name, argument) = word.strip_prefix(".. ")?.split_once("::")?;
    Some((name.trim(), argument.trim()))
}

/// The lines that belong to the directive above them: deeper ones, and empty ones between.
fn below<'a>(lines: &'a [&'a str], depth: usize) -> &'a [&'a str] {
    let count = lines.iter().position(|it| !it.trim().is_empty() && depth_of(it) <= depth);
    &lines[..count.unwrap_or(lines.len())]
}

fn directed(name: &str, argument: &str, body: &[&str], indent: usize, out: &mut Vec<Block>) {
    let margin = body.iter().filter(|it| !it.trim().is_empty()).map(|it| depth_of(it)).min().unwrap_or(0);
    let body: Vec<&str> = body.iter().map(|it| it.get(margin..).unwrap_or_default()).collect();
    match REMARKS.iter().find(|it| **it == name) {
        Some(word) => {
            let all: Vec<&str> = std::iter::once(argument).filter(|it| !it.is_empty()).chain(body).collect();
            read(&all, indent, Some(word), out);
        }
        None => {
            let options = body.iter().take_while(|it| it.starts_with(':')).count();
            code(&body[options..], 0, indent, out);
        }
    }
}

/// A block of code, up to the first line that is less deep; how many lines it took.
fn code(lines: &[&str], depth: usize, indent: usize, out: &mut Vec<Block>) -> usize {
    let ends = |it: &&str| !it.trim().is_empty() && depth_of(it) < depth;
    let count = lines.iter().position(ends).unwrap_or(lines.len());
    let text: Vec<&str> = lines[..count].iter().map(|it| it.get(depth..).unwrap_or_default()).collect();
    let text = text.join("\n").trim_matches('\n').to_owned();
    out.push(Block { indent: indent + 4, form: Form::Code, text });
    count.max(1)
}

fn depth_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Takes away `[#…]`, which may hold brackets itself and go over lines.
fn without_marks(comment: &str) -> String {
    let mut out = String::with_capacity(comment.len());
    let mut rest = comment;
    while let Some((before, after)) = rest.split_once("[#") {
        let mut open = 1_usize;
        let end = after.char_indices().find(|(_, c)| {
            open = match c {
                '[' => open + 1,
                ']' => open - 1,
                _ => open,
            };
            open == 0
        });
        out.push_str(before);
        rest = end.map_or("", |(at, _)| &after[at + 1..]);
    }
    out.push_str(rest);
    out
}

/// The words of a line without the marks around them.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        let (before, quoted) = rest.split_at(at);
        if let Some(inside) = quoted.strip_prefix("``")
            && let Some((code, after)) = inside.split_once("``")
        {
            out.push_str(&before.replace("**", ""));
            out.push_str(&format!("`{}`", code.trim()));
            rest = after;
            continue;
        }
        let Some((inside, after)) = quoted[1..].split_once('`') else { break };
        let (before, role) = role_of(before);
        out.push_str(&before.replace("**", ""));
        out.push_str(&link(inside, role));
        rest = after.trim_start_matches('_');
    }
    out.push_str(&rest.replace("**", ""));
    out
}

/// The role before a quote: `:ref:`, and what comes before it.
fn role_of(before: &str) -> (&str, &str) {
    let Some(head) = before.strip_suffix(':') else { return (before, "") };
    let Some(at) = head.rfind(':') else { return (before, "") };
    let is_role = head.len() > at + 1 && head[at + 1..].bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    if is_role { (&before[..at], &head[at + 1..]) } else { (before, "") }
}

/// The words of a link: those before its target, or those that the target stands for.
fn link(inside: &str, role: &str) -> String {
    // Some comments have the role on the wrong side of the quote.
    let inside = inside.strip_prefix(":ref:").unwrap_or(inside);
    match inside.split_once('<') {
        Some((words, target)) if target.starts_with("http") => {
            format!("{} ({})", words.trim(), target.trim_end_matches('>'))
        }
        Some((words, _)) if !words.trim().is_empty() => words.trim().to_owned(),
        _ if role == "ref" => target_words(inside),
        _ => format!("`{inside}`"),
    }
}

/// What a target is called: `envoy_v3_api_field_config.route.v3.RouteAction.timeout` is `RouteAction.timeout`,
/// `config_http_filters_router_x-envoy-retry-on` is `x-envoy-retry-on`.
fn target_words(target: &str) -> String {
    if let Some(name) = target.strip_prefix("envoy_v3_api_") {
        let name = name.split_once('_').map_or(name, |it| it.1);
        let is_type = |it: &&str| it.starts_with(|c: char| c.is_ascii_uppercase());
        let skipped: usize = name.split('.').take_while(|it| !is_type(it)).map(|it| it.len() + 1).sum();
        return format!("`{}`", name.get(skipped..).filter(|it| !it.is_empty()).unwrap_or(name));
    }
    if let Some(at) = target.find("x-envoy") {
        return format!("`{}`", &target[at..]);
    }
    const PREFIXES: [&str; 5] =
        ["arch_overview_", "config_http_filters_", "config_http_conn_man_", "config_", "operations_"];
    let short = PREFIXES.iter().find_map(|it| target.strip_prefix(it)).unwrap_or(target);
    short.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(comment: &str) -> String {
        let lines = blocks(comment).into_iter().map(|it| {
            let mark = match it.form {
                Form::Text => String::new(),
                Form::Point => "* ".to_owned(),
                Form::Code => "| ".to_owned(),
                Form::Remark(word) => format!("{word}: "),
            };
            format!("{}{mark}{}", " ".repeat(it.indent), it.text)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn links_and_marks() {
        for (comment, expected) in [
            ("Uses :ref:`the\nfilter <config_x>`. ``a``", "Uses the filter. `a`"),
            (":ref:`envoy_v3_api_field_config.route.v3.RouteAction.timeout`", "`RouteAction.timeout`"),
            (":ref:`config_http_filters_router_x-envoy-retry-on`", "`x-envoy-retry-on`"),
            (":ref:`arch_overview_load_balancing_types`", "load balancing types"),
            ("See `here <https://a.b/c>`_.", "See here (https://a.b/c)."),
            ("A.\n[#next-free-field: 3]", "A."),
            ("A [#comment: [x] y\nz] b", "A  b"),
            ("**All** of :option:`--mode`", "All of `--mode`"),
            ("a ` b", "a ` b"),
        ] {
            assert_eq!(text(comment), expected, "{comment}");
        }
    }

    #[test]
    fn blocks_keep_what_they_are() {
        let comment = "One\ntwo.\n\n* first\n  more\n* second\n\n.. note::\n\n  Be careful\n  here.\n\nLike::\n\n    a: 1\n      b: 2\n\n.. code-block:: yaml\n\n  x: y\n\nEnd.";
        let expected =
            "One two.\n* first more\n* second\nnote: Be careful here.\nLike:\n    | a: 1\n  b: 2\n    | x: y\nEnd.";
        assert_eq!(text(comment), expected);
    }

    #[test]
    fn first_sentences() {
        assert_eq!(first_sentence("One, e.g. two. Three.", 80), "One, e.g. two.");
        assert_eq!(first_sentence("A long, long sentence without end", 14), "A long, long…");
        assert_eq!(first_sentence("[#next-free-field: 3]", 80), "");
    }
}
