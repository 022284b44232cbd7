//! The pages: what is asked for, and the answer.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use bytes::Bytes;
use tokio::sync::Mutex;

use super::host::is_address;
use crate::cache::Cache;
use crate::lifecycle::{Drain, TaskFailure, Worker};
use crate::snapshot::Generation;
use crate::statement::{Statement, write};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// The list at `/`, and the only paths that there are.
const PAGES: &[(&str, &str)] = &[
    ("/ready", "200 once every document has been good at least once, else 503"),
    ("/generation", "what is served now, as JSON without secrets (docs/admin.md)"),
];

/// What all requests share.
#[derive(Debug)]
pub(super) struct Pages {
    cache: Arc<Cache>,
    drain: Drain,
    /// Writes statements: on its own thread, since it takes the processor for a while.
    writer: Worker<Arc<Generation>, Bytes>,
    /// What was written last, by the generation's number. Whoever comes while it is written waits for it.
    written: Mutex<Option<(u64, Bytes)>>,
}

impl Pages {
    pub(super) fn new(cache: Arc<Cache>, drain: Drain) -> std::io::Result<Self> {
        let write = |it: Arc<Generation>| Bytes::from(write(&Statement::of(&it)));
        let writer = Worker::start("admin", write)?;
        Ok(Self { cache, drain, writer, written: Mutex::default() })
    }

    /// The answer to any request.
    pub(super) async fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
        let host = headers.get(header::HOST).map_or(Some(""), |it| it.to_str().ok());
        let target = uri.authority().map(|it| it.as_str());
        if !host.is_some_and(is_address) || !target.is_none_or(is_address) {
            let why = "this address is asked by its IP address or as localhost, never by another name\n";
            return respond(StatusCode::FORBIDDEN, TEXT, why);
        }
        if *method != Method::GET && *method != Method::HEAD {
            let mut refused = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n");
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        match uri.path() {
            "/" => respond(StatusCode::OK, TEXT, index()),
            "/ready" if self.drain.is_signalled() => respond(StatusCode::SERVICE_UNAVAILABLE, TEXT, "draining\n"),
            "/ready" if self.cache.generation().is_some() => respond(StatusCode::OK, TEXT, "ready\n"),
            "/ready" => respond(StatusCode::SERVICE_UNAVAILABLE, TEXT, NONE),
            "/generation" => self.generation().await,
            _ => respond(StatusCode::NOT_FOUND, TEXT, index()),
        }
    }

    async fn generation(&self) -> Response {
        let Some(generation) = self.cache.generation() else {
            return respond(StatusCode::SERVICE_UNAVAILABLE, TEXT, NONE);
        };
        match self.written(generation).await {
            Ok(bytes) => respond(StatusCode::OK, JSON, bytes),
            Err(failure) => respond(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{failure}\n")),
        }
    }

    /// A generation's bytes, written once for all who ask.
    async fn written(&self, generation: Arc<Generation>) -> Result<Bytes, TaskFailure> {
        let mut written = self.written.lock().await;
        if let Some((number, bytes)) = &*written
            && *number == generation.number
        {
            return Ok(bytes.clone());
        }
        let number = generation.number;
        let bytes = self.writer.call(generation).await?;
        *written = Some((number, bytes.clone()));
        Ok(bytes)
    }
}

const NONE: &str = "not ready: there is no good configuration yet; the log says why\n";

fn index() -> String {
    let pages = PAGES.iter().map(|(path, what)| format!("{path:<12} {what}\n"));
    pages.collect()
}

fn respond(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
