//! Filter chains of one listener: which connections each of them takes.
//!
//! Envoy lays out all combinations of a match's conditions, and refuses a listener in which two chains have one in
//! common. Leaves to `http_filters` what stands in a chain.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::check::View;
use crate::check::facts::Profile;
use crate::check::rules::{Findings, Row};
use crate::spec::{Span, Tree, codes};

pub(super) const RULES: &[Row] = &[
    ("envoy.config.listener.v3.Listener", &[matches, names]),
    ("envoy.config.listener.v3.FilterChain", &[empty]),
    ("envoy.config.listener.v3.FilterChainMatch", &[conditions]),
    ("envoy.config.core.v3.CidrRange", &[range]),
];

/// How many combinations of one listener are looked at: conditions multiply.
const MOST: usize = 50_000;

/// Two chains that take the same connections.
fn matches(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.has("filter_chain_matcher") {
        return;
    }
    let chains = view.messages("filter_chains");
    if chains.len() < 2 && chains.iter().all(|it| !it.has("filter_chain_match")) {
        return;
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, chain) in chains.iter().enumerate() {
        let all = combinations(chain.message("filter_chain_match").as_ref(), MOST.saturating_sub(seen.len()));
        let clash = all.iter().find_map(|it| seen.get(it).map(|first| (*first, it.clone())));
        let repeated = || {
            let mut all = all.iter().collect::<Vec<_>>();
            all.sort_unstable();
            all.windows(2).any(|it| it[0] == it[1])
        };
        if let Some((first, shared)) = clash {
            let message = format!("two filter chains match the same connections: {}", words(&shared));
            let fault = findings.fault(codes::SAME_MATCH, place(chain), message);
            let fault = fault.related(findings.text, place(&chains[first]), "first matched here");
            findings.push(fault.help("Envoy cannot choose between them: make them differ, or join them"));
        } else if repeated() {
            let message = "the match names one condition twice";
            findings.push(findings.fault(codes::SAME_MATCH, place(chain), message));
        }
        seen.extend(all.into_iter().map(|it| (it, index)));
    }
}

fn place(chain: &View<'_>) -> Span {
    if chain.has("filter_chain_match") { chain.key_span("filter_chain_match") } else { chain.start() }
}

/// The values of a condition, each in its one form.
type Values = fn(&View<'_>, &str) -> Vec<String>;

/// Conditions of which a connection must fulfil one of each, and how a value is brought into one form.
const CONDITIONS: &[(&str, Values)] = &[
    ("destination_port", one),
    ("prefix_ranges", ranges),
    ("server_names", server_names),
    ("transport_protocol", one),
    ("application_protocols", many),
    ("direct_source_prefix_ranges", ranges),
    ("source_type", source_type),
    ("source_prefix_ranges", ranges),
    ("source_ports", many),
];

/// All combinations of a match's conditions, each as a text, up to a limit.
fn combinations(conditions: Option<&View<'_>>, limit: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    for (field, values) in CONDITIONS {
        let values = conditions.map(|it| values(it, field)).filter(|it| !it.is_empty()).unwrap_or(vec![String::new()]);
        if all.len().saturating_mul(values.len()) > limit {
            return Vec::new();
        }
        all = all.iter().flat_map(|it| values.iter().map(move |value| format!("{it}{value}\n"))).collect();
    }
    all
}

/// A combination in words.
fn words(combination: &str) -> String {
    let parts = CONDITIONS.iter().zip(combination.split('\n')).filter(|it| !it.1.is_empty());
    let parts: Vec<_> = parts.map(|((field, _), value)| format!("{field} `{value}`")).collect();
    if parts.is_empty() { "all of them".to_owned() } else { parts.join(", ") }
}

fn one(view: &View<'_>, field: &str) -> Vec<String> {
    view.text(field).map(|it| it.to_string()).into_iter().collect()
}

fn many(view: &View<'_>, field: &str) -> Vec<String> {
    view.items(field).iter().filter_map(Tree::text).map(|it| it.to_string()).collect()
}

fn source_type(view: &View<'_>, field: &str) -> Vec<String> {
    match view.choice(field) {
        0 => Vec::new(),
        other => vec![other.to_string()],
    }
}

/// `*.example.com` and `.example.com` are one, in any case.
fn server_names(view: &View<'_>, field: &str) -> Vec<String> {
    let form = |it: String| it.strip_prefix('*').map_or_else(|| it.clone(), str::to_owned).to_ascii_lowercase();
    many(view, field).into_iter().map(form).collect()
}

/// Networks without the bits behind their prefix.
fn ranges(view: &View<'_>, field: &str) -> Vec<String> {
    let form = |it: &View<'_>| {
        let text = it.text("address_prefix").map(|it| it.to_string()).unwrap_or_default();
        let length = it.number("prefix_len").map_or(0, |it| it.clamp(0.0, 128.0) as u32);
        match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => {
                let length = length.min(32);
                let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
                format!("{}/{length}", std::net::Ipv4Addr::from_bits(ip.to_bits() & mask))
            }
            Ok(IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
                format!("{}/{length}", std::net::Ipv6Addr::from_bits(ip.to_bits() & mask))
            }
            Err(_) => format!("{text}/{length}"),
        }
    };
    view.messages(field).iter().map(form).collect()
}

/// With a matcher, which picks chains by name, each chain needs one of its own.
fn names(view: &View<'_>, findings: &mut Findings<'_>) {
    if !view.has("filter_chain_matcher") {
        return;
    }
    let mut seen = HashMap::new();
    for chain in view.messages("filter_chains") {
        let Some(name) = chain.text("name") else {
            let message = "with `filter_chain_matcher`, each filter chain needs a `name`";
            findings.push(findings.fault(codes::SAME_CHAIN_NAME, chain.start(), message));
            continue;
        };
        if let Some(first) = seen.insert(name, chain.span("name")) {
            let message = format!("two filter chains are called `{name}`");
            let fault = findings.fault(codes::SAME_CHAIN_NAME, chain.span("name"), message);
            findings.push(fault.related(findings.text, first, "first used here"));
        }
    }
}

/// A chain without filters closes each connection. Clients without a proxy have rules of their own.
fn empty(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.items("filters").is_empty() && findings.profile == Profile::Envoy {
        let message = "a filter chain without filters closes every connection at once";
        let fault = findings.fault(codes::NO_FILTERS, view.key_span("filters"), message);
        findings.push(fault.help("add `http_connection_manager` or `tcp_proxy`"));
    }
}

fn conditions(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.text("address_suffix").is_some() || view.has("suffix_len") {
        let field = if view.has("address_suffix") { "address_suffix" } else { "suffix_len" };
        let message = format!("`{field}` is not implemented, and Envoy refuses it");
        findings.push(findings.fault(codes::BAD_CHAIN_MATCH, view.key_span(field), message));
    }
    for name in view.items("server_names") {
        let text = name.text().map_or("", |it| it);
        let rest = text.strip_prefix("*.").unwrap_or(text);
        if rest.contains('*') {
            let message = format!("`{text}` has its `*` in a place where Envoy takes none");
            let fault = findings.fault(codes::BAD_CHAIN_MATCH, name.span, message);
            findings.push(match text {
                "*" => fault.help("leave `server_names` out to match all"),
                _ => fault.help("only a whole first label can be `*`: `*.example.com`"),
            });
        }
    }
}

/// A range of addresses, in a match or wherever else one stands.
fn range(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(text) = view.text("address_prefix") else { return };
    if text.parse::<IpAddr>().is_err() {
        let message = format!("`{text}` is not an IP address");
        let fault = findings.fault(codes::NOT_AN_ADDRESS, view.span("address_prefix"), message);
        findings.push(match text.split_once('/') {
            Some((ip, length)) => fault.help(format!("write `address_prefix: {ip}, prefix_len: {length}`")),
            None => fault.help("names are not resolved here"),
        });
    }
}
