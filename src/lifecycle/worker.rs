//! A thread with a name that does one kind of work, one piece at a time.
//!
//! For work that takes the processor for a while and keeps state between pieces, thread-local state included, which
//! the runtime's pool of blocking threads would not.

use std::fmt;
use std::io;
use std::sync::mpsc;

use tokio::sync::oneshot;

use super::{TaskEnd, TaskFailure};

/// Work that runs on a thread of its own. The thread ends when this is dropped and the piece at hand is done.
pub struct Worker<In, Out> {
    name: &'static str,
    pieces: mpsc::Sender<(In, oneshot::Sender<Out>)>,
}

impl<In: Send + 'static, Out: Send + 'static> Worker<In, Out> {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start(name: &'static str, mut work: impl FnMut(In) -> Out + Send + 'static) -> io::Result<Self> {
        let (pieces, received) = mpsc::channel::<(In, oneshot::Sender<Out>)>();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Ok((piece, done)) = received.recv() {
                // Nobody may be waiting any more: then the result is not wanted.
                let _ = done.send(work(piece));
            }
        })?;
        Ok(Self { name, pieces })
    }

    /// Does one piece of work.
    ///
    /// # Errors
    /// When the thread has panicked.
    pub async fn call(&self, piece: In) -> Result<Out, TaskFailure> {
        let (done, result) = oneshot::channel();
        let panicked = || TaskFailure { name: self.name.to_owned(), end: TaskEnd::Panicked };
        self.pieces.send((piece, done)).map_err(|_| panicked())?;
        result.await.map_err(|_| panicked())
    }
}

impl<In, Out> fmt::Debug for Worker<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_keeps_its_state_and_a_panic_is_an_error() {
        let mut sum = 0;
        let worker = Worker::start("adder", move |it: i32| {
            assert!(it >= 0, "only sums");
            sum += it;
            sum
        })
        .unwrap();
        assert_eq!(worker.call(1).await.unwrap(), 1);
        assert_eq!(worker.call(2).await.unwrap(), 3);
        assert!(worker.call(-1).await.is_err());
        assert!(worker.call(1).await.is_err());
    }
}
