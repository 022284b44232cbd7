//! `chancery healthcheck`: for containers with no shell.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::{exit, serve};

/// Ask a running daemon whether it is ready; exit 0 if so
#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    /// Where it listens [default: what `serve` would take from CHANCERY_LISTEN or SERVER_PORT, or 127.0.0.1:18000]
    #[arg(value_name = "HOST:PORT")]
    address: Option<String>,
    /// Where it listens, as `serve` takes it
    #[arg(long, env = "CHANCERY_LISTEN", hide = true, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The port, as `serve` takes it
    #[arg(long, env = "SERVER_PORT", hide = true, value_name = "PORT")]
    server_port: Option<u16>,
    /// How long to wait for the answer, in milliseconds
    #[arg(long, default_value_t = 2000, value_name = "MS")]
    timeout_ms: u64,
}

impl Healthcheck {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        let address = self.address.unwrap_or_else(|| reachable(self.listen, self.server_port).to_string());
        let timeout = Duration::from_millis(self.timeout_ms);
        serve::runtime()?.block_on(async {
            let endpoint = Endpoint::from_shared(format!("http://{address}")).context("not an address")?;
            let channel = endpoint.connect_timeout(timeout).timeout(timeout).connect().await;
            let channel = channel.with_context(|| format!("nothing answers on {address}"))?;
            let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
            let answer = answer.with_context(|| format!("{address} does not answer health checks"))?;
            if answer.into_inner().status() != ServingStatus::Serving {
                bail!("{address} is not ready: it has no good configuration yet");
            }
            Ok(exit::DONE)
        })
    }
}

/// Where a daemon with these settings is reached from its own machine.
fn reachable(listen: Option<SocketAddr>, server_port: Option<u16>) -> SocketAddr {
    let port = server_port.unwrap_or(18000);
    let mut address = listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    if address.ip().is_unspecified() {
        let local = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(local);
    }
    address
}
