//! Durations: Envoy's spelling, and what people write instead.

use crate::spec::{Tree, Value};

/// The most seconds of a duration, in either direction.
const MOST: i64 = 315_576_000_000;

/// The seconds and nanoseconds of `1.5s`, the only text that proto JSON has.
pub(super) fn parse(text: &str) -> Option<(i64, i32)> {
    let number = text.strip_suffix('s')?;
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let seconds: i64 = whole.parse().ok().filter(|it| *it <= MOST)?;
    let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
    Some((sign * seconds, sign as i32 * nanos))
}

/// The seconds and nanoseconds of a duration: a text, or the map of its two fields, which Envoy takes as well.
pub(super) fn of(tree: &Tree) -> Option<(i64, i32)> {
    let Value::Mapping(entries) = &tree.value else { return parse(tree.text()?) };
    let (mut seconds, mut nanos) = (0, 0);
    for entry in entries {
        let number: i64 = entry.value.text()?.parse().ok()?;
        match &*entry.key.text {
            "seconds" => seconds = number,
            "nanos" => nanos = i32::try_from(number).ok().filter(|it| it.abs() < 1_000_000_000)?,
            _ => return None,
        }
    }
    let is_one_sign = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0);
    ((-MOST..=MOST).contains(&seconds) && is_one_sign).then_some((seconds, nanos))
}

/// The right spelling for `10ms`, `10 miliseconds`, `1m30s` or a bare number.
pub(super) fn spell(text: &str) -> Option<String> {
    let mut rest = text.trim();
    let mut nanos: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().ok().filter(|it: &f64| *it < 1e12)?;
        rest = rest[end..].trim_start();
        let end = rest.find(|it: char| !it.is_alphabetic()).unwrap_or(rest.len());
        nanos += (number * unit(&rest[..end].to_lowercase())?).round() as i128;
        rest = rest[end..].trim_start();
    }
    let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let text = format!("{seconds}.{fraction:09}");
    Some(format!("{}s", text.trim_end_matches('0').trim_end_matches('.')))
}

/// The nanoseconds of a unit, by any name and with the usual misspellings.
fn unit(name: &str) -> Option<f64> {
    Some(match name {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" | "msec" | "msecs" => 1e6,
        "" | "s" => 1e9,
        "m" => 60e9,
        "h" | "hr" | "hrs" => 3_600e9,
        "d" => 86_400e9,
        _ if name.starts_with("nano") => 1.0,
        _ if name.starts_with("micro") => 1e3,
        _ if name.starts_with("mil") => 1e6,
        _ if name.starts_with("sec") => 1e9,
        _ if name.starts_with("min") => 60e9,
        _ if name.starts_with("hour") => 3_600e9,
        _ if name.starts_with("day") => 86_400e9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Span;

    #[test]
    fn durations() {
        let map = |entries: &[(&'static str, &'static str)]| {
            let entries = entries.iter().map(|(key, value)| (*key, Tree::plain(Span::default(), *value)));
            of(&Tree::mapping(Span::default(), entries.collect::<Vec<_>>()))
        };
        assert_eq!(map(&[("nanos", "500000000")]), Some((0, 500_000_000)));
        assert_eq!(map(&[("seconds", "-1"), ("nanos", "-5")]), Some((-1, -5)));
        assert_eq!(map(&[]), Some((0, 0)));
        for bad in [("second", "1"), ("nanos", "1.5"), ("nanos", "1000000000"), ("seconds", "315576000001")] {
            assert_eq!(map(&[bad]), None, "{bad:?}");
        }
        assert_eq!(map(&[("seconds", "1"), ("nanos", "-5")]), None);
        for (text, expected) in [
            ("0.25s", Some((0, 250_000_000))),
            ("5s", Some((5, 0))),
            ("-1.5s", Some((-1, -500_000_000))),
            ("0.000000001s", Some((0, 1))),
            ("315576000000s", Some((315_576_000_000, 0))),
            ("315576000001s", None),
            ("1.s", None),
            (".5s", None),
            ("5", None),
            ("5ms", None),
            ("s", None),
            ("+5s", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn l12_what_people_write_has_a_right_spelling() {
        for (text, expected) in [
            ("10 miliseconds", Some("0.01s")),
            ("10ms", Some("0.01s")),
            ("5", Some("5s")),
            ("0.25", Some("0.25s")),
            ("1m30s", Some("90s")),
            ("1 hour", Some("3600s")),
            ("soon", None),
            ("", None),
            ("1.2.3s", None),
        ] {
            assert_eq!(spell(text).as_deref(), expected, "{text}");
        }
    }
}
