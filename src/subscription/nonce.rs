//! Nonces: unique on a stream over all types, and never equal to another stream's (P25).

use std::fmt;

/// The name of one response on its stream, written as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nonce(u64);

/// Where a stream's nonces come from.
#[derive(Debug)]
pub(super) struct Nonces {
    stream: u32,
    last: u32,
}

impl Nonces {
    pub(super) fn new(stream: u32) -> Self {
        Self { stream, last: 0 }
    }

    pub(super) fn next(&mut self) -> Nonce {
        self.last = self.last.wrapping_add(1);
        Nonce(u64::from(self.stream) << 32 | u64::from(self.last))
    }

    /// Whether this stream has sent that nonce, for whatever type.
    pub(super) fn has_sent(&self, nonce: &str) -> bool {
        let number = if nonce.len() == 16 { u64::from_str_radix(nonce, 16).unwrap_or(0) } else { 0 };
        let counted = number & u64::from(u32::MAX);
        number >> 32 == u64::from(self.stream) && counted > 0 && counted <= u64::from(self.last)
    }
}

impl Nonce {
    /// Whether this is what the client wrote.
    pub(super) fn is(self, text: &str) -> bool {
        text.len() == 16 && u64::from_str_radix(text, 16) == Ok(self.0)
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
