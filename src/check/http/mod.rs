//! HTTP: connection managers, their filters in order, virtual hosts and routes, and the small languages in them.

mod headers;
mod http_filters;
mod managers;
mod matches;
mod regex;
mod retries;
mod routes;
mod substitution;
mod templates;
mod virtual_hosts;

use super::rules::Row;

/// All rules of this folder.
pub(super) const TABLES: &[&[Row]] = &[
    virtual_hosts::RULES,
    routes::RULES,
    matches::RULES,
    retries::RULES,
    templates::RULES,
    headers::RULES,
    managers::RULES,
    http_filters::RULES,
    regex::RULES,
    substitution::RULES,
];
