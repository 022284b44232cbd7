//! Which generations are kept, and which contents some record still names. Pure.

use std::collections::HashSet;

use blake3::Hash;

use super::record::{Outcome, Summary};

/// The numbers of those that may go, of generations newest first.
///
/// Kept are the newest good ones; trials that no good one followed; and of those that came to nothing the newest, for
/// people to look at. `keep` of each.
pub(super) fn superfluous(generations: &[Summary], keep: usize) -> Vec<u64> {
    let (mut good, mut trials, mut others) = (0, 0, 0);
    let mut gone = Vec::new();
    for it in generations {
        let count = match it.outcome {
            Outcome::Good { .. } => &mut good,
            Outcome::Trial if good == 0 => &mut trials,
            Outcome::Trial => {
                gone.push(it.number);
                continue;
            }
            Outcome::Refused { .. } | Outcome::Superseded => &mut others,
        };
        *count += 1;
        if *count > keep {
            gone.push(it.number);
        }
    }
    gone
}

/// The hashes that a record names, be it damaged: every run of as many hexadecimal digits.
pub(super) fn hashes_in(bytes: &[u8]) -> HashSet<Hash> {
    let runs = bytes.split(|it| !it.is_ascii_hexdigit());
    runs.filter_map(|it| Hash::from_hex(it).ok()).collect()
}
