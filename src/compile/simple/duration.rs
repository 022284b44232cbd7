//! Durations as Envoy's JSON wants them.

use crate::spec::parse_duration;

/// Protobuf's own limit: 10,000 years.
const MOST_SECONDS: u64 = 315_576_000_000;

/// Turns `1m30s` into `90s`, `250ms` into `0.25s`. `None` if it is not a duration.
pub(super) fn to_seconds(text: &str) -> Option<String> {
    let duration = parse_duration(text).filter(|it| it.as_secs() <= MOST_SECONDS)?;
    let (seconds, fraction) = (duration.as_secs(), format!("{:09}", duration.subsec_nanos()));
    let fraction = fraction.trim_end_matches('0');
    Some(if fraction.is_empty() { format!("{seconds}s") } else { format!("{seconds}.{fraction}s") })
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
