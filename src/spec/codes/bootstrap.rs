//! CH40xx: faults in the bootstrap of an Envoy (`bootstrap lint`).

super::codes! {
    NO_NODE "CH4001" Error "the bootstrap has no node id or cluster" {
        why: "",
        bad: "",
        good: "",
    }
}
