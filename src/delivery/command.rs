//! What operators can do to a trial.

/// A wish of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Leave the canaries with what they have, and everyone else too.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Give it to everyone now.
    Promote,
    /// Take it back.
    Abort,
}

/// Nothing is on trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no generation is being rolled out")]
pub struct NoTrial;
