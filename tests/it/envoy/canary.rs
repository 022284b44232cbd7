//! Twenty Envoys in two groups: what Envoy refuses reaches one of each group that it is for, and is taken back at once;
//! the others see nothing of it. Groups and transports are mixed: every fourth node uses the same mode.

use std::net::TcpListener;
use std::process::Output;
use std::time::Duration;

use chancery::envoy::{Envoy, Mode, Stats};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::Instant;

use super::bench::{Bench, SOON, announce, eventually, free_port};
use super::daemon::{Chancery, Serve, field};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

/// How many Envoys each group has.
const GROUP: usize = 10;
/// What changes in an Envoy that is sent anything, whether it takes it or not.
const SEEN: &str = r"(update_attempt|update_success|update_rejected|version_text)$";
/// A refused change is undone within this time, counted from the refusal; a second is promised, and a machine that
/// builds something else meanwhile is given more.
const UNDONE: Duration = Duration::from_secs(5);

const TLS: &str = "tls: {certificate: {cert_file: /nowhere.pem, key_file: /nowhere.key}}, ";

/// The document of one group.
struct Page {
    group: &'static str,
    port: u16,
    upstream: u16,
}

impl Page {
    fn text(&self, prefix: &str, more: &str) -> String {
        let Self { group, port, upstream } = self;
        format!(
            "nodes: [{{id: \"{group}-*\"}}]
spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {port}, stat_prefix: {prefix}, {more}routes: [{{name: all, prefix: /, clusters: [{group}]}}]}}
  clusters:
  - {{name: {group}, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
"
        )
    }
}

/// A document for both.
fn for_both(more: &str) -> String {
    format!(
        "nodes: [{{id: \"a-*\"}}, {{id: \"b-*\"}}]
resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: both
  type: STATIC
  connect_timeout: 1s
{more}"
    )
}

/// All Envoys, and the daemon.
struct Fleet<'a> {
    bench: &'a Bench,
    chancery: Chancery,
    admin: u16,
    envoys: Vec<(String, Envoy)>,
}

/// What an Envoy has seen.
type Seen = Vec<(String, Stats)>;

impl<'a> Fleet<'a> {
    async fn start(bench: &'a Bench) -> Self {
        let admin = free_port();
        let chancery = Chancery::start(bench, Serve::source(&bench.path("config")).with_admin(admin)).await;
        let mut fleet = Self { bench, chancery, admin, envoys: Vec::new() };
        for index in 0..GROUP {
            for group in ["a", "b"] {
                let name = format!("{group}-{index}");
                let envoy = fleet.follower(&name).await;
                fleet.envoys.push((name, envoy));
            }
        }
        fleet
    }

    async fn follower(&self, name: &str) -> Envoy {
        let index: usize = name[2..].parse().unwrap();
        let mode = Mode::ALL[index % Mode::ALL.len()].1;
        self.bench.follower(name, mode, self.chancery.port()).await
    }

    fn write(&self, document: &str, text: &str) {
        self.bench.write(&format!("config/{document}.yaml"), text);
    }

    /// Waits until all of a group have a listener with this prefix in service.
    async fn until(&self, group: &str, prefix: &str) {
        for (name, envoy) in self.envoys.iter().filter(|it| it.0.starts_with(group)) {
            until_prefix(name, envoy, prefix).await;
        }
    }

    async fn seen(&self) -> Seen {
        let mut seen = Vec::new();
        for (name, envoy) in &self.envoys {
            seen.push((name.clone(), envoy.admin().stats(SEEN).await.unwrap()));
        }
        seen
    }

    /// How many responses they have refused.
    async fn rejected(&self) -> u64 {
        self.seen().await.iter().map(|it| it.1.sum_of(".update_rejected")).sum()
    }

    /// Waits for a line of the log after the first so many.
    async fn line(&self, from: usize, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(what, async || self.chancery.log_lines().into_iter().skip(from).find(&wanted)).await
    }

    /// Makes a change that is refused: by whom, as the log tells it at this place, taken back in time, and seen by no
    /// one else. Returns who has seen it.
    async fn refused(
        &self,
        what: &str,
        groups: &[&str],
        place: &str,
        reason: &str,
        edit: impl FnOnce(),
    ) -> Vec<String> {
        let (before, from, began) = (self.seen().await, self.chancery.log_lines().len(), Instant::now());
        edit();
        let nacked = self.line(from, "the refusal", |it| field(it, "message") == Some("refused")).await;
        let heard = Instant::now();
        self.line(from, "the way back", |it| field(it, "message") == Some("refused and taken back")).await;
        let tried = self.line(from, "who tries it", |it| field(it, "message") == Some("canaries get it first")).await;
        let canaries: Vec<_> = field(&tried, "first").unwrap().split(", ").map(str::to_owned).collect();
        let mut chosen: Vec<_> = canaries.iter().map(|it| &it[..1]).collect();
        chosen.sort_unstable();
        assert_eq!(chosen, groups, "one of each group: {tried}");
        for (name, envoy) in self.envoys.iter().filter(|it| canaries.contains(&it.0)) {
            let old = &before.iter().find(|it| it.0 == *name).unwrap().1;
            let back = |it: &Stats| versions(it) == versions(old);
            envoy.admin().wait_for_stats(SEEN, &format!("{name} to have it back"), SOON, back).await.unwrap();
        }
        let (all, back) = (began.elapsed(), heard.elapsed());
        announce(&format!(
            "canary: {what}: {canaries:?} of 20 have seen it; undone {back:.0?} after the refusal, {all:.0?} after the edit (100 ms of it quiet time)"
        ));
        assert!(back < UNDONE, "{back:?}: {nacked}");

        let told = self.line(from, "the diagnostic", |it| field(it, "code") == Some("CH5004")).await;
        assert!(field(&told, "place").unwrap().ends_with(place), "{told}\nexpected {place}");
        assert!(field(&told, "message").unwrap().contains(reason), "{told}\nexpected {reason}");
        let mut rejected = 0;
        for ((name, old), (_, new)) in before.iter().zip(&self.seen().await) {
            let refused = new.sum_of(".update_rejected") - old.sum_of(".update_rejected");
            assert!(refused <= 1, "{name} was asked {refused} times");
            rejected += refused;
            assert!(canaries.contains(name) || old == new, "{name} has seen something: {old:#?}\n{new:#?}");
        }
        assert!((1..=groups.len() as u64).contains(&rejected), "{rejected}");
        canaries
    }

    async fn restart(&mut self, name: &str) {
        let index = self.envoys.iter().position(|it| it.0 == name).unwrap();
        self.envoys.remove(index).1.kill().await.unwrap();
        let envoy = self.follower(name).await;
        self.envoys.push((name.to_owned(), envoy));
    }

    async fn chancery(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chancery"));
        let admin = format!("127.0.0.1:{}", self.admin);
        command.env_clear().args(line.split(' ')).args(["--admin", &admin]).output().await.unwrap()
    }
}

async fn until_prefix(name: &str, envoy: &Envoy, prefix: &str) {
    let wanted = format!("http.{prefix}.downstream_cx_total");
    let has = |it: &Stats| {
        let active = it.count("listener_manager.total_listeners_active") == 1;
        active && it.count("listener_manager.total_listeners_warming") == 0 && it.iter().any(|it| it.0 == wanted)
    };
    let filter = "downstream_cx_total$|total_listeners_(active|warming)$";
    envoy.admin().wait_for_stats(filter, &format!("{name} to have {prefix}"), SOON, has).await.unwrap();
    until_nothing_warms(envoy).await;
}

fn versions(stats: &Stats) -> Vec<(&str, &str)> {
    stats.iter().filter(|it| it.0.ends_with("version_text")).collect()
}

/// Line and column of something, as diagnostics tell places.
fn place(file: &str, text: &str, wanted: &str) -> String {
    let (index, line) = text.lines().enumerate().find(|it| it.1.contains(wanted)).unwrap();
    format!("{file}:{}:{}", index + 1, line.find(wanted).unwrap() + 1)
}

#[tokio::test]
async fn what_envoy_refuses_reaches_one_of_each_group_and_is_taken_back() {
    let Some(bench) = Bench::open_alone().await else { return };
    let upstream = Upstream::plain("one").await;
    let page = |group| Page { group, port: free_port(), upstream: upstream.port() };
    let (a, b) = (page("a"), page("b"));
    bench.write("config/a.yaml", &a.text("a-one", ""));
    bench.write("config/b.yaml", &b.text("b-one", ""));
    bench.write("config/both.yaml", &for_both(""));
    let began = Instant::now();
    let mut fleet = Fleet::start(&bench).await;
    fleet.until("a", "a-one").await;
    fleet.until("b", "b-one").await;
    announce(&format!("canary: 20 Envoys after {:.1?}", began.elapsed()));

    a_missing_file(&fleet, &a).await;
    an_extension_that_it_lacks(&fleet).await;
    a_port_in_use(&fleet, &a, &b).await;
    two_at_once(&fleet, &a, &b).await;

    // Whoever starts anew gets the last good version, and what is mended reaches everyone.
    fleet.restart("a-3").await;
    fleet.until("a-3", "a-three").await;
    fleet.write("a", &a.text("a-four", ""));
    fleet.until("a", "a-four").await;
    let others = hold(&mut fleet, &a).await;
    fleet.write("a", &a.text("a-six", ""));
    fleet.until("a", "a-six").await;
    assert_eq!(fleet.rejected().await, others, "nobody was asked in its place, and it was not asked again");
    announce(&format!("canary: all of it in {:.1?}", began.elapsed()));
}

/// For one group: the other is not sent the mended change either.
async fn a_missing_file(fleet: &Fleet<'_>, page: &Page) {
    let bad = page.text("a-two", TLS);
    let at = place("config/a.yaml", &bad, "/nowhere.key");
    fleet.refused("a missing file", &["a"], &at, "/nowhere.key", || fleet.write("a", &bad)).await;
    let untouched = fleet.seen().await;
    fleet.write("a", &page.text("a-two", ""));
    fleet.until("a", "a-two").await;
    for ((name, old), (_, new)) in untouched.iter().zip(&fleet.seen().await).filter(|it| it.0.0.starts_with('b')) {
        assert_eq!(old, new, "{name} has seen something of a change that is not for it");
    }
    assert_eq!(fleet.rejected().await, 1);
}

/// For both groups, in one document.
async fn an_extension_that_it_lacks(fleet: &Fleet<'_>) {
    let kind = "type.googleapis.com/envoy.extensions.transport_sockets.s2a.v3.S2AConfiguration";
    let lacking = format!("  transport_socket: {{name: s2a, typed_config: {{'@type': {kind}, s2a_address: there}}}}\n");
    let bad = for_both(&lacking);
    let at = place("config/both.yaml", &bad, "s2a, typed");
    fleet.refused("an extension that it lacks", &["a", "b"], &at, "'s2a'", || fleet.write("both", &bad)).await;
    fleet.write("both", &for_both("  alt_stat_name: mended\n"));
    let has = |it: &Stats| it.iter().any(|it| it.0.starts_with("cluster.mended."));
    for (name, envoy) in &fleet.envoys {
        envoy.admin().wait_for_stats("^cluster.mended", &format!("{name} to be mended"), SOON, has).await.unwrap();
    }
}

/// Envoy binds the port before it answers, so this is a refusal and nothing that fails later. Other documents go on.
async fn a_port_in_use(fleet: &Fleet<'_>, a: &Page, b: &Page) {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let moved = b.text("b-two", "").replace(&b.port.to_string(), &port.to_string());
    let at = place("config/b.yaml", &moved, "http, address");
    fleet.refused("a port in use", &["b"], &at, "in use", || fleet.write("b", &moved)).await;
    fleet.write("a", &a.text("a-three", ""));
    fleet.until("a", "a-three").await;
    fleet.until("b", "b-one").await;
    fleet.write("b", &b.text("b-two", ""));
    fleet.until("b", "b-two").await;
}

/// Two documents at once, one of them bad: what the other says arrives.
async fn two_at_once(fleet: &Fleet<'_>, a: &Page, b: &Page) {
    let (bad, good) = (a.text("a-four", TLS), b.text("b-three", ""));
    let from = fleet.chancery.log_lines().len();
    fleet.write("a", &bad);
    fleet.write("b", &good);
    fleet.until("b", "b-three").await;
    fleet.line(from, "the way back", |it| field(it, "message") == Some("refused and taken back")).await;
    fleet.until("a", "a-three").await;
}

/// `on_nack: hold`: nothing moves until somebody decides. Who starts anew meanwhile gets the last good version, and
/// nobody else is asked in its place. Returns how much the others have refused so far.
async fn hold(fleet: &mut Fleet<'_>, page: &Page) -> u64 {
    let (before, from) = (fleet.seen().await, fleet.chancery.log_lines().len());
    fleet.write("a", &format!("rollout: {{on_nack: hold}}\n{}", page.text("a-five", TLS)));
    let refused = fleet.line(from, "the refusal", |it| field(it, "message") == Some("refused")).await;
    let canary = field(&refused, "node").unwrap().to_owned();
    let said = fleet.chancery("wait --generation latest --timeout 5s").await;
    let said = (said.status.code(), String::from_utf8(said.stderr).unwrap());
    assert!(said.0 == Some(1) && said.1.contains("config/a.yaml:") && said.1.contains("/nowhere.key"), "{said:?}");
    fleet.restart(&canary).await;
    fleet.until(&canary, "a-four").await;
    let status = String::from_utf8(fleet.chancery("rollout status").await.stdout).unwrap();
    assert!(status.contains("paused"), "{status}");
    let after = fleet.seen().await;
    for (name, old) in before.iter().filter(|it| it.0 != canary) {
        let new = after.iter().find(|it| it.0 == *name).map(|it| &it.1);
        assert_eq!(Some(old), new, "{name} has seen something");
    }
    let aborted = fleet.chancery("rollout abort").await;
    assert_eq!(aborted.status.code(), Some(0), "{aborted:?}");
    fleet.line(from, "the way back", |it| field(it, "message") == Some("taken back by an operator")).await;
    before.iter().filter(|it| it.0 != canary).map(|it| it.1.sum_of(".update_rejected")).sum()
}
