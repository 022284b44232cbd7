//! The pages: what is asked for, and who answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex as Lock, PoisonError};

use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use bytes::Bytes;
use tokio::sync::Mutex;

use super::clock::Clock;
use super::respond::{json, json_bytes, text};
use super::{guard, nodes, rollout};
use crate::cache::Cache;
use crate::delivery::{Book, Command};
use crate::lifecycle::{Drain, TaskFailure, Worker};
use crate::snapshot::Generation;
use crate::statement::{Statement, write_sharing};

/// What a path is for.
#[derive(Debug, Clone, Copy)]
enum Page {
    Index,
    Ready,
    Generation,
    Rollout,
    Nodes,
    /// Changes something, and so is asked by POST.
    Do(Command),
}

/// The list at `/`, and the only paths that there are.
const PAGES: [(&str, Page, &str); 10] = [
    ("/", Page::Index, "this list"),
    ("/ready", Page::Ready, "200 once every document has been good at least once, else 503"),
    ("/generation", Page::Generation, "what is served now, as JSON without secrets (docs/admin.md)"),
    ("/rollout", Page::Rollout, "what is on trial, and what became of the last generations; ?since=GENERATION"),
    ("/nodes", Page::Nodes, "who is connected, and how far each is; ?nodes=SELECTOR&lacking=GENERATION&most=NUMBER"),
    ("/rollout/pause", Page::Do(Command::Pause), "POST: leave everyone with what they have"),
    ("/rollout/resume", Page::Do(Command::Resume), "POST: go on after a pause"),
    ("/rollout/promote", Page::Do(Command::Promote), "POST: give what is on trial to everyone"),
    ("/rollout/abort", Page::Do(Command::Abort), "POST: take back what is on trial"),
    ("/rollout/retry", Page::Do(Command::Retry), "POST: try once more, as it is, what was refused"),
];

/// What all requests share.
#[derive(Debug)]
pub(super) struct Pages {
    cache: Arc<Cache>,
    book: Arc<Lock<Book>>,
    drain: Drain,
    /// Writes statements: on its own thread, since it takes the processor for a while.
    writer: Worker<Arc<Generation>, Bytes>,
    /// What was written last, by the generation's number. Whoever comes while it is written waits for it.
    written: Mutex<Option<(u64, Bytes)>>,
}

impl Pages {
    pub(super) fn new(cache: Arc<Cache>, book: Arc<Lock<Book>>, drain: Drain) -> std::io::Result<Self> {
        let write = |it: Arc<Generation>| Bytes::from(write_sharing(&Statement::of(&it)));
        let writer = Worker::start("admin", write)?;
        Ok(Self { cache, book, drain, writer, written: Mutex::default() })
    }

    /// The answer to any request.
    pub(super) async fn answer(&self, peer: SocketAddr, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
        if let Some((status, why)) = guard::refusal(uri, headers) {
            return text(status, why);
        }
        let Some((_, page, _)) = PAGES.iter().find(|it| it.0 == uri.path()) else {
            return text(StatusCode::NOT_FOUND, index());
        };
        let is_change = matches!(page, Page::Do(_));
        let (allowed, allow): (&[Method], _) =
            if is_change { (&[Method::POST], "POST") } else { (&[Method::GET, Method::HEAD], "GET, HEAD") };
        if !allowed.contains(method) {
            let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, format!("only {}\n", allow.replace(", ", " and ")));
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
            return refused;
        }
        if let Some(why) = guard::refusal_of_change(peer, headers).filter(|_| is_change) {
            return text(StatusCode::FORBIDDEN, why);
        }
        match page {
            Page::Index => text(StatusCode::OK, index()),
            Page::Ready => self.ready(),
            Page::Generation => self.generation().await,
            Page::Rollout => match rollout::since(uri.query().unwrap_or_default()) {
                Ok(since) => {
                    let report = self.cache.report();
                    let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
                    json(&rollout::page(&report, &book, since, Clock::now()))
                }
                Err(why) => text(StatusCode::BAD_REQUEST, format!("{why}\n")),
            },
            Page::Nodes => match nodes::Question::of(uri.query().unwrap_or_default()) {
                Ok(question) => json(&nodes::page(&self.cache.report(), &question, Clock::now())),
                Err(why) => text(StatusCode::BAD_REQUEST, format!("{why}\n")),
            },
            Page::Do(command) => rollout::command(&self.cache, *command),
        }
    }

    fn ready(&self) -> Response {
        if self.drain.is_signalled() {
            text(StatusCode::SERVICE_UNAVAILABLE, "draining\n")
        } else if self.cache.generation().is_some() {
            text(StatusCode::OK, "ready\n")
        } else {
            text(StatusCode::SERVICE_UNAVAILABLE, NONE)
        }
    }

    async fn generation(&self) -> Response {
        let Some(generation) = self.cache.generation() else { return text(StatusCode::SERVICE_UNAVAILABLE, NONE) };
        match self.written(generation).await {
            Ok(bytes) => json_bytes(bytes),
            Err(failure) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{failure}\n")),
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
    let pages = PAGES.iter().map(|(path, _, what)| format!("{path:<17} {what}\n"));
    pages.collect()
}
