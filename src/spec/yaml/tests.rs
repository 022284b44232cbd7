//! Documents in, a short drawing of the tree out.

use super::*;
use crate::spec::{Value, codes};

fn draw(tree: &Tree) -> String {
    match &tree.value {
        Value::Null => "null".into(),
        Value::Scalar(it) if it.quoted => format!("{:?}", it.text),
        Value::Scalar(it) => it.text.to_string(),
        Value::Sequence(items) => format!("[{}]", items.iter().map(draw).collect::<Vec<_>>().join(" ")),
        Value::Mapping(entries) => {
            let entries = entries.iter().map(|it| format!("{}:{}", it.key.text, draw(&it.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
        Value::ConfigSource => "config source".into(),
    }
}

/// Trees, then faults as `line:column code`, each with a line of its own.
#[track_caller]
fn check(text: &str, expected: &str) {
    let text = Text::new("t", text);
    let mut out = Diagnostics::default();
    let mut lines: Vec<_> = parse(&text, &mut out).iter().map(draw).collect();
    for it in &out.0 {
        let places: Vec<_> = it.labels.iter().map(|label| text.line_column(label.span.unwrap())).collect();
        let places: Vec<_> = places.iter().map(|(line, column)| format!("{line}:{column}")).collect();
        lines.push(format!("{} {}", places.join(" "), it.code));
    }
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn scalars_keep_their_text() {
    check("a: 1\nb: '1'\nc: ~\nd:\ne: !!str 5\nf: |\n  x\n", "{a:1 b:\"1\" c:null d:null e:\"5\" f:\"x\\n\"}");
}

#[test]
fn json_with_tabs_a_byte_order_mark_and_windows_line_ends() {
    check("\u{feff}{\r\n\t\"a\": [1, {\"b\": null}],\r\n\t\"c\": \"\\u00fc\\/\"}", "{a:[1 {b:null}] c:\"ü/\"}");
}

#[test]
fn several_documents_and_recovery_after_a_fault() {
    check("a: 1\n---\n---\n# none\n---\nb: [\n---\nc: 1\n", "{a:1}\n{c:1}\n6:4 CH1001");
    check("", "");
    check("# only a comment\n", "");
}

#[test]
fn s58_a_missing_key_is_a_syntax_error_with_its_place() {
    check("a:\n  b: V3\n  - c:\n      d: e\n", "3:5 CH1001");
}

#[test]
fn duplicate_keys_keep_the_first() {
    check("a: 1\nb: {x: 1, x: 2}\na: 2\n", "{a:1 b:{x:1}}\n2:11 2:5 CH1005\n3:1 1:1 CH1005");
    let many: String = (0..40).map(|it| format!("k{it}: 1\n")).collect();
    let text = Text::new("t", format!("{many}k7: 2\n"));
    let mut out = Diagnostics::default();
    assert_eq!(parse(&text, &mut out)[0].entries().len(), 40);
    assert_eq!(out.0[0].place(), "t:41:1");
}

#[test]
fn aliases_and_merge_keys() {
    check("a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}\n", "{a:{p:1 q:2} b:{p:1 q:2} c:{q:3 p:1}}");
    check("a: [&k name]\n*k : 1\n", "{a:[name] name:1}");
    check("a: *no\n", "{a:null}\n1:4 CH1008");
    check("a: &a [*a]\n", "{a:[null]}\n1:8 CH1008");
    check("a: {<<: 1}\n", "{a:{}}\n1:5 CH1021");
    check("---\na: &a 1\n---\nb: *a\n", "{a:1}\n{b:null}\n4:4 CH1008");
}

#[test]
fn entries_whose_key_is_tagged_ignore_are_left_out() {
    check("!ignore a: {b: &x {p: 1}}\nc: *x\n", "{c:{p:1}}");
    check("a: {!ignore b: 1, b: 2, !<!ignore> c: 3}\n", "{a:{b:2}}");
    check("a: !ignore 1\nb: [!ignore {c: 2}]\n", "{a:1 b:[{c:2}]}\n1:12 CH1072\n2:13 CH1072");
}

#[test]
fn tags_type_nothing() {
    check("a: !!int '5'\nb: ! 5\nc: !own ''\nd: !!str ~\n", "{a:5 b:\"5\" c: d:\"~\"}");
}

#[test]
fn an_alias_bomb_is_bounded() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let refs = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{refs}]\n");
    }
    let mut out = Diagnostics::default();
    parse(&Text::new("t", bomb), &mut out);
    assert_eq!(out.0[0].code, codes::ALIAS);
}

#[test]
fn depth_is_bounded_and_later_documents_are_read() {
    let text = format!("{}\n---\na: 1\n", "[".repeat(200) + &"]".repeat(200));
    check(&text, "{a:1}\n1:101 CH1007");
}

#[test]
fn keys_are_plain_text() {
    check("? [a]\n: b\nc: d\n", "{c:d}\n1:3 CH1006");
}

#[test]
fn places_are_exact() {
    let text = Text::new("t", "ü:\n- {a: [b, 'c d']}\n- e: f   # g\n  h:\n    i: |\n      j\n");
    let trees = parse(&text, &mut Diagnostics::default());
    let slice = |span: Span| &text.content[span.start as usize..span.end as usize];
    let list = trees[0].at("ü").unwrap();
    let items = list.items();
    assert_eq!(slice(items[0].span), "{a: [b, 'c d']}");
    assert_eq!(slice(items[0].entries()[0].key.span), "a");
    assert_eq!(slice(items[0].at("a").unwrap().items()[1].span), "'c d'");
    assert_eq!(slice(items[1].at("e").unwrap().span), "f");
    assert!(slice(items[1].span).starts_with("e: f   # g\n  h:"));
}

#[test]
fn lines_that_look_secret_are_redacted() {
    let mut out = Diagnostics::default();
    parse(&Text::new("t", "a: {inline_string: x, inline_string: y}\nb: {c: 1, c: 2}"), &mut out);
    assert_eq!(out.0.iter().map(|it| it.redacted).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn errors_of_syntax_are_at_the_mistake() {
    #[track_caller]
    fn at(text: &str, place: &str, words: &str) {
        let mut out = Diagnostics::default();
        parse(&Text::new("t", text), &mut out);
        let first = out.0.first().map(|it| format!("{} {} {:?}", it.place(), it.message, it.help)).unwrap_or_default();
        assert!(first.starts_with(&format!("t:{place} ")) && first.contains(words), "{text}\n{first}");
    }
    at("a:\n\tb: 1\n", "2:1", "indent with spaces");
    at("a:\n  b: 1\n  \tc: 2\n", "3:3", "indent with spaces");
    at("a: \"one\nb: \"two\"\nc: 3\n", "1:4", "a quote that begins here is not closed");
    at("a:\n  b: 'one\n  c: 2\nd: 3\n", "2:6", "a quote that begins here is not closed");
    at("a: 1\n{{- if .b }}\nb: 2\n{{ end }}\n", "2:3", "render it first");
    at("a: {{ .b }}\n", "1:5", "render it first");
    at("a: [1, 2\nb: 3\n", "1:4", "unclosed bracket");
    at("a: {b: 1\nc: 3\n", "1:4", "");
    at("a:\n  name:http\n  port: 80\n", "2:7", "a space is missing");
    at("a:\n- port: 80\n  name:http\n", "3:7", "a space is missing");
    at("a:\n    b: 1\n  c: 2\n", "3:3", "expected column 5");
    at("a:\n  b: 1\n    c: 2\n", "3:5", "expected column 3");
    at("- name: b\n    c: 2\n", "2:5", "expected column 3");
}
