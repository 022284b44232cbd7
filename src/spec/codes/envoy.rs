//! CH50xx: what a real Envoy said.

super::codes! {
    ENVOY_REFUSES "CH5001" Error "a real Envoy refuses this" {
        why: "",
        bad: "",
        good: "",
    }
}
