//! CH10xx: errors of reading.

super::codes! {
    SYNTAX "CH1001" Error "the text is not valid YAML or JSON" {
        why: "",
        bad: "",
        good: "",
    }
    NOT_TEXT "CH1002" Error "the file is not UTF-8 text" {
        why: "",
        bad: "",
        good: "",
    }
    UNKNOWN_FIELD "CH1003" Error "the message has no such field" {
        why: "",
        bad: "",
        good: "",
    }
    WRONG_TYPE "CH1004" Error "the value has another type than its field" {
        why: "",
        bad: "",
        good: "",
    }
    DUPLICATE_KEY "CH1005" Error "a key is given twice" {
        why: "",
        bad: "",
        good: "",
    }
    KEY_KIND "CH1006" Error "a key is not a plain value" {
        why: "",
        bad: "",
        good: "",
    }
    TOO_DEEP "CH1007" Error "the document is nested too deeply" {
        why: "",
        bad: "",
        good: "",
    }
    ALIAS "CH1008" Error "an alias cannot be expanded" {
        why: "",
        bad: "",
        good: "",
    }
    OUT_OF_RANGE "CH1009" Error "a number does not fit its field" {
        why: "",
        bad: "",
        good: "",
    }
    UNKNOWN_ENUM "CH1010" Error "the enum has no such value" {
        why: "",
        bad: "",
        good: "",
    }
    ONEOF "CH1011" Error "two fields are given of which only one may be set" {
        why: "",
        bad: "",
        good: "",
    }
    FORMAT "CH1012" Error "the text has not the form that its field needs" {
        why: "",
        bad: "",
        good: "",
    }
    UNKNOWN_TYPE "CH1013" Error "no message has this `@type`" {
        why: "",
        bad: "",
        good: "",
    }
    NO_TYPE "CH1014" Error "a value of any type lacks its `@type`" {
        why: "",
        bad: "",
        good: "",
    }
    EMPTY "CH1015" Error "the file holds no document" {
        why: "",
        bad: "",
        good: "",
    }
    MISSPELLED_DOCUMENT "CH1016" Error "the document's kind cannot be told, for a key is misspelled or empty" {
        why: "",
        bad: "",
        good: "",
    }
    NOT_A_RESOURCE "CH1017" Error "the message is not one that a discovery service serves" {
        why: "",
        bad: "",
        good: "",
    }
    NO_NAME "CH1018" Error "the resource has no name" {
        why: "",
        bad: "",
        good: "",
    }
    DUPLICATE_RESOURCE "CH1019" Error "one resource is defined twice" {
        why: "",
        bad: "",
        good: "",
    }
    PROTO_FILE "CH1020" Error "the file is not the protobuf message that its name promises" {
        why: "",
        bad: "",
        good: "",
    }
    MERGE_KEY "CH1021" Error "a merge key `<<` has no map to merge" {
        why: "",
        bad: "",
        good: "",
    }
    TOO_LARGE "CH1022" Error "the file is too large" {
        why: "",
        bad: "",
        good: "",
    }
    NO_DOCUMENT_ANY_MORE "CH1023" Error "a document became something else" {
        why: "",
        bad: "",
        good: "",
    }
    CLASH "CH1024" Error "two documents define the same resource for the same nodes" {
        why: "",
        bad: "",
        good: "",
    }
    BAD_LINT "CH1025" Error "a lint or a profile that does not exist" {
        why: "",
        bad: "",
        good: "",
    }
}
