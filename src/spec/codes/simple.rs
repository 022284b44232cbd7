//! CH20xx: faults of the simple spec.

super::codes! {
    UNKNOWN_KEY "CH2001" Error "unknown key" {
        why: "Envoy itself ignores keys that it does not know, so a typing error would silently switch something off. \
         The help lists the keys that this object has; all other fields of Envoy can be set under `envoy:`.",
        bad: "",
        good: "",
    }
    WRONG_KIND "CH2002" Error "a value of the wrong kind" {
        why: "A list, a map, a string, a number or a boolean stands where another of these is needed.",
        bad: "",
        good: "",
    }
    MISSING_KEY "CH2003" Error "a key is missing" {
        why: "The object means nothing without this key, and no default would be safe.",
        bad: "",
        good: "",
    }
    BAD_DURATION "CH2004" Error "not a duration" {
        why: "Durations are numbers with units, largest first: `250ms`, `5s`, `1m30s`, `1h`. A bare number has no unit, \
         and what it would mean differs from program to program.",
        bad: "",
        good: "",
    }
    BAD_CHOICE "CH2005" Error "not one of the allowed values" {
        why: "The help lists the allowed values. They may be written in lower or upper case.",
        bad: "",
        good: "",
    }
    KEYS_EXCLUDE "CH2006" Error "keys that exclude each other" {
        why: "Both keys answer the same question, or one has no meaning beside the other, so that one of them would be \
         dropped. Keep one.",
        bad: "",
        good: "",
    }
    NO_ACTION "CH2007" Error "nothing to do with the traffic" {
        why: "A route needs clusters, a redirect or a direct response; a listener needs routes, virtual hosts or `tcp`. \
         Without one, requests would only be refused.",
        bad: "",
        good: "",
    }
    BAD_WEIGHTS "CH2008" Error "weights that do not add up" {
        why: "Give each cluster a weight, or none of them for equal shares; the sum must be above zero.",
        bad: "",
        good: "",
    }
    BAD_ENDPOINTS "CH2009" Error "endpoints that do not fit the cluster's type" {
        why: "EDS and STATIC clusters take IP addresses and unix sockets, STRICT_DNS and LOGICAL_DNS take host names, \
         LOGICAL_DNS takes exactly one, ORIGINAL_DST none.",
        bad: "",
        good: "",
    }
    BAD_ADDRESS "CH2010" Error "an address without its other half" {
        why: "A socket is an `address` with a `port`, or a `path` for a unix socket.",
        bad: "",
        good: "",
    }
    UNVERIFIED "CH2011" Error "certificates that nothing verifies" {
        why: "Names in a certificate, or the demand for one, mean nothing unless a CA is given that must have signed it.",
        bad: "",
        good: "",
    }
}
