//! The clients: an open loop of HTTP/1.1 requests over connections that are kept, and over new ones.
//!
//! Each request must be answered by 200 and by an upstream of its lane. A client leaves a connection after
//! `connection: close`, and before use it looks whether its peer has closed it, as pools do. Whatever is closed without
//! an answer then is a failure: see the module above for why Envoy has no reason to.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsConnector;

use super::tally::Tally;
use super::world::{Change, World};
use crate::envoy::bench::local;
use crate::envoy::upstream::HOLD;

/// The name that certificates are for.
pub(in crate::envoy) const HOST: &str = "zero.test";
/// A slow request, longer than any change takes to arrive.
const SLOW: &str = "300";
/// After this, a request has failed.
const PATIENCE: Duration = Duration::from_secs(5);
/// With more than this under way the machine cannot keep the pace, and Envoy's own limits are near.
const MOST_AT_ONCE: usize = 400;

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::envoy) enum Lane {
    /// A route to one cluster.
    One,
    /// A route that is split.
    Split,
    /// A listener with its own route.
    Inline,
    /// The route to one cluster, by TLS.
    Secure,
}

/// How many idle connections a lane keeps: few enough that each is used several times a second.
const KEPT: usize = 12;

/// The lanes of ten requests.
const TURN: [Lane; 10] = {
    use Lane::{Inline, One, Secure, Split};
    [One, Split, One, Inline, Secure, One, Split, One, Inline, Secure]
};

impl Lane {
    fn path(self) -> &'static str {
        match self {
            Self::One | Self::Secure => "/one",
            Self::Split => "/split",
            Self::Inline => "/inline",
        }
    }

    /// What its answers begin with.
    fn answer(self) -> &'static str {
        match self {
            Self::One | Self::Secure => "Request served by one-",
            Self::Split => "Request served by split-",
            Self::Inline => "Request served by inline-",
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}
type Connection = Box<dyn Stream>;

/// A running load.
pub(in crate::envoy) struct Load {
    clients: Arc<Clients>,
    stop: oneshot::Sender<()>,
    pace: JoinSet<()>,
}

struct Clients {
    ports: [u16; TURN.len()],
    connector: TlsConnector,
    idle: [Mutex<VecDeque<Connection>>; 4],
    tally: Mutex<Tally>,
}

impl Load {
    /// Starts one.
    pub(in crate::envoy) fn start(world: &World, rate: u32) -> Self {
        let clients = Arc::new(Clients {
            ports: TURN.map(|it| world.port(it)),
            connector: world.connector(),
            idle: Default::default(),
            tally: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let mut pace = JoinSet::new();
        pace.spawn(keep_pace(Arc::clone(&clients), Duration::from_secs(1) / rate, stopped));
        Self { clients, stop, pace }
    }

    /// What fails from now on may be put down to this change.
    pub(in crate::envoy) fn change(&self, change: Change) {
        self.clients.tally.lock().unwrap().change(change);
    }

    /// The latest change did not arrive.
    pub(in crate::envoy) fn missing(&self, what: String) {
        self.clients.tally.lock().unwrap().missing(what);
    }

    /// Ends it, when the last request has ended.
    pub(in crate::envoy) async fn stop(mut self) -> Tally {
        self.stop.send(()).unwrap();
        while let Some(ended) = self.pace.join_next().await {
            ended.unwrap();
        }
        std::mem::take(&mut *self.clients.tally.lock().unwrap())
    }
}

async fn keep_pace(clients: Arc<Clients>, every: Duration, mut stopped: oneshot::Receiver<()>) {
    let mut ticks = interval(every);
    // After a pause the requests that fell into it are made: the pace does not follow Envoy.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut requests = JoinSet::new();
    for number in 0_usize.. {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = &mut stopped => break,
        }
        while let Some(ended) = requests.try_join_next() {
            ended.unwrap();
        }
        if requests.len() >= MOST_AT_ONCE {
            clients.tally.lock().unwrap().held_back();
        } else {
            requests.spawn(Arc::clone(&clients).request(number));
        }
    }
    while let Some(ended) = requests.join_next().await {
        ended.unwrap();
    }
}

impl Clients {
    async fn request(self: Arc<Self>, number: usize) {
        let (place, turn) = (number % TURN.len(), number / TURN.len());
        let lane = TURN[place];
        // Of ten turns, each place is slow in one; it makes a connection for itself in another, with TLS in five.
        let slow = turn % 10 == place;
        let alone = if lane == Lane::Secure { turn.is_multiple_of(2) } else { (turn + 5) % 10 == place };
        let outcome = timeout(PATIENCE, self.exchange(place, slow, alone)).await;
        let outcome = outcome.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        let mut tally = self.tally.lock().unwrap();
        match outcome {
            Ok(()) => tally.answered(),
            Err(what) => tally.failed(lane, what),
        }
    }

    /// One request and its answer, or what was wrong.
    async fn exchange(&self, place: usize, slow: bool, alone: bool) -> Result<(), String> {
        let lane = TURN[place];
        let kept = if alone { None } else { self.kept(lane).await };
        let how = if kept.is_some() { "kept" } else { "new" };
        let mut connection = match kept {
            Some(kept) => kept,
            None => self.connect(place).await?,
        };
        let hold = if slow { format!("{HOLD}: {SLOW}\r\n") } else { String::new() };
        let head = format!("GET {} HTTP/1.1\r\nHost: {HOST}\r\n{hold}\r\n", lane.path());
        let failed = |error: io::Error| format!("{} on a {how} connection", error.kind());
        connection.write_all(head.as_bytes()).await.map_err(failed)?;
        let answer = Answer::read(&mut connection).await.map_err(failed)?;
        if answer.status != 200 {
            return Err(format!("{} {}", answer.status, answer.body.trim()));
        }
        if !answer.body.starts_with(lane.answer()) {
            return Err(format!("an answer of another: {:?}", answer.body.lines().next()));
        }
        if !alone && !answer.last {
            let mut idle = self.idle[lane as usize].lock().unwrap();
            if idle.len() < KEPT {
                idle.push_back(connection);
            }
        }
        Ok(())
    }

    /// The connection that is idle for the longest time, so that all are used.
    async fn kept(&self, lane: Lane) -> Option<Connection> {
        loop {
            let mut kept = self.idle[lane as usize].lock().unwrap().pop_front()?;
            if is_open(&mut kept).await {
                return Some(kept);
            }
        }
    }

    async fn connect(&self, place: usize) -> Result<Connection, String> {
        let failed = |error: io::Error| format!("connecting: {}", error.kind());
        let stream = TcpStream::connect(local(self.ports[place])).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        self.tally.lock().unwrap().connected();
        if TURN[place] != Lane::Secure {
            return Ok(Box::new(stream));
        }
        let name = HOST.try_into().expect("a name");
        let stream = self.connector.connect(name, stream).await.map_err(|it| format!("TLS: {it}"))?;
        Ok(Box::new(stream))
    }
}

/// Whether an idle connection was left open by its peer.
async fn is_open(connection: &mut Connection) -> bool {
    let mut byte = [0];
    let look = poll_fn(|context| {
        let read = Pin::new(&mut *connection).poll_read(context, &mut ReadBuf::new(&mut byte));
        Poll::Ready(read.is_pending())
    });
    look.await
}

struct Answer {
    status: u16,
    body: String,
    /// No request may follow on this connection.
    last: bool,
}

impl Answer {
    async fn read(connection: &mut Connection) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let head_ends = loop {
            if let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
                break at + 4;
            }
            more(connection, &mut bytes).await?;
        };
        let head = String::from_utf8_lossy(&bytes[..head_ends]).to_ascii_lowercase();
        let header = |name: &str| head.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(": "));
        let number = |it: Option<&str>| it.and_then(|it| it.parse::<u16>().ok()).ok_or(io::ErrorKind::InvalidData);
        let status = number(head.split(' ').nth(1))?;
        let length: usize = number(header("content-length"))?.into();
        while bytes.len() < head_ends + length {
            more(connection, &mut bytes).await?;
        }
        let body = String::from_utf8_lossy(&bytes[head_ends..]).into_owned();
        Ok(Self { status, body, last: header("connection") == Some("close") })
    }
}

async fn more(connection: &mut Connection, bytes: &mut Vec<u8>) -> io::Result<()> {
    match connection.read_buf(bytes).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}
