//! What a YAML scalar is, in each kind of field: a table that a real Envoy and our own reading are held against.
//!
//! `yaml_scalars.tsv` has a line for each spelling, with what Envoy holds afterwards in each kind of field. Kinds that a
//! line leaves out refuse the spelling. Where we differ from Envoy, our own reading stands behind a `!`; the classes of
//! such differences, with their reasons, are [`DIFFERENCES`], and `docs/sources.md` tells of them.
//!
//! Envoy is asked about all that it takes at once, and about a sample of what it refuses: `CHANCERY_YAML_SCALARS=10000`
//! asks about all of it, which takes five minutes.

use std::collections::BTreeMap;
use std::fmt::Write;

use chancery::compile::{Settings, compile, to_json};
use chancery::envoy::validate;
use chancery::spec::{RawFile, Severity};
use serde_json::Value;

use super::bench::Bench;

const TABLE: &str = include_str!("yaml_scalars.tsv");

/// How many refusals are tried.
const SAMPLE: usize = 40;

/// Each kind of field: its name in the table, a message that has it, and the field.
const KINDS: &[(&str, &str, &str)] = &[
    ("bool", "envoy.config.cluster.v3.Cluster", "ignore_health_on_host_removal"),
    ("bool-wrapper", "envoy.config.listener.v3.Listener", "use_original_dst"),
    ("uint32", "envoy.config.core.v3.Pipe", "mode"),
    ("int64", "envoy.config.core.v3.SocketOption", "level"),
    ("uint64-wrapper", "envoy.config.cluster.v3.Cluster.RingHashLbConfig", "minimum_ring_size"),
    ("double", "envoy.type.v3.Percent", "value"),
    ("string", "envoy.config.cluster.v3.Cluster", "alt_stat_name"),
    ("enum", "envoy.config.cluster.v3.Cluster", "lb_policy"),
    ("duration", "envoy.config.cluster.v3.Cluster", "connect_timeout"),
    ("timestamp", "envoy.admin.v3.UpdateFailureState", "last_update_attempt"),
    ("message", "envoy.config.cluster.v3.Cluster", "common_lb_config"),
    ("strings", "envoy.config.core.v3.Node", "client_features"),
    ("struct", "envoy.config.core.v3.Node", "metadata"),
];

/// Why our reading may differ from Envoy's: the kinds of fields, Envoy's reading, and ours.
type Difference = (&'static str, fn(&Cell) -> bool);

const DIFFERENCES: &[Difference] = &[
    ("a string field takes any plain scalar as written", |it| {
        matches!(it.kind, "string" | "strings") && it.envoy == REFUSED
    }),
    ("numbers that YAML 1.2 knows too are taken", |it| {
        let word = it.spelling.to_lowercase();
        it.envoy == REFUSED
            && (word.contains(".inf") || word.contains(".nan") || word.starts_with("0o") || word.starts_with("0xff"))
    }),
    ("a time is taken in all forms of RFC 3339, and a day alone", |it| it.kind == "timestamp" && it.envoy == REFUSED),
    ("a number that no double holds is refused", |it| it.spelling.starts_with("1e3") || it.spelling.starts_with("1e4")),
    ("an empty item of a list is refused", |it| it.spelling.contains('~') && it.kind == "strings"),
    ("a message with a form of its own is written in that form", |it| it.spelling == "{}" && it.ours == REFUSED),
    ("a number in a value of any type stays a number", |it| it.kind == "struct" && it.envoy.contains('"')),
];

/// What either of us makes of a spelling that it does not take.
const REFUSED: &str = "refused";

/// One spelling in one kind of field.
#[derive(Debug, Clone, PartialEq)]
struct Cell {
    spelling: &'static str,
    kind: &'static str,
    envoy: String,
    ours: String,
}

impl Cell {
    /// The message's own entries, as an item of `clusters` or `resources` holds them.
    fn metadata(&self) -> String {
        let (_, message, field) = KINDS.iter().find(|it| it.0 == self.kind).unwrap();
        let value = if self.spelling == "<nothing>" { "" } else { self.spelling };
        format!(
            "    metadata:\n      typed_filter_metadata:\n        x:\n          \"@type\": type.googleapis.com/{message}\n          {field}: {value}\n"
        )
    }

    fn bootstrap(cells: &[&Self]) -> String {
        let mut text = "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}\n".to_owned();
        text += "static_resources:\n  clusters:\n";
        cells.iter().enumerate().for_each(|(at, it)| write!(text, "  - name: c{at}\n{}", it.metadata()).unwrap());
        text
    }

    /// What a cluster holds in the field, said as the table says it.
    fn held(&self, cluster: &Value) -> String {
        let field = KINDS.iter().find(|it| it.0 == self.kind).unwrap().2;
        let value = &cluster["metadata"]["typed_filter_metadata"]["x"][field];
        match (self.kind, value) {
            (_, Value::Null) => "unset".to_owned(),
            // 64 bits are text in proto JSON.
            ("int64" | "uint64-wrapper", Value::String(it)) => it.clone(),
            ("double", Value::Number(it)) => it.as_f64().unwrap().to_string(),
            ("duration", Value::String(it)) => it.trim_end_matches('s').parse::<f64>().unwrap().to_string(),
            _ => rounded(value).to_string(),
        }
    }

    /// Our own reading.
    fn read(&self) -> String {
        let kind = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
        let text = format!("resources:\n  - name: c\n    \"@type\": {kind}\n{}", self.metadata());
        let compiled = compile(&RawFile::new("t.yaml", text.as_bytes()), &Settings::default());
        // Rules about values are another matter.
        let is_reading = |it: &str| it < "CH1200";
        if compiled.diagnostics.0.iter().any(|it| it.severity == Severity::Error && is_reading(it.code)) {
            return REFUSED.to_owned();
        }
        let document = compiled.documents.first().or(compiled.drafts.first()).unwrap();
        let (kind, resource) = &document.resources[0];
        self.held(&to_json(kind, &resource.value(chancery::resource::Flavour::Ads)).unwrap())
    }
}

/// Whole numbers without a point.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(it) => match it.as_f64() {
            Some(it) if it.fract() == 0.0 && it.abs() < 1e15 => Value::from(it as i64),
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(rounded).collect(),
        Value::Object(entries) => entries.iter().map(|(key, it)| (key.clone(), rounded(it))).collect(),
        _ => value.clone(),
    }
}

fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for line in TABLE.lines() {
        let mut parts = line.split('\t');
        let spelling = parts.next().unwrap();
        let given: BTreeMap<_, _> = parts.map(|it| it.split_once('=').unwrap()).collect();
        assert!(given.keys().all(|it| KINDS.iter().any(|kind| kind.0 == *it)), "{line}");
        for (kind, ..) in KINDS {
            let given = given.get(kind).copied().unwrap_or(REFUSED);
            let (envoy, ours) = given.split_once('!').unwrap_or((given, given));
            cells.push(Cell { spelling, kind, envoy: envoy.to_owned(), ours: ours.to_owned() });
        }
    }
    cells
}

#[test]
fn our_reading_is_envoys_or_differs_for_a_reason() {
    let cells = cells();
    assert!(cells.len() > 2000, "{}", cells.len());
    let read = cells.iter().map(|it| (it, it.read())).filter(|(it, ours)| it.ours != *ours);
    let wrong: Vec<_> = read.map(|(it, ours)| format!("{}\t{}\t{}\t{ours}", it.spelling, it.kind, it.envoy)).collect();
    assert!(wrong.is_empty(), "spelling, kind, Envoy's reading, ours:\n{}", wrong.join("\n"));
    let differs = || cells.iter().filter(|it| it.envoy != it.ours);
    let without: Vec<_> = differs().filter(|cell| !DIFFERENCES.iter().any(|it| it.1(cell))).collect();
    assert!(without.is_empty(), "differences without a reason: {without:#?}");
    let unused: Vec<_> = DIFFERENCES.iter().filter(|it| !differs().any(|cell| it.1(cell))).map(|it| it.0).collect();
    assert!(unused.is_empty(), "reasons for nothing: {unused:?}");
}

#[tokio::test]
async fn a_real_envoy_reads_scalars_as_the_table_says() {
    let Some(bench) = Bench::open().await else { return };
    let cells = cells();
    let (refused, taken): (Vec<_>, Vec<_>) = cells.iter().partition(|it| it.envoy == REFUSED);

    let envoy = bench.envoy("taken", &Cell::bootstrap(&taken)).await;
    let dump = envoy.admin().json("/config_dump").await.unwrap();
    let held = dump["configs"][0]["bootstrap"]["static_resources"]["clusters"].as_array().unwrap();
    assert_eq!(held.len(), taken.len());
    let pairs = taken.iter().zip(held).filter(|(cell, it)| cell.held(it) != cell.envoy);
    let wrong: Vec<_> = pairs.map(|(cell, it)| format!("{cell:?} is {}", cell.held(it))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");

    let sample = std::env::var_os("CHANCERY_YAML_SCALARS").and_then(|it| it.to_str()?.parse().ok()).unwrap_or(SAMPLE);
    let step = (refused.len() / sample).max(1);
    for cell in refused.iter().skip(step / 2).step_by(step) {
        let file = bench.write("refused.yaml", &Cell::bootstrap(&[cell]));
        let said = validate(bench.envoy_binary(), &file).await.unwrap();
        assert!(!said.accepted, "{cell:?}\n{}", said.log);
    }
}
