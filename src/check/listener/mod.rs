//! Listeners: their sockets, and the filter chains behind them.

mod filter_chains;
mod listeners;

use super::rules::Row;

/// All rules of this folder.
pub(super) const TABLES: &[&[Row]] = &[listeners::RULES, filter_chains::RULES];
