//! Durations as people write them, and as Envoy's JSON wants them.

/// Turns `1m30s` into `90s`, `250ms` into `0.25s`. `None` if it is not a duration.
pub(super) fn to_seconds(text: &str) -> Option<String> {
    let nanos = nanos(text)?;
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    // Protobuf's own limit: 10,000 years.
    if seconds > 315_576_000_000 {
        return None;
    }
    let fraction = format!("{rest:09}");
    let fraction = fraction.trim_end_matches('0');
    Some(if fraction.is_empty() { format!("{seconds}s") } else { format!("{seconds}.{fraction}s") })
}

/// Numbers with units, largest unit first, each at most once.
fn nanos(text: &str) -> Option<u128> {
    let mut rest = text;
    let mut total = 0_u128;
    let mut last_unit = u128::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let (number, tail) = rest.split_at(digits);
        let end = tail.find(|it: char| it.is_ascii_digit() || it == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            _ => return None,
        };
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        total = total.checked_add(scaled(number, unit)?)?;
        rest = tail;
    }
    (last_unit != u128::MAX).then_some(total)
}

/// A decimal number times a unit, without the rounding of floats.
fn scaled(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let whole = whole.parse::<u128>().ok()?.checked_mul(unit)?;
    let scale = 10_u128.pow(fraction.len() as u32);
    whole.checked_add(fraction.parse::<u128>().ok()?.checked_mul(unit)? / scale)
}

#[cfg(test)]
mod tests {
    use super::to_seconds;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("5s", Some("5s")),
            ("250ms", Some("0.25s")),
            ("1m30s", Some("90s")),
            ("1h", Some("3600s")),
            ("2d", Some("172800s")),
            ("0.25s", Some("0.25s")),
            ("1.5h", Some("5400s")),
            ("0s", Some("0s")),
            ("1us", Some("0.000001s")),
            ("1h0m0s", Some("3600s")),
            ("", None),
            ("5", None),
            ("0", None),
            ("s", None),
            (".5s", None),
            ("5.s", None),
            ("-5s", None),
            ("5 s", None),
            ("30s1m", None),
            ("1s1s", None),
            ("10 miliseconds", None),
            ("1.2.3s", None),
            ("99999999999999999999999999999999999999999s", None),
            ("ü", None),
        ] {
            assert_eq!(to_seconds(text).as_deref(), expected, "{text}");
        }
    }
}
