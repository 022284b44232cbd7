//! File descriptors: the process's limit, and how it is divided.
//!
//! A process without descriptors can neither accept a connection nor read a file. So clients get a share of them that
//! leaves enough for the admin pages and for files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Limits above this are treated alike: the number of connections has other bounds, too.
const ENOUGH: u64 = 1 << 20;

/// The descriptors of the process, divided by purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// For connections of clients.
    pub clients: usize,
    /// For connections to the admin pages.
    pub admin: usize,
}

impl Budget {
    /// Divides this many descriptors. What is not listed is left to files, watches, listeners and the runtime.
    pub fn of(limit: usize) -> Self {
        let admin = (limit / 8).clamp(2, 64);
        let rest = (limit / 4).clamp(24, 64);
        Self { clients: limit.saturating_sub(admin + rest).max(1), admin }
    }
}

/// Raises the limit of open files as far as the system lets this process, and returns it.
pub fn raise_limit() -> usize {
    let before = getrlimit(Resource::Nofile);
    let limit = match before.maximum {
        // Some systems refuse "unlimited"; more than enough is as good.
        maximum if before.current.is_some_and(|it| maximum.is_none_or(|maximum| it < maximum)) => {
            let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH).max(before.current.unwrap_or(0));
            let raised = Rlimit { current: Some(wanted), maximum };
            if setrlimit(Resource::Nofile, raised).is_ok() { Some(wanted) } else { before.current }
        }
        _ => before.current,
    };
    usize::try_from(limit.unwrap_or(ENOUGH).min(ENOUGH)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_descriptors_are_always_left_for_files() {
        for limit in [64, 256, 1_024, 20_000, 1 << 20] {
            let Budget { clients, admin } = Budget::of(limit);
            assert!(limit - clients - admin >= 24, "{limit}: {clients} clients, {admin} admin");
            assert!(clients >= limit / 2, "{limit}: {clients} clients");
        }
        assert_eq!(Budget::of(256), Budget { clients: 160, admin: 32 });
        assert_eq!(Budget::of(1_024), Budget { clients: 896, admin: 64 });
        assert_eq!(Budget::of(0).clients, 1);
    }
}
