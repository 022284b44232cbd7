//! Protobuf's wire format, as far as the encoder writes it.

use std::borrow::Cow;

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

/// A scalar value as it goes on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed32(u32),
    Fixed64(u64),
    Bytes(Cow<'a, [u8]>),
}

impl Wire<'_> {
    /// Whether this is what a field that is not there stands for.
    pub(super) fn is_default(&self) -> bool {
        match self {
            Self::Varint(it) | Self::Fixed64(it) => *it == 0,
            Self::Fixed32(it) => *it == 0,
            Self::Bytes(it) => it.is_empty(),
        }
    }

    /// Appends key and value.
    pub(super) fn put(&self, number: u32, buffer: &mut Vec<u8>) {
        let kind = match self {
            Self::Varint(_) => WireType::Varint,
            Self::Fixed32(_) => WireType::ThirtyTwoBit,
            Self::Fixed64(_) => WireType::SixtyFourBit,
            Self::Bytes(_) => WireType::LengthDelimited,
        };
        encode_key(number, kind, buffer);
        self.put_value(buffer);
    }

    /// Appends the value alone, as in a packed list.
    pub(super) fn put_value(&self, buffer: &mut Vec<u8>) {
        match self {
            Self::Varint(it) => encode_varint(*it, buffer),
            Self::Fixed32(it) => buffer.extend_from_slice(&it.to_le_bytes()),
            Self::Fixed64(it) => buffer.extend_from_slice(&it.to_le_bytes()),
            Self::Bytes(it) => {
                encode_varint(it.len() as u64, buffer);
                buffer.extend_from_slice(it);
            }
        }
    }
}

/// Appends a length-delimited field whose content is appended by `fill`.
pub(super) fn put_nested<T>(number: u32, buffer: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    encode_key(number, WireType::LengthDelimited, buffer);
    let at = buffer.len();
    buffer.push(0);
    let result = fill(buffer);
    // Most contents are short: one byte of length was left free for them, and only others are moved.
    let length = buffer.len() - at - 1;
    let more = encoded_len_varint(length as u64) - 1;
    if more > 0 {
        buffer.resize(buffer.len() + more, 0);
        buffer.copy_within(at + 1..at + 1 + length, at + 1 + more);
    }
    encode_varint(length as u64, &mut &mut buffer[at..=at + more]);
    result
}

/// Appends a text field, unless it is empty.
pub(super) fn put_text(number: u32, text: &str, buffer: &mut Vec<u8>) {
    let wire = Wire::Bytes(text.as_bytes().into());
    if !wire.is_default() {
        wire.put(number, buffer);
    }
}

/// Appends a varint field, unless it is zero.
pub(super) fn put_varint(number: u32, value: i64, buffer: &mut Vec<u8>) {
    let wire = Wire::Varint(value as u64);
    if !wire.is_default() {
        wire.put(number, buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_all_sizes() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 3_000_000] {
            let mut buffer = b"x".to_vec();
            put_nested(1, &mut buffer, |it| it.extend(std::iter::repeat_n(7, length)));
            let mut expected = b"x\x0a".to_vec();
            encode_varint(length as u64, &mut expected);
            expected.extend(std::iter::repeat_n(7, length));
            assert!(buffer == expected, "{length}");
        }
    }
}
