//! What a load assignment says: addresses, weights, localities, priorities, overload. Linear in the number of endpoints.
//!
//! Leaves to `clusters` whether the cluster may have them. An assignment may stand alone (EDS) or within its cluster.

use std::collections::{BTreeMap, HashMap};

use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::{Span, Tree, codes};

const ASSIGNMENT: &str = "envoy.config.endpoint.v3.ClusterLoadAssignment";

pub(super) const RULES: &[Row] =
    &[(ASSIGNMENT, &[addresses_only, localities, priorities, same_endpoint, weights, overload])];

/// One endpoint of an assignment.
pub(super) struct Endpoint<'t> {
    pub(super) view: View<'t>,
    /// The index of its locality, and that one's priority.
    locality: usize,
}

impl<'t> Endpoint<'t> {
    fn socket(&self) -> Option<View<'t>> {
        self.view.message("endpoint")?.message("address")?.message("socket_address")
    }

    /// Its address, if that is a socket's and Envoy itself resolves it.
    pub(super) fn host(&self) -> Option<(&'t Tree, &'t str)> {
        let socket = self.socket().filter(|it| !it.has("resolver_name"))?;
        let host = socket.value("address")?;
        Some((host, host.text()?))
    }
}

/// All endpoints of an assignment, in both forms of a locality's list.
pub(super) fn endpoints_of<'t>(assignment: &View<'t>) -> impl Iterator<Item = Endpoint<'t>> + use<'t> {
    assignment.messages("endpoints").into_iter().enumerate().flat_map(|(locality, it)| {
        let list = it.message("load_balancer_endpoints").unwrap_or(it);
        list.messages("lb_endpoints").into_iter().map(move |view| Endpoint { view, locality })
    })
}

/// Whether a text is surely no IP address: what has colons is left to Envoy.
pub(super) fn is_host_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(':') && text.parse::<std::net::IpAddr>().is_err()
}

/// What comes by EDS is not resolved.
fn addresses_only(view: &View<'_>, findings: &mut Findings<'_>) {
    if findings.resource != ASSIGNMENT {
        return;
    }
    for endpoint in endpoints_of(view) {
        let Some((host, text)) = endpoint.host().filter(|it| is_host_name(it.1)) else { continue };
        let message = format!("`{text}` is a host name, and what comes by EDS must be an IP address");
        let help = "resolve it, or put the endpoint into a cluster of type STRICT_DNS";
        findings.report(codes::HOST_NAME, host.span, message, help);
        if findings.out.is_full() {
            return;
        }
    }
}

/// One locality twice at one priority: its endpoints are merged, and only one of the weights counts.
fn localities(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut seen = HashMap::new();
    for it in view.messages("endpoints") {
        let Some(place) = it.message("locality") else { continue };
        let part = |field: &str| place.text(field).cloned().unwrap_or_default();
        let name = (part("region"), part("zone"), part("sub_zone"), priority(&it));
        let span = it.key_span("locality");
        if let Some(first) = seen.insert(name, span) {
            let fault = findings.fault(codes::SAME_LOCALITY, span, "the same locality twice at one priority");
            let fault = fault.related(findings.text, first, "first given here");
            findings.push(fault.help("put all endpoints of a locality into one list"));
        }
    }
}

fn priority(locality: &View<'_>) -> u32 {
    locality.number("priority").map_or(0, |it| it as u32)
}

/// Priorities must begin with 0 and leave none out.
fn priorities(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut used = BTreeMap::new();
    for it in view.messages("endpoints") {
        used.entry(priority(&it)).or_insert_with(|| it.span("priority"));
    }
    for (expected, (found, span)) in used.into_iter().enumerate() {
        if usize::try_from(found) != Ok(expected) {
            let message = format!("priority {found} is used, and priority {expected} is not");
            let help = "number priorities from 0 and leave none out";
            findings.report(codes::PRIORITY_GAP, span, message, help);
            return;
        }
    }
}

/// One address twice: Envoy keeps one of them, so a weight or a state is lost.
fn same_endpoint(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut seen: HashMap<(&str, &str), (usize, Span)> = HashMap::new();
    for endpoint in endpoints_of(view) {
        let Some(socket) = endpoint.socket() else { continue };
        let Some((host, text)) = endpoint.host() else { continue };
        let port = ["port_value", "named_port"].into_iter().find_map(|it| socket.text(it));
        let Some(port) = port else { continue };
        // A name may be resolved to several addresses, and said twice for more of its share.
        if is_host_name(text) {
            continue;
        }
        match seen.entry((text, port)) {
            std::collections::hash_map::Entry::Vacant(it) => {
                it.insert((endpoint.locality, host.span));
            }
            std::collections::hash_map::Entry::Occupied(it) => {
                let message = format!("the endpoint {text}:{port} is given twice");
                let fault = findings.fault(codes::SAME_ENDPOINT, host.span, message);
                findings.push(fault.related(findings.text, it.get().1, "first given here"));
                if findings.out.is_full() {
                    return;
                }
            }
        }
    }
}

/// Weights are added up in 32 bits.
fn weights(view: &View<'_>, findings: &mut Findings<'_>) {
    const MOST: f64 = u32::MAX as f64;
    let mut localities: BTreeMap<u32, f64> = BTreeMap::new();
    for it in view.messages("endpoints") {
        if let Some(weight) = it.number("load_balancing_weight") {
            let sum = localities.entry(priority(&it)).or_default();
            let fitted = *sum <= MOST;
            *sum += weight;
            if fitted && *sum > MOST {
                let message = format!("the weights of the localities of one priority are more than {MOST} together");
                findings.report(codes::WEIGHT_SUM, it.span("load_balancing_weight"), message, "use smaller weights");
            }
        }
    }
    let mut current = (usize::MAX, 0.0);
    for endpoint in endpoints_of(view) {
        if current.0 != endpoint.locality {
            current = (endpoint.locality, 0.0);
        }
        let Some(weight) = endpoint.view.number("load_balancing_weight") else { continue };
        let fitted = current.1 <= MOST;
        current.1 += weight;
        if fitted && current.1 > MOST {
            let message = format!("the weights of the endpoints of one locality are more than {MOST} together");
            let span = endpoint.view.span("load_balancing_weight");
            findings.report(codes::WEIGHT_SUM, span, message, "use smaller weights");
        }
    }
}

/// Envoy knows one reason to drop requests, and drops at most all of them.
fn overload(view: &View<'_>, findings: &mut Findings<'_>) {
    const HUNDREDTHS: [f64; 3] = [100.0, 10_000.0, 1_000_000.0];
    let Some(policy) = view.message("policy") else { return };
    let drops = policy.messages("drop_overloads");
    if let [_, second, ..] = &drops[..] {
        let message = "Envoy takes one category of `drop_overloads`";
        findings.report(codes::DROP_OVERLOAD, second.start(), message, "add up the percentages in one category");
    }
    for it in drops.iter().filter_map(|it| it.message("drop_percentage")) {
        let most = usize::try_from(it.choice("denominator")).ok().and_then(|it| HUNDREDTHS.get(it));
        if let (Some(most), Some(found)) = (most, it.number("numerator"))
            && found > *most
        {
            let message = format!("more than everything is dropped: {found} of {most}");
            findings.report(codes::DROP_OVERLOAD, it.span("numerator"), message, "");
        }
    }
}
