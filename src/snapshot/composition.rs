//! What a mixture of two sets is made of, in the words of its version: who comes back with it tells what it has, whichever
//! process gave it that, and nothing need be kept for it.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::resource::Version;

/// How many leftovers a version tells of. With more it tells nothing.
const MOST: usize = 32;

/// A set, and resources that are left over of others beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composition {
    /// The version of the set.
    pub base: Version,
    /// Hashes of the leftovers' names.
    leftovers: BTreeSet<u32>,
}

impl Composition {
    pub(super) fn new<'a>(base: Version, leftovers: impl IntoIterator<Item = &'a str>) -> Self {
        Self { base, leftovers: leftovers.into_iter().map(hash).collect() }
    }

    /// With more leftovers.
    pub(super) fn with<'a>(&self, leftovers: impl IntoIterator<Item = &'a str>) -> Self {
        let more = leftovers.into_iter().map(hash);
        Self { base: self.base, leftovers: self.leftovers.iter().copied().chain(more).collect() }
    }

    /// The `version_info` of a mixture with this version of its own.
    pub(super) fn version_info(&self, own: Version) -> String {
        let mut text = own.to_string();
        if self.leftovers.len() <= MOST {
            let _ = write!(text, "/{}", self.base);
            for it in &self.leftovers {
                let _ = write!(text, "+{it:08x}");
            }
        }
        text
    }

    /// What a `version_info` tells, if it is one of a mixture.
    pub fn parse(version_info: &str) -> Option<Self> {
        let mut parts = version_info.split_once('/')?.1.split('+');
        let base = parts.next()?.parse().ok()?;
        let leftovers = parts.map(|it| u32::from_str_radix(it, 16).ok());
        Some(Self { base, leftovers: leftovers.take(MOST).collect::<Option<_>>()? })
    }

    /// Whether this resource may be among the leftovers.
    pub fn has(&self, name: &str) -> bool {
        self.leftovers.contains(&hash(name))
    }
}

fn hash(name: &str) -> u32 {
    Version::of([name.as_bytes()]).short()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_tells_what_a_mixture_is_made_of() {
        let [own, base] = [b"own".as_slice(), b"base"].map(|it| Version::of([it]));
        let mixture = Composition::new(base, ["a", "b"]).with(["c", "a"]);
        let text = mixture.version_info(own);
        assert!(text.starts_with(&format!("{own}/{base}+")), "{text}");
        let read = Composition::parse(&text).unwrap();
        assert_eq!(read, mixture);
        assert_eq!(["a", "b", "c", "d"].map(|it| read.has(it)), [true, true, true, false]);
    }

    #[test]
    fn too_many_leftovers_and_other_texts_tell_nothing() {
        let own = Version::of([b"own".as_slice()]);
        let names: Vec<_> = (0..=MOST).map(|it| it.to_string()).collect();
        let version_info =
            |count: usize| Composition::new(own, names[..count].iter().map(|it| &**it)).version_info(own);
        assert!(Composition::parse(&version_info(MOST)).is_some());
        assert_eq!(version_info(MOST + 1), own.to_string());
        for text in ["", "v1", "v1/v2", &own.to_string(), &format!("{own}/{own}+x"), &format!("{own}/{own}++")] {
            assert_eq!(Composition::parse(text), None, "{text}");
        }
        let flood = format!("{own}/{own}{}", "+0".repeat(1_000_000));
        assert!(Composition::parse(&flood).is_some(), "read as far as ours can be");
    }
}
