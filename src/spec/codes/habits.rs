//! CH11xx: old habits, accepted with a warning.

super::codes! {
    SINGLE_FOR_LIST "CH1101" Warn "a single value where the field is a list" {
        why: "",
        bad: "",
        good: "",
    }
    NO_TYPED_CONFIG "CH1102" Warn "a filter without `typed_config`" {
        why: "",
        bad: "",
        good: "",
    }
    LEGACY_NAME "CH1103" Warn "an extension's name from before Envoy 1.14" {
        why: "",
        bad: "",
        good: "",
    }
    V2_TYPE "CH1104" Warn "a type of the v2 API" {
        why: "",
        bad: "",
        good: "",
    }
    DEPRECATED "CH1105" Warn "a deprecated field" {
        why: "",
        bad: "",
        good: "",
    }
    NOT_SERVED "CH1106" Warn "a setting that is read but has no effect yet" {
        why: "",
        bad: "",
        good: "",
    }
    IGNORED_BOOTSTRAP "CH1107" Warn "only the static resources of a bootstrap are served" {
        why: "",
        bad: "",
        good: "",
    }
    SINGLE_NODE "CH1108" Warn "`nodes` is a single selector where a list is expected" {
        why: "",
        bad: "",
        good: "",
    }
}
