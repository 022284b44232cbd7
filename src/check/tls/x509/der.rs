//! ASN.1 in DER, as far as certificates have it: one item after the other. Leaves to others what items mean.

/// What is left of a list of items.
#[derive(Debug, Clone, Copy)]
pub(super) struct Der<'a>(pub(super) &'a [u8]);

/// One item: its tag, and its content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) tag: u8,
    pub(super) bytes: &'a [u8],
}

const SEQUENCE: u8 = 0x30;

impl<'a> Der<'a> {
    /// The next item. Tags of several bytes do not occur.
    pub(super) fn next(&mut self) -> Option<Item<'a>> {
        let [tag, first, rest @ ..] = self.0 else { return None };
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (digits.iter().fold(0, |sum, it| sum << 8 | usize::from(*it)), rest)
            }
            _ => return None,
        };
        let (bytes, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Item { tag: *tag, bytes })
    }

    /// The items of the next item, which must be a sequence.
    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.next().filter(|it| it.tag == SEQUENCE).map(|it| Der(it.bytes))
    }

    /// The next item if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Item<'a>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }
}
