//! Keys of our own maps, those that no descriptor knows: the one message for a wrong one.

use crate::spec::{Diagnostic, Entry, Key, Text, Tree, codes, did_you_mean, mend};

/// "`nodes` has no key `clutser`", with the nearest known key, or all of them.
pub(super) fn unknown_key(text: &Text, entry: &Entry, what: &str, known: &[&str]) -> Diagnostic {
    let key = &*entry.key.text;
    let fault = Diagnostic::error(codes::UNKNOWN_FIELD, text, entry.key.span, format!("{what} has no key `{key}`"));
    let fault = match did_you_mean(key, known.iter().copied()) {
        Some(near) => {
            let edits = mend::replace(text, entry.key.span, near);
            fault.remark(format!("did you mean `{near}`?")).fix_if(format!("write `{near}`"), edits)
        }
        None => fault,
    };
    fault.help(format!("its keys are: {}", known.join(", ")))
}

/// One map where a list of them belongs: taken as a list of one, with a warning.
pub(super) fn single(code: &'static str, key: &Key, tree: &Tree, what: &str, text: &Text) -> Diagnostic {
    let message = format!("`{}` is a list, but a single {what} is given", key.text);
    let help = "put `- ` before its first key";
    let edits = mend::list_of_one(text, key.span, tree.span, true);
    Diagnostic::warning(code, text, tree.span, message).help(help).fix_if(help, edits)
}
