//! Generated documents: a good one always passes and renders; one mutation of it (a typo, a wrong type, a dangling name,
//! a value out of range) is always found, at its line.

use std::fmt::Write;
use std::time;

use chancery::app::{Isolation, Loaded, Loader};
use chancery::compile::{Settings, resource_to_json};
use chancery::resource::Flavour;
use chancery::source::Reading;
use chancery::spec::{RawFile, Severity};
use proptest::prelude::*;

/// Pseudo-random numbers from a seed that proptest prints.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    fn often(&mut self) -> bool {
        self.roll(3) > 0
    }
}

/// What may go wrong on a line: the text that is replaced, what replaces it, and codes of which one must come.
#[derive(Debug, Clone)]
struct Slip {
    old: String,
    new: String,
    codes: &'static [&'static str],
}

/// A document by lines, each with its possible slips.
#[derive(Debug, Default)]
struct Draft {
    lines: Vec<(String, Vec<Slip>)>,
}

const UNKNOWN: &[&str] = &["CH1003", "CH2001", "CH2003"];
const WRONG: &[&str] = &["CH1004", "CH1009", "CH1010", "CH1012", "CH2002", "CH2004", "CH2005"];
const RANGE: &[&str] = &["CH1009", "CH1202", "CH2005", "CH2008"];
const DANGLING: &[&str] = &["CH3001", "CH3002", "CH3004"];

impl Draft {
    fn line(&mut self, text: impl Into<String>) -> &mut Self {
        self.lines.push((text.into(), Vec::new()));
        self
    }

    /// The last line can go wrong like this.
    fn slip(&mut self, old: impl Into<String>, new: impl Into<String>, codes: &'static [&'static str]) -> &mut Self {
        let slip = Slip { old: old.into(), new: new.into(), codes };
        let (line, slips) = self.lines.last_mut().unwrap();
        assert!(line.contains(&slip.old), "{line} has no {}", slip.old);
        slips.push(slip);
        self
    }

    /// A key with a value, either of which can go wrong.
    fn field(&mut self, indent: usize, key: &str, value: &str, wrong: &str) -> &mut Self {
        self.line(format!("{:indent$}{key}: {value}", ""));
        self.slip(format!("{key}:"), format!("{}:", misspelled(key)), UNKNOWN);
        self.slip(format!(": {value}"), format!(": {wrong}"), WRONG)
    }

    fn text(&self) -> String {
        self.lines.iter().fold(String::new(), |mut text, (line, _)| {
            writeln!(text, "{line}").unwrap();
            text
        })
    }
}

/// Two letters in the wrong order, as fingers do.
fn misspelled(key: &str) -> String {
    let mut letters: Vec<char> = key.chars().collect();
    let at = (0..letters.len() - 1).rev().find(|it| letters[*it] != letters[*it + 1]).unwrap();
    letters.swap(at, at + 1);
    letters.into_iter().collect()
}

fn simple_spec(dice: &mut Dice) -> Draft {
    let mut draft = Draft::default();
    let clusters: Vec<_> = (0..=dice.roll(4)).map(|it| format!("cluster-{it}")).collect();
    draft.line("spec:").line("  listeners:");
    for at in 0..=dice.roll(2) {
        draft.line(format!("  - name: listener-{at}"));
        draft.field(4, "port", &(8000 + at).to_string(), "[http]");
        draft.slip(format!("{}", 8000 + at), "70000", RANGE);
        draft.line("    routes:");
        for route in 0..=dice.roll(3) {
            draft.line(format!("    - prefix: /{}", "r".repeat(8 - route)));
            let cluster = clusters[dice.roll(clusters.len())].clone();
            draft.line(format!("      cluster: {cluster}")).slip(&cluster, "nowhere", DANGLING);
            if dice.often() {
                draft.field(6, "timeout", dice.pick(&["5s", "250ms", "1m30s"]), "soon");
            }
            if dice.often() {
                draft.line("      retries:");
                draft.field(8, "on", "5xx", "5xxx").slip("5xx", "{a: 1}", WRONG);
                draft.field(8, "attempts", "3", "three");
            }
        }
    }
    draft.line("  clusters:");
    for (at, cluster) in clusters.iter().enumerate() {
        draft.line(format!("  - name: {cluster}"));
        // Every cluster is used by something, or a lint would say so.
        draft.line("    endpoints:");
        for endpoint in 0..=dice.roll(3) {
            draft.line(format!("    - address: 10.0.{at}.{}", endpoint + 1));
            draft.field(6, "port", "80", "eighty").slip("80", "80000", RANGE);
        }
        if dice.often() {
            draft.field(4, "connect_timeout", "1s", "1 secnd");
        }
        if dice.often() {
            draft.field(4, "lb_policy", dice.pick(&["round_robin", "least_request", "random"]), "rond_robin");
        }
        if dice.often() {
            draft.line("    circuit_breakers:");
            draft.field(6, "max_connections", "100", "many").slip("100", "-1", RANGE);
        }
    }
    draft
}

fn discovery_document(dice: &mut Dice) -> Draft {
    let mut draft = Draft::default();
    let url = "\"@type\": type.googleapis.com/envoy";
    draft.line("resources:");
    for at in 0..=dice.roll(3) {
        draft.line(format!("- {url}.config.cluster.v3.Cluster"));
        draft.line(format!("  name: cluster-{at}"));
        draft.field(2, "type", "STATIC", "STATIK");
        draft.field(2, "connect_timeout", "0.25s", "250 ms");
        draft.line("  load_assignment:");
        draft.line(format!("    cluster_name: cluster-{at}"));
        draft.line("    endpoints:").line("    - lb_endpoints:").line("      - endpoint:").line("          address:");
        draft.line("            socket_address:");
        draft.line("              address: 10.0.0.1");
        draft.field(14, "port_value", "80", "[80]").slip("80", "66000", RANGE);
    }
    draft.line(format!("- {url}.config.listener.v3.Listener")).line("  name: http").line("  address:");
    draft.line("    socket_address: {address: 127.0.0.1, port_value: 8080}").slip("port_value", "port_valeu", UNKNOWN);
    draft.line("  filter_chains:").line("  - filters:");
    draft.line("    - name: envoy.filters.network.http_connection_manager").line("      typed_config:");
    draft.line(format!("        {url}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"));
    draft.field(8, "stat_prefix", "http", "{a: b}").line("        route_config:");
    draft.line("          name: local").line("          virtual_hosts:").line("          - name: all");
    draft.field(12, "domains", "[\"*\"]", "[{a: b}]").line("            routes:");
    for at in 0..=dice.roll(3) {
        draft
            .line(format!("            - match: {{prefix: /{}}}", "r".repeat(8 - at)))
            .slip("prefix", "prefxi", UNKNOWN);
        draft.line("              route:");
        draft.line("                cluster: cluster-0").slip("cluster-0", "nowhere", DANGLING);
        if dice.often() {
            draft.field(16, "timeout", "5s", "5");
            draft.line("                retry_policy: {retry_on: 5xx, num_retries: 3}").slip("3}", "x}", WRONG);
        }
    }
    draft.line("        http_filters:");
    if dice.often() {
        draft.line("        - name: envoy.filters.http.fault").line("          typed_config:");
        draft.line(format!("            {url}.extensions.filters.http.fault.v3.HTTPFault"));
        draft.line("            abort: {http_status: 503, percentage: {numerator: 1}}");
        draft.slip("503", "99", RANGE).slip("percentage", "precentage", UNKNOWN).slip("{numerator: 1}", "1", WRONG);
    }
    draft.line("        - name: envoy.filters.http.router").line("          typed_config:");
    draft.line(format!("            {url}.extensions.filters.http.router.v3.Router"));
    draft
}

#[expect(clippy::disallowed_methods, reason = "readings carry a time, which the loader does not look at")]
fn load(text: &str) -> Loaded {
    let files = vec![RawFile::new("generated.yaml", text.as_bytes())];
    let reading = Reading { files, faults: Vec::new(), content_changed_at: time::Instant::now() };
    Loader::new(Settings::default(), Isolation::Document).load(&reading)
}

fn draft(seed: u64) -> (Draft, Dice) {
    let mut dice = Dice(seed);
    let draft = if dice.roll(2) == 0 { simple_spec(&mut dice) } else { discovery_document(&mut dice) };
    (draft, dice)
}

/// All slips of a draft that an engine can be held to, with the index of the line.
fn slips(draft: &Draft) -> Vec<(usize, Slip)> {
    let all = draft.lines.iter().enumerate().flat_map(|(at, it)| it.1.iter().map(move |slip| (at, slip.clone())));
    all.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn good_documents_pass_and_render(seed in any::<u64>()) {
        let text = draft(seed).0.text();
        let loaded = load(&text);
        prop_assert!(loaded.diagnostics.iter().all(|it| it.severity != Severity::Error), "{text}\n{:#?}", loaded.diagnostics);
        let generation = loaded.generation.unwrap();
        for (kind, resource) in generation.documents().iter().flat_map(|it| &it.resources) {
            for flavour in Flavour::ALL {
                prop_assert!(resource_to_json(kind, resource, flavour).is_ok());
            }
        }
    }

    #[test]
    fn one_slip_is_found_at_its_line(seed in any::<u64>(), which in any::<prop::sample::Index>()) {
        let (draft, _) = draft(seed);
        let slips = slips(&draft);
        let (at, slip) = &slips[which.index(slips.len())];
        let lines = draft.lines.iter().enumerate().map(|(line, (text, _))| match line == *at {
            true => text.replacen(&slip.old, &slip.new, 1) + "\n",
            false => text.clone() + "\n",
        });
        let text: String = lines.collect();
        let loaded = load(&text);
        let line = format!("generated.yaml:{}:", at + 1);
        // A key that is not known is missing as well, which is said where it should stand.
        let found = loaded.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        let hit = found.clone().any(|it| it.place().starts_with(&line) && slip.codes.contains(&it.code));
        prop_assert!(hit, "{slip:?} on line {}\n{text}\n{:#?}", at + 1, loaded.diagnostics);
        prop_assert!(loaded.generation.is_none());
    }
}
