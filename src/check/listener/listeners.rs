//! Listeners: the sockets that they bind, and what Envoy demands of them before it looks at any filter.
//!
//! Leaves to `across` whether two listeners want one socket, to `filter_chains` what the chains say.

use std::net::{IpAddr, Ipv6Addr};

use crate::check::View;
use crate::check::facts::{Profile, Socket};
use crate::check::rules::{Findings, Row};
use crate::spec::{Tree, codes};

const UDP: i32 = 1;

pub(super) const RULES: &[Row] = &[("envoy.config.listener.v3.Listener", &[sockets, chains, transport])];

/// The addresses of a listener: its own and the additional ones.
fn addresses<'t>(view: &View<'t>) -> Vec<View<'t>> {
    let own = view.message("address").into_iter();
    let others = view.messages("additional_addresses");
    own.chain(others.iter().filter_map(|it| it.message("address"))).collect()
}

/// Whether it has no socket, but serves gRPC clients or other listeners of the same Envoy.
fn is_internal(view: &View<'_>) -> bool {
    view.has("api_listener") || view.has("internal_listener")
}

fn sockets(view: &View<'_>, findings: &mut Findings<'_>) {
    if is_internal(view) {
        return;
    }
    let addresses = addresses(view);
    if !view.has("address") && findings.is_whole {
        let fault = findings.fault(codes::NO_LISTENER_ADDRESS, view.start(), "the listener has no `address`");
        let help = "add `address: {socket_address: {address: 0.0.0.0, port_value: 8080}}`";
        findings.push(fault.help(help));
    }
    let protocols: Vec<_> = addresses.iter().filter_map(|it| it.message("socket_address")).collect();
    if let Some(first) = protocols.first() {
        let is_other = |it: &&View<'_>| it.choice("protocol") != first.choice("protocol");
        if let Some(other) = protocols.iter().find(is_other) {
            let message = "one listener cannot have both TCP and UDP addresses";
            let fault = findings.fault(codes::MIXED_PROTOCOLS, other.span("protocol"), message);
            let fault = fault.related(findings.text, first.start(), "the listener's own address");
            findings.push(fault.help("make two listeners of it"));
        }
    }
    addresses.iter().for_each(|it| socket(it, findings));
}

fn socket(address: &View<'_>, findings: &mut Findings<'_>) {
    if let Some(path) = address.message("pipe").as_ref().and_then(|it| it.value("path")) {
        let text = path.text().map_or("", |it| it);
        findings.facts.sockets.push(Socket { address: format!("pipe {text}"), span: path.span });
        return;
    }
    let Some(socket) = address.message("socket_address") else { return };
    if socket.has("named_port") {
        let message = "a listener's port is a number: `named_port` is for resolvers";
        findings.push(findings.fault(codes::NOT_AN_ADDRESS, socket.key_span("named_port"), message));
    }
    let Some(host) = socket.value("address").filter(|it| it.text().is_some_and(|it| !it.is_empty())) else { return };
    if socket.has("resolver_name") {
        return;
    }
    let Some(canonical) = ip(host) else {
        let text = host.text().map_or("", |it| it);
        let message = format!("a listener binds an IP address, not `{text}`");
        let fault = findings.fault(codes::NOT_AN_ADDRESS, host.span, message);
        findings.push(fault.help("`0.0.0.0` is every IPv4 address of the machine, `127.0.0.1` this machine only"));
        return;
    };
    let port = socket.value("port_value").and_then(Tree::text).and_then(|it| it.parse::<u16>().ok());
    let Some(port) = port.filter(|it| *it != 0) else { return };
    let protocol = if socket.choice("protocol") == UDP { "udp" } else { "tcp" };
    let space = socket.text("network_namespace_filepath").map_or_else(String::new, |it| format!(" in {it}"));
    let address = format!("{protocol} {canonical}:{port}{space}");
    findings.facts.sockets.push(Socket { address, span: socket.span("port_value") });
}

/// An IP address in its shortest form, in brackets if it has colons. An IPv6 zone is kept.
fn ip(host: &Tree) -> Option<String> {
    let text = host.text()?;
    if let Some((ip, zone)) = text.split_once('%') {
        return ip.parse::<Ipv6Addr>().ok().map(|it| format!("[{it}%{zone}]"));
    }
    Some(match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(it) => it.to_string(),
        IpAddr::V6(it) => format!("[{it}]"),
    })
}

fn is_udp(view: &View<'_>) -> bool {
    addresses(view).iter().filter_map(|it| it.message("socket_address")).any(|it| it.choice("protocol") == UDP)
}

fn is_quic(view: &View<'_>) -> bool {
    view.message("udp_listener_config").is_some_and(|it| it.has("quic_options"))
}

/// A TCP listener needs chains; a UDP one that does not speak QUIC must have none.
fn chains(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.has("api_listener") {
        return;
    }
    let has_chains = !view.items("filter_chains").is_empty() || view.has("default_filter_chain");
    if is_udp(view) && !is_quic(view) {
        if has_chains {
            let message = "a UDP listener has no connections, and so no filter chains";
            let fault = findings.fault(codes::UDP_CHAINS, view.key_span("filter_chains"), message);
            let help = "use `listener_filters` (`udp_proxy`, `dns_filter`), or `quic_options` for HTTP/3";
            findings.push(fault.help(help));
        }
    } else if !has_chains && !view.has("fcds_config") && findings.is_whole {
        let fault = findings.fault(codes::NO_FILTER_CHAINS, view.start(), "the listener has no filter chains");
        findings.push(fault.help("Envoy refuses it: there is nothing to do with a connection"));
    }
}

const HCM: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/// HTTP/3 is spoken over QUIC, and nothing else is.
fn transport(view: &View<'_>, findings: &mut Findings<'_>) {
    const HTTP3: i32 = 3;
    if findings.profile == Profile::Grpc || is_internal(view) {
        return;
    }
    let quic = is_quic(view);
    let mut chains = view.messages("filter_chains");
    chains.extend(view.message("default_filter_chain"));
    for chain in chains {
        if quic && is_udp(view) && !chain.has("transport_socket") {
            let message = "a filter chain of a QUIC listener needs a `transport_socket`";
            let fault = findings.fault(codes::HTTP3_AND_QUIC, chain.start(), message);
            findings.push(fault.help("use `envoy.transport_sockets.quic` with a `QuicDownstreamTransport`"));
        }
        let filters = chain.messages("filters");
        for manager in filters.iter().filter_map(View::config).filter(|it| &*it.message.name == HCM) {
            let is_http3 = manager.choice("codec_type") == HTTP3;
            if is_http3 && !quic {
                let message = "`codec_type: HTTP3` needs a QUIC listener";
                let fault = findings.fault(codes::HTTP3_AND_QUIC, manager.span("codec_type"), message);
                findings
                    .push(fault.help("give the listener a UDP address and `udp_listener_config: {quic_options: {}}`"));
            } else if quic && !is_http3 {
                let message = "a QUIC listener speaks HTTP/3 only";
                let fault = findings.fault(codes::HTTP3_AND_QUIC, manager.span("codec_type"), message);
                findings.push(fault.help("set `codec_type: HTTP3`"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Span;

    #[test]
    fn addresses_have_one_form() {
        let form = |it: &str| ip(&Tree::string(Span::default(), it));
        assert_eq!(form("0:0:0:0:0:0:0:1"), form("::1"));
        assert_eq!(form("::1").as_deref(), Some("[::1]"));
        assert_eq!(form("fe80::1%eth0").as_deref(), Some("[fe80::1%eth0]"));
        assert_eq!(form("127.0.0.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(form("localhost"), None);
    }
}
