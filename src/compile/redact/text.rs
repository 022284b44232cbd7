//! Secrets within a text of any kind: addresses with a password, parameters, bearer tokens, private keys, JSON.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use super::{REDACTED, structure};
use crate::schema::is_credential;

/// `://user:password@`.
static USER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"://[^/?# \t\r\n@]+@").ok());
/// `name=value` where a parameter, a cookie or a setting may begin.
static PAIR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(^|[?&#;, \t\r\n"'(|])([A-Za-z0-9_.\-\[\]]+)=([^&#;, \t\r\n"']+)"#).ok());
/// `Bearer abc`; what is shorter may be a word.
static BEARER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(^|[^A-Za-z0-9])([Bb]earer|[Bb]asic|BEARER|BASIC)( +)[A-Za-z0-9._~+/=-]{16,}").ok());

/// A text without the secrets in it; `None` if it has none.
pub(super) fn without_secrets(text: &str) -> Option<String> {
    if text.contains("PRIVATE KEY-----") {
        return Some(REDACTED.to_owned());
    }
    if let Some(inside) = json(text) {
        return inside;
    }
    if !text.contains(['=', '@', ' ']) {
        return None;
    }
    let mut shown = replaced(&USER, text, |_| format!("://{REDACTED}@"));
    shown = replaced(&PAIR, &shown, |it| match is_credential(&it[2]) {
        true => format!("{}{}={REDACTED}", &it[1], &it[2]),
        false => it[0].to_owned(),
    });
    shown = replaced(&BEARER, &shown, |it| format!("{}{}{}{REDACTED}", &it[1], &it[2], &it[3]));
    (shown != text).then_some(shown)
}

fn replaced(regex: &LazyLock<Option<Regex>>, text: &str, with: impl Fn(&Captures<'_>) -> String) -> String {
    match &**regex {
        Some(regex) => regex.replace_all(text, with).into_owned(),
        None => text.to_owned(),
    }
}

/// JSON inside a text, such as a key set, loses what free-form data loses. The outer `None`: it is not JSON.
fn json(text: &str) -> Option<Option<String>> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let whole: Value = serde_json::from_str(text).ok()?;
    let mut shown = whole.clone();
    structure(&mut shown);
    Some((shown != whole).then(|| shown.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(without_secrets(text).as_deref().unwrap_or(text), expected);
    }

    #[test]
    fn the_patterns_are_good() {
        assert!([&USER, &PAIR, &BEARER].iter().all(|it| it.is_some()));
    }

    #[test]
    fn addresses_and_parameters() {
        check("https://u:hush@a.example/b?x=1", "https://[redacted]@a.example/b?x=1");
        check("/a?x=1&token=hush&y=2#z", "/a?x=1&token=[redacted]&y=2#z");
        check("/a?api_key=hush", "/a?api_key=[redacted]");
        check(r"^/a\?access_token=hush$", r"^/a\?access_token=[redacted]");
        check("sid=hush; theme=dark", "sid=[redacted]; theme=dark");
        check("password=hush", "password=[redacted]");
        for plain in ["/a?x=1", "a@b", "/users/@me", "x == 1", "%REQ(X-ID)% %PROTOCOL%", "user@example.com", ""] {
            check(plain, plain);
        }
    }

    #[test]
    fn tokens_and_keys() {
        check("Bearer abcdefghijklmnop", "Bearer [redacted]");
        check("Basic authentication is needed", "Basic authentication is needed");
        check("-----BEGIN PRIVATE KEY-----\nhush", "[redacted]");
    }

    #[test]
    fn json_in_a_text_and_the_private_parts_of_key_sets() {
        check(r#"{"a":1}"#, r#"{"a":1}"#);
        check(r#"{"client_secret":"hush"}"#, r#"{"client_secret":"[redacted]"}"#);
        check(
            r#"{"keys":[{"kty":"oct","kid":"1","k":"hush"},{"kty":"RSA","n":"x","e":"AQAB","d":"hush","p":"hush","qi":"hush"}]}"#,
            r#"{"keys":[{"kty":"oct","kid":"1","k":"[redacted]"},{"kty":"RSA","n":"x","e":"AQAB","d":"[redacted]","p":"[redacted]","qi":"[redacted]"}]}"#,
        );
    }
}
