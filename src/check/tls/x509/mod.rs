//! Certificates and keys as far as rules look at them: validity, names, whose key it is.
//!
//! Answers for: reading PEM and DER without ever panicking, and saying nothing of what it does not know. Verifies no
//! signature and decrypts nothing. Leaves to `tls` what follows.

mod der;
mod pem;
mod time;

use der::{Der, Item};

pub(super) use pem::{Block, blocks};
pub(super) use time::day;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// P-256, P-384 and P-521: the curves of which Envoy takes certificates.
const CURVES: [&[u8]; 3] = [
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
    &[0x2b, 0x81, 0x04, 0x00, 0x22],
    &[0x2b, 0x81, 0x04, 0x00, 0x23],
];

/// The public part of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Public {
    /// The modulus, without leading zeros.
    Rsa(Vec<u8>),
    /// The point, if the key says it, and whether Envoy takes the curve, if that is known.
    Ec(Option<Vec<u8>>, Option<bool>),
    Other,
}

/// What is known of a certificate.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    /// As seconds since 1970.
    pub(super) valid_from: i64,
    pub(super) valid_until: i64,
    pub(super) key: Public,
    /// Whether it may sign others; `None` if it does not say.
    pub(super) is_ca: Option<bool>,
}

impl Public {
    /// Whether two keys surely differ. What is not known does not.
    pub(super) fn differs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rsa(a), Self::Rsa(b)) => a != b,
            (Self::Ec(Some(a), _), Self::Ec(Some(b), _)) => a.len() == b.len() && a != b,
            (Self::Rsa(_), Self::Ec(..)) | (Self::Ec(..), Self::Rsa(_)) => true,
            _ => false,
        }
    }

    /// Why Envoy takes no certificate with this key.
    pub(super) fn weakness(&self) -> Option<String> {
        match self {
            Self::Rsa(modulus) => {
                let leading = modulus.first().map_or(0, |it| it.leading_zeros() as usize);
                let bits = modulus.len() * 8 - leading;
                (bits < 2048).then(|| format!("an RSA key of {bits} bits; Envoy takes 2048 and more"))
            }
            Self::Ec(_, Some(false)) => Some("an elliptic curve that Envoy does not take".to_owned()),
            _ => None,
        }
    }
}

impl Certificate {
    /// Reads a certificate's DER.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut certificate = Der(bytes).sequence()?;
        let mut body = certificate.sequence()?;
        body.optional(0xa0);
        body.next()?;
        body.sequence()?;
        let issuer = body.next()?.bytes.to_vec();
        let mut validity = body.sequence()?;
        let valid_from = time::read(validity.next()?)?;
        let valid_until = time::read(validity.next()?)?;
        let subject = body.next()?.bytes.to_vec();
        let key = public_key(body.sequence()?)?;
        let extensions = std::iter::from_fn(|| body.next()).find(|it| it.tag == 0xa3);
        let is_ca = extensions.and_then(|it| Der(it.bytes).sequence()).and_then(may_sign);
        Some(Self { issuer, subject, valid_from, valid_until, key, is_ca })
    }
}

/// The public part of a private key: PKCS #8, SEC 1 or PKCS #1, as the label says.
pub(super) fn private_key(label: &str, bytes: &[u8]) -> Option<Public> {
    match label {
        "RSA PRIVATE KEY" => rsa_private(bytes),
        "EC PRIVATE KEY" => ec_private(bytes, None),
        "PRIVATE KEY" => {
            let mut key = Der(bytes).sequence()?;
            key.next()?;
            let mut kind = key.sequence()?;
            let name = kind.next()?.bytes;
            let inner = key.next()?.bytes;
            match name {
                RSA => rsa_private(inner),
                EC => ec_private(inner, kind.next()),
                _ => Some(Public::Other),
            }
        }
        _ => Some(Public::Other),
    }
}

fn public_key(mut info: Der<'_>) -> Option<Public> {
    let mut kind = info.sequence()?;
    let name = kind.next()?.bytes;
    // The first byte of a bit string says how many bits are unused: none.
    let bits = info.next()?.bytes.get(1..)?;
    Some(match name {
        RSA => Public::Rsa(modulus(Der(bits).sequence()?.next()?)),
        EC => Public::Ec(Some(bits.to_vec()), kind.next().as_ref().map(is_taken)),
        _ => Public::Other,
    })
}

fn rsa_private(bytes: &[u8]) -> Option<Public> {
    let mut key = Der(bytes).sequence()?;
    key.next()?;
    Some(Public::Rsa(modulus(key.next()?)))
}

fn ec_private(bytes: &[u8], curve: Option<Item<'_>>) -> Option<Public> {
    let mut key = Der(bytes).sequence()?;
    key.next()?;
    key.next()?;
    let own = key.optional(0xa0).and_then(|it| Der(it.bytes).next());
    let point = key.optional(0xa1).and_then(|it| Some(Der(it.bytes).next()?.bytes.get(1..)?.to_vec()));
    Some(Public::Ec(point, curve.or(own).as_ref().map(is_taken)))
}

fn is_taken(curve: &Item<'_>) -> bool {
    CURVES.contains(&curve.bytes)
}

fn modulus(number: Item<'_>) -> Vec<u8> {
    let zeros = number.bytes.iter().take_while(|it| **it == 0).count();
    number.bytes[zeros..].to_vec()
}

fn may_sign(mut extensions: Der<'_>) -> Option<bool> {
    let mut each = std::iter::from_fn(|| extensions.sequence());
    each.find_map(|mut it| {
        if it.next()?.bytes != BASIC_CONSTRAINTS {
            return None;
        }
        it.optional(0x01);
        let mut constraints = Der(it.next()?.bytes).sequence()?;
        Some(constraints.optional(0x01).is_some_and(|it| it.bytes != [0]))
    })
}

#[cfg(test)]
mod tests;
