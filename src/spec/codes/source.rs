//! CH00xx: what can be wrong with a file or a source before anything is parsed.

super::codes! {
    NOTHING_THERE "CH0001" Error "nothing is there" {
        why: "A source that is named but not there is more often a mount that is late than a wish to serve nothing. It is read as soon as it appears.",
        bad: "",
        good: "",
    }
    DANGLING_LINK "CH0002" Error "a symbolic link leads to nothing" {
        why: "A symbolic link whose target is gone is what a half finished swap looks like. What was served from it stays.",
        bad: "",
        good: "",
    }
    LINK_LOOP "CH0003" Error "symbolic links lead in a circle" {
        why: "Links that lead in a circle never end at a file.",
        bad: "",
        good: "",
    }
    UNREADABLE "CH0004" Error "the file or directory cannot be read" {
        why: "The system refuses to read it; the message has its words. Check the permissions of the file and of each folder above it.",
        bad: "",
        good: "",
    }
    SPECIAL_FILE "CH0005" Error "neither a file nor a directory" {
        why: "Sockets, pipes and devices have no content that can be read as a whole.",
        bad: "",
        good: "",
    }
    BLANK_FILE "CH0006" Error "the file is empty" {
        why: "An editor or a copy empties a file before it fills it. An empty file is therefore never taken as a wish to delete everything: delete the file, or write `resources: []`.",
        bad: "",
        good: "",
    }
    FILE_TOO_LARGE "CH0007" Error "the file is too large" {
        why: "No hand writes so much; a source most likely points at the wrong file. Nothing of it is read, to keep memory bounded.",
        bad: "",
        good: "",
    }
    ALL_TOO_LARGE "CH0008" Error "all files together are too large" {
        why: "All documents together are more than one process should hold. Name only files and directories of documents.",
        bad: "",
        good: "",
    }
    TOO_MANY_FILES "CH0009" Error "there are too many documents" {
        why: "So many documents are most likely not all meant. Those within the limit follow edits; the others are not read, and what was in service of them stays. --max-documents sets the limit.",
        bad: "",
        good: "",
    }
    NO_DOCUMENTS "CH0010" Error "the directory holds no document" {
        why: "A directory without any document is what a mount looks like before it is there. It is not taken as a wish to delete everything.",
        bad: "",
        good: "",
    }
}
