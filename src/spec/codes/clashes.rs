//! CH31xx: things that cannot be there twice.

super::codes! {
    SAME_ADDRESS "CH3101" Deny "two listeners on one address" {
        why: "",
        bad: "",
        good: "",
    }
}
