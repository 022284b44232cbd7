//! CH00xx: what can be wrong with a file or a source before anything is parsed.

super::codes! {
    NOTHING_THERE "CH0001" Error "nothing is there" {
        why: "",
        bad: "",
        good: "",
    }
    DANGLING_LINK "CH0002" Error "a symbolic link leads to nothing" {
        why: "",
        bad: "",
        good: "",
    }
    LINK_LOOP "CH0003" Error "symbolic links lead in a circle" {
        why: "",
        bad: "",
        good: "",
    }
    UNREADABLE "CH0004" Error "the file or directory cannot be read" {
        why: "",
        bad: "",
        good: "",
    }
    SPECIAL_FILE "CH0005" Error "neither a file nor a directory" {
        why: "",
        bad: "",
        good: "",
    }
    BLANK_FILE "CH0006" Error "the file is empty" {
        why: "",
        bad: "",
        good: "",
    }
    FILE_TOO_LARGE "CH0007" Error "the file is too large" {
        why: "",
        bad: "",
        good: "",
    }
    ALL_TOO_LARGE "CH0008" Error "all files together are too large" {
        why: "",
        bad: "",
        good: "",
    }
    TOO_MANY_FILES "CH0009" Error "there are too many documents" {
        why: "",
        bad: "",
        good: "",
    }
    NO_DOCUMENTS "CH0010" Error "the directory holds no document" {
        why: "",
        bad: "",
        good: "",
    }
}
