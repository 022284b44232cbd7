//! CH34xx: clusters and endpoints.

super::codes! {
    EDS_HOST_NAME "CH3401" Deny "a host name where endpoints must be IP addresses" {
        why: "",
        bad: "",
        good: "",
    }
}
