//! What can be asked for: the page of `explain` without an argument.

use super::page::{Page, Row};
use super::{comments, names, simple, story};
use crate::resource::descriptors;

/// The page.
pub fn overview() -> Page {
    let messages = descriptors().all_messages().filter(|it| !it.is_map_entry()).count();
    let extensions = comments::extensions().count();
    let subtitle =
        format!("what can be asked for: {messages} messages and {extensions} extensions of Envoy, and these");
    let mut page = Page { title: "chancery explain".to_owned(), subtitle, ..Page::default() };
    page.paragraph("A code, as `chancery check` prints it: `CH1003`.");
    page.paragraph(
        "A key of the simple spec or a field of Envoy's API, by its path: `cluster.outlier_detection`, `route.retries`, \
         `listener.filter_chains.filters`, `cluster.envoy.lb_policy`.",
    );
    page.paragraph(
        "A message, an enum or an extension, by any of its names: `http_connection_manager`, `Cluster.LbPolicy`, \
         `envoy.filters.http.router`, `type.googleapis.com/envoy.config.cluster.v3.Cluster`.",
    );
    let row = |name: &str, line: String| Row { name: name.to_owned(), kind: String::new(), line };
    let mut of_simple: Vec<Row> = Vec::new();
    for object in simple::objects() {
        let keys: Vec<_> = object.keys.iter().take(6).map(|it| it.name).collect();
        let more = if object.keys.len() > 6 { ", …" } else { "" };
        let name = simple::word(object);
        // Two objects may have one name; it asks for the first.
        if !of_simple.iter().any(|it| it.name == name) {
            of_simple.push(row(&name, format!("{}{more}", keys.join(", "))));
        }
    }
    page.section("objects of the simple spec, and their first keys", of_simple);
    let of_envoy =
        names::SHORT.iter().map(|(name, messages)| row(name, messages.first().copied().unwrap_or_default().to_owned()));
    page.section("short names of Envoy's messages", of_envoy.collect());
    page.section("codes", story::rows());
    page
}
