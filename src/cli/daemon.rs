//! A running daemon as its admin address shows it: the flag, and requests with errors that name the next step.

use anyhow::{Context, bail};
use clap::Args;
use serde_json::Value;

use crate::envoy::http;

/// By this the daemon knows that no web page asks.
const OWN: (&str, &str) = ("x-chancery", "1");

/// Which daemon.
#[derive(Debug, Clone, Args)]
pub(super) struct Admin {
    /// The daemon's admin address
    #[arg(
        long,
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:18002",
        env = "CHANCERY_ADMIN",
        hide_env_values = true
    )]
    pub(super) admin: String,
}

impl Admin {
    /// A page.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<http::Response> {
        self.ask(path, false).await
    }

    /// A page in JSON of the first format.
    pub(super) async fn json(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.get(path).await.with_context(|| self.silent())?;
        let page = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
        match (answer.status, page["format"].as_u64()) {
            (200, Some(1)) => Ok(page),
            (200, Some(format)) => bail!("the daemon at {} is of another version: its format is {format}", self.admin),
            (400, _) => bail!("the daemon at {} says: {}", self.admin, answer.body.trim()),
            (status, _) => bail!("{}", self.stranger(status)),
        }
    }

    /// Asks for a change.
    pub(super) async fn post(&self, path: &str) -> anyhow::Result<http::Response> {
        self.ask(path, true).await.with_context(|| self.silent())
    }

    /// What is said when something else answers.
    pub(super) fn stranger(&self, status: u16) -> String {
        format!("{} answers {status}, which is not what a chancery's admin address does; see --admin", self.admin)
    }

    fn silent(&self) -> String {
        format!("no daemon answers at {}; start `chancery serve`, or name its admin address with --admin", self.admin)
    }

    /// Asks each address that the name has: `localhost` has two, and a daemon listens on one of them.
    async fn ask(&self, path: &str, change: bool) -> anyhow::Result<http::Response> {
        let mut failure = anyhow::anyhow!("the name has no address");
        for address in tokio::net::lookup_host(&self.admin).await.context("expected HOST:PORT")? {
            let answer = match change {
                true => http::post(address, path, &[OWN]).await,
                false => http::get(address, path, &[]).await,
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => failure = error.into(),
            }
        }
        Err(failure)
    }
}
