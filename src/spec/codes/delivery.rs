//! CH36xx: what a resource must be to be delivered.

super::codes! {
    API_VERSION "CH3601" Deny "a config source without `resource_api_version: V3`" {
        why: "",
        bad: "",
        good: "",
    }
}
