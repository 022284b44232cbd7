//! Keys of our own maps, those that no descriptor knows: the one message for a wrong one.

use crate::spec::{Diagnostic, Entry, Text, codes, did_you_mean};

/// "`nodes` has no key `clutser`", with the nearest known key, or all of them.
pub(super) fn unknown_key(text: &Text, entry: &Entry, what: &str, known: &[&str]) -> Diagnostic {
    let key = &*entry.key.text;
    let fault = Diagnostic::error(codes::UNKNOWN_FIELD, text, entry.key.span, format!("{what} has no key `{key}`"));
    let fault = match did_you_mean(key, known.iter().copied()) {
        Some(near) => fault.remark(format!("did you mean `{near}`?")),
        None => fault,
    };
    fault.help(format!("its keys are: {}", known.join(", ")))
}
