//! Numbers and durations: ranges, and their words. Leaves to the encoder what was written.

use super::{Breach, ruled_out};
use crate::schema::{Bounds, Edge};
use crate::spec::codes;

/// How a number breaks its bounds, if it does.
pub(super) fn breach<T: PartialOrd>(bounds: &Bounds<T>, given: T, show: impl Fn(&T) -> String) -> Option<Breach> {
    let Bounds { lower, upper, .. } = bounds;
    // Asked in this direction, since neither holds for what is not a number.
    let below = lower.as_ref().is_some_and(|it| if it.inclusive { given < it.at } else { given <= it.at });
    let above = upper.as_ref().is_some_and(|it| if it.inclusive { given > it.at } else { given >= it.at });
    if let (Some(lower), Some(upper)) = (lower, upper)
        && upper.at < lower.at
    {
        if below && above {
            let must = format!("be {}, or {}", up_to(upper, &show), from(lower, &show));
            return Some(Breach::new(codes::API_RANGE, must));
        }
    } else if below || above {
        return Some(Breach::new(codes::API_RANGE, format!("be {}", range(lower.as_ref(), upper.as_ref(), &show))));
    }
    ruled_out(bounds, &given, show)
}

fn range<T>(lower: Option<&Edge<T>>, upper: Option<&Edge<T>>, show: impl Fn(&T) -> String) -> String {
    match (lower, upper) {
        (Some(lower), Some(upper)) if lower.inclusive && upper.inclusive => {
            format!("from {} to {}", show(&lower.at), show(&upper.at))
        }
        (Some(lower), Some(upper)) => format!("{} and {}", from(lower, &show), up_to(upper, &show)),
        (Some(lower), None) => from(lower, &show),
        (None, Some(upper)) => up_to(upper, &show),
        (None, None) => String::new(),
    }
}

fn from<T>(edge: &Edge<T>, show: impl Fn(&T) -> String) -> String {
    format!("{} {}", if edge.inclusive { "at least" } else { "more than" }, show(&edge.at))
}

fn up_to<T>(edge: &Edge<T>, show: impl Fn(&T) -> String) -> String {
    format!("{} {}", if edge.inclusive { "at most" } else { "less than" }, show(&edge.at))
}

/// Nanoseconds as proto JSON spells durations.
pub(super) fn seconds(nanoseconds: &i128) -> String {
    let sign = if *nanoseconds < 0 { "-" } else { "" };
    let (whole, fraction) = (nanoseconds.abs() / 1_000_000_000, nanoseconds.abs() % 1_000_000_000);
    let text = format!("{sign}{whole}.{fraction:09}");
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}
