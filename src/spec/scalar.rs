//! What a scalar says as a boolean or a number, as Envoy's own loader reads it.
//!
//! Envoy hands YAML to yaml-cpp, which types *plain* scalars by itself: `yes` is true and `0440` is octal. What is left,
//! and all that stands in quotes, is text until protobuf's JSON reader wants a number or a boolean of it. Both steps are
//! held against a real Envoy by `tests/it/envoy/yaml_scalars.rs`. We take a little more than Envoy: `0o17`, `.inf`, `.nan`
//! and hexadecimal numbers of 64 bits.

use super::Scalar;

impl Scalar {
    /// A boolean. `yes`, `on` and their like are booleans only where they are plain.
    pub fn boolean(&self) -> Option<bool> {
        self.plain_boolean().or_else(|| match self.text.to_ascii_lowercase().as_str() {
            // A plain `1` is a number already.
            "1" | "0" if !self.quoted => None,
            "true" | "t" | "yes" | "y" | "1" => Some(true),
            "false" | "f" | "no" | "n" | "0" => Some(false),
            _ => None,
        })
    }

    /// The boolean that a plain scalar is even where nobody asks for one: all lower or upper case, or a capital first.
    pub fn plain_boolean(&self) -> Option<bool> {
        let text = &*self.text;
        let lower = text.to_ascii_lowercase();
        let value = match lower.as_str() {
            "true" | "yes" | "on" | "y" => true,
            "false" | "no" | "off" | "n" => false,
            _ => return None,
        };
        let is_cased = text[1..] == lower[1..] || text == text.to_ascii_uppercase();
        (!self.quoted && is_cased).then_some(value)
    }

    /// A whole number without a point or an exponent.
    pub fn integer(&self) -> Option<i128> {
        self.octal().or_else(|| based(&self.text)).or_else(|| self.text.parse().ok())
    }

    /// A whole number; a float without a fraction is one too, as proto JSON allows.
    pub fn whole(&self) -> Option<i128> {
        // Beyond 2^64 a float is out of range anyway; up to there the conversion is exact enough to say so.
        let rounded = || self.decimal().filter(|it| it.fract() == 0.0 && it.abs() < 1e30).map(|it| it as i128);
        self.integer().or_else(rounded)
    }

    /// A floating-point number, with the names that proto JSON and YAML have for what is none.
    pub fn float(&self) -> Option<f64> {
        let number = self.octal().or_else(|| based(&self.text)).map(|it| it as f64);
        number.or_else(|| not_finite(&self.text)).or_else(|| self.decimal())
    }

    /// The value of a plain number with a leading zero that is octal to Envoy, and decimal to many other readers.
    pub fn octal(&self) -> Option<i128> {
        let (sign, digits) = signed(&self.text);
        let is_octal = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|it| it.is_ascii_digit());
        let value = i64::from_str_radix(digits, 8).ok().filter(|_| is_octal && !self.quoted)?;
        Some(sign * i128::from(value))
    }

    /// Whether it begins with a zero too much to be a decimal number, and is no octal one either.
    pub fn is_padded(&self) -> bool {
        let (_, digits) = signed(&self.text);
        let second = digits.strip_prefix('0').and_then(|it| it.chars().next());
        second.is_some_and(|it| it.is_ascii_digit()) && self.octal().is_none()
    }

    fn decimal(&self) -> Option<f64> {
        // Rust also reads words such as `inf`.
        let is_number = self.text.bytes().all(|it| it.is_ascii_digit() || b"+-.eE".contains(&it));
        self.text.parse().ok().filter(|it: &f64| is_number && it.is_finite())
    }
}

/// A number with its base before it.
fn based(text: &str) -> Option<i128> {
    let (sign, digits) = signed(text);
    let (base, digits) = match digits.get(..2)? {
        "0x" | "0X" => (16, &digits[2..]),
        "0o" => (8, &digits[2..]),
        _ => return None,
    };
    let value = u64::from_str_radix(digits, base).ok().filter(|_| !digits.starts_with('+'))?;
    Some(sign * i128::from(value))
}

fn signed(text: &str) -> (i128, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn not_finite(text: &str) -> Option<f64> {
    let (sign, word) = signed(text);
    match word.to_ascii_lowercase().as_str() {
        "nan" | ".nan" => Some(f64::NAN),
        "inf" | "infinity" | ".inf" => Some(sign as f64 * f64::INFINITY),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Scalar {
        Scalar { text: text.into(), quoted: false }
    }

    fn quoted(text: &str) -> Scalar {
        Scalar { text: text.into(), quoted: true }
    }

    #[test]
    fn whole_numbers() {
        for (text, expected) in [
            ("80", Some(80)),
            ("-1", Some(-1)),
            ("+5", Some(5)),
            ("0x1F", Some(31)),
            ("0X1f", Some(31)),
            ("-0x1", Some(-1)),
            ("0o17", Some(15)),
            ("0440", Some(288)),
            ("+010", Some(8)),
            ("-010", Some(-8)),
            ("00", Some(0)),
            ("08", Some(8)),
            ("1e3", Some(1000)),
            ("10.0", Some(10)),
            ("18446744073709551615", Some(u64::MAX.into())),
            ("1.5", None),
            ("", None),
            ("http", None),
            ("inf", None),
            ("0x", None),
            ("0x+1", None),
            ("1_000", None),
            ("ü0", None),
        ] {
            assert_eq!(plain(text).whole(), expected, "{text}");
        }
        assert_eq!(quoted("0440").whole(), Some(440));
        assert_eq!(quoted("0x10").whole(), Some(16));
        assert_eq!(plain("1.0").integer(), None);
    }

    #[test]
    fn floats() {
        for (text, expected) in [
            ("1.5", Some(1.5)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("010", Some(8.0)),
            ("0x1F", Some(31.0)),
            ("-inf", Some(f64::NEG_INFINITY)),
            (".INF", Some(f64::INFINITY)),
            ("Infinity", Some(f64::INFINITY)),
            ("1e400", None),
            ("1_0", None),
        ] {
            assert_eq!(plain(text).float(), expected, "{text}");
        }
        assert!(plain("NaN").float().is_some_and(f64::is_nan));
        assert_eq!(quoted("010").float(), Some(10.0));
    }

    #[test]
    fn booleans() {
        for (text, as_plain, as_quoted) in [
            ("true", Some(true), Some(true)),
            ("TRUE", Some(true), Some(true)),
            ("tRue", Some(true), Some(true)),
            ("yes", Some(true), Some(true)),
            ("Off", Some(false), None),
            ("oFF", None, None),
            ("n", Some(false), Some(false)),
            ("1", None, Some(true)),
            ("", None, None),
            ("maybe", None, None),
        ] {
            assert_eq!((plain(text).boolean(), quoted(text).boolean()), (as_plain, as_quoted), "{text}");
        }
        assert_eq!(plain("tRue").plain_boolean(), None);
    }
}
