//! Strings and bytes: length, parts, patterns. Leaves forms that have a name to `names`.

use super::{Breach, names, outside, ruled_out};
use crate::schema::Form;
use crate::spec::codes;

/// How a text breaks its form, if it does.
pub(super) fn breach(form: &Form, given: &[u8]) -> Option<Breach> {
    length(form, given).or_else(|| of_bounds(form, given)).or_else(|| parts(form, given)).or_else(|| named(form, given))
}

fn length(form: &Form, given: &[u8]) -> Option<Breach> {
    let short = |it: crate::schema::Length| it.least == Some(1) && it.most.is_none();
    let characters = match (form.characters.least, form.characters.most) {
        (None, None) => 0,
        // The rule of most fields.
        (Some(1), None) => given.len().min(1),
        _ => characters(given),
    };
    let must = if given.is_empty() && (short(form.characters) || short(form.bytes)) {
        Some("not be empty".to_owned())
    } else {
        outside(form.characters, characters as u64, "character")
            .or_else(|| outside(form.bytes, given.len() as u64, "byte"))
    };
    must.map(|it| Breach::new(codes::API_LENGTH, it))
}

fn characters(text: &[u8]) -> usize {
    text.iter().filter(|it| **it & 0xc0 != 0x80).count()
}

fn of_bounds(form: &Form, given: &[u8]) -> Option<Breach> {
    let bounds = &form.bounds;
    // Most texts have none, and to ask needs a copy.
    if bounds.rules_out_nothing() {
        return None;
    }
    ruled_out(bounds, &given.into(), |it| in_words(it))
}

fn in_words(text: &[u8]) -> String {
    match text {
        [] => "empty".to_owned(),
        _ => format!("`{}`", String::from_utf8_lossy(text)),
    }
}

fn parts(form: &Form, given: &[u8]) -> Option<Breach> {
    let holds = |part: &[u8]| part.is_empty() || given.windows(part.len()).any(|it| it == part);
    let quoted = |it: &[u8]| format!("`{}`", String::from_utf8_lossy(it));
    let must = if let Some(it) = form.prefix.as_ref().filter(|it| !given.starts_with(it)) {
        format!("begin with {}", quoted(it))
    } else if let Some(it) = form.suffix.as_ref().filter(|it| !given.ends_with(it)) {
        format!("end with {}", quoted(it))
    } else if let Some(it) = form.contains.as_ref().filter(|it| !holds(it)) {
        format!("contain {}", quoted(it))
    } else if let Some(it) = form.lacks.as_ref().filter(|it| holds(it)) {
        format!("not contain {}", quoted(it))
    } else if let Some(it) = form.pattern.as_ref().filter(|it| !it.matches(given)) {
        format!("match the regular expression `{}`", it.text)
    } else {
        return None;
    };
    Some(Breach::new(codes::API_FORM, must))
}

fn named(form: &Form, given: &[u8]) -> Option<Breach> {
    let known = form.known.filter(|it| !names::holds(*it, given))?;
    Some(Breach::new(codes::API_FORM, names::words(known)))
}
