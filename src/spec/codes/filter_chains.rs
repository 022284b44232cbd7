//! CH32xx: listeners, filter chains, filters and their configurations.

super::codes! {
    ROUTER_MISSING "CH3201" Deny "an HTTP filter chain that does not end with the router" {
        why: "",
        bad: "",
        good: "",
    }
}
