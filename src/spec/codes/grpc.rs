//! CH37xx: what proxyless gRPC clients cannot use, for documents with `profile: grpc`.

super::codes! {
    GRPC_ROUTER "CH3701" Deny "an HTTP filter chain that gRPC clients refuse" {
        why: "",
        bad: "",
        good: "",
    }
}
