//! `explain` has a page for every message, field, oneof, enum and value of Envoy's API, and for every key of the simple
//! spec; and no question makes it panic.

use chancery::compile::simple::{Object, Shape, language};
use chancery::reference::{Answer, Form, Page, explain};
use chancery::resource::descriptors;
use proptest::prelude::*;

fn pages(topic: &str) -> Vec<Page> {
    match explain(topic) {
        Answer::Pages(pages) => pages,
        Answer::Unknown { reason, near } => panic!("{topic}: {reason} {near:?}"),
    }
}

fn page_of_envoy(topic: &str) -> Page {
    pages(topic).into_iter().find(|it| it.subtitle.contains("Envoy's ")).unwrap_or_else(|| panic!("{topic}"))
}

fn fact<'a>(page: &'a Page, name: &str) -> &'a str {
    page.facts.iter().find(|it| it.name == name).map_or("", |it| &it.value)
}

#[test]
fn everything_of_envoys_api_has_a_page_of_its_own() {
    let pool = descriptors();
    let mut asked = 0;
    let mut marks = Vec::new();
    let mut ask = |topic: String, kind: &str| {
        asked += 1;
        let page = page_of_envoy(&topic);
        assert!(page.subtitle.starts_with(kind), "{topic}: {}", page.subtitle);
        assert!(!page.text.is_empty(), "{topic}");
        for block in page.text.iter().filter(|it| it.form != Form::Code) {
            let is_marked = |mark| block.text.contains(mark) && !block.text.contains('`');
            marks.extend([":ref:", "[#", "``"].iter().find(|it| is_marked(**it)).map(|_| topic.clone()));
        }
    };
    for message in pool.all_messages().filter(|it| !it.is_map_entry()) {
        ask(message.full_name().to_owned(), "Envoy's ");
        if message.full_name().starts_with("google.protobuf.") {
            continue;
        }
        message.fields().for_each(|it| ask(it.full_name().to_owned(), "field of"));
        let oneofs = message.oneofs().filter(|it| !it.is_synthetic());
        oneofs.for_each(|it| ask(format!("{}.{}", message.full_name(), it.name()), ""));
    }
    for of in pool.all_enums().filter(|it| it.full_name() != "google.protobuf.NullValue") {
        ask(of.full_name().to_owned(), "Envoy's ");
        of.values().for_each(|it| ask(format!("{}.{}", of.full_name(), it.name()), "value of"));
    }
    assert!(asked > 7_500, "{asked}");
    assert!(marks.is_empty(), "{} {:?}", marks.len(), marks.first());
}

#[test]
fn every_key_of_the_simple_spec_has_a_page() {
    fn inner(shape: &Shape) -> Option<&'static Object> {
        match shape {
            Shape::Object(it) | Shape::Short(_, it) | Shape::Elsewhere(it) => Some(it),
            Shape::List(it) | Shape::Map(it) | Shape::TextOrMap(it) => inner(it),
            _ => None,
        }
    }
    fn visit(path: &str, object: &'static Object, asked: &mut usize) {
        for key in object.keys() {
            let path = format!("{path}.{}", key.name);
            *asked += 1;
            let page = &pages(&path)[0];
            assert_eq!(page.subtitle, format!("key of {} in the simple spec", object.name), "{path}");
            assert_eq!(page.text[0].text.trim_end_matches('.'), key.doc.trim_end_matches('.'));
            if let Some(object) = inner(&key.shape) {
                visit(&path, object, asked);
            }
        }
    }
    let mut asked = 0;
    visit("document", language(), &mut asked);
    assert!(asked > 500, "{asked}");
}

#[test]
fn both_languages_ours_first() {
    let pages = pages("cluster.outlier_detection");
    assert_eq!(pages[0].subtitle, "key of a cluster in the simple spec");
    assert_eq!(pages[1].subtitle, "field of Envoy's envoy.config.cluster.v3.Cluster");
    assert_eq!(pages.len(), 2);
}

#[test]
fn types_defaults_and_rules() {
    for (topic, name, expected) in [
        ("cluster.lb_policy", "type", "envoy.config.cluster.v3.Cluster.LbPolicy"),
        ("cluster.lbPolicy", "rules", "one of the known values"),
        ("Cluster.connect_timeout", "type", "duration"),
        ("Cluster.connect_timeout", "rules", "more than 0s"),
        ("cluster.typeD_extension_protocol_options", "type", "map of any message, with its `@type`"),
        ("cluster.type", "excludes", "cluster_type"),
        ("listener.filter_chains.filters", "type", "list of envoy.config.listener.v3.Filter"),
        ("OutlierDetection.consecutive_5xx", "default", "5"),
        ("http_connection_manager.stream_idle_timeout", "default", "`5 minutes`"),
        ("socket_address.port_value", "rules", "at most 65535; needed, unless one that it excludes is given"),
        ("route.match", "rules", "required"),
        ("core.v3.ConfigSource.path", "deprecated", "since version 3.0 of the API"),
        ("envoy.filters.http.router", "extension", "envoy.filters.http.router"),
        ("listener.filter_chains[0].filters[1].name", "type", "string"),
        ("cluster.envoy.load_assignment.endpoints.priority", "rules", "at most 128"),
        ("listener.route_config.virtual_hosts.domains", "type", "list of string"),
        ("DiscoveryType.EDS", "number", "3"),
    ] {
        let page = page_of_envoy(topic);
        assert_eq!(fact(&page, name), expected, "{topic}: {:?}", page.facts);
    }
}

#[test]
fn unknown_names_are_told_what_is_near() {
    for (topic, expected_reason, expected) in [
        ("cluster.lb_polcy", "a cluster has no key `lb_polcy`", "cluster.lb_policy"),
        ("Cluster.conect_timeout", "a cluster has no key `conect_timeout`", "Cluster.connect_timeout"),
        ("clutser", "nothing is called `clutser`", "cluster"),
        ("retry_on", "nothing is called `retry_on`", "RetryPolicy.retry_on"),
        ("listener.filter_chains.filter", "a filter chain has no key `filter`", "listener.filter_chains.filters"),
        ("envoy.filters.http.ruoter", "nothing is called `envoy`", "envoy.filters.http.router"),
        ("CH1O03", "nothing is called `CH1O03`", ""),
        ("CH1099", "there is no code `CH1099`", "CH1009"),
        ("cluster.name.x", "`name` has nothing below it", ""),
    ] {
        let Answer::Unknown { reason, near } = explain(topic) else { panic!("{topic}") };
        assert_eq!(reason, expected_reason, "{topic}");
        assert!(expected.is_empty() || near.iter().any(|it| it == expected), "{topic}: {near:?}");
        // What is offered can be asked for.
        near.iter().for_each(|it| drop(pages(it)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_question_has_an_answer(
        start in prop::sample::select(vec!["", "cluster.", "envoy.config.", "CH", "type.googleapis.com/", "Route.match."]),
        rest in "[a-zA-Z_.\\[\\]0-9/ü`]{0,40}",
    ) {
        match explain(&format!("{start}{rest}")) {
            Answer::Pages(pages) => prop_assert!(!pages.is_empty()),
            Answer::Unknown { reason, .. } => prop_assert!(!reason.is_empty()),
        }
    }
}
