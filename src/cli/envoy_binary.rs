//! The pinned Envoy, fetched once into a folder that lasts; or another one, by its path or version.
//!
//! Answers for: the folder, telling a path from a version. Leaves to others: fetching (`envoy::fetch`).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::envoy::{FetchError, VERSION, fetch};

/// The path of the pinned Envoy. `progress` is told of a download, a line at a time.
pub(super) async fn envoy_binary(progress: impl FnMut(&str)) -> Result<PathBuf, FetchError> {
    fetch(VERSION, &cache_folder(), progress).await
}

/// The Envoy that somebody names: a path, or a version, which is fetched.
pub(super) async fn envoy_of(name: &str, progress: impl FnMut(&str)) -> anyhow::Result<PathBuf> {
    let is_version = name.contains('.') && name.chars().all(|it| it.is_ascii_digit() || it == '.');
    if !is_version || Path::new(name).exists() {
        return Ok(name.into());
    }
    let fetched = fetch(name, &cache_folder(), progress).await;
    fetched.map_err(|error| {
        let hint = error.hint();
        anyhow::anyhow!("{error}\nnext: {hint}")
    })
}

/// Where what is fetched or made along the way is kept.
pub(super) fn cache_folder() -> PathBuf {
    folder(Path::new("."), std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME"))
}

/// `target/` inside Chancery's own checkout, where the tests keep theirs; else the user's cache.
fn folder(here: &Path, xdg_cache_home: Option<OsString>, home: Option<OsString>) -> PathBuf {
    let manifest = std::fs::read_to_string(here.join("Cargo.toml")).unwrap_or_default();
    if manifest.lines().any(|it| it == "name = \"chancery\"") {
        return here.join("target");
    }
    let set = |it: &OsString| !it.is_empty();
    let cache = xdg_cache_home.filter(set).map(PathBuf::from);
    let cache = cache.or_else(|| home.filter(set).map(|it| Path::new(&it).join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("chancery")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_comes_before_the_cache_before_the_home() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(folder(checkout, None, None), checkout.join("target"));
        let elsewhere = tempfile::tempdir().unwrap();
        let found = |xdg: Option<&str>| folder(elsewhere.path(), xdg.map(Into::into), Some("/home/a".into()));
        assert_eq!(found(Some("/cache")), Path::new("/cache/chancery"));
        assert_eq!(found(Some("")), Path::new("/home/a/.cache/chancery"));
        assert_eq!(found(None), Path::new("/home/a/.cache/chancery"));
    }
}
