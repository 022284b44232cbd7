//! The swarm: so many connections with one stream each, driven by one thread.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::connection::{Arrival, Connection, ENVOY_WINDOWS};
use crate::envoy::{Envoy, Kind, Plan};
use crate::skim::Response;
use crate::tally::{Push, Tally};

/// Connections that may wait for the server's first byte at a time: more than this overflows its listen queue, and
/// what is then measured is the kernel's one-second retry.
const CONNECTING: usize = 128;

/// Read at a time; shared by all connections, since one thread drives them.
const SCRATCH: usize = 256 * 1024;

/// Reads in a row from one connection, so that none starves the others.
const READS: usize = 4;

/// Connected Envoys. Dropping it closes their connections.
#[derive(Debug)]
pub(crate) struct Swarm {
    tally: Rc<Tally>,
    started: Instant,
    _tasks: JoinSet<()>,
}

impl Swarm {
    /// Connects so many Envoys at once; must be called within a `LocalSet`.
    pub(crate) fn connect(server: SocketAddr, streams: usize, plan: &Rc<Plan>, measured: Kind) -> Self {
        let tally = Rc::new(Tally::new(streams, measured));
        let connecting = Rc::new(Semaphore::new(CONNECTING));
        let mut tasks = JoinSet::new();
        let started = Instant::now();
        for stream in 0..streams {
            let (tally, connecting) = (Rc::clone(&tally), Rc::clone(&connecting));
            let plan = Rc::clone(plan);
            tasks.spawn_local(async move {
                let (envoy, first) = Envoy::new(Rc::clone(&plan), stream);
                let authority = server.to_string();
                let mut connection = Connection::new(&authority, plan.protocol.path(), ENVOY_WINDOWS, envoy, first);
                if stream == 0 && plan.known.is_none() {
                    connection.keep();
                }
                let client = Client { stream, connection, tally: Rc::clone(&tally), arrivals: Vec::new() };
                if let Err(reason) = client.drive(server, &connecting).await {
                    tally.failed(stream, &reason);
                }
            });
        }
        Self { tally, started, _tasks: tasks }
    }

    /// Waits until each stream has had everything that it asks for; how long that took.
    pub(crate) async fn synced(&self, limit: Duration) -> Result<Duration> {
        let last = self.tally.all_synced(limit).await.context("connecting the swarm")?;
        Ok(last - self.started)
    }

    /// An error if a stream has ended.
    pub(crate) fn check(&self) -> Result<()> {
        self.tally.check()
    }

    /// What the streams hold of the measured type.
    pub(crate) fn held(&self) -> Response {
        self.tally.held()
    }

    /// The messages that the first stream got, if it came without any.
    pub(crate) fn kept(&self) -> Vec<(Kind, Vec<u8>)> {
        self.tally.kept()
    }

    /// From here on, responses belong to a new push.
    pub(crate) fn begin_round(&self) {
        self.tally.begin_round();
    }

    /// Waits until each stream has ACKed this round's push.
    pub(crate) async fn pushed(&self, limit: Duration) -> Result<Push> {
        self.tally.all_acked(limit).await.context("waiting for a push")
    }
}

struct Client {
    stream: usize,
    connection: Connection,
    tally: Rc<Tally>,
    arrivals: Vec<Arrival>,
}

thread_local! {
    static BUFFER: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; SCRATCH]);
}

impl Client {
    async fn drive(mut self, server: SocketAddr, connecting: &Semaphore) -> Result<()> {
        let mut permit = Some(connecting.acquire().await?);
        let socket = TcpStream::connect(server).await.context("connecting")?;
        socket.set_nodelay(true)?;
        loop {
            self.write(&socket)?;
            let is_blocked = !self.connection.output().is_empty();
            let interest = if is_blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            socket.ready(interest).await?;
            if self.read(&socket)? {
                drop(permit.take());
            }
        }
    }

    /// Reads what is there; whether anything was.
    fn read(&mut self, socket: &TcpStream) -> Result<bool> {
        BUFFER.with_borrow_mut(|buffer| {
            for at in 0..READS {
                match socket.try_read(buffer) {
                    Ok(0) => bail!("the server closed the connection"),
                    Ok(bytes) => {
                        self.tally.read(bytes);
                        self.connection.receive(&buffer[..bytes], &mut self.arrivals)?;
                        if bytes < buffer.len() {
                            return Ok(true);
                        }
                    }
                    Err(reason) if reason.kind() == std::io::ErrorKind::WouldBlock => return Ok(at > 0),
                    Err(reason) => return Err(reason).context("reading"),
                }
            }
            Ok(true)
        })
    }

    /// Writes what can be written. A response counts as ACKed once nothing is left to say.
    fn write(&mut self, socket: &TcpStream) -> Result<()> {
        while !self.connection.output().is_empty() {
            match socket.try_write(self.connection.output()) {
                Ok(bytes) => self.connection.written(bytes),
                Err(reason) if reason.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(reason) => return Err(reason).context("writing"),
            }
        }
        if self.connection.is_flushed() {
            self.arrivals.drain(..).for_each(|it| self.tally.acked(self.stream, it));
            if self.connection.is_synced() {
                self.tally.synced(self.stream);
            }
        }
        Ok(())
    }
}
