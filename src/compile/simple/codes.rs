//! The one table of the simple spec's diagnostic codes: CH2xxx.

/// A diagnostic code and its story, for `explain CODE` and the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `CH2001`.
    pub code: &'static str,
    /// What it means, in one line.
    pub title: &'static str,
    /// Why it is a fault, and what to do.
    pub story: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $title:literal $story:literal;)*) => {
        $(pub(super) const $name: &str = $code;)*

        /// All codes of the simple spec.
        pub static CODES: &[Code] = &[$(Code { code: $code, title: $title, story: $story }),*];
    };
}

codes! {
    UNKNOWN_KEY "CH2001" "unknown key"
        "Envoy itself ignores keys that it does not know, so a typing error would silently switch something off. \
         The help lists the keys that this object has; all other fields of Envoy can be set under `envoy:`.";
    WRONG_KIND "CH2002" "a value of the wrong kind"
        "A list, a map, a string, a number or a boolean stands where another of these is needed.";
    MISSING_KEY "CH2003" "a key is missing"
        "The object means nothing without this key, and no default would be safe.";
    BAD_DURATION "CH2004" "not a duration"
        "Durations are numbers with units, largest first: `250ms`, `5s`, `1m30s`, `1h`. A bare number has no unit, \
         and what it would mean differs from program to program.";
    BAD_CHOICE "CH2005" "not one of the allowed values"
        "The help lists the allowed values. They may be written in lower or upper case.";
    KEYS_EXCLUDE "CH2006" "keys that exclude each other"
        "Both keys answer the same question, or one has no meaning beside the other, so that one of them would be \
         dropped. Keep one.";
    NO_ACTION "CH2007" "nothing to do with the traffic"
        "A route needs clusters, a redirect or a direct response; a listener needs routes, virtual hosts or `tcp`. \
         Without one, requests would only be refused.";
    BAD_WEIGHTS "CH2008" "weights that do not add up"
        "Give each cluster a weight, or none of them for equal shares; the sum must be above zero.";
    BAD_ENDPOINTS "CH2009" "endpoints that do not fit the cluster's type"
        "EDS and STATIC clusters take IP addresses and unix sockets, STRICT_DNS and LOGICAL_DNS take host names, \
         LOGICAL_DNS takes exactly one, ORIGINAL_DST none.";
    BAD_ADDRESS "CH2010" "an address without its other half"
        "A socket is an `address` with a `port`, or a `path` for a unix socket.";
    UNVERIFIED "CH2011" "certificates that nothing verifies"
        "Names in a certificate, or the demand for one, mean nothing unless a CA is given that must have signed it.";
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn codes_are_in_order_and_unique() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
        assert!(CODES.iter().all(|it| it.code.starts_with("CH2") && it.code.len() == 6));
    }
}
