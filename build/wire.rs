//! Protobuf's wire format, as much of it as `build.rs` needs.

/// Calls `visit(number, whole field, payload)` for each top-level field of a message.
pub(crate) fn for_each_field<'a>(mut message: &'a [u8], mut visit: impl FnMut(u64, &'a [u8], &'a [u8])) -> Option<()> {
    while !message.is_empty() {
        let start = message;
        let key = varint(&mut message)?;
        let payload = match key & 7 {
            0 => {
                varint(&mut message)?;
                &[][..]
            }
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                take(&mut message, length)?
            }
            1 => take(&mut message, 8)?,
            5 => take(&mut message, 4)?,
            _ => return None,
        };
        visit(key >> 3, &start[..start.len() - message.len()], payload);
    }
    Some(())
}

fn take<'a>(from: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = from.split_at_checked(length)?;
    *from = tail;
    Some(head)
}

pub(crate) fn varint(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *take(from, 1)?.first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_number(number: u64, value: u64, out: &mut Vec<u8>) {
    put_varint(out, number << 3);
    put_varint(out, value);
}

pub(crate) fn put_bytes(number: u64, value: &[u8], out: &mut Vec<u8>) {
    put_varint(out, number << 3 | 2);
    put_varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// All payloads of a field.
pub(crate) fn fields(message: &[u8], wanted: u64) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    for_each_field(message, |number, _, payload| {
        if number == wanted {
            found.push(payload);
        }
    })?;
    Some(found)
}

/// A field's text; none is the empty one.
pub(crate) fn text(message: &[u8], wanted: u64) -> Option<String> {
    let last = fields(message, wanted)?.pop().unwrap_or_default();
    Some(String::from_utf8_lossy(last).into_owned())
}

/// A field's number; none is zero.
pub(crate) fn number(message: &[u8], wanted: u64) -> Option<u64> {
    let mut found = Some(0);
    for_each_field(message, |number, mut raw, _| {
        if number == wanted {
            found = varint(&mut raw).and_then(|_| varint(&mut raw));
        }
    })?;
    found
}
