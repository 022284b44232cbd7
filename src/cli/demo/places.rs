//! Where things of the demo are: its folder, the file to edit, the command that asks the daemon.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::envoy_binary::cache_folder;

/// `chancery rollout` as it can be typed: by the name that this process was called by, with the address if it is not
/// the usual one.
pub(super) fn rollout_command(admin: SocketAddr) -> String {
    let program = std::env::args_os().next().map_or_else(|| "chancery".into(), |it| it.to_string_lossy().into_owned());
    let usual = SocketAddr::from(([127, 0, 0, 1], 18002));
    let address = if admin == usual { String::new() } else { format!(" --admin {admin}") };
    format!("{program} rollout{address}")
}

/// Where the demo keeps its bootstrap and Envoy's log.
pub(super) fn work_folder() -> anyhow::Result<PathBuf> {
    let folder = cache_folder().join("demo");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The file to edit: the source itself, or the first document in it.
pub(super) fn first_document(source: &Path) -> PathBuf {
    let Ok(entries) = std::fs::read_dir(source) else { return source.to_owned() };
    let files = entries.filter_map(|it| Some(it.ok()?.path()));
    files.filter(|it| it.extension().is_some_and(|ext| ext == "yaml")).min().unwrap_or_else(|| source.to_owned())
}
