//! Drain: one request to stop, as a value handed to whatever outlives a request.
//!
//! Answers for: telling every holder once, also those who ask late. Leaves to others: how a holder winds up, and the
//! deadline after which nobody waits any more (`Tasks::join`).

use tokio::sync::watch;

/// A drain and the trigger that starts it.
pub fn drain() -> (DrainTrigger, Drain) {
    let (sender, receiver) = watch::channel(false);
    (DrainTrigger(sender), Drain(receiver))
}

/// The side that starts the drain. Dropping it starts it too: nobody is left who could.
#[derive(Debug)]
pub struct DrainTrigger(watch::Sender<bool>);

/// The side that is told. Cheap to clone; hold it for as long as there is something to wind up.
#[derive(Debug, Clone)]
pub struct Drain(watch::Receiver<bool>);

impl DrainTrigger {
    /// Asks every holder to stop. Asking again changes nothing.
    pub fn start(&self) {
        self.0.send_replace(true);
    }
}

impl Drain {
    /// Resolves when the drain has started; at once when it already has.
    pub async fn signalled(&self) {
        // An error means that the trigger is gone, which counts as started.
        let _ = self.0.clone().wait_for(|started| *started).await;
    }

    /// Whether the drain has started.
    pub fn is_signalled(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tells_early_and_late_holders() {
        let (trigger, drain) = drain();
        assert!(!drain.is_signalled());
        let early = drain.clone();
        tokio::join!(early.signalled(), async { trigger.start() });
        drain.signalled().await;
        assert!(drain.is_signalled());
    }

    #[tokio::test]
    async fn a_dropped_trigger_counts_as_started() {
        let (trigger, drain) = drain();
        drop(trigger);
        drain.signalled().await;
        assert!(drain.is_signalled());
    }
}
