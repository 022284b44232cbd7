//! Durations as people write them: numbers with units. Leaves to others how long is too long.

use std::time::Duration;

/// Reads `1m30s`, `250ms`, `5s`, `1h`: the largest unit first, each at most once. `None` if it is not a duration.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let nanos = nanos(text)?;
    Some(Duration::new(u64::try_from(nanos / 1_000_000_000).ok()?, (nanos % 1_000_000_000) as u32))
}

/// In nanoseconds.
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
    use super::*;

    #[test]
    fn durations() {
        for (text, millis) in
            [("5s", Some(5000)), ("1m30s", Some(90_000)), ("0.25s", Some(250)), ("1s1s", None), ("5", None)]
        {
            assert_eq!(parse_duration(text), millis.map(Duration::from_millis), "{text}");
        }
        let longest = format!("{}s", u64::MAX);
        assert_eq!(parse_duration(&longest), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(parse_duration(&format!("{longest}1s").replace("s", "m")), None);
    }
}
