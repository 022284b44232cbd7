//! Envoy's own validation rules (`validate.rules` in its API), over one value.
//!
//! Answers for: whether a value keeps the constraints of its field, and in what words it breaks them. Leaves to others:
//! which constraints there are (`schema`), where a value stands and what it is on the wire (`compile::encode`, which
//! asks here for each value of a field that has constraints). Pure functions: no tree, no place.
//!
//! All rules in use are enforced by Envoy, so all are faults (`CH12xx`, level deny). Found out by asking a real Envoy
//! 1.40 (`tests/it/envoy/api_rules.rs`: of 775 ways to break one rule of a listener, cluster, route or filter it took
//! none), and by reading the generator of its checks (protoc-gen-validate, C++):
//!
//! - Absent fields are checked as if they were given their defaults, unless in a oneof, `optional`, or a message.
//!   Messages are checked only where they are given; wrappers, durations and `Any`s too.
//! - `pattern` must match the whole text. Names and values of headers are patterns, too; with `strict: false` only line
//!   breaks and NUL are refused.
//! - `strict` header names take `+ , - .` and what lies between, since the pattern has a range there.
//! - Lengths of strings are in characters, `max_bytes` and its kind in bytes.
//! - `not_in` does not matter beside `in`. A lower end above the upper one means "outside".
//! - `NaN` is in every range.
//! - `defined_only` is enforced also for values beyond those that this program knows: for a newer Envoy use `--pgv warn`.
//! - A duration below zero, or of 9223372036 seconds and more, is refused in every field. That is no rule of the API, but
//!   it is enforced in the same breath, so it has the same code.
//! - `skip` leaves out the rules of a message, but not those of an `Any` inside, which Envoy reads on its own.

mod absent;
mod names;
mod numbers;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use absent::{missing_member, wants};

use crate::schema::{Bounds, Constraints, Enum, Length, Rule};
use crate::spec::codes;

/// The value of a field, as it will be on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Given<'v> {
    Whole(i128),
    Real(f64),
    Flag(bool),
    /// A string or bytes.
    Text(&'v [u8]),
    /// The type URL of an `Any`.
    Type(&'v str),
    Choice(i32, &'v Enum),
    /// Nanoseconds.
    Duration(i128),
    /// How many items a list has, or pairs a map.
    Items(usize),
}

/// How a value breaks the constraints of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) code: &'static str,
    /// What the value must do: "be at least 1".
    pub(crate) must: String,
}

impl Breach {
    fn new(code: &'static str, must: impl Into<String>) -> Self {
        Self { code, must: must.into() }
    }
}

/// How a value breaks its constraints, if it does. Nothing is allocated if not.
pub(crate) fn breach(constraints: &Constraints, given: Given<'_>) -> Option<Breach> {
    if constraints.ignore_empty && given.is_empty() {
        return None;
    }
    match (&constraints.rule, given) {
        (Rule::Whole(bounds), Given::Whole(it)) => numbers::breach(bounds, it, |it| it.to_string()),
        (Rule::Real(bounds), Given::Real(it)) => numbers::breach(bounds, it, |it| it.to_string()),
        (Rule::Duration(bounds), Given::Duration(it)) => numbers::breach(bounds, it, numbers::seconds),
        (Rule::Flag(wanted), Given::Flag(it)) if *wanted != it => {
            Some(Breach::new(codes::API_VALUE, format!("be `{wanted}`")))
        }
        (Rule::Text(form), Given::Text(it)) => text::breach(form, it),
        (Rule::Enum { bounds, defined_only }, Given::Choice(it, kind)) => choice(bounds, *defined_only, it, kind),
        (Rule::Any(bounds), Given::Type(it)) => ruled_out(bounds, &it.into(), |it| format!("`{it}`")),
        (Rule::List { count, .. }, Given::Items(it)) => amount(*count, it, "item"),
        (Rule::Map { count, .. }, Given::Items(it)) => amount(*count, it, "entry"),
        _ => None,
    }
}

impl Given<'_> {
    fn is_empty(self) -> bool {
        match self {
            Self::Whole(it) | Self::Duration(it) => it == 0,
            Self::Real(it) => it == 0.0,
            Self::Flag(it) => !it,
            Self::Text(it) => it.is_empty(),
            Self::Type(it) => it.is_empty(),
            Self::Choice(it, _) => it == 0,
            Self::Items(it) => it == 0,
        }
    }
}

/// How a duration is none that Envoy takes anywhere, whatever the rules of its field.
pub(crate) fn unusable_duration(nanoseconds: i128) -> Option<Breach> {
    /// Envoy counts in nanoseconds of 64 bits, and stops at the last whole second.
    const END: i128 = 9_223_372_036 * 1_000_000_000;
    let must = match nanoseconds {
        ..0 => "be at least 0s",
        0..END => return None,
        _ => "be less than 9223372036s",
    };
    Some(Breach::new(codes::API_RANGE, must))
}

/// What `const`, `in` and `not_in` say of a value.
fn ruled_out<T: PartialEq>(bounds: &Bounds<T>, given: &T, show: impl Fn(&T) -> String) -> Option<Breach> {
    let all = |of: &[T]| of.iter().map(&show).collect::<Vec<_>>().join(", ");
    let must = if let Some(it) = bounds.constant.as_ref().filter(|it| *it != given) {
        format!("be {}", show(it))
    } else if !bounds.among.is_empty() {
        if bounds.among.contains(given) {
            return None;
        }
        format!("be one of {}", all(&bounds.among))
    } else if bounds.none_of.contains(given) {
        format!("be something other than {}", all(&bounds.none_of))
    } else {
        return None;
    };
    Some(Breach::new(codes::API_VALUE, must))
}

fn choice(bounds: &Bounds<i128>, defined_only: bool, given: i32, kind: &Enum) -> Option<Breach> {
    let name = |number: &i128| {
        let known = kind.values.iter().find(|it| i128::from(it.1) == *number);
        known.map_or_else(|| number.to_string(), |it| format!("`{}`", it.0))
    };
    let undefined = || {
        let is_known = kind.values.iter().any(|it| it.1 == given);
        (defined_only && !is_known).then(|| {
            let short = kind.name.rsplit('.').next().unwrap_or(&kind.name);
            Breach::new(codes::API_VALUE, format!("be a value that `{short}` has"))
        })
    };
    ruled_out(bounds, &given.into(), name).or_else(undefined)
}

fn amount(count: Length, given: usize, noun: &str) -> Option<Breach> {
    let must = outside(count, given as u64, noun)?;
    Some(Breach::new(codes::API_COUNT, must))
}

/// What a length must be, if it is not so.
fn outside(length: Length, given: u64, noun: &str) -> Option<String> {
    let Length { least, most } = length;
    if least.is_none_or(|it| given >= it) && most.is_none_or(|it| given <= it) {
        return None;
    }
    let all = |count: u64| match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}s"),
    };
    Some(match (least, most) {
        (Some(least), Some(most)) if least == most => format!("have exactly {}, not {given}", all(least)),
        (Some(least), Some(most)) => format!("have {least} to {}, not {given}", all(most)),
        (Some(least), None) => format!("have at least {}, not {given}", all(least)),
        (None, Some(most)) => format!("have at most {}, not {given}", all(most)),
        (None, None) => return None,
    })
}
