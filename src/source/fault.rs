//! What can be wrong with a file or a source before anything is parsed.
//!
//! Answers for: the words of the codes `CH00xx`. Leaves to others: what is kept in service despite the fault
//! (`memory`), how a diagnostic is shown (`cli`).
//!
//! A fault holds nothing that changes while it lasts, such as a growing size: equal faults must compare equal, or each
//! look at the files would be news.

use std::io;

use crate::spec::{Diagnostic, codes};

/// Why a file or a source could not be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing is there.
    Missing,
    /// A symbolic link whose target is not there.
    Dangling,
    /// Symbolic links that go round in circles.
    LinkLoop,
    /// The system refuses: the error's text.
    Unreadable(String),
    /// Neither file nor directory: what it is.
    Special(&'static str),
    /// No byte but white space.
    Blank,
    /// A file over its limit, in bytes.
    TooLarge(u64),
    /// All files together over their limit, in bytes.
    TotalTooLarge(u64),
    /// Documents over the limit.
    TooMany(usize),
    /// Directory entries over the limit.
    TooManyEntries(usize),
    /// A directory with nothing in it that could be served.
    NoDocuments,
}

/// What a fault means for what is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Nothing: a command looks once, and serves nothing.
    None,
    /// An earlier content stays in service.
    Kept,
    /// There is no earlier content.
    Nothing,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

impl Fault {
    /// The diagnostic for the file or source `name`.
    pub(super) fn diagnostic(&self, name: &str, service: Service) -> Diagnostic {
        let diagnostic = Diagnostic::of_file(self.code(), name, self.message());
        match service {
            Service::None => diagnostic.help(match self {
                Self::Missing => "check the path",
                Self::Dangling => "point the link at a file or a directory",
                _ => self.hint(),
            }),
            Service::Kept => diagnostic.help(self.hint()).help("the last good version stays in service"),
            Service::Nothing => {
                diagnostic.help(self.hint()).help("there is no last good version, so nothing of it is in service")
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Missing => codes::NOTHING_THERE,
            Self::Dangling => codes::DANGLING_LINK,
            Self::LinkLoop => codes::LINK_LOOP,
            Self::Unreadable(_) => codes::UNREADABLE,
            Self::Special(_) => codes::SPECIAL_FILE,
            Self::Blank => codes::BLANK_FILE,
            Self::TooLarge(_) => codes::FILE_TOO_LARGE,
            Self::TotalTooLarge(_) => codes::ALL_TOO_LARGE,
            Self::TooMany(_) | Self::TooManyEntries(_) => codes::TOO_MANY_FILES,
            Self::NoDocuments => codes::NO_DOCUMENTS,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Missing => "expected a file or a directory, found nothing".to_owned(),
            Self::Dangling => "expected a file or a directory, found a symbolic link to nothing".to_owned(),
            Self::LinkLoop => "expected a file or a directory, found symbolic links in a circle".to_owned(),
            Self::Unreadable(error) => format!("expected to be able to read it: {error}"),
            Self::Special(what) => format!("expected a file or a directory, found {what}"),
            Self::Blank => "expected a document, found an empty file".to_owned(),
            Self::TooLarge(limit) => format!("expected at most {limit} bytes, found more"),
            Self::TotalTooLarge(limit) => format!("expected at most {limit} bytes in all files together, found more"),
            Self::TooMany(limit) => {
                format!(
                    "expected at most {limit} documents, found more; edits of this one and of those like it are not read"
                )
            }
            Self::TooManyEntries(limit) => {
                format!("expected at most {limit} entries of any kind in all directories together, found more")
            }
            Self::NoDocuments => "expected at least one document in the directory, found none".to_owned(),
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Missing | Self::Dangling => "it is read as soon as it appears",
            Self::LinkLoop => "point the link at a file or a directory",
            Self::Unreadable(_) => "check its permissions and the file system that it is on",
            Self::Special(_) => "only regular files are read",
            Self::Blank => "to withdraw its resources, delete the file or write a document with none",
            Self::TooLarge(_) => "name only files and directories of documents, or raise --max-document-bytes",
            Self::TotalTooLarge(_) => "name only files and directories of documents, or raise --max-documents-bytes",
            Self::TooMany(_) | Self::TooManyEntries(_) => {
                "name only files and directories of documents, or raise --max-documents"
            }
            Self::NoDocuments => "documents end in .yaml, .yml, .json, .pb or .pb_text",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_own_code_in_the_table() {
        let (text, what) = (String::new(), "a socket");
        let faults = [
            [Fault::Missing, Fault::Dangling, Fault::LinkLoop, Fault::Unreadable(text), Fault::Special(what)],
            [Fault::Blank, Fault::TooLarge(1), Fault::TotalTooLarge(1), Fault::TooMany(1), Fault::NoDocuments],
        ];
        let own: Vec<&str> = faults.iter().flatten().map(Fault::code).collect();
        let table = codes::all().map(|it| it.code).filter(|it| it.starts_with("CH00"));
        assert_eq!(own, table.collect::<Vec<_>>());
    }
}
