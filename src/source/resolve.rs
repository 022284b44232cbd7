//! From a path to the place it stands for, through every symbolic link, noting where the path could be bent.
//!
//! Answers for: the folders that must be watched so that a path's new meaning is noticed: a link swapped (Kubernetes'
//! `..data`), a folder replaced, a part that does not exist yet. Leaves to others: watching them (`folders`).

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::fault::Fault;

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// A step of the way.
enum Step {
    Root,
    Up,
    Down(OsString),
}

/// Resolves `path`, seen from the real folder `from`. `passed` is told each folder on the way, with the name that was
/// looked up in it; also, last, the one that was not found.
pub(super) fn resolve(
    from: &Path,
    path: &Path,
    mut passed: impl FnMut(&Path, &OsStr),
) -> Result<(PathBuf, Metadata), Fault> {
    let mut ahead: VecDeque<Step> = steps(path).collect();
    let mut real = from.to_path_buf();
    let mut links = 0;
    while let Some(step) = ahead.pop_front() {
        let name = match step {
            Step::Root => {
                real = PathBuf::from("/");
                continue;
            }
            Step::Up => {
                real.pop();
                continue;
            }
            Step::Down(name) => name,
        };
        passed(&real, &name);
        let next = real.join(&name);
        let metadata = match fs::symlink_metadata(&next) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && links > 0 => return Err(Fault::Dangling),
            other => other?,
        };
        if metadata.is_symlink() {
            links += 1;
            if links > MOST_LINKS {
                return Err(Fault::LinkLoop);
            }
            for step in steps(&fs::read_link(&next)?).rev() {
                ahead.push_front(step);
            }
        } else {
            real = next;
        }
    }
    let metadata = fs::symlink_metadata(&real)?;
    Ok((real, metadata))
}

fn steps(path: &Path) -> impl DoubleEndedIterator<Item = Step> + use<> {
    let steps: Vec<Step> = path
        .components()
        .filter_map(|component| match component {
            Component::RootDir => Some(Step::Root),
            Component::ParentDir => Some(Step::Up),
            Component::Normal(name) => Some(Step::Down(name.to_owned())),
            Component::CurDir | Component::Prefix(_) => None,
        })
        .collect();
    steps.into_iter()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Resolves below a fresh folder; the passed names, relative to it, and the outcome.
    fn check(prepare: impl FnOnce(&Path), path: &str) -> (Vec<String>, Result<String, Fault>) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        prepare(&root);
        let relative = |it: &Path| it.strip_prefix(&root).unwrap_or(it).display().to_string();
        let mut passed = Vec::new();
        let found = resolve(&root, Path::new(path), |folder, name| {
            if folder.starts_with(&root) {
                passed.push(relative(&folder.join(name)));
            }
        });
        (passed, found.map(|(real, _)| relative(&real)))
    }

    #[test]
    fn a_config_map_mount_passes_both_links() {
        let (passed, real) = check(
            |root| {
                fs::create_dir(root.join("..2024")).unwrap();
                fs::write(root.join("..2024/x.yaml"), "x").unwrap();
                symlink("..2024", root.join("..data")).unwrap();
                symlink("..data/x.yaml", root.join("x.yaml")).unwrap();
            },
            "x.yaml",
        );
        assert_eq!(passed, ["x.yaml", "..data", "..2024", "..2024/x.yaml"]);
        assert_eq!(real.unwrap(), "..2024/x.yaml");
    }

    #[test]
    fn what_is_missing_ends_the_way_at_its_nearest_ancestor() {
        let (passed, real) = check(|root| fs::create_dir(root.join("a")).unwrap(), "a/b/c.yaml");
        assert_eq!(passed, ["a", "a/b"]);
        assert_eq!(real, Err(Fault::Missing));
    }

    #[test]
    fn links_may_be_absolute_go_up_dangle_or_circle() {
        let (_, real) = check(
            |root| {
                fs::create_dir(root.join("d")).unwrap();
                fs::write(root.join("x"), "x").unwrap();
                symlink("../x", root.join("d/up")).unwrap();
                symlink(root.join("d/up"), root.join("absolute")).unwrap();
            },
            "./absolute",
        );
        assert_eq!(real.unwrap(), "x");
        let (_, real) = check(|root| symlink("nowhere", root.join("x")).unwrap(), "x");
        assert_eq!(real, Err(Fault::Dangling));
        let (_, real) = check(|root| symlink("x", root.join("x")).unwrap(), "x");
        assert_eq!(real, Err(Fault::LinkLoop));
    }
}
