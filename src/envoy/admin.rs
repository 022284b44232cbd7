//! Envoy's admin interface, as a client: stats, configuration dump, clusters, listeners, and waiting for one of them.
//!
//! Answers for: asking, naming what was asked in each error, and watching until an answer is as wanted.
//! Leaves to others: what an answer should say. An Envoy is another program: watching it means asking again, at a
//! fixed short interval and never past a deadline.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout_at};

use super::http;

/// Between two looks at one admin answer.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// For one answer; a whole configuration dump of thousands of clusters takes less.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The admin interface of one Envoy.
#[derive(Debug, Clone, Copy)]
pub struct Admin {
    address: SocketAddr,
}

/// Why an admin question got no use of an answer.
#[derive(Debug, Error)]
pub enum AdminError {
    /// Nobody answered.
    #[error("Envoy's admin at {address} gave no answer to `{path}`")]
    NoAnswer {
        /// The admin's address.
        address: SocketAddr,
        /// What was asked.
        path: String,
        /// What the connection said.
        source: io::Error,
    },
    /// The answer was a refusal.
    #[error("Envoy's admin at {address} answered `{path}` with status {status}: {body}")]
    Status {
        /// The admin's address.
        address: SocketAddr,
        /// What was asked.
        path: String,
        /// The HTTP status.
        status: u16,
        /// The body, which says why.
        body: String,
    },
    /// The answer could not be read as JSON.
    #[error("Envoy's admin at {address} answered `{path}` with something other than JSON")]
    NotJson {
        /// The admin's address.
        address: SocketAddr,
        /// What was asked.
        path: String,
        /// The parser's word.
        source: serde_json::Error,
    },
    /// The answer was never as wanted.
    #[error("waited {seconds:.1} s for {what}; `{path}` last said:\n{last}")]
    Deadline {
        /// What was waited for.
        what: String,
        /// What was asked.
        path: String,
        /// For how long.
        seconds: f32,
        /// The last answer, or why there was none.
        last: String,
    },
}

/// Counters, gauges and text readouts, by name. One that is absent counts as zero, as Envoy makes some on first use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats(BTreeMap<String, String>);

impl Stats {
    fn parse(text: &str) -> Self {
        let pairs = text.lines().filter_map(|it| it.split_once(": "));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect())
    }

    /// A counter or gauge.
    pub fn count(&self, name: &str) -> u64 {
        self.0.get(name).and_then(|it| it.parse().ok()).unwrap_or(0)
    }

    /// A text readout, such as `cluster_manager.cds.version_text`.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The sum of all counters whose name ends so; `.update_rejected`, say.
    pub fn sum_of(&self, suffix: &str) -> u64 {
        self.iter().filter(|(name, _)| name.ends_with(suffix)).filter_map(|(_, it)| it.parse::<u64>().ok()).sum()
    }
}

impl Admin {
    /// The admin at an address.
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Any path, as text.
    pub async fn text(&self, path: &str) -> Result<String, AdminError> {
        let no_answer = |source| AdminError::NoAnswer { address: self.address, path: path.to_owned(), source };
        let answer = timeout_at(Instant::now() + ANSWER_WITHIN, http::get(self.address, path, &[])).await;
        let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(no_answer)?;
        match answer.status {
            200 => Ok(answer.body),
            status => {
                Err(AdminError::Status { address: self.address, path: path.to_owned(), status, body: answer.body })
            }
        }
    }

    /// Any path, as JSON.
    pub async fn json(&self, path: &str) -> Result<Value, AdminError> {
        let text = self.text(path).await?;
        let not_json = |source| AdminError::NotJson { address: self.address, path: path.to_owned(), source };
        serde_json::from_str(&text).map_err(not_json)
    }

    /// The stats whose name matches a regular expression.
    pub async fn stats(&self, filter: &str) -> Result<Stats, AdminError> {
        Ok(Stats::parse(&self.text(&stats_path(filter)).await?))
    }

    /// All that this Envoy was told, endpoints included.
    pub async fn config_dump(&self) -> Result<Value, AdminError> {
        self.json("/config_dump?include_eds").await
    }

    /// Clusters and their endpoints, a line each (`web::127.0.0.1:80::added_via_api::true`).
    pub async fn clusters(&self) -> Result<String, AdminError> {
        self.text("/clusters").await
    }

    /// Listeners, a line each (`http::0.0.0.0:8080`).
    pub async fn listeners(&self) -> Result<String, AdminError> {
        self.text("/listeners").await
    }

    /// Asks `path` again and again until the answer is as wanted, and returns that answer.
    ///
    /// `what` completes "waited for …". An Envoy that does not answer yet is waited for likewise.
    pub async fn wait_until(
        &self,
        path: &str,
        what: &str,
        within: Duration,
        mut wanted: impl FnMut(&str) -> bool,
    ) -> Result<String, AdminError> {
        let started = Instant::now();
        loop {
            let last = match self.text(path).await {
                Ok(answer) if wanted(&answer) => return Ok(answer),
                Ok(answer) => answer,
                Err(error) => error.to_string(),
            };
            if started.elapsed() >= within {
                let seconds = within.as_secs_f32();
                return Err(AdminError::Deadline { what: what.to_owned(), path: path.to_owned(), seconds, last });
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// [`Self::wait_until`] over stats.
    pub async fn wait_for_stats(
        &self,
        filter: &str,
        what: &str,
        within: Duration,
        mut wanted: impl FnMut(&Stats) -> bool,
    ) -> Result<Stats, AdminError> {
        let answer = self.wait_until(&stats_path(filter), what, within, |text| wanted(&Stats::parse(text))).await?;
        Ok(Stats::parse(&answer))
    }
}

fn stats_path(filter: &str) -> String {
    let mut path = "/stats?filter=".to_owned();
    for byte in filter.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => path.push(char::from(byte)),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stats_are_counters_gauges_and_quoted_texts() {
        let stats =
            Stats::parse("a.cds.version_text: \"g 1\"\na.lds.update_rejected: 2\nb.update_rejected: 3\nh: No data");
        assert_eq!(stats.text("a.cds.version_text"), "g 1");
        assert_eq!(stats.sum_of(".update_rejected"), 5);
        assert_eq!((stats.count("h"), stats.count("absent")), (0, 0));
    }

    #[test]
    fn a_filter_is_a_regular_expression_inside_a_url() {
        assert_eq!(stats_path("^a|b$"), "/stats?filter=%5Ea%7Cb%24");
    }
}
