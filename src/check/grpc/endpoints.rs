//! Endpoints of gRPC clients (P221): what they refuse in a load assignment, and what they pass over.

use std::collections::{BTreeMap, HashMap};

use super::{is_grpc, tell};
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::{Tree, codes};

pub(in crate::check) const RULES: &[Row] =
    &[("envoy.config.endpoint.v3.ClusterLoadAssignment", &[priorities, localities, addresses])];

/// The priority of each locality, with its place in the list.
fn by_priority<'v, 't>(groups: &'v [View<'t>]) -> BTreeMap<u32, Vec<&'v View<'t>>> {
    let mut all: BTreeMap<u32, Vec<&View<'t>>> = BTreeMap::new();
    for group in groups {
        let priority = group.number("priority").map_or(0, |it| it.clamp(0.0, 1e6) as u32);
        all.entry(priority).or_default().push(group);
    }
    all
}

fn priorities(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    let groups = view.messages("endpoints");
    for (expected, (priority, groups)) in (0..).zip(by_priority(&groups)) {
        if priority != expected {
            let span = groups.first().map_or(view.start(), |it| it.span("priority"));
            let message = format!("priority {priority} without priority {expected}: gRPC refuses gaps");
            tell(findings, codes::GRPC_ENDPOINTS, span, message, "number priorities from 0, one by one");
            return;
        }
        let sum: f64 = groups.iter().filter_map(|it| it.number("load_balancing_weight")).sum();
        if let Some(first) = groups.first().filter(|_| sum > f64::from(u32::MAX)) {
            let message = format!("the weights of priority {priority} sum up to {sum}, more than {}", u32::MAX);
            tell(findings, codes::GRPC_ENDPOINTS, first.start(), message, "");
        }
    }
}

fn localities(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    let groups = view.messages("endpoints");
    for (priority, groups) in by_priority(&groups) {
        let mut seen = HashMap::new();
        for group in groups {
            let locality = group.message("locality");
            let part = |field| locality.as_ref().and_then(|it| it.text(field)).map_or("", |it| it);
            let name = ["region", "zone", "sub_zone"].map(part);
            if let Some(first) = seen.insert(name, group.start()) {
                let message = format!("the locality {name:?} stands twice in priority {priority}");
                let fault = findings.fault(codes::GRPC_ENDPOINTS, group.start(), message);
                let fault = fault.related(findings.text, first, "first here");
                findings.push(fault.help("join the two"));
            }
            if group.number("load_balancing_weight").is_none_or(|it| it <= 0.0) {
                let message = "gRPC passes over a locality without `load_balancing_weight`";
                let help = "add `load_balancing_weight: 1`";
                tell(findings, codes::GRPC_IGNORED, group.start(), message, help);
            }
        }
    }
}

fn addresses(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_grpc(findings) {
        return;
    }
    let mut seen = HashMap::new();
    for group in view.messages("endpoints") {
        for endpoint in group.messages("lb_endpoints") {
            let address = endpoint.message("endpoint").and_then(|it| it.message("address"));
            let Some(socket) = address.and_then(|it| it.message("socket_address")) else { continue };
            let part = |field| socket.value(field).and_then(Tree::text).cloned();
            let Some(host) = part("address") else { continue };
            let span = socket.span("address");
            if let Some(first) = seen.insert((host.clone(), part("port_value")), span) {
                let message = format!("the address `{host}` with this port stands twice: gRPC refuses that");
                let fault = findings.fault(codes::GRPC_ENDPOINTS, span, message);
                findings.push(fault.related(findings.text, first, "first here"));
            }
        }
    }
}
