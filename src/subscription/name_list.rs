//! The list of names in a state-of-the-world request: nearly always the list of the request before.

use std::fmt;

use bytes::Bytes;

/// All names of a SotW request. Each ACK repeats them, so they are read only if their fingerprint is a new one.
#[derive(Clone)]
pub struct NameList {
    fingerprint: Fingerprint,
    names: Source,
}

#[derive(Clone)]
enum Source {
    Read(Vec<String>),
    /// A message and how to get the names out of it.
    Unread(Bytes, fn(&Bytes) -> Result<Vec<String>, String>),
}

impl NameList {
    /// The list that `read` gets out of `message`; its fingerprint was taken from the same bytes, in the same order.
    pub fn unread(fingerprint: Fingerprint, message: Bytes, read: fn(&Bytes) -> Result<Vec<String>, String>) -> Self {
        Self { fingerprint, names: Source::Unread(message, read) }
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The names; an error if they are not text.
    pub(super) fn read(self) -> Result<Vec<String>, String> {
        match self.names {
            Source::Read(names) => Ok(names),
            Source::Unread(message, read) => read(&message),
        }
    }
}

impl From<Vec<String>> for NameList {
    fn from(names: Vec<String>) -> Self {
        let mut fingerprint = Fingerprint::default();
        for name in &names {
            fingerprint.add(name.as_bytes());
        }
        Self { fingerprint, names: Source::Read(names) }
    }
}

impl fmt::Debug for NameList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().read().fmt(f)
    }
}

/// 128 bits that tell one list of names from the next on the same stream, order and lengths included.
///
/// Not a cryptographic hash: who makes two lists of its own collide misleads nobody but itself. What is shared between
/// clients ([`Names`](crate::snapshot::Names)) is compared in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u64, u64);

/// Odd numbers without pattern (the digits of pi, as usual).
const PI: [u64; 3] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345, 0xa409_3822_299f_31d1];

impl Fingerprint {
    /// Takes the next name.
    pub fn add(&mut self, name: &[u8]) {
        self.mix(name.len() as u64, PI[2]);
        let (pairs, rest) = name.as_chunks::<16>();
        for pair in pairs {
            self.mix_bytes(pair);
        }
        if !rest.is_empty() {
            let mut padded = [0; 16];
            padded[..rest.len()].copy_from_slice(rest);
            self.mix_bytes(&padded);
        }
    }

    fn mix_bytes(&mut self, bytes: &[u8; 16]) {
        let both = u128::from_le_bytes(*bytes);
        self.mix(both as u64, (both >> 64) as u64);
    }

    fn mix(&mut self, a: u64, b: u64) {
        *self = Self(fold(self.0 ^ a, PI[1] ^ b), fold(self.1 ^ b, PI[2] ^ a).wrapping_add(self.0));
    }
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self(PI[0], PI[1])
    }
}

/// The two halves of a product, in one.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn lists_that_differ_in_anything_have_different_fingerprints() {
        let mut lists: Vec<Vec<String>> = vec![vec![]];
        for names in [["a", "b"], ["b", "a"], ["ab", ""], ["", "ab"], ["a", "b\0"], ["a\0", "b"], ["", ""]] {
            lists.push(names.iter().map(|it| (*it).to_owned()).collect());
        }
        // Every name may be cut anywhere, and any of its bytes may be the one that differs.
        for at in 0..40 {
            let (head, tail) = ("x".repeat(at), "x".repeat(40 - at));
            lists.push(vec![head.clone(), tail.clone()]);
            lists.push(vec![format!("{head}y{tail}")]);
        }
        let count = lists.len();
        let fingerprints = lists.into_iter().map(|it| NameList::from(it).fingerprint());
        let parts: Vec<Fingerprint> = fingerprints.collect();
        for half in [|it: &Fingerprint| it.0, |it: &Fingerprint| it.1] {
            assert_eq!(parts.iter().map(half).collect::<HashSet<_>>().len(), count);
        }
    }
}
