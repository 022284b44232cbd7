//! Reads discovery responses as they stream by: a client that gathered and decoded 300 KB a thousand times over would
//! be what the benchmark measures.
//!
//! Only the top-level fields are seen. Their numbers are those of `DiscoveryResponse`, which `DeltaDiscoveryResponse`
//! shares, but for field 6: names removed there, the control plane's own name here.

use anyhow::{Context, Result, bail};

/// One response, without its resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) version: String,
    pub(crate) type_url: String,
    pub(crate) nonce: String,
    pub(crate) resources: usize,
    pub(crate) removed: usize,
    /// Of the resources' bytes; cheap, and enough to tell two pushes apart or two streams alike.
    pub(crate) checksum: u64,
    /// The message's size, its gRPC prefix not counted.
    pub(crate) bytes: usize,
    /// The message itself, if the reader keeps it.
    pub(crate) message: Vec<u8>,
}

mod field {
    pub(super) const VERSION: u64 = 1;
    pub(super) const RESOURCES: u64 = 2;
    pub(super) const TYPE_URL: u64 = 4;
    pub(super) const NONCE: u64 = 5;
    pub(super) const REMOVED: u64 = 6;
}

/// The gRPC prefix: compressed flag and length.
const PREFIX: usize = 5;

/// Where in a message the reader stands.
#[derive(Debug, Default)]
enum State {
    /// In the gRPC prefix.
    #[default]
    Prefix,
    /// Before or in a field's key.
    Key,
    /// In the varint after a key: a value to skip, or a length.
    Varint { field: u64, is_length: bool },
    /// In a payload with so many bytes to come.
    Payload { field: u64, left: usize },
}

/// Takes gRPC bytes in whatever pieces they come.
#[derive(Debug, Default)]
pub(crate) struct Skimmer {
    state: State,
    prefix: Vec<u8>,
    /// Bytes to come of the message.
    left: usize,
    varint: u64,
    shift: u32,
    text: Vec<u8>,
    keeps: bool,
    response: Response,
}

impl Skimmer {
    /// From now on, responses have their messages.
    pub(crate) fn keep(&mut self) {
        self.keeps = true;
    }

    /// Reads all of `bytes`, telling each response that they complete.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut tell: impl FnMut(Response) -> Result<()>) -> Result<()> {
        while !bytes.is_empty() {
            if matches!(self.state, State::Prefix) {
                let take = bytes.len().min(PREFIX - self.prefix.len());
                self.prefix.extend_from_slice(&bytes[..take]);
                bytes = &bytes[take..];
                self.begin()?;
            } else {
                let taken = self.step(&bytes[..bytes.len().min(self.left)])?;
                if self.keeps {
                    self.response.message.extend_from_slice(&bytes[..taken]);
                }
                bytes = &bytes[taken..];
                self.left -= taken;
            }
            if self.left == 0 && self.prefix.is_empty() {
                tell(self.end()?)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<()> {
        let [compressed, a, b, c, d] = *self.prefix.as_slice() else { return Ok(()) };
        if compressed != 0 {
            bail!("a compressed message was never asked for");
        }
        self.left = u32::from_be_bytes([a, b, c, d]) as usize;
        self.response.bytes = self.left;
        self.prefix.clear();
        self.state = State::Key;
        Ok(())
    }

    fn end(&mut self) -> Result<Response> {
        if !matches!(self.state, State::Key) || self.shift != 0 {
            bail!("a response ends within a field: {:?}", self.state);
        }
        self.state = State::Prefix;
        Ok(std::mem::take(&mut self.response))
    }

    /// Takes at least one byte of the current message.
    fn step(&mut self, bytes: &[u8]) -> Result<usize> {
        match self.state {
            State::Prefix => bail!("no message has begun"),
            State::Key => {
                if let Some(resource) = whole_resource(bytes).filter(|_| self.shift == 0) {
                    self.response.resources += 1;
                    self.response.checksum = self.response.checksum.wrapping_add(sum(resource.payload));
                    return Ok(resource.len);
                }
                if let Some(key) = self.varint(bytes[0])? {
                    self.key(key)?;
                }
                Ok(1)
            }
            State::Varint { field, is_length } => {
                if let Some(value) = self.varint(bytes[0])? {
                    let left = if is_length { value as usize } else { 0 };
                    self.state = State::Payload { field, left };
                    self.payload(field, &[], left)?;
                }
                Ok(1)
            }
            State::Payload { field, left } => {
                let piece = &bytes[..bytes.len().min(left)];
                self.payload(field, piece, left - piece.len())?;
                Ok(piece.len())
            }
        }
    }

    fn key(&mut self, key: u64) -> Result<()> {
        let field = key >> 3;
        self.state = match key & 7 {
            0 => State::Varint { field: 0, is_length: false },
            1 => State::Payload { field: 0, left: 8 },
            2 => State::Varint { field, is_length: true },
            5 => State::Payload { field: 0, left: 4 },
            other => bail!("wire type {other} in a discovery response"),
        };
        match field {
            field::RESOURCES => self.response.resources += 1,
            field::REMOVED => self.response.removed += 1,
            _ => {}
        }
        Ok(())
    }

    fn payload(&mut self, field: u64, piece: &[u8], left: usize) -> Result<()> {
        match field {
            field::RESOURCES => self.response.checksum = self.response.checksum.wrapping_add(sum(piece)),
            field::VERSION | field::TYPE_URL | field::NONCE => self.text.extend_from_slice(piece),
            _ => {}
        }
        self.state = State::Payload { field, left };
        if left == 0 {
            self.state = State::Key;
            let text = String::from_utf8(std::mem::take(&mut self.text)).context("text that is not UTF-8")?;
            match field {
                field::VERSION => self.response.version = text,
                field::TYPE_URL => self.response.type_url = text,
                field::NONCE => self.response.nonce = text,
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes a byte of a varint; the value with its last.
    fn varint(&mut self, byte: u8) -> Result<Option<u64>> {
        if self.shift > 63 {
            bail!("a varint of more than ten bytes");
        }
        self.varint |= u64::from(byte & 0x7f) << self.shift;
        self.shift += 7;
        if byte & 0x80 != 0 {
            return Ok(None);
        }
        self.shift = 0;
        Ok(Some(std::mem::take(&mut self.varint)))
    }
}

/// A resource that lies whole in a piece, as nearly all do: a shortcut past the byte-wise reading.
struct Whole<'a> {
    payload: &'a [u8],
    /// With key and length.
    len: usize,
}

fn whole_resource(bytes: &[u8]) -> Option<Whole<'_>> {
    const KEY: u8 = (field::RESOURCES as u8) << 3 | 2;
    let (head, size) = match *bytes {
        [KEY, a, ..] if a < 0x80 => (2, usize::from(a)),
        [KEY, a, b, ..] if b < 0x80 => (3, usize::from(a & 0x7f) | usize::from(b) << 7),
        _ => return None,
    };
    Some(Whole { payload: bytes.get(head..head + size)?, len: head + size })
}

/// The sum of bytes: the same however they were cut. Eight at a time in lanes of 16 bits, since over a gigabyte of
/// pushes the plain sum costs more than the kernel's copying.
fn sum(bytes: &[u8]) -> u64 {
    const LANES: u64 = 0x00ff_00ff_00ff_00ff;
    let mut total = 0;
    for block in bytes.chunks(8 * 128) {
        let mut words = block.chunks_exact(8);
        let mut lanes = 0;
        for word in &mut words {
            let word = word.iter().rev().fold(0, |it, byte| it << 8 | u64::from(*byte));
            lanes += (word & LANES) + (word >> 8 & LANES);
        }
        total += [0, 16, 32, 48].map(|shift| lanes >> shift & 0xffff).iter().sum::<u64>();
        total += words.remainder().iter().map(|it| u64::from(*it)).sum::<u64>();
    }
    total
}

#[cfg(test)]
mod tests {
    use envoy_types::pb::envoy::config::core::v3::ControlPlane;
    use envoy_types::pb::envoy::service::discovery::v3::{DeltaDiscoveryResponse, DiscoveryResponse, Resource};
    use envoy_types::pb::google::protobuf::Any;
    use prost::Message;

    use super::*;
    use crate::request::framed;

    fn check(wire: &[u8], expected: &[Response]) {
        let mut whole = None;
        for size in 1..=wire.len() {
            let (mut skimmer, mut seen, mut checksums) = (Skimmer::default(), Vec::new(), Vec::new());
            for piece in wire.chunks(size) {
                skimmer
                    .feed(piece, |it| {
                        checksums.push(it.checksum);
                        seen.push(Response { checksum: 0, ..it });
                        Ok(())
                    })
                    .unwrap();
            }
            assert_eq!(seen, expected, "in pieces of {size}");
            assert_eq!(checksums, *whole.get_or_insert_with(|| checksums.clone()), "in pieces of {size}");
        }
    }

    #[test]
    fn responses_are_the_same_in_any_pieces() {
        let any = Any { type_url: "type".into(), value: vec![9; 300] };
        let sotw = DiscoveryResponse {
            version_info: "v1".into(),
            resources: vec![any.clone(), Any::default()],
            canary: true,
            type_url: "clusters".into(),
            nonce: "n1".into(),
            ..DiscoveryResponse::default()
        };
        let delta = DeltaDiscoveryResponse {
            system_version_info: "v2".into(),
            resources: vec![Resource { name: "a".into(), resource: Some(any), ..Resource::default() }],
            nonce: "n2".into(),
            removed_resources: vec!["b".into(), "c".into()],
            control_plane: Some(ControlPlane { identifier: "me".into() }),
            ..DeltaDiscoveryResponse::default()
        };
        let (sotw, delta) = (sotw.encode_to_vec(), delta.encode_to_vec());
        let expected = [
            Response {
                version: "v1".into(),
                type_url: "clusters".into(),
                nonce: "n1".into(),
                resources: 2,
                bytes: sotw.len(),
                ..Response::default()
            },
            Response::default(),
            Response {
                version: "v2".into(),
                nonce: "n2".into(),
                resources: 1,
                removed: 2,
                bytes: delta.len(),
                ..Response::default()
            },
        ];
        check(&[framed(&[&sotw]), framed(&[]), framed(&[&delta])].concat(), &expected);
    }

    #[test]
    fn a_sum_is_a_sum() {
        let bytes: Vec<u8> = (0..5000_u32).map(|it| (it * 31 % 256) as u8).chain([255; 3000]).collect();
        assert_eq!(sum(&bytes), bytes.iter().map(|it| u64::from(*it)).sum::<u64>());
    }

    #[test]
    fn a_message_cut_short_is_a_fault() {
        assert!(Skimmer::default().feed(&framed(&[&[0x12, 9, 1]]), |_| Ok(())).is_err());
    }
}
