//! Listeners of gRPC servers (P223, P224): named after their address, with a connection manager and nothing else.

use super::{HCM, is_grpc, tell};
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

pub(in crate::check) const RULES: &[Row] = &[("envoy.config.listener.v3.Listener", &[server, name, chains])];

/// A listener that is not for a client.
fn is_server(view: &View<'_>, findings: &Findings<'_>) -> bool {
    is_grpc(findings) && !view.has("api_listener")
}

fn server(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_server(view, findings) {
        return;
    }
    if !view.items("listener_filters").is_empty() {
        let message = "gRPC refuses a listener with `listener_filters`";
        tell(findings, codes::GRPC_SERVER, view.key_span("listener_filters"), message, "");
    }
    if view.flag("use_original_dst") {
        let message = "gRPC refuses a listener with `use_original_dst`";
        tell(findings, codes::GRPC_SERVER, view.span("use_original_dst"), message, "");
    }
}

/// The name says the address, in the form that is usual for servers; another form says nothing.
fn name(view: &View<'_>, findings: &mut Findings<'_>) {
    const MARK: &str = "listening_address=";
    let Some(name) = view.text("name").filter(|_| is_server(view, findings)) else { return };
    let Some((_, said)) = name.split_once(MARK) else { return };
    let said = said.replace("%5B", "[").replace("%5D", "]").replace("%5b", "[").replace("%5d", "]").replace("%3A", ":");
    let Some(socket) = view.message("address").and_then(|it| it.message("socket_address")) else { return };
    let (Some(host), Some(port)) = (socket.text("address"), socket.text("port_value")) else { return };
    let is = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    if said != is {
        let message = format!("the listener is called after `{said}`, but its address is `{is}`");
        let fault = findings.fault(codes::GRPC_SERVER, view.span("name"), message);
        let fault = fault.related(findings.text, socket.span("address"), "the address");
        findings.push(fault.help("a server asks for the name of the address that it listens on, and refuses another"));
    }
}

fn chains(view: &View<'_>, findings: &mut Findings<'_>) {
    if !is_server(view, findings) {
        return;
    }
    let mut chains = view.messages("filter_chains");
    chains.extend(view.message("default_filter_chain"));
    for chain in chains {
        let filters = chain.messages("filters");
        let managers: Vec<_> = filters.iter().filter_map(View::config).filter(|it| &*it.message.name == HCM).collect();
        if managers.len() != 1 || filters.len() != 1 {
            let message = "a filter chain of a gRPC server is one HTTP connection manager, and nothing else";
            tell(findings, codes::GRPC_SERVER, chain.key_span("filters"), message, "");
        }
        managers.iter().filter_map(|it| it.message("route_config")).for_each(|it| actions(&it, findings));
    }
}

/// A server forwards nothing: calls on another action fail.
fn actions(routes: &View<'_>, findings: &mut Findings<'_>) {
    for route in routes.messages("virtual_hosts").iter().flat_map(|it| it.messages("routes")) {
        if let Some(action) = route.entry("route") {
            let message = "a gRPC server forwards nothing: calls on this route fail with UNAVAILABLE";
            tell(findings, codes::GRPC_IGNORED, action.key.span, message, "write `non_forwarding_action: {}`");
        }
    }
}
