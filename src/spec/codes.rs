//! The one table of diagnostic codes: each with its title. Leaves to others: when to use them.
//!
//! A code is a promise: it is never used for anything else, and never taken away. `CH10xx` are errors of reading,
//! `CH11xx` old habits that are accepted with a warning.

macro_rules! codes {
    ($($name:ident $code:literal $title:literal;)*) => {
        $(#[doc = $title] pub const $name: &str = $code;)*

        /// All codes of reading documents, with their titles.
        pub const READING: &[(&str, &str)] = &[$(($code, $title)),*];
    };
}

codes! {
    SYNTAX "CH1001" "the text is not valid YAML or JSON";
    NOT_TEXT "CH1002" "the file is not UTF-8 text";
    UNKNOWN_FIELD "CH1003" "the message has no such field";
    WRONG_TYPE "CH1004" "the value has another type than its field";
    DUPLICATE_KEY "CH1005" "a key is given twice";
    KEY_KIND "CH1006" "a key is not a plain value";
    TOO_DEEP "CH1007" "the document is nested too deeply";
    ALIAS "CH1008" "an alias cannot be expanded";
    OUT_OF_RANGE "CH1009" "a number does not fit its field";
    UNKNOWN_ENUM "CH1010" "the enum has no such value";
    ONEOF "CH1011" "two fields are given of which only one may be set";
    FORMAT "CH1012" "the text has not the form that its field needs";
    UNKNOWN_TYPE "CH1013" "no message has this `@type`";
    NO_TYPE "CH1014" "a value of any type lacks its `@type`";
    EMPTY "CH1015" "the file holds no document";
    MISSPELLED_DOCUMENT "CH1016" "the document's kind cannot be told, for a key is misspelled or empty";
    NOT_A_RESOURCE "CH1017" "the message is not one that a discovery service serves";
    NO_NAME "CH1018" "the resource has no name";
    DUPLICATE_RESOURCE "CH1019" "one resource is defined twice";
    PROTO_FILE "CH1020" "the file is not the protobuf message that its name promises";
    MERGE_KEY "CH1021" "a merge key `<<` has no map to merge";
    TOO_LARGE "CH1022" "the file is too large";
    NO_DOCUMENT_ANY_MORE "CH1023" "a document became something else";
    CLASH "CH1024" "two documents define the same resource for the same nodes";
    SINGLE_FOR_LIST "CH1101" "a single value where the field is a list";
    NO_TYPED_CONFIG "CH1102" "a filter without `typed_config`";
    LEGACY_NAME "CH1103" "an extension's name from before Envoy 1.14";
    V2_TYPE "CH1104" "a type of the v2 API";
    DEPRECATED "CH1105" "a deprecated field";
    NOT_SERVED "CH1106" "a setting that is read but has no effect yet";
    IGNORED_BOOTSTRAP "CH1107" "only the static resources of a bootstrap are served";
    SINGLE_NODE "CH1108" "`nodes` is a single selector where a list is expected";
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(super::READING.is_sorted_by(|a, b| a.0 < b.0));
    }
}
