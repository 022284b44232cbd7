//! What operators can do to a trial, and to what was refused.

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
    /// Try once more, as it is, what was refused. This needs no trial.
    Retry,
}

/// Nothing is on trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no generation is being rolled out")]
pub struct NoTrial;
