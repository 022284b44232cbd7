//! CH33xx: virtual hosts and routes.

super::codes! {
    SHADOWED_ROUTE "CH3301" Warn "a route that can never match" {
        why: "",
        bad: "",
        good: "",
    }
}
