//! Whether an Envoy is done with what it was told: nothing warms, and no first answer was given up on.
//!
//! A cluster whose endpoints never come warms for 15 s (Envoy's `initial_fetch_timeout`) before it becomes active.
//! Traffic does not show it: meanwhile the cluster that it replaces serves on.

use std::time::Duration;

use chancery::envoy::{Admin, Envoy};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::dump::{held, warming};

/// Warming takes milliseconds when all that it needs is answered, and 15 s otherwise.
const WARMS_WITHIN: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What warms now, and which subscriptions were ever left without their first answer.
const STATS: &str =
    r"^cluster_manager\.warming_clusters$|^listener_manager\.total_listeners_warming$|\.init_fetch_timeout$";
const GAVE_UP: &str = ".init_fetch_timeout";

/// Demands that within a second no cluster and no listener warms, and that Envoy never gave up on a first answer.
///
/// Call it once the change has reached Envoy: before that there is nothing to see. [`until_active`] waits for it.
pub(super) async fn until_nothing_warms(envoy: &Envoy) {
    nothing_warms(envoy.admin()).await.unwrap_or_else(|fault| panic!("{fault}"));
}

/// Demands that within a second the active cluster of that name is as wanted, and then that nothing warms.
pub(super) async fn until_active(envoy: &Envoy, cluster: &str, wanted: impl Fn(&Value) -> bool) {
    is_active(envoy.admin(), cluster, wanted).await.unwrap_or_else(|fault| panic!("{fault}"));
    until_nothing_warms(envoy).await;
}

/// [`until_nothing_warms`], with the fault as a text.
pub(super) async fn nothing_warms(admin: &Admin) -> Result<(), String> {
    let deadline = Instant::now() + WARMS_WITHIN;
    loop {
        let stats = admin.stats(STATS).await.unwrap();
        let gave_up: Vec<_> = stats.iter().filter(|(name, count)| name.ends_with(GAVE_UP) && *count != "0").collect();
        if !gave_up.is_empty() {
            return Err(format!("Envoy gave up waiting for a first answer: {gave_up:?}"));
        }
        if stats.iter().all(|(_, count)| count == "0") {
            return Ok(());
        }
        if Instant::now() > deadline {
            let names = warming(&admin.config_dump().await.unwrap());
            return Err(format!("after {WARMS_WITHIN:?} there still warm {names:?}: {stats:?}"));
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// The wait of [`until_active`], with the fault as a text.
async fn is_active(admin: &Admin, cluster: &str, wanted: impl Fn(&Value) -> bool) -> Result<(), String> {
    let deadline = Instant::now() + WARMS_WITHIN;
    loop {
        let dump = admin.config_dump().await.unwrap();
        let active = held(&dump).remove(&format!("cluster/{cluster}")).map(|it| it.content);
        if active.as_ref().is_some_and(&wanted) {
            return Ok(());
        }
        if Instant::now() > deadline {
            let names = warming(&dump);
            return Err(format!("after {WARMS_WITHIN:?} cluster `{cluster}` is {active:?}; there warm {names:?}"));
        }
        sleep(LOOK_AGAIN).await;
    }
}
