//! As much HTTP/2 as one gRPC stream needs: frames are written whole and read as they come, bodies are never gathered.
//!
//! Knows no xDS and no sockets. Header blocks are not decoded: a server that ends the stream has failed the benchmark.

use anyhow::{Result, bail};

/// What a client says first.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The one stream of each connection: Envoy's ADS.
pub(crate) const STREAM: u32 = 1;

/// The largest payload of a frame, unless the peer allows more.
pub(crate) const MAX_FRAME: usize = 16 * 1024;

/// Every window before anyone changes it (RFC 9113 §6.9.2).
pub(crate) const FIRST_WINDOW: u32 = 65_535;

/// Frame types.
pub(crate) mod kind {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GOAWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
}

/// Frame flags.
pub(crate) mod flag {
    pub(crate) const ACK: u8 = 1;
    pub(crate) const END_STREAM: u8 = 1;
    pub(crate) const END_HEADERS: u8 = 4;
    pub(crate) const PADDED: u8 = 8;
}

/// Settings that matter here.
pub(crate) mod setting {
    pub(crate) const ENABLE_PUSH: u16 = 2;
    pub(crate) const INITIAL_WINDOW_SIZE: u16 = 4;
    pub(crate) const MAX_FRAME_SIZE: u16 = 5;
}

const HEAD: usize = 9;

/// The nine bytes before each payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) len: usize,
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
}

impl Head {
    fn parse(bytes: [u8; HEAD]) -> Self {
        let [a, b, c, kind, flags, d, e, f, g] = bytes;
        let len = u32::from_be_bytes([0, a, b, c]) as usize;
        Self { len, kind, flags, stream: u32::from_be_bytes([d & 0x7f, e, f, g]) }
    }

    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Writes one frame.
pub(crate) fn put_frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let [_, a, b, c] = (payload.len() as u32).to_be_bytes();
    out.extend_from_slice(&[a, b, c, kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}

/// Writes a SETTINGS frame.
pub(crate) fn put_settings(out: &mut Vec<u8>, settings: &[(u16, u32)]) {
    let payload: Vec<u8> =
        settings.iter().flat_map(|(id, value)| id.to_be_bytes().into_iter().chain(value.to_be_bytes())).collect();
    put_frame(out, kind::SETTINGS, 0, 0, &payload);
}

/// Writes a WINDOW_UPDATE frame; stream 0 is the connection.
pub(crate) fn put_window_update(out: &mut Vec<u8>, stream: u32, by: u32) {
    put_frame(out, kind::WINDOW_UPDATE, 0, stream, &by.to_be_bytes());
}

/// The settings in a SETTINGS payload.
pub(crate) fn settings(payload: &[u8]) -> impl Iterator<Item = (u16, u32)> + '_ {
    payload
        .chunks_exact(6)
        .map(|it| (u16::from_be_bytes([it[0], it[1]]), u32::from_be_bytes([it[2], it[3], it[4], it[5]])))
}

/// Opens [`STREAM`] for a gRPC call, every header a literal without indexing (RFC 7541 §6.2.2).
pub(crate) fn put_call(out: &mut Vec<u8>, authority: &str, path: &str) {
    let mut block = vec![0x83, 0x86]; // indexed `:method: POST` and `:scheme: http`
    put_literal(&mut block, &[0x04], path);
    put_literal(&mut block, &[0x01], authority);
    put_literal(&mut block, &[0x00, 2, b't', b'e'], "trailers");
    put_literal(&mut block, &[0x0f, 0x10], "application/grpc");
    put_frame(out, kind::HEADERS, flag::END_HEADERS, STREAM, &block);
}

/// Answers [`STREAM`] with the headers of a gRPC response.
pub(crate) fn put_accepted(out: &mut Vec<u8>) {
    let mut block = vec![0x88]; // indexed `:status: 200`
    put_literal(&mut block, &[0x0f, 0x10], "application/grpc");
    put_frame(out, kind::HEADERS, flag::END_HEADERS, STREAM, &block);
}

/// A value under 127 bytes, without Huffman coding.
fn put_literal(block: &mut Vec<u8>, name: &[u8], value: &str) {
    block.extend_from_slice(name);
    block.push(value.len() as u8);
    block.extend_from_slice(value.as_bytes());
}

/// What a reader saw.
#[derive(Debug)]
pub(crate) enum Seen<'a> {
    /// A piece of a DATA payload, in order.
    Data(&'a [u8]),
    /// A whole control frame; of HEADERS only the head.
    Control(Head, &'a [u8]),
}

/// Takes bytes in whatever pieces they come.
#[derive(Debug, Default)]
pub(crate) struct FrameReader {
    head: Vec<u8>,
    frame: Option<Head>,
    left: usize,
    payload: Vec<u8>,
}

impl FrameReader {
    /// Reads all of `bytes`, telling each thing seen.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut tell: impl FnMut(Seen<'_>) -> Result<()>) -> Result<()> {
        while !bytes.is_empty() {
            let Some(frame) = self.frame else {
                let take = bytes.len().min(HEAD - self.head.len());
                self.head.extend_from_slice(&bytes[..take]);
                bytes = &bytes[take..];
                self.begin(&mut tell)?;
                continue;
            };
            let (piece, rest) = bytes.split_at(bytes.len().min(self.left));
            bytes = rest;
            self.left -= piece.len();
            match frame.kind {
                kind::DATA => tell(Seen::Data(piece))?,
                kind::HEADERS => {}
                _ => self.payload.extend_from_slice(piece),
            }
            self.end(&mut tell)?;
        }
        Ok(())
    }

    fn begin(&mut self, tell: &mut impl FnMut(Seen<'_>) -> Result<()>) -> Result<()> {
        let Ok(head) = <[u8; HEAD]>::try_from(self.head.as_slice()) else { return Ok(()) };
        self.head.clear();
        let frame = Head::parse(head);
        if frame.len > MAX_FRAME {
            bail!("a frame of {} bytes was never allowed", frame.len);
        }
        if frame.kind == kind::DATA && frame.has(flag::PADDED) {
            bail!("padded DATA is not understood here");
        }
        self.left = frame.len;
        self.frame = Some(frame);
        self.end(tell)
    }

    fn end(&mut self, tell: &mut impl FnMut(Seen<'_>) -> Result<()>) -> Result<()> {
        let Some(frame) = self.frame.filter(|_| self.left == 0) else { return Ok(()) };
        self.frame = None;
        if frame.kind == kind::DATA && !frame.has(flag::END_STREAM) {
            return Ok(());
        }
        let told = tell(Seen::Control(frame, &self.payload));
        self.payload.clear();
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_the_same_in_any_pieces() {
        let mut wire = Vec::new();
        put_settings(&mut wire, &[(setting::INITIAL_WINDOW_SIZE, 7)]);
        put_accepted(&mut wire);
        put_frame(&mut wire, kind::DATA, 0, STREAM, b"hello");
        put_frame(&mut wire, kind::DATA, 0, STREAM, b"");
        put_window_update(&mut wire, 0, 9);
        for size in 1..=wire.len() {
            let (mut reader, mut data, mut control) = (FrameReader::default(), Vec::new(), Vec::new());
            for piece in wire.chunks(size) {
                reader
                    .feed(piece, |seen| {
                        match seen {
                            Seen::Data(it) => data.extend_from_slice(it),
                            Seen::Control(head, payload) => control.push((head.kind, payload.to_vec())),
                        }
                        Ok(())
                    })
                    .unwrap();
            }
            assert_eq!(data, b"hello", "in pieces of {size}");
            let kinds: Vec<u8> = control.iter().map(|(kind, _)| *kind).collect();
            assert_eq!(kinds, [kind::SETTINGS, kind::HEADERS, kind::WINDOW_UPDATE]);
            assert_eq!(settings(&control[0].1).collect::<Vec<_>>(), [(setting::INITIAL_WINDOW_SIZE, 7)]);
        }
    }
}
