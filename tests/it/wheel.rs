//! Python packages that tests compare with or ask, each fetched once into `target/` by pip, at a fixed version.

use std::path::{Path, PathBuf};

use tokio::process::Command;

/// Where a package lies, fetched if it does not yet; nothing if the variable `switch` is `off`.
pub(crate) async fn wheel(pinned: &str, switch: &str) -> Option<PathBuf> {
    if std::env::var_os(switch).is_some_and(|it| it == "off") {
        return None;
    }
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let (goal, work) = (target.join(pinned), target.join(format!("{pinned}.fetching")));
    if !goal.exists() {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", pinned]);
        let output = pip.arg("--upgrade").arg("--target").arg(&work).output().await;
        let said = output.map(|it| (it.status.success(), String::from_utf8_lossy(&it.stderr).into_owned()));
        let next = format!("next: check python3, pip and its index, or switch the test off: {switch}=off");
        assert!(matches!(said, Ok((true, _))), "cannot fetch {pinned}: {said:?}\n{next}");
        // Whole or not there at all; a test beside this one may have been quicker.
        if std::fs::rename(&work, &goal).is_err() {
            assert!(goal.exists(), "cannot keep {pinned}");
        }
    }
    Some(goal)
}
