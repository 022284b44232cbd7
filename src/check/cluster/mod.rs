//! Clusters: where their endpoints come from, how one is chosen, and how it is spoken to.

mod clusters;
mod endpoints;
mod health_checks;
mod load_balancing;
mod upstream;

use super::rules::Row;

/// All rules of this folder.
pub(super) const TABLES: &[&[Row]] =
    &[clusters::RULES, endpoints::RULES, load_balancing::RULES, health_checks::RULES, upstream::RULES];
