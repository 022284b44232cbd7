//! The two encodings of one lack: state of the world and delta (P127).

use std::sync::Arc;

use bytes::Bytes;

use super::interest::Interest;
use super::lack::{Lack, Listing};
use crate::resource::{Flavour, Version};
use crate::snapshot::{Names, Subset, TypeSet, delta_response, empty_element, missing_element, sotw_response};

/// A response before it has a nonce.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) head: Bytes,
    pub(super) version_info: String,
    pub(super) resources: usize,
    pub(super) removed: usize,
}

/// A `DiscoveryResponse` with all that the client asks for (P67).
pub(super) fn full_answer(target: &TypeSet, interest: &Interest, flavour: Flavour) -> Answer {
    if interest.is_wildcard() {
        return Answer {
            head: target.whole_response(flavour),
            version_info: target.version_info(),
            resources: target.resources().len(),
            removed: 0,
        };
    }
    let subset = subset(target, interest);
    Answer {
        head: subset.whole_response(target, flavour),
        version_info: subset.version_info().to_owned(),
        resources: subset.resources().len(),
        removed: 0,
    }
}

/// A `DiscoveryResponse` with only what the client lacks; none where that is nothing, since emptiness would say
/// nothing (P70, P78, P86).
pub(super) fn partial_answer(target: &TypeSet, interest: &Interest, lack: &Lack, flavour: Flavour) -> Option<Answer> {
    let rules = target.kind().rules();
    let gone: Vec<_> =
        lack.removals().filter(|_| rules.empty_if_absent).map(|it| empty_element(target.kind(), it)).collect();
    if gone.is_empty() {
        lack.resources().next()?;
    }
    let subset = subset(target, interest);
    let version_info = subset.version_info().to_owned();
    let head = match (lack, interest.shared_names()) {
        _ if !gone.is_empty() => {
            let elements = lack.resources().map(|it| it.sotw_element(flavour)).chain(gone.iter().cloned());
            sotw_response(target.kind(), &version_info, elements)
        }
        (Lack::Shared(changes), Some(names)) => changes.sotw_response(target, names, flavour),
        _ => once_if_large(target, lack, [0, flavour as u8], &version_info, || {
            sotw_response(target.kind(), &version_info, lack.resources().map(|it| it.sotw_element(flavour)))
        }),
    };
    Some(Answer { head, version_info, resources: lack.resources().count() + gone.len(), removed: 0 })
}

/// A `DeltaDiscoveryResponse` with all that the client lacks, which may be nothing (P108).
pub(super) fn delta_answer(target: &TypeSet, lack: &Lack, flavour: Flavour) -> Answer {
    let version_info = target.version_info();
    match lack {
        Lack::Shared(changes) => Answer {
            head: changes.delta_response(target, flavour),
            version_info,
            resources: changes.changed.len(),
            removed: changes.removed.len(),
        },
        Lack::Listed(Listing { send, removed, absent, withheld: _ }) => {
            let by_alias = target.kind().rules().by_alias;
            let missing = absent.iter().filter(|_| by_alias).map(|it| missing_element(it));
            let elements = send.values().map(|it| it.delta_element(flavour)).chain(missing);
            let gone = removed.iter().chain(absent.iter().filter(|_| !by_alias)).map(|it| &**it);
            let make = || delta_response(target.kind(), &version_info, elements, gone);
            let head = if lack.removals().next().is_none() {
                once_if_large(target, lack, [1, flavour as u8], &version_info, make)
            } else {
                make()
            };
            let (stubs, told) = if by_alias { (absent.len(), 0) } else { (0, absent.len()) };
            Answer { head, version_info, resources: send.len() + stubs, removed: removed.len() + told }
        }
    }
}

/// What a named subscription selects.
pub(super) fn subset(target: &TypeSet, interest: &Interest) -> Arc<Subset> {
    match interest.shared_names() {
        Some(names) => target.subset(names),
        None => target.subset(&Names::shared(interest.names().iter().cloned().collect())),
    }
}

/// From how many resources on a list's bytes are looked up before they are made.
const MANY: usize = 64;

/// The bytes of a list: what is in it is often the same for many streams, such as one portion of a large set.
fn once_if_large(
    target: &TypeSet,
    lack: &Lack,
    encoding: [u8; 2],
    version_info: &str,
    make: impl FnOnce() -> Bytes,
) -> Bytes {
    if lack.resources().nth(MANY).is_none() {
        return make();
    }
    let content = Version::of_set(lack.resources().map(|it| (&*it.name, it.version))).to_string();
    target.message(Version::of([&encoding, version_info.as_bytes(), content.as_bytes()]), make)
}
