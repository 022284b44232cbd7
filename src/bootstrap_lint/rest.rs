//! The rest: who reaches the admin interface, and static resources in the way of ours.

use super::Lint;
use super::look;
use super::node::node_of;
use super::sources::Sources;
use crate::resource::ResourceType;
use crate::snapshot::Selection;
use crate::spec::{Tree, codes};

/// Looks at the admin interface and at static resources.
pub(super) fn check(lint: &mut Lint<'_>, sources: &Sources<'_>) {
    admin(lint);
    clashes(lint, sources);
}

/// Whoever reaches the admin interface can stop the Envoy and read its secrets' names.
fn admin(lint: &mut Lint<'_>) {
    let Some(address) = look::at(lint.tree, "admin.address.socket_address.address") else { return };
    if matches!(address.text().map(|it| &**it), Some("0.0.0.0" | "::" | "[::]")) {
        let message = "everybody who reaches this machine reaches Envoy's admin interface, and can stop it";
        lint.push(codes::OPEN_ADMIN, address.span, message, |it| {
            it.help("use `127.0.0.1`, unless something else keeps strangers out")
        });
    }
}

/// Static resources with the names of ours: Envoy keeps the static ones, and refuses or ignores ours.
fn clashes(lint: &mut Lint<'_>, sources: &Sources<'_>) {
    let (Some(generation), Some(node)) = (lint.expected.documents, look::at(lint.tree, "node")) else { return };
    let Selection::Snapshot(snapshot) = generation.select(&node_of(node)) else { return };
    for (list, short, what) in [("listeners", "LDS", "listener"), ("clusters", "CDS", "cluster")] {
        let set = ResourceType::from_short(short).and_then(|it| snapshot.set(&it).cloned());
        let Some(set) = set else { continue };
        for item in look::items(lint.tree, &format!("static_resources.{list}")) {
            let Some(name) = look::at(item, "name") else { continue };
            let served = set.resources().iter().find(|it| name.text().is_some_and(|name| it.name == *name));
            let Some(served) = served else { continue };
            let place = format!("{}:{}", served.origin.document, served.origin.line);
            let message = format!("the static {what} `{}` is in the way of the one that Chancery serves", served.name);
            let is_management = sources.clusters.iter().any(|it: &&Tree| it.text() == name.text());
            lint.push(codes::STATIC_CLASH, name.span, message, |it| {
                let it = it.help(format!("the other one stands in {place}"));
                match is_management {
                    true => it.help("rename that one: this cluster leads to Chancery"),
                    false => it.help("rename one of them, or take this one out"),
                }
            });
        }
    }
}
