//! The table of effects: what a change does to traffic, in plain words.
//!
//! What Envoy documents, and `tests/it/envoy/effects.rs` sees a real one do: listeners are replaced as a whole unless
//! only their filter chains change; a changed cluster is a new cluster under the old name; endpoints and routes are
//! swapped in place; a resource of a type that is not stated in full is not taken back by being removed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Action, FieldChange};
use crate::resource::ResourceType;

/// What a change does to traffic.
#[derive(Debug, PartialEq, Eq)]
pub struct Effect {
    /// A stable name, for programs.
    pub code: &'static str,
    /// In plain words.
    pub text: &'static str,
}

/// What a row of the table looks at.
struct Touched<'a> {
    /// Fields of the resource itself.
    fields: BTreeSet<&'a str>,
    new: Option<&'a Value>,
}

struct Row {
    kind: &'static str,
    action: Action,
    when: fn(&Touched<'_>) -> bool,
    effect: Effect,
}

macro_rules! rows {
    ($($kind:literal $action:ident $when:expr => $code:literal $text:literal;)*) => {
        &[$(Row { kind: $kind, action: Action::$action, when: $when, effect: Effect { code: $code, text: $text } }),*]
    };
}

const fn always(_: &Touched<'_>) -> bool {
    true
}

/// Envoy updates these of a listener in place, as long as there is a filter chain.
const CHAINS: [&str; 3] = ["filter_chains", "default_filter_chain", "filter_chain_matcher"];

fn chains_only(it: &Touched<'_>) -> bool {
    let has_chain = it.new.and_then(|it| it.get("filter_chains")).and_then(Value::as_array);
    it.fields.iter().all(|field| CHAINS.contains(field)) && has_chain.is_some_and(|it| !it.is_empty())
}

fn address(it: &Touched<'_>) -> bool {
    it.fields.contains("address") || it.fields.contains("additional_addresses")
}

fn reuse_port(it: &Touched<'_>) -> bool {
    it.fields.contains("enable_reuse_port") || it.fields.contains("reuse_port")
}

/// The first that fits counts.
#[rustfmt::skip]
static EFFECTS: &[Row] = rows! {
    "LDS" Add    always      => "listener-opens" "listener opens once the routes and secrets that it names are there";
    "LDS" Change reuse_port  => "listener-refused" "Envoy refuses to change whether a listener shares its port: give the listener another name";
    "LDS" Change chains_only => "filter-chains" "filter chains only: connections of the changed chains are closed within the drain time, all others stay";
    "LDS" Change address     => "listener-moves" "listener moves: it opens at the new address; connections at the old one are closed within the drain time";
    "LDS" Change always      => "listener-drains" "listener drains: new connections meet the new one, old ones are closed within the drain time";
    "LDS" Remove always      => "listener-closes" "listener closes: no new connections, and the open ones are closed within the drain time";
    "LDS" Rename always      => "listener-renamed" "the old listener closes and drains, and the same opens under the new name";
    "CDS" Add    always      => "cluster-added" "cluster warms up, and can be routed to then";
    "CDS" Change always      => "cluster-warms" "cluster warms: requests under way go on, later ones take new connections once it is ready";
    "CDS" Remove always      => "cluster-removed" "cluster goes: requests under way go on, and routes that still name it answer 503";
    "CDS" Rename always      => "cluster-renamed" "the old cluster goes and a new one warms up: routes that still name the old one answer 503";
    "EDS" Change always      => "endpoints" "endpoints only: nothing is dropped; requests at endpoints that go are finished";
    "EDS" Add    always      => "endpoints-added" "a cluster that waits for these endpoints can be routed to then";
    "EDS" Remove always      => "kept-until-unused" "Envoys keep what they have until nothing uses it";
    "RDS" Change always      => "routes" "routes switch at once; requests under way go on";
    "RDS" Add    always      => "routes-added" "listeners that wait for these routes open then";
    "RDS" Remove always      => "kept-until-unused" "Envoys keep what they have until nothing uses it";
    "SRDS" Change always     => "routes" "routes switch at once; requests under way go on";
    "VHDS" Change always     => "routes" "routes switch at once; requests under way go on";
    "SDS" Change always      => "secret-rotates" "secret rotates: new handshakes only, open connections keep the old one";
    "SDS" Add    always      => "secret-added" "listeners and clusters that wait for it can go on";
    "SDS" Remove always      => "kept-until-unused" "Envoys keep what they have until nothing uses it";
    "RTDS" Change always     => "runtime" "runtime: in force at once, for new requests";
    "RTDS" Add   always      => "runtime" "runtime: in force at once, for new requests";
    "RTDS" Remove always     => "runtime-empty" "runtime: the layer becomes empty at once";
    "ECDS" Change always     => "filter-configured" "the filter's new configuration holds for new requests and connections";
    "ECDS" Remove always     => "kept-until-unused" "Envoys keep what they have until nothing uses it";
};

/// For all that the table does not have.
static OTHER: [Effect; 4] = [
    Effect { code: "added", text: "Envoys that ask for it get it" },
    Effect { code: "changed", text: "Envoys that ask for it get the new content" },
    Effect { code: "removed", text: "Envoys that ask for it are told that it is gone" },
    Effect { code: "renamed", text: "what still uses the old name does not find it" },
];

/// What this change does to traffic.
pub(super) fn effect(
    kind: &ResourceType,
    action: Action,
    fields: &[FieldChange],
    new: Option<&Value>,
) -> &'static Effect {
    let touched = Touched { fields: fields.iter().map(|it| it.path.top()).collect(), new };
    let fits = |row: &&Row| row.kind == kind.rules().short && row.action == action && (row.when)(&touched);
    EFFECTS.iter().find(fits).map_or(&OTHER[action as usize], |it| &it.effect)
}

/// Every effect that there is, for documentation.
pub fn all() -> impl Iterator<Item = &'static Effect> {
    EFFECTS.iter().map(|it| &it.effect).chain(&OTHER)
}
