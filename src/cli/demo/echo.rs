//! The demo's upstreams: each says its name and what it was asked.

use std::fmt::Write;

use anyhow::Context;
use axum::Router;
use axum::extract::Request;
use tokio::net::TcpListener;

use super::talk;

/// Bound upstreams, one for each name and port.
pub(super) struct Upstreams(Vec<(String, TcpListener)>);

impl Upstreams {
    pub(super) async fn bind(names: &[(&str, u16)]) -> anyhow::Result<Self> {
        let mut upstreams = Vec::new();
        for (name, port) in names {
            let address = format!("127.0.0.1:{port}");
            let listener = TcpListener::bind(&address).await;
            let listener = listener.with_context(|| format!("{name} needs {address}, which is taken; name free ports here and in the documents: --upstreams 8083,8084"))?;
            talk(&format!("{name}   answers on {address}"));
            upstreams.push(((*name).to_owned(), listener));
        }
        Ok(Self(upstreams))
    }

    pub(super) async fn serve(self) -> anyhow::Result<()> {
        let mut all = Vec::new();
        for (name, listener) in self.0 {
            let app = Router::new().fallback(move |request: Request| async move { answer(&name, &request) });
            all.push(Box::pin(async move { axum::serve(listener, app).await }));
        }
        let [first, second] = <[_; 2]>::try_from(all).map_err(|_| anyhow::anyhow!("the demo has two upstreams"))?;
        tokio::try_join!(first, second)?;
        Ok(())
    }
}

fn answer(name: &str, request: &Request) -> String {
    let mut out = format!("Request served by {name}\n\n{} {}\n\n", request.method(), request.uri());
    for (key, value) in request.headers() {
        let _ = writeln!(out, "{key}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    out
}
