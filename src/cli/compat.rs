//! The old server's command line (S61, S130): `-port`, `-nodeID` and `-watchDirectoryFileName`, with one dash or two.
//!
//! Its variables `SERVER_PORT`, `NODE_ID` and `RESOURCES_FILE` are read where `serve` declares its arguments.

use std::ffi::OsString;

/// Old flag to new one; the last names a file, which is `serve`'s positional argument.
const FLAGS: &[(&str, Option<&str>)] =
    &[("port", Some("--server-port")), ("nodeID", Some("--only-node")), ("watchDirectoryFileName", None)];

/// Arguments in today's spelling. Others than the old server's come back as they are.
pub(super) fn modern(args: Vec<OsString>) -> Vec<OsString> {
    let mut rest = args.iter().cloned();
    let program = rest.next();
    match rewrite(rest) {
        Some(new) => program.into_iter().chain(new).collect(),
        None => args,
    }
}

/// The arguments rewritten, if the old server would have taken every one of them and there is at least one.
fn rewrite(args: impl Iterator<Item = OsString>) -> Option<Vec<OsString>> {
    let mut new = vec![OsString::from("serve")];
    let mut args = args.peekable();
    // `chancery serve -port 9002` is somebody half way through: fine.
    args.next_if(|it| it == "serve");
    args.peek()?;
    while let Some(arg) = args.next() {
        let text = arg.to_str()?;
        let flag = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value.into())));
        let (_, modern) = FLAGS.iter().find(|(old, _)| *old == name)?;
        new.extend(modern.map(OsString::from));
        new.push(value.or_else(|| args.next())?);
    }
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, expected: &str) {
        let args = old.split_whitespace().map(OsString::from).collect();
        let new: Vec<_> = modern(args).into_iter().map(|it| it.into_string().unwrap()).collect();
        assert_eq!(new.join(" "), expected);
    }

    #[test]
    fn s130_the_old_servers_flags() {
        check(
            "chancery -port 9002 -nodeID test-id -watchDirectoryFileName config/config.yaml",
            "chancery serve --server-port 9002 --only-node test-id config/config.yaml",
        );
        check("chancery --port=9002", "chancery serve --server-port 9002");
        check("chancery serve -nodeID=a", "chancery serve --only-node a");
    }

    #[test]
    fn anything_else_stays_as_it_is() {
        for args in ["chancery", "chancery serve", "chancery --help", "chancery serve dir -x", "chancery -port"] {
            check(args, args);
        }
    }
}
