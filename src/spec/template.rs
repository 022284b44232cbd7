//! What is left of a template that was not rendered. Leaves to callers where a text may look like that and be meant.

/// What to do about it.
pub const HELP: &str =
    "documents are not templates: render it first (helm template, envsubst, …), then check the result";

/// Whether a text is one placeholder and nothing else: `{{ x }}`, `${X}` or `$(X)`.
pub fn is_whole(text: &str) -> bool {
    let text = text.trim();
    let inside = |open: &str, close: &str| text.strip_prefix(open).and_then(|it| it.strip_suffix(close));
    let is_name = |it: &str| {
        let first = it.bytes().next().is_some_and(|it| it.is_ascii_alphabetic() || it == b'_');
        first && !it.contains(['}', ')', ' ', '\n'])
    };
    inside("{{", "}}").is_some_and(|it| !it.trim().is_empty() && !it.contains("{{"))
        || inside("${", "}").or_else(|| inside("$(", ")")).is_some_and(is_name)
}

/// Whether a value that should be a number, a word or a map is a placeholder: there `$X` and `%X%` are too.
pub fn is_value(text: &str) -> bool {
    let is_name = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    let bare = text.strip_prefix('$').or_else(|| text.strip_prefix('%').and_then(|it| it.strip_suffix('%')));
    is_whole(text) || bare.is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_alone_are_templates() {
        for text in ["{{ .Values.host }}", "{{x}}", "${HOST}", "${HOST:-a}", "$(HOST)"] {
            assert!(is_whole(text), "{text}");
        }
        for text in
            ["%REQ(:path)%", "%PROTOCOL%", "a ${b}", "{a}", "${}", "{{}}", "local x = {{1}, {2}}", "$1", "{{a}}-{{b}}"]
        {
            assert!(!is_whole(text), "{text}");
        }
        assert!(is_value("%PORT%") && is_value("$PORT") && is_value("${PORT}") && !is_value("100%") && !is_value("80"));
    }
}
