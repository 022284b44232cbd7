//! One test's workbench: a folder, free ports, Envoys, and every log on the table when the test fails.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chancery::envoy::{BootstrapOptions, Envoy, Launch, Mode, VERSION, bootstrap, fetch, http};
use tempfile::TempDir;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep};

/// For anything that should happen soon: generous, since other tests and builds share the machine.
pub(super) const SOON: Duration = Duration::from_secs(15);
/// Lines of each log that a failed test shows.
const TAIL_LINES: usize = 40;

/// How many benches there are at once.
const BENCHES: u32 = 2;

static AT_ONCE: Semaphore = Semaphore::const_new(BENCHES as usize);
static BINARY: OnceCell<Option<PathBuf>> = OnceCell::const_new();
static NEXT_PORT: AtomicU32 = AtomicU32::new(0);

/// Holds what one test uses. Declare it first, so that it is dropped last.
pub(super) struct Bench {
    envoy: PathBuf,
    folder: TempDir,
    _turn: SemaphorePermit<'static>,
}

impl Bench {
    /// A bench, or nothing when real-Envoy tests are switched off.
    pub(super) async fn open() -> Option<Self> {
        Self::taking(1).await
    }

    /// A bench with no other beside it: for a test with many Envoys.
    pub(super) async fn open_alone() -> Option<Self> {
        Self::taking(BENCHES).await
    }

    async fn taking(share: u32) -> Option<Self> {
        Some(Self::of(the_envoy().await?, share).await)
    }

    /// A bench with another Envoy than the usual one.
    pub(super) async fn with(envoy: PathBuf) -> Self {
        Self::of(envoy, 1).await
    }

    async fn of(envoy: PathBuf, share: u32) -> Self {
        let turn = AT_ONCE.acquire_many(share).await.unwrap();
        Self { envoy, folder: tempfile::tempdir().unwrap(), _turn: turn }
    }

    /// The Envoy binary.
    pub(super) fn envoy_binary(&self) -> &Path {
        &self.envoy
    }

    /// A path in the test's folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in place, as `cat >` does, with its folders.
    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Starts an Envoy with that bootstrap text.
    pub(super) async fn envoy(&self, name: &str, bootstrap: &str) -> Envoy {
        self.envoy_with(name, bootstrap, &[]).await
    }

    /// The same, with more on its command line.
    pub(super) async fn envoy_with(&self, name: &str, bootstrap: &str, arguments: &[&str]) -> Envoy {
        let launch = Launch {
            binary: self.envoy.clone(),
            config: self.write(&format!("{name}.yaml"), bootstrap),
            folder: self.folder.path().to_owned(),
            name: name.to_owned(),
            arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
        };
        Envoy::start(&launch).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts an Envoy with the bootstrap that `chancery bootstrap` makes.
    pub(super) async fn follower(&self, node: &str, mode: Mode, server: u16) -> Envoy {
        self.named_follower(node, node, mode, server).await
    }

    /// The same, where several Envoys have one node id.
    pub(super) async fn named_follower(&self, name: &str, node: &str, mode: Mode, server: u16) -> Envoy {
        self.envoy(name, &bootstrap(&follower_options(node, mode, server))).await
    }
}

/// The options of `chancery bootstrap` for a test: admin on a port of the system's choice.
pub(super) fn follower_options(node: &str, mode: Mode, server: u16) -> BootstrapOptions {
    BootstrapOptions {
        mode,
        node_id: node.to_owned(),
        node_cluster: "test-cluster".to_owned(),
        locality: None,
        metadata: Vec::new(),
        server: format!("127.0.0.1:{server}").parse().unwrap(),
        management_cluster: "xds_cluster".to_owned(),
        admin: (Ipv4Addr::LOCALHOST, 0).into(),
        runtime_layer: None,
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let mut logs: Vec<_> = std::fs::read_dir(self.folder.path()).unwrap().map(|it| it.unwrap().path()).collect();
        logs.retain(|it| it.extension().is_some_and(|it| it == "log"));
        logs.sort();
        for log in logs {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<_> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
            say(&format!("--- the end of {}:\n{tail}", log.display()));
        }
    }
}

/// The binary that all tests use, or nothing when real-Envoy tests are switched off.
pub(crate) async fn the_envoy() -> Option<PathBuf> {
    BINARY.get_or_init(binary).await.clone()
}

/// Finds the binary once for all tests.
async fn binary() -> Option<PathBuf> {
    if std::env::var_os("CHANCERY_TEST_ENVOY").is_some_and(|it| it == "off") {
        announce("real-Envoy tests are switched off by CHANCERY_TEST_ENVOY=off");
        return None;
    }
    if let Some(own) = std::env::var_os("CHANCERY_ENVOY") {
        return Some(own.into());
    }
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let fetched = fetch(VERSION, &target, announce).await;
    Some(fetched.unwrap_or_else(|error| {
        let hint = error.hint();
        panic!("{error}\nnext: {hint}\nor switch the real-Envoy tests off: CHANCERY_TEST_ENVOY=off")
    }))
}

/// Says something at once, past the test harness, which keeps what passing tests print to itself: nothing is switched
/// off in silence, and a download is seen.
pub(super) fn announce(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Says something that the test harness shows if the test fails.
#[expect(clippy::print_stderr, reason = "a test that fails tells why")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// A port that nothing listens on, below the range from which the system takes the ports of outgoing connections.
///
/// Processes start at different places, so that test runs beside each other rarely meet.
pub(crate) fn free_port() -> u16 {
    loop {
        let step = NEXT_PORT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(10_000 + (std::process::id() * 37 + step) % 20_000).unwrap();
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok() {
            return port;
        }
    }
}

/// An address on loopback.
pub(super) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Looks again and again until there is something, for at most [`SOON`]. `what` completes "waited for …".
pub(super) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited for {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Which upstream answers on a port, if one does.
pub(super) async fn served_by(port: u16, path: &str) -> Option<String> {
    let answer = http::get(local(port), path, &[]).await.ok().filter(|it| it.status == 200)?;
    answer.body.lines().next()?.strip_prefix("Request served by ").map(str::to_owned)
}

/// Waits until one upstream answers.
pub(super) async fn until_served_by(port: u16, path: &str, name: &str) {
    let what = format!("{name} to serve {path} on port {port}");
    eventually(&what, async || served_by(port, path).await.filter(|it| it == name)).await;
}

/// Which upstreams answer ten requests.
pub(super) async fn served_by_all(port: u16, path: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for _ in 0..10 {
        names.extend(served_by(port, path).await);
    }
    names
}

/// A printed configuration, changed only where the test's machine differs. Each text to replace must be there.
pub(super) fn adapt(seed: &str, changes: &[(&str, &str)]) -> String {
    let mut text = seed.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the seed has no `{from}`");
        text = text.replace(from, to);
    }
    text
}
