//! Pieces of work on all processors at once, for those who wait for the whole.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More threads than this gain little: what each needs for itself costs more than it saves.
const MOST_THREADS: usize = 8;

/// As many pieces as make another thread worth its start, which includes reading Envoy's descriptors.
const FEWEST_PIECES: usize = 16;

/// Does `pieces` pieces of work, numbered from 0, each once. Few of them are done on this thread alone.
///
/// # Panics
/// When a piece of work does.
pub fn spread(pieces: usize, work: &(dyn Fn(usize) + Sync)) {
    let processors = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let threads = processors.min(pieces / FEWEST_PIECES);
    let next = AtomicUsize::new(0);
    let take = || {
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces {
                return;
            }
            work(piece);
        }
    };
    thread::scope(|scope| {
        for number in 1..threads {
            // Where the system gives no more threads, those that there are do the work.
            let _ = thread::Builder::new().name(format!("helper-{number}")).spawn_scoped(scope, take);
        }
        take();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_is_done_once() {
        for pieces in [0, 1, FEWEST_PIECES * 3] {
            let done: Vec<_> = (0..pieces).map(|_| AtomicUsize::new(0)).collect();
            spread(pieces, &|it| _ = done[it].fetch_add(1, Ordering::Relaxed));
            assert!(done.iter().all(|it| it.load(Ordering::Relaxed) == 1));
        }
    }
}
