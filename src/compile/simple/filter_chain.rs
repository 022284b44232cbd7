//! Filter chains: what happens to one kind of connection, HTTP or TCP, with or without TLS.

use std::sync::Arc;

use super::access_log;
use super::faults::Faults;
use super::listener::{filter, is_true};
use super::message::Message;
use super::read::first_of;
use super::split;
use super::tables::{FILTER_CHAIN, HTTP, TCP};
use super::tls;
use crate::spec::codes::{KEYS_EXCLUDE, NO_ACTION};
use crate::spec::{Entry, Span, Tree, Value};

const ROUTER: &str = "envoy.extensions.filters.http.router.v3.Router";

/// One filter chain: the listener's only one, or one under `filter_chains`.
#[derive(Debug)]
pub(super) struct Chain<'t> {
    /// Where its own keys stand.
    pub(super) tree: &'t Tree,
    /// Where the defaults for them stand.
    listener: &'t Tree,
    /// Whether it is one of several, with a name of its own.
    is_named: bool,
}

impl<'t> Chain<'t> {
    pub(super) fn of_listener(listener: &'t Tree) -> Self {
        Self { tree: listener, listener, is_named: false }
    }

    pub(super) fn of_chain(tree: &'t Tree, listener: &'t Tree) -> Self {
        Self { tree, listener, is_named: true }
    }

    /// Whether connections to this chain speak TLS, terminated here or passed on by their SNI.
    pub(super) fn is_tls(&self) -> bool {
        self.tree.at("tls").is_some() || self.needs_inspector().is_some()
    }

    /// The place that asks for a look at the TLS handshake.
    pub(super) fn needs_inspector(&self) -> Option<Span> {
        let asks = |it: &&Entry| matches!(&*it.key.text, "server_names" | "application_protocols");
        self.tree.entries().iter().find(asks).map(|it| it.key.span)
    }

    /// The name of the route configuration: that of the listener, and of the chain if there are several.
    pub(super) fn route_config_name(&self) -> Arc<str> {
        let name = |tree: &Tree| tree.at("name").and_then(Tree::text).cloned().unwrap_or_default();
        match self.is_named {
            true => format!("{}/{}", name(self.listener), name(self.tree)).into(),
            false => name(self.listener),
        }
    }

    /// The whole chain. Where plain and TLS chains share a listener, each says which of them it is.
    pub(super) fn build(&self, is_mixed: bool, faults: &mut Faults<'_>) -> Tree {
        let mut chain = match self.is_named {
            true => Message::copy(&FILTER_CHAIN, self.tree),
            false => Message::new(self.tree.span),
        };
        if is_mixed {
            let protocol = if self.is_tls() { "tls" } else { "raw_buffer" };
            chain.set("filter_chain_match.transport_protocol", Tree::string(self.tree.span, protocol));
        }
        let mut filters = self.inherited("network_filters").map_or(Vec::new(), |it| it.items().to_vec());
        filters.extend(self.last_filter(faults));
        chain.set("filters", Tree::sequence(self.tree.span, filters));
        if let Some(tls) = self.tree.at("tls").filter(|it| it.value != Value::Null) {
            chain.set("transport_socket", tls::downstream(tls, self.alpn(), faults));
        }
        if self.is_named { chain.finish(self.tree) } else { chain.into_tree() }
    }

    fn last_filter(&self, faults: &mut Faults<'_>) -> Option<Tree> {
        if let Some(tcp) = self.tree.at("tcp") {
            self.content(faults);
            self.forbid(&["http", "http_filters", "route_config"], "tcp", faults);
            return (tcp.value != Value::Null).then(|| self.tcp_proxy(tcp, faults));
        }
        let manager = self.connection_manager(faults)?;
        Some(filter(manager.span, "envoy.filters.network.http_connection_manager", manager))
    }

    /// Reports keys that would have no effect beside another.
    fn forbid(&self, keys: &[&str], beside: &str, faults: &mut Faults<'_>) {
        for entry in self.tree.entries().iter().filter(|it| keys.contains(&&*it.key.text)) {
            let message = format!("`{}` has no meaning with `{beside}`", entry.key.text);
            faults.push(KEYS_EXCLUDE, entry.key.span, message, |it| it);
        }
    }

    /// What the chain is for, which must be said exactly once.
    fn content(&self, faults: &mut Faults<'_>) -> Option<&'t Entry> {
        let content = first_of(self.tree, &["routes", "virtual_hosts", "route_config_name", "tcp"]);
        let is_empty = |it: &&Entry| matches!(&it.value.value, Value::Sequence(items) if items.is_empty());
        if content.filter(is_empty).is_some() || content.is_none() {
            let what = if self.is_named { FILTER_CHAIN.name } else { "a listener" };
            let span = content.map_or(self.tree.span, |it| it.key.span);
            faults.push(NO_ACTION, span, format!("{what} needs `routes`, `virtual_hosts` or `tcp`"), |it| {
                it.help("for example `routes: [{prefix: /, clusters: [web]}]`")
            });
        }
        content
    }

    /// The HTTP connection manager, in an `Any`.
    pub(super) fn connection_manager(&self, faults: &mut Faults<'_>) -> Option<Tree> {
        let content = self.content(faults)?;
        let span = content.key.span;
        let empty = Tree { span, value: Value::Mapping(Vec::new()) };
        let http = self.inherited("http").unwrap_or(&empty);
        let mut manager = Message::copy_any(&HTTP, http);
        manager.set("stat_prefix", self.stat_prefix());
        let name = match &*content.key.text {
            "route_config_name" => {
                self.forbid(&["route_config"], "route_config_name", faults);
                content.value.clone()
            }
            _ => Tree::string(span, self.route_config_name()),
        };
        manager.set("rds.route_config_name", name);
        manager.set("rds.config_source", Tree { span, value: Value::ConfigSource });
        if let Some(flag) = http.at("websocket").filter(|it| is_true(it)) {
            let websocket = Tree::mapping(flag.span, [("upgrade_type", Tree::string(flag.span, "websocket"))]);
            manager.set("upgrade_configs", Tree::sequence(flag.span, [websocket]));
        }
        manager.set_some("access_log", self.inherited("access_log").map(access_log::access_logs));
        manager.set("http_filters", Tree::sequence(span, self.http_filters(span)));
        Some(manager.finish(http))
    }

    fn tcp_proxy(&self, tcp: &Tree, faults: &mut Faults<'_>) -> Tree {
        let mut proxy = Message::copy_any(&TCP, tcp);
        proxy.set("stat_prefix", self.stat_prefix());
        split::to_tcp_clusters(tcp, &mut proxy, faults);
        proxy.set_some("access_log", self.inherited("access_log").map(access_log::access_logs));
        filter(tcp.span, "envoy.filters.network.tcp_proxy", proxy.finish(tcp))
    }

    /// The user's filters, with the router behind them if they do not have it.
    fn http_filters(&self, span: Span) -> Vec<Tree> {
        let mut filters = self.inherited("http_filters").map_or(Vec::new(), |it| it.items().to_vec());
        if !filters.iter().any(is_router) {
            filters.push(filter(span, "envoy.filters.http.router", Message::any(span, ROUTER).into_tree()));
        }
        filters
    }

    fn stat_prefix(&self) -> Tree {
        let name = || Tree::string(self.tree.span, self.route_config_name());
        let name = || self.tree.at("name").filter(|_| !self.is_named).cloned().unwrap_or_else(name);
        self.inherited("stat_prefix").cloned().unwrap_or_else(name)
    }

    /// What clients may agree on with TLS: whatever the codec can read.
    fn alpn(&self) -> &'static [&'static str] {
        if self.tree.at("tcp").is_some() {
            return &[];
        }
        let codec = self.inherited("http").and_then(|it| it.at("codec")).and_then(Tree::text);
        match codec.map(|it| &**it) {
            Some("HTTP1") => &["http/1.1"],
            Some("HTTP2") => &["h2"],
            _ => &["h2", "http/1.1"],
        }
    }

    fn inherited(&self, key: &str) -> Option<&'t Tree> {
        self.tree.at(key).or_else(|| self.listener.at(key)).filter(|it| it.value != Value::Null)
    }
}

fn is_router(filter: &Tree) -> bool {
    let text = |it: Option<&Tree>| it.and_then(Tree::text).cloned().unwrap_or_default();
    let by_type = text(filter.at("typed_config").and_then(|it| it.at("@type")));
    &*text(filter.at("name")) == "envoy.filters.http.router" || by_type.ends_with(ROUTER)
}
