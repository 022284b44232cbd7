//! What Envoy says of a configuration, without the configuration.
//!
//! Envoy prints the whole message that its words are about in front of them or behind. That may be of any size, and
//! holds the secrets of the message.

/// Envoy's mark of a dump, followed by one of several words and spaces, different in each process.
const DUMP: &str = "goo.gle/debug";

/// The text before the dump and, if more is said after it, that too.
pub(crate) fn without_dump(said: &str) -> String {
    let said = said.split_once("): {\"").map_or(said, |it| it.0);
    let Some((before, dump)) = said.split_once(DUMP) else { return said.to_owned() };
    // In a dump, a line is a field, or closes one.
    let is_dump = |it: &str| {
        let it = it.trim();
        let key = it.split([':', ' ']).next().unwrap_or(it);
        it == "}" || it.is_empty() || key.starts_with('[') || key.chars().all(|it| it.is_alphanumeric() || it == '_')
    };
    let mut after = dump.lines().skip(1).skip_while(|it| is_dump(it));
    let rest = after.next().map(|it| it.trim().trim_start_matches([':', '.', ')', ' '])).unwrap_or_default();
    let before = before.trim().trim_end_matches([':', '(']).trim_end_matches(" in").trim_end();
    if rest.is_empty() { before.to_owned() } else { format!("{before}: {rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_dropped_wherever_it_stands() {
        for (said, expected) in [
            ("no dump", "no dump"),
            ("bad regex: goo.gle/debugonly  \nname: \"authorization\"\nexact: \"hush\"\n", "bad regex"),
            ("V2 in goo.gle/debugproto \na {\n  b: \"hush\"\n}\n. It was removed.", "V2: It was removed."),
            (
                "Proto constraint validation failed (A.B: c): {\"d\":\"hush\"}",
                "Proto constraint validation failed (A.B: c",
            ),
        ] {
            assert_eq!(without_dump(said), expected);
        }
    }
}
