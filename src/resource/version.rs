//! Versions: hashes of content, equal on every replica and after every restart (P47–P50).

use std::fmt;
use std::str::FromStr;

/// The version of one resource or one set of resources: 64 bits of a BLAKE3 hash over canonical bytes.
///
/// Written as 16 hexadecimal digits. Never compared by order, since hashes have none (P54).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(u64);

impl Version {
    /// The version of these bytes. Each part is hashed with its length, so that parts cannot run into each other.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut head = [0; 8];
        head.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Self(u64::from_be_bytes(head))
    }

    /// The first half of it: enough to tell a few things apart.
    pub fn short(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The version of a set, from its members' names and versions in name order.
    pub fn of_set<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for (name, version) in members {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update(&version.0.to_be_bytes());
        }
        let mut head = [0; 8];
        head.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Self(u64::from_be_bytes(head))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A version string that this server cannot have sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a version of ours")]
pub struct UnknownVersion;

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        if text.len() != 16 || !text.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it)) {
            return Err(UnknownVersion);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| UnknownVersion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p48_equal_content_gives_an_equal_printable_version() {
        let version = Version::of([b"a".as_slice(), b"bc"]);
        assert_eq!(version, Version::of([b"a".as_slice(), b"bc"]));
        assert_ne!(version, Version::of([b"ab".as_slice(), b"c"]));
        assert_eq!(version.to_string().parse(), Ok(version));
        assert_eq!(version.to_string().len(), 16);
    }

    #[test]
    fn p54_foreign_versions_are_unknown() {
        for text in ["", "1", "+00000000000000f", "00000000000000FF", "00000000000000000"] {
            assert_eq!(text.parse::<Version>(), Err(UnknownVersion), "{text}");
        }
    }
}
