//! Virtual hosts of one route configuration: each domain belongs to one of them.
//!
//! Leaves to `routes` and `matches` what stands in a virtual host.

use std::collections::HashMap;

use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::{Tree, codes};

pub(super) const RULES: &[Row] = &[("envoy.config.route.v3.RouteConfiguration", &[domains, names])];

/// Envoy refuses a domain that stands twice, in any case of its letters.
fn domains(view: &View<'_>, findings: &mut Findings<'_>) {
    let hosts = view.messages("virtual_hosts");
    let mut seen: HashMap<String, &Tree> = HashMap::new();
    for domain in hosts.iter().flat_map(|it| it.items("domains")) {
        let Some(text) = domain.text() else { continue };
        form(text, domain, findings);
        if let Some(first) = seen.insert(text.to_ascii_lowercase(), domain) {
            let message = match &**text {
                "*" => "two virtual hosts take every domain".to_owned(),
                _ => format!("the domain `{text}` stands twice in this route configuration"),
            };
            let fault = findings.fault(codes::SAME_DOMAIN, domain.span, message);
            let fault = fault.related(findings.text, first.span, "first used here");
            findings.push(fault.help("Envoy refuses the whole route configuration: keep it in one virtual host"));
        }
    }
}

/// Domains that Envoy takes, and that no request will ever have.
fn form(text: &str, domain: &Tree, findings: &mut Findings<'_>) {
    let inner = text.strip_prefix('*').or_else(|| text.strip_suffix('*')).unwrap_or(text);
    let why = match () {
        () if text.is_empty() => "an empty domain matches requests without a host only",
        () if inner.contains('*') => "a `*` stands for anything only as the first or the last character, not both",
        () if text.contains("://") => "a domain is a host name: no scheme",
        () if text.contains('/') => "a domain is a host name: paths belong into routes",
        () if text.contains(char::is_whitespace) => "a domain has no spaces",
        () => return,
    };
    findings.push(findings.fault(codes::BAD_DOMAIN, domain.span, format!("`{text}` can match no host")).help(why));
}

/// Envoy takes equal names, but mixes their statistics, and VHDS and logs tell hosts apart by name.
fn names(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut seen = HashMap::new();
    for host in view.messages("virtual_hosts") {
        let Some(name) = host.text("name") else { continue };
        if let Some(first) = seen.insert(name, host.span("name")) {
            let message = format!("two virtual hosts are called `{name}`");
            let fault = findings.fault(codes::SAME_VIRTUAL_HOST, host.span("name"), message);
            let fault = fault.related(findings.text, first, "first used here");
            findings.push(fault.help("give each a name of its own: statistics and logs go by it"));
        }
    }
}
