//! CH35xx: certificates, keys and TLS contexts.

super::codes! {
    EXPIRED "CH3501" Warn "a certificate that is no longer valid, or not yet" {
        why: "",
        bad: "",
        good: "",
    }
}
