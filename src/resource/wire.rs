//! Writing the few protobuf fields that are ours to write: those around a resource, not in it.

use bytes::{BufMut, BytesMut};
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

/// The size of a length-delimited field with a small number (1 to 15) and a payload of this size.
pub(crate) fn bytes_len(payload: usize) -> usize {
    1 + encoded_len_varint(payload as u64) + payload
}

pub(crate) fn string_len(text: &str) -> usize {
    bytes_len(text.len())
}

pub(crate) fn put_len(buffer: &mut BytesMut, number: u32, payload: usize) {
    encode_key(number, WireType::LengthDelimited, buffer);
    encode_varint(payload as u64, buffer);
}

pub(crate) fn put_string(buffer: &mut BytesMut, number: u32, text: &str) {
    put_len(buffer, number, text.len());
    buffer.put_slice(text.as_bytes());
}
