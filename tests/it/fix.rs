//! `fix`: old habits in, today's words out, and every other byte as it was.
//!
//! `UPDATE_SPECS=1 cargo test --test it fix` writes the snapshots in `tests/specs/seeds` anew.

use std::fs;
use std::path::Path;

use chancery::compile::{Settings, compile};
use chancery::fix::{Options, fix, unified_diff};
use chancery::resource::Version;
use chancery::spec::{RawFile, Text};
use proptest::prelude::*;

use crate::documents::corpus;

fn fixed(text: &str) -> String {
    fix(&Text::new("t.yaml", text), &Options::default()).text
}

fn guessed(text: &str) -> String {
    fix(&Text::new("t.yaml", text), &Options { suggestions: true, ..Options::default() }).text
}

#[track_caller]
fn check(before: &str, after: &str) {
    let made = fixed(before);
    assert_eq!(made, after);
    assert_eq!(fixed(&made), made, "again");
}

const CLUSTER: &str = "\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster";

#[test]
fn l1_a_map_becomes_a_list_of_one_without_moving_a_line() {
    check(
        &format!("resources:\n  {CLUSTER}  # one\n  # two\n  name: a\n  type: EDS\n"),
        &format!("resources:\n- {CLUSTER}  # one\n  # two\n  name: a\n  type: EDS\n"),
    );
}

#[test]
fn a_map_that_stands_too_far_out_moves_in_as_a_whole() {
    check(
        &format!(
            "resources:\n {CLUSTER}\n # two\n\n name: a\n alt_stat_name: |\n  text\n   more\n connect_timeout: 1s\n"
        ),
        &format!(
            "resources:\n - {CLUSTER}\n   # two\n\n   name: a\n   alt_stat_name: |\n    text\n     more\n   connect_timeout: 1s\n"
        ),
    );
}

#[test]
fn flow_style_and_json_get_brackets() {
    check(&format!("resources: {{{CLUSTER}, name: a}} # c\n"), &format!("resources: [{{{CLUSTER}, name: a}}] # c\n"));
    let cluster = CLUSTER.replace("type.g", "\"type.g") + "\"";
    check(
        &format!("{{\"resources\": {{\n  {cluster},\n\t\"name\": \"a\"\n}}}}"),
        &format!("{{\"resources\": [{{\n  {cluster},\n\t\"name\": \"a\"\n}}]}}"),
    );
}

#[test]
fn single_values_in_lists() {
    let host = |domains: &str| {
        format!(
            "resources:\n- \"@type\": type.googleapis.com/envoy.config.route.v3.RouteConfiguration\n  name: r\n  virtual_hosts:\n  - name: h\n    domains: {domains}\n    routes: []\n"
        )
    };
    check(&host("'*' # all"), &host("['*'] # all"));
    check(&host("example.com"), &host("[example.com]"));
    // Between brackets these would be something else.
    check(&host("a,b"), &host("a,b"));
}

#[test]
fn nodes() {
    let spec = "spec: {clusters: []}\n";
    check(
        &format!("nodes:\n  id: edge-1 # me\n  cluster: b\n{spec}"),
        &format!("nodes:\n- id: edge-1 # me\n  cluster: b\n{spec}"),
    );
    check(&format!("nodes: {{id: a}}\n{spec}"), &format!("nodes: [{{id: a}}]\n{spec}"));
}

/// A listener with one HTTP filter, as it stands under `http_filters:`.
fn listener(filters: &str) -> String {
    format!(
        r#"resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: l
  address: {{socket_address: {{address: 127.0.0.1, port_value: 80}}}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: l
        route_config: {{name: r}}
        http_filters:{filters}"#
    )
}

const ROUTER: &str = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";

#[test]
fn l4_bare_and_legacy_filters() {
    let block = |name: &str, rest: &str| listener(&format!("\n        - name: {name}{rest}"));
    check(
        &block("envoy.router", " # last\n"),
        &block(
            "envoy.filters.http.router",
            &format!(" # last\n          typed_config:\n            \"@type\": {ROUTER}\n"),
        ),
    );
    // The end of a file needs no line break.
    check(
        &block("'envoy.router'", ""),
        &block("'envoy.filters.http.router'", &format!("\n          typed_config:\n            \"@type\": {ROUTER}")),
    );
    check(
        &listener(" [{name: envoy.filters.http.router}]\n"),
        &listener(&format!(" [{{name: envoy.filters.http.router, \"typed_config\": {{\"@type\": \"{ROUTER}\"}}}}]\n")),
    );
    check(
        &block("envoy.filters.http.router", "\r\n").replace("\r\n", "\n").replace('\n', "\r\n"),
        &block("envoy.filters.http.router", &format!("\n          typed_config:\n            \"@type\": {ROUTER}\n"))
            .replace('\n', "\r\n"),
    );
}

#[test]
fn l5_types_of_the_v2_api() {
    check(
        "resources:\n- \"@type\": \"type.googleapis.com/envoy.api.v2.Cluster\" # old\n  name: a\n",
        "resources:\n- \"@type\": \"type.googleapis.com/envoy.config.cluster.v3.Cluster\" # old\n  name: a\n",
    );
}

#[test]
fn l12_durations() {
    let cluster = |timeout: &str| format!("resources:\n- {CLUSTER}\n  name: a\n  connect_timeout: {timeout}\n");
    check(&cluster("10 miliseconds # short"), &cluster("0.01s # short"));
    check(&cluster("'5'"), &cluster("'5s'"));
    check(&cluster("soon"), &cluster("soon"));
}

#[test]
fn l14_deprecated_fields_in_both_styles() {
    let cluster = |rest: &str| format!("resources:\n- {CLUSTER}\n  name: a\n  type: EDS\n{rest}");
    check(
        &cluster("  eds_cluster_config:\n    eds_config:\n      path: '/a' # file\n"),
        &cluster("  eds_cluster_config:\n    eds_config:\n      path_config_source:\n        path: '/a' # file\n"),
    );
    check(
        &cluster("  eds_cluster_config: {eds_config: {path: /a}}\n"),
        &cluster("  eds_cluster_config: {eds_config: {path_config_source: {path: /a}}}\n"),
    );
    let options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    check(
        &cluster("  http2_protocol_options:\n    # many\n    max_concurrent_streams: 5\n  lb_policy: RANDOM\n"),
        &cluster(&format!(
            "  typed_extension_protocol_options:\n    {options}:\n      \"@type\": type.googleapis.com/{options}\n      explicit_http_config:\n        http2_protocol_options:\n          # many\n          max_concurrent_streams: 5\n  lb_policy: RANDOM\n"
        )),
    );
    // With other options beside it, what they mean together is not plain to see.
    let both = cluster("  http2_protocol_options: {}\n  common_http_protocol_options: {}\n");
    check(&both, &both);
}

#[test]
fn l2_the_missing_key_is_put_in() {
    check(
        "node: {id: a, cluster: b}\ndynamic_resources:\n  ads_config:\n    api_type: GRPC\n    - envoy_grpc: {cluster_name: c}\n",
        "node: {id: a, cluster: b}\ndynamic_resources:\n  ads_config:\n    api_type: GRPC\n    grpc_services:\n    - envoy_grpc: {cluster_name: c}\n",
    );
    check(
        "spec:\n  clusters:\n  - name: a\n    - address: 10.0.0.1\n      port: 80\n",
        "spec:\n  clusters:\n  - name: a\n    endpoints:\n    - address: 10.0.0.1\n      port: 80\n",
    );
}

#[test]
fn guesses_are_made_only_if_asked_for() {
    let before = format!("resources:\n- {CLUSTER}\n  name: a\n  connect_timeot: 1s\n");
    assert_eq!(fixed(&before), before);
    assert_eq!(guessed(&before), before.replace("timeot", "timeout"));
    let before = "spec:\n  clustres: [{name: a, endpoints: []}]\n";
    assert_eq!(guessed(before), before.replace("clustres", "clusters"));
}

#[test]
fn several_documents_and_anchors() {
    check(
        &format!(
            "resources:\n- &c\n  {CLUSTER}\n  name: a\n  type: EDS\n  eds_cluster_config: {{eds_config: {{path: /a}}}}\n---\nspec: {{}}\nnodes: {{id: a}}\n"
        ),
        &format!(
            "resources:\n- &c\n  {CLUSTER}\n  name: a\n  type: EDS\n  eds_cluster_config: {{eds_config: {{path_config_source: {{path: /a}}}}}}\n---\nspec: {{}}\nnodes: [{{id: a}}]\n"
        ),
    );
    let twice = |name: &str, more: &str| listener(&format!(" [&r {{name: {name}{more}}}]\n")) + "- <<: *l\n  name: m\n";
    let twice = |name: &str, more: &str| {
        twice(name, more).replace(
            "- \"@type\": type.googleapis.com/envoy.config.l",
            "- &l\n  \"@type\": type.googleapis.com/envoy.config.l",
        )
    };
    check(
        &twice("envoy.router", ""),
        &twice("envoy.filters.http.router", &format!(", \"typed_config\": {{\"@type\": \"{ROUTER}\"}}")),
    );
}

#[test]
fn what_is_not_sure_stays() {
    for text in
        ["", "# nothing\n", "a: [", "\t- x", "kind: Service\napiVersion: v1\n", "spec: *x\n", "resources:\n  *x : y\n"]
    {
        assert_eq!(guessed(text), text);
    }
}

fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|it| it.split_once('#')).map(|it| it.1).collect()
}

fn versions(name: &str, text: &str) -> Option<Vec<Version>> {
    let compiled = compile(&RawFile::new(name, text.as_bytes()), &Settings::default());
    let resources = compiled.documents.iter().flat_map(|it| &it.resources).map(|it| it.1.version).collect();
    (!compiled.diagnostics.has_errors()).then_some(resources)
}

#[test]
fn each_seed_is_mended_as_expected() {
    for path in corpus("seeds") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let before = fs::read_to_string(&path).unwrap();
        let made = fix(&Text::new(name, before.clone()), &Options::default());
        let diff = unified_diff(name, &before, &made.text);
        let mut expected = path.clone();
        expected.as_mut_os_string().push(".expected");
        if std::env::var_os("UPDATE_SPECS").is_some() {
            fs::write(&expected, &diff).unwrap();
        }
        assert_eq!(diff, fs::read_to_string(&expected).unwrap_or_default(), "{name}");
        assert!(comments(&before).iter().all(|it| comments(&made.text).contains(it)), "{name}");
        assert_eq!(fix(&Text::new(name, made.text.clone()), &Options::default()).text, made.text, "{name}");
    }
}

/// Nothing that can be read today gives anything else afterwards.
#[test]
fn documents_keep_their_meaning_and_none_gets_worse() {
    for path in corpus("good").into_iter().chain(corpus("bad")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Ok(before) = fs::read_to_string(&path) else { continue };
        let made = fix(&Text::new(name, before.clone()), &Options::default());
        let deprecated = made.done.iter().any(|it| it.code == "CH1105" || it.code == "CH1103");
        match (versions(name, &before), versions(name, &made.text)) {
            (Some(old), new) if deprecated => assert_eq!(Some(old.len()), new.map(|it| it.len()), "{name}"),
            (Some(old), new) => assert_eq!(Some(old), new, "{name}"),
            (None, _) => {}
        }
        let again = fix(&Text::new(name, made.text.clone()), &Options::default()).text;
        assert_eq!(again, made.text, "{name}: again");
    }
}

/// Documents with old habits in all places, comments everywhere, and any layout.
fn habits() -> impl Strategy<Value = String> {
    let filter = prop_oneof![
        Just("name: envoy.router"),
        Just("name: 'envoy.filters.http.router'"),
        Just("name: \"envoy.cors\""),
        Just("{name: envoy.router}"),
        Just("{\"name\": \"envoy.filters.http.cors\"}"),
    ];
    (proptest::collection::vec((filter, "[a-z]{0,5}"), 1..4), 1usize..4, any::<bool>(), any::<bool>()).prop_map(
        |(filters, step, dashes, windows)| {
            let pad = " ".repeat(step);
            let mut list = String::new();
            for (filter, comment) in &filters {
                let dash = if filters.len() > 1 || dashes { "- ".to_owned() } else { pad.clone() };
                list += &format!("\n        # above {comment}\n        {dash}{filter} # {comment}");
            }
            let text = listener(&format!(" # filters{list}\n")) + "nodes:\n " + "id: edge-* # who\n # end\n";
            if windows { text.replace('\n', "\r\n") } else { text }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn mending_is_idempotent_and_keeps_bytes_and_comments(before in habits()) {
        let made = fixed(&before);
        prop_assert_eq!(&fixed(&made), &made);
        // A filter's name is a field too, so it is the one thing that changes.
        let named = before.replace("envoy.router", "envoy.filters.http.router").replace("envoy.cors", "envoy.filters.http.cors");
        prop_assert_eq!(versions("t.yaml", &named), versions("t.yaml", &made));
        prop_assert_eq!(comments(&before), comments(&made));
        let left = fix(&Text::new("t.yaml", made.clone()), &Options::default()).left;
        prop_assert!(left.0.iter().all(|it| !it.code.starts_with("CH11")), "{:?}\n{}", left, made);
    }

    #[test]
    fn no_text_makes_it_panic(before in "[ \t\n{}\\[\\]:,#&*|>'\"a-c-]{0,60}") {
        let made = guessed(&before);
        prop_assert_eq!(guessed(&made), made);
    }
}

#[test]
fn the_diff_of_a_seed_can_be_applied() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs/seeds/b-eds-front-envoy.yaml.expected");
    let diff = fs::read_to_string(path).unwrap();
    assert!(diff.contains("+            typed_config:") && diff.contains("path_config_source:"), "{diff}");
}

/// Envoy made up a name for it; the bytes of the bootstrap change with the name, and nothing else.
#[test]
fn a_static_listener_gets_the_name_that_it_is_served_under() {
    let listener = |name: &str| {
        format!(
            "static_resources:\n  listeners:\n  - {name}address: {{socket_address: {{address: 127.0.0.1, port_value: 80}}}}\n"
        )
    };
    check(&listener(""), &listener("name: \"127.0.0.1_80\"\n    "));
}
