//! CH12xx: rules that stand in Envoy's API itself (`validate.rules`).

super::codes! {
    API_REQUIRED "CH1201" Deny "a field that Envoy's API requires is missing" {
        why: "",
        bad: "",
        good: "",
    }
}
