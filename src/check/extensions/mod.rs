//! Extensions: each has a configuration, and of a type that Envoy has for that place.
//!
//! Envoy picks an extension by the type of its configuration, not by its name. Leaves to `stock` which types there are,
//! to `per_route` what routes say of filters, to others the order of filters.

mod per_route;
mod slots;
mod stock;

use super::View;
use super::rules::Findings;
use crate::schema::{PREFIX, Schema, modern_name};
use crate::spec::{Diagnostic, codes, did_you_mean};

use stock::Category;

pub(super) use per_route::RULES as PER_ROUTE;
pub(super) use slots::RULES;

use slots::{SLOTS, THEMSELVES};

const HCM: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
fn in_slots(view: &View<'_>, findings: &mut Findings<'_>) {
    for (_, field, category) in SLOTS.iter().filter(|it| it.0 == &*view.message.name) {
        if let Some(category) = Category::named(category).filter(|_| view.has(field)) {
            view.messages(field).iter().for_each(|it| extension(it, category, findings));
        }
    }
}

fn itself(view: &View<'_>, findings: &mut Findings<'_>) {
    let category = THEMSELVES.iter().find(|it| it.0 == &*view.message.name);
    if let Some(category) = category.and_then(|it| Category::named(it.1)) {
        extension(view, category, findings);
    }
}

/// What a listener's own filters may be depends on its protocol.
fn listener_filters(view: &View<'_>, findings: &mut Findings<'_>) {
    const UDP: i32 = 1;
    let socket = view.message("address").and_then(|it| it.message("socket_address"));
    let is_udp = socket.is_some_and(|it| it.choice("protocol") == UDP);
    if is_udp && view.message("udp_listener_config").is_some_and(|it| it.has("quic_options")) {
        return;
    }
    let category = if is_udp { "envoy.filters.udp_listener" } else { "envoy.filters.listener" };
    if let Some(category) = Category::named(category) {
        view.messages("listener_filters").iter().for_each(|it| extension(it, category, findings));
    }
}

/// The full name of the type of an extension's configuration, inside its wrapper if it has one.
pub(super) fn type_of(view: &View<'_>) -> Option<String> {
    match view.config() {
        Some(config) => Some(inner_type(&config)),
        None => view.config_type(),
    }
}

/// The type that a configuration stands for: a `TypedStruct` names another.
fn inner_type(config: &View<'_>) -> String {
    let is_wrapper = matches!(&*config.message.name, "xds.type.v3.TypedStruct" | "udpa.type.v1.TypedStruct");
    let inner = config.text("type_url").filter(|_| is_wrapper);
    inner.map_or_else(|| config.message.name.to_string(), |it| it.rsplit('/').next().unwrap_or(it).to_owned())
}

/// Whether Envoy goes on without it.
fn is_optional(view: &View<'_>) -> bool {
    view.flag("is_optional")
}

fn extension(view: &View<'_>, category: &Category, findings: &mut Findings<'_>) {
    let config = view.value("typed_config").filter(|it| !it.entries().is_empty());
    let Some(kind) = type_of(view) else {
        let is_missing = config.is_none() && !view.has("config_discovery") && !is_optional(view);
        if is_missing && view.message.find("name").is_some() {
            missing(view, category, findings);
        }
        return;
    };
    if category.has(&kind) {
        same_name(view, &kind, findings);
        per_route::misplaced(view, findings);
    } else if !is_optional(view) {
        unknown(view, &kind, category, findings);
    }
}

fn missing(view: &View<'_>, category: &Category, findings: &mut Findings<'_>) {
    let name = view.text("name").map_or_else(String::new, |it| format!(" `{it}`"));
    let fault =
        findings.fault(codes::NO_CONFIG, view.span("name"), format!("the extension{name} has no `typed_config`"));
    let known = known_by_name(view, category);
    findings.push(match known {
        Some(it) => fault.help(format!("add `typed_config: {{\"@type\": {PREFIX}envoy.extensions.{it}}}`")),
        None => fault.help("Envoy finds an extension by the `@type` of its `typed_config`, not by its name"),
    });
}

/// The type that an extension's name most likely means.
fn known_by_name(view: &View<'_>, category: &Category) -> Option<&'static str> {
    let name = view.text("name")?;
    let name = modern_name(name).unwrap_or(name);
    let last = name.rsplit('.').next()?;
    category.types().find(|it| segment(it, category.prefix) == Some(last))
}

/// `cors` of `filters.http.cors.v3.Cors`.
fn segment<'a>(short: &'a str, prefix: &str) -> Option<&'a str> {
    short.strip_prefix(prefix)?.split('.').next()
}

fn unknown(view: &View<'_>, kind: &str, category: &Category, findings: &mut Findings<'_>) {
    let span = view.value("typed_config").and_then(|it| it.at("@type")).map_or_else(|| view.start(), |it| it.span);
    if let Some(fault) = unknown_type(kind, category, span, findings) {
        findings.push(fault);
    }
}

/// A type that a stock Envoy does not have at this place.
fn unknown_type(
    kind: &str,
    category: &Category,
    span: crate::spec::Span,
    findings: &Findings<'_>,
) -> Option<Diagnostic> {
    let name = category.name;
    let elsewhere = stock::CATEGORIES.iter().find(|it| it.has(kind));
    if elsewhere.is_none() && category.could_have(kind) {
        // The encoder warns of those of the contrib build.
        let is_contrib = Schema::here().named(kind).is_some_and(|it| it.is_contrib);
        let is_ours = kind.starts_with("envoy.") && !is_contrib;
        let message = format!("a stock Envoy 1.40 has no `{kind}` in `{name}`");
        let help = "builds with contrib extensions may have it; allow this with `lints: {CH3205: allow}`";
        return is_ours.then(|| findings.fault(codes::NOT_IN_STOCK, span, message).help(help));
    }
    let fault = findings.fault(codes::WRONG_EXTENSION, span, format!("`{kind}` is no extension of `{name}`"));
    let last = |it: &str| it.rsplit('.').next().unwrap_or_default().to_owned();
    let same = category.types().find(|it| last(it) == last(kind));
    let near = same.or_else(|| did_you_mean(stock::short(kind), category.types()));
    let fault = fault.remark(near.map_or_else(String::new, |it| format!("did you mean `envoy.extensions.{it}`?")));
    Some(match elsewhere {
        Some(other) => fault.help(format!("it is one of `{}`", other.name)),
        None => fault.help("Envoy refuses what it has no extension for"),
    })
}

/// A name that says one filter, and a type that says another.
fn same_name(view: &View<'_>, kind: &str, findings: &mut Findings<'_>) {
    let Some(name) = view.text("name") else { return };
    let today = modern_name(name).unwrap_or(name);
    let Some((kinds, said)) = today.strip_prefix("envoy.filters.").and_then(|it| it.split_once('.')) else { return };
    let prefix = format!("filters.{kinds}.");
    let Some(is) = segment(stock::short(kind), &prefix) else { return };
    let is_known = || stock::CATEGORIES.iter().flat_map(Category::types).any(|it| segment(it, &prefix) == Some(said));
    if is == said || !is_known() {
        return;
    }
    let message = format!("`{name}` is the name of another filter than its type says");
    let fault = findings
        .fault(codes::NAME_OF_ANOTHER, view.span("name"), message)
        .help(format!("Envoy goes by the type, `{kind}`; call it `envoy.filters.{kinds}.{is}`"));
    findings.push(fault);
}

/// Whether a filter is one that a stock Envoy has.
pub(super) fn is_stock_filter(view: &View<'_>) -> bool {
    type_of(view).is_some_and(|kind| stock::CATEGORIES.iter().any(|it| it.name.contains("filters") && it.has(&kind)))
}
