//! TLS: contexts, and the certificates and keys in them.

mod certificates;
mod ciphers;
mod contexts;
mod x509;

use super::rules::Row;

/// All rules of this folder.
pub(super) const TABLES: &[&[Row]] = &[contexts::RULES, certificates::RULES];
