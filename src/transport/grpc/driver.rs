//! One stream's driver: select, feed, poll, send, and report what happened. No protocol decision is taken here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use bytes::Bytes;

use super::codec;
use super::frames::{Frames, Messages};
use super::peers::{NodeStream, OpenStream};
use super::response::Outbox;
use super::server::Shared;
use super::status::{Code, Status};
use crate::cache::{Problem, Standing, View, Views};
use crate::delivery::Nack;
use crate::fleet::{Event, StreamId, Transport};
use crate::resource::ResourceType;
use crate::snapshot::{Extent, Need, sotw_response};
use crate::subscription::{Event as Learned, Misuse, MisuseCode, Protocol, Response, Scope, Stream};

/// What a route knows of a call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: StreamId,
    pub(super) protocol: Protocol,
    pub(super) scope: Scope,
    pub(super) peer: Option<SocketAddr>,
    /// Keeps the stream counted while it lasts.
    pub(super) _open: Option<OpenStream>,
}

/// Runs one stream to its end.
pub(super) async fn drive(shared: Arc<Shared>, call: Call, body: Body, outbox: Outbox) -> Status {
    let mut driver = Driver::new(shared, call, body);
    let status = driver.run(&outbox).await;
    driver.reason = match status.code {
        Code::Ok => "the client closed the stream".to_owned(),
        _ => status.message.clone(),
    };
    status
}

struct Driver {
    shared: Arc<Shared>,
    call: Call,
    messages: Messages,
    stream: Stream,
    /// The node's views, once it has told who it is.
    views: Option<Views>,
    /// Keeps the stream counted among those of its node.
    of_node: Option<NodeStream>,
    /// The step of the view that was taken in last, and what is to be looked out for in it.
    step: u64,
    needs: Arc<[Need]>,
    /// What was told of it last.
    standing: Standing,
    settled: Option<u64>,
    /// Why the stream ended, for the last event.
    reason: String,
}

impl Driver {
    fn new(shared: Arc<Shared>, call: Call, body: Body) -> Self {
        let messages = Messages::new(body, shared.messages.clone());
        let stream = Stream::new(call.id.0, call.protocol, call.scope.clone(), shared.options.limits.clone());
        let reason = "the connection was closed".to_owned();
        let (step, needs, standing) = (0, Arc::default(), Standing::default());
        Self {
            shared,
            call,
            messages,
            stream,
            views: None,
            of_node: None,
            step,
            needs,
            standing,
            settled: None,
            reason,
        }
    }

    async fn run(&mut self, outbox: &Outbox) -> Status {
        loop {
            // A client that floods must not keep its worker thread from other streams.
            tokio::task::consume_budget().await;
            if outbox.is_free() && self.stream.has_output(now()) {
                self.send(outbox);
            }
            for event in self.stream.handle_time(now()) {
                self.report(event);
            }
            self.report_standing();
            self.report_settled();
            let (timeout, search_deadline) = (self.stream.poll_timeout(), self.stream.search_deadline());
            tokio::select! {
                message = self.messages.next() => match message {
                    Ok(Some(message)) => match self.receive(message) {
                        Ok(()) => {}
                        Err(status) => return status,
                    },
                    Ok(None) => return Status::ok(),
                    Err(status) => return status,
                },
                view = next_view(&mut self.views) => self.show(view),
                // Without this a response that is due beside the one on its way would wait for the next request.
                () = outbox.freed(), if !outbox.is_free() => {}
                () = until(timeout), if outbox.is_free() => {}
                () = until(search_deadline) => {}
                () = self.shared.drain.signalled() => {
                    return Status::new(Code::Unavailable, "the server is shutting down");
                }
            }
        }
    }

    fn receive(&mut self, message: Bytes) -> Result<(), Status> {
        let request = codec::decode(self.call.protocol, message)?;
        let claim = self.stream.claim(&request);
        let events = self.stream.handle_request(request, now()).map_err(misuse)?;
        if let Some(views) = &mut self.views {
            if claim.tells()
                && let Some(view) = views.claim(&claim)
            {
                // Before anything is sent for it.
                self.show(view);
            }
        } else if let Some(node) = self.stream.node() {
            let limit = self.shared.options.max_streams_per_node;
            self.of_node = self.shared.peers.open_of_node(node, limit);
            if self.of_node.is_none() {
                let text = format!("node {node} has {limit} streams open, the most that one node may have");
                return Err(Status::new(Code::ResourceExhausted, text));
            }
            self.views = Some(self.shared.cache.watch(node, &claim));
            self.shared.observe(Event::Connected {
                stream: self.call.id,
                node: node.clone(),
                peer: self.call.peer,
                transport: Transport {
                    delta: self.call.protocol == Protocol::Delta,
                    only: match &self.call.scope {
                        Scope::Aggregated => None,
                        Scope::Only(kind) => Some(kind.clone()),
                    },
                },
            });
        }
        for event in events {
            self.report(event);
        }
        Ok(())
    }

    fn show(&mut self, view: View) {
        let stream = self.call.id;
        match view.problem {
            Some(Problem::Unmatched(nearest)) => {
                let nearest = nearest.map_or_else(String::new, |it| format!("; nearest: {it}"));
                self.shared
                    .observe(Event::Waiting { stream, reason: format!("no document selects this node{nearest}") });
            }
            Some(Problem::Clash(clash)) => self.shared.observe(Event::Waiting { stream, reason: clash.to_string() }),
            None => {}
        }
        (self.step, self.needs) = (view.step, view.needs);
        if let Some(snapshot) = view.snapshot {
            if snapshot.extent() == Extent::Whole {
                self.shared.observe(Event::Shown { stream, generation: snapshot.generation });
            }
            self.stream.handle_view(snapshot);
        }
    }

    fn send(&mut self, outbox: &Outbox) {
        let Some(response) = self.stream.poll_response(now()) else { return };
        let Response { kind, version_info, nonce, generation: _, head, tail, resources, removed, oversize } = response;
        let control_plane = &self.shared.control_plane[usize::from(self.call.protocol == Protocol::Delta)];
        let tail = Bytes::from([tail.as_ref(), control_plane].concat());
        let bytes = head.len() + tail.len();
        outbox.put(Frames::new(head, tail));
        let stream = self.call.id;
        let version = version_info;
        self.shared.observe(Event::Sent { stream, kind, version, nonce, resources, removed, bytes, oversize });
    }

    /// Tells the node's delivery how far this stream is, if that has changed.
    fn report_standing(&mut self) {
        let Some(views) = &self.views else { return };
        let stream = &self.stream;
        let (asks, has) = stream.weigh(&self.needs);
        let standing = Standing {
            step: self.step,
            settled: [false, true].map(|routes| stream.is_settled_in(routes)),
            refuses: [false, true].map(|routes| stream.refuses_in(routes)),
            asks_for_routes: stream.asks_for_routes(),
            asks_for_all: [false, true].map(|routes| stream.asks_for_all(routes)),
            asks,
            has,
        };
        if standing != self.standing {
            self.standing = standing.clone();
            views.report(standing);
        }
    }

    fn report_settled(&mut self) {
        let settled = self.stream.settled();
        if settled != self.settled {
            self.settled = settled;
            if let Some(generation) = settled {
                let refused = self.stream.refused();
                self.shared.observe(Event::Settled { stream: self.call.id, generation, refused });
            }
        }
    }

    /// What the protocol learned from a request, as the fleet's events.
    fn report(&self, event: Learned) {
        let stream = self.call.id;
        let asked = |kind: Option<ResourceType>, what: String| Event::Asked { stream, kind, what };
        self.shared.observe(match event {
            Learned::Acked { kind, version, after, .. } => Event::Acked { stream, kind, version, after },
            Learned::Isolating { kind, suspects, refusal } => {
                Event::Isolating { stream, kind, suspects, message: refusal.message }
            }
            Learned::Refused { kind, version, names, refusal, generation, .. } => {
                let message = refusal.message;
                if let (Some(views), Some(node)) = (&self.views, self.stream.node()) {
                    let (node, kind, names) = (node.clone(), kind.clone(), names.clone());
                    views.refuse(generation, Nack { node, kind, names, message: message.clone() });
                }
                Event::Refused { stream, kind, version, names, message }
            }
            Learned::Subscribed { kind, wildcard, names, added, dropped } => {
                let all = if wildcard { "everything and " } else { "" };
                asked(Some(kind), format!("asks for {all}{names} names, {added} of them now, {dropped} dropped"))
            }
            Learned::Stale { kind } => asked(Some(kind), "answered an older response".to_owned()),
            Learned::UnknownNonce { kind } => asked(Some(kind), "answered a response that it never got".to_owned()),
            Learned::UnknownType { url } => asked(None, format!("asks for an unknown type {url:?}")),
            Learned::NodeChanged => asked(None, "described its node differently; ignored".to_owned()),
            Learned::Renewed { kind } => asked(Some(kind), "asked again for what it has".to_owned()),
            Learned::VersionMismatch { kind, sent, claimed } => {
                asked(Some(kind), format!("accepted {sent} but calls it {claimed:?}"))
            }
        });
    }
}

impl Drop for Driver {
    /// However the stream ended, it is reported: the body may be dropped at any await above.
    fn drop(&mut self) {
        if self.views.is_some() {
            let reason = std::mem::take(&mut self.reason);
            self.shared.observe(Event::Disconnected { stream: self.call.id, reason });
        }
    }
}

fn misuse(misuse: Misuse) -> Status {
    let code = match misuse.code {
        MisuseCode::InvalidArgument => Code::InvalidArgument,
        MisuseCode::ResourceExhausted => Code::ResourceExhausted,
    };
    Status::new(code, misuse.message)
}

/// Tokio's clock, which tests can pause.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

async fn next_view(views: &mut Option<Views>) -> View {
    match views {
        Some(views) => views.next().await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// Answers one request with one response, for the singleton services' `Fetch` methods.
pub(super) async fn fetch(shared: Arc<Shared>, call: Call, body: Body, outbox: Outbox) -> Status {
    let mut driver = Driver::new(shared, call, body);
    let answer = driver.answer().await;
    driver.reason = "answered".to_owned();
    match answer {
        Ok(frames) => {
            outbox.put(frames);
            Status::ok()
        }
        Err(status) => status,
    }
}

impl Driver {
    async fn answer(&mut self) -> Result<Frames, Status> {
        let message = self.messages.next().await?;
        let message = message.ok_or_else(|| Status::new(Code::InvalidArgument, "a fetch needs one request"))?;
        self.receive(message)?;
        let view = next_view(&mut self.views).await;
        self.show(view.clone());
        let unavailable = || Status::new(Code::Unavailable, "there is no configuration for this node yet");
        let snapshot = view.snapshot.ok_or_else(unavailable)?;
        if let Some(response) = self.stream.poll_response(now()) {
            return Ok(Frames::new(response.head, response.tail));
        }
        // Nothing of what was named exists. A stream would wait; a fetch has to answer.
        let Scope::Only(kind) = &self.call.scope else { return Err(unavailable()) };
        let version = snapshot.set(kind).map(|it| it.version_info()).unwrap_or_default();
        Ok(Frames::new(sotw_response(kind, &version, []), Bytes::new()))
    }
}
