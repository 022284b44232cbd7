//! A configuration of envoy-xds-server: it is a document of ours as it stands, but means a little more here (S132, S133).

use crate::spec::{Diagnostics, Text, Tree, parse_yaml};

/// What that server did otherwise with the documents of a text, in words.
pub fn changes_of_old_server(text: &Text) -> Vec<String> {
    let trees = parse_yaml(text, &mut Diagnostics::default());
    let theirs =
        |it: &&Tree| it.at("name").is_some() && it.entries().iter().all(|it| matches!(&*it.key.text, "name" | "spec"));
    trees.iter().filter(theirs).flat_map(changes).collect()
}

fn changes(tree: &Tree) -> Vec<String> {
    let mut changes = Vec::new();
    let listeners = tree.at("spec").and_then(|it| it.at("listeners")).map_or(&[][..], Tree::items);
    for listener in listeners {
        let name = listener.at("name").and_then(Tree::text).map_or("", |it| it);
        if name != "listener_0" {
            changes.push(format!(
                "listener `{name}`: its routes are the route configuration `{name}`; envoy-xds-server put the routes of \
                 all listeners into one, `listener_0`"
            ));
        }
        for route in listener.at("routes").map_or(&[][..], Tree::items) {
            let clusters = route.at("clusters").map_or(0, |it| it.items().len());
            if clusters > 1 {
                let route = route.at("name").or(route.at("prefix")).and_then(Tree::text).map_or("", |it| it);
                changes.push(format!(
                    "listener `{name}`: route `{route}` is split over {clusters} clusters; envoy-xds-server used the \
                     first one only"
                ));
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s132_s133_names_and_splits_are_told() {
        let yaml = "name: a\nspec:\n  listeners:\n  - {name: listener_0, routes: [{prefix: /, clusters: [a, b]}]}\n  - {name: x}\n";
        let changes = changes_of_old_server(&Text::new("t", yaml));
        assert!(changes.len() == 2 && changes[0].contains("2 clusters") && changes[1].contains("`x`"), "{changes:?}");
        assert!(changes_of_old_server(&Text::new("t", yaml.replace("name: a\n", "nodes: []\n"))).is_empty());
    }
}
