//! How many connections there are, in all and from one network, and which of them nobody would miss.
//!
//! When all places are taken, a newcomer takes the place of the connection that has been silent for longest (no call is
//! open on it). So connections that only occupy places cannot keep others out.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use tokio::sync::Notify;
use tokio::time::Instant;

/// An address as far as limits are concerned: an IPv4 address, or the /64 that an IPv6 address is in, of which one
/// machine may have all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(it) => IpAddr::V6(Ipv6Addr::from_bits(it.to_bits() >> 64 << 64)),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(it) => it.fmt(f),
            IpAddr::V6(it) => write!(f, "{it}/64"),
        }
    }
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// All are taken.
    All,
    /// This network has as many as one may have.
    Network,
}

/// The places of one port.
#[derive(Debug)]
pub struct Places {
    most: usize,
    most_of_one: usize,
    table: Mutex<Table>,
    /// Told when a place is given back.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Table {
    taken: usize,
    by_network: HashMap<Network, usize>,
    next: u64,
    /// Connections without an open call, the longest silent first.
    silent: BTreeSet<(u64, Network)>,
    silent_of: BTreeSet<(Network, u64)>,
    handles: HashMap<u64, Handle>,
}

/// The place of one connection, given back when dropped.
#[derive(Debug)]
pub struct Place(Handle);

/// What the calls of a connection know of its place.
#[derive(Debug, Clone)]
pub struct Handle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    places: Arc<Places>,
    network: Network,
    state: Mutex<State>,
    must_close: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// Its place in the order of the silent, while no call is open.
    silent: Option<u64>,
    calls: usize,
    touched: Instant,
    waker: Option<Waker>,
}

/// An open call; the connection is silent again when the last one is dropped.
#[derive(Debug)]
pub struct Busy(Handle);

impl Places {
    /// So many in all, and so many for one network.
    pub fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, table: Mutex::default(), freed: Notify::new() })
    }

    /// A place for a connection from this address, if there is one.
    ///
    /// # Errors
    /// When there is none.
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, Full> {
        let network = Network::from(address);
        let mut table = self.lock();
        let of_network = table.by_network.get(&network).copied().unwrap_or(0);
        if of_network >= self.most_of_one {
            return Err(Full::Network);
        }
        if table.taken >= self.most {
            return Err(Full::All);
        }
        table.taken += 1;
        *table.by_network.entry(network).or_default() += 1;
        let state = State { silent: None, calls: 0, touched: Instant::now(), waker: None };
        let inner =
            Inner { places: self.clone(), network, state: Mutex::new(state), must_close: AtomicBool::new(false) };
        let handle = Handle(Arc::new(inner));
        table.add_silent(&handle);
        Ok(Place(handle))
    }

    /// Closes the connection that has been silent for longest (a few, where there are many), of this address if that has
    /// too many, and waits until a place is given back. `false` if no connection is silent.
    pub async fn make_room(&self, address: IpAddr, full: Full) -> bool {
        let freed = self.freed.notified();
        // To wait for each one would take long in a flood.
        let most = (self.most / 8).clamp(1, 8);
        let found: Vec<_> = {
            let mut table = self.lock();
            let longest: Vec<_> = match full {
                Full::All => table.silent.iter().take(most).copied().collect(),
                Full::Network => {
                    let network = Network::from(address);
                    let of_network = table.silent_of.range((network, 0)..=(network, u64::MAX)).take(most);
                    of_network.map(|(network, order)| (*order, *network)).collect()
                }
            };
            longest.into_iter().filter_map(|(order, network)| table.remove_silent(order, network)).collect()
        };
        if found.is_empty() {
            return false;
        }
        found.iter().for_each(Handle::close);
        freed.await;
        true
    }

    /// Why there is no place, for a log line.
    pub(super) fn reason(&self, full: Full) -> String {
        match full {
            Full::All => format!("all {} connections that there may be are in use", self.most),
            Full::Network => format!("this address has {}, the most that one may have", self.most_of_one),
        }
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.lock().taken
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn add_silent(&mut self, handle: &Handle) {
        let order = self.next;
        self.next += 1;
        self.silent.insert((order, handle.0.network));
        self.silent_of.insert((handle.0.network, order));
        handle.state().silent = Some(order);
        self.handles.insert(order, handle.clone());
    }

    fn remove_silent(&mut self, order: u64, network: Network) -> Option<Handle> {
        self.silent.remove(&(order, network));
        self.silent_of.remove(&(network, order));
        self.handles.remove(&order)
    }
}

impl Place {
    /// What calls of this connection hold.
    pub fn handle(&self) -> Handle {
        self.0.clone()
    }

    /// Whether the connection must be closed; if not, this task is woken when it must.
    pub(super) fn must_close(&self, cx: &Context<'_>) -> bool {
        let mut state = self.0.state();
        if !state.waker.as_ref().is_some_and(|it| it.will_wake(cx.waker())) {
            state.waker = Some(cx.waker().clone());
        }
        self.0.0.must_close.load(Ordering::Acquire)
    }

    /// When the connection last did something, while no call is open.
    pub(super) fn silent_since(&self) -> Option<Instant> {
        let state = self.0.state();
        (state.calls == 0).then_some(state.touched)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Handle(inner) = &self.0;
        {
            let mut table = inner.places.lock();
            // A call may outlast its connection by a moment.
            inner.must_close.store(true, Ordering::Release);
            table.taken -= 1;
            if let Some(count) = table.by_network.get_mut(&inner.network) {
                *count -= 1;
                if *count == 0 {
                    table.by_network.remove(&inner.network);
                }
            }
            let order = self.0.state().silent.take();
            if let Some(order) = order {
                table.remove_silent(order, inner.network);
            }
        }
        inner.places.freed.notify_waiters();
    }
}

impl Handle {
    /// Notes that something happened on the connection.
    pub fn touch(&self) {
        self.state().touched = Instant::now();
    }

    /// Notes that a call is open.
    pub fn busy(&self) -> Busy {
        // The table first, as everywhere.
        let mut table = self.0.places.lock();
        let order = {
            let mut state = self.state();
            state.calls += 1;
            state.touched = Instant::now();
            state.silent.take()
        };
        if let Some(order) = order {
            table.remove_silent(order, self.0.network);
        }
        Busy(self.clone())
    }

    fn close(&self) {
        self.0.must_close.store(true, Ordering::Release);
        let waker = self.state().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let handle = &self.0;
        let mut table = handle.0.places.lock();
        let is_silent = {
            let mut state = handle.state();
            state.calls -= 1;
            state.touched = Instant::now();
            state.calls == 0
        };
        if is_silent && !handle.0.must_close.load(Ordering::Acquire) {
            table.add_silent(handle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([127, 0, 0, last])
    }

    #[test]
    fn places_are_bounded_in_all_and_for_one_network_and_given_back() {
        let places = Places::new(3, 2);
        let first = places.take(address(1)).unwrap();
        let _second = places.take(address(1)).unwrap();
        assert_eq!(places.take(address(1)).unwrap_err(), Full::Network);
        let _third = places.take(address(2)).unwrap();
        assert_eq!(places.take(address(2)).unwrap_err(), Full::All);
        drop(first);
        let call = places.take(address(2)).unwrap().handle().busy();
        assert_eq!(places.taken(), 2, "the connection is gone, though its call is not yet");
        drop(call);
        let table = places.lock();
        assert_eq!((table.silent.len(), table.silent_of.len(), table.handles.len()), (2, 2, 2));
    }

    #[test]
    fn ipv6_addresses_of_one_network_count_together() {
        let network = |it: &str| Network::from(it.parse::<IpAddr>().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1:2:3"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:10.0.0.1"), network("10.0.0.1"));
        assert_ne!(network("10.0.0.1"), network("10.0.0.2"));
        assert_eq!(network("2001:db8::1").to_string(), "2001:db8::/64");
    }

    /// Whether room is made, by the connection that must close; it does so at once.
    async fn room(places: &Places, from: u8, full: Full, held: &mut Vec<Place>) -> bool {
        let close = async {
            loop {
                if let Some(at) = held.iter().position(|it| it.0.0.must_close.load(Ordering::Acquire)) {
                    held.remove(at);
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            made = places.make_room(address(from), full) => made,
            () = async { close.await; std::future::pending().await } => unreachable!(),
        }
    }

    #[tokio::test]
    async fn the_longest_silent_makes_room_and_one_with_a_call_never_does() {
        let places = Places::new(4, 4);
        let mut held: Vec<_> = [1, 2, 1, 3].map(|it| places.take(address(it)).unwrap()).into();
        let [first, second, third, fourth] = [0, 1, 2, 3].map(|it: usize| held[it].handle());
        let call = first.busy();
        assert!(room(&places, 9, Full::All, &mut held).await);
        assert!(second.0.must_close.load(Ordering::Acquire), "the first has a call");
        // It is silent again, and now the last in the order.
        drop(call);
        assert!(room(&places, 1, Full::Network, &mut held).await);
        assert!(third.0.must_close.load(Ordering::Acquire) && !first.0.must_close.load(Ordering::Acquire));
        let _calls = [first.busy(), fourth.busy()];
        assert!(!room(&places, 9, Full::All, &mut held).await);
        assert_eq!(places.taken(), 2);
    }
}
