//! PEM: blocks between `-----BEGIN X-----` and `-----END X-----`, as BoringSSL reads them.

use crate::spec::from_base64;

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Block {
    /// `CERTIFICATE`, say.
    pub(in crate::check) label: String,
    /// Its content; `None` if that cannot be read.
    pub(in crate::check) bytes: Option<Vec<u8>>,
    /// Whether a password is needed.
    pub(in crate::check) encrypted: bool,
}

/// All blocks of a text. What stands between them is passed over.
pub(in crate::check) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|it| it.strip_suffix("-----")) else { continue };
        let end = format!("-----END {label}-----");
        let (mut body, mut encrypted, mut ended) = (String::new(), label == "ENCRYPTED PRIVATE KEY", false);
        for line in lines.by_ref() {
            match line {
                _ if line == end => {
                    ended = true;
                    break;
                }
                _ if line.contains(':') => encrypted |= line.contains("ENCRYPTED"),
                _ => body.push_str(line),
            }
        }
        let bytes = if ended { from_base64(&body).filter(|it| !it.is_empty()) } else { None };
        blocks.push(Block { label: label.to_owned(), bytes, encrypted });
    }
    blocks
}
