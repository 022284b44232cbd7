//! What must not be left out: fields, and members of oneofs. Leaves to the encoder what was given.

use super::{Given, breach};
use crate::schema::{Constraints, Field, Kind, Message, Rule, Shape};

/// Members of a oneof are shown up to this many.
const FEW: usize = 12;

/// The indices of the fields that must be given: those that are required, and those whose default breaks a rule.
pub(crate) fn wants(message: &Message) -> &[usize] {
    message.wants.get_or_init(|| {
        let is_wanted = |field: &Field| field.constraints.as_ref().is_some_and(|it| is_wanted(field, it));
        (0..message.fields.len()).filter(|it| is_wanted(&message.fields[*it])).collect()
    })
}

fn is_wanted(field: &Field, constraints: &Constraints) -> bool {
    // The members of a oneof count when they are given; one of them may be required, but that is another rule.
    if field.oneof.is_some() {
        return false;
    }
    if constraints.required {
        return true;
    }
    !field.presence && default(field, &constraints.rule).is_some_and(|it| breach(constraints, it).is_some())
}

/// What a field without presence is when it is not given.
fn default<'f>(field: &'f Field, rule: &Rule) -> Option<Given<'f>> {
    if field.shape != Shape::Single {
        return Some(Given::Items(0));
    }
    Some(match (&field.kind, rule) {
        (Kind::Enum(kind), _) => Given::Choice(0, kind),
        (Kind::Message(_), _) => return None,
        (_, Rule::Whole(_)) => Given::Whole(0),
        (_, Rule::Real(_)) => Given::Real(0.0),
        (_, Rule::Flag(_)) => Given::Flag(false),
        (_, Rule::Text(_)) => Given::Text(b""),
        _ => return None,
    })
}

/// What a message without any member of a required oneof needs, in words.
pub(crate) fn missing_member(message: &Message, oneof: usize) -> String {
    let members: Vec<_> =
        message.fields.iter().filter(|it| it.oneof == Some(oneof) && !it.deprecated && !it.disallowed).collect();
    let names: Vec<_> = members.iter().take(FEW).map(|it| format!("`{}`", it.name)).collect();
    let more = if members.len() > FEW { ", …" } else { "" };
    match names.as_slice() {
        [] => format!("a member of `{}`", message.oneofs[oneof]),
        [only] => only.clone(),
        _ => format!("one of {}{more}", names.join(", ")),
    }
}
